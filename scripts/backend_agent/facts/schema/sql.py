"""SQL data definition to schema operations: PostgreSQL, MySQL, SQLite, SQL Server, as far as tables, keys and indexes go.

A small tokenizer and not a full parser: what it does not know it skips, statement by statement. Sources: the grammars of CREATE TABLE,
ALTER TABLE and CREATE INDEX in the PostgreSQL 18, MySQL 8.4 and SQLite documentation.
"""

import re

from backend_agent.facts.schema.state import Operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|\#[^\n]*\n|/\*.*?\*/)
      |(?P<string>'(?:[^'\\]|''|\\.)*'|(?P<tag>\$\w*\$).*?(?P=tag))
      |(?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[A-Za-z_][^\]\n]*\])
      |(?P<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)
      |(?P<number>\d+(?:\.\d+)?)
      |(?P<mark>::|.)""",
    re.VERBOSE | re.DOTALL,
)

_CONSTRAINT = {
    "CONSTRAINT",
    "PRIMARY",
    "UNIQUE",
    "FOREIGN",
    "CHECK",
    "EXCLUDE",
    "KEY",
    "INDEX",
    "FULLTEXT",
    "SPATIAL",
    "LIKE",
    "PERIOD",
}
_TYPE_ENDS = {
    "NOT",
    "NULL",
    "DEFAULT",
    "PRIMARY",
    "UNIQUE",
    "REFERENCES",
    "CHECK",
    "CONSTRAINT",
    "GENERATED",
    "COLLATE",
    "AUTO_INCREMENT",
    "AUTOINCREMENT",
    "COMMENT",
    "ON",
    "IDENTITY",
    "KEY",
    "CHARACTER",
    "CHARSET",
    "AS",
    "STORED",
    "VIRTUAL",
    "FIRST",
    "AFTER",
    "USING",
    "UNSIGNED",
    "ENCODE",
    "STORAGE",
    "COMPRESSION",
    "INVISIBLE",
    "VISIBLE",
}
SERIAL = {"SERIAL": "int", "BIGSERIAL": "bigint", "SMALLSERIAL": "smallint"}


class Token:
    __slots__ = ("kind", "line", "text", "upper")

    def __init__(self, kind: str, text: str, line: int) -> None:
        self.kind, self.text, self.line = kind, text, line
        self.upper = text.upper() if kind == "word" else text


def statements(text: str) -> "list[list[Token]]":
    """Tokens per statement, without comments; a name keeps its text without quotes."""
    found: list[list[Token]] = []
    current: list[Token] = []
    line, at = 1, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            break
        kind, value = match.lastgroup or "mark", match.group()
        if match.group("string") is not None:
            kind = "string"
        at = match.end()
        if kind == "mark" and value == ";":
            if current:
                found.append(current)
            current = []
        elif kind == "word" and value.upper() == "GO" and (at >= len(text) or text[at] in "\r\n") and current:
            found.append(current)
            current = []
        elif kind == "name":
            current.append(Token("name", value[1:-1].replace('""', '"'), line))
        elif kind != "space":
            current.append(Token(kind, value, line))
        line += value.count("\n")
    if current:
        found.append(current)
    return found


_DOWN_PART = re.compile(
    r"(?ims)^--\s*(\+goose\s+Down|\+migrate\s+Down|migrate:down|\+micrate\s+Down|(?://)?@UNDO)"
    r".*?(?=^--\s*(\+goose\s+Up|\+migrate\s+Up|migrate:up)|\Z)"
)


def up_part(text: str) -> str:
    """The part of a migration that goes up: goose, sql-migrate and dbmate keep both ways in one file. Lines keep their numbers."""
    return _DOWN_PART.sub(lambda match: "\n" * match.group().count("\n"), text)


def operations(text: str, first_line: int = 1) -> "list[Operation]":
    """Operations of all data definition statements in a text, in order."""
    found: list[Operation] = []
    for tokens in statements(text):
        try:
            found.extend(_statement(tokens, first_line - 1))
        except (IndexError, KeyError, ValueError):
            continue  # a statement that ends early or in a dialect of its own
    return found


def is_mysql(text: str) -> bool:
    text = re.sub(r"--[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)
    return bool(re.search(r"(?i)\)\s*engine\s*=\s*\w+|\bauto_increment\b(?!\w)", text))


class _Cursor:
    def __init__(self, tokens: "list[Token]", offset: int = 0) -> None:
        self.tokens, self.at, self.offset = tokens, 0, offset

    def peek(self, ahead: int = 0) -> str:
        index = self.at + ahead
        return self.tokens[index].upper if index < len(self.tokens) else ""

    def take(self, *words: str) -> bool:
        """Step over these words if they stand next."""
        if all(self.peek(i) == word for i, word in enumerate(words)):
            self.at += len(words)
            return True
        return False

    def name(self) -> str:
        """A possibly qualified name."""
        parts = [self.tokens[self.at].text]
        self.at += 1
        while self.peek() == ".":
            parts.append(self.tokens[self.at + 1].text)
            self.at += 2
        return ".".join(parts)

    def group(self) -> "list[Token]":
        """The tokens inside the next pair of parentheses."""
        if self.peek() != "(":
            raise ValueError("no group")
        depth, start = 0, self.at + 1
        while self.at < len(self.tokens):
            mark = self.tokens[self.at].upper if self.tokens[self.at].kind == "mark" else ""
            depth += (mark == "(") - (mark == ")")
            self.at += 1
            if depth == 0:
                return self.tokens[start : self.at - 1]
        return self.tokens[start:]

    def more(self) -> bool:
        return self.at < len(self.tokens)


def _split(tokens: "list[Token]") -> "list[list[Token]]":
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        if token.kind == "mark":
            depth += (token.text in "([") - (token.text in ")]")
            if token.text == "," and depth == 0:
                parts.append([])
                continue
        parts[-1].append(token)
    return [part for part in parts if part]


def _statement(tokens: "list[Token]", offset: int) -> "list[Operation]":
    cursor = _Cursor(tokens, offset)
    if cursor.take("CREATE"):
        return _create(cursor)
    if cursor.take("ALTER", "TABLE"):
        return _alter(cursor)
    if cursor.take("ALTER", "INDEX"):
        cursor.take("IF", "EXISTS")
        old = cursor.name().rpartition(".")[2]
        return [["rename_key", "", old, cursor.name()]] if cursor.take("RENAME", "TO") else []
    if cursor.take("DROP", "TABLE"):
        cursor.take("IF", "EXISTS")
        return [["drop_table", _Cursor(part).name()] for part in _split(tokens[cursor.at :])]
    if cursor.take("DROP", "INDEX"):
        cursor.take("CONCURRENTLY")
        cursor.take("IF", "EXISTS")
        name = cursor.name().rpartition(".")[2]
        table = cursor.name() if cursor.take("ON") else ""
        return [["drop_index", table, name]]
    if cursor.take("RENAME", "TABLE"):
        old = cursor.name()
        return [["rename_table", old, cursor.name()]] if cursor.take("TO") else []
    if cursor.peek() in {"DO", "BEGIN"}:
        return _inside_block(tokens)
    return []


def _inside_block(tokens: "list[Token]") -> "list[Operation]":
    return [operation for body, line in block(tokens) for operation in operations(body, line)]


_FRAME = re.compile(r"(?is)^\s*(declare\b.*?)?begin\b|\bif\b[^;]*?\bthen\b|\bexception\b.*|\bend\s+if\b|\bend\b")


def block(tokens: "list[Token]") -> "list[tuple[str, int]]":
    """The statements inside `DO $$ … $$` and the line on which they begin; nothing for a statement without a block."""
    for token in tokens:
        if token.kind == "string" and token.text.startswith("$"):
            body = token.text[token.text.index("$", 1) + 1 : token.text.rindex("$", 0, len(token.text) - 1)]
            return [(_FRAME.sub(lambda match: " " + "\n" * match.group().count("\n"), body), token.line)]
    return []


def _create(cursor: _Cursor) -> "list[Operation]":
    while cursor.peek() in {"OR", "REPLACE", "GLOBAL", "LOCAL", "UNLOGGED", "FOREIGN", "CLUSTERED", "NONCLUSTERED"}:
        cursor.at += 1
    if cursor.peek() in {"TEMP", "TEMPORARY"}:
        return []
    if cursor.take("TABLE"):
        return _create_table(cursor)
    unique = cursor.take("UNIQUE")
    cursor.take("CLUSTERED")
    cursor.take("NONCLUSTERED")
    if cursor.take("INDEX"):
        return _create_index(cursor, unique)
    return []


def _create_table(cursor: _Cursor) -> "list[Operation]":
    exists = cursor.take("IF", "NOT", "EXISTS")
    line = cursor.tokens[cursor.at].line + cursor.offset
    name = cursor.name()
    if cursor.take("AS"):
        return [["create_table", name, {"columns": [[c, "", True] for c in _selected(cursor)], "line": line}]]
    if cursor.take("PARTITION", "OF") or cursor.peek() != "(":
        return []
    what: dict[str, Any] = {"columns": [], "primary_key": [], "foreign_keys": [], "unique": [], "indexes": [], "line": line}
    if exists:
        what["if_not_exists"] = True
    for part in _split(cursor.group()):
        inner = _Cursor(part)
        if inner.tokens[0].kind == "word" and inner.peek() in _CONSTRAINT and not _is_column(inner):
            _table_constraint(inner, what)
        else:
            _column(inner, what)
    return [["create_table", name, what]]


def _selected(cursor: _Cursor) -> "list[str]":
    """Names of the columns of `CREATE TABLE … AS SELECT a, b.c, count(*) AS n FROM …`; what is unnamed is left out."""
    tokens = cursor.group() if cursor.peek() == "(" else cursor.tokens[cursor.at :]
    if not tokens or tokens[0].upper != "SELECT":
        return []
    depth, end = 0, 1
    while end < len(tokens) and (depth or tokens[end].upper != "FROM"):
        depth += (tokens[end].text == "(") - (tokens[end].text == ")")
        end += 1
    parts = _split(tokens[1:end])
    return [part[-1].text for part in parts if part[-1].kind in {"name", "word"} and part[-1].upper not in {"NULL", "END", "TRUE", "FALSE"}]


def _is_column(cursor: _Cursor) -> bool:
    """`key varchar(20)`: a column that is called like a constraint."""
    first, second = cursor.peek(), cursor.peek(1)
    if first in {"KEY", "INDEX", "PERIOD", "LIKE"}:
        third = cursor.peek(2)
        return second not in {"(", ""} and third != "(" or second.lower() in {"varchar", "char", "text", "int", "integer", "bigint"}
    return False


def _names(tokens: "list[Token]") -> "tuple[list[str], bool]":
    """Column names of a key, and whether it is plain: no expression among them."""
    names, plain = [], True
    for part in _split(tokens):
        first = part[0]
        if first.kind not in {"name", "word"} or (len(part) > 1 and part[1].text == "(" and not _prefix_length(part)):
            plain = False
            continue
        if any(token.kind == "mark" and token.text == "::" for token in part):
            plain = False
        names.append(first.text)
    return names, plain


def _prefix_length(part: "list[Token]") -> bool:
    return len(part) >= 4 and part[2].kind == "number" and part[3].text == ")"


def _table_constraint(cursor: _Cursor, what: "dict[str, Any]") -> None:
    name = ""
    if cursor.take("CONSTRAINT"):
        named = cursor.peek() not in {"PRIMARY", "UNIQUE", "FOREIGN", "CHECK"} or cursor.tokens[cursor.at].kind == "name"
        name = cursor.name() if named else ""
    if cursor.take("PRIMARY", "KEY"):
        _skip_to_group(cursor)
        what["primary_key"] = _names(cursor.group())[0]
    elif cursor.take("FOREIGN", "KEY"):
        if cursor.peek() != "(":
            cursor.name()
        columns = _names(cursor.group())[0]
        if cursor.take("REFERENCES"):
            what["foreign_keys"].append({"name": name, "columns": columns, **_references(cursor)})
    elif cursor.take("UNIQUE"):
        name = _skip_to_group(cursor) or name
        columns, plain = _names(cursor.group())
        what["unique"].append({"name": name, "columns": columns, "plain": plain})
    elif cursor.peek() in {"KEY", "INDEX"}:
        cursor.at += 1
        name = _skip_to_group(cursor) or name
        columns, plain = _names(cursor.group())
        what["indexes"].append({"name": name, "columns": columns, "plain": plain})


def _skip_to_group(cursor: _Cursor) -> str:
    """Step to the next parenthesis; the last name on the way is the key's own."""
    name = ""
    while cursor.more() and cursor.peek() != "(":
        word = cursor.tokens[cursor.at]
        if word.kind == "name" or (word.kind == "word" and word.upper not in _KEY_WORDS):
            name = word.text
        cursor.at += 1
    return name


