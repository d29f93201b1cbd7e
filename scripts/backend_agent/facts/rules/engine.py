"""One reading of a syntax tree for every rule: calls, assignments, functions and loops, and what is known of the text of an expression.

The ten grammars differ in the names of their nodes, which `catalog/rules/<language>.yaml` lists; the rest is common.
"""

import functools
import re

from backend_agent.patterns import Sought

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:
    from backend_agent.records import NamedTuple

_NAME = re.compile(r"[$@]*[A-Za-z_][\w$]*(?:(?:\.|->|::|\?\.)[A-Za-z_]\w*)*[!?]?")
_SEVERAL = frozenset({"expression_list", "pattern_list", "tuple_pattern", "left_assignment_list", "right_assignment_list"})
"""`a, b = c, d`"""
_OPERATORS = {"=", ":=", "+=", ".=", "||=", "??=", "<<", "<<=", "%="}


class Assignment(NamedTuple):
    """`start` is where it has happened (its end). `append`: the value is added to what was there.

    `blocks` are the branches around it, outermost first.
    """

    start: int
    append: bool
    value: "Any"
    blocks: "tuple[int, ...]"
    place: "Place"

    @property
    def start_line(self) -> int:
        """The line of the value, from 1."""
        node = self.value.node if isinstance(self.value, Element) else self.value
        return int(node.range().start.line) + 1


class Element(NamedTuple):
    """One element of a collection: what a loop variable stands for."""

    node: "Any"
    place: "Place"


class Function:
    """A function, or the file itself (`name` is "")."""

    __slots__ = ("assigned", "asynchronous", "name", "node", "order", "outer", "parameters", "private", "returns", "start")

    def __init__(self, name: str, node: "Any", outer: "Function | None", start: int) -> None:
        self.name = name
        self.node = node
        self.outer = outer
        self.start = start
        self.asynchronous = False
        self.private = False
        """Nobody outside the file calls it."""
        self.parameters: set[str] = set()
        self.order: list[str] = []
        self.assigned: dict[str, list[Assignment]] = {}
        self.returns: list[tuple[Any, Place]] = []


class Place(NamedTuple):
    """Where a node stands: its function, the branches, the loops (`start` offsets), the calls around it, and whether it is awaited."""

    function: Function
    blocks: "tuple[int, ...]" = ()
    loops: "tuple[tuple[int, str], ...]" = ()
    calls: "tuple[str, ...]" = ()
    awaited: bool = False
    quiet: bool = False
    over: "Any" = None
    """The collection whose elements the next function gets."""


class Call(NamedTuple):
    node: "Any"
    callee: str
    arguments: "list[tuple[str, Any]]"
    """(keyword or "", node) in order."""
    line: int
    end: int
    start: int
    place: Place


class Built(NamedTuple):
    """A string that is put together, at its outermost node."""

    node: "Any"
    start: int
    line: int
    place: Place
    target: str
    """The name it is assigned to, or ""."""


