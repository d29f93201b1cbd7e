"""The text of a Laravel migration with its variables, loops over literals and branches per database worked out, line for line."""

import re

from backend_agent.facts.schema import chains
from backend_agent.facts.schema.values import branch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Rows = list[tuple[Any, Any]]
else:
    Rows = list

"""An array: key (or None) and value of each item; a value is a text, a number or again rows."""

PERMISSIONS = {
    "$tableNames['roles']": "roles",
    "$tableNames['permissions']": "permissions",
    "$tableNames['model_has_permissions']": "model_has_permissions",
    "$tableNames['model_has_roles']": "model_has_roles",
    "$tableNames['role_has_permissions']": "role_has_permissions",
    "$columnNames['model_morph_key']": "model_id",
    "$columnNames['team_foreign_key']": "team_id",
    "$columnNames['role_pivot_key']": "role_id",
    "$columnNames['permission_pivot_key']": "permission_id",
    "$pivotRole": "role_id",
    "$pivotPermission": "permission_id",
}
"""The names that spatie/laravel-permission has by default: its migration, copied into each application, reads them from the settings."""

_ARRAY = re.compile(r"(?:(\$this->\w+|\$\w+)|(?:const|static|public|protected|private)\s[\w\s?]*?(\$?\w+))\s*=\s*(?=\[|array\s*\()")
_TEXT = re.compile(r"(?:(\$this->\w+)|(?:const|static|public|protected|private)\s[\w\s?]*?(\$?\w+))\s*=\s*('[\w.]*'|\"[\w.]*\")\s*;")
_RETURNED = re.compile(r"function\s+(\w+)\s*\([^)]*\)[^{;]*\{\s*return\s*(?=\[|array\s*\()")
_FOREACH = re.compile(r"foreach\s*\(\s*")
_AS = re.compile(r"(.*)\s+as\s+(?:(\$\w+)\s*=>\s*)?(\$\w+)\s*$", re.DOTALL)
_LOCAL = re.compile(r"(?<![\w>$])(\$\w+)\s*=\s*(?=['\"]|sprintf\b|config\s*\()")
_IF = re.compile(r"\b(?:else\s*)?if\s*(?=\()")
_LIMIT = 500


def worked_out(body: str, text: str) -> str:
    """`body`, of the file `text`, with what is known put in. Lines stay where they are, loops become one long line at their place."""
    arrays, constants = _known(text)
    if "permission.table_names" in text:
        constants.update(PERMISSIONS)
    for name, value in constants.items():
        body = _put(body, name, value)
    return _loops(_locals(_branches(body)), arrays, 0)


def _known(text: str) -> "tuple[dict[str, Rows], dict[str, str]]":
    arrays: dict[str, Rows] = {}
    for match in _ARRAY.finditer(text):
        rows = _rows(text[match.end() : _end(text, match.end())])
        for name in _ways(match.group(1), match.group(2)):
            arrays[name] = rows
    for match in _RETURNED.finditer(text):
        arrays[f"$this->{match.group(1)}()"] = _rows(text[match.end() : _end(text, match.end())])
    constants = {}
    for match in _TEXT.finditer(text):
        for name in _ways(match.group(1), match.group(2)):
            constants[name] = match.group(3)[1:-1]
    return arrays, constants


def _ways(plain: "str | None", declared: "str | None") -> "list[str]":
    """How code calls what is declared: a property by `$this->`, a constant by `self::`."""
    if plain:
        return [plain]
    name = str(declared)
    return [f"$this->{name[1:]}", f"self::{name}", f"static::{name}"] if name.startswith("$") else [f"self::{name}", f"static::{name}"]


def _end(text: str, at: int) -> int:
    start = text.find("[", at) if text[at] == "[" else text.find("(", at)
    return chains.skip(text, start)


def _rows(text: str) -> Rows:
    text = re.sub(r"(?m)//[^\n]*|#[^\n\[]*$|/\*.*?\*/", "", text.strip(), flags=re.DOTALL)
    inner = text[text.find("(") + 1 : -1] if text.startswith("array") else text[1:-1]
    found: Rows = []
    for part in chains.split(inner):
        key, arrow, value = _pair(part)
        found.append((chains.value(key) if arrow else None, _item(value if arrow else part)))
    return found


def _pair(part: str) -> "tuple[str, bool, str]":
    match = re.match(r"\s*('[^']*'|\"[^\"]*\"|[\w:\\]+)\s*=>\s*(.*)$", part, re.DOTALL)
    return (match.group(1), True, match.group(2)) if match else ("", False, part)


def _item(text: str) -> "Any":
    text = text.strip()
    return _rows(text) if text.startswith(("[", "array(")) else chains.value(text)


