"""Ruby source as a small JSON-able program: the calls, blocks, classes and methods that routing and its guards are made of.

Every statement is an expression. `["c", receiver, name, arguments, options, block, line]` is a call, `options` as `[[key, value], …]`
and `block` as `{"params": […], "body": […]}` with flags; `["=", name, value]`; `["if", test, body, else]`; `["class", {…}]` and
`["def", {…}]`. Values: `["s", text]` (symbols too), `["f", parts]`, `["n", name]`, `["l", items]`, `["d", pairs]`, `["C", "A::B"]`,
`["k", constant]`, `["+", a, b]`, `["r", regex]`, `["?"]`.
"""

import re

from backend_agent.facts.source import end_line, line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ast_grep_py import SgNode

    Ir = list[Any]

REFUSES = re.compile(
    r"\b40[13]\b|:unauthorized|:forbidden|\bunauthorized\b|\bforbidden\b|\bdeny_access|access_denied|AccessDenied|Unauthorized|Forbidden|NotAuthorized|NotAuthenticated"
    r"|request_http_\w+_authentication|authenticate_or_request|request_authentication|require_login|not_authenticated|authenticate!|not_logged_in"
    r"|redirect_to\b[^\n]*\b(?:if\s*(?:!|not\b)|unless)[^\n]*(?:current_\w+|(?:signed|logged)_in|authenticated)"
    r"|redirect_to\b[^\n]*(?:login|log_in|sign_?in|session|auth)|render_40[13]|rescue_unauthorized|\b(?:render|respond_with|return|reject|deny)_(?:\w+_)?(?:unauthori[sz]ed|forbidden)\b|Pundit|authorize!|raise\s+\w*(?:Auth|Permission)\w*"
)
ONLY_WHEN_PRESENT = re.compile(r"\A\s*(?:def\b[^\n]*\n\s*)?if\s+[^\n]*(?:present\?|headers?|token|params)[^\n]*\n")
LEAVES = re.compile(
    r"\breturn\b[^\n]*\b(?:if|unless)\s+(?![^\n]*(?:current_|logged|signed|authenticat|user|admin|session|valid|token))[^\n]*|&&\s*return\b"
)
"""Lets somebody pass for another reason than who they are."""
SETTING = re.compile(r"\b(?:Settings?|SiteSetting|Configuration|ENV|Flipper|Feature)\b|\bconfig\.|Rails\.(?:env|application|configuration)")
IDENTITY = re.compile(r"current_\w+|logged_in|signed_in|authenticat|session\[")


def program(root: "SgNode") -> "Ir":
    """The statements of a file."""
    return body(root)


def body(node: "SgNode") -> "Ir":
    """The statements below a node."""
    out: Ir = []
    for child in node.children():
        if child.is_named() and child.kind() != "comment":
            found = expression(child)
            if found != ["?"]:
                out.append(found)
    return out


def expression(node: "SgNode") -> "Ir":
    """A node as a list; what cannot matter is `["?"]`."""
    reader = READERS.get(node.kind())
    return reader(node) if reader else ["?"]


def _named(node: "SgNode") -> "list[SgNode]":
    return [c for c in node.children() if c.is_named() and c.kind() != "comment"]


def _string(node: "SgNode") -> "Ir":
    parts: Ir = []
    for child in node.children():
        kind = child.kind()
        if kind in ("string_content", "escape_sequence"):
            parts.append(["s", child.text()])
        elif kind == "interpolation":
            inner = _named(child)
            parts.append(expression(inner[0]) if inner else ["?"])
    if not parts:
        return ["s", ""]
    return parts[0] if len(parts) == 1 and parts[0][0] == "s" else ["f", parts]


def _call(node: "SgNode") -> "Ir":
    receiver, name, given, block = node.field("receiver"), node.field("method"), node.field("arguments"), node.field("block")
    positional: Ir = []
    options: Ir = []
    for child in _named(given) if given else []:
        kind = child.kind()
        if kind == "pair":
            key, value = child.field("key"), child.field("value")
            options.append([expression(key) if key else ["?"], expression(value) if value else ["n", key.text() if key else ""]])
        elif kind == "block_argument":
            inner = _named(child)
            positional.append(["&", expression(inner[0]) if inner else ["?"]])
        elif kind == "hash_splat_argument":
            inner = _named(child)
            options.append([None, expression(inner[0]) if inner else ["?"]])
        elif kind == "splat_argument":
            inner = _named(child)
            positional.append(["*", expression(inner[0]) if inner else ["?"]])
        else:
            positional.append(expression(child))
    said = expression(receiver) if receiver else None
    return ["c", said, name.text() if name else "", positional, options, _block(block) if block else None, line(node)]


def _block(node: "SgNode") -> "dict[str, Any]":
    names: list[str] = []
    found: dict[str, Any] = {"params": names, "body": [], "line": line(node), "end": end_line(node)}
    for child in node.children():
        kind = child.kind()
        if kind == "block_parameters":
            names.extend(c.text() for c in _named(child))
        elif kind in ("body_statement", "block_body"):
            text = child.text()
            found["body"] = body(child)
            found.update(_flags(text))
    return found


