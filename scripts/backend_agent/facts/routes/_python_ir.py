"""Python source as a small JSON-able program: what routing needs, and nothing else.

Statements and expressions are lists that begin with a tag. Statements: `["=", target, value, line, annotation]`, `["+=", target,
value, line]`, `["e", value, line]`, `["def", function]`, `["class", class]`, `["for", target, iterable, body]`, `["if", test, body,
else]`, `["return", value]`, `["import", name, dotted]`, `["from", dotted, level, [[name, as], …]]`. Expressions: `["s", text]`,
`["k", constant]`, `["n", name]`, `[".", object, name]`, `["c", callee, arguments, keywords, line]`, `["l", items]`, `["d", pairs]`,
`["f", parts]`, `["+", a, b]`, `["%", a, b]`, `["or", a, b]`, `["|", a, b]`, `["if", test, a, b]`, `["[]", object, indexes]`,
`["*", value]`, `[":=", name, value]`, `["fn", function]`, `["for", element, target, iterable]`, `["not", a]`, `["==", a, b]`, `["?"]`.
Bodies of functions are kept only where they may register routes or compute a path.
"""

import re

from backend_agent.facts.source import end_line, line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ast_grep_py import SgNode

    Ir = list[Any]

REGISTERS = re.compile(
    r"include_router|register_blueprint|register_api|register_view|register_resource|add_\w*(?:route|resource|rule|namespace|view|url|handler|class)\w*"
    r"|\.(?:route|mount|blueprint|websocket|register|nest_api|nest)\(|APIRouter\(|Router\(|Blueprint\(|FastAPI\(|Flask\(|Starlette\(|Sanic\(|Litestar\("
    r"|\b(?:re_)?path\(|\burl\(|urlpatterns|\.(?:get|post|put|patch|delete|api_route)\(\s*[rf]?[\"']/|web\.(?:get|post|put|patch|delete)\(|Application\("
    r"|before_request|add_middleware|dependency_overrides_none|\breturn \w*(?:router|blueprint|app|api|bp)\b"
)
"""A function whose text holds none of these registers nothing."""

APPLIES = re.compile(r"\breturn\s+[A-Za-z_]\w*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\(\w+\)")
"""`return method(path)(handler)`: a decorator of the project that registers with the router method that it is given."""

SHORT = 8
"""Lines of a function that is kept whole in any case: helpers that compute a path are short."""

REFUSES = re.compile(
    r"\b40[13]\b|HTTP_40[13]|[Uu]nauthori[sz]ed|[Ff]orbidden|UNAUTHORI[SZ]ED|FORBIDDEN|PermissionDenied|NotAuthenticated|AuthenticationFailed"
    r"|(?:raise|abort)\w*[ (]\w*[Cc]redential\w*|raise\s+\w*Auth\w*|NotAuthori[sz]ed|permission_denied\(|unauthorized\(|redirect_to_login"
    r"|redirect\([^\n]*login|RequiresLogin|raise\s+\w*Permission\w*|AccessDenied"
)
"""Text of a function that turns callers away."""

DOCUMENTS = re.compile(r"extend_schema|swagger_auto_schema|openapi|apispec|\.doc\(|\bresponses\b|OpenApiResponse")
ACTS = re.compile(
    r"\braise\b|\babort\w*\(|\breturn\b[^\n]*(?:40[13]|Response\(|redirect|make_response|jsonify)|permission_denied\(|unauthorized\("
)
"""A function that documents responses and does none of these things only tells what others may answer."""

LOOKS = re.compile(
    r"\b(?:request|req|self\.request|scope|conn|connection)\.(?:path\w*|url\w*|endpoint|blueprint|method|full_path|view_args)|get_endpoint|scope\[[\"']path"
)
"""A function that looks at where the caller goes: its refusal may hold for some routes only."""

IDENTITY = re.compile(
    r"request\.user|current_user|is_authenticated|is_staff|is_superuser|\bsession\b|\bg\.\w*user|jwt_identity|request\.auth|self\.user|is_admin"
)
"""Text of a function that asks who calls."""

CALLER = re.compile(
    r"(?i)header|cookie|token|auth(?!ori[sz]ed)|api_?key|credential|session|user|bearer|signature|secret|password|client|host|\bip\b|addr|tenant|account"
    r"|member|perm|role|scope|owner|login|admin|request[,)]"
)
"""Text of a function that may ask who calls. One that refuses without it keeps nobody out for who they are: a demo mode, a closed shop."""

