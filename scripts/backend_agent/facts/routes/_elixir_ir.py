"""Elixir source as a small JSON-able program: macros called with their blocks, modules and functions.

Calls are `["c", name, arguments, options, block, line]`, the name dotted, options as `[[key, value], …]`, the block as statements or
None. Values: `["s", text]` (atoms too, without their colon), `["f", parts]`, `["A", module]`, `["n", name]`, `["l", items]`,
`["@", attribute]`, `["k", constant]`, `["w", call, actions, negated]` for `plug X when action in [...]`, `["?"]`. Statements: calls,
`["=", name, value]`, `["mod", name, body, line]`, `["def", name, {…}]`, `["@=", attribute, value]`, and `["in", name, items]` inside
the arguments of `for`.
"""

import re

from backend_agent.facts.source import end_line, line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ast_grep_py import SgNode

    Ir = list[Any]

HALTS = re.compile(r"\bhalt\b")
REFUSES = re.compile(
    r"\b40[13]\b|:unauthorized|:forbidden|redirect\([^\n]*(?:login|log_in|sign_?in|session)|unauthorized|Unauthorized|forbidden"
)
ASKS_WHO = re.compile(r"\b401\b|[Uu]nauthorized|redirect\([^\n]*(?:login|log_in|sign_?in|session)")
"""Refuses for want of an identity: a plug of another name that answers 403 may only limit how often one calls."""
LOOKS = re.compile(
    r"\b(?:if|unless|case|when|in)\b[^\n]*(?:request_path|path_info|conn\.method)|Application\.get_env|System\.get_env|Mix\.env"
)


def program(root: "SgNode") -> "Ir":
    """The statements of a file."""
    return block(root)


def block(node: "SgNode") -> "Ir":
    """The statements below a node."""
    out: Ir = []
    for child in node.children():
        if child.is_named() and child.kind() != "comment":
            statement(child, out)
    return out


def statement(node: "SgNode", out: "Ir") -> None:
    """Append what a node says."""
    kind = node.kind()
    if kind == "call":
        out.append(_call(node))
    elif kind == "unary_operator":
        inner = next((c for c in node.children() if c.is_named()), None)
        if inner is not None and inner.kind() == "call" and node.text().startswith("@"):
            said = _call(inner)
            if said[0] == "c" and said[2]:
                out.append(["@=", said[1], said[2][0]])
    elif kind == "binary_operator":
        left, right, operator = node.field("left"), node.field("right"), node.field("operator")
        if left and right and operator and operator.text() == "=" and left.kind() == "identifier":
            out.append(["=", left.text(), value(right)])


def _call(node: "SgNode") -> "Ir":
    children = [c for c in node.children() if c.is_named() and c.kind() != "comment"]
    name = children[0].text() if children else ""
    given = next((c for c in children if c.kind() == "arguments"), None)
    body = next((c for c in children if c.kind() == "do_block"), None)
    if name in ("def", "defp", "defmacro", "defmacrop"):
        return _function(node, name, given, body)
    if name == "defmodule":
        first = next((c for c in given.children() if c.is_named()), None) if given else None
        return ["mod", first.text() if first else "", block(body) if body else [], line(node)]
    arguments: Ir = []
    options: Ir = []
    for child in given.children() if given else []:
        if not child.is_named():
            continue
        if child.kind() == "keywords":
            options.extend(_keywords(child))
        elif child.kind() != "comment":
            arguments.append(value(child))
    inline = next((v for k, v in options if k == "do"), None)
    said = block(body) if body else [inline] if inline and inline[0] == "c" else None
    if body is not None:
        for child in body.children():
            if child.kind() == "else_block":
                said = [*(said or []), *block(child)]
    return ["c", name, arguments, options, said, line(node)]


