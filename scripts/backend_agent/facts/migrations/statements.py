"""SQL statements to steps. PostgreSQL's grammar; other databases share most of it. Nothing here judges."""

import re

from backend_agent.facts.schema import sql
from backend_agent.facts.schema.liquibase import is_other_database
from backend_agent.facts.schema.sql import Token
from backend_agent.facts.schema.state import bare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Step = dict[str, Any]
else:
    Step = dict


TIMEOUT = re.compile(r"(?i)\block_timeout\b|\bset_lock_timeout\b|\block_wait_timeout\b")
_DOWN = re.compile(r"(?im)^--\s*(\+goose\s+Down|\+migrate\s+Down|migrate:down)\b(.*)")
_UP = re.compile(r"(?im)^--\s*(\+goose\s+Up|\+migrate\s+Up|migrate:up)\b")
_NO_TRANSACTION = re.compile(r"(?i)no\s+transaction|notransaction|transaction:\s*false|executeInTransaction=false|no-transaction")
_BEGINS = re.compile(r"(?ims)^\s*(begin|start\s+transaction)\s*(transaction|work)?\s*;(?:(?!^\s*(?:commit|end)\s*;).)*\bconcurrently\b")
"""A transaction that the file opens itself around what must not run in one."""


def file(text: str, tool: str) -> "dict[str, Any]":
    """The facts of one SQL file."""
    down, line = "none", 0
    if _UP.search(text):
        down, line = _down(text)
    elif tool == "liquibase":
        text = _for_postgres(text)
        down, line = _rollbacks(text)
    return {
        "tool": tool,
        "steps": steps(sql.up_part(text)),
        "down": down,
        "down_line": line,
        "timeout": bool(TIMEOUT.search(text)),
        "transaction": not _NO_TRANSACTION.search(text),
        "begins": bool(_BEGINS.search(text)),
    }


_CHANGESET = re.compile(r"(?im)^--\s*changeset\s+(.*)$")


def _for_postgres(text: str) -> str:
    """A changelog without the change sets that are for other databases; lines keep their numbers."""

    def kept(match: "re.Match[str]") -> str:
        said = re.search(r"\bdbms:\s*([\w!,]+)", match.group(1))
        other = said is not None and is_other_database(said.group(1))
        return "\n" * match.group().count("\n") if other else match.group()

    return re.sub(r"(?ims)^--\s*changeset\s+([^\n]*)$.*?(?=^--\s*changeset\b|\Z)", kept, text)


def _rollbacks(text: str) -> "tuple[str, int]":
    """`missing` with the line of the first change set that has statements and no rollback: Liquibase cannot turn SQL round."""
    heads = list(_CHANGESET.finditer(text))
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        part = text[head.end() : following.start() if following else len(text)]
        if sql.statements(part) and not re.search(r"(?im)^\s*(--|/\*\s*liquibase)\s*rollback\b", part):
            return "missing", text.count("\n", 0, head.start()) + 1
    return ("present" if heads else "none"), 0


def _down(text: str) -> "tuple[str, int]":
    match = _DOWN.search(text)
    if match is None:
        return "missing", 1
    return way_down(text[match.end() :]), text.count("\n", 0, match.start()) + 1


_TEMPLATE = "this file should undo|add down migration|sql in this section"


def way_down(text: str) -> str:
    """`present` where a text has statements, `silent` where a comment says why it has none, else `empty`."""
    if sql.statements(text):
        return "present"
    said = [row for row in text.split("\n") if re.match(rf"(?i)\s*--(?!\s*\+|\s*(?:{_TEMPLATE}))\s*\w{{3,}}", row)]
    return "silent" if said else "empty"


def steps(text: str, first_line: int = 1) -> "list[Step]":
    """Steps of all statements in order. What is in another grammar, or names its table at run time, is left out."""
    found: list[Step] = []
    for tokens in sql.statements(text):
        try:
            found.extend(step for step in _statement(tokens, first_line - 1) if not step.get("table") or re.match(r"\w", step["table"]))
        except (IndexError, ValueError):
            continue
    return found


class _Words:
    """A reader of tokens, by their upper-case words."""

    def __init__(self, tokens: "list[Token]") -> None:
        self.tokens = tokens
        self.words = [token.upper if token.kind == "word" else token.text for token in tokens]
        self.at = 0

    def take(self, *words: str) -> bool:
        if tuple(self.words[self.at : self.at + len(words)]) == words:
            self.at += len(words)
            return True
        return False

    def name(self) -> str:
        parts = [self.tokens[self.at].text]
        self.at += 1
        while self.at + 1 < len(self.words) and self.words[self.at] == ".":
            parts.append(self.tokens[self.at + 1].text)
            self.at += 2
        return bare(".".join(parts)).lower()

    def rest(self) -> "list[str]":
        return self.words[self.at :]

    def until(self, *ends: str) -> str:
        """The text up to one of these words at this level."""
        parts, depth = [], 0
        while self.at < len(self.words):
            word = self.words[self.at]
            if depth == 0 and word in ends:
                break
            depth += (word == "(") - (word == ")")
            parts.append(self.tokens[self.at].text)
            self.at += 1
        return re.sub(r"\s*([(),.]|::)\s*", r"\1", " ".join(parts))


