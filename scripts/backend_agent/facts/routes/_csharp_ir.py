"""C# to small JSON trees: classes with attributes, constants and methods, and the bodies of methods that map routes.

A file: `classes` and `top`, its top-level statements. A class: `name`, `line`, `mods`, `attrs` [[name, [[key, tree]], line]], `bases`,
`consts`, `methods`, and for an attribute `maker`: what its constructor is given, hands on and sets. A method: `name`, `line`, `end`,
`mods`, `attrs`, `params` [[name, type, attrs]], `body`. Trees: `s` text, `t` parts joined, `i` name, `m` member, `c` call [callee,
[[key, tree]], line], `f` function [params, statements, line, end, attrs], `a` list, `+`. Statements: `let`, `e`, `ret`, `for`, `if`, `fn`.
"""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ast_grep_py import SgNode

    from backend_agent.facts.source import SourceFile

    Node = Any

MAPS = re.compile(r"\bMap[A-Z]\w*|\.Map\(|IEndpointRouteBuilder|RouteGroupBuilder|FallbackPolicy|AuthorizeFilter")
CLASSES = ("class_declaration", "record_declaration", "struct_declaration", "interface_declaration")


def line(node: "SgNode") -> int:
    return int(node.range().start.line) + 1


class Reader:
    """The facts of one C# file."""

    def __init__(self, source: "SourceFile") -> None:
        self.root = source.root
        self.depth = 0

    def facts(self) -> "dict[str, Any]":
        found: dict[str, Any] = {"classes": [], "top": []}
        self.inside(self.root, found)
        return found

    def inside(self, node: "SgNode", found: "dict[str, Any]") -> None:
        for child in node.named_children():
            kind = child.kind()
            if kind in CLASSES:
                self.clazz(child, found["classes"])
            elif kind in ("namespace_declaration", "declaration_list", "file_scoped_namespace_declaration"):
                self.inside(child, found)
            elif kind == "global_statement":
                for inner in child.named_children():
                    self.statement(inner, found["top"])

    def clazz(self, node: "SgNode", made: "list[Any]") -> None:
        named, body = node.field("name"), node.field("body")
        if named is None:
            return
        children = node.named_children()
        entry: dict[str, Any] = {
            "name": named.text(),
            "line": line(named),
            "mods": [c.text() for c in children if c.kind() == "modifier"],
            "attrs": self.attributes(children),
            "bases": [
                b.text().partition("<")[0].rpartition(".")[2] for c in children if c.kind() == "base_list" for b in c.named_children()
            ],
            "consts": {},
            "methods": [],
        }
        made.append(entry)
        if entry["name"].endswith("Attribute") and entry["bases"]:
            entry["maker"] = self.maker(node)
        for child in body.named_children() if body is not None else ():
            kind = child.kind()
            if kind in CLASSES:
                self.clazz(child, made)
            elif kind == "method_declaration":
                entry["methods"].append(self.method(child))
            elif kind == "field_declaration":
                for inner in child.named_children():
                    if inner.kind() == "variable_declaration":
                        self.variables(inner, entry["consts"])

    def maker(self, node: "SgNode") -> "dict[str, Any]":
        """How an attribute is made: `params` [[name, default]], `base` [[key, tree]], `sets` {property: tree}."""
        made: dict[str, Any] = {"params": [], "base": [], "sets": {}}
        body = node.field("body")
        self.signature(node.named_children(), made)
        for child in body.named_children() if body is not None else ():
            parts = child.named_children()
            if child.kind() == "constructor_declaration":
                self.signature(parts, made)
                inner = child.field("body")
                for tree in self.block(inner) if inner is not None else ():
                    if tree[0] == "e" and tree[1] and tree[1][0] == "=":
                        made["sets"][tree[1][1].removeprefix("this.")] = tree[1][2]
            elif child.kind() == "property_declaration" and parts[-1].kind() not in ("accessor_list", "identifier"):
                named = child.field("name")
                last = parts[-1].named_children()[-1:] if parts[-1].kind() == "arrow_expression_clause" else parts[-1:]
                if named is not None and last:
                    made["sets"].setdefault(named.text(), self.expression(last[0]))
        return made

    def signature(self, parts: "list[SgNode]", made: "dict[str, Any]") -> None:
        """Parameters, and the arguments that are handed to the class above; the first constructor counts."""
        for part in parts:
            if part.kind() == "parameter_list" and not made["params"]:
                for one in part.named_children():
                    named, inner = one.field("name"), one.named_children()
                    default = self.expression(inner[-1]) if any(c.kind() == "=" for c in one.children()) else None
                    made["params"].append([named.text() if named is not None else "", default])
            elif part.kind() in ("constructor_initializer", "base_list") and not made["base"]:
                for inner_ in part.named_children():
                    if inner_.kind() == "argument_list":
                        made["base"] = [self.argument(a) for a in inner_.named_children()]

    def variables(self, node: "SgNode", made: "dict[str, Node]") -> None:
        for one in node.named_children():
            parts = one.named_children()
            if one.kind() == "variable_declarator" and len(parts) > 1:
                made[parts[0].text()] = self.expression(parts[-1])

    def method(self, node: "SgNode") -> "dict[str, Any]":
        named, params, body = node.field("name"), node.field("parameters"), node.field("body")
        children = node.named_children()
        entry: dict[str, Any] = {
            "name": named.text() if named is not None else "",
            "line": line(named or node),
            "end": int(node.range().end.line) + 1,
            "mods": [c.text() for c in children if c.kind() == "modifier"],
            "attrs": self.attributes(children),
            "params": self.parameters(params) if params is not None else [],
            "body": None,
        }
        if body is not None and MAPS.search(node.text()):
            entry["body"] = self.block(body)
        return entry

    def parameters(self, node: "SgNode") -> "list[Any]":
        made = []
        for child in node.named_children():
            named, typed = child.field("name"), child.field("type")
            if child.kind() == "parameter" and named is not None:
                made.append(
                    [named.text(), typed.text() if typed is not None else "", [a[0] for a in self.attributes(child.named_children())]]
                )
        return made

    def attributes(self, children: "list[SgNode]") -> "list[Any]":
        made = []
        for group in children:
            for one in group.named_children() if group.kind() == "attribute_list" else ():
                if one.kind() != "attribute":
                    continue
                parts = one.named_children()
                name = parts[0].text().partition("<")[0].rpartition(".")[2].removesuffix("Attribute")
                args = parts[-1].named_children() if len(parts) > 1 else []
                made.append([name, [self.argument(a) for a in args], line(one)])
        return made

    def argument(self, node: "SgNode") -> "list[Any]":
        parts = node.named_children()
        named = re.match(r"(\w+)\s*(?:=(?![=>])|:(?!:))", node.text())
        return [named.group(1) if named and len(parts) > 1 else "", self.expression(parts[-1]) if parts else None]

    # ---- bodies

    def block(self, node: "SgNode") -> "list[Node]":
        made: list[Node] = []
        if node.kind() == "arrow_expression_clause":
            return [["ret", self.expression(node.named_children()[-1])]]
        for child in node.named_children():
            self.statement(child, made)
        return made

    def statement(self, node: "SgNode", made: "list[Node]") -> None:
        kind = node.kind()
        if kind == "expression_statement":
            made.append(["e", self.expression(node.named_children()[0])])
        elif kind == "local_declaration_statement":
            found: dict[str, Node] = {}
            for child in node.named_children():
                if child.kind() == "variable_declaration":
                    self.variables(child, found)
            made.extend(["let", name, tree] for name, tree in found.items())
        elif kind == "return_statement" and node.named_children():
            made.append(["ret", self.expression(node.named_children()[0])])
        elif kind == "foreach_statement":
            left, right, body = node.field("left"), node.field("right"), node.field("body")
            if left is not None and right is not None and body is not None:
                inner: list[Node] = []
                self.statement(body, inner)
                made.append(["for", left.text(), self.expression(right), inner])
        elif kind == "local_function_statement":
            made.append(["fn", self.method(node)])
        elif kind in (
            "block",
            "if_statement",
            "try_statement",
            "using_statement",
            "else_clause",
            "switch_statement",
            "switch_body",
            "switch_section",
        ):
            for child in node.named_children():
                self.statement(child, made)

    def expression(self, node: "SgNode") -> "Node":
        self.depth += 1
        try:
            return None if self.depth > 120 else self.tree(node, str(node.kind()))
        finally:
            self.depth -= 1

    def tree(self, node: "SgNode", kind: str) -> "Node":
        if kind in ("string_literal", "verbatim_string_literal", "raw_string_literal"):
            return ["s", node.text().lstrip("@").strip('"')]
        if kind == "interpolated_string_expression":
            return ["t", [part for c in node.named_children() for part in self.part(c)]]
        if kind == "integer_literal":
            return ["s", node.text()]
        if kind in ("identifier", "this_expression", "generic_name", "boolean_literal", "predefined_type"):
            return ["i", node.text().partition("<")[0]]
        if kind == "member_access_expression":
            value, named = node.field("expression"), node.field("name")
            return ["m", self.expression(value), named.text().partition("<")[0]] if value is not None and named is not None else None
        if kind == "invocation_expression":
            return self.call(node)
        if kind == "binary_expression":
            parts = node.named_children()
            return ["+", self.expression(parts[0]), self.expression(parts[-1])] if "+" in [c.text() for c in node.children()] else None
        if kind in ("implicit_array_creation_expression", "array_creation_expression", "collection_expression", "initializer_expression"):
            parts = node.named_children()
            if kind not in ("collection_expression", "initializer_expression") and parts:
                return self.expression(parts[-1])
            return ["a", [self.expression(p) for p in parts]]
        if kind == "lambda_expression":
            return self.function(node)
        if kind == "assignment_expression":
            left, right = node.field("left"), node.field("right")
            return ["=", left.text(), self.expression(right)] if left is not None and right is not None else None
        if kind in (
            "parenthesized_expression",
            "await_expression",
            "cast_expression",
            "argument",
            "collection_element",
            "expression_element",
        ):
            parts = node.named_children()
            return self.expression(parts[-1]) if parts else None
        return None

    def part(self, node: "SgNode") -> "list[Node]":
        if node.kind() == "string_content":
            return [["s", node.text()]]
        if node.kind() != "interpolation":
            return []
        inner = [c for c in node.named_children() if c.kind() != "interpolation_brace"]
        return [self.expression(inner[0]) if inner else None]

    def call(self, node: "SgNode") -> "Node":
        called, args = node.field("function"), node.field("arguments")
        if called is None:
            return None
        last = called.field("name") if called.kind() == "member_access_expression" else called
        return [
            "c",
            self.expression(called),
            [self.argument(a) for a in args.named_children()] if args is not None else [],
            line(last or called),
        ]

    def function(self, node: "SgNode") -> "Node":
        params, body = node.field("parameters"), node.field("body")
        names = re.findall(r"(\w+)\s*(?=[,)=]|$)", params.text()) if params is not None else []
        if body is None:
            return None
        maps = MAPS.search(body.text())
        statements = (self.block(body) if body.kind() == "block" else [["ret", self.expression(body)]]) if maps else []
        return ["f", names, statements, line(node), int(node.range().end.line) + 1, [a[0] for a in self.attributes(node.named_children())]]
