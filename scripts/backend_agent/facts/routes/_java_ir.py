"""Java to small JSON trees: classes with their annotations, constants and methods, and the bodies of methods that register something.

The same shape is written for Kotlin. A file: `package`, `imports`, `classes`, `functions`, `consts`.
A class: `name` (`Outer.Inner`), `kind`, `line`, `mods`, `annots` [[name, [[key, tree]], line]], `bases` [[name, [type arguments]]],
`params`, `consts` {name: tree}, `fields`
{name: type}, `methods`. A method: `name`, `line`, `end`, `annots`, `params` [[name, type, annots, type arguments]], `ret`, `body`.

Trees: `s` text, `t` parts joined, `i` name, `m` member, `c` call [callee, [[key, tree]], line, type arguments], `n` new object,
`f` function [params, statements, line, end], `ref` method reference, `a` list, `+`, `?` either of several, `k` class. Statements:
`let`, `e`, `ret`, `for`, `if`.
"""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ast_grep_py import SgNode

    from backend_agent.facts.source import SourceFile

    Node = Any

BODIES = re.compile(
    r"RouterFunction|SecurityFilterChain|SecurityWebFilterChain|HttpSecurity|addPathPrefix|PathMatchConfigurer|addInterceptors|\bviewController"
    r"|ServletRegistration|InterceptorRegistry|GroupVersion|RouteBuilder|RouteLocator|PredicateSpec|StompEndpointRegistry|WebSocketHandlerRegistry"
)
"""Methods whose text holds one of these are kept with their bodies."""

RETURNED = 400
"""Characters up to which any other method is kept with its body: it may return a path or a list of paths."""

ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}


def unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda m: ESCAPES.get(m.group(1), m.group(1)), text, flags=re.DOTALL) if "\\" in text else text


def line(node: "SgNode") -> int:
    return int(node.range().start.line) + 1


def end_line(node: "SgNode") -> int:
    return int(node.range().end.line) + 1


def short(name: str) -> str:
    """`a.b.C<D>` as `C`."""
    return name.partition("<")[0].rpartition(".")[2].strip("@? ")


