"""Hold a YAML document with positions against a JSON Schema, and say what is wrong as a compiler would.

It knows the keywords that `variants/stack.schema.json` uses, with the same verdict as the jsonschema package (a test compares
them). It exists because that package knows no positions, answers `anyOf` with a riddle, and takes a Python start to import.
"""

import re

from backend_agent.stack.yaml_positions import Node, Problem, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TYPES = {
    "mapping": ("object",),
    "list": ("array",),
    "text": ("string",),
    "integer": ("integer", "number"),
    "number": ("number",),
    "boolean": ("boolean",),
    "null": ("null",),
}
_WORDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
_MEANT = {
    "command": "cmd", "run": "cmd", "dir": "cwd", "directory": "cwd", "working_directory": "cwd", "typecheck": "types",
    "fmt": "format", "migrate": "migrations", "lang": "language", "database": "databases", "db": "databases", "rationale": "reason",
    "why": "reason", "rule": "check", "id": "check", "file": "path", "service": "services", "environment": "env", "validator": "validation",
    "compile": "syntax", "security": "audit", "unit": "tests", "pattern": "patterns", "exclude": "exclude_dirs", "include": "include_glob",
}  # fmt: skip
"""What people write for a known field, where the spelling alone is too far away."""


class Checker:
    """Collects the problems of one document."""

    def __init__(self, root: "dict[str, Any]", path: str) -> None:
        self.root = root
        self.path = path
        self.problems: list[Problem] = []

    def say(self, node: Node, message: str, hint: str = "", severity: str = "error") -> None:
        self.problems.append(Problem(self.path, node.line, node.column, message, hint, severity, node.width))

    def check(self, node: Node, schema: "dict[str, Any]", where: str = "") -> None:
        """Add what is wrong with the value; `where` is its name from the top, "verify.tests.cmd"."""
        schema = self.resolved(schema)
        if "anyOf" in schema:
            self._any(node, schema, where)
            return
        if not _is_a(node, schema.get("type")):
            self.say(node, f"{_named(where)} is {shown(node)}", f"expected {_expected(schema)}{_example(schema)}")
            return
        if "enum" in schema and node.value not in schema["enum"]:
            self._enum(node, schema, where)
        elif node.kind == "mapping":
            self._mapping(node, schema, where)
        elif node.kind == "list":
            self._list(node, schema, where)
        else:
            self._scalar(node, schema, where)

    def resolved(self, schema: "dict[str, Any]") -> "dict[str, Any]":
        while "$ref" in schema:
            schema = self.root["$defs"][schema["$ref"].rpartition("/")[2]]
        return schema

    def _any(self, node: Node, schema: "dict[str, Any]", where: str) -> None:
        branches = [self.resolved(branch) for branch in schema["anyOf"]]
        fitting = [branch for branch in branches if _is_a(node, branch.get("type"))]
        if fitting:  # the types of the branches never overlap
            self.check(node, fitting[0], where)
            return
        expected = " or ".join(_expected(branch) for branch in branches)
        self.say(node, f"{_named(where)} is {shown(node)}", f"expected {expected}{_example(schema)}")

    def _enum(self, node: Node, schema: "dict[str, Any]", where: str) -> None:
        allowed = [str(value) for value in schema["enum"]]
        hint = f"allowed: {', '.join(allowed)}"
        near = nearest(node.raw, allowed) if node.raw else ""
        self.say(node, f"{_named(where)} is {shown(node)}", f"did you mean {near!r}?  {hint}" if near else hint)

    def _mapping(self, node: Node, schema: "dict[str, Any]", where: str) -> None:
        fields = schema.get("properties", {})
        for name in schema.get("required", ()):
            misspelt = any(key not in fields and nearest(key, [name]) for key in node.value)
            if name not in node.value and not misspelt:
                self.say(node, f"{_named(where)} has no {name!r}", f"it is required{_example(fields.get(name, {}), ', for example ')}")
        others = schema.get("additionalProperties", True)
        for name, child in node.value.items():
            below = f"{where}.{name}" if where else name
            if name in fields:
                self.check(child, fields[name], below)
            elif isinstance(others, dict):
                self.check(child, others, below)
            else:
                self._unknown(node, name, where, list(fields), closed=others is False)

    def _unknown(self, node: Node, name: str, where: str, fields: "list[str]", closed: bool) -> None:
        line, column = node.keys[name]
        near = nearest(name, [field for field in fields if field not in node.value]) or nearest(name, fields)
        inside = f" of {_named(where)}" if where else ""
        hint = f"did you mean {near!r}?" if near else f"the fields are: {', '.join(sorted(fields))}"
        if not closed and not near:
            hint = "it is kept and not used; the fields are listed in variants/stack.schema.json"
        severity = "error" if closed or near else "warning"
        self.problems.append(Problem(self.path, line, column, f"{name!r} is not a known field{inside}", hint, severity, len(name)))

    def _list(self, node: Node, schema: "dict[str, Any]", where: str) -> None:
        if len(node.value) < schema.get("minItems", 0):
            self.say(node, f"{_named(where)} is an empty list", f"expected at least one{_example(schema)}")
        seen: dict[str, int] = {}
        for position, child in enumerate(node.value):
            self.check(child, schema.get("items", {}), f"{where}[{position}]")
            if schema.get("uniqueItems") and child.kind == "text":
                if child.raw in seen:
                    self.say(child, f"{shown(child)} stands in {_named(where)} twice", f"the first is on line {seen[child.raw]}")
                seen.setdefault(child.raw, child.line)

    def _scalar(self, node: Node, schema: "dict[str, Any]", where: str) -> None:
        if node.kind == "text":
            if len(node.value) < schema.get("minLength", 0):
                self.say(node, f"{_named(where)} is an empty text", f"write a value or leave the line out{_example(schema)}")
            elif "pattern" in schema and not re.search(schema["pattern"], node.value):
                wanted = f"something like {schema['examples'][0]}" if "examples" in schema else f"the form {schema['pattern']}"
                self.say(node, f"{_named(where)} is {shown(node)}", f"expected {wanted}")
        elif node.kind in ("integer", "number"):
            self._bounds(node, schema, where)

    def _bounds(self, node: Node, schema: "dict[str, Any]", where: str) -> None:
        low, above, high = schema.get("minimum"), schema.get("exclusiveMinimum"), schema.get("maximum")
        inside = (low is None or node.value >= low) and (above is None or node.value > above) and (high is None or node.value <= high)
        if inside:
            return
        bounds = [f"{words} {bound}" for words, bound in (("at least", low), ("more than", above), ("at most", high)) if bound is not None]
        self.say(node, f"{_named(where)} is {shown(node)}", f"expected {' and '.join(bounds)}")


