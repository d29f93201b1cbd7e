"""Expressions of a language as plain values, so that a reader of migrations need not know syntax trees.

    "text" · 12 · True · None · [list] · {"key": value} · Name("sa.Integer") · Call(name, args, kwargs, on, line) · OTHER

A call's `name` is what stands before the parenthesis, with its receiver when a plain path (`op.create_table`); else only the method,
and `on` holds the receiver's value, so that a chain `table.string("a").notNullable()` is read from its end.
"""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

    from ast_grep_py import SgNode
else:
    from backend_agent.records import NamedTuple


class Name(NamedTuple):
    name: str


class Call(NamedTuple):
    name: str
    args: "list[Any]"
    kwargs: "dict[str, Any]"
    on: "Any"
    line: int

    @property
    def last(self) -> str:
        return self.name.rpartition(".")[2]


class Other(NamedTuple):
    kind: str


class Format(str):
    """A text with `?` where something is put in, and its parts, for a reader that knows what."""

    __slots__ = ("parts",)
    parts: "tuple[Any, ...]"

    @classmethod
    def of(cls, parts: "list[Any]") -> "Format":
        made = cls("".join(part if isinstance(part, str) else "?" for part in parts))
        made.parts = tuple(parts)
        return made


def line(node: "SgNode") -> int:
    return int(node.range().start.line) + 1


def python(node: "SgNode | None") -> "Any":
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


def python_string(node: "SgNode") -> "Any":
    parts: list[Any] = []
    for child in node.children():
        kind = child.kind()
        if kind == "string_content":
            parts.append(child.text())
        elif kind == "interpolation":
            parts.append(python(child.field("expression")))
    return "".join(parts) if all(isinstance(part, str) for part in parts) else Call("{}", parts, {}, None, line(node))


def _concatenated(node: "SgNode") -> "Any":
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


def _python_call(node: "SgNode") -> "Any":
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
            args.append(_splat(child))
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


def _parenthesized(node: "SgNode") -> "Any":
    inner = [child for child in node.children() if child.is_named() and child.kind() != "comment"]
    return python(inner[0]) if len(inner) == 1 else Other("parenthesized")


def _binary(node: "SgNode") -> "Any":
    left, right = python(node.field("left")), python(node.field("right"))
    operator = node.field("operator")
    if operator is not None and operator.text() == "+":
        if isinstance(left, str) and isinstance(right, str):
            return left + right
        if isinstance(left, list) and isinstance(right, list):
            return left + right
    return Other("binary")


def _splat(node: "SgNode") -> Call:
    """`*columns`, until it is known what they are."""
    return Call("*", [python(node.children()[-1])], {}, None, line(node))


def _await(node: "SgNode") -> "Any":
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
    "list_splat": _splat,
}


def resolved(value: "Any", known: "dict[str, Any]") -> "Any":
    """The value with the names in it that are known, and the text of formats whose parts are all known by then."""
    if isinstance(value, Name):
        if value.name in known:
            return known[value.name]
        owner, _, key = value.name.rpartition(".")
        holder = known.get(owner)
        return holder.get(key, value) if isinstance(holder, dict) else value
    if isinstance(value, Format):
        parts = resolved(list(value.parts), known)
        made = [part if isinstance(part, str) or not isinstance(part, int) else str(part) for part in parts]
        return "".join(made) if all(isinstance(part, str) for part in made) else Format.of(made)
    if isinstance(value, list):
        return _spread([resolved(item, known) for item in value])
    if isinstance(value, dict):
        return {key: resolved(item, known) for key, item in value.items()}
    if not isinstance(value, Call):
        return value
    if not value.args and value.on is None and isinstance(known.get(f"{value.name}()"), Call | list):
        return known[f"{value.name}()"]
    args = resolved(value.args, known)
    if value.name == "{}" and all(isinstance(part, str | int) for part in args):
        return "".join(str(part) for part in args)
    return value._replace(args=args, kwargs=resolved(value.kwargs, known), on=resolved(value.on, known))


def _spread(items: "list[Any]") -> "list[Any]":
    found: list[Any] = []
    for item in items:
        inner = item.args[0] if isinstance(item, Call) and item.name == "*" and item.args else None
        found.extend(inner if isinstance(inner, list) else [item])
    return found


def branch(condition: str) -> "bool | None":
    """Whether a server database would take the branch of a condition that asks which database it is; None where it asks something else."""
    low = condition.lower()
    if "sqlite" in low and not re.search(r"postgres|pgsql|mysql|maria", low):
        return bool(re.search(r"!=|\bnot\b|!\s*[\w$]|<>|\bunless\b", low))
    if re.search(r"==.*postgres|is_postgres", low) and not re.search(r"!=|\bnot\b|\bor\b|\|\||sqlite|mysql", low):
        return True
    return None


class Lambda(NamedTuple):
    """A function given as an argument; only while one file is read, since a node is not JSON."""

    parameter: str
    node: "Any"