class Walk:
    """All that the rules ask of one file."""

    def __init__(self, root: "Any", table: "dict[str, Any]", text: str = "") -> None:
        self.table = table
        self.text = text or root.text()
        self.kind: dict[str, str] = {kind: role for role, kinds in table["kinds"].items() for kind in kinds}
        self.safe = re.compile(table["safe_calls"])
        self.keeps = frozenset(table["keeps"])
        self.formats = re.compile(table["formats"])
        self.appends = frozenset(table["appends"])
        self.plus = frozenset(table["operators"])
        self.calls: list[Call] = []
        self.built: list[Built] = []
        self.pairs: list[tuple[str, Any, int, Place]] = []
        """(name, value, line, place) of assignments, defaults, keyword arguments and entries of maps."""
        self.file = Function("", root, None, 0)
        self.functions: dict[str, list[Function]] = {}
        self.comparisons: list[tuple[Any, Any, int, Place]] = []
        """(left, right, line, place) of what is tested for being equal."""
        self.called: dict[str, list[Call]] = {}
        self.starting: dict[int, Function] = {}
        """Functions by their first character."""
        self.private = re.compile(table["private"]) if table.get("private") else None
        self.heads: dict[int, str] = {}
        """The head of a loop, by its start: what it runs over."""
        self.loop_names: dict[int, set[str]] = {}
        """The names that a loop sets anew each time."""
        self._walk(root, Place(self.file), "", False)

    # -- reading ------------------------------------------------------------------------------------------------------------------

    def _walk(self, node: "Any", place: Place, target: str, inside: bool) -> None:  # noqa: C901
        kind = node.kind()
        role = self.kind.get(kind)
        children = node.children()
        if role == "comment" or not children:
            return
        if role in {"string", "concat", "binary"} and not inside and (role != "binary" or self._operator(node, children) in self.plus):
            start = node.range().start
            self.built.append(Built(node, start.index, start.line + 1, place, target))
            inside = True
        if role == "binary" and len(children) == 3 and children[1].text() == "<<" and _NAME.fullmatch(children[0].text()[:80]):
            span = node.range()
            self._note(children[0].text(), Assignment(span.end.index, True, children[2], place.blocks, place), place)
        if len(children) == 3 and (middle := children[1]).is_leaf() and middle.text() in {"==", "===", "!=", "!=="}:
            self.comparisons.append((children[0], children[2], node.range().start.line + 1, place))
        if role is None:  # most nodes: nothing but what is in them
            if place.awaited:
                place = place._replace(awaited=False)
            for child in children:
                if child.is_named() and not child.is_leaf():
                    self._walk(child, place, "", inside)
            return
        if role == "function":
            place = self._enter(node, children, place, target)
            inside, target = False, ""
        elif role == "call":
            self._call(node, children, place, inside)
            return
        elif role == "assign":
            self._assign(node, children, place)
            return
        elif role == "loop":
            self._loop(node, children, place, kind)
            return
        elif role == "branch":
            place = place._replace(blocks=(*place.blocks, node.range().start.index))
        elif role == "throw":
            place = place._replace(quiet=True)
        elif role == "await":
            place = place._replace(awaited=True)
        elif role == "return":
            value = next((c for c in children if c.is_named()), None)
            if value is not None:
                place.function.returns.append((value, place))
        elif role == "pair":
            self._pair(children, place)
        if place.awaited and role not in {"await", "wrap"}:
            place = place._replace(awaited=False)
        below = target if role in {"wrap", "conditional"} else ""
        for child in children:
            if child.is_named() and not child.is_leaf():
                self._walk(child, place, below, inside)

    def _loop(self, node: "Any", children: "list[Any]", place: Place, kind: str) -> None:
        """The body runs many times, the head's collection is made once (a `while` has only a condition)."""
        start = node.range().start.index
        body = node.field("body") or next((c for c in children if c.kind() == "control_structure_body"), None)
        self.heads[start] = node.text()[: body.range().start.index - start][:300] if body is not None else ""
        if body is not None and body.range().start.index == start:  # a comprehension
            self.heads[start] = node.text()[-200:]
        for names, collection in _elements(node, children):
            for name in names:
                self._note(name, Assignment(start, False, Element(collection, place), place.blocks, place), place)
            self.loop_names.setdefault(start, set()).update(n.lstrip("$") for n in names)
        counted = re.findall(r"(\w+)\s*:?=(?!=)", self.heads[start]) if kind == "for_statement" else []
        self.loop_names.setdefault(start, set()).update(counted)
        inner = place._replace(loops=(*place.loops, (start, kind)), blocks=(*place.blocks, start))
        where = body.range() if body is not None else None
        for child in children:
            span = child.range()
            inside = where is None or (span.start.index == where.start.index and span.end.index == where.end.index)
            self._walk(child, inner if inside else place, "", False)

    def arguments_of(self, node: "Any") -> "list[tuple[str, Any]]":
        """(keyword or "", node) of a call's arguments."""
        return self._arguments(self._arguments_node(node.children()))

    def entries(self, node: "Any", place: Place) -> "list[tuple[str, Any]]":
        """(name, value) of an options object, written there or held by a variable."""
        if self.kind.get(node.kind()) != "map":
            function: Function | None = place.function
            found = None
            while function is not None and found is None and _NAME.fullmatch(node.text()[:80]):
                known = function.assigned.get(plain(node.text()[:80]))
                found = known[-1].value if known else None
                function = function.outer
            if found is None or isinstance(found, Element) or self.kind.get(found.kind()) != "map":
                return []
            node = found
        rows = []
        for child in node.children():
            named = [c for c in child.children() if c.is_named()] if self.kind.get(child.kind()) == "pair" else []
            if len(named) >= 2:
                rows.append((named[0].text().strip("'\":"), named[-1]))
        return rows

    def _enter(self, node: "Any", children: "list[Any]", place: Place, target: str) -> Place:
        named = node.field("name")
        name = named.text() if named is not None else target
        if not name:
            found = next((c for c in children if c.kind() in {"simple_identifier", "identifier"}), None)
            name = (
                found.text()
                if found is not None and self.kind.get(node.kind()) == "function" and node.kind() not in self.table["lambdas"]
                else ""
            )
        function = Function(name, node, place.function, node.range().start.index)
        head = node.text()[:200].split("{")[0]
        function.asynchronous = bool(re.search(self.table["async"], head)) if self.table["async"] else False
        for child in children:
            role = self.kind.get(child.kind())
            if role == "parameters":
                function.parameters.update(m.group().lstrip("$@") for m in re.finditer(r"[$@]?[A-Za-z_]\w*", child.text()[:3000]))
                function.order += _parameter_names(child)
            elif child.kind() == "identifier" and node.kind() in self.table["lambdas"]:  # x => …
                function.parameters.add(child.text())
                function.order.append(child.text())
        self.functions.setdefault(name, []).append(function)
        self.starting[function.start] = function
        nested = place.function.outer is not None and bool(name)
        function.private = nested or bool(self.private is not None and self.private.search(head))
        if place.over is not None:
            self.loop_names.setdefault(place.loops[-1][0] if place.loops else -1, set()).update(function.order or ["it"])
            for each in function.order[:2] or ["it"]:
                function.assigned.setdefault(each, []).append(Assignment(function.start, False, Element(place.over, place), (), place))
        body = node.field("body")
        if body is None:
            body = children[-1]
        if body.kind() in self.table["expression_bodies"] or node.kind() in self.table["expression_bodies"]:
            last = _last(body)
            if last is not None:
                function.returns.append((last, Place(function)))
        elif "block" not in body.kind() and body.kind() not in {"declaration_list", "compound_statement"}:
            function.returns.append((body, Place(function)))
        lambda_ = node.kind() in self.table["lambdas"]
        return Place(function, (), place.loops if lambda_ else (), place.calls if lambda_ else ())

    def _call(self, node: "Any", children: "list[Any]", place: Place, inside: bool) -> None:
        holder = self._arguments_node(children)
        span = node.range()
        text = node.text()
        if holder is None:
            block = next((c for c in children if c.kind() in {"block", "do_block", "call_suffix"}), None)
            callee = text[:300] if block is None else text[: block.range().start.index - span.start.index].strip()[-300:]
            at = span.start.line
        else:
            where = holder.range().start
            callee = text[: where.index - span.start.index].strip()[-300:]
            at = where.line
        arguments = self._arguments(holder)
        callee = callee.removeprefix("new ").rstrip("(! ")
        if "\n" in callee:  # a chain over several lines
            callee = re.sub(r"\s*(\.|->|::|\?\.)\s*", r"\1", callee)
        call = Call(node, callee, arguments, at + 1, span.end.line + 1, span.start.index, place)
        self.calls.append(call)
        name = last_name(callee)
        self.called.setdefault(name, []).append(call)
        if name in self.appends and arguments and (receiver := callee[: -len(name)].rstrip(".->?:")):
            chain = re.match(rf"([A-Za-z_$][\w$.]*?)\.(?:{'|'.join(map(re.escape, self.appends))})\(", receiver)
            receiver = chain.group(1) if chain else receiver
            added = node if len(arguments) > 1 and name.lower().endswith("format") else arguments[0][1]
            self._note(receiver, Assignment(span.end.index, True, added, place.blocks, place), place)
        elif name == "Fprintf" and len(arguments) > 2:  # Go writes into a builder
            target = arguments[0][1].text().lstrip("&")
            self._note(target, Assignment(span.end.index, True, node, place.blocks, place), place)
        for key, value in arguments:
            if key:
                self.pairs.append((key, value, value.range().start.line + 1, place))
        place = place._replace(awaited=False) if place.awaited else place
        below = place._replace(calls=(*place.calls, callee))
        looping = name in self.table["loop_calls"] and "." in callee.replace("->", ".").replace("::", ".")
        collection = self._collection(node, children) if looping else None
        if looping:
            self.heads[span.start.index] = collection.text()[-200:] if collection is not None else ""
        for child in children:
            if not looping and child.is_leaf():
                continue
            here = below if child is holder or (holder is not None and child.kind() == "call_suffix") else place
            if looping and (here is below or "block" in child.kind() or child.kind() == "call_suffix"):
                here = here._replace(loops=(*place.loops, (span.start.index, name)), over=collection)
                self._block_names(child, collection, place, span.start.index)
            tagged = holder is None and child.kind() == "template_string"  # the tag binds the values
            self._walk(child, here, "", tagged or (inside and holder is not child))

    def _assign(self, node: "Any", children: "list[Any]", place: Place) -> None:
        index = next((i for i, c in enumerate(children) if not c.is_named() and c.text() in _OPERATORS), -1)
        if index < 1 or index + 1 >= len(children):
            for child in children:
                self._walk(child, place, "", False)
            return
        operator = children[index].text()
        left = node.field("left") or node.field("name") or node.field("pattern") or children[index - 1]
        right = children[index + 1]
        start = node.range().end.index
        lefts = parts(left) if left.kind() in _SEVERAL else [left]
        rights = parts(right) if right.kind() in _SEVERAL else [right]
        target = ""
        for number, each in enumerate(lefts):
            match = _NAME.match(each.text())
            if match is None:
                continue
            name = match.group()
            whole = each.text()
            shared = len(rights) == 1 and rights[0].kind() in {"if_expression", "match_expression"}
            value = rights[number] if len(rights) == len(lefts) else (rights[0] if number == 0 or shared else None)
            if value is None:
                if len(rights) == 1 and left.kind() in {"tuple_pattern", "pattern_list"}:  # one of what a call gives
                    self._note(name, Assignment(start, False, Element(rights[0], place), place.blocks, place), place)
                continue
            target = target or name
            append = operator in {"+=", ".=", "<<", "<<=", "%="}
            if "[" not in whole[: len(name) + 1]:
                added = [] if append else self._added(name, value)
                for each_value in added or [value]:
                    self._note(name, Assignment(start, append or bool(added), each_value, place.blocks, place), place)
            self.pairs.append((whole if "[" in whole else name, value, value.range().start.line + 1, place))
        for child in children[index + 1 :]:
            self._walk(child, place, target, False)
        for child in children[:index]:
            if child.kind() not in {"identifier", "simple_identifier", "variable_name"}:
                self._walk(child, place, "", True)

    def _added(self, name: str, value: "Any", depth: int = 0) -> "list[Any]":
        """What `x = x + a + b` and `x = append(x, a, b)` add to x."""
        role = self.kind.get(value.kind())
        if role == "call":
            arguments = [n for _, n in self.arguments_of(value)]
            same = len(arguments) > 1 and arguments[0].text() == name
            return arguments[1:] if same and last_name(value.text()[:200].split("(")[0]) in self.appends else []
        if role != "binary" or depth > 30:
            return []
        operands = [c for c in parts(value) if c.kind() != "operator_identifier"]
        if len(operands) < 2 or self._operator(value, value.children()) not in self.plus - {"%"}:
            return []
        if operands[0].text() == name:
            return operands[1:]
        before = self._added(name, operands[0], depth + 1)
        return [*before, *operands[1:]] if before else []

    def _operator(self, node: "Any", children: "list[Any]") -> str:  # noqa: ARG002
        found = next((c for c in children if not c.is_named() or c.kind() == "operator_identifier"), None)
        return found.text() if found is not None else ""

    def _collection(self, node: "Any", children: "list[Any]") -> "Any":
        """`names` of `names.map(…)`."""
        for holder in (node, children[0]):
            for field in ("object", "receiver", "scope", "expression", "operand", "value"):
                if (found := holder.field(field)) is not None:
                    return found
        inner = children[0].children()
        return inner[0] if inner else None

    def _block_names(self, child: "Any", collection: "Any", place: Place, loop: int) -> None:
        """Ruby's blocks are no functions of their own: their parameters are names of the function around them."""
        if collection is None or child.kind() not in {"block", "do_block"}:
            return
        named = child.field("parameters")
        for match in re.finditer(r"[a-z_]\w*", named.text() if named is not None else ""):
            start = child.range().start.index
            self._note(match.group(), Assignment(start, False, Element(collection, place), place.blocks, place), place)
            self.loop_names.setdefault(loop, set()).add(match.group())

    def _pair(self, children: "list[Any]", place: Place) -> None:
        named = [c for c in children if c.is_named() and self.kind.get(c.kind()) != "comment"]
        if len(named) >= 2:
            self.pairs.append((named[0].text().strip("'\":"), named[-1], named[-1].range().start.line + 1, place))

    def _note(self, name: str, assignment: Assignment, place: Place) -> None:
        place.function.assigned.setdefault(plain(name), []).append(assignment)

    def _arguments_node(self, children: "list[Any]") -> "Any":
        for child in reversed(children):
            role = self.kind.get(child.kind())
            if role == "arguments":
                return child
            if child.kind() == "call_suffix":
                return next((c for c in child.children() if self.kind.get(c.kind()) == "arguments"), None)
        return None

    def _arguments(self, holder: "Any") -> "list[tuple[str, Any]]":
        found: list[tuple[str, Any]] = []
        for child in holder.children() if holder is not None else ():
            if not child.is_named() or self.kind.get(child.kind()) == "comment":
                continue
            key = ""
            if child.kind() in {"argument", "value_argument", "keyword_argument", "pair", "assignment_expression", "named_argument"}:
                inner = child.children()
                named = [c for c in inner if c.is_named()]
                marked = any(not c.is_named() and c.text() in {"=", ":", "=>"} for c in inner) or "name_colon" in [c.kind() for c in named]
                if marked and len(named) >= 2:
                    key = named[0].text().strip(":'\" ")
                child = named[-1] if named and child.kind() != "assignment_expression" else child
            found.append((key, child))
        return found


