"""Kotlin to the small JSON trees of `_java_ir`; functions also have `recv`, the type they extend."""

import re

from backend_agent.facts.routes._java_ir import end_line, line, short, unescape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ast_grep_py import SgNode

    from backend_agent.facts.source import SourceFile

    Node = Any

BODIES = re.compile(
    r"\b(?:routing|route|authenticate|get|post|put|patch|delete|head|options|webSocket|sse|handle|router|coRouter|nest|resource|method)\b"
    r"|Route\b|Routing\b|Application\b|HttpSecurity|SecurityFilterChain|SecurityWebFilterChain|addPathPrefix|PathMatchConfigurer|addInterceptors"
    r"|RouterFunction|\bbind\b|configureRout|Route[A-Z]\w*\(|PredicateSpec|StompEndpointRegistry|WebSocketHandlerRegistry"
)
COMMENTS = ("line_comment", "multiline_comment", "comment")
TYPES = ("user_type", "nullable_type", "function_type", "not_nullable_type", "parenthesized_type")
CALLS = ("call_expression", "infix_expression")


class Reader:
    """The facts of one Kotlin file."""

    def __init__(self, source: "SourceFile") -> None:
        self.root = source.root
        self.depth = 0

    def facts(self) -> "dict[str, Any]":
        found: dict[str, Any] = {"package": "", "imports": [], "classes": [], "functions": [], "consts": {}}
        for node in self.root.named_children():
            kind = node.kind()
            if kind == "package_header":
                found["package"] = re.sub(r"^package\s+|[;\s]", "", node.text())
            elif kind == "import_list":
                for one in node.named_children():
                    found["imports"].append(re.sub(r"^import\s+|;|\s+$", "", one.text()))
            elif kind in ("class_declaration", "object_declaration"):
                self.clazz(node, "", found["classes"])
            elif kind == "function_declaration":
                found["functions"].append(self.method(node))
            elif kind == "property_declaration":
                self.field(node, found["consts"], {}, found["functions"])
        return found

    def clazz(self, node: "SgNode", outer: str, made: "list[Any]") -> None:
        named = next((c for c in node.named_children() if c.kind() in ("type_identifier", "simple_identifier")), None)
        short_name = named.text() if named is not None else "Companion"
        name = f"{outer}.{short_name}" if outer else short_name
        words = [c.text() for c in node.children() if not c.is_named()]
        kind = "interface" if "interface" in words else "enum" if "enum" in words else "object" if "object" in words else "class"
        entry: dict[str, Any] = {
            "name": name, "kind": kind, "line": line(named or node), "mods": [], "annots": [], "bases": [], "params": [], "consts": {},
            "fields": {},
            "methods": [],
        }  # fmt: skip
        made.append(entry)
        for child in node.named_children():
            part = child.kind()
            if part == "modifiers":
                entry["annots"] = self.annotations(child)
                entry["mods"] = child.text().split()
                if "annotation" in entry["mods"]:
                    entry["kind"] = "annotation"
            elif part == "primary_constructor":
                self.constructor(child, entry)
            elif part == "delegation_specifier":
                self.base(child, entry["bases"])
            elif part == "type_parameters":
                entry["params"] = [p.text().partition(":")[0].split()[-1] for p in child.named_children() if p.text().strip()]
            elif part in ("class_body", "enum_class_body"):
                for member in child.named_children():
                    self.member(member, entry, name, made)

    def constructor(self, node: "SgNode", entry: "dict[str, Any]") -> None:
        for param in node.named_children():
            names = [c for c in param.named_children() if c.kind() == "simple_identifier"]
            typed = next((c for c in param.named_children() if c.kind() in TYPES), None)
            if names and typed is not None:
                entry["fields"][names[0].text()] = typed.text()
                value = param.named_children()[-1]
                if value.kind() not in TYPES and value.kind() != "simple_identifier":
                    entry["consts"].setdefault(names[0].text(), self.expression(value))

    def base(self, node: "SgNode", made: "list[Any]") -> None:
        kinds = ("user_type",)
        found = [n for c in node.named_children() for n in ([c] if c.kind() in kinds else c.named_children()) if n.kind() in kinds]
        for typed in found[:1]:
            args = [c for c in typed.named_children() if c.kind() == "type_arguments"]
            made.append([typed.text().partition("<")[0], [a.text() for a in args[0].named_children()] if args else []])

    def member(self, node: "SgNode", entry: "dict[str, Any]", name: str, made: "list[Any]") -> None:
        kind = node.kind()
        if kind in ("class_declaration", "object_declaration"):
            self.clazz(node, name, made)
        elif kind == "companion_object":
            for child in node.named_children():
                if child.kind() == "class_body":
                    for inner in child.named_children():
                        self.member(inner, entry, name, made)
        elif kind == "function_declaration":
            entry["methods"].append(self.method(node))
        elif kind == "property_declaration":
            self.field(node, entry["consts"], entry["fields"], entry["methods"])
        elif kind == "enum_entry":
            parts = node.named_children()
            args = [c for c in parts if c.kind() == "value_arguments"]
            entry["consts"][parts[0].text()] = ["a", [a for _, a in self.values(args[0])]] if args else None
        elif kind == "anonymous_initializer":
            entry["methods"].append({
                "name": "init", "line": line(node), "end": end_line(node), "annots": [], "params": [], "ret": "", "recv": "",
                "body": [s for c in node.named_children() for s in self.block(c)] if BODIES.search(node.text()) else None,
            })  # fmt: skip

    def field(self, node: "SgNode", consts: "dict[str, Any]", fields: "dict[str, Any]", methods: "list[Any]") -> None:
        variable = next((c for c in node.named_children() if c.kind() == "variable_declaration"), None)
        if variable is None:
            return
        name = variable.named_children()[0].text()
        typed = [c.text() for c in variable.named_children() if c.kind() in TYPES]
        fields[name] = typed[0] if typed else ""
        getter = next((c for c in node.named_children() if c.kind() == "getter"), None)
        if getter is not None:
            body = next((c for c in getter.named_children() if c.kind() == "function_body"), None)
            result = [s[1] for s in self.function_body(body) if s[0] == "ret"] if body is not None else []
            if result:
                consts[name] = result[0]
            return
        value = _value(node, variable)
        if value is not None:
            tree = self.expression(value)
            if tree is not None:
                consts[name] = tree

    def method(self, node: "SgNode") -> "dict[str, Any]":
        children = node.named_children()
        named = next((c for c in children if c.kind() == "simple_identifier"), None)
        at = next((i for i, c in enumerate(children) if c.kind() == "function_value_parameters"), len(children))
        body = next((c for c in children if c.kind() == "function_body"), None)
        recv = next((c.text() for c in children[:at] if c.kind() in ("receiver_type", *TYPES)), "")
        text = node.text()
        entry = {
            "name": named.text() if named is not None else "", "line": line(named or node), "end": end_line(node),
            "annots": [a for c in children[:1] if c.kind() == "modifiers" for a in self.annotations(c)],
            "params": self.parameters(children[at]) if at < len(children) else [],
            "ret": next((c.text() for c in children[at + 1 :] if c.kind() in TYPES), ""), "recv": recv, "body": None,
        }  # fmt: skip
        if body is not None and (BODIES.search(text) or (len(text) < 400 and '"' in text)):
            entry["body"] = self.function_body(body)
        return entry

    def function_body(self, node: "SgNode") -> "list[Node]":
        parts = [c for c in node.named_children() if c.kind() not in COMMENTS]
        if not parts:
            return []
        if parts[0].kind() == "statements":
            return self.block(parts[0])
        if node.text().startswith("{"):
            return self.block(node)
        return [["ret", self.expression(parts[-1])]]

    def parameters(self, node: "SgNode") -> "list[Any]":
        made: list[Any] = []
        annots: list[Any] = []
        for child in node.named_children():
            kind = child.kind()
            if kind == "parameter_modifiers":
                annots = self.annotations(child)
            elif kind == "parameter":
                names = [c for c in child.named_children() if c.kind() == "simple_identifier"]
                typed = [c for c in child.named_children() if c.kind() in TYPES]
                if names:
                    made.append([names[0].text(), typed[0].text() if typed else "", [[a[0], a[1]] for a in annots]])
                annots = []
            elif made and kind not in COMMENTS and len(made[-1]) == 3:
                made[-1].append(self.expression(child))
        return made

    def annotations(self, modifiers: "SgNode") -> "list[Any]":
        made = []
        for child in modifiers.named_children():
            if child.kind() != "annotation":
                continue
            for part in child.named_children():
                if part.kind() == "user_type":
                    made.append([short(part.text()), [], line(child)])
                elif part.kind() == "constructor_invocation":
                    args = [c for c in part.named_children() if c.kind() == "value_arguments"]
                    made.append([short(part.named_children()[0].text()), self.values(args[0]) if args else [], line(child)])
        return made

    # ---- bodies

    def block(self, node: "SgNode") -> "list[Node]":
        made: list[Node] = []
        for child in node.named_children():
            self.statement(child, made)
        return made

    def statement(self, node: "SgNode", made: "list[Node]") -> None:
        kind = node.kind()
        if kind in COMMENTS:
            return
        if kind == "statements":
            for child in node.named_children():
                self.statement(child, made)
        elif kind == "property_declaration":
            variable = next((c for c in node.named_children() if c.kind() == "variable_declaration"), None)
            value = _value(node, variable) if variable is not None else None
            if variable is not None and value is not None:
                made.append(["let", variable.named_children()[0].text(), self.expression(value)])
        elif kind == "function_declaration":
            made.append(["fn", self.method(node)])
        elif kind == "jump_expression":
            if node.text().startswith("return") and node.named_children():
                made.append(["ret", self.expression(node.named_children()[-1])])
        elif kind == "for_statement":
            parts = [c for c in node.named_children() if c.kind() not in (*COMMENTS, "annotation")]
            if len(parts) >= 2:
                body = parts[-1] if parts[-1].kind() == "control_structure_body" else None
                made.append(["for", parts[0].text(), self.expression(parts[1]), self.block(body) if body is not None else []])
        elif kind in ("if_expression", "when_expression", "try_expression", "while_statement", "do_while_statement"):
            bodies = [self.block(c) for c in _bodies(node)]
            made.append(["if", bodies])
        elif kind == "assignment":
            parts = node.named_children()
            if len(parts) == 2:
                made.append(["let", parts[0].text(), self.expression(parts[1])])
        else:
            made.append(["e", self.expression(node)])

    def expression(self, node: "SgNode") -> "Node":
        self.depth += 1
        try:
            return None if self.depth > 120 else self.tree(node, str(node.kind()))
        finally:
            self.depth -= 1

    def tree(self, node: "SgNode", kind: str) -> "Node":  # noqa: C901
        if kind == "string_literal":
            return self.text(node)
        if kind in ("simple_identifier", "this_expression", "super_expression"):
            return ["i", node.text()]
        if kind in ("integer_literal", "boolean_literal"):
            return ["s", node.text()]
        if kind == "navigation_expression":
            parts = node.named_children()
            name = parts[-1].text().lstrip("?.:") if len(parts) > 1 else ""
            if parts[-1].text().startswith("::"):
                return ["k" if name == "class" else "ref", parts[0].text() if name == "class" else self.expression(parts[0]), name]
            return ["m", self.expression(parts[0]), name]
        if kind == "call_expression":
            return self.call(node)
        if kind == "additive_expression":
            parts = node.named_children()
            return ["+", self.expression(parts[0]), self.expression(parts[-1])] if len(parts) == 2 else None
        if kind == "infix_expression":
            parts = node.named_children()
            if len(parts) == 3:
                callee = ["m", self.expression(parts[0]), parts[1].text()]
                return ["c", callee, [["", self.expression(parts[2])]], line(node), []]
            return None
        if kind == "collection_literal":
            return ["a", [self.expression(c) for c in node.named_children() if c.kind() not in COMMENTS]]
        if kind in ("lambda_literal", "annotated_lambda", "anonymous_function"):
            return self.function(node)
        if kind == "callable_reference":
            text = node.text()
            left, _, right = text.partition("::")
            if right == "class":
                return ["k", left]
            return ["ref", ["i", left.rpartition(".")[2]] if left else None, right]
        if kind in ("if_expression", "when_expression", "try_expression", "elvis_expression"):
            branches = _bodies(node) if kind != "elvis_expression" else node.named_children()
            return ["?", [self.branch(c) for c in branches]]
        if kind in ("parenthesized_expression", "as_expression", "spread_expression", "postfix_expression", "prefix_expression"):
            parts = [c for c in node.named_children() if c.kind() not in COMMENTS]
            return self.expression(parts[0]) if parts else None
        if kind == "object_literal":
            return None
        return None

    def branch(self, node: "SgNode") -> "Node":
        if node.kind() != "control_structure_body":
            return self.expression(node)
        statements = self.block(node)
        last = statements[-1] if statements else None
        return last[1] if last and last[0] in ("e", "ret") else None

    def text(self, node: "SgNode") -> "Node":
        parts: list[Node] = []
        for child in node.named_children():
            kind = child.kind()
            if kind == "string_content":
                parts.append(["s", child.text()])
            elif kind == "character_escape_seq":
                parts.append(["s", unescape(child.text())])
            elif kind in ("interpolated_expression", "interpolated_identifier"):
                inner = child.named_children()
                parts.append(self.expression(inner[0]) if inner else ["i", child.text().lstrip("$")])
            elif kind == "simple_identifier":
                parts.append(["i", child.text()])
        if all(p and p[0] == "s" for p in parts):
            return ["s", "".join(p[1] for p in parts)]
        return ["t", parts]

    def call(self, node: "SgNode") -> "Node":
        parts = [c for c in node.named_children() if c.kind() not in COMMENTS]
        callee = self.expression(parts[0])
        args: list[Any] = []
        types: list[str] = []
        for suffix in parts[1:]:
            for child in suffix.named_children():
                if child.kind() == "value_arguments":
                    args.extend(self.values(child))
                elif child.kind() == "type_arguments":
                    types.extend(c.text() for c in child.named_children())
                elif child.kind() in ("annotated_lambda", "lambda_literal"):
                    args.append(["{}", self.expression(child)])
        inner = parts[0]
        while inner.kind() == "navigation_expression" and len(inner.named_children()) > 1:
            inner = inner.named_children()[-1]
        return ["c", callee, args, line(inner), types]

    def values(self, node: "SgNode") -> "list[Any]":
        made: list[Any] = []
        for child in node.named_children():
            if child.kind() != "value_argument":
                continue
            parts = [c for c in child.named_children() if c.kind() not in COMMENTS]
            if not parts:
                continue
            named = len(parts) > 1 and parts[0].kind() == "simple_identifier" and "=" in child.text()
            made.append([parts[0].text() if named else "", self.expression(parts[-1])])
        return made

    def function(self, node: "SgNode") -> "Node":
        while node.kind() == "annotated_lambda":
            node = node.named_children()[-1]
        names: list[str] = []
        statements: list[Node] = []
        for child in node.named_children():
            if child.kind() in ("lambda_parameters", "function_value_parameters"):
                names = [c.text().partition(":")[0].strip() for c in child.named_children()]
            elif child.kind() == "statements":
                statements = self.block(child)
            elif child.kind() == "function_body":
                statements = self.function_body(child)
        return ["f", names, statements, line(node), end_line(node)]


def _bodies(node: "SgNode") -> "list[SgNode]":
    found: list[SgNode] = []
    for child in node.named_children():
        kind = child.kind()
        if kind in ("control_structure_body", "statements"):
            found.append(child)
        elif kind in ("when_entry", "catch_block", "finally_block"):
            found.extend(_bodies(child))
    return found


def _value(node: "SgNode", variable: "SgNode") -> "SgNode | None":
    """What a property is set to: `= value`, or what a `by lazy { value }` computes."""
    last = node.named_children()[-1]
    if last.kind() == "property_delegate":
        return None
    seen = False
    for child in node.children():
        if seen and child.is_named() and child.kind() not in COMMENTS:
            return child
        seen = seen or child.text() == "="
    return None
