"""Expressions of a language as plain values, so that a reader of migrations need not know syntax trees.

    "text" · 12 · True · None · [list] · {"key": value} · Name("sa.Integer") · Call(name, args, kwargs, on, line) · OTHER

A call's `name` is what stands before the parenthesis, with its receiver when a plain path (`op.create_table`); else only the method,
and `on` holds the receiver's value, so that a chain `table.string("a").notNullable()` is read from its end.
"""

from typing import Any, NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ast_grep_py import SgNode


class Name(NamedTuple):
    name: str


class Call(NamedTuple):
    name: str
    args: "list[Any]"
    kwargs: "dict[str, Any]"
    on: Any
    line: int

    @property
    def last(self) -> str:
        return self.name.rpartition(".")[2]


class Other(NamedTuple):
    kind: str


def line(node: "SgNode") -> int:
    return int(node.range().start.line) + 1


def python(node: "SgNode | None") -> Any:
    """The value of a Python expression."""
    if node is None:
        return None
    kind = node.kind()
    reader = _PYTHON.get(kind)
    if reader is not None:
        return reader(node)
    text = node.text()
    if kind == "integer":
        return int(text, 0) if text.isdigit() else 0
    if kind in {"true", "false", "none"}:
        return {"true": True, "false": False, "none": None}[kind]
    if kind in {"identifier", "attribute"}:
        return Name(text) if len(text) < 200 else Other(kind)
    return Other(kind)


def python_string(node: "SgNode") -> Any:
    parts = []
    for child in node.children():
        kind = child.kind()
        if kind == "string_content":
            parts.append(child.text())
        elif kind == "interpolation":
            return Other("interpolation")
    return "".join(parts)


def _concatenated(node: "SgNode") -> Any:
    parts = [python(child) for child in node.children() if child.is_named() and child.kind() != "comment"]
    return "".join(parts) if all(isinstance(part, str) for part in parts) else Other("string")


def _sequence(node: "SgNode") -> "list[Any]":
    return [python(child) for child in node.children() if child.is_named() and child.kind() != "comment"]


def _dictionary(node: "SgNode") -> "dict[Any, Any]":
    found = {}
    for child in node.children():
        if child.kind() == "pair":
            key = python(child.field("key"))
            if isinstance(key, str):
                found[key] = python(child.field("value"))
    return found


def _python_call(node: "SgNode") -> Any:
    function = node.field("function")
    arguments = node.field("arguments")
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for child in arguments.children() if arguments is not None else []:
        if not child.is_named() or child.kind() == "comment":
            continue
        if child.kind() == "keyword_argument":
            key = child.field("name")
            kwargs[key.text() if key else ""] = python(child.field("value"))
        elif child.kind() == "list_splat":
            args.append(Other("splat"))
        elif child.kind() == "dictionary_splat":
            kwargs["**"] = python(child.children()[-1])
        else:
            args.append(python(child))
    name, on = "", None
    if function is not None and function.kind() == "attribute":
        receiver = function.field("object")
        attribute = function.field("attribute")
        if receiver is not None and receiver.kind() in {"identifier", "attribute"}:
            name = function.text()
        else:
            name, on = attribute.text() if attribute else "", python(receiver)
    elif function is not None:
        name = function.text()
    return Call(name, args, kwargs, on, line(node))


def _parenthesized(node: "SgNode") -> Any:
    inner = [child for child in node.children() if child.is_named() and child.kind() != "comment"]
    return python(inner[0]) if len(inner) == 1 else Other("parenthesized")


def _binary(node: "SgNode") -> Any:
    left, right = python(node.field("left")), python(node.field("right"))
    operator = node.field("operator")
    if operator is not None and operator.text() == "+":
        if isinstance(left, str) and isinstance(right, str):
            return left + right
        if isinstance(left, list) and isinstance(right, list):
            return left + right
    return Other("binary")


def _await(node: "SgNode") -> Any:
    return python(node.children()[-1])


_PYTHON = {
    "string": python_string,
    "concatenated_string": _concatenated,
    "list": _sequence,
    "tuple": _sequence,
    "set": _sequence,
    "expression_list": _sequence,
    "dictionary": _dictionary,
    "call": _python_call,
    "parenthesized_expression": _parenthesized,
    "binary_operator": _binary,
    "await": _await,
}