LETS = re.compile(
    r"\bif\b[^\n:]*(?:\([^:]{0,200})?(?:\bsettings\.|\bget_config\b|\bconfig\b|\benviron\b|\bgetenv\b)|\bget_config\("
    r"|\bif\s+(?:not\s+\w+[^\n]*|[^\n]*\bis\s+None\s*):\s*\n\s*return(?:\s+None)?[ \t]*\n"
)
"""Text of a function that refuses only under a setting, or only those who bring wrong credentials."""

BRINGS = re.compile(r"\.(?:headers|cookies|authorization)\b|Authorization|verify_jwt|api_?key")
"""Text of a function that looks at what the caller brings to say who it is."""

BRANCHES = re.compile(r"\b(?:if|try|while|for|match|and|or|except|lambda)\b")
"""A function without any of these words does all that it says, one thing after the other."""

ASKS = ("user", "is_", "session", "identity", "auth")
SUSPECT = (
    "401",
    "403",
    "nauthori",
    "orbidden",
    "FORBIDDEN",
    "UNAUTHORI",
    "enied",
    "redential",
    "Authori",
    "Auth",
    "login",
    "ermission",
    "Login",
)
"""A text without any of these need not be searched for refusals: looking for plain words is ten times as fast."""

CALLS = re.compile(r"\b([A-Za-z_][\w.]*)\(")


def module(root: "SgNode") -> "Ir":
    """The statements of a file."""
    return block(root, True)


def block(node: "SgNode", keep: bool) -> "Ir":
    """The statements below a module, class or block. `keep`: plain calls and assignments matter."""
    out: Ir = []
    for child in node.children():
        if child.is_named():
            statement(child, out, keep)
    return out


def statement(node: "SgNode", out: "Ir", keep: bool) -> None:
    """Append what `node` says to `out`."""
    reader = STATEMENTS.get(node.kind())
    if reader:
        reader(node, out, keep)


def _expression_statement(node: "SgNode", out: "Ir", keep: bool) -> None:
    for child in node.children():
        kind = child.kind()
        if kind == "assignment":
            _assignment(child, out)
        elif kind == "augmented_assignment":
            left, right = child.field("left"), child.field("right")
            if left and right:
                out.append(["+=", expression(left), expression(right), line(child)])
        elif keep and kind in ("call", "await", "yield", "list_comprehension"):
            if kind == "yield":
                continue
            out.append(["e", expression(child), line(child)])


def _assignment(node: "SgNode", out: "Ir") -> None:
    left, right, annotation = node.field("left"), node.field("right"), node.field("type")
    if left is None:
        return
    said = expression(annotation) if annotation else None
    if right is None:
        out.append(["=", expression(left), None, line(node), said])
        return
    if right.kind() == "assignment":  # a = b = value
        _assignment(right, out)
        out.append(["=", expression(left), out[-1][2], line(node), said])
        return
    out.append(["=", expression(left), expression(right), line(node), said])


def _decorated(node: "SgNode", out: "Ir", keep: bool) -> None:
    decorators = []
    for child in node.children():
        kind = child.kind()
        if kind == "decorator":
            inner = [c for c in child.children() if c.is_named() and c.kind() != "comment"]
            if inner:
                decorators.append([expression(inner[0]), line(child)])
        elif kind == "function_definition":
            out.append(["def", function(child, decorators)])
        elif kind == "class_definition":
            out.append(["class", class_(child, decorators)])


def _definition(node: "SgNode", out: "Ir", keep: bool) -> None:
    out.append(["def", function(node, [])])


def _class(node: "SgNode", out: "Ir", keep: bool) -> None:
    out.append(["class", class_(node, [])])