def _put(text: str, name: str, value: "Any") -> str:
    """The text with a variable's value in its place, in strings as well; not where the name is a closure's own parameter."""
    if not isinstance(value, str | int):
        return text
    exact = re.escape(name)
    shown = str(value)
    if name.startswith("$") and "->" not in name and "[" not in name:
        inside = re.compile(rf"\{{{exact}\}}|\$\{{{re.escape(name[1:])}\}}|{exact}(?!\w|\[|->)")
        text = re.sub(r'"[^"\n]*"', lambda m: inside.sub(lambda _: shown, m.group()), text)
        return re.sub(rf"(?<!Blueprint )(?<![\w>&]){exact}(?!\w|\s*->|\s*=(?!=)|\[)", lambda _: f"'{shown}'", text)
    text = re.sub(r'"[^"\n]*"', lambda m: re.sub(rf"\{{{exact}\}}", lambda _: shown, m.group()), text)
    return re.sub(rf"{exact}(?!\w|\(|\[)", lambda _: f"'{shown}'", text)


def _without(text: str, start: int, end: int) -> str:
    """The text with a piece blanked, its lines kept."""
    return text[:start] + "\n" * text.count("\n", start, end) + text[end:]


def _branches(body: str) -> str:
    """Without the branches that only SQLite runs, and those for the teams of laravel-permission, which are off by default."""
    at = 0
    while match := _IF.search(body, at):
        at = match.end()
        close = chains.skip(body, match.end())
        condition = body[match.end() + 1 : close - 1]
        taken = False if re.match(r"\s*\$teams\b", condition) else branch(condition)
        brace = re.match(r"\s*\{", body[close:])
        if taken is None or brace is None:
            continue
        start = close + brace.end() - 1
        end = chains.skip(body, start)
        other = re.match(r"\s*else\s*\{", body[end:])
        if not taken:
            body = _without(body, start + 1, end - 1)
        elif other:
            brace_at = end + other.end() - 1
            body = _without(body, brace_at + 1, chains.skip(body, brace_at) - 1)
    return body


def _locals(body: str) -> str:
    """Variables that hold a text of known parts, put in where they are used."""
    for match in list(_LOCAL.finditer(body))[:100]:
        end = body.find(";", match.end())
        value = _text(body[match.end() : end]) if end > 0 else None
        if value is not None and len(re.findall(rf"(?<![\w>$]){re.escape(match.group(1))}\s*=(?![=>])", body)) == 1:
            body = _put(body, match.group(1), value)
    return body


def _text(expression: str) -> "str | None":
    """The value of `'a' . "b"`, `sprintf('%s_x', 'a')` or `config('key', 'default')`."""
    expression = expression.strip()
    made = re.match(r"sprintf\s*\(", expression)
    if made:
        parts = [_text(part) for part in chains.split(expression[made.end() : -1])]
        texts = [part for part in parts if part is not None]
        pieces = texts[0].split("%s") if texts else []
        if len(texts) != len(parts) or len(pieces) != len(texts):
            return None
        return "".join(piece + value for piece, value in zip(pieces, [*texts[1:], ""], strict=True))
    setting = re.match(r"config\s*\(", expression)
    if setting and expression.endswith(")"):
        parts = [_text(part) for part in chains.split(expression[setting.end() : -1])]
        return parts[1] if len(parts) == 2 else None
    values = [chains.value(part) for part in chains.split(expression, ".")]
    return "".join(values) if values and all(isinstance(value, str) and "$" not in value for value in values) else None


def _loops(body: str, arrays: "dict[str, Rows]", depth: int) -> str:
    at = 0
    while depth < 4 and (match := _FOREACH.search(body, at)):
        at = match.end()
        close = chains.skip(body, body.find("(", match.start()))
        head = _AS.match(body[match.end() : close - 1])
        brace = re.match(r"\s*\{", body[close:])
        if head is None or brace is None:
            continue
        over = head.group(1).strip()
        rows = arrays.get(over) or (_rows(over) if over.startswith(("[", "array(")) else None)
        start = close + brace.end() - 1
        end = chains.skip(body, start)
        if not rows or len(rows) > _LIMIT:
            continue
        inner = re.sub(r"\buse\s*\([^)]*\)", "", body[start + 1 : end - 1])
        turns = [_turn(inner, head.group(2), head.group(3), row, arrays, depth) for row in rows]
        unrolled = " ".join(turn.replace("\n", " ") for turn in turns)
        lines = "\n" * body.count("\n", match.start(), end)
        body = body[: match.start()] + unrolled + lines + body[end:]
        at = match.start() + len(unrolled)
    return body


def _turn(inner: str, key: "str | None", name: str, row: "tuple[Any, Any]", arrays: "dict[str, Rows]", depth: int) -> str:
    given, value = row
    text = _put(inner, key, given) if key else inner
    if isinstance(value, list):
        return _loops(_locals(text), {**arrays, name: value}, depth + 1)
    return _loops(_locals(_put(text, name, value)), arrays, depth + 1)