class Reader:
    """The facts of one Java file."""

    def __init__(self, source: "SourceFile") -> None:
        self.root = source.root
        self.depth = 0

    def facts(self) -> "dict[str, Any]":
        found: dict[str, Any] = {"package": "", "imports": [], "classes": [], "functions": [], "consts": {}}
        for node in self.root.named_children():
            kind = node.kind()
            if kind == "package_declaration":
                found["package"] = _last(node).text()
            elif kind == "import_declaration":
                found["imports"].append(re.sub(r"^import\s+(static\s+)?|[;\s]", "", node.text()))
            elif kind in CLASSES:
                self.clazz(node, "", found["classes"])
        return found

    def clazz(self, node: "SgNode", outer: str, made: "list[Any]") -> None:
        named = node.field("name")
        if named is None:
            return
        name = f"{outer}.{named.text()}" if outer else named.text()
        entry: dict[str, Any] = {
            "name": name, "kind": CLASSES[str(node.kind())], "line": line(named), "mods": [], "annots": [], "bases": [], "params": [],
            "consts": {}, "fields": {}, "methods": [],
        }  # fmt: skip
        made.append(entry)
        for child in node.named_children():
            kind = child.kind()
            if kind == "modifiers":
                entry["annots"] = self.annotations(child)
                entry["mods"] = [c.text() for c in child.children() if not c.is_named()]
            elif kind in ("superclass", "super_interfaces", "extends_interfaces"):
                entry["bases"].extend(self.bases(child))
            elif kind == "type_parameters":
                entry["params"] = [p.named_children()[0].text() for p in child.named_children() if p.named_children()]
            elif kind == "formal_parameters":
                entry["fields"].update({p[0]: p[1] for p in self.parameters(child)})
        body = node.field("body")
        for child in body.named_children() if body is not None else ():
            self.member(child, entry, name, made)

    def member(self, node: "SgNode", entry: "dict[str, Any]", name: str, made: "list[Any]") -> None:
        kind = node.kind()
        if kind in CLASSES:
            self.clazz(node, name, made)
        elif kind in ("field_declaration", "constant_declaration"):
            self.field(node, entry)
        elif kind in ("method_declaration", "annotation_type_element_declaration"):
            entry["methods"].append(self.method(node))
        elif kind == "enum_constant":
            args = node.field("arguments")
            entry["consts"][node.field("name").text()] = ["a", [a for _, a in self.arguments(args)]] if args is not None else None  # type: ignore[union-attr]
        elif kind == "enum_body_declarations":
            for child in node.named_children():
                self.member(child, entry, name, made)

    def field(self, node: "SgNode", entry: "dict[str, Any]") -> None:
        typed = node.field("type")
        for child in node.named_children():
            if child.kind() == "variable_declarator":
                named, value = child.field("name"), child.field("value")
                if named is None:
                    continue
                entry["fields"][named.text()] = typed.text() if typed is not None else ""
                if value is not None:
                    tree = self.expression(value)
                    if tree is not None:
                        entry["consts"][named.text()] = tree

    def method(self, node: "SgNode") -> "dict[str, Any]":
        named, typed, params, body = node.field("name"), node.field("type"), node.field("parameters"), node.field("body")
        text = node.text()
        first = node.named_children()[0]
        entry = {
            "name": named.text() if named is not None else "", "line": line(named or node), "end": end_line(node),
            "annots": self.annotations(first) if first.kind() == "modifiers" else [],
            "params": self.parameters(params) if params is not None else [],
            "ret": typed.text() if typed is not None else "", "body": None,
        }  # fmt: skip
        if body is not None and (BODIES.search(text) or (len(text) < RETURNED and '"' in text and "return" in text)):
            entry["body"] = self.block(body)
        return entry

    def parameters(self, node: "SgNode") -> "list[Any]":
        made = []
        for child in node.named_children():
            named, typed = child.field("name"), child.field("type")
            if named is None or typed is None:
                continue
            first = child.named_children()[0]
            annots = self.annotations(first) if first.kind() == "modifiers" else []
            made.append([named.text(), typed.text(), [[a[0], a[1]] for a in annots]])
        return made

    def bases(self, node: "SgNode") -> "list[Any]":
        made: list[Any] = []
        for child in node.named_children():
            kind = child.kind()
            if kind == "type_list":
                made.extend(self.bases(child))
            elif kind == "generic_type":
                parts = child.named_children()
                made.append([parts[0].text(), [p.text() for p in parts[-1].named_children()]])
            elif kind in ("type_identifier", "scoped_type_identifier"):
                made.append([child.text(), []])
        return made

    def annotations(self, modifiers: "SgNode") -> "list[Any]":
        made = []
        for child in modifiers.named_children():
            if child.kind() not in ("marker_annotation", "annotation"):
                continue
            named, args = child.field("name"), child.field("arguments")
            broken = args is not None and any(c.kind() == "ERROR" for c in args.children())
            values = loose(args.text()) if broken and args is not None else self.annotation_arguments(args)
            made.append([short(named.text()) if named is not None else "", values, line(child)])
        return made

    def annotation_arguments(self, node: "SgNode | None") -> "list[Any]":
        made: list[Any] = []
        for child in node.named_children() if node is not None else ():
            if child.kind() == "element_value_pair":
                key, value = child.field("key"), child.field("value")
                if key is not None and value is not None:
                    made.append([key.text(), self.expression(value)])
            elif child.kind() not in COMMENTS:
                made.append(["", self.expression(child)])
        return made

    # ---- bodies

    def block(self, node: "SgNode") -> "list[Node]":
        made: list[Node] = []
        for child in node.named_children():
            self.statement(child, made)
        return made

    def statement(self, node: "SgNode", made: "list[Node]") -> None:
        kind = node.kind()
        if kind == "expression_statement":
            made.append(["e", self.expression(node.named_children()[0])])
        elif kind == "local_variable_declaration":
            for child in node.named_children():
                if child.kind() == "variable_declarator" and child.field("value") is not None:
                    made.append(["let", child.field("name").text(), self.expression(child.field("value"))])  # type: ignore[union-attr,arg-type]
        elif kind == "return_statement":
            if node.named_children():
                made.append(["ret", self.expression(node.named_children()[0])])
        elif kind == "enhanced_for_statement":
            named, value, body = node.field("name"), node.field("value"), node.field("body")
            if named is not None and value is not None and body is not None:
                made.append(["for", named.text(), self.expression(value), self.inner(body)])
        elif kind == "if_statement":
            bodies = [self.inner(b) for b in (node.field("consequence"), node.field("alternative")) if b is not None]
            made.append(["if", bodies])
        elif kind in ("block", "try_statement", "try_with_resources_statement", "while_statement", "for_statement", "catch_clause",
                      "finally_clause", "synchronized_statement", "switch_expression", "switch_block"):  # fmt: skip
            for child in node.named_children():
                self.statement(child, made)

    def inner(self, node: "SgNode") -> "list[Node]":
        made: list[Node] = []
        self.statement(node, made)
        return made

    def expression(self, node: "SgNode") -> "Node":
        self.depth += 1
        try:
            return None if self.depth > 120 else self.tree(node, str(node.kind()))
        finally:
            self.depth -= 1

    def tree(self, node: "SgNode", kind: str) -> "Node":  # noqa: C901
        if kind == "string_literal":
            text = node.text()
            return ["s", unescape(text[3:-3].strip("\n") if text.startswith('"""') else text[1:-1])]
        if kind in ("identifier", "this", "super", "type_identifier"):
            return ["i", node.text()]
        if kind in ("decimal_integer_literal", "true", "false", "character_literal"):
            return ["s", node.text().strip("'")]
        if kind == "field_access":
            value, field = node.field("object"), node.field("field")
            return ["m", self.expression(value), field.text()] if value is not None and field is not None else None
        if kind == "method_invocation":
            return self.invocation(node)
        if kind == "binary_expression":
            left, right = node.field("left"), node.field("right")
            if left is None or right is None:
                return None
            op = node.field("operator")
            both = [self.expression(left), self.expression(right)]
            return ["+", *both] if op is not None and op.text() == "+" else ["op", op.text() if op is not None else "", *both]
        if kind in ("array_initializer", "element_value_array_initializer"):
            return ["a", [self.expression(c) for c in node.named_children() if c.kind() not in COMMENTS]]
        if kind == "array_creation_expression":
            value = node.field("value")
            return self.expression(value) if value is not None else None
        if kind == "lambda_expression":
            return self.function(node)
        if kind == "method_reference":
            parts = node.named_children()
            return ["ref", self.expression(parts[0]), parts[-1].text() if len(parts) > 1 else "new"] if parts else None
        if kind == "object_creation_expression":
            typed, args = node.field("type"), node.field("arguments")
            return ["n", short(typed.text()) if typed is not None else "", self.arguments(args) if args is not None else [], line(node)]
        if kind == "class_literal":
            return ["k", node.named_children()[0].text()]
        if kind == "assignment_expression":
            left, right = node.field("left"), node.field("right")
            return ["=", left.text(), self.expression(right)] if left is not None and right is not None else None
        if kind == "ternary_expression":
            return ["?", [self.expression(n) for n in (node.field("consequence"), node.field("alternative")) if n is not None]]
        if kind in ("parenthesized_expression", "cast_expression", "unary_expression"):
            return self.expression(_last(node))
        if kind in ("annotation", "marker_annotation"):
            named = node.field("name")
            return ["@", short(named.text()) if named is not None else "", self.annotation_arguments(node.field("arguments"))]
        return None

    def invocation(self, node: "SgNode") -> "Node":
        value, named, args = node.field("object"), node.field("name"), node.field("arguments")
        if named is None:
            return None
        callee = ["m", self.expression(value), named.text()] if value is not None else ["i", named.text()]
        return ["c", callee, self.arguments(args) if args is not None else [], line(named), []]

    def arguments(self, node: "SgNode") -> "list[Any]":
        return [["", self.expression(c)] for c in node.named_children() if c.kind() not in COMMENTS]

    def function(self, node: "SgNode") -> "Node":
        params, body = node.field("parameters"), node.field("body")
        names = re.findall(r"(\w+)\s*(?=[,)]|$)", params.text()) if params is not None else []
        if body is None:
            return None
        statements = self.block(body) if body.kind() == "block" else [["ret", self.expression(body)]]
        return ["f", names, statements, line(node), end_line(node)]