def function(node: "SgNode", decorators: "Ir") -> "dict[str, Any]":
    """A function: name, lines, decorators, parameters and, where it may matter, its body."""
    name, parameters, body = node.field("name"), node.field("parameters"), node.field("body")
    text = body.text() if body else ""
    first, last = line(node), end_line(node)
    found: dict[str, Any] = {"name": name.text() if name else "", "line": first, "end": last, "params": []}
    if parameters:
        found["params"] = [p for p in map(_parameter, parameters.children()) if p]
    if decorators:
        found["dec"] = decorators
    registers = "(" in text and bool(REGISTERS.search(text) or (")(" in text and APPLIES.search(text)))
    if body and (registers or last - first <= SHORT):
        found["body"] = block(body, True)
    if registers:
        found["reg"] = 1
    elif text and ("def " in text):
        inner = block(body, False) if body else []
        found.setdefault("body", [s for s in inner if s[0] in ("def", "return")])
    if any(word in text for word in SUSPECT) and REFUSES.search(text) and (not DOCUMENTS.search(text) or ACTS.search(text)):
        found["refuses"] = 1
        if LETS.search(text):
            found["lets"] = 1
        if not CALLER.search(text):
            found["nobody"] = 1
    if LOOKS.search(text):
        found["looks"] = 1
    if found.get("refuses") and BRINGS.search(text):
        found["brings"] = 1
    if text and not BRANCHES.search(text):
        found["plain"] = 1
    if any(word in text for word in ASKS) and IDENTITY.search(text):
        found["ident"] = 1
    if "SAFE_METHODS" in text:
        found["safe"] = 1
    found["calls"] = sorted(set(CALLS.findall(text)))[:60]
    return found


def _parameter(node: "SgNode") -> "Ir | None":
    """`[name, annotation, default, stars]`"""
    kind = node.kind()
    if kind == "identifier":
        return [node.text(), None, None, 0]
    if kind in ("list_splat_pattern", "dictionary_splat_pattern"):
        return [node.text().lstrip("*"), None, None, 1 if kind.startswith("list") else 2]
    if kind == "keyword_separator":
        return ["", None, None, 3]
    if kind in ("typed_parameter", "default_parameter", "typed_default_parameter"):
        name, annotation, default = node.field("name"), node.field("type"), node.field("value")
        first = name or next((c for c in node.children() if c.is_named()), None)
        if first is None:
            return None
        stars = {"list_splat_pattern": 1, "dictionary_splat_pattern": 2}.get(first.kind(), 0)
        said = expression(annotation) if annotation else None
        return [first.text().lstrip("*"), said, expression(default) if default else None, stars]
    return None


def class_(node: "SgNode", decorators: "Ir") -> "dict[str, Any]":
    """A class: name, lines, bases, decorators and body."""
    name, bases, body = node.field("name"), node.field("superclasses"), node.field("body")
    found: dict[str, Any] = {"name": name.text() if name else "", "line": line(node), "end": end_line(node), "bases": []}
    if bases:
        found["bases"] = [expression(b) for b in bases.children() if b.is_named() and b.kind() not in ("keyword_argument", "comment")]
    if decorators:
        found["dec"] = decorators
    found["body"] = block(body, True) if body else []
    return found


def _for(node: "SgNode", out: "Ir", keep: bool) -> None:
    left, right, body = node.field("left"), node.field("right"), node.field("body")
    if left and right and body:
        out.append(["for", expression(left), expression(right), block(body, keep)])


def _if(node: "SgNode", out: "Ir", keep: bool) -> None:
    out.append(_branches(node, keep))


def _branches(node: "SgNode", keep: bool) -> "Ir":
    test, body = node.field("condition"), node.field("consequence")
    rest: Ir = []
    alternatives = node.field_children("alternative")
    chain: Ir = ["if", expression(test) if test else ["?"], block(body, keep) if body else [], rest]
    for other in alternatives:
        if other.kind() == "elif_clause":
            nested = _branches(other, keep)
            rest.append(nested)
            rest = nested[3]
        else:
            inner = other.field("body")
            rest.extend(block(inner, keep) if inner else [])
    return chain


def _with(node: "SgNode", out: "Ir", keep: bool) -> None:
    for item in node.find_all(kind="as_pattern"):
        parts = [c for c in item.children() if c.is_named()]
        if len(parts) == 2:
            target = next((c for c in parts[1].children() if c.is_named()), None)
            if target:
                out.append(["=", expression(target), expression(parts[0]), line(item), None])
        break
    body = node.field("body")
    if body:
        out.extend(block(body, keep))


def _try(node: "SgNode", out: "Ir", keep: bool) -> None:
    for child in node.children():
        kind = child.kind()
        if kind == "block":
            out.extend(block(child, keep))
        elif kind in ("else_clause", "finally_clause"):
            for inner in child.children():
                if inner.kind() == "block":
                    out.extend(block(inner, keep))


