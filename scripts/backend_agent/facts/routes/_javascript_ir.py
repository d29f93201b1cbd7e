"""JavaScript and TypeScript to the small trees that `_flow` runs: what may register a route, and nothing of what handlers do."""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ast_grep_py import SgNode

    from backend_agent.facts.source import SourceFile

    Node = Any

VERBS = "get|post|put|patch|delete|del|all|head|options|use|route|register|on|openapi|basePath|routes|mount|prefix|group|addHook|resource"
REGISTERS = re.compile(
    rf"\.\s*(?:{VERBS}|opts|any|apply|forRoutes|setGlobalPrefix|enableVersioning|useGlobalGuards|useApiRoute|acl|forEach|map)\s*(?:<[^()]*>)?\("
    r"|Router\b|Hono\b|express\(|[Ff]astify\(|\bKoa\b|restify|readdirSync|glob|RouteOptions|Routes\b|\brequire\("
)
"""A function whose text holds none of these registers nothing."""

APPLIES = re.compile(
    rf"\b\w*(?:app|router|server|fastify|instance|routes?|api|express)\s*\.\s*(?:{VERBS})\s*(?:<[^()]*>)?\(", re.IGNORECASE
)
"""What a function that looks like a handler (`req`, `ctx`, …) must hold to be looked into."""

HANDLER_FIRST = re.compile(
    r"^\s*(?:async\s*)?(?:function\s*\w*\s*)?\*?\s*\(?\s*(?:_?(?:req|request|res|ctx|context|event|err|error|c|socket)|_)\s*[:,)=]"
)
REJECTS = re.compile(
    r"\b40[13]\b|[Uu]nauthori[sz]ed|UNAUTHORI[SZ]ED|[Ff]orbidden|FORBIDDEN|\bthrow\b|\breject|redirect|next\(\s*[^)\s]|abort|\.status\(|\bjwtVerify\("
)
ASKS_PATH = re.compile(
    r"\b(?:req|request|ctx|c|context)\.(?:req\.)?(?:path|url|originalUrl|baseUrl|routerPath)\b|whitelist|publicPaths|excluded?Paths|skip"
)

SKIPS = re.compile(r"if\s*\(\s*!(?:[^{};]{0,200}?)\)\s*\{?\s*(?:return\s+)?(?:await\s+)?next\(\s*\)")
"""`if (!x) return next()`: a guard that lets those through for whom something is missing."""
CHOOSES = re.compile(
    r"if\s*\([^{};]{0,200}\.(?:method|path|url|originalUrl)\b[^{};]{0,200}\)\s*\{?\s*(?:return\s+)?(?:await\s+)?(?:next|n|done|cb)\(\s*\)"
)
"""`if (req.method === "GET") return next()`: a guard of some requests only."""

SMALL = 400
"""Characters up to which a function is kept although it registers nothing: it may make a path, a list or a guard."""

FUNCTIONS = {
    "function_declaration",
    "function_expression",
    "arrow_function",
    "generator_function",
    "generator_function_declaration",
    "function",
}
LOOPS = {"for_in_statement", "for_statement", "while_statement", "do_statement"}
UNWRAP = {
    "parenthesized_expression", "await_expression", "as_expression", "satisfies_expression", "non_null_expression", "type_assertion",
    "yield_expression", "instantiation_expression",
}  # fmt: skip
ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)


def signs(text: str) -> str:
    """What the text of a function tells of it as a guard: `r` it can refuse, `p` it looks at the path,
    `s` it lets some through, `g` it applies guards."""
    found = "r" if REJECTS.search(text) else ""
    found += "p" if ASKS_PATH.search(text) else ""
    found += "s" if SKIPS.search(text) or CHOOSES.search(text) else ""
    return found + ("g" if "UseGuards" in text else "")


def unescape(text: str) -> str:
    def one(match: "re.Match[str]") -> str:
        code = match.group(1) or match.group(2) or match.group(3)
        if code:
            return chr(int(code, 16)) if int(code, 16) < 0x110000 else "?"
        return {"n": "\n", "t": "\t", "r": "\r"}.get(match.group(4), match.group(4))

    return ESCAPE.sub(one, text) if "\\" in text else text


