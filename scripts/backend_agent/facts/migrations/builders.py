"""Migrations written in code, read from their text: Alembic, Django, Rails, Laravel, Ecto, EF Core, Knex, TypeORM.

Each tool is a table of verbs; a verb makes steps out of its arguments. Only the part that goes up is read; where a call stands decides its
table (`batch_alter_table`, `Schema::table`, `alter table(…) do`). What is built at run time is not seen.
"""

import re
from collections.abc import Iterator

from backend_agent.facts.migrations.statements import TIMEOUT, Step, steps
from backend_agent.facts.schema import chains

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:
    from backend_agent.records import NamedTuple


class Call(NamedTuple):
    """One call: its name, positional and named arguments as text, the text after it on the same statement, and its lines."""

    verb: str
    args: "list[str]"
    named: "dict[str, str]"
    tail: str
    line: int
    end: int
    at: int
    raw: str

    def arg(self, index: int, *names: str) -> str:
        """An argument without quotes or the colon of a symbol."""
        text = next((self.named[name] for name in names if name in self.named), self.args[index] if index < len(self.args) else "")
        return text.strip().lstrip(":").strip("\"'`").lower()


_NAMED = re.compile(r"^\s*:?([A-Za-z_]\w*)\s*(?:=>|=(?!=)|:(?!:))\s*(.*)$", re.DOTALL)
_STRING = re.compile(r'"""(.*?)"""|\'\'\'(.*?)\'\'\'|`([^`]*)`|"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'', re.DOTALL)
_COMMENT = {"ruby": r"#", "python": r"#", "elixir": r"#", "other": r"//|/\*|\*"}
_LANGUAGE = {"alembic": "python", "django": "python", "rails": "ruby", "ecto": "elixir"}


def file(text: str, tool: str) -> "dict[str, Any]":
    """The facts of one migration in code."""
    plain = re.sub(rf"(?m)^[ \t]*(?:{_COMMENT[_LANGUAGE.get(tool, 'other')]}).*$", "", text)
    up, first = _body(plain, tool, "up")
    found = sorted(_READERS[tool](up, first), key=lambda step: (step["line"], step["end"]))
    down, line = _down(text, plain, tool, found)
    return {
        "tool": tool,
        "steps": found,
        "down": down,
        "down_line": line,
        "timeout": bool(TIMEOUT.search(plain)),
        "transaction": not re.search(
            r"disable_ddl_transaction|autocommit_block|atomic\s*=\s*False|withinTransaction\s*=\s*false|transaction\s*[:=]\s*false"
            r"|suppressTransaction\s*:\s*true",
            plain,
        ),
    }


# where the way up and the way down stand

_HEADS = {
    "alembic": r"(?m)^(?:async )?def {way}grade\(",
    "rails": r"(?m)^\s*def (?:self\.)?{way}\b",
    "laravel": r"(?m)function {way}\s*\(",
    "ecto": r"(?m)^\s*def {way}\b",
    "efcore": r"(?im)\boverride\s+void\s+{way}\s*\(",
    "typeorm": r"(?m)\b{way}\s*\(\s*\w+\s*(?::\s*\w+)?\s*\)|\b{way}\s*=\s*async\b",
    "knex": r"(?m)\b{way}\s*(?::|=|\()|\basync\s+function\s+{way}\b|\bfunction\s+{way}\b",
}


def _body(text: str, tool: str, way: str) -> "tuple[str, int]":
    """The part of the file that goes one way and its first line; all of it for `change` and for Django's list; "" where there is none."""
    head = _HEADS.get(tool)
    if head is None:
        return (text, 1) if way == "up" else ("", 0)
    match = re.search(head.format(way=way), text)
    if match is None:
        return (text, 1) if way == "up" and tool in {"rails", "ecto"} else ("", 0)
    other = re.search(head.format(way="down" if way == "up" else "up"), text[match.end() :])
    end = match.end() + other.start() if other else len(text)
    return text[match.start() : end], text.count("\n", 0, match.start()) + 1


def _down(text: str, plain: str, tool: str, found: "list[Step]") -> "tuple[str, int]":
    if tool == "django":
        return "none", 0
    body, line = _body(plain, tool, "down")
    if tool in {"rails", "ecto"} and not re.search(r"(?m)^\s*def (?:self\.)?up\b", plain):
        return "none", 0  # `change` is turned round by the tool; what it cannot turn round is a step of its own
    if not body:
        return "missing", 1
    told = text.split("\n")[line - 1 :]
    head, _, rest = body.partition("\n")
    inline = re.sub(r"^.*?\)\s*(?::\s*\w[\w<>]*)?\s*(?:=>)?\s*\{?", "", head) if tool in {"knex", "typeorm", "laravel"} else ""
    code = re.sub(r'"""(?s:.*?)"""', "", inline + "\n" + rest)
    code = re.sub(
        r"\b(pass|end|return|async|await|exports|module|public|protected|static)\b|[{}();\s]|:ok|Promise\.resolve|void|#.*", "", code
    )
    code = re.sub(r"\.up=?|=$", "", code)
    if code.strip():
        return "present", line
    below = "\n".join(told[: body.count("\n") + 1])
    said = re.search(r'(?m)(#|//|/\*|^\s*\*)\s*(?!\s*#)(?!ignored|@|end|###)\w+ \w+ \w+|"""', below)
    return ("silent" if said or not found else "empty"), line


# calls


def _calls(text: str, pattern: str, first: int, language: str = "") -> "Iterator[Call]":
    """Calls whose head matches `pattern`, with or without parentheses. Group `verb` is their name."""
    for match in re.finditer(pattern, text):
        at, block = match.end(), ""
        if text[at : at + 1] == "(":
            end = chains.skip(text, at)
            inner = text[at + 1 : end - 1]
        elif language in {"ruby", "elixir"}:
            end = _statement_end(text, at)
            inner = re.sub(r"\s+do(\s*\|.*)?\s*$", "", text[at:end])
            block = " do" if len(inner) < len(text[at:end].rstrip()) else ""
        else:
            continue
        line = first + text.count("\n", 0, match.start())
        stop = _statement_end(text, end)
        args, named = [], {}
        for part in chains.split(inner):
            pair = _NAMED.match(part)
            if pair and not re.match(r"\s*[\w.]+\(", part):
                named[pair.group(1)] = pair.group(2).strip()
            else:
                args.append(part.strip())
        verb = match.group("verb")
        yield Call(verb, args, named, text[end:stop] + block, line, line + text.count("\n", match.start(), end), match.start(), inner)


def _statement_end(text: str, at: int) -> int:
    """The end of the line, or of the lines below that a bracket, a comma or a leading dot keeps in the same statement."""
    while at < len(text):
        character = text[at]
        if character in "([{\"'`":
            at = chains.skip(text, at)
            continue
        if character == ";":
            return at
        if character == "\n":
            before = text[:at].rstrip()
            if not before.endswith((",", "\\", "->")) and not re.match(r"\s*(\.|->|\|>)", text[at + 1 : at + 80]):
                return at
        at += 1
    return at


def _sql(call: Call) -> "list[Step]":
    """The steps of the SQL in the first text of a call; the texts of its first argument are one."""
    if not call.args:
        return []
    parts = list(_STRING.finditer(call.args[0]))
    if not parts:
        return []
    written = " ".join(next(group for group in part.groups() if group is not None) for part in parts)
    lead = call.raw.find(call.args[0][:20])
    before = call.raw[: max(lead, 0)] + call.args[0][: parts[0].start()]
    return steps(written, call.line + before.count("\n"))


def _place(call: Call, **step: "Any") -> Step:
    return {"line": call.line, "end": call.end, **step}


def _table_at(scopes: "list[tuple[int, int, str]]", at: int) -> str:
    inside = [scope for scope in scopes if scope[0] <= at < scope[1]]
    return max(inside)[2] if inside else ""


def _true(text: str) -> bool:
    return text.strip().lower() == "true"


# Alembic


def _alembic(text: str, first: int) -> "list[Step]":
    found: list[Step] = []
    batches = []
    for match in re.finditer(r"(?m)^([ \t]*)with .*?batch_alter_table\(\s*[\"'](\w+)[\"'].*?as (\w+)\s*:", text):
        rest = re.search(rf"(?m)^(?!{match.group(1)}[ \t]+\S)(?![ \t]*$)", text[match.end() + 1 :])
        batches.append((match.start(), match.end() + 1 + rest.start() if rest else len(text), match.group(2).lower()))
    for call in _calls(text, r"\b(?:\w*op)\.(?P<verb>\w+)(?=\()", first):
        batch = _table_at(batches, call.at) if not text.startswith("op.", call.at) else ""
        found.extend(_alembic_step(call, batch))
    return found


def _alembic_step(call: Call, batch: str) -> "list[Step]":
    shift = 1 if batch else 0
    table = batch or call.arg(0, "table_name")
    if call.verb == "create_table":
        return [_place(call, op="create_table", table=call.arg(0, "table_name"))]
    if call.verb == "add_column":
        return [_alembic_column(call, table, call.args[1 - shift] if len(call.args) > 1 - shift else "")]
    if call.verb == "create_index":
        concurrent = _true(call.named.get("postgresql_concurrently", ""))
        target = batch or call.arg(1, "table_name")
        return [_place(call, op="add_index", table=target, concurrent=concurrent, unique=_true(call.named.get("unique", "")))]
    if call.verb in {"create_unique_constraint", "create_primary_key"}:
        return [_place(call, op="add_unique", table=batch or call.arg(1, "table_name"), using=False)]
    if call.verb in {"create_foreign_key", "create_check_constraint"}:
        valid = not _true(call.named.get("postgresql_not_valid", ""))
        kind = "add_foreign_key" if call.verb == "create_foreign_key" else "add_check"
        written = re.sub(r"\s+", " ", call.args[2 - shift].strip("\"'")).upper() if len(call.args) > 2 - shift else ""
        return [
            _place(call, op=kind, table=batch or call.arg(1, "source_table", "table_name"), valid=valid, text=written, name=call.arg(0))
        ]
    if call.verb == "alter_column":
        return _alembic_alter(call, table, call.arg(1 - shift, "column_name"))
    if call.verb == "drop_column":
        return [_place(call, op="drop_column", table=table, column=call.arg(1 - shift, "column_name"))]
    if call.verb == "drop_table":
        return [_place(call, op="drop_table", table=table)]
    if call.verb == "rename_table":
        return [_place(call, op="rename_table", table=table, to=call.arg(1, "new_table_name"))]
    return _sql(call) if call.verb == "execute" else []


def _alembic_column(call: Call, table: str, column: str) -> Step:
    inner = column[column.find("(") + 1 :]
    parts = chains.split(inner.rstrip(")") if inner.endswith("))") else inner[:-1])
    default = next((part.partition("=")[2] for part in parts if re.match(r"\s*server_default\s*=", part)), "")
    unique = bool(re.search(r"\bunique\s*=\s*True", column))
    stored = bool(re.search(r"\bComputed\((?s:.*)persisted\s*=\s*True|\bIdentity\(", column))
    name = parts[0].strip(" \n\"'").lower() if parts else ""
    return _place(call, op="add_column", table=table, column=name, type="", default=default, stored=stored, unique=unique)


_SA_TYPES = {"biginteger": "bigint", "integer": "int", "smallinteger": "smallint", "boolean": "boolean", "date": "date", "float": "real"}
_SA_TYPES |= {"uuid": "uuid", "jsonb": "jsonb", "json": "json", "largebinary": "bytea", "double": "double precision"}


def _alembic_alter(call: Call, table: str, column: str) -> "list[Step]":
    found = []
    if "new_column_name" in call.named:
        found.append(_place(call, op="rename_column", table=table, column=column, to=call.arg(99, "new_column_name")))
    kind = call.named.get("type_", "")
    if kind:
        name = re.sub(r"\(.*", "", kind, flags=re.DOTALL).rpartition(".")[2].lower()
        old = re.sub(r"\(.*", "", call.named.get("existing_type", ""), flags=re.DOTALL).rpartition(".")[2].lower()
        target = _SA_TYPES.get(name, name)
        if _SA_TYPES.get(old, old) != target:
            found.append(
                _place(call, op="alter_type", table=table, column=column, type=target, using=call.named.get("postgresql_using", ""))
            )
    if call.named.get("nullable") == "False" and call.named.get("existing_nullable") != "False":
        found.append(_place(call, op="set_not_null", table=table, column=column))
    return found


# Django: tables are models here


def _django(text: str, first: int) -> "list[Step]":
    hidden = [(m.start(), chains.skip(text, m.end())) for m in re.finditer(r"\bstate_operations\s*=\s*(?=\[)", text)]
    found: list[Step] = []
    for call in _calls(text, r"\b(?:migrations\.|operations\.)?(?P<verb>[A-Z]\w+)(?=\()", first):
        if not any(begin <= call.at < end for begin, end in hidden):
            found.extend(_django_step(call, text))
    return found


def _django_step(call: Call, text: str) -> "list[Step]":
    model = call.arg(0, "model_name")
    if call.verb == "CreateModel":
        return [_place(call, op="create_table", table=call.arg(0, "name"))]
    if call.verb in {"AddIndex", "AddIndexConcurrently"}:
        return [_place(call, op="add_index", table=model, concurrent=call.verb != "AddIndex", unique=False)]
    if call.verb in {"AddConstraint", "AddConstraintNotValid"}:
        if "UniqueConstraint(" in call.raw:
            return [_place(call, op="add_unique", table=model, using=False)]
        if "CheckConstraint(" in call.raw:
            return [_place(call, op="add_check", table=model, valid=call.verb == "AddConstraint", text="", name="")]
    if call.verb == "RemoveField":
        return [_place(call, op="drop_column", table=model, column=call.arg(1, "name"))]
    if call.verb == "RenameField":
        return [_place(call, op="rename_column", table=model, column=call.arg(1, "old_name"), to=call.arg(2, "new_name"))]
    if call.verb == "RunSQL":
        reverse = len(call.args) > 1 or "reverse_sql" in call.named
        return [
            *_sql(_first(call, "sql")),
            *([] if reverse else [_place(call, op="irreversible", table="", what="RunSQL without reverse_sql")]),
        ]
    if call.verb == "RunPython":
        reverse = len(call.args) > 1 or "reverse_code" in call.named
        function = (call.args[:1] or [call.named.get("code", "")])[0]
        found = [] if reverse else [_place(call, op="irreversible", table="", what="RunPython without reverse_code")]
        return found + _django_function(text, function, call.line - text.count("\n", 0, call.at))
    return []


def _first(call: Call, name: str) -> Call:
    return call if call.args or name not in call.named else call._replace(args=[call.named[name]])


def _django_function(text: str, function: str, first: int) -> "list[Step]":
    """Updates of a whole table in the function that RunPython calls."""
    match = re.search(rf"(?m)^def {re.escape(function)}\(.*\n((?:[ \t]+.*\n|\s*\n)*)", text) if re.fullmatch(r"\w+", function) else None
    if match is None:
        return []
    found = []
    for update in re.finditer(r"\b(\w+)\.objects(?:\.using\([^)]*\))?(?:\.all\(\))?\.(update|delete)\(", match.group(1)):
        line = first + text.count("\n", 0, match.start(1) + update.start())
        verb = update.group(2).upper()
        found.append({"op": "update", "verb": verb, "table": update.group(1).lower(), "bulk": True, "line": line, "end": line})
    return found


# Rails


def _rails(text: str, first: int) -> "list[Step]":
    text = _without_blocks(text, r"\bsafety_assured\s*(?=do\b|\{)")
    found: list[Step] = []
    verbs = "create_table|drop_table|rename_table|add_index|add_reference|add_belongs_to|add_foreign_key|add_check_constraint|change_column"
    verbs += (
        "|change_column_null|remove_column|rename_column|execute|add_column|remove_index|validate_foreign_key|validate_check_constraint"
    )
    change = bool(re.search(r"(?m)^\s*def change\b", text))
    safe = _ranges(text, r"(?m)^([ \t]*)(?:reversible|up_only)\b.*\bdo\b", r"^{indent}end\b")
    for call in _calls(text, rf"(?m)(?<![.\w:])(?P<verb>{verbs})(?=\(|[ \t]+[:\"'<\w])", first, "ruby"):
        found.extend(_rails_step(call, change and not any(begin <= call.at < end for begin, end in safe)))
    for match in re.finditer(r"(?s)\bexecute[ (]+<<[~-]?['\"]?(\w+)['\"]?\)?[^\n]*\n(.*?)^\s*\1\b", text, re.MULTILINE):
        found.extend(steps(match.group(2), first + text.count("\n", 0, match.start(2))))
    for match in re.finditer(r"(?m)^\s*([A-Z][\w:]*)(\.unscoped)?(\.all)?\.(update_all|delete_all|destroy_all)\b", text):
        line = first + text.count("\n", 0, match.start(1))
        verb = "UPDATE" if match.group(4) == "update_all" else "DELETE"
        found.append({"op": "update", "verb": verb, "table": match.group(1).lower(), "bulk": True, "line": line, "end": line})
    return found


def _rails_step(call: Call, change: bool) -> "list[Step]":
    table = call.arg(0)
    if call.verb == "create_table":
        return [_place(call, op="create_table", table=table)]
    if call.verb == "drop_table":
        alone = change and not re.search(r"\bdo\b|\{", call.tail) and not call.raw.rstrip().endswith("do")
        return [_place(call, op="drop_table", table=table), *_lost(call, alone, "drop_table without the columns")]
    if call.verb == "rename_table":
        return [_place(call, op="rename_table", table=table, to=call.arg(1))]
    if call.verb == "add_index":
        concurrent = "concurrently" in call.named.get("algorithm", "")
        return [_place(call, op="add_index", table=table, concurrent=concurrent, unique=_true(call.named.get("unique", "")))]
    if call.verb in {"add_reference", "add_belongs_to"}:
        found = []
        index = call.named.get("index", "true")
        if index != "false":
            found.append(_place(call, op="add_index", table=table, concurrent="concurrently" in index, unique=False))
        key = call.named.get("foreign_key", "false")
        if key not in {"false", ""} and "validate: false" not in key:
            found.append(_place(call, op="add_foreign_key", table=table, valid=True, name=""))
        return found
    if call.verb in {"add_foreign_key", "add_check_constraint"}:
        kind = "add_foreign_key" if call.verb == "add_foreign_key" else "add_check"
        written = call.args[1].strip("\"'").upper() if len(call.args) > 1 else ""
        return [_place(call, op=kind, table=table, valid=call.named.get("validate") != "false", text=written, name=call.arg(99, "name"))]
    if call.verb == "change_column_null" and call.arg(2) == "false":
        return [_place(call, op="set_not_null", table=table, column=call.arg(1))]
    if call.verb == "change_column":
        kind = {"integer": "int", "binary": "bytea", "float": "real"}.get(call.arg(2), call.arg(2))
        kind = "bigint" if call.arg(2) == "integer" and call.named.get("limit") == "8" else kind
        step = _place(call, op="alter_type", table=table, column=call.arg(1), type=kind, using=call.named.get("using", ""))
        return [step, *_lost(call, change, "change_column")]
    if call.verb == "remove_column":
        step = _place(call, op="drop_column", table=table, column=call.arg(1))
        return [step, *_lost(call, change and len(call.args) < 3, "remove_column without the type")]
    if call.verb == "rename_column":
        return [_place(call, op="rename_column", table=table, column=call.arg(1), to=call.arg(2))]
    if call.verb == "add_column":
        default = call.named.get("default", "")
        return [
            _place(call, op="add_column", table=table, column=call.arg(1), type=call.arg(2), default=default, stored=False, unique=False)
        ]
    return [*_sql(call), *_lost(call, change, "execute")] if call.verb == "execute" else []


def _lost(call: Call, change: bool, what: str) -> "list[Step]":
    return [_place(call, op="irreversible", table="", what=f"{what} within change")] if change else []


def _without_blocks(text: str, head: str) -> str:
    """Blank what somebody has looked at and marked as safe, keeping the lines."""
    for match in re.finditer(head, text):
        if text[match.end()] == "{":
            end = chains.skip(text, match.end())
        else:
            indent = re.search(r"[ \t]*$", text[: match.start()])
            close = re.search(rf"(?m)^{indent.group() if indent else ''}end\b", text[match.end() :])
            end = match.end() + close.end() if close else len(text)
        blank = re.sub(r"[^\n]", " ", text[match.start() : end])
        text = text[: match.start()] + blank + text[end:]
    return text


def _ranges(text: str, head: str, close: str) -> "list[tuple[int, int]]":
    found = []
    for match in re.finditer(head, text):
        end = re.search("(?m)" + close.format(indent=match.group(1)), text[match.end() :])
        found.append((match.start(), match.end() + end.end() if end else len(text)))
    return found


# builders with a closure: Laravel, Knex


def _scopes(text: str, pattern: str) -> "list[tuple[int, int, str]]":
    """(begin, end, table) of the calls that open a table."""
    found = []
    for match in re.finditer(pattern, text):
        end = chains.skip(text, match.start("open"))
        found.append((match.start(), end, match.group("table").lower()))
    return found


def _laravel(text: str, first: int) -> "list[Step]":
    found: list[Step] = []
    for match in re.finditer(
        r"Schema::(?:connection\([^)]*\)->)?(create|drop|dropIfExists|rename)\(\s*['\"](\w+)['\"](?:\s*,\s*['\"](\w+)['\"])?", text
    ):
        line = first + text.count("\n", 0, match.start())
        verb = {"create": "create_table", "rename": "rename_table"}.get(match.group(1), "drop_table")
        found.append({"op": verb, "table": match.group(2).lower(), "to": (match.group(3) or "").lower(), "line": line, "end": line})
    tables = _scopes(text, r"Schema::(?:connection\([^)]*\)->)?table(?P<open>\()\s*['\"](?P<table>\w+)['\"]")
    for call in _calls(text, r"\$\w+->(?P<verb>\w+)(?=\()", first):
        table = _table_at(tables, call.at)
        if table:
            found.extend(_builder_step(call, table, re.findall(r"->\s*(\w+)\(", call.tail)))
    for call in _calls(text, r"\bDB::(?P<verb>statement|unprepared|update|delete)(?=\()", first):
        found.extend(_sql(call))
    for match in re.finditer(r"\bDB::table\(\s*['\"](\w+)['\"]\s*\)(?:\s*->whereNull\([^)]*\))?\s*->\s*(update|delete)\(", text):
        line = first + text.count("\n", 0, match.start())
        found.append(
            {"op": "update", "verb": match.group(2).upper(), "table": match.group(1).lower(), "bulk": True, "line": line, "end": line}
        )
    return found


def _knex(text: str, first: int) -> "list[Step]":
    found: list[Step] = []
    for match in re.finditer(
        r"\.(createTable|createTableIfNotExists|dropTable|dropTableIfExists|renameTable)\(\s*['\"`](\w+)['\"`](?:\s*,\s*['\"`](\w+))?", text
    ):
        line = first + text.count("\n", 0, match.start())
        verb = "create_table" if match.group(1).startswith("create") else "rename_table" if match.group(1)[0] == "r" else "drop_table"
        found.append({"op": verb, "table": match.group(2).lower(), "to": (match.group(3) or "").lower(), "line": line, "end": line})
    tables = _scopes(text, r"\.(?:alterTable|table)(?P<open>\()\s*['\"`](?P<table>\w+)['\"`]")
    for call in _calls(text, r"\b(?:table|t|tbl|builder)\s*\.(?P<verb>\w+)(?=\()", first):
        table = _table_at(tables, call.at)
        if table:
            found.extend(_builder_step(call, table, re.findall(r"\.\s*(\w+)\(", call.tail)))
    for call in _calls(text, r"\.(?P<verb>raw)(?=\()", first):
        found.extend(_sql(call))
    for match in re.finditer(r"\bknex\(\s*['\"`](\w+)['\"`]\s*\)(?:\s*\.whereNull\([^)]*\))?\s*\.(update|del|delete)\(", text):
        line = first + text.count("\n", 0, match.start())
        verb = "UPDATE" if match.group(2) == "update" else "DELETE"
        found.append({"op": "update", "verb": verb, "table": match.group(1).lower(), "bulk": True, "line": line, "end": line})
    return found


_BUILDER_TYPES = {
    "integer": "int",
    "biginteger": "bigint",
    "unsignedbiginteger": "bigint",
    "boolean": "boolean",
    "uuid": "uuid",
    "json": "json",
}
_BUILDER_TYPES |= {"jsonb": "jsonb", "date": "date", "float": "real", "double": "double precision", "binary": "bytea"}


def _builder_step(call: Call, table: str, after: "list[str]") -> "list[Step]":
    verb, column = call.verb.lower(), call.arg(0)
    if verb in {"dropcolumn", "dropcolumns"}:
        names = re.findall(r"['\"`](\w+)['\"`]", call.raw)
        return [_place(call, op="drop_column", table=table, column=name.lower()) for name in names]
    if verb == "renamecolumn":
        return [_place(call, op="rename_column", table=table, column=column, to=call.arg(1))]
    if verb in {"index", "unique", "primary"} and call.args:
        concurrent = "online" in after or "algorithm" in after
        return [_place(call, op="add_index", table=table, concurrent=concurrent, unique=verb != "index")]
    if verb == "foreign" and call.args:
        return [_place(call, op="add_foreign_key", table=table, valid=True, name="")]
    if verb.startswith("drop") or not column:
        return []
    if {"change", "alter"} & set(after):
        kind = _BUILDER_TYPES.get(verb, verb)
        return [_place(call, op="alter_type", table=table, column=column, type=kind, using="", loose=True)]
    return (
        [_place(call, op="add_index", table=table, concurrent="online" in after, unique="unique" in after)]
        if {"index", "unique"} & set(after)
        else []
    )


# TypeORM


def _typeorm(text: str, first: int) -> "list[Step]":
    found: list[Step] = []
    for call in _calls(text, r"\bqueryRunner\.(?P<verb>\w+)(?=\()", first):
        found.extend(_typeorm_step(call))
    return found


def _typeorm_step(call: Call) -> "list[Step]":
    table = call.arg(0)
    if call.verb == "createTable":
        name = re.search(r"\bname\s*:\s*['\"`](\w+)", call.raw)
        return [_place(call, op="create_table", table=name.group(1).lower() if name else "")]
    if call.verb in {"createIndex", "createIndices"}:
        concurrent = bool(re.search(r"isConcurrent\s*:\s*true", call.raw))
        return [_place(call, op="add_index", table=table, concurrent=concurrent, unique="isUnique: true" in call.raw)]
    if call.verb in {"createForeignKey", "createForeignKeys"}:
        return [_place(call, op="add_foreign_key", table=table, valid=True, name="")]
    if call.verb == "createUniqueConstraint":
        return [_place(call, op="add_unique", table=table, using=False)]
    if call.verb == "createCheckConstraint":
        return [_place(call, op="add_check", table=table, valid=True, text="", name="")]
    if call.verb == "dropColumn":
        return [_place(call, op="drop_column", table=table, column=call.arg(1))]
    if call.verb == "dropTable":
        return [_place(call, op="drop_table", table=table)]
    if call.verb == "renameColumn":
        return [_place(call, op="rename_column", table=table, column=call.arg(1), to=call.arg(2))]
    return _sql(call) if call.verb == "query" else []


# Ecto


def _ecto(text: str, first: int) -> "list[Step]":
    found: list[Step] = []
    change = bool(re.search(r"(?m)^\s*def change\b", text))
    tables = []
    for match in re.finditer(r"(?m)^([ \t]*)alter[ (]+table\(\s*:(\w+)[^\n]*\bdo\b", text):
        close = re.search(rf"(?m)^{match.group(1)}end\b", text[match.end() :])
        tables.append((match.start(), match.end() + close.start() if close else len(text), match.group(2).lower()))
    for call in _calls(
        text,
        r"(?<![.\w])(?P<verb>create_if_not_exists|create|drop|rename|execute|modify|remove|add)(?=\(|[ \t]+[\w:\"'(])",
        first,
        "elixir",
    ):
        found.extend(_ecto_step(call, _table_at(tables, call.at), change))
    for match in re.finditer(r"(?m)\.update_all\(\s*[\"']?(\w+)[\"']?\s*,\s*set:", text):
        line = first + text.count("\n", 0, match.start())
        found.append({"op": "update", "verb": "UPDATE", "table": match.group(1).lower(), "bulk": True, "line": line, "end": line})
    return found


def _ecto_step(call: Call, table: str, change: bool) -> "list[Step]":
    target = re.match(r"\s*(table|index|unique_index|constraint)\(\s*[:\"](\w+)", call.raw)
    if call.verb.startswith("create") and target:
        kind, name = target.group(1), target.group(2).lower()
        if kind == "table":
            return [_place(call, op="create_table", table=name)]
        if kind == "constraint":
            valid = not re.search(r"validate:\s*false", call.raw)
            return [_place(call, op="add_check", table=name, valid=valid, text=call.raw.upper(), name="")] if "check:" in call.raw else []
        concurrent = bool(re.search(r"concurrently:\s*true", call.raw))
        return [_place(call, op="add_index", table=name, concurrent=concurrent, unique=kind != "index")]
    if call.verb == "drop" and target and target.group(1) == "table":
        return [_place(call, op="drop_table", table=target.group(2).lower())]
    if call.verb == "rename":
        match = re.match(r"\s*table\(\s*[:\"](\w+)\"?\s*\)\s*,\s*[:\"](\w+)\"?\s*,\s*to:\s*[:\"](\w+)", call.raw)
        return [_place(call, op="rename_column", table=match.group(1), column=match.group(2), to=match.group(3))] if match else []
    if call.verb == "execute":
        lost = change and len(call.args) < 2
        return [*_sql(call), *([_place(call, op="irreversible", table="", what="execute/1 within change")] if lost else [])]
    if not table:
        return []
    if call.verb == "remove":
        return [_place(call, op="drop_column", table=table, column=call.arg(0))]
    if call.verb == "modify":
        kind = call.arg(1)
        reference = re.search(r"\breferences\(", call.raw)
        if reference and not re.search(r"validate:\s*false", call.raw):
            return [_place(call, op="add_foreign_key", table=table, valid=True, name="")]
        old = re.search(r"\bfrom:\s*\{?\s*:(\w+)", call.raw)
        same = reference or (old is not None and old.group(1) == kind)
        found = [] if same else [_place(call, op="alter_type", table=table, column=call.arg(0), type=kind, using="", loose=old is None)]
        if re.search(r"(?<!from: \{)\bnull:\s*false", call.raw.partition("from:")[0]):
            found.append(_place(call, op="set_not_null", table=table, column=call.arg(0)))
        return found
    default = re.search(r"default:\s*fragment\(\s*\"([^\"]*)\"", call.raw)
    if call.verb == "add":
        shown = default.group(1) if default else ""
        return [_place(call, op="add_column", table=table, column=call.arg(0), type=call.arg(1), default=shown, stored=False, unique=False)]
    return []


# EF Core


def _efcore(text: str, first: int) -> "list[Step]":
    found: list[Step] = []
    for call in _calls(text, r"\bmigrationBuilder\s*\.\s*(?P<verb>\w+)(?:<[^()]*>)?(?=\()", first):
        found.extend(_efcore_step(call))
    return found


def _efcore_step(call: Call) -> "list[Step]":
    table = call.arg(1, "table")
    if call.verb in {"CreateTable", "DropTable"}:
        return [_place(call, op="create_table" if call.verb == "CreateTable" else "drop_table", table=call.arg(0, "name"))]
    if call.verb == "RenameTable":
        return [_place(call, op="rename_table", table=call.arg(0, "name"), to=call.arg(99, "newName"))]
    if call.verb == "DropColumn":
        return [_place(call, op="drop_column", table=table, column=call.arg(0, "name"))]
    if call.verb == "RenameColumn":
        return [_place(call, op="rename_column", table=table, column=call.arg(0, "name"), to=call.arg(99, "newName"))]
    if call.verb == "AddColumn":
        default = call.named.get("defaultValueSql", "").strip().strip('"')
        stored = bool(re.search(r"computedColumnSql\s*:|IdentityAlways|IdentityByDefault|IdentityColumn", call.raw + call.tail))
        kind = call.arg(99, "type")
        return [
            _place(call, op="add_column", table=table, column=call.arg(0, "name"), type=kind, default=default, stored=stored, unique=False)
        ]
    if call.verb == "CreateIndex":
        concurrent = bool(re.search(r"CreatedConcurrently\"\s*,\s*true", call.tail))
        return [_place(call, op="add_index", table=table, concurrent=concurrent, unique=_true(call.named.get("unique", "")))]
    if call.verb in {"AddUniqueConstraint", "AddPrimaryKey"}:
        return [_place(call, op="add_unique", table=table, using=False)]
    if call.verb in {"AddForeignKey", "AddCheckConstraint"}:
        kind = "add_foreign_key" if call.verb == "AddForeignKey" else "add_check"
        written = call.arg(2, "sql").upper()
        return [_place(call, op=kind, table=table, valid=True, text=written, name=call.arg(0, "name"))]
    if call.verb == "AlterColumn":
        return _efcore_alter(call, table, call.arg(0, "name"))
    return _efcore_sql(call) if call.verb == "Sql" else []


def _efcore_alter(call: Call, table: str, column: str) -> "list[Step]":
    found = []
    kind, old = call.arg(99, "type"), call.arg(99, "oldType")
    if kind and old and kind != old:
        found.append(_place(call, op="alter_type", table=table, column=column, type=kind, using=""))
    if call.named.get("nullable") == "false" and call.named.get("oldNullable") == "true":
        found.append(_place(call, op="set_not_null", table=table, column=column))
    return found


def _efcore_sql(call: Call) -> "list[Step]":
    """`Sql("…")`, also with `sql:` and with the quotes of C# that run over lines."""
    given = call.args[0] if call.args else call.named.get("sql", "")
    text = re.sub(r"^[@$]+", "", given.strip())
    return _sql(call._replace(args=[text, *call.args[1:]]))


_READERS = {
    "alembic": _alembic,
    "django": _django,
    "rails": _rails,
    "laravel": _laravel,
    "knex": _knex,
    "typeorm": _typeorm,
    "ecto": _ecto,
    "efcore": _efcore,
}