def nearest(word: str, allowed: "list[str]") -> str:
    """The allowed word that was probably meant, "" where none is near."""
    lowered = word.lower().replace("-", "_")
    by_lower = {name.lower(): name for name in allowed}
    if lowered in by_lower:
        return by_lower[lowered]
    if _MEANT.get(lowered) in allowed:
        return _MEANT[lowered]
    import difflib

    found = difflib.get_close_matches(lowered, by_lower, 1, 0.72)
    return by_lower[found[0]] if found else ""


def _is_a(node: Node, wanted: "str | list[str] | None") -> bool:
    if wanted is None:
        return True
    types = _TYPES[node.kind]
    return any(one in types for one in ([wanted] if isinstance(wanted, str) else wanted))


def _named(where: str) -> str:
    return f"'{where}'" if where else "the manifest"


def _expected(schema: "dict[str, Any]") -> str:
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    wanted = schema.get("type", "object")
    names = [wanted] if isinstance(wanted, str) else wanted
    if names == ["array"] and schema.get("items", {}).get("type") == "string":
        return "a list of text"
    return " or ".join(_WORDS[name] for name in names)


def _example(schema: "dict[str, Any]", before: str = ", for example ") -> str:
    examples = schema.get("examples")
    if not examples:
        return ""
    import json

    first = {key: examples[0][key] for key in schema["required"]} if "$defs" in schema else examples[0]
    return before + (first if isinstance(first, str) else json.dumps(first, ensure_ascii=False))