_KEY_WORDS = {"KEY", "INDEX", "USING", "BTREE", "HASH", "NULLS", "NOT", "DISTINCT", "CLUSTERED", "NONCLUSTERED", "IF", "EXISTS"}


def _references(cursor: _Cursor) -> "dict[str, Any]":
    table = cursor.name()
    columns = _names(cursor.group())[0] if cursor.peek() == "(" else []
    return {"references": table, "ref_columns": columns}


def _type(cursor: _Cursor) -> str:
    words: list[str] = []
    while cursor.more() and cursor.peek() not in _TYPE_ENDS and cursor.peek() not in {",", "="}:
        token = cursor.tokens[cursor.at]
        if token.text == "(":
            words.append("(" + "".join(t.text for t in cursor.group()) + ")")
            continue
        words.append(token.text)
        cursor.at += 1
    return (
        " ".join(words)
        .replace(" (", "(")
        .replace(" [ ]", "[]")
        .replace(" [", "[")
        .replace("[ ", "[")
        .replace(" ]", "]")
        .replace(" . ", ".")
        .lower()
    )


def _column(cursor: _Cursor, what: "dict[str, Any]") -> None:
    name = cursor.name()
    kind = _type(cursor)
    column: list[Any] = [name, SERIAL.get(kind.upper(), kind), kind.upper() not in SERIAL]
    what["columns"].append(column)
    constraint = ""
    while cursor.more():
        if cursor.take("CONSTRAINT"):
            constraint = cursor.name()
        elif cursor.take("NOT", "NULL"):
            column[2] = False
        elif cursor.take("PRIMARY", "KEY"):
            what["primary_key"] = [name]
            column[2] = False
        elif cursor.take("UNIQUE"):
            cursor.take("KEY")
            what["unique"].append({"name": constraint, "columns": [name]})
        elif cursor.take("REFERENCES"):
            what["foreign_keys"].append({"name": constraint, "columns": [name], **_references(cursor)})
        elif cursor.take("DEFAULT"):
            _skip_default(cursor)
        elif cursor.peek() == "(":
            cursor.group()
        elif cursor.take("IDENTITY") or cursor.take("AS", "IDENTITY") or cursor.take("BY", "DEFAULT", "AS", "IDENTITY"):
            column[2] = False
        else:
            cursor.at += 1


