"""PHP source as a small JSON-able program: calls, closures, classes and attributes, with class names already made full.

Expressions: `["s", text]`, `["f", parts]`, `["v", name]`, `["a", [[key, value], …]]` an array, `["new", class, args, line]`,
`["sc", class, name, args, line]` a static call, `["mc", object, name, args, line]`, `["fc", name, args, line]`, `["cls", full name]`,
`["cc", class, constant]`, `["p", object, name]`, `["fn", function]`, `["req", path]`, `[".", a, b]`, `["[]", a, key]`,
`["k", constant]`, `["?"]`; `args` are `[[name, value], …]`. Statements: expressions, `["=", variable, value]`, `["if", body, else]`,
`["for", key, variable, items, body]`, `["return", value]`, `["class", {…}]`, `["function", {…}]`.
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
    r"\b40[13]\b|[Uu]nauthori[sz]ed|UNAUTHORIZED|FORBIDDEN|[Ff]orbidden|AuthenticationException|AuthorizationException|AccessDenied|denyAccess"
    r"|redirect\(\)?[^\n;]*(?:login|signin|auth)|route\([\"']login|redirectGuest|UnauthorizedHttpException|->unauthenticated\("
)
SUSPECT = (
    "401",
    "403",
    "nauthori",
    "UNAUTHORI",
    "orbidden",
    "FORBIDDEN",
    "Exception",
    "enied",
    "denyAccess",
    "redirect",
    "nauthenticated",
    "login",
)
"""A text without any of these need not be searched for refusals."""

IDENTITY = re.compile(
    r"\bAuth::|auth\(\)|->user\(\)|\bgetUser\(|isGranted|hasRole|\bcheck\(\)|\bguest\(\)|Gate::|->authorize\(|denyAccessUnlessGranted|\$_SESSION"
)
ASKS = ("Auth", "auth", "ser(", "Granted", "hasRole", "check()", "guest()", "Gate::", "denyAccess", "SESSION")
SOFT = re.compile(r"optional|guest\(\)\s*\)\s*\{\s*return \$next")
IF_KNOWN = re.compile(r"(?:->user\(\)|Auth::(?:check|user)\(\)|->check\(\)|\$user)\s*\)*\s*&&")
IF_UNKNOWN = re.compile(
    r"!\s*\(?\s*(?:Auth::(?:guard\([^)]*\)->)?(?:check|user)\(\)|auth\([^)]*\)->(?:check|user)\(\)|\$\w+->user\(\)|\$user\b|\$this->auth->check\(\))(?!\s*->)"
    r"|guest\(\)|is_null\(|===?\s*null|null\s*===?|empty\(|authenticate\("
)
"""A class that turns away only callers whom it knows lets all others in."""
ANNOTATION = re.compile(r"@(?:\w+\\)*(Route|Get|Post|Put|Patch|Delete|IsGranted|Security)\s*\(([^@]*?)\)\s*(?=\*|$|\n)", re.DOTALL)


class Names:
    """The namespace and imports of one file."""

    def __init__(self) -> None:
        self.namespace = ""
        self.uses: dict[str, str] = {}

    def full(self, name: str) -> str:
        """The full name of a class as written in this file."""
        if name.startswith("\\"):
            return name[1:]
        if name in ("self", "static", "parent"):
            return name
        first, _, rest = name.partition("\\")
        if first in self.uses:
            return f"{self.uses[first]}\\{rest}" if rest else self.uses[first]
        return f"{self.namespace}\\{name}" if self.namespace else name


class Reader:
    """Turns one file into its program."""

    def __init__(self) -> None:
        self.names = Names()

    def block(self, node: "SgNode") -> "Ir":
        """The statements below a node."""
        out: Ir = []
        doc: SgNode | None = None
        for child in node.children():
            if not child.is_named():
                continue
            kind = child.kind()
            if kind == "comment":
                doc = child
                continue
            reader = STATEMENTS.get(kind)
            if reader:
                reader(self, child, out)
                if doc is not None and out and out[-1][0] in ("class", "function") and kind.endswith("_declaration"):
                    out[-1][1]["attrs"].extend(annotations(doc))
            doc = None
        return out

    # ---------------------------------------------------------------- statements

    def _expression(self, node: "SgNode", out: "Ir") -> None:
        for child in node.children():
            if child.is_named() and child.kind() != "comment":
                found = self.expression(child)
                if found != ["?"]:
                    out.append(found)

    def _namespace(self, node: "SgNode", out: "Ir") -> None:
        name, body = node.field("name"), node.field("body")
        self.names.namespace = name.text() if name else ""
        if body:
            out.extend(self.block(body))

    def _use(self, node: "SgNode", out: "Ir") -> None:
        base = next((c.text() for c in node.children() if c.kind() == "namespace_name"), "")
        for clause in node.find_all(kind="namespace_use_clause"):
            said = clause.text()
            name, _, alias = re.sub(r"\s+", " ", said).partition(" as ")
            above = clause.parent()
            full = (f"{base}\\{name}" if base and above and above.kind() == "namespace_use_group" else name).lstrip("\\")
            self.names.uses[alias or full.rpartition("\\")[2]] = full

    def _class(self, node: "SgNode", out: "Ir") -> None:
        name, body = node.field("name"), node.field("body")
        base = next((c for c in node.children() if c.kind() == "base_clause"), None)
        above = [c.text() for c in base.children() if c.kind() in ("name", "qualified_name")] if base else []
        short = name.text() if name else ""
        found: dict[str, Any] = {
            "name": self.names.full(short) if short else "", "parent": self.names.full(above[0]) if above else "",
            "line": line(node), "end": end_line(node), "attrs": self.attributes(node), "methods": {}, "props": {}, "traits": [],
        }  # fmt: skip
        doc: SgNode | None = None
        for child in body.children() if body else []:
            kind = child.kind()
            if kind == "comment":
                doc = child
                continue
            if kind == "method_declaration":
                method = self.function(child)
                if doc is not None:
                    method["attrs"].extend(annotations(doc))
                found["methods"][method["name"]] = method
            elif kind in ("property_declaration", "const_declaration"):
                self._members(child, found["props"])
            elif kind == "use_declaration":
                found["traits"].extend(self.names.full(c.text()) for c in child.children() if c.kind() in ("name", "qualified_name"))
            doc = None if child.is_named() else doc
        out.append(["class", found])

    def _members(self, node: "SgNode", props: "dict[str, Ir]") -> None:
        for child in node.children():
            if child.kind() in ("property_element", "const_element"):
                inner = [c for c in child.children() if c.is_named()]
                if len(inner) > 1:
                    props[inner[0].text().lstrip("$")] = self.expression(inner[-1])

    def _function(self, node: "SgNode", out: "Ir") -> None:
        out.append(["function", self.function(node)])

    def function(self, node: "SgNode") -> "dict[str, Any]":
        """A function, method or closure."""
        name, body, parameters = node.field("name"), node.field("body"), node.field("parameters")
        text = node.text()
        found: dict[str, Any] = {
            "name": name.text() if name else "", "line": line(node), "end": end_line(node), "attrs": self.attributes(node),
            "params": self._parameters(parameters) if parameters else [],
        }  # fmt: skip
        if any(word in text for word in SUSPECT) and REFUSES.search(text):
            found["refuses"] = 1
        if any(word in text for word in ASKS) and IDENTITY.search(text):
            found["ident"] = 1
        if SOFT.search(text) or (IF_KNOWN.search(text) and not IF_UNKNOWN.search(text)):
            found["soft"] = 1
        if "denyAccessUnlessGranted" in text or "->authorize(" in text or "Gate::authorize(" in text:
            found["authorizes"] = 1
        keep = (
            not name
            or found["name"] in ("__construct", "middleware")
            or re.search(
                r"Route::|->group\(|loadRoutesFrom|->(?:get|post|map|add|import|prefix)\(|base_path\(|->alias\(|mapWithGroup|[rR]outes?\(",
                text,
            )
        )
        if body is not None and keep:
            found["body"] = self.block(body) if body.kind() == "compound_statement" else [["return", self.expression(body)]]
        return found

    def _parameters(self, node: "SgNode") -> "Ir":
        out: Ir = []
        for child in node.children():
            if not child.is_named() or child.kind() == "comment":
                continue
            name, kind = child.field("name"), child.field("type")
            default = child.field("default_value")
            said = kind.text().lstrip("?") if kind else ""
            full = self.names.full(said) if said[:1].isupper() or said.startswith("\\") else said
            out.append([name.text().lstrip("$") if name else "", full, self.expression(default) if default else None])
        return out

    def attributes(self, node: "SgNode") -> "Ir":
        """`[name, args, line]` of each attribute of a declaration."""
        out: Ir = []
        for child in node.children():
            if child.kind() == "attribute_list":
                for one in child.find_all(kind="attribute"):
                    name = next((c for c in one.children() if c.kind() in ("name", "qualified_name")), None)
                    given = next((c for c in one.children() if c.kind() == "arguments"), None)
                    if name:
                        out.append([self.names.full(name.text()), self.arguments(given), line(one)])
        return out

    def _if(self, node: "SgNode", out: "Ir") -> None:
        body: Ir = []
        other: Ir = []
        for child in node.children():
            kind = child.kind()
            if kind in ("compound_statement", "colon_block"):
                body.extend(self.block(child))
            elif kind in ("else_clause", "else_if_clause"):
                for inner in child.children():
                    if inner.kind() in ("compound_statement", "colon_block"):
                        other.extend(self.block(inner))
                    elif inner.kind() == "if_statement":
                        self._if(inner, other)
            elif kind in STATEMENTS:
                STATEMENTS[kind](self, child, body)
        out.append(["if", body, other])

    def _foreach(self, node: "SgNode", out: "Ir") -> None:
        inner = [c for c in node.children() if c.is_named() and c.kind() != "comment"]
        body = node.field("body") or (inner[-1] if inner else None)
        if len(inner) < 3 or body is None:
            return
        items, target = self.expression(inner[0]), inner[1]
        key, value = "", target.text().lstrip("$&")
        if target.kind() == "pair":
            parts = [c for c in target.children() if c.is_named()]
            key, value = parts[0].text().lstrip("$"), parts[-1].text().lstrip("$&")
        out.append(["for", key, value, items, self.block(body)])

    def _return(self, node: "SgNode", out: "Ir") -> None:
        inner = [c for c in node.children() if c.is_named() and c.kind() != "comment"]
        if inner:
            out.append(["return", self.expression(inner[0])])

    def _shell(self, node: "SgNode", out: "Ir") -> None:
        out.extend(self.block(node))

    # ---------------------------------------------------------------- expressions

    def expression(self, node: "SgNode") -> "Ir":
        """What an expression says."""
        reader = EXPRESSIONS.get(node.kind())
        return reader(self, node) if reader else ["?"]

    def arguments(self, node: "SgNode | None") -> "Ir":
        """`[[name, value], …]`"""
        out: Ir = []
        for child in node.children() if node else []:
            if child.kind() != "argument":
                continue
            inner = [c for c in child.children() if c.is_named() and c.kind() != "comment"]
            if not inner:
                continue
            named = len(inner) > 1 and inner[0].kind() == "name" and ":" in [c.text() for c in child.children() if not c.is_named()]
            out.append([inner[0].text() if named else "", self.expression(inner[-1])])
        return out

    def _string(self, node: "SgNode") -> "Ir":
        parts: Ir = []
        for child in node.children():
            kind = child.kind()
            if kind in ("string_content", "string_value", "escape_sequence"):
                parts.append(["s", child.text().replace("\\\\", "\\")])
            elif child.is_named():
                parts.append(self.expression(child))
        if not parts:
            return ["s", ""]
        return parts[0] if len(parts) == 1 and parts[0][0] == "s" else ["f", parts]

    def _variable(self, node: "SgNode") -> "Ir":
        return ["v", node.text().lstrip("$")]

    def _array(self, node: "SgNode") -> "Ir":
        out: Ir = []
        for child in node.children():
            if child.kind() == "array_element_initializer":
                inner = [c for c in child.children() if c.is_named() and c.kind() != "comment"]
                if len(inner) == 2:
                    out.append([self.expression(inner[0]), self.expression(inner[1])])
                elif inner:
                    spread = inner[0].kind() == "variadic_unpacking"
                    value = self._first(inner[0]) if spread else self.expression(inner[0])
                    out.append([["..."] if spread else None, value])
        return ["a", out]

    def _first(self, node: "SgNode") -> "Ir":
        inner = [c for c in node.children() if c.is_named() and c.kind() != "comment"]
        return self.expression(inner[0]) if inner else ["?"]

    def _static_call(self, node: "SgNode") -> "Ir":
        scope, name = node.field("scope"), node.field("name")
        return [
            "sc",
            self.names.full(scope.text()) if scope else "",
            name.text() if name else "",
            self.arguments(node.field("arguments")),
            line(node),
        ]

    def _member_call(self, node: "SgNode") -> "Ir":
        owner, name = node.field("object"), node.field("name")
        return [
            "mc",
            self.expression(owner) if owner else ["?"],
            name.text() if name else "",
            self.arguments(node.field("arguments")),
            line(node),
        ]

    def _function_call(self, node: "SgNode") -> "Ir":
        name = node.field("function")
        said = name.text().lstrip("\\") if name else ""
        return [
            "fc",
            said,
            self.arguments(node.field("arguments")),
            line(node),
            self.expression(name) if name and name.kind() != "name" else ["?"],
        ]

    def _new(self, node: "SgNode") -> "Ir":
        name = next((c for c in node.children() if c.kind() in ("name", "qualified_name")), None)
        given = next((c for c in node.children() if c.kind() == "arguments"), None)
        return ["new", self.names.full(name.text()) if name else "", self.arguments(given), line(node)]

    def _constant(self, node: "SgNode") -> "Ir":
        inner = [c for c in node.children() if c.is_named()]
        if len(inner) < 2:
            return ["?"]
        owner, name = self.names.full(inner[0].text()), inner[1].text()
        return ["cls", owner] if name == "class" else ["cc", owner, name]

    def _property(self, node: "SgNode") -> "Ir":
        owner, name = node.field("object"), node.field("name")
        return ["p", self.expression(owner) if owner else ["?"], name.text() if name else ""]

    def _closure(self, node: "SgNode") -> "Ir":
        return ["fn", self.function(node)]

    def _require(self, node: "SgNode") -> "Ir":
        return ["req", self._first(node), line(node)]

    def _binary(self, node: "SgNode") -> "Ir":
        left, right, operator = node.field("left"), node.field("right"), node.field("operator")
        said = operator.text() if operator else ""
        if left and right and said in (".", "??", "||"):
            return [said, self.expression(left), self.expression(right)]
        return ["?"]

    def _assignment(self, node: "SgNode") -> "Ir":
        left, right = node.field("left"), node.field("right")
        return ["=", left.text().lstrip("$") if left else "", self.expression(right) if right else ["?"]]

    def _conditional(self, node: "SgNode") -> "Ir":
        body = node.field("body") or node.field("condition")
        other = node.field("alternative")
        return ["??", self.expression(body) if body else ["?"], self.expression(other) if other else ["?"]]

    def _index(self, node: "SgNode") -> "Ir":
        inner = [c for c in node.children() if c.is_named()]
        return ["[]", self.expression(inner[0]), self.expression(inner[1])] if len(inner) == 2 else ["?"]


def annotations(doc: "SgNode") -> "Ir":
    """`@Route("/x", methods={"GET"})` of a doc block, as attributes."""
    text = doc.text()
    if "@" not in text:
        return []
    out: Ir = []
    for found in ANNOTATION.finditer(text):
        said = re.sub(r"\n\s*\*", " ", found.group(2))
        args: Ir = []
        first = re.match(r"\s*\"([^\"]*)\"", said)
        if first:
            args.append(["", ["s", first.group(1)]])
        for name, many, one in re.findall(r"(\w+)\s*=\s*(?:\{([^}]*)\}|\"([^\"]*)\")", said):
            args.append([name, ["a", [[None, ["s", v]] for v in re.findall(r"\"([^\"]*)\"", many)]] if many or not one else ["s", one]])
        out.append([found.group(1), args, line(doc) + text.count("\n", 0, found.start())])
    return out


STATEMENTS: "dict[str, Callable[[Reader, SgNode, Ir], None]]" = {
    "expression_statement": Reader._expression, "namespace_definition": Reader._namespace, "namespace_use_declaration": Reader._use,
    "class_declaration": Reader._class, "trait_declaration": Reader._class, "function_definition": Reader._function,
    "if_statement": Reader._if,
    "foreach_statement": Reader._foreach, "return_statement": Reader._return, "compound_statement": Reader._shell,
    "try_statement": Reader._shell, "colon_block": Reader._shell,
}  # fmt: skip

EXPRESSIONS: "dict[str, Callable[[Reader, SgNode], Ir]]" = {
    "string": Reader._string, "encapsed_string": Reader._string, "variable_name": Reader._variable,
    "array_creation_expression": Reader._array,
    "scoped_call_expression": Reader._static_call, "member_call_expression": Reader._member_call,
    "nullsafe_member_call_expression": Reader._member_call, "function_call_expression": Reader._function_call,
    "object_creation_expression": Reader._new, "class_constant_access_expression": Reader._constant,
    "member_access_expression": Reader._property,
    "anonymous_function": Reader._closure, "arrow_function": Reader._closure, "require_expression": Reader._require,
    "require_once_expression": Reader._require, "include_expression": Reader._require, "include_once_expression": Reader._require,
    "binary_expression": Reader._binary, "assignment_expression": Reader._assignment, "conditional_expression": Reader._conditional,
    "subscript_expression": Reader._index, "parenthesized_expression": Reader._first, "variadic_placeholder": Reader._first,
    "anonymous_function_creation_expression": Reader._closure,
    "name": lambda reader, node: ["n", node.text()],
    "boolean": lambda reader, node: ["k", node.text().lower() == "true"],
    "null": lambda reader, node: ["k", None],
    "integer": lambda reader, node: ["s", node.text()],
}  # fmt: skip


def program(root: "SgNode") -> "Ir":
    """The statements of a file."""
    return Reader().block(root)