def _flags(text: str) -> "dict[str, int]":
    found = {}
    if REFUSES.search(text):
        found["refuses"] = 1
        if ONLY_WHEN_PRESENT.search(text) and not re.search(r"\n\s*(?:else|elsif)\b", text):
            found["soft"] = 1
        if LEAVES.search(text) or SETTING.search(text):
            found["lets"] = 1
    if IDENTITY.search(text):
        found["ident"] = 1
    return found


def _method(node: "SgNode") -> "Ir":
    name = node.field("name")
    text = node.text()
    inner = node.field("body")
    found: dict[str, Any] = {"name": name.text() if name else "", "line": line(node), "end": end_line(node)}
    found.update(_flags(text))
    found["calls"] = sorted(set(re.findall(r"\b([a-z_]\w*[!?]?)", text)))[:80]
    if re.search(r"\b(?:resources?|namespace|scope|get|post|match|before_action)\b", text) and end_line(node) - line(node) < 60:
        parameters = node.field("parameters")
        found["params"] = [re.split(r"[:=\s]", p.text().lstrip("*&"))[0] for p in _named(parameters)] if parameters else []
        found["body"] = body(inner) if inner else []
    return ["def", found]


def _class(node: "SgNode") -> "Ir":
    name, parent, inner = node.field("name"), node.field("superclass"), node.field("body")
    above = ""
    if parent:
        known = _named(parent)
        above = known[0].text() if known else ""
    found = {
        "name": name.text() if name else "",
        "parent": above,
        "line": line(node),
        "end": end_line(node),
        "body": body(inner) if inner else [],
    }
    return ["class", found]


def _branch(node: "SgNode") -> "Ir":
    test, then, other = node.field("condition"), node.field("consequence"), node.field("alternative")
    first = [] if then is None else body(then)
    if then is None:  # `x if y`
        inner = node.field("body")
        first = [expression(inner)] if inner else []
    second: Ir = []
    if other is not None:
        second = [_branch(other)] if other.kind() in ("elsif", "if") else body(other)
    return ["if", expression(test) if test else ["?"], first, second]


def _assignment(node: "SgNode") -> "Ir":
    left, right = node.field("left"), node.field("right")
    return ["=", left.text() if left else "", expression(right) if right else ["?"]]


def _items(node: "SgNode") -> "Ir":
    return ["l", [expression(c) for c in _named(node)]]


def _hash(node: "SgNode") -> "Ir":
    pairs: Ir = []
    for child in _named(node):
        if child.kind() == "pair":
            key, value = child.field("key"), child.field("value")
            pairs.append([expression(key) if key else ["?"], expression(value) if value else ["?"]])
    return ["d", pairs]


def _binary(node: "SgNode") -> "Ir":
    left, right, operator = node.field("left"), node.field("right"), node.field("operator")
    if left and right and operator and operator.text() in ("+", "||", "&&", "-"):
        return [operator.text(), expression(left), expression(right)]
    return ["?"]


def _first(node: "SgNode") -> "Ir":
    inner = _named(node)
    return expression(inner[0]) if inner else ["?"]


def _plain(node: "SgNode") -> "Ir":
    return ["n", node.text()]


def _begin(node: "SgNode") -> "Ir":
    return ["if", ["?"], body(node), []]


def _lambda(node: "SgNode") -> "Ir":
    inner = node.field("body")
    return ["fn", _block(inner) if inner else {}]


def _wrapped(node: "SgNode") -> "Ir":
    """`begin`, `then` and other shells of statements."""
    return ["if", ["k", True], body(node), []]


def _element(node: "SgNode") -> "Ir":
    inner = _named(node)
    return ["[]", expression(inner[0]), expression(inner[1])] if len(inner) == 2 else ["?"]


READERS: "dict[str, Callable[[SgNode], Ir]]" = {
    "string": _string, "call": _call, "method": _method, "singleton_method": _method, "class": _class, "module": _class,
    "if": _branch, "unless": _branch, "if_modifier": _branch, "unless_modifier": _branch, "assignment": _assignment,
    "array": _items, "string_array": _items, "symbol_array": _items, "hash": _hash, "binary": _binary,
    "parenthesized_statements": _first, "identifier": _plain, "begin": _wrapped, "lambda": _lambda, "element_reference": _element,
    "bare_string": _string, "bare_symbol": _string, "delimited_symbol": _string,
    "simple_symbol": lambda node: ["s", node.text()[1:]],
    "hash_key_symbol": lambda node: ["s", node.text()],
    "constant": lambda node: ["C", node.text()], "scope_resolution": lambda node: ["C", node.text()],
    "true": lambda node: ["k", True], "false": lambda node: ["k", False], "nil": lambda node: ["k", None],
    "integer": lambda node: ["s", node.text()], "regex": lambda node: ["r", node.text()], "heredoc_body": lambda node: ["?"],
}  # fmt: skip
