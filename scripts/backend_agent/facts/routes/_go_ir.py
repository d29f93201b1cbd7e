"""Go to the small trees that `_flow` runs: functions that may register a route, types, constants and variables of the package."""

import re

from backend_agent.facts.routes._javascript_ir import unescape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ast_grep_py import SgNode

    from backend_agent.facts.source import SourceFile

    Node = Any

VERBS = (
    "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|CONNECT|TRACE|Get|Post|Put|Patch|Delete|Head|Options|Connect|Trace|Any|All|Add|Match|"
    "Group|Route|Routes|Mount|Handle|HandleFunc|HandlerFunc|Handler|Methods|Method|MethodFunc|PathPrefix|Path|Subrouter|Use|With|Combo|"
    "Register\\w*|Party|HandlePrefix|Setup\\w*|Init\\w*Rout\\w*|Add\\w*Rout\\w*|\\w*[rR]outes?\\w*|\\w*[rR]outer\\w*|\\w*Endpoints?"
)
REGISTERS = re.compile(
    rf"\.(?:{VERBS})\(|\b\w*(?:Route|Router|Routes|Mux|Endpoint)s?\w*\(|gin\.(?:New|Default)\(|echo\.New\(|fiber\.New\("
    r"|ServeMux|func\(\w* ?\*?(?:gin|echo|chi|fiber|mux|iris)\.|\bNewNamespace\(|\.InsertFilter\("
)
"""A function whose text holds none of these registers nothing."""

HANDLES = re.compile(
    r"\*gin\.Context|\becho\.Context|\*fiber\.Ctx|\bfiber\.Ctx|http\.ResponseWriter|\*app\.RequestContext|iris\.Context|\*beego|\*macaron\.Context"
)
ROUTER_TYPES = re.compile(
    r"\b(?:gin\.(?:Engine|RouterGroup|IRouter|IRoutes)|echo\.(?:Echo|Group|Router)|chi\.(?:Router|Mux)|fiber\.(?:App|Router|Group)|mux\.Router"
    r"|http\.ServeMux|httprouter\.Router|server\.Hertz|route\.(?:RouterGroup|IRouter|IRoutes)|iris\.(?:Application|Party))\b"
)
REJECTS = re.compile(
    r"StatusUnauthorized|StatusForbidden|\b40[13]\b|Abort|[Uu]nauthori[sz]ed|[Ff]orbidden|Redirect|http\.Error|NewHTTPError|\.Status\(|[Rr]enderError|WriteError"
)
LOOKS = re.compile(r"URL\.Path|\.FullPath\(\)|c\.Path\(\)|RequestURI")
ASKS_PATH = re.compile(LOOKS.pattern + r"|[Ss]kipper|[Ww]hitelist|[Ee]xclude")
LOG_LINE = re.compile(r"^[ \t]*(?:\w+\.)*(?:slog|zap|log|logger|logrus|Logger|Log)\.\w+\(.*$", re.MULTILINE)
"""What is logged decides nothing."""
ASKS_METHOD = re.compile(r"\br(?:eq|equest)?\.Method\b")
METHOD_NAMES = re.compile(r"http\.Method(\w+)|\"(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\"")

IGNORED = re.compile(r"^//go:build (?:wireinject|ignore)\b", re.MULTILINE)
"""Files that are not built with the others: they would define the same names twice."""

SMALL = 240
"""Characters up to which a function is kept although it registers nothing."""