def _keywords(node: "SgNode") -> "Ir":
    out: Ir = []
    for pair in node.children():
        if pair.kind() == "pair":
            parts = [c for c in pair.children() if c.is_named()]
            if len(parts) == 2:
                out.append([parts[0].text().strip().rstrip(":").strip('"'), value(parts[1])])
    return out


def _function(node: "SgNode", kind: str, given: "SgNode | None", body: "SgNode | None") -> "Ir":
    head = next((c for c in given.children() if c.is_named()), None) if given else None
    said = head.text() if head else ""
    name = re.match(r"\w+[!?]?", said)
    text = node.text()
    found: dict[str, Any] = {"line": line(node), "end": end_line(node), "head": said[:200]}
    if REFUSES.search(text):
        found["refuses"] = 1
    if ASKS_WHO.search(text):
        found["asks"] = 1
    if HALTS.search(text):
        found["halts"] = 1
    if LOOKS.search(text):
        found["looks"] = 1
    found["calls"] = sorted(set(re.findall(r"\b([a-z_]\w*[!?]?)\(", text)))[:40]
    if kind.startswith("defmacro") and body is not None:
        parameters = re.findall(r"[(,]\s*(\w+)", said)
        found["params"] = parameters
        found["body"] = block(body)
    return ["def", name.group(0) if name else "", found]


def value(node: "SgNode") -> "Ir":
    """What an expression says."""
    kind = node.kind()
    if kind in ("string", "charlist"):
        return _string(node)
    if kind in ("atom", "quoted_atom"):
        return ["s", node.text().lstrip(":").strip('"')]
    if kind == "alias":
        return ["A", node.text()]
    if kind == "identifier":
        return ["n", node.text()]
    if kind == "list":
        return _list(node)
    if kind == "tuple":
        return ["l", [value(c) for c in node.children() if c.is_named()]]
    if kind == "unary_operator" and node.text().startswith("@"):
        return ["@", node.text()[1:]]
    if kind == "boolean":
        return ["k", node.text() == "true"]
    if kind == "call":
        return _call(node)
    if kind == "dot":
        return ["A", node.text()]
    if kind == "sigil":
        return ["l", [["s", w] for w in re.sub(r"^~\w.|.\w*$", "", node.text()).split()]]
    if kind == "binary_operator":
        return _operator(node)
    return ["?"]


def _string(node: "SgNode") -> "Ir":
    parts: Ir = []
    for child in node.children():
        if child.kind() == "quoted_content":
            parts.append(["s", child.text()])
        elif child.kind() == "interpolation":
            inner = next((c for c in child.children() if c.is_named()), None)
            parts.append(value(inner) if inner else ["?"])
    if not parts:
        return ["s", ""]
    return parts[0] if len(parts) == 1 and parts[0][0] == "s" else ["f", parts]


def _list(node: "SgNode") -> "Ir":
    out: Ir = []
    for child in node.children():
        if child.kind() == "keywords":
            out.extend(["l", [["s", k], v]] for k, v in _keywords(child))
        elif child.is_named() and child.kind() != "comment":
            out.append(value(child))
    return ["l", out]


def _operator(node: "SgNode") -> "Ir":
    left, right, operator = node.field("left"), node.field("right"), node.field("operator")
    if left is None or right is None or operator is None:
        return ["?"]
    said = operator.text()
    if said == "<-":
        return ["in", left.text(), value(right)]
    if said in ("<>", "++"):
        return ["+", value(left), value(right)]
    if said == "when":
        return _when(left, right)
    return ["?"]


def _when(left: "SgNode", right: "SgNode") -> "Ir":
    text = right.text()
    found = re.search(r"action\s+(not\s+)?(?:in|==|!=)\s*(.*)", text, re.DOTALL)
    inner = value(left)
    if not found:
        return ["w", inner, None, False]
    actions = re.findall(r":(\w+[!?]?)", found.group(2)) or found.group(2).split()
    return ["w", inner, actions, bool(found.group(1)) or "!=" in text or text.startswith("not ")]
