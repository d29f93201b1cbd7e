"""Rust to small JSON trees: functions with attributes, parameters and bodies, and string constants.

Trees: `s` text, `i` path, `c` call [callee, arguments, line], `m` field, `!` macro [name, paths, line],
`f` closure [statements, parameters], `a` array,
`B` block. Statements: `let`, `e`.
"""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ast_grep_py import SgNode

    from backend_agent.facts.source import SourceFile

    Node = Any

ROUTES = re.compile(
    r"\bRouter\b|\.(?:route|nest\w*|merge|service|configure|mount|scope)\(|ServiceConfig|routes!|\bApp::new|web::|MethodRouter"
)
REJECTS = re.compile(r"\bErr\b|\berr_?\w*!|ok_or|map_err|Outcome::(?:Error|Failure|Forward)|return\s|\.error_response|\?")
DENIED = re.compile(
    r"(?i)unauthori[sz]ed|forbidden|\b40[13]\b|\bAuth\w*Error|\"authorization\"|\bAUTHORIZATION\b|(?:missing|invalid|wrong|bad|no)_?(?:token|credential|auth|jwt|api_?key)"
)
WHO = re.compile(
    DENIED.pattern
    + r"|authori|authen|auth|cookie|session|token|claims|user|account|identity|credential|permission|api_?key|admin|role|secret"
)
"""Words of who asks: a middleware without any of them, whatever it answers, does not ask who somebody is."""
LETS_IN = re.compile(r"Infallible|Ok\(\s*[\w:]*\s*[({]?[\w\s:]*\bNone\b")
DEFAULTED = re.compile(r"unwrap_or(?:_default|_else)?\b")
NAMED = re.compile(r"\blet\s+(?:mut\s+)?(\w+)[^=;]*=([^;]*);")
MADE = re.compile(r"\bOk\(((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*)\)")
"""What `Ok(…)` is given, three parentheses deep."""
DELEGATES = re.compile(r"\b(\w+)(?:::<[^>]*>)?(?:\s+as\s+[\w:<>]+>)?::from_request|extract::<\s*(\w+)|guard::<\s*&?(\w+)")


def keeps_out(text: str) -> bool:
    """Whether the text of a guard can answer that somebody may not pass, and never lets nobody in."""
    return bool(REJECTS.search(text) and DENIED.search(text)) and not lets_in(text)


def lets_in(text: str) -> bool:
    """Whether a guard hands out somebody although nobody was found: None, or a default in what it answers."""
    if LETS_IN.search(text):
        return True
    given = " ".join(MADE.findall(text))
    named = (name for name, value in NAMED.findall(text) if DEFAULTED.search(value))
    return bool(DEFAULTED.search(given)) or any(re.search(rf"\b{name}\b", given) for name in named)


LINKS = 40
CHAIN = "\0chain"
"""The name of what the links before have made."""


def line(node: "SgNode") -> int:
    return int(node.range().start.line) + 1