def _statement(tokens: "list[Token]", offset: int) -> "list[Step]":
    reader = _Words(tokens)
    place = {"line": tokens[0].line + offset, "end": tokens[-1].line + offset}
    if reader.take("CREATE"):
        return [{**step, **place} for step in _create(reader)]
    if reader.take("ALTER", "TABLE"):
        return _alter(reader, offset)
    if reader.take("DROP", "TABLE"):
        reader.take("IF", "EXISTS")
        return [{"op": "drop_table", "table": _Words(part).name(), **place} for part in _parts(tokens[reader.at :])]
    if reader.take("RENAME", "TABLE"):
        old = reader.name()
        return [{"op": "rename_table", "table": old, "to": reader.name() if reader.take("TO") else "", **place}]
    if reader.take("UPDATE"):
        reader.take("ONLY")
        return [{"op": "update", "verb": "UPDATE", "table": reader.name(), **_bulk(reader.rest()), **place}]
    if reader.take("DELETE", "FROM"):
        return [{"op": "update", "verb": "DELETE", "table": reader.name(), **_bulk(reader.rest()), **place}]
    if reader.take("DO"):
        return [step for body, line in sql.block(tokens) for step in steps(body, line + offset)]
    if reader.words[0] in {"VACUUM", "CLUSTER", "REINDEX"}:
        return [{**step, **place} for step in _rebuilt(reader)]
    if reader.words[:2] == ["ALTER", "TYPE"] and any(reader.words[i : i + 2] == ["ADD", "VALUE"] for i in range(len(reader.words))):
        return [{"op": "other", "table": "", "what": "ADD VALUE", **place}]
    return [{"op": "other", "table": "", **place}] if reader.words[0] in {"ALTER", "DROP"} else []


def _rebuilt(reader: _Words) -> "list[Step]":
    """Commands that write a table or its indexes anew."""
    words = reader.words
    if words[0] == "REINDEX":
        if "CONCURRENTLY" in words or not {"TABLE", "INDEX"} & set(words):
            return []
        reader.at = next(i for i, word in enumerate(words) if word in {"TABLE", "INDEX"}) + 1
        return [{"op": "rebuild", "what": "REINDEX", "table": reader.name()}]
    if words[0] == "VACUUM" and "FULL" not in words:
        return []
    reader.at = 1
    while reader.words[reader.at] in {"FULL", "(", ",", ")", "VERBOSE", "ANALYZE", "FREEZE"}:
        reader.at += 1
    return [{"op": "rewrite", "what": "VACUUM FULL" if words[0] == "VACUUM" else "CLUSTER", "table": reader.name()}]


def _bulk(words: "list[str]") -> "dict[str, Any]":
    """`bulk`: whether a statement works through the table: no WHERE, or only on NULL; None where it depends on the rows. `some`: the column
    that chooses the rows, where the statement does not fill that very column."""
    if {"LIMIT", "BETWEEN", "CTID", "TABLESAMPLE"} & set(words):
        return {"bulk": False}
    depth, where = 0, -1
    for index, word in enumerate(words):
        depth += (word == "(") - (word == ")")
        if word == "WHERE" and depth == 0:
            where = index
            break
    if where < 0:
        return {"bulk": None if "FROM" in words or "USING" in words or "JOIN" in words else True}
    condition = re.fullmatch(r"(?:[\w\"]+ \. )?([\w.\"]+) IS (?:NOT )?NULL", " ".join(words[where + 1 :]))
    if condition is None:
        return {"bulk": None}
    column = condition.group(1)
    filled = any(words[i : i + 2] == [column, "="] for i in range(where))
    return {"bulk": True} if filled else {"bulk": True, "some": column.strip('"').lower()}


def _create(reader: _Words) -> "list[Step]":
    while reader.words[reader.at] in {"OR", "REPLACE", "UNLOGGED", "GLOBAL", "LOCAL", "TEMP", "TEMPORARY", "FOREIGN", "CACHED", "MEMORY"}:
        reader.at += 1
    if reader.take("TABLE") or reader.take("MATERIALIZED", "VIEW"):
        reader.take("IF", "NOT", "EXISTS")
        return [{"op": "create_table", "table": reader.name()}]
    unique = reader.take("UNIQUE")
    if not reader.take("INDEX"):
        return [{"op": "other", "table": ""}]
    concurrent = reader.take("CONCURRENTLY")
    reader.at = reader.words.index("ON", reader.at) + 1
    if reader.take("ONLY"):
        return [{"op": "other", "table": ""}]  # the index of a partitioned table alone: nothing is built
    return [{"op": "add_index", "table": reader.name(), "concurrent": concurrent, "unique": unique}]