class Reader:
    """The facts of one file."""

    def __init__(self, source: "SourceFile") -> None:
        self.text = source.text
        self.depth = 0
        self.kinds: dict[str, Callable[[SgNode], Node]] = {
            "identifier": lambda n: ["i", n.text()],
            "package_identifier": lambda n: ["i", n.text()],
            "type_identifier": lambda n: ["i", n.text()],
            "field_identifier": lambda n: ["i", n.text()],
            "qualified_type": self.qualified,
            "selector_expression": self.selector,
            "call_expression": self.call,
            "type_conversion_expression": self.conversion,
            "composite_literal": self.literal,
            "literal_value": lambda n: self.values(n, ""),
            "func_literal": lambda n: ["f", self.function(n)],
            "interpreted_string_literal": lambda n: ["s", unescape(n.text()[1:-1])],
            "raw_string_literal": lambda n: ["s", n.text()[1:-1]],
            "int_literal": self.number,
            "true": lambda n: ["#", True],
            "false": lambda n: ["#", False],
            "nil": lambda n: ["#", None],
            "binary_expression": self.binary,
            "unary_expression": self.unary,
            "parenthesized_expression": self.first,
            "slice_expression": lambda n: self.expression(n.field("operand")),
            "type_assertion_expression": lambda n: self.expression(n.field("operand")),
            "index_expression": self.index,
            "variadic_argument": lambda n: ["...", self.first(n)],
            "literal_element": self.first,
        }
        self.statements: dict[str, Callable[[SgNode, list[Node]], None]] = {
            "expression_statement": self.expressions,
            "go_statement": self.expressions,
            "short_var_declaration": self.assigned,
            "assignment_statement": self.assigned,
            "var_declaration": self.declared,
            "const_declaration": self.declared,
            "return_statement": self.returned,
            "if_statement": self.condition,
            "for_statement": self.loop,
            "block": lambda n, made: made.append(["B", self.block(n)]),
            "expression_switch_statement": self.switch,
            "type_switch_statement": self.switch,
            "select_statement": self.switch,
            "labeled_statement": lambda n, made: self.one(n.named_children()[-1], made),
            "defer_statement": lambda n, made: None,
        }

    def facts(self, root: "SgNode") -> "dict[str, Any]":
        found: dict[str, Any] = {"package": "", "imports": [], "fns": [], "types": {}, "lets": []}
        if IGNORED.search(self.text[:3000]):
            return {**found, "ignored": 1}
        for node in root.named_children():
            kind = node.kind()
            if kind == "package_clause":
                found["package"] = node.named_children()[0].text() if node.named_children() else ""
            elif kind == "import_declaration":
                self.imports(node, found["imports"])
            elif kind in ("function_declaration", "method_declaration"):
                found["fns"].append(self.declared_function(node, kind))
            elif kind == "type_declaration":
                self.types(node, found["types"])
            elif kind in ("const_declaration", "var_declaration"):
                self.declared(node, found["lets"])
        return found

    def imports(self, node: "SgNode", made: "list[Any]") -> None:
        for one in _below(node, "import_spec"):
            path, name = one.field("path"), one.field("name")
            if path is not None:
                made.append([name.text() if name is not None else "", path.text()[1:-1]])

    def types(self, node: "SgNode", made: "dict[str, Any]") -> None:
        for spec in node.named_children():
            name, inner = spec.field("name"), spec.field("type")
            if name is None or inner is None:
                continue
            kind = inner.kind()
            fields: list[Any] = []
            if kind == "struct_type":
                for declaration in _below(inner, "field_declaration", 2):
                    typed = declaration.field("type")
                    text = typed.text() if typed is not None else ""
                    names = [c.text() for c in declaration.field_children("name")]
                    fields.extend([[n, text[:120]] for n in names] or [["", text[:120]]])
            elif kind == "interface_type":
                fields = [[n.text(), "()"] for c in inner.named_children() if c.kind() == "method_elem" for n in c.field_children("name")]
            made[name.text()] = [
                kind.removesuffix("_type"),
                fields,
                inner.text()[:80] if kind not in ("struct_type", "interface_type") else "",
            ]

    # ---- functions

    def declared_function(self, node: "SgNode", kind: str) -> "dict[str, Any]":
        ir = self.function(node)
        if kind == "method_declaration":
            receiver = node.field("receiver")
            inner = receiver.named_children() if receiver is not None else []
            if inner:
                name, typed = inner[0].field("name"), inner[0].field("type")
                text = typed.text() if typed is not None else ""
                ir["recv"] = [name.text() if name is not None else "_", re.sub(r"[*\s()]|\[.*", "", text)]
        return ir

    def function(self, node: "SgNode") -> "dict[str, Any]":
        span = node.range()
        text = self.text[span.start.index : span.end.index]
        name = node.field("name")
        ir: dict[str, Any] = {
            "name": name.text() if name is not None else "",
            "line": span.start.line + 1,
            "end": span.end.line + 1,
            "body": None,
        }
        self.signature(node, ir)
        found = "r" if REJECTS.search(text) else ""
        ir["signs"] = found + ("p" if ASKS_PATH.search(LOG_LINE.sub("", text)) else "")
        head = text[: text.find("{")] if "{" in text else text
        if HANDLES.search(head) and not ROUTER_TYPES.search(text):
            self.verbs(text, ir)
            return ir
        registers = bool(REGISTERS.search(text)) or bool(ROUTER_TYPES.search(head))
        if registers:
            ir["registers"] = 1
        elif len(text) > SMALL and ir["name"] != "main":
            return ir
        body = node.field("body")
        self.depth += 1
        ir["body"] = self.block(body) if body is not None and self.depth < 40 else None
        self.depth -= 1
        return ir

    def verbs(self, text: str, ir: "dict[str, Any]") -> None:
        """The methods that a handler tells apart by itself."""
        if not ASKS_METHOD.search(text):
            return
        found: list[str] = []
        for line in text.split("\n"):
            if "Method" in line and (ASKS_METHOD.search(line) or line.lstrip().startswith("case")) or re.match(r'\s*case\s+"[A-Z]', line):
                found += [(a or b).upper() for a, b in METHOD_NAMES.findall(line)]
        if found:
            ir["verbs"] = sorted(set(found))

    def signature(self, node: "SgNode", ir: "dict[str, Any]") -> None:
        names: list[Any] = []
        types: list[str] = []
        parameters = node.field("parameters")
        for one in parameters.named_children() if parameters is not None else []:
            typed = one.field("type")
            text = typed.text()[:120] if typed is not None else ""
            own = [c.text() for c in one.field_children("name")] or ["_"]
            for name in own:
                names.append(["rest", name] if one.kind() == "variadic_parameter_declaration" else name)
                types.append(text)
        ir["params"] = names
        if types:
            ir["types"] = types
        result = node.field("result")
        if result is not None:
            if result.kind() == "parameter_list":
                inner = [c.field("type") for c in result.named_children()]
                ir["result"] = [c.text()[:120] for c in inner if c is not None]
                named = [n.text() for c in result.named_children() for n in c.field_children("name")]
                if named:
                    ir["named"] = named
            else:
                ir["result"] = [result.text()[:120]]

    # ---- statements

    def block(self, node: "SgNode | None") -> "list[Node]":
        made: list[Node] = []
        for child in node.named_children() if node is not None else []:
            if child.kind() == "statement_list":
                for one in child.named_children():
                    self.one(one, made)
            else:
                self.one(child, made)
        return made

    def one(self, node: "SgNode", made: "list[Node]") -> None:
        reader = self.statements.get(node.kind())
        if reader is not None:
            reader(node, made)

    def expressions(self, node: "SgNode", made: "list[Node]") -> None:
        for child in node.named_children():
            got = self.expression(child)
            if got is not None:
                made.append(["e", got])

    def assigned(self, node: "SgNode", made: "list[Node]") -> None:
        left, right = node.field("left"), node.field("right")
        if left is None or right is None:
            return
        targets = [self.expression(c) for c in left.named_children()]
        values = [self.expression(c) for c in right.named_children()]
        operator = node.field("operator")
        if operator is not None and operator.text() == "+=" and len(targets) == 1:
            values = [["b", "+", targets[0], values[0]]]
        fresh = node.kind() == "short_var_declaration"
        if len(values) == 1 and len(targets) > 1:
            names = [t[1] if t and t[0] == "i" else "_" for t in targets]
            made.append(["let" if fresh else "e", ["a", names], values[0]] if fresh else ["e", ["=", ["pattern", ["a", names]], values[0]]])
            return
        for target, value in zip(targets, values, strict=False):
            if target is None:
                continue
            if fresh and target[0] == "i":
                made.append(["let", target[1], value])
            else:
                made.append(["e", ["=", target, value]])

    def declared(self, node: "SgNode", made: "list[Node]") -> None:
        for spec in _below(node, "var_spec", 2) + _below(node, "const_spec", 2):
            names = [c.text() for c in spec.field_children("name")]
            value, typed = spec.field("value"), spec.field("type")
            values = [self.expression(c) for c in value.named_children()] if value is not None else []
            if len(values) == 1 and len(names) > 1:
                made.append(["let", ["a", names], values[0]])
                continue
            for at, name in enumerate(names):
                given = values[at] if at < len(values) else ["zero", typed.text()[:120] if typed is not None else ""]
                made.append(["let", name, given])

    def returned(self, node: "SgNode", made: "list[Node]") -> None:
        inner = [self.expression(c) for e in node.named_children() for c in (e.named_children() if e.kind() == "expression_list" else [e])]
        made.append(["ret", inner[0] if len(inner) == 1 else ["a", inner] if inner else ["results"]])

    def condition(self, node: "SgNode", made: "list[Node]") -> None:
        first = node.field("initializer")
        if first is not None:
            self.one(first, made)
        test = node.field("condition")
        text = test.text() if test is not None else ""
        value = ["#", True] if re.match(r"^\w*[eE]rr\w*\s*[!=]=\s*nil$", text) else self.expression(test)
        otherwise = node.field("alternative")
        other: list[Node] = []
        if otherwise is not None:
            if otherwise.kind() == "if_statement":
                self.one(otherwise, other)
            else:
                other = self.block(otherwise)
        made.append(["if", value if value != ["#", True] else ["err"], self.block(node.field("consequence")), other])

    def loop(self, node: "SgNode", made: "list[Node]") -> None:
        body = self.block(node.field("body"))
        clause = next((c for c in node.named_children() if c.kind() == "range_clause"), None)
        if clause is None:
            made.append(["for", "_", ["a", [None]], body])
            return
        left, right = clause.field("left"), clause.field("right")
        names = [c.text() for c in left.named_children()] if left is not None else []
        made.append(["for", ["a", [*names, "_", "_"][:2]], ["range", self.expression(right)], body])

    def switch(self, node: "SgNode", made: "list[Node]") -> None:
        for case in node.named_children():
            if case.kind() in ("expression_case", "default_case", "type_case", "communication_case"):
                made.append(["if", None, self.block(case), []])

    # ---- expressions

    def expression(self, node: "SgNode | None") -> "Node":
        if node is None:
            return None
        reader = self.kinds.get(node.kind())
        if reader is None:
            return None
        self.depth += 1
        try:
            return reader(node) if self.depth < 120 else None
        finally:
            self.depth -= 1

    def first(self, node: "SgNode") -> "Node":
        inner = node.named_children()
        return self.expression(inner[0]) if inner else None

    def number(self, node: "SgNode") -> "Node":
        try:
            return ["#", int(node.text(), 0)]
        except ValueError:
            return None

    def qualified(self, node: "SgNode") -> "Node":
        inner = node.named_children()
        return ["m", ["i", inner[0].text()], inner[-1].text()]

    def selector(self, node: "SgNode") -> "Node":
        field = node.field("field")
        return ["m", self.expression(node.field("operand")), field.text() if field is not None else ""]

    def call(self, node: "SgNode") -> "Node":
        arguments, function = node.field("arguments"), node.field("function")
        if arguments is None:
            return None
        inner = [c for c in arguments.named_children() if c.kind() != "comment"]
        at = arguments.range().start.line + 1
        if function is not None and function.text() in ("new", "make") and inner:
            return ["l", inner[0].text()[:120], [], at]
        return ["c", self.expression(function), [self.expression(c) for c in inner], at]

    def conversion(self, node: "SgNode") -> "Node":
        inner = node.named_children()
        generic = inner[0].named_children() if inner and inner[0].kind() == "generic_type" else []
        if generic:
            return ["c", self.expression(generic[0]), [self.expression(c) for c in inner[1:]], node.range().start.line + 1]
        return self.expression(inner[-1]) if inner else None

    def literal(self, node: "SgNode") -> "Node":
        typed, body = node.field("type"), node.field("body")
        return self.values(body, typed.text()[:800] if typed is not None else "") if body is not None else None

    def values(self, node: "SgNode", typed: str) -> "Node":
        pairs: list[Node] = []
        for child in node.named_children():
            if child.kind() == "keyed_element":
                key, value = child.named_children()[0], child.named_children()[-1]
                inner = key.named_children()[0] if key.named_children() else key
                name = ["id", inner.text()] if inner.kind() in ("identifier", "field_identifier") else self.expression(key)
                pairs.append([name, self.expression(value)])
            elif child.kind() != "comment":
                pairs.append([None, self.expression(child)])
        return ["l", typed, pairs, node.range().start.line + 1]

    def binary(self, node: "SgNode") -> "Node":
        operator = node.field("operator")
        return ["b", operator.text() if operator else "", self.expression(node.field("left")), self.expression(node.field("right"))]

    def unary(self, node: "SgNode") -> "Node":
        operator = node.field("operator")
        if operator is not None and operator.text() in "&*<-":
            return self.expression(node.field("operand"))
        if operator is not None and operator.text() == "!":
            return ["b", "!", self.expression(node.field("operand")), None]
        return None

    def index(self, node: "SgNode") -> "Node":
        return ["x", self.expression(node.field("operand")), self.expression(node.field("index"))]


def _below(node: "SgNode", kind: str, depth: int = 3) -> "list[SgNode]":
    found: list[SgNode] = []
    for child in node.named_children():
        if child.kind() == kind:
            found.append(child)
        elif depth > 1:
            found.extend(_below(child, kind, depth - 1))
    return found