def parts(node: "Any") -> "list[Any]":
    """The named children of a node."""
    return [c for c in node.children() if c.is_named()]


def _elements(node: "Any", children: "list[Any]") -> "list[tuple[list[str], Any]]":
    """The names that a loop sets, and what it runs over."""
    found = []
    for holder in (node, *(c for c in children if c.kind() in {"for_in_clause", "range_clause", "enumerators", "enumerator"})):
        pair = [holder.field(a) for a in ("left", "name", "pattern")], [holder.field(a) for a in ("right", "value")]
        left, right = (next((f for f in side if f is not None), None) for side in pair)
        if left is not None and right is not None and left.range().end.index <= right.range().start.index:
            found.append((left, right))
    if not found and node.kind() in {"foreach_statement", "for_statement"}:
        named = [c for c in children if c.is_named() and "type" not in c.kind()]
        if node.kind() == "for_statement" and named and "variable" in named[0].kind():  # Kotlin
            found = [(named[0], named[1])] if len(named) > 2 else []
        elif node.kind() == "foreach_statement" and len(named) > 2:  # PHP
            found = [(named[1], named[0])]
    return [(re.findall(r"[$]?[A-Za-z_]\w*", left.text()[:200]), right) for left, right in found]


def _parameter_names(node: "Any") -> "list[str]":
    """The names of a list of parameters, in order."""
    names = []
    for child in parts(node):
        if child.kind() in {"comment", "self_parameter"}:
            continue
        text = child.text()[:300].split("=")[0].strip()
        if "$" in text:
            names += re.findall(r"\$(\w+)", text)[:1]
        elif ":" in text and "::" not in text.split(":")[0] + ":":
            names += re.findall(r"(\w+)\??\s*:", text)[:1]
        elif child.kind() == "parameter_declaration":  # Go: a, b string
            names += [c.text() for c in child.children() if c.kind() == "identifier"]
        else:
            names += re.findall(r"\w+", text)[-1:]
    return names