CLASSES = {
    "class_declaration": "class", "interface_declaration": "interface", "enum_declaration": "enum", "record_declaration": "class",
    "annotation_type_declaration": "annotation",
}  # fmt: skip
COMMENTS = ("line_comment", "block_comment")


def _last(node: "SgNode") -> "SgNode":
    return next(c for c in reversed(node.named_children()) if c.kind() not in COMMENTS)


def loose(text: str) -> "list[Any]":
    """The arguments of an annotation that Java does not allow (`("/a", method = X)`, `[…]`), read from their text."""
    made: list[Any] = []
    for part in re.findall(r"(?:\"(?:\\.|[^\"\\])*\"|\{[^}]*\}|\[[^\]]*\]|\([^)]*\)|[^,\"{\[(])+", text.strip()[1:-1]):
        match = re.match(r"\s*(?:(\w+)\s*=(?!=))?\s*(.*?)\s*$", part, re.DOTALL)
        if match is not None and match.group(2):
            made.append([match.group(1) or "", _loose_value(match.group(2))])
    return made


def _loose_value(text: str) -> "Node":
    if text[0] in "{[":
        return ["a", [_loose_value(p.strip()) for p in text[1:-1].split(",") if p.strip()]]
    if re.fullmatch(r"\"(?:\\.|[^\"\\])*\"", text):
        return ["s", unescape(text[1:-1])]
    owner, _, last = text.rpartition(".")
    if not re.fullmatch(r"[\w.]+", text):
        return None
    return ["m", ["i", owner], last] if owner else ["i", text]