def _skip_default(cursor: _Cursor) -> None:
    if cursor.peek() == "(":
        cursor.group()
        return
    cursor.at += 1
    while cursor.peek() == "(" or cursor.peek() == "::":
        if cursor.peek() == "(":
            cursor.group()
        else:
            cursor.at += 2


def _create_index(cursor: _Cursor, unique: bool) -> "list[Operation]":
    cursor.take("CONCURRENTLY")
    cursor.take("IF", "NOT", "EXISTS")
    name = "" if cursor.peek() == "ON" else cursor.name().rpartition(".")[2]
    while cursor.more() and not cursor.take("ON"):
        cursor.at += 1
    cursor.take("ONLY")
    table = cursor.name()
    method = ""
    if cursor.take("USING"):
        method = cursor.name().lower()
    columns, plain = _names(cursor.group())
    rest = [token.upper for token in cursor.tokens[cursor.at :]]
    plain = plain and "WHERE" not in rest and method in {"", "btree", "hash"}
    return [["add_unique" if unique else "add_index", table, {"name": name, "columns": columns, "plain": plain}]]


def _alter(cursor: _Cursor) -> "list[Operation]":
    cursor.take("IF", "EXISTS")
    cursor.take("ONLY")
    table = cursor.name()
    cursor.take("*")
    if cursor.take("WITH", "CHECK") or cursor.take("WITH", "NOCHECK"):
        pass
    found: list[Operation] = []
    for part in _split(cursor.tokens[cursor.at :]):
        found.extend(_alter_part(table, _Cursor(part)))
    return found