class Reader:
    """Turns the tree of one file into statements."""

    def __init__(self, source: "SourceFile") -> None:
        self.text = source.text
        self.depth = 0
        self.statements: dict[str, Callable[[SgNode, list[Node]], None]] = {
            "expression_statement": self.expressions,
            "lexical_declaration": self.declarations,
            "variable_declaration": self.declarations,
            "class_declaration": lambda n, made: made.append(["cls", self.class_ir(n, [])]),
            "abstract_class_declaration": lambda n, made: made.append(["cls", self.class_ir(n, [])]),
            "return_statement": self.returned,
            "if_statement": self.condition,
            "statement_block": lambda n, made: made.append(["B", self.block(n)]),
            "try_statement": self.tried,
            "switch_statement": self.switch,
            "import_statement": self.imports,
            "export_statement": self.exports,
            "enum_declaration": lambda n, made: made.append(self.enum(n)),
            "internal_module": self.inner,
            "module": self.inner,
            "labeled_statement": self.inner,
        }
        self.kinds: dict[str, Callable[[SgNode], Node]] = {
            "identifier": lambda n: ["i", n.text()],
            "shorthand_property_identifier": lambda n: ["i", n.text()],
            "this": lambda n: ["i", "this"],
            "super": lambda n: ["i", "super"],
            "import": lambda n: ["i", "require"],
            "undefined": lambda n: ["#", None],
            "null": lambda n: ["#", None],
            "true": lambda n: ["#", True],
            "false": lambda n: ["#", False],
            "string": self.string,
            "number": self.number,
            "template_string": self.template,
            "regex": lambda n: ["r", n.text()],
            "member_expression": self.member,
            "subscript_expression": self.index,
            "call_expression": self.call,
            "new_expression": self.new,
            "object": self.object,
            "array": lambda n: ["a", self.many(n)],
            "spread_element": lambda n: ["...", self.expression(_only(n))],
            "binary_expression": self.binary,
            "ternary_expression": self.ternary,
            "assignment_expression": self.assign,
            "augmented_assignment_expression": lambda n: None,
            "class": lambda n: ["k", self.class_ir(n, [])],
            "unary_expression": self.unary,
            "sequence_expression": lambda n: self.expression(n.named_children()[-1]),
            "meta_property": lambda n: ["i", "import.meta"],
        }

    # ---- statements

    def block(self, node: "SgNode | None") -> "list[Node]":
        if node is None:
            return []
        made: list[Node] = []
        if node.kind() not in ("statement_block", "program"):
            self.one(node, made)
            return made
        for child in node.named_children():
            self.one(child, made)
        return made

    def one(self, node: "SgNode", made: "list[Node]") -> None:
        kind = node.kind()
        if kind in FUNCTIONS:
            made.append(["fn", self.function(node)])
        elif kind in LOOPS:
            self.loop(node, kind, made)
        else:
            reader = self.statements.get(kind)
            if reader is not None:
                reader(node, made)

    def expressions(self, node: "SgNode", made: "list[Node]") -> None:
        for child in node.named_children():
            got = self.expression(child)
            if got is not None and got[0] not in ("s", "#"):
                made.append(["e", got])

    def declarations(self, node: "SgNode", made: "list[Node]") -> None:
        for child in node.named_children():
            if child.kind() == "variable_declarator":
                self.declarator(child, made)

    def returned(self, node: "SgNode", made: "list[Node]") -> None:
        inner = node.named_children()
        made.append(["ret", self.expression(inner[0]) if inner and inner[0].kind() != "comment" else None])

    def condition(self, node: "SgNode", made: "list[Node]") -> None:
        otherwise = node.field("alternative")
        last = otherwise.named_children()[-1] if otherwise and otherwise.named_children() else None
        made.append(["if", self.expression(node.field("condition")), self.block(node.field("consequence")), self.block(last)])

    def tried(self, node: "SgNode", made: "list[Node]") -> None:
        for name in ("body", "finalizer"):
            part = node.field(name)
            if part is not None:
                made.append(["B", self.block(part if part.kind() == "statement_block" else _last(part))])

    def inner(self, node: "SgNode", made: "list[Node]") -> None:
        body = node.field("body")
        if body is not None:
            made.append(["B", self.block(body)])

    def declarator(self, node: "SgNode", made: "list[Node]") -> None:
        name, value = node.field("name"), node.field("value")
        if name is None:
            return
        if value is None:
            made.append(["let", self.pattern(name), ["#", None]])
            return
        got = self.expression(value)
        if isinstance(got, list) and got[0] in ("f", "k") and name.kind() == "identifier":
            got[1]["name"] = got[1].get("name") or name.text()
        made.append(["let", self.pattern(name), got])

    def loop(self, node: "SgNode", kind: str, made: "list[Node]") -> None:
        body = self.block(node.field("body"))
        if kind == "for_in_statement":
            left = node.field("left")
            right = self.expression(node.field("right"))
            operator = node.field("operator")
            if operator is not None and operator.text() == "in":
                right = ["c", ["m", ["i", "Object"], "keys"], [right], _line(node)]
            made.append(["for", self.pattern(left) if left else "_", right, body])
        else:
            made.append(["for", "_", ["a", [None]], body])

    def switch(self, node: "SgNode", made: "list[Node]") -> None:
        body = node.field("body")
        for case in body.named_children() if body else []:
            inner: list[Node] = []
            for child in case.field_children("body"):
                self.one(child, inner)
            made.append(["if", None, inner, []])

    def imports(self, node: "SgNode", made: "list[Node]") -> None:
        source = node.field("source")
        if source is None or re.match(r"import\s+type\b", node.text()):
            required = next((c for c in node.named_children() if c.kind() == "import_require_clause"), None)
            if required is not None:
                spec = next((c for c in required.named_children() if c.kind() == "string"), None)
                local = next((c for c in required.named_children() if c.kind() == "identifier"), None)
                if spec is not None and local is not None:
                    made.append(["imp", self.string(spec)[1], [[local.text(), "*"]], _line(node)])
            return
        names: list[list[str]] = []
        for clause in node.named_children():
            if clause.kind() != "import_clause":
                continue
            for part in clause.named_children():
                if part.kind() == "identifier":
                    names.append([part.text(), "default"])
                elif part.kind() == "namespace_import":
                    names.append([_last_text(part), "*"])
                elif part.kind() == "named_imports":
                    for one in part.named_children():
                        name, alias = one.field("name"), one.field("alias")
                        if name is not None:
                            names.append([(alias or name).text(), name.text().strip("'\"")])
        made.append(["imp", self.string(source)[1], names, _line(node)])

    def exports(self, node: "SgNode", made: "list[Node]") -> None:
        source, declaration, value = node.field("source"), node.field("declaration"), node.field("value")
        decorators = [self.decorator(c) for c in node.named_children() if c.kind() == "decorator"]
        clause = next((c for c in node.named_children() if c.kind() == "export_clause"), None)
        if source is not None:
            spec = self.string(source)[1]
            if clause is not None:
                made.append(["rex", spec, self.specifiers(clause), _line(node)])
            else:
                space = next((c for c in node.named_children() if c.kind() == "namespace_export"), None)
                made.append(["rex", spec, [[_last_text(space), "*"]] if space is not None else "*", _line(node)])
        elif clause is not None:
            made.append(["exp", [[name, ["i", local]] for name, local in self.specifiers(clause)]])
        elif value is not None:
            got = self.expression(value)
            made.append(["exp", [["default", got]]])
        elif declaration is not None:
            self.exported(node, declaration, decorators, made)
        else:
            assigned = [c for c in node.named_children() if c.kind() not in ("comment", "decorator")]
            if assigned:  # export = value
                made.append(["e", ["=", ["m", ["i", "module"], "exports"], self.expression(assigned[0])]])

    def exported(self, node: "SgNode", declaration: "SgNode", decorators: "list[Node]", made: "list[Node]") -> None:
        default = any(c.kind() == "default" for c in node.children())
        kind = declaration.kind()
        if kind in ("class_declaration", "abstract_class_declaration"):
            ir = self.class_ir(declaration, decorators)
            made.append(["cls", ir])
            made.append(["exp", [["default" if default else ir["name"], ["i", ir["name"]]]]])
        elif kind in FUNCTIONS:
            function = self.function(declaration)
            function["name"] = function["name"] or "default"
            made.append(["fn", function])
            made.append(["exp", [["default" if default else function["name"], ["i", function["name"]]]]])
        else:
            before = len(made)
            self.one(declaration, made)
            names = [n for s in made[before:] if s[0] == "let" for n in _names(s[1])]
            made.append(["exp", [[name, ["i", name]] for name in names]])

    def specifiers(self, clause: "SgNode") -> "list[list[str]]":
        pairs: list[list[str]] = []
        for one in clause.named_children():
            name, alias = one.field("name"), one.field("alias")
            if name is not None:
                pairs.append([(alias or name).text().strip("'\""), name.text().strip("'\"")])
        return pairs

    def enum(self, node: "SgNode") -> "Node":
        name, body = node.field("name"), node.field("body")
        pairs: list[Node] = []
        for child in body.named_children() if body else []:
            if child.kind() == "enum_assignment":
                key, value = child.field("name"), child.field("value")
                if key is not None:
                    pairs.append([key.text().strip("'\""), self.expression(value)])
        return ["let", name.text() if name else "_", ["o", pairs]]

    # ---- functions and classes

    def function(self, node: "SgNode", name: str = "") -> "dict[str, Any]":
        span = node.range()
        text = self.text[span.start.index : span.end.index]
        named = node.field("name")
        ir: dict[str, Any] = {
            "name": name or (named.text() if named is not None else ""),
            "line": span.start.line + 1,
            "end": span.end.line + 1,
            "body": None,
            "signs": signs(text),
        }
        parameters = node.field("parameters") or node.field("parameter")
        if parameters is not None:
            self.read_parameters(parameters, ir)
        if not self.keep(text, ir):
            return ir
        body = node.field("body")
        self.depth += 1
        if body is None or self.depth > 60:
            ir["body"] = None if body is None else []
        elif body.kind() == "statement_block":
            ir["body"] = self.block(body)
        else:
            ir["body"] = [["ret", self.expression(body)]]
        self.depth -= 1
        return ir

    def keep(self, text: str, ir: "dict[str, Any]") -> bool:
        if HANDLER_FIRST.match(text) and not APPLIES.search(text):
            return False
        if REGISTERS.search(text):
            ir["registers"] = 1
            return True
        return len(text) <= SMALL

    def read_parameters(self, node: "SgNode", ir: "dict[str, Any]") -> None:
        if node.kind() == "identifier":
            ir["params"] = [node.text()]
            return
        patterns: list[Node] = []
        types: list[str] = []
        decorated: list[Node] = []
        for child in node.named_children():
            kind = child.kind()
            if kind == "comment":
                continue
            inner: SgNode | None = child
            annotation = ""
            if kind in ("required_parameter", "optional_parameter"):
                typed = child.field("type")
                annotation = typed.text().lstrip(": ") if typed is not None else ""
                inner = child.field("pattern")
                if inner is not None and any(c.kind() in ("accessibility_modifier", "readonly") for c in child.children()):
                    ir.setdefault("props", []).append(inner.text())
                label = inner.text()[:80] if inner else ""
                decorated.extend([label, self.decorator(d), annotation[:120]] for d in child.named_children() if d.kind() == "decorator")
                value = child.field("value")
                if value is not None and inner is not None:
                    patterns.append(["=", self.pattern(inner), self.expression(value)])
                    types.append(annotation[:120])
                    continue
            patterns.append(self.pattern(inner) if inner is not None else "_")
            types.append(annotation[:120])
        ir["params"] = patterns
        if any(types):
            ir["types"] = types
        if decorated:
            ir["decorated"] = decorated

    def decorator(self, node: "SgNode") -> "Node":
        inner = node.named_children()
        return [self.expression(inner[0]) if inner else None, _line(node)]

    def class_ir(self, node: "SgNode", decorators: "list[Node]") -> "dict[str, Any]":
        name = node.field("name")
        ir: dict[str, Any] = {"name": name.text() if name is not None else "default", "line": _line(node), "end": node.range().end.line + 1}
        found = decorators + [self.decorator(c) for c in node.named_children() if c.kind() == "decorator"]
        for child in node.named_children():
            if child.kind() == "class_heritage":
                ir["base"] = self.heritage(child)
        methods: dict[str, Any] = {}
        fields: list[Any] = []
        pending: list[Any] = []
        body = node.field("body")
        for child in body.named_children() if body is not None else []:
            kind = child.kind()
            if kind == "decorator":
                pending.append(self.decorator(child))
            elif kind == "method_definition":
                self.method(child, pending, methods)
                pending = []
            elif kind in ("public_field_definition", "field_definition"):
                self.field(child, fields)
                pending = []
            elif kind == "class_static_block":
                continue
            elif kind != "comment":
                pending = []
        ir.update(decorators=found, methods=methods, fields=fields)
        return ir

    def heritage(self, node: "SgNode") -> "Node":
        inner = node.named_children()
        first = inner[0] if inner else None
        if first is not None and first.kind() == "extends_clause":
            value = first.field("value")
            return self.expression(value) if value is not None else None
        return self.expression(first) if first is not None and first.kind() != "implements_clause" else None

    def method(self, node: "SgNode", pending: "list[Any]", methods: "dict[str, Any]") -> None:
        name = node.field("name")
        if name is None:
            return
        own = [self.decorator(c) for c in node.named_children() if c.kind() == "decorator"]
        ir = self.function(node, name.text().strip("'\""))
        # a method's own text begins with its name, not with its parameters
        ir["kind"] = "static" if any(c.kind() == "static" for c in node.children()) else ""
        if any(c.kind() == "get" for c in node.children()):
            ir["kind"] = "get"
        if pending or own:
            ir["decorators"] = pending + own
        methods[ir["name"]] = ir

    def field(self, node: "SgNode", fields: "list[Any]") -> None:
        name = node.field("name") or node.field("property")
        value = node.field("value")
        if name is None:
            return
        static = any(c.kind() == "static" for c in node.children())
        fields.append([name.text(), self.expression(value) if value is not None else None, static])

    # ---- patterns

    def pattern(self, node: "SgNode") -> "Node":
        kind = node.kind()
        if kind in ("identifier", "shorthand_property_identifier_pattern", "this"):
            return node.text()
        if kind == "object_pattern":
            pairs: list[Node] = []
            for child in node.named_children():
                pairs.extend(self.pair_pattern(child))
            return ["o", pairs]
        if kind == "array_pattern":
            return ["a", [self.pattern(c) for c in node.named_children()]]
        if kind == "assignment_pattern":
            left, right = node.field("left"), node.field("right")
            return ["=", self.pattern(left) if left else "_", self.expression(right)]
        if kind == "rest_pattern":
            return ["rest", self.pattern(_only(node))]
        inner = node.named_children()
        return self.pattern(inner[0]) if len(inner) == 1 else "_"

    def pair_pattern(self, child: "SgNode") -> "list[Node]":
        kind = child.kind()
        if kind == "shorthand_property_identifier_pattern":
            return [[child.text(), child.text(), None]]
        if kind == "object_assignment_pattern":
            left, right = child.field("left"), child.field("right")
            return [[left.text(), left.text(), self.expression(right)]] if left is not None else []
        if kind == "pair_pattern":
            key, value = child.field("key"), child.field("value")
            if key is None or value is None:
                return []
            if value.kind() == "assignment_pattern":
                left, right = value.field("left"), value.field("right")
                return [[key.text(), self.pattern(left) if left else "_", self.expression(right)]]
            return [[key.text(), self.pattern(value), None]]
        return []

    # ---- expressions

    def expression(self, node: "SgNode | None") -> "Node":
        if node is None:
            return None
        kind = node.kind()
        reader = self.kinds.get(kind)
        if reader is not None:
            self.depth += 1
            try:
                return reader(node) if self.depth < 120 else None
            finally:
                self.depth -= 1
        if kind in UNWRAP:
            inner = [c for c in node.named_children() if c.kind() != "comment"]
            if not inner:
                return None
            return self.expression(inner[-1] if kind == "type_assertion" else inner[0])
        if kind in FUNCTIONS:
            return ["f", self.function(node)]
        return None

    def many(self, node: "SgNode") -> "list[Node]":
        return [self.expression(c) for c in node.named_children() if c.kind() != "comment"]

    def string(self, node: "SgNode") -> "Node":
        return ["s", unescape(node.text()[1:-1])]

    def number(self, node: "SgNode") -> "Node":
        try:
            return ["#", int(node.text())]
        except ValueError:
            return None

    def template(self, node: "SgNode") -> "Node":
        text = node.text()
        holes = [c for c in node.named_children() if c.kind() == "template_substitution"]
        if not holes:
            return ["s", unescape(text[1:-1])]
        start = node.range().start.index
        parts: list[Node] = []
        at = 1
        for hole in holes:
            span = hole.range()
            if span.start.index - start > at:
                parts.append(["s", unescape(text[at : span.start.index - start])])
            parts.append(self.expression(_only(hole)))
            at = span.end.index - start
        if at < len(text) - 1:
            parts.append(["s", unescape(text[at:-1])])
        return ["t", parts]

    def member(self, node: "SgNode") -> "Node":
        left, name = node.field("object"), node.field("property")
        return ["m", self.expression(left), name.text() if name is not None else ""]

    def index(self, node: "SgNode") -> "Node":
        return ["x", self.expression(node.field("object")), self.expression(node.field("index"))]

    def call(self, node: "SgNode") -> "Node":
        arguments, function = node.field("arguments"), node.field("function")
        if arguments is None or arguments.kind() == "template_string":
            return None
        at = arguments.range().start.line + 1
        return ["c", self.expression(function), self.many(arguments), at]

    def new(self, node: "SgNode") -> "Node":
        arguments = node.field("arguments")
        return ["n", self.expression(node.field("constructor")), self.many(arguments) if arguments is not None else [], _line(node)]

    def object(self, node: "SgNode") -> "Node":
        pairs: list[Node] = []
        for child in node.named_children():
            kind = child.kind()
            if kind == "shorthand_property_identifier":
                pairs.append([child.text(), ["i", child.text()]])
            elif kind == "spread_element":
                pairs.append(["...", self.expression(_only(child))])
            elif kind == "method_definition":
                ir = self.function(child)
                pairs.append([ir["name"], ["f", ir]])
            elif kind == "pair":
                key, value = child.field("key"), child.field("value")
                if key is None:
                    continue
                made = self.expression(value)
                if key.kind() == "computed_property_name":
                    pairs.append([self.expression(_only(key)), made])
                else:
                    name = key.text().strip("'\"")
                    if isinstance(made, list) and made[0] == "f" and not made[1]["name"]:
                        made[1]["name"] = name
                    pairs.append([name, made, _line(child)][:2])
        return ["o", pairs]

    def binary(self, node: "SgNode") -> "Node":
        operator = node.field("operator")
        return ["b", operator.text() if operator else "", self.expression(node.field("left")), self.expression(node.field("right"))]

    def ternary(self, node: "SgNode") -> "Node":
        return ["?", *(self.expression(node.field(name)) for name in ("condition", "consequence", "alternative"))]

    def assign(self, node: "SgNode") -> "Node":
        left, right = node.field("left"), self.expression(node.field("right"))
        if left is None:
            return right
        if left.kind() in ("object_pattern", "array_pattern"):
            return ["=", ["pattern", self.pattern(left)], right]
        target = self.expression(left)
        if (
            isinstance(right, list)
            and right[0] in ("f", "k")
            and not right[1].get("name")
            and isinstance(target, list)
            and target[0] == "m"
        ):
            right[1]["name"] = "" if target[2] == "exports" else target[2]
        return ["=", target, right]

    def unary(self, node: "SgNode") -> "Node":
        text = node.text()
        if text.startswith("void"):
            return None
        if text.startswith("!") and node.named_children():
            inner = self.expression(node.named_children()[-1])
            if isinstance(inner, list) and inner[0] in ("c", "f"):
                return inner  # !function () { … }()
        return None


def _line(node: "SgNode") -> int:
    return int(node.range().start.line) + 1


def _only(node: "SgNode") -> "SgNode":
    inner = [c for c in node.named_children() if c.kind() != "comment"]
    return inner[0] if inner else node


def _last(node: "SgNode") -> "SgNode":
    return node.named_children()[-1]


def _last_text(node: "SgNode | None") -> str:
    return _last(node).text().strip("'\"") if node is not None and node.named_children() else ""


def _names(pattern: "Node") -> "list[str]":
    if isinstance(pattern, str):
        return [pattern]
    if isinstance(pattern, list) and pattern:
        if pattern[0] == "o":
            return [name for pair in pattern[1] for name in _names(pair[1])]
        if pattern[0] == "a":
            return [name for one in pattern[1] for name in _names(one)]
        return _names(pattern[1]) if len(pattern) > 1 else []
    return []