class Asked:
    """An expression that is asked about the same names again and again: what it said is kept."""

    __slots__ = ("_known", "_search", "_sought")

    def __init__(self, pattern: str) -> None:
        self._search = re.compile(pattern).search
        self._sought = Sought(pattern)
        self._known: dict[str, bool] = {}

    def says(self, name: str) -> bool:
        found = self._known.get(name)
        if found is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = self._known[name] = self._search(name) is not None
        return found

    def may(self, words: bytes) -> bool:
        """Whether any name of a file with this vocabulary can fit."""
        return self._sought.may(words)


_MOST_KNOWN = 20_000
asked = functools.cache(Asked)
_TAIL = re.compile(r"[\w$]+")
_LAST = re.compile(r"([A-Za-z_$][\w$]*[!?]?)\s*(?:<[^()]*>)?\s*$")


@functools.lru_cache(maxsize=8192)
def last_name(callee: str) -> str:
    """`db.session.execute` → `execute`; type arguments are left out."""
    tail = _TAIL.match(callee[::-1])  # from its end: a search begins anew at each letter
    if tail is not None and ((name := tail.group()[::-1])[0] in "_$" or (name[0].isascii() and name[0].isalpha())):
        return name
    match = _LAST.search(callee)
    return match.group(1) if match else ""


def plain(name: str) -> str:
    """`self.query`, `this.query`, `$this->query` and `@query` are one name."""
    return re.sub(r"^(?:self|this|cls|\$this)(?:\.|->)", "", name).lstrip("$@&*")


def _last(node: "Any") -> "Any":
    """The last expression of a body whose value is that of its last expression."""
    for _ in range(6):
        named = [c for c in node.children() if c.is_named() and c.kind() != "comment"]
        if node.kind() in {"body_statement", "block", "function_body", "statements", "do_block", "block_body", "method"} and named:
            node = named[-1]
            if node.kind() not in {"body_statement", "block", "function_body", "statements"}:
                return node
            continue
        return node
    return None