def _match(node: "SgNode", out: "Ir", keep: bool) -> None:
    for inner in node.find_all(kind="case_clause"):
        body = inner.field("consequence")
        if body:
            out.append(["if", ["?"], block(body, keep), []])


def _return(node: "SgNode", out: "Ir", keep: bool) -> None:
    value = next((c for c in node.children() if c.is_named() and c.kind() != "comment"), None)
    out.append(["return", expression(value) if value else ["k", None]])


def _import(node: "SgNode", out: "Ir", keep: bool) -> None:
    for child in node.children():
        kind = child.kind()
        if kind == "dotted_name":
            out.append(["import", "", child.text()])
        elif kind == "aliased_import":
            name, alias = child.field("name"), child.field("alias")
            if name and alias:
                out.append(["import", alias.text(), name.text()])


def _from(node: "SgNode", out: "Ir", keep: bool) -> None:
    where = node.field("module_name")
    if where is None:
        return
    text = where.text().replace(" ", "")
    names: Ir = []
    for child in node.field_children("name"):
        if child.kind() == "aliased_import":
            name, alias = child.field("name"), child.field("alias")
            if name and alias:
                names.append([name.text(), alias.text()])
        else:
            names.append([child.text(), child.text()])
    if not names:
        names.append(["*", "*"])
    bare = text.lstrip(".")
    out.append(["from", bare, len(text) - len(bare), names])


STATEMENTS: "dict[str, Callable[[SgNode, Ir, bool], None]]" = {
    "expression_statement": _expression_statement, "decorated_definition": _decorated, "function_definition": _definition,
    "class_definition": _class, "for_statement": _for, "if_statement": _if, "with_statement": _with, "try_statement": _try,
    "match_statement": _match, "return_statement": _return, "import_statement": _import, "import_from_statement": _from,
}  # fmt: skip


def expression(node: "SgNode") -> "Ir":
    """What an expression says, as far as it can matter for a path or a guard."""
    reader = EXPRESSIONS.get(node.kind())
    return reader(node) if reader else ["?"]


def _named(node: "SgNode") -> "list[SgNode]":
    return [c for c in node.children() if c.is_named() and c.kind() != "comment"]


def _string(node: "SgNode") -> "Ir":
    parts: Ir = []
    raw = False
    for child in node.children():
        kind = child.kind()
        if kind == "string_start":
            raw = "r" in child.text().lower()
        elif kind == "string_content":
            text = child.text()
            parts.append(["s", text if raw or "\\" not in text else _unescape(text)])
        elif kind == "interpolation":
            inner = _named(child)
            parts.append(expression(inner[0]) if inner else ["?"])
    if not parts:
        return ["s", ""]
    return parts[0] if len(parts) == 1 and parts[0][0] == "s" else ["f", parts]


def _unescape(text: str) -> str:
    return re.sub(r"\\([\\'\"nt\n])", lambda m: {"n": "\n", "t": "\t", "\n": ""}.get(m.group(1), m.group(1)), text)


def _call(node: "SgNode") -> "Ir":
    callee, arguments = node.field("function"), node.field("arguments")
    positional: Ir = []
    keywords: Ir = []
    if arguments and arguments.kind() == "generator_expression":
        positional.append(_comprehension(arguments))
    elif arguments:
        for child in arguments.children():
            if not child.is_named():
                continue
            kind = child.kind()
            if kind == "keyword_argument":
                name, value = child.field("name"), child.field("value")
                if name and value:
                    keywords.append([name.text(), expression(value)])
            elif kind == "dictionary_splat":
                inner = _named(child)
                keywords.append(["**", expression(inner[0]) if inner else ["?"]])
            elif kind != "comment":
                positional.append(expression(child))
    return ["c", expression(callee) if callee else ["?"], positional, keywords, line(node)]


def _attribute(node: "SgNode") -> "Ir":
    owner, name = node.field("object"), node.field("attribute")
    return [".", expression(owner) if owner else ["?"], name.text() if name else ""]


def _items(node: "SgNode") -> "Ir":
    return ["l", [expression(c) for c in _named(node)]]


def _dictionary(node: "SgNode") -> "Ir":
    pairs: Ir = []
    for child in _named(node):
        if child.kind() == "pair":
            key, value = child.field("key"), child.field("value")
            if key and value:
                pairs.append([expression(key), expression(value)])
        elif child.kind() == "dictionary_splat":
            inner = _named(child)
            pairs.append([None, expression(inner[0]) if inner else ["?"]])
    return ["d", pairs]