def _alter_part(table: str, cursor: _Cursor) -> "list[Operation]":
    if cursor.take("ADD"):
        return _alter_add(table, cursor)
    if cursor.take("DROP"):
        return _alter_drop(table, cursor)
    if cursor.take("RENAME"):
        return _alter_rename(table, cursor)
    if cursor.take("ALTER"):
        cursor.take("COLUMN")
        return _alter_column(table, cursor)
    if cursor.take("MODIFY") or cursor.peek() == "CHANGE":
        changed = cursor.take("CHANGE")
        cursor.take("COLUMN")
        old = cursor.name() if changed else ""
        what: dict[str, Any] = {"columns": [], "primary_key": [], "foreign_keys": [], "unique": [], "indexes": []}
        _column(cursor, what)
        new = what["columns"][0]
        renamed: list[Operation] = [["rename_column", table, old, new[0]]] if changed and old.lower() != new[0].lower() else []
        return [*renamed, ["alter_column", table, new[0], {"type": new[1], "null": new[2]}]]
    if cursor.take("SET", "SCHEMA"):
        return [["rename_table", table, f"{cursor.name()}.{table.rpartition('.')[2]}"]]
    return []


def _alter_add(table: str, cursor: _Cursor) -> "list[Operation]":
    what: dict[str, Any] = {"columns": [], "primary_key": [], "foreign_keys": [], "unique": [], "indexes": []}
    is_column = cursor.take("COLUMN")
    cursor.take("IF", "NOT", "EXISTS")
    if not is_column and cursor.tokens[cursor.at].kind == "word" and cursor.peek() in _CONSTRAINT and not _is_column(cursor):
        using = _using_index(cursor)
        if using:
            return [["constraint_from_index", table, *using]]
        _table_constraint(cursor, what)
    elif cursor.peek() == "(":
        for part in _split(cursor.group()):
            _column(_Cursor(part), what)
    else:
        _column(cursor, what)
    return _as_operations(table, what)


