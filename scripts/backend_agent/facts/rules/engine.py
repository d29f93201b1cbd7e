"""One reading of a syntax tree for every rule: calls, assignments, functions and loops, and what is known of the text of an expression.

The ten grammars differ in the names of their nodes, which `catalog/rules/<language>.yaml` lists; the rest is common.
"""

import re
from typing import Any, NamedTuple

CONSTANT, UNKNOWN, DYNAMIC = 0, 1, 2
"""Text known whole; text of which nothing is known; known text with unknown parts put into it."""

HOLE = "\x00"
"""Stands in `State.text` for a part that is not known."""

DEEPEST = 24
"""Steps of resolving after which an expression is unknown: cyclic assignments and generated code end here."""
LONGEST_TEXT = 2_000
_NAME = re.compile(r"[$@]*[A-Za-z_][\w$]*(?:(?:\.|->|::|\?\.)[A-Za-z_]\w*)*[!?]?")
_CAPS = re.compile(r"(?:\w+(?:\.|::))*_?[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")
_NUMBER = re.compile(r"-?[\d.][\d_.xXa-fA-F]*[lLfFdDuU]*")
_OPERATORS = {"=", ":=", "+=", ".=", "||=", "??=", "<<", "<<=", "%="}
_QUOTES = re.compile(r"^[A-Za-z$@]*#*(\"\"\"|'''|\"|'|`)|(\"\"\"|'''|\"|'|`)#*$")


class State(NamedTuple):
    """What is known of an expression's text. `lines` are the lines on which unknown parts are put in."""

    level: int
    text: str = ""
    lines: "tuple[int, ...]" = ()


class Assignment(NamedTuple):
    """`start` is where it has happened (its end). `append`: the value is added to what was there.

    `blocks` are the branches around it, outermost first.
    """

    start: int
    append: bool
    value: Any
    blocks: "tuple[int, ...]"
    place: "Place"

    @property
    def start_line(self) -> int:
        """The line of the value, from 1."""
        return int(self.value.range().start.line) + 1


class Function:
    """A function, or the file itself (`name` is "")."""

    __slots__ = ("assigned", "asynchronous", "name", "node", "outer", "parameters", "returns", "start")

    def __init__(self, name: str, node: Any, outer: "Function | None", start: int) -> None:
        self.name = name
        self.node = node
        self.outer = outer
        self.start = start
        self.asynchronous = False
        self.parameters: set[str] = set()
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


class Call(NamedTuple):
    node: Any
    callee: str
    arguments: "list[tuple[str, Any]]"
    """(keyword or "", node) in order."""
    line: int
    end: int
    start: int
    place: Place


class Built(NamedTuple):
    """A string that is put together, at its outermost node."""

    node: Any
    start: int
    line: int
    place: Place
    target: str
    """The name it is assigned to, or ""."""