def _concatenated(node: "SgNode") -> "Ir":
    return ["f", [expression(c) for c in _named(node)]]


def _binary(node: "SgNode") -> "Ir":
    left, right, operator = node.field("left"), node.field("right"), node.field("operator")
    said = operator.text() if operator else ""
    if left and right and said in ("+", "%", "|", "/", "&"):
        return [said, expression(left), expression(right)]
    return ["?"]


def _boolean(node: "SgNode") -> "Ir":
    left, right, operator = node.field("left"), node.field("right"), node.field("operator")
    if left and right and operator:
        return [operator.text(), expression(left), expression(right)]
    return ["?"]


def _subscript(node: "SgNode") -> "Ir":
    value = node.field("value")
    return ["[]", expression(value) if value else ["?"], [expression(c) for c in node.field_children("subscript")]]


def _generic(node: "SgNode") -> "Ir":
    inner = _named(node)
    indexes = [expression(c) for c in _named(inner[1])] if len(inner) > 1 else []
    return ["[]", expression(inner[0]), indexes] if inner else ["?"]


def _first(node: "SgNode") -> "Ir":
    inner = _named(node)
    return expression(inner[0]) if inner else ["?"]


def _lambda(node: "SgNode") -> "Ir":
    parameters, body = node.field("parameters"), node.field("body")
    names = [p for p in map(_parameter, parameters.children()) if p] if parameters else []
    said = [["return", expression(body)]] if body else []
    return ["fn", {"name": "<lambda>", "line": line(node), "end": end_line(node), "params": names, "body": said, "calls": []}]


def _conditional(node: "SgNode") -> "Ir":
    inner = _named(node)
    if len(inner) != 3:
        return ["?"]
    return ["if", expression(inner[1]), expression(inner[0]), expression(inner[2])]


def _comprehension(node: "SgNode") -> "Ir":
    body = node.field("body")
    clause = next((c for c in node.children() if c.kind() == "for_in_clause"), None)
    left, right = (clause.field("left"), clause.field("right")) if clause else (None, None)
    if body is None or left is None or right is None:
        return ["?"]
    return ["for", expression(body), expression(left), expression(right)]


def _comparison(node: "SgNode") -> "Ir":
    inner = _named(node)
    operators = node.field_children("operators")
    said = " ".join(o.text() for o in operators)
    if len(inner) == 2 and said in ("==", "!=", "is", "is not"):
        same: Ir = ["==", expression(inner[0]), expression(inner[1])]
        return same if said in ("==", "is") else ["not", same]
    return ["?"]


def _not(node: "SgNode") -> "Ir":
    argument = node.field("argument")
    return ["not", expression(argument)] if argument else ["?"]


def _splat(node: "SgNode") -> "Ir":
    return ["*", _first(node)]


def _walrus(node: "SgNode") -> "Ir":
    name, value = node.field("name"), node.field("value")
    return [":=", name.text() if name else "", expression(value) if value else ["?"]]


def _number(node: "SgNode") -> "Ir":
    text = node.text()
    return ["k", int(text)] if text.isdigit() and len(text) < 10 else ["?"]


EXPRESSIONS: "dict[str, Callable[[SgNode], Ir]]" = {
    "identifier": lambda node: ["n", node.text()],
    "string": _string, "call": _call, "attribute": _attribute, "list": _items, "tuple": _items, "set": _items,
    "expression_list": _items, "pattern_list": _items, "tuple_pattern": _items, "list_pattern": _items,
    "dictionary": _dictionary, "concatenated_string": _concatenated, "binary_operator": _binary,
    "boolean_operator": _boolean, "subscript": _subscript, "generic_type": _generic, "type": _first,
    "parenthesized_expression": _first, "await": _first, "named_expression": _walrus,
    "lambda": _lambda, "conditional_expression": _conditional, "list_comprehension": _comprehension,
    "generator_expression": _comprehension, "comparison_operator": _comparison, "not_operator": _not,
    "list_splat": _splat, "integer": _number,
    "none": lambda node: ["k", None], "true": lambda node: ["k", True], "false": lambda node: ["k", False],
    "dotted_name": lambda node: ["n", node.text()],
}  # fmt: skip