class Reader:
    """The facts of one Rust file."""

    def __init__(self, source: "SourceFile") -> None:
        self.root = source.root
        self.text = source.text
        self.depth = 0

    def facts(self) -> "dict[str, Any]":
        scopes = bool(re.search(r"\b(?:scope|mount|nest)\b", self.text))
        found: dict[str, Any] = {"fns": [], "consts": {}, "guards": {}, "uses": {}, "globs": [], "scopes": scopes}
        self.items(self.root, found)
        return found

    def items(self, node: "SgNode", found: "dict[str, Any]", owner: str = "") -> None:
        attrs: list[list[Any]] = []
        for child in node.named_children():
            kind = child.kind()
            if kind == "attribute_item":
                attrs.append([child.text(), line(child)])
                continue
            if kind == "function_item" and not any("cfg(test)" in a[0] or "#[test]" in a[0] for a in attrs):
                found["fns"].append(self.function(child, attrs, owner))
            elif kind == "use_declaration":
                _imports(re.sub(r"^(?:pub(?:\([^)]*\))?\s+)?use\s+|[;\s]+$", "", child.text()), "", found)
            elif kind in ("const_item", "static_item"):
                named, value = child.field("name"), child.field("value")
                if named is not None and value is not None and value.kind() == "string_literal":
                    found["consts"][named.text()] = value.text().strip('"')
            elif kind in ("impl_item", "mod_item", "trait_item", "declaration_list") and not any("cfg(test)" in a[0] for a in attrs):
                self.nested(child, found)
            if kind not in ("line_comment", "block_comment"):
                attrs = []

    def nested(self, node: "SgNode", found: "dict[str, Any]") -> None:
        trait, typed, body = node.field("trait"), node.field("type"), node.field("body")
        name = typed.text().partition("<")[0].rpartition("::")[2] if typed is not None else ""
        if trait is not None and name and re.search(r"FromRequest", trait.text()):
            text = node.text()
            below = (
                sorted({a or b or c for a, b, c in DELEGATES.findall(text)} - {name, "Self"})
                if "?" in text or "try_outcome" in text
                else []
            )
            found["guards"][name] = [keeps_out(text), lets_in(text), below]
        if body is not None:
            self.items(body, found, name)

    def function(self, node: "SgNode", attrs: "list[list[Any]]", owner: str = "") -> "dict[str, Any]":
        named, params, body = node.field("name"), node.field("parameters"), node.field("body")
        names: list[list[str]] = []
        for one in params.named_children() if params is not None else ():
            pattern, typed = one.field("pattern"), one.field("type")
            if pattern is not None and typed is not None:
                names.append([pattern.text().removeprefix("mut "), typed.text()])
        keep = body is not None and ROUTES.search(node.text())
        return {
            "name": named.text() if named is not None else "",
            "line": line(named or node),
            "end": int(node.range().end.line) + 1,
            "attrs": attrs,
            "owner": owner,
            "denies": keeps_out(node.text()),
            "passes": body is not None and not WHO.search(node.text()),
            "params": names,
            "body": self.block(body) if keep and body is not None else None,
        }

    def block(self, node: "SgNode") -> "list[Node]":
        made: list[Node] = []
        for child in node.named_children():
            self.statement(child, made)
        return made

    def statement(self, node: "SgNode", made: "list[Node]") -> None:
        kind = node.kind()
        if kind == "let_declaration":
            pattern, value = node.field("pattern"), node.field("value")
            if pattern is not None and value is not None:
                made.append(["let", pattern.text(), self.expression(value)])
        elif kind == "expression_statement":
            self.statement(node.named_children()[0], made)
        elif kind == "assignment_expression":
            left, right = node.field("left"), node.field("right")
            if left is not None and right is not None:
                made.append(["let", left.text(), self.expression(right)])
        elif kind in ("if_expression", "block", "else_clause", "match_expression", "match_block", "match_arm", "unsafe_block"):
            for child in node.named_children():
                self.statement(child, made)
        elif kind not in ("function_item", "line_comment", "block_comment", "use_declaration"):
            made.append(["e", self.expression(node)])

    def expression(self, node: "SgNode") -> "Node":
        self.depth += 1
        try:
            return None if self.depth > 200 else self.tree(node, str(node.kind()))
        finally:
            self.depth -= 1

    def chain(self, node: "SgNode") -> "Node":
        """`a.b(1).c(2)`, link by link: routers are chains of hundreds, and each LINKS of them become a statement of their own."""
        links: list[tuple[SgNode, SgNode | None]] = []
        base: SgNode | None = node
        while base is not None and base.kind() == "call_expression":
            called = base.field("function")
            links.append((base, called))
            base = called.field("value") if called is not None and called.kind() == "field_expression" else None
        made: Node = None
        statements: list[Node] = []
        if base is not None:
            made = self.expression(base)
        for at, (call, called) in enumerate(reversed(links)):
            if called is None:
                return None
            if called.kind() == "field_expression":
                field = called.field("field")
                name = field.text() if field is not None else ""
                made = ["c", ["m", made, name], self.arguments(call), line(field or called)]
            else:
                made = ["c", self.expression(called), self.arguments(call), line(called)]
            if at % LINKS == LINKS - 1 and at < len(links) - 1:
                statements.append(["let", CHAIN, made])
                made = ["i", CHAIN]
        return ["B", [*statements, ["e", made]]] if statements else made

    def arguments(self, call: "SgNode") -> "list[Node]":
        args = call.field("arguments")
        return [self.expression(a) for a in args.named_children() if a.kind() not in ("line_comment", "block_comment")] if args else []

    def tree(self, node: "SgNode", kind: str) -> "Node":
        if kind in ("string_literal", "raw_string_literal"):
            return ["s", node.text().lstrip("r#").rstrip("#").strip('"')]
        if kind in ("identifier", "scoped_identifier", "self"):
            return ["i", re.sub(r"::<.*?>|<[^<>]*>", "", node.text())]
        if kind == "call_expression":
            return self.chain(node)
        if kind == "array_expression":
            return ["a", [self.expression(a) for a in node.named_children()]]
        if kind == "field_expression":
            value, field = node.field("value"), node.field("field")
            return ["m", self.expression(value), field.text()] if value is not None and field is not None else None
        if kind == "generic_function":
            inner = node.field("function")
            return self.expression(inner) if inner is not None else None
        if kind == "macro_invocation":
            named = node.field("macro")
            text = node.text()
            inside = text[text.find("!") + 2 : -1]
            return [
                "!",
                named.text().rpartition("::")[2] if named is not None else "",
                [p.strip() for p in inside.split(",") if p.strip()],
                line(node),
            ]
        if kind == "closure_expression":
            body, given = node.field("body"), node.field("parameters")
            names = re.findall(r"\w+", given.text()) if given is not None else []
            if body is None:
                return ["f", [], names]
            return ["f", self.block(body) if body.kind() == "block" else [["e", self.expression(body)]], names]
        if kind in ("block", "if_expression", "async_block"):
            return ["B", self.block(node)]
        if kind in ("await_expression", "try_expression", "reference_expression", "parenthesized_expression", "return_expression"):
            parts = node.named_children()
            return self.expression(parts[-1]) if parts else None
        return None


def _imports(text: str, before: str, found: "dict[str, Any]") -> None:
    """What `use a::{b, c as d, e::*}` brings into a file: names with their paths, and modules that are taken whole."""
    head, brace, rest = text.partition("{")
    if brace:
        for part in _split(rest.rpartition("}")[0]):
            _imports(part, f"{before}{head.strip()}", found)
        return
    path, _, alias = text.strip().partition(" as ")
    path = f"{before}{path.strip()}".removesuffix("::self")
    if path.endswith("::*"):
        found["globs"].append(path[:-3])
    elif path:
        found["uses"][alias.strip() or path.rpartition("::")[2]] = path


def _split(text: str) -> "list[str]":
    """Parts between the commas that stand in no braces."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(text):
        depth += (char == "{") - (char == "}")
        if char == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    return [p for p in [*parts, text[start:].strip()] if p]