class Reading:
    """All that the rules ask of one file."""

    def __init__(self, root: Any, table: "dict[str, Any]") -> None:
        self.table = table
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
        self.heads: dict[int, str] = {}
        """The head of a loop, by its start: what it runs over."""
        self._walk(root, Place(self.file), "", False)

    # -- reading ------------------------------------------------------------------------------------------------------------------

    def _walk(self, node: Any, place: Place, target: str, inside: bool) -> None:  # noqa: C901
        kind = node.kind()
        role = self.kind.get(kind)
        children = node.children()
        if role == "comment" or not children:
            return
        if role in {"string", "concat", "binary"} and not inside and (role != "binary" or self._operator(node, children) in self.plus):
            start = node.range().start
            self.built.append(Built(node, start.index, start.line + 1, place, target))
            inside = True
        if len(children) == 3 and children[1].text() in {"==", "===", "!=", "!=="}:
            self.comparisons.append((children[0], children[2], node.range().start.line + 1, place))
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
        for child in children:
            self._walk(child, place, target if role in {"wrap", "conditional"} else "", inside)

    def _loop(self, node: Any, children: "list[Any]", place: Place, kind: str) -> None:
        """The body runs many times, the head's collection is made once (a `while` has only a condition)."""
        start = node.range().start.index
        body = node.field("body") or next((c for c in children if c.kind() == "control_structure_body"), None)
        self.heads[start] = node.text()[: body.range().start.index - start][:300] if body is not None else ""
        if body is not None and body.range().start.index == start:  # a comprehension
            self.heads[start] = node.text()[-200:]
        inner = place._replace(loops=(*place.loops, (start, kind)), blocks=(*place.blocks, start))
        where = body.range() if body is not None else None
        for child in children:
            span = child.range()
            inside = where is None or (span.start.index == where.start.index and span.end.index == where.end.index)
            self._walk(child, inner if inside else place, "", False)

    def arguments_of(self, node: Any) -> "list[tuple[str, Any]]":
        """(keyword or "", node) of a call's arguments."""
        return self._arguments(self._arguments_node(node.children()))

    def entries(self, node: Any, place: Place) -> "list[tuple[str, Any]]":
        """(name, value) of an options object, written there or held by a variable."""
        if self.kind.get(node.kind()) != "map":
            function: Function | None = place.function
            found = None
            while function is not None and found is None and _NAME.fullmatch(node.text()[:80]):
                known = function.assigned.get(_plain(node.text()[:80]))
                found = known[-1].value if known else None
                function = function.outer
            if found is None or self.kind.get(found.kind()) != "map":
                return []
            node = found
        rows = []
        for child in node.children():
            named = [c for c in child.children() if c.is_named()] if self.kind.get(child.kind()) == "pair" else []
            if len(named) >= 2:
                rows.append((named[0].text().strip("'\":"), named[-1]))
        return rows

    def _enter(self, node: Any, children: "list[Any]", place: Place, target: str) -> Place:
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
                function.parameters.update(m.group() for m in re.finditer(r"[$@]?[A-Za-z_]\w*", child.text()[:3000]))
        self.functions.setdefault(name, []).append(function)
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

    def _call(self, node: Any, children: "list[Any]", place: Place, inside: bool) -> None:
        holder = self._arguments_node(children)
        span = node.range()
        text = node.text()
        if holder is None:
            callee = text[:300]
            at = span.start.line
        else:
            where = holder.range().start
            callee = text[: where.index - span.start.index].strip()[-300:]
            at = where.line
        arguments = self._arguments(holder)
        callee = callee.removeprefix("new ").rstrip("(! ")
        self.calls.append(Call(node, callee, arguments, at + 1, span.end.line + 1, span.start.index, place))
        name = last_name(callee)
        if name in self.appends and arguments and (receiver := callee[: -len(name)].rstrip(".->?:")):
            chain = re.match(rf"([A-Za-z_$][\w$.]*?)\.(?:{'|'.join(map(re.escape, self.appends))})\(", receiver)
            receiver = chain.group(1) if chain else receiver
            self._note(receiver, Assignment(span.end.index, True, arguments[0][1], place.blocks, place), place)
        for key, value in arguments:
            if key:
                self.pairs.append((key, value, value.range().start.line + 1, place))
        below = place._replace(calls=(*place.calls, callee), awaited=False)
        looping = last_name(callee) in self.table["loop_calls"]
        for child in children:
            here = below if child is holder or (holder is not None and child.kind() == "call_suffix") else place._replace(awaited=False)
            if looping and (here is below or "block" in child.kind() or child.kind() == "call_suffix"):
                here = here._replace(loops=(*place.loops, (span.start.index, name)))
            tagged = holder is None and child.kind() == "template_string"  # the tag binds the values
            self._walk(child, here, "", tagged or (inside and holder is not child))

    def _assign(self, node: Any, children: "list[Any]", place: Place) -> None:
        index = next((i for i, c in enumerate(children) if not c.is_named() and c.text() in _OPERATORS), -1)
        if index < 1 or index + 1 >= len(children):
            for child in children:
                self._walk(child, place, "", False)
            return
        operator = children[index].text()
        left = node.field("left") or node.field("name") or node.field("pattern") or children[index - 1]
        right = children[index + 1]
        start = node.range().end.index
        lefts = [c for c in left.children() if c.is_named()] if left.kind() == "expression_list" else [left]
        rights = [c for c in right.children() if c.is_named()] if right.kind() == "expression_list" else [right]
        target = ""
        for number, each in enumerate(lefts):
            match = _NAME.match(each.text())
            if match is None:
                continue
            name = match.group()
            whole = each.text()
            value = rights[number] if len(rights) == len(lefts) else (rights[0] if number == 0 else None)
            if value is None:
                continue
            target = target or name
            append = operator in {"+=", ".=", "<<", "<<=", "%="}
            if "[" not in whole[: len(name) + 1]:
                self._note(name, Assignment(start, append, value, place.blocks, place), place)
            self.pairs.append((whole if "[" in whole else name, value, value.range().start.line + 1, place))
        for child in children[index + 1 :]:
            self._walk(child, place, target, False)
        for child in children[:index]:
            if child.kind() not in {"identifier", "simple_identifier", "variable_name"}:
                self._walk(child, place, "", True)

    def _pair(self, children: "list[Any]", place: Place) -> None:
        named = [c for c in children if c.is_named() and self.kind.get(c.kind()) != "comment"]
        if len(named) >= 2:
            self.pairs.append((named[0].text().strip("'\":"), named[-1], named[-1].range().start.line + 1, place))

    def _note(self, name: str, assignment: Assignment, place: Place) -> None:
        place.function.assigned.setdefault(_plain(name), []).append(assignment)

    def _arguments_node(self, children: "list[Any]") -> Any:
        for child in reversed(children):
            role = self.kind.get(child.kind())
            if role == "arguments":
                return child
            if child.kind() == "call_suffix":
                return next((c for c in child.children() if self.kind.get(c.kind()) == "arguments"), None)
        return None

    def _arguments(self, holder: Any) -> "list[tuple[str, Any]]":
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

    # -- what is known of an expression -------------------------------------------------------------------------------------------

    def state(self, node: Any, place: Place, depth: int = 0) -> State:  # noqa: C901
        """The state of an expression as it stands at its place."""
        if depth > DEEPEST:
            return State(UNKNOWN)
        kind = node.kind()
        role = self.kind.get(kind)
        if role == "string":
            return self._string(node, place, depth)
        if role == "concat":
            return self._join([self.state(c, place, depth + 1) for c in node.children() if c.is_named()], node)
        if role == "binary":
            return self._binary(node, place, depth)
        if role == "wrap":
            inner = [c for c in node.children() if c.is_named() and self.kind.get(c.kind()) != "comment"]
            if not inner:
                return State(UNKNOWN)
            first = inner[0] if kind in self.table["wrap_first"] else inner[-1]
            return self.state(first, place, depth + 1)
        if role == "conditional":
            inner = [c for c in node.children() if c.is_named()]
            drop = 1 if kind != "conditional_expression" or self.table["condition_first"] else None
            if drop is None:
                states = [self.state(inner[0], place, depth + 1), self.state(inner[-1], place, depth + 1)]
            else:
                states = [self.state(c, place, depth + 1) for c in inner[1:]]
            return max(states, key=lambda s: s.level) if states else State(UNKNOWN)
        if role == "call":
            return self._called(node, place, depth)
        if role == "list":
            return self._join([self.state(c, place, depth + 1) for c in node.children() if c.is_named()], None)
        if role == "map":
            return self._map(node, place, depth)
        if role == "constant":
            return State(CONSTANT, node.text()[:40])
        text = node.text()
        if _NUMBER.fullmatch(text):
            return State(CONSTANT, text)
        if _NAME.fullmatch(text):
            return self._named(text, node, place, depth)
        return State(UNKNOWN)

    def _string(self, node: Any, place: Place, depth: int) -> State:
        children = node.children()
        known = ""
        level = CONSTANT
        lines: tuple[int, ...] = ()
        found = False
        for child in children:
            role = self.kind.get(child.kind())
            if role == "text":
                known += child.text()
                found = True
            elif role == "string":  # a wrapper node, such as Scala's
                inner = self._string(child, place, depth + 1)
                known, level, lines, found = known + inner.text, max(level, inner.level), lines + inner.lines, True
            elif role == "interpolation" or (child.is_named() and role in {"name", "call", "member"}):
                found = True
                value = child
                if role == "interpolation":
                    named = [c for c in child.children() if c.is_named() and c.kind() not in {"interpolation_brace", "format_specifier"}]
                    value = named[0] if named else child
                inner = self.state(value, place, depth + 1)
                if inner.level == CONSTANT:
                    known += inner.text
                else:
                    known += inner.text if inner.level == DYNAMIC and inner.text else HOLE
                    level = DYNAMIC
                    lines = (*lines, node.range().start.line + 1, *inner.lines)
        if not found:
            known = _QUOTES.sub("", node.text())
        return State(level, known[:LONGEST_TEXT], lines)

    def _operator(self, node: Any, children: "list[Any]") -> str:  # noqa: ARG002
        found = next((c for c in children if not c.is_named() or c.kind() == "operator_identifier"), None)
        return found.text() if found is not None else ""

    def _binary(self, node: Any, place: Place, depth: int) -> State:
        children = node.children()
        operator = self._operator(node, children)
        named = [c for c in children if c.is_named() and c.kind() != "operator_identifier" and self.kind.get(c.kind()) != "comment"]
        if len(named) < 2:
            return State(UNKNOWN)
        if operator in {"||", "??", "or", "?:"}:
            states = [self.state(named[0], place, depth + 1), self.state(named[-1], place, depth + 1)]
            return max(states, key=lambda s: s.level)
        if operator not in self.plus:
            return State(UNKNOWN)
        left = self.state(named[0], place, depth + 1)
        if operator == "%":
            if not left.text:
                return State(UNKNOWN)
            right = self.state(named[-1], place, depth + 1)
            if right.level == CONSTANT:
                return left
            return State(DYNAMIC, left.text, (*left.lines, node.range().start.line + 1))
        return self._join([left, self.state(named[-1], place, depth + 1)], node)

    def _join(self, states: "list[State]", node: Any) -> State:
        if not states:
            return State(CONSTANT)
        text = "".join(s.text if s.text or s.level == CONSTANT else HOLE for s in states)[:LONGEST_TEXT]
        level = max(s.level for s in states)
        lines = tuple(line for s in states for line in s.lines)
        if level != CONSTANT and len(states) > 1:
            level = DYNAMIC
            if node is not None:
                lines = (*lines, node.range().start.line + 1)
        return State(level, text, lines)

    def _map(self, node: Any, place: Place, depth: int) -> State:
        """`{text: sql}`, `{sql: …}`: the query of an options object."""
        for child in node.children():
            if self.kind.get(child.kind()) == "pair":
                named = [c for c in child.children() if c.is_named()]
                if len(named) >= 2 and named[0].text().strip("'\"") in {"text", "sql", "query", "statement"}:
                    return self.state(named[-1], place, depth + 1)
        return State(UNKNOWN)

    def _called(self, node: Any, place: Place, depth: int) -> State:  # noqa: C901
        children = node.children()
        holder = self._arguments_node(children)
        text = node.text()
        callee = text if holder is None else text[: holder.range().start.index - node.range().start.index].strip()
        callee = callee.removeprefix("new ").rstrip("(! ")
        name = last_name(callee)
        if self.safe.search(callee[-200:]):
            return State(CONSTANT, "1")
        if any(c.kind() == "template_string" for c in children) and holder is None:
            return State(CONSTANT, "1")  # a tagged template binds its values
        arguments = self._arguments(holder)
        receiver = self._receiver(node, children)
        if node.kind() == "macro_invocation":
            return self._macro(holder, place, depth) if self.formats.search(callee) else State(UNKNOWN)
        if name in self.appends or (name == "concat" and receiver is not None):
            states = [
                self.state(n, place, depth + 1)
                for n in ([receiver] if receiver is not None else [])
                + [n for _, n in (arguments[:1] if receiver is not None else arguments)]
            ]
            return self._join(states, node)
        if self.formats.search(callee[-200:]):
            states = [self.state(n, place, depth + 1) for _, n in arguments]
            if (
                receiver is not None
                and name in self.keeps | {"format", "formatted", "join", "%"}
                and receiver.text() not in self.table["namespaces"]
            ):
                states.insert(0, self.state(receiver, place, depth + 1))
            if not states:
                return State(UNKNOWN)
            while len(states) > 1 and not states[0].text and name not in {"join", "implode"}:  # a locale, a writer
                states = states[1:]
            level = max(s.level for s in states)
            if level == UNKNOWN and len(states) > 1:
                level = DYNAMIC
            if name in {"join", "implode"}:
                return self._join(states, node)
            if level != CONSTANT and re.fullmatch(
                r"(?:[^%]|%[dfioxXeEgGubtcp%]|%\d*\.?\d*[dfx])*%[dfioxX](?:[^%]|%[dfioxXb%])*", states[0].text
            ):
                return State(CONSTANT, states[0].text)
            return State(level, states[0].text, (node.range().start.line + 1,) if level == DYNAMIC else ())
        if name in self.keeps:
            if receiver is not None and (receiver.text() not in self.table["namespaces"]):
                return self.state(receiver, place, depth + 1)
            if arguments:
                return self.state(arguments[0][1], place, depth + 1)
        for function in self.functions.get(name, ())[:3]:
            if not function.returns or function.name in {"", place.function.name}:
                continue
            states = [self.state(value, there, depth + 4) for value, there in function.returns]
            worst = max(states, key=lambda s: s.level)
            if worst.level == DYNAMIC and function.parameters and arguments:
                given = [self.state(n, place, depth + 4) for _, n in arguments]
                if all(s.level == CONSTANT for s in given):
                    return State(CONSTANT, worst.text)
            if worst.level == DYNAMIC and not worst.text.strip(HOLE + " "):
                return State(UNKNOWN)
            return worst
        return State(UNKNOWN)

    def _macro(self, holder: Any, place: Place, depth: int) -> State:
        """Rust's `format!("… {} {name}", a)`: the tree holds tokens only."""
        tokens = [c for c in holder.children() if c.is_named()] if holder is not None else []
        literal = next((t for t in tokens if self.kind.get(t.kind()) == "string"), None)
        if literal is None:
            return State(UNKNOWN)
        text = self._string(literal, place, depth + 1).text
        names = [m.group(1) for m in re.finditer(r"(?<!\{)\{(\w*)[^{}]*\}", text)]
        if not names:
            return State(CONSTANT, text)
        rest = [t for t in tokens if t is not literal]
        spelled = {t.text() for t in rest}
        states = [self._named(n, holder, place, depth + 1) for n in names if n and not n.isdigit() and n not in spelled]
        states.extend(self.state(t, place, depth + 1) for t in rest)
        if states and all(s.level == CONSTANT for s in states):
            return State(CONSTANT, text)
        return State(DYNAMIC, re.sub(r"\{[^{}]*\}", HOLE, text), (holder.range().start.line + 1,))

    def _receiver(self, node: Any, children: "list[Any]") -> Any:
        for field in ("object", "receiver", "scope"):
            if (found := node.field(field)) is not None:
                return found
        first = children[0]
        for field in ("object", "expression", "operand", "value"):
            if (found := first.field(field)) is not None:
                return found
        if first.kind() == "navigation_expression":
            return first.children()[0]
        return None

    def _named(self, name: str, node: Any, place: Place, depth: int) -> State:
        plain = _plain(name)
        start = node.range().start.index
        function: Function | None = place.function
        blocks = place.blocks
        while function is not None:
            known = function.assigned.get(plain)
            if known:
                found = self._assigned(
                    sorted((a for a in known if a.start <= start or function is not place.function), key=lambda a: a.start), blocks, depth
                )
                if found is not None:
                    return found
            if plain in function.parameters:
                return State(UNKNOWN)
            blocks = ()
            function = function.outer
        if re.match(r"const(?:ant)?s?(?:\.|::)[A-Z]", name):
            return State(CONSTANT)
        if _CAPS.fullmatch(name.lstrip("$@")) and len(plain) > 2:
            return State(CONSTANT)
        return State(UNKNOWN)

    def _assigned(self, known: "list[Assignment]", blocks: "tuple[int, ...]", depth: int) -> "State | None":
        """The state after the assignments before a use: back to the last that surely ran and set the name anew."""
        parts: list[State] = []
        base: list[State] = []
        for each in reversed(known[-40:]):
            state = self.state(each.value, each.place, depth + 1)
            if each.append:
                parts.insert(0, state)
                continue
            base.append(state)
            if each.blocks == blocks[: len(each.blocks)]:
                break
        if not base and not parts:
            return None
        first = max(base, key=lambda s: (s.level, len(s.text))) if base else State(UNKNOWN)
        if not parts:
            return first
        return self._join([first, *parts], None)


def last_name(callee: str) -> str:
    """`db.session.execute` → `execute`; type arguments are left out."""
    match = re.search(r"([A-Za-z_$][\w$]*[!?]?)\s*(?:<[^()]*>)?\s*$", callee)
    return match.group(1) if match else ""


def _plain(name: str) -> str:
    """`self.query`, `this.query`, `$this->query` and `@query` are one name."""
    return re.sub(r"^(?:self|this|cls|\$this)(?:\.|->)", "", name).lstrip("$@&*")


def _last(node: Any) -> Any:
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