def chain(call: Call) -> "tuple[str, list[Call]]":
    """`t.string("a").notNullable()` → ("t", [string, notNullable]): the receiver's path and the calls from its beginning."""
    calls: list[Call] = []
    current: Any = call
    while isinstance(current, Call):
        calls.append(current)
        current = current.on
    calls.reverse()
    root = calls[0].name.rpartition(".")[0]
    if isinstance(current, Name):
        root = current.name
    return root, calls


def javascript(node: "SgNode | None") -> "Any":
    """The value of a JavaScript or TypeScript expression. `undefined` is None."""
    if node is None:
        return None
    kind = node.kind()
    reader = _JAVASCRIPT.get(kind)
    if reader is not None:
        return reader(node)
    if kind in {"true", "false", "null", "undefined"}:
        return {"true": True, "false": False}.get(kind)
    text = node.text()
    if kind == "number":
        return int(text) if text.isdigit() else 0
    if kind in {"identifier", "member_expression", "property_identifier"} and len(text) < 200:
        return Name(text.replace("?.", ".").replace("!", ""))
    return Other(kind)


def _js_string(node: "SgNode") -> "Any":
    parts: list[Any] = []
    for child in node.children():
        if child.kind() in {"string_fragment", "escape_sequence"}:
            text = child.text()
            parts.append({"\\n": "\n", "\\'": "'", '\\"': '"', "\\`": "`", "\\t": " "}.get(text, text))
        elif child.kind() == "template_substitution":
            parts.append(javascript(next((c for c in child.children() if c.is_named()), None)))
    return "".join(parts) if all(isinstance(part, str) for part in parts) else Format.of(parts)


def _js_object(node: "SgNode") -> "dict[str, Any]":
    found: dict[str, Any] = {}
    for child in node.children():
        kind = child.kind()
        if kind == "pair":
            key = child.field("key")
            name = key.text().strip("'\"`[]") if key is not None else ""
            found[name] = javascript(child.field("value"))
        elif kind == "shorthand_property_identifier":
            found[child.text()] = Name(child.text())
        elif kind == "spread_element":
            found["..." + child.children()[-1].text()[:100]] = javascript(child.children()[-1])
        elif kind == "method_definition":
            method = child.field("name")
            found[method.text() if method else ""] = _js_function(child)
    return found


def _js_arguments(node: "SgNode | None") -> "list[Any]":
    return [javascript(c) for c in node.children() if c.is_named() and c.kind() != "comment"] if node is not None else []


def _js_call(node: "SgNode") -> "Any":
    function = node.field("function") or node.field("constructor")
    arguments = node.field("arguments")
    tagged = arguments is not None and arguments.kind() == "template_string"  # sql`…`
    args = [javascript(arguments)] if tagged else _js_arguments(arguments)
    name, on, begins = "", None, line(node)
    if function is not None and function.kind() == "member_expression":
        receiver, attribute = function.field("object"), function.field("property")
        begins = line(attribute) if attribute else begins  # a step of a chain begins where its name stands
        if receiver is not None and receiver.kind() in {"identifier", "member_expression", "this"} and "(" not in receiver.text():
            name = "".join(function.text().split()).replace("?.", ".")
        else:
            name, on = attribute.text() if attribute else "", javascript(receiver)
    elif function is not None:
        name = function.text() if len(function.text()) < 200 else ""
    return Call(name, args, {}, on, begins)


def _js_function(node: "SgNode") -> "Any":
    single = node.field("parameter")
    parameters = node.field("parameters")
    first = single
    if first is None and parameters is not None:
        first = next((child for child in parameters.children() if child.is_named()), None)
    text = first.text() if first is not None else ""
    return Lambda(text.partition(":")[0].strip("() ?"), node)


def _js_inner(node: "SgNode") -> "Any":
    inner = [child for child in node.children() if child.is_named() and child.kind() != "comment"]
    return javascript(inner[0]) if inner else Other(node.kind())


def _js_binary(node: "SgNode") -> "Any":
    left, right = javascript(node.field("left")), javascript(node.field("right"))
    operator = node.field("operator")
    if operator is not None and operator.text() == "+" and isinstance(left, str) and isinstance(right, str):
        return left + right
    return Other("binary")


_JAVASCRIPT = {
    "string": _js_string,
    "template_string": _js_string,
    "object": _js_object,
    "array": _js_arguments,
    "call_expression": _js_call,
    "new_expression": _js_call,
    "arrow_function": _js_function,
    "function_expression": _js_function,
    "function_declaration": _js_function,
    "method_definition": _js_function,
    "await_expression": _js_inner,
    "parenthesized_expression": _js_inner,
    "as_expression": _js_inner,
    "satisfies_expression": _js_inner,
    "non_null_expression": _js_inner,
    "binary_expression": _js_binary,
}