def _alter(reader: _Words, offset: int) -> "list[Step]":
    reader.take("IF", "EXISTS")
    reader.take("ONLY")
    table = reader.name()
    found: list[Step] = []
    for part in _parts(reader.tokens[reader.at :]):
        inner = _Words(part)
        place = {"line": part[0].line + offset, "end": part[-1].line + offset}
        found.extend({"table": table, **step, **place} for step in _part(inner))
    return found


def _parts(tokens: "list[Token]") -> "list[list[Token]]":
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


_COLUMN_ENDS = ("NOT", "NULL", "DEFAULT", "PRIMARY", "UNIQUE", "REFERENCES", "CHECK", "CONSTRAINT", "GENERATED", "COLLATE")


def _part(reader: _Words) -> "list[Step]":
    if reader.take("ADD"):
        return _add(reader)
    if reader.take("DROP"):
        if reader.words[reader.at] in {"CONSTRAINT", "PRIMARY", "FOREIGN", "INDEX", "KEY", "CHECK"}:
            return []
        reader.take("COLUMN")
        reader.take("IF", "EXISTS")
        return [{"op": "drop_column", "column": reader.name()}]
    if reader.take("RENAME"):
        if reader.take("TO"):
            return [{"op": "rename_table", "to": reader.name()}]
        if reader.words[reader.at] in {"CONSTRAINT", "INDEX", "KEY"}:
            return []
        reader.take("COLUMN")
        old = reader.name()
        return [{"op": "rename_column", "column": old, "to": reader.name()}] if reader.take("TO") else []
    if reader.take("VALIDATE", "CONSTRAINT"):
        return [{"op": "validate", "name": reader.name()}]
    if reader.words[:2] in (["SET", "TABLESPACE"], ["SET", "LOGGED"], ["SET", "UNLOGGED"]):
        return [{"op": "rewrite", "what": " ".join(reader.words[:2])}]
    if reader.take("ALTER"):
        reader.take("COLUMN")
        column = reader.name()
        if reader.take("SET", "NOT", "NULL"):
            return [{"op": "set_not_null", "column": column}]
        if reader.take("SET", "DATA", "TYPE") or reader.take("TYPE"):
            kind = reader.until("USING", "COLLATE")
            using = reader.until() if reader.take("USING") else ""
            return [{"op": "alter_type", "column": column, "type": kind.lower(), "using": using}]
    return []


def _add(reader: _Words) -> "list[Step]":
    is_column = reader.take("COLUMN")
    reader.take("IF", "NOT", "EXISTS")
    word = reader.words[reader.at]
    if not is_column and word in {"CONSTRAINT", "FOREIGN", "CHECK", "UNIQUE", "PRIMARY", "EXCLUDE"}:
        return _constraint(reader)
    if not is_column and word in {"INDEX", "KEY", "FULLTEXT", "SPATIAL"}:
        return []
    column = reader.name()
    kind = reader.until(*_COLUMN_ENDS).lower()
    words = reader.rest()
    default = ""
    if "DEFAULT" in words and "GENERATED" not in words:
        reader.at += words.index("DEFAULT") + 1
        default = reader.until(*(word for word in _COLUMN_ENDS if word != "NULL"))
    stored = "GENERATED" in words and ("STORED" in words or "IDENTITY" in words)
    unique = "UNIQUE" in words or "PRIMARY" in words
    strict = any(words[i : i + 2] == ["NOT", "NULL"] for i in range(len(words))) or "PRIMARY" in words
    filled = {"DEFAULT", "GENERATED"} & set(words) or "serial" in kind
    step = {"op": "add_column", "column": column, "type": kind, "default": default, "stored": stored, "unique": unique}
    return [{**step, "required": strict and not filled}]


def _constraint(reader: _Words) -> "list[Step]":
    name = reader.name() if reader.take("CONSTRAINT") else ""
    words = reader.rest()
    valid = not any(words[i : i + 2] == ["NOT", "VALID"] for i in range(len(words)))
    enforced = not any(words[i : i + 2] == ["NOT", "ENFORCED"] for i in range(len(words)))
    if words[:1] == ["FOREIGN"]:
        return [{"op": "add_foreign_key", "name": name, "valid": valid and enforced}]
    if words[:1] == ["CHECK"] or words[:2] == ["NOT", "NULL"]:
        return [{"op": "add_check", "name": name, "valid": valid and enforced, "text": " ".join(words)}]
    if words[:1] in (["UNIQUE"], ["PRIMARY"]):
        return [{"op": "add_unique", "name": name, "using": "USING" in words and "INDEX" in words}]
    return []