def _using_index(cursor: _Cursor) -> "list[Any]":
    """The index that becomes a constraint, and whether that is the primary key."""
    words = [token.upper for token in cursor.tokens]
    if "USING" not in words or "INDEX" not in words[words.index("USING") : -1]:
        return []
    return [cursor.tokens[words.index("INDEX", words.index("USING")) + 1].text, "PRIMARY" in words]


def _as_operations(table: str, what: "dict[str, Any]") -> "list[Operation]":
    found: list[Operation] = [["add_column", table, column] for column in what["columns"]]
    if what["primary_key"]:
        found.append(["add_primary_key", table, what["primary_key"]])
    found.extend(["add_foreign_key", table, fk] for fk in what["foreign_keys"])
    found.extend(["add_unique", table, key] for key in what["unique"])
    found.extend(["add_index", table, key] for key in what["indexes"])
    return found


def _alter_drop(table: str, cursor: _Cursor) -> "list[Operation]":
    if cursor.take("PRIMARY", "KEY"):
        return [["drop_primary_key", table]]
    if cursor.take("FOREIGN", "KEY"):
        cursor.take("IF", "EXISTS")
        return [["drop_foreign_key", table, cursor.name()]]
    if cursor.peek() in {"INDEX", "KEY"} and cursor.peek(1):
        cursor.at += 1
        return [["drop_index", table, cursor.name()]]
    if cursor.take("CONSTRAINT") or cursor.take("CHECK"):
        cursor.take("IF", "EXISTS")
        return [["drop_constraint", table, cursor.name()]]
    cursor.take("COLUMN")
    cursor.take("IF", "EXISTS")
    return [["drop_column", table, cursor.name()]]


def _alter_rename(table: str, cursor: _Cursor) -> "list[Operation]":
    if cursor.take("TO") or cursor.take("AS"):
        return [["rename_table", table, cursor.name()]]
    if cursor.peek() in {"CONSTRAINT", "INDEX", "KEY"}:
        cursor.at += 1
        old = cursor.name()
        return [["rename_key", table, old, cursor.name()]] if cursor.take("TO") else []
    cursor.take("COLUMN")
    old = cursor.name()
    return [["rename_column", table, old, cursor.name()]] if cursor.take("TO") else []


def _alter_column(table: str, cursor: _Cursor) -> "list[Operation]":
    name = cursor.name()
    if cursor.take("SET", "NOT", "NULL"):
        return [["alter_column", table, name, {"null": False}]]
    if cursor.take("DROP", "NOT", "NULL"):
        return [["alter_column", table, name, {"null": True}]]
    if cursor.take("SET", "DATA", "TYPE") or cursor.take("TYPE"):
        return [["alter_column", table, name, {"type": _type(cursor)}]]
    if cursor.peek() in {"SET", "DROP", "ADD", "RESTART", ""}:
        return []
    kind = _type(cursor)  # SQL Server: ALTER COLUMN name type [NOT] NULL
    return [["alter_column", table, name, {"type": kind, "null": not cursor.take("NOT", "NULL")}]]
