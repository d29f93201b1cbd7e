"""What is known of the text of an expression: constants, values put into text, and where those values come from.

An unknown part is strong where it may come from outside (a parameter, a request, a variable nobody explains), and weak where the
program made it (a call, a field of an object, a name for a table or a clause). A weak part is a value only where SQL has a value:
after a comparison or inside quotes.
"""

import re

from backend_agent.facts.rules.engine import Assignment, Element, Function, Place, Walk, last_name, parts, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:
    from backend_agent.records import NamedTuple

CONSTANT, UNKNOWN, DYNAMIC = 0, 1, 2
"""Text known whole; text of which nothing is known; known text with unknown parts put into it."""

HOLE, WEAK, NAMED, ESCAPED = "\x00", "\x01", "\x02", "\x03"
"""Stand in `State.text` for a part that is not known; that the program made; that speaks of a table or the like; that is escaped for use
between quotes."""

ASKED, OPEN, REACHED = "\x05", "\x06", "\x07"
"""Not known, and read from a request; not known, and perhaps a number or a list of them; made by the program out of what came in."""
STRONG = frozenset({HOLE, ASKED, OPEN})
_MARKS = str.maketrans(dict.fromkeys((HOLE, WEAK, NAMED, ESCAPED, ASKED, OPEN, REACHED), "?"))

MADE = "\x04"
"""Stands for text that cannot carry SQL: a number, a quoted name, one of the constants that the code lists."""

DEEPEST = 40
"""Steps of resolving after which an expression is unknown: cyclic assignments and generated code end here."""
LONGEST_TEXT = 8_000

_NAME = re.compile(r"[$@]*[A-Za-z_][\w$]*(?:(?:\.|->|::|\?\.)\$?[A-Za-z_]\w*)*[!?]?")
_CAPS = re.compile(
    r"(?!(?:_(?:GET|POST|REQUEST|COOKIE|SERVER|SESSION|FILES)|GLOBALS|ENV|ARGV|STDIN)$|(?:\w+\.)*_?req(?:uest)?\.[A-Z]+$)(?:\w+(?:\.|::))*_?[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*"
)
_NUMBER = re.compile(r"-?[\d.][\d_.xXa-fA-F]*[lLfFdDuU]*")
_QUOTES = re.compile(r"^[A-Za-z$@]*#*(\"\"\"|'''|\"|'|`)|(\"\"\"|'''|\"|'|`)#*$")
_REQUEST = re.compile(
    r"(?i)\b(?:req|request|params|query_params|args|form|body|cookies|headers|_GET|_POST|_REQUEST|_COOKIE|_SERVER|_SESSION|argv|stdin|getParameter|FormValue|"
    r"PostForm|arguments|pathParameters|queryStringParameters|getHeader|QueryString)\b|\bReadLine\(|\b(?:c|ctx)\.(?:Query|Param|params|query|body|input)"
)
_ASKS = re.compile(
    r"(?i)\b_?req(?:uest)?\b(?:\(\))?\s*(?:\.|->|\[|::)(?!(?:user|org\w*|auth|team|account|session|tenant|app|log|db|\w+\.id)\b)|"
    r"\$?_(?:GET|POST|REQUEST|COOKIE)\b|\bparams\[|"
    r"\b(?:getParameter|FormValue|PostForm|getHeader|getQueryParam\w*|QueryString|pathParameters|queryStringParameters)\b|"
    r"\b(?:c|ctx)\.(?:Query|Param|params|query|body|input)|\b\w*(?:Box|Field|Input)\w*\.Text\b|\b(?:event|input)(?:\.|\[[\"'])(?:arguments|body)"
)
"""What surely reads a request, or a field that a person fills in."""
_COUNTS = re.compile(
    r"(?i)(?:\w+_)?(?:limit|offset|page|per_?page|page_?size|count|size|top|days?|hours?|minutes?|seconds?|weeks?|months?|years?|interval|timeout|batch\w*|chunk\w*|version|"
    r"depth|level|port|bucket|threshold|ids)"
)
"""Names of numbers where no type is declared."""
_TEXTUAL = re.compile(
    r"(?i)string|\bstr\b|text|charsequence|object|\bany\b|unknown|dynamic|interface\s*\{\s*\}|mixed|json|\bmap|dict|request|\bvalue\b|\barray\b|iterable|sequence|"
    r"\blist\b|\[\]|\bT\b|event|form|input|param|body|quer(?:y|ies)|search|filter|\bvar\b"
)
"""Types that hold text, or anything."""
_QUOTING = re.compile(
    r"(?i)^(?:\w*(?:quote|escape|sanitize)d?_?(?:sql|ident\w*|name|col\w*|table|literal|str\w*|value|field)\w*|(?:sql_?|pg_?|db_?)?(?:identifier|ident|literal(?:_string)?|quoted?)|to_?sql_?(?:literal|name))$"
)
"""Helpers of other files that make a name or a literal."""
_DOUBLES = re.compile(
    r"""(?:[rR]eplace\w*|gsub)\(\s*(?:[\w$.\[\]]+\s*,\s*)?(?:/[^/]*['"`][^/]*/\w*|["'](?:\\?['"`])["']|`['"]`)\s*,\s*"""
    r"""(?:["'`](?:''|""|``|\\\\?['"`]\\?\\?['"`]?|\\+['"`$]&?)["'`]|["']["'])[^()]*\)$"""
)
"""`.replace("'", "''")`: quotes are doubled or taken out."""
_MEMBER = re.compile(r"(?:\w+(?:\.|::))*[A-Z]\w*(?:\.|::)[A-Za-z]\w*(?:\.(?:value|name|Value|Name|id|key))?")
_FIELD_TEXT = re.compile(r"\.(?:Text|Value|Selected\w*|Content|Query\w*|Form|Params)$")
_HARMFUL = re.compile(r"(?i)escape|sanit|quote|ident|literal|hash|encode|bind|placeholder")
_STRUCTURAL = re.compile(
    r"table|tables|column|columns|col|cols|schema|schemas|field|fields|clause|clauses|where|orderby|order|sort|sorting|"
    r"direction|dir|index|constraint|sequence|database|prefix|suffix|alias|join|joins|conditions|criteria|view|partition|"
    r"placeholder|placeholders|projection|tbl|entity|ordering|condition|fragment|identifier|dialect"
)
_BINDS = re.compile(
    r"(?i)^(?:(?:add|next|new|push|make)_?(?:bind|param|arg|placeholder|marker)\w*|\w*placeholders?\w*|bind|arg|bindparam|nextval)$"
)
_VERB = re.compile(r"%(?:\((\w+)\))?(?:(\d+)\$)?[-+ #0,]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[lhqjz]*([a-zA-Z%])")
_BRACE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
_HOLDS = re.compile(
    r"(?i)^(?:of|\w*listOf|\w*setOf|mapOf|arrayOf|asList|frozenset|set|tuple|list|sorted|enumerate|keys|values|items|entries|entrySet|keySet|Set|Map|freeze|"
    r"iter|into_iter|vec!|copied|reversed|MappingProxyType|from|ofEntries|entry|dict|OrderedDict|unmodifiable\w+|each_with_index|sort|uniq|dup|array_keys|array_values|GetValues)$"
)
_MADE_OF = re.compile(
    r"^(?:composite_literal|literal_value|literal_element|keyed_element|array_expression|initializer_expression|implicit_array_creation_expression|"
    r"array_creation_expression|array_element_initializer|array_initializer|string_array|symbol_array|bare_string|tuple|tuple_expression|set|argument|value_argument|"
    r"arguments|argument_list|value_arguments|token_tree|reference_expression|collection_literal|collection_expression|expression_element|as_expression|satisfies_expression|"
    r"hash|simple_symbol|bare_symbol|hash_key_symbol|pair|property_identifier|list|dictionary|object|array|unary_expression)$"
)
_SUBSCRIPTS = frozenset(
    {
        "subscript",
        "subscript_expression",
        "element_reference",
        "element_access_expression",
        "index_expression",
        "array_access",
        "indexing_expression",
    }
)
_NUMBERS = (
    r"u?int\d*|long|short|s?byte|double|float\d*|decimal|bool|boolean|Integer|Long|Short|Byte|Double|Float|Boolean|Int|ulong|ushort|BigInteger|BigDecimal|UUID|Guid|"
    r"DateTime|DateTimeOffset|DateOnly|TimeSpan|Instant|LocalDate(?:Time)?|Duration|number|bigint|[iu](?:8|16|32|64|128|size)|f32|f64|Uuid|datetime|date|Decimal|"
    r"uuid\.UUID|time\.Time|time\.Duration|Timestamp"
)
_TYPE_FIRST = re.compile(rf"(?<![\w.<])(?:{_NUMBERS})\??\s+\$?(\w+)\s*(?=[=;,):]|$)")
_NAME_FIRST = re.compile(rf"(?<![\w.])\$?(\w+)\??\s*:\s*&?(?:Option(?:al)?[<\[]\s*)?(?:{_NUMBERS})(?![\w\[<])")
_DOCUMENTED = re.compile(r"@param\s+(?:int|integer|float|bool|boolean)(?:\|null)?\s+\$(\w+)")
_GO_TYPED = re.compile(rf"((?:\w+\s*,\s*)*\w+)\s+\*?(?:{_NUMBERS})\s*(?=[,)=\n{{])")
_CAST = re.compile(
    r"^\(\s*(?:int|integer|float|double|bool|boolean|long|short|byte|decimal|uint|ulong)\s*\)|\bas\s+(?:[iu]\d+|[iu]size|f\d+|number)$"
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


_JOINED = re.compile(
    r"(?i)(?:table|column|field|schema|index)names?$|sub_?(?:query|select)$|^(?:select|from|where|order|group|join)_?(?:sql|query|clause|expr\w*|part)$"
)


_CHOICES = frozenset({"if_expression", "match_expression", "when_expression", "switch_expression"})
_HOLDERS = re.compile(r"block|arm|else|clause|entry|section|rule|control_structure_body|statements|conditional_expression$")


def _leaves(node: "Any", depth: int = 0) -> "list[Any]":
    """The expressions that the branches of a choice end with."""
    inner = [c for c in parts(node) if "comment" not in c.kind()]
    if not inner or depth > 12:
        return []
    if node.kind() in _CHOICES:
        return [leaf for child in inner[1:] for leaf in _leaves_of(child, depth + 1)]
    if node.kind() in {"match_block", "case_block", "switch_block", "switch_body"}:
        return [leaf for child in inner for leaf in _leaves_of(child, depth + 1)]
    return _leaves_of(inner[-1], depth + 1)


def _leaves_of(node: "Any", depth: int) -> "list[Any]":
    return _leaves(node, depth) if node.kind() in _CHOICES or _HOLDERS.search(node.kind()) else [node]


class State(NamedTuple):
    """What is known of an expression's text. `lines` are the lines on which unknown parts are put in."""

    level: int
    text: str = ""
    lines: "tuple[int, ...]" = ()
    weak: str = HOLE
    """What stands for it in a text, when it is unknown."""


_VALUE = re.compile(r"(?i)(?:'|%|[=<>]\s*[\"(]?|\blike\s*\"?|\bin\s*\(\s*\"?|\bvalues?\s*\([^)]*?[,(]\s*\"?)$")
_QUOTED_NAME = re.compile(
    r'(?i)\b(?:from|into|update|join|table|truncate|exists|select|by|as|schema|database|only)\s+"$|"\."$|\binto\s+[^\s()]+\s*\([^()]*"$'
)
"""`FROM "` + name, `INSERT INTO x ("` + name: a table or a column, which is no value."""
_IN_CATALOG = re.compile(
    r"(?i)\b(?:pg_get_serial_sequence|setval|nextval|currval|to_regclass|pg_relation_size|pg_total_relation_size)\(\s*'[\w.]*$"
)
_CATALOG_TYPE = re.compile(r"[\w.\x01\x02\x07]*'::reg(?:class|type|proc)\b")
"""Names of tables and sequences that PostgreSQL takes as text."""
PLACEHOLDER = re.compile(f"(?<![:\\w$'\"])[$:@](?:p|arg|param|val|_)*[{HOLE}{WEAK}{NAMED}{OPEN}{REACHED}](?![\\w{{])")
"""`$${number}`, `:${name}`: a placeholder."""
_OPEN_QUOTE = re.compile(r"['\"`%]\s*$")


def strong(text: str) -> bool:
    """Whether a part of a text may come from outside."""
    return not STRONG.isdisjoint(text)


def shown(text: str) -> str:
    """A text with a question mark for each part that is not known."""
    return text.translate(_MARKS)


def risky(state: State) -> bool:
    """Whether a value is put into the text, rather than a name or a piece of SQL that the program makes."""
    if state.level == DYNAMIC:
        state = state._replace(text=PLACEHOLDER.sub(MADE, state.text))
        if MADE in state.text and not re.search(f"[{HOLE}{WEAK}{NAMED}{ESCAPED}{ASKED}{OPEN}{REACHED}]", state.text):
            return False
        if strong(state.text) or not re.search(f"[{WEAK}{NAMED}{REACHED}]", state.text):
            return True
        for match in re.finditer(f"[{WEAK}{NAMED}{REACHED}]", state.text):
            before = state.text[max(0, match.start() - 200) : match.start()]
            if before[-1:] not in {"'", '"'} and re.match(r"\.[A-Za-z_]", state.text[match.end() :]):
                continue  # a table before its column
            if _IN_CATALOG.search(before) or _CATALOG_TYPE.match(state.text, match.end()):
                continue
            if _VALUE.search(before) or (match.group() != NAMED and before.endswith('"') and not _QUOTED_NAME.search(before)):
                return True
    return any(not _OPEN_QUOTE.search(state.text[: m.start()]) for m in re.finditer(ESCAPED, state.text))


def structural(name: str) -> bool:
    """Whether a name speaks of a part of SQL: `tableName`, `sort_column`, `where`."""
    words = [w.lower() for w in _WORD.findall(name)]
    if not words:
        return False
    if (
        any(w in {"table", "column", "schema", "partition"} for w in words)
        or _JOINED.search(name)
        or (len(words) == 1 and words[0] in {"sql", "query", "statement", "subquery"})
    ):
        return True
    return bool(
        _STRUCTURAL.fullmatch(words[-1])
        or (words[-1] in {"name", "names", "sql", "by", "list"} and any(_STRUCTURAL.fullmatch(w) for w in words))
    )


def _groups(holder: "Any", literal: "Any") -> "list[list[Any]]":
    """The arguments of a macro after its text, each as its tokens. Named ones (`name = x`) are read elsewhere."""
    groups: list[list[Any]] = []
    after = False
    for token in holder.children()[:-1]:
        if token.range().start.index == literal.range().start.index:
            after = True
        elif after and token.text() == ",":
            groups.append([])
        elif after and groups:
            groups[-1].append(token)
    return [group for group in groups if group and "=" not in [token.text() for token in group]]


class Reading(Walk):
    """One reading of a tree, and the states of its expressions."""

    def __init__(self, root: "Any", table: "dict[str, Any]", text: str = "") -> None:
        self._states: dict[tuple[int, int, str], State] = {}
        self._busy: set[tuple[int, int, str]] = set()
        self._numbers: dict[int, frozenset[str]] = {}
        self._lines: list[str] | None = None
        self.given: set[tuple[int, str]] = set()
        """Parameters that became parts of a text: (start of the function, name); -1 is the start for names that nothing explains."""
        self.named: set[int] = set()
        """Functions of which a parameter with the name of a piece of SQL became a part of a text."""
        self.escapes = re.compile(table.get("escapes", "$^"))
        super().__init__(root, table, text)

    def line(self, number: int) -> str:
        """The text of a line of the file."""
        if self._lines is None:
            self._lines = self.file.node.text().split("\n")
        at = number - 1 - int(self.file.node.range().start.line)
        return self._lines[at] if 0 <= at < len(self._lines) else ""

    def state(self, node: "Any", place: Place, depth: int = 0) -> State:
        """The state of an expression as it stands at its place."""
        if isinstance(node, Element):
            if self.constant_items(node.node, node.place):
                return State(CONSTANT, MADE)
            return State(UNKNOWN, weak=_part_of(self.state(node.node, node.place, depth + 2)))
        if depth > DEEPEST:
            return State(UNKNOWN)
        span = node.range()
        key = (span.start.index, span.end.index, node.kind())
        if key in self._states:
            return self._states[key]
        if key in self._busy:
            return State(CONSTANT)  # it is part of itself: what is added to it decides
        self._busy.add(key)
        found = self._state(node, place, depth)
        self._busy.discard(key)
        if found.level == UNKNOWN and found.weak == ASKED and self._judged(node.text(), place.function):
            found = found._replace(weak=NAMED)
        self._states[key] = found
        return found

    def _state(self, node: "Any", place: Place, depth: int) -> State:  # noqa: C901
        kind = node.kind()
        role = self.kind.get(kind)
        if role == "string":
            return self._string(node, place, depth)
        if role == "concat":
            return self._join([self.state(c, place, depth + 1) for c in parts(node)], node)
        if role == "binary":
            return self._binary(node, place, depth)
        if role == "wrap":
            return self._wrapped(node, place, depth)
        if role == "conditional":
            return self._either(node, place, depth)
        if role == "call":
            return self._called(node, place, depth)
        if kind == "block" and len(parts(node)) == 1:
            return self.state(parts(node)[0], place, depth + 1)
        if kind in _CHOICES:
            return self._chosen(node, place, depth)
        if kind == "slice_expression" and parts(node):  # Go: a part of a text is no more than the text
            return self.state(parts(node)[0], place, depth + 1)
        if role == "list" or kind in {"composite_literal", "literal_value", "literal_element", "string_array"}:
            return self._join([self.state(c, place, depth + 1) for c in parts(node) if c.kind() not in {"slice_type", "array_type"}], None)
        if role == "map":
            return self._map(node, place, depth)
        if role == "constant":
            return State(CONSTANT, node.text()[:40])
        if role == "loop":  # a comprehension
            body = node.field("body")
            return self.state(body, place, depth + 1) if body is not None else State(UNKNOWN, weak=WEAK)
        if kind in _SUBSCRIPTS:
            return self._subscript(node, place, depth)
        text = node.text().lstrip("&*")  # a pointer, and what it points to
        if _NUMBER.fullmatch(text):
            return State(CONSTANT, text)
        if _NAME.fullmatch(text):
            return self._named(text, node, place, depth)
        return State(UNKNOWN, weak=_origin(text))

    def _judged(self, text: str, function: Function) -> bool:
        """Whether a function asks whether what it reads from a request is a number, a date or one of a list."""
        if "\n" in text or function.outer is None:
            return False
        return re.search(_JUDGES + re.escape(text.strip()), function.node.text()) is not None

    def _wrapped(self, node: "Any", place: Place, depth: int) -> State:
        inner = [c for c in parts(node) if self.kind.get(c.kind()) != "comment"]
        if not inner:
            return State(UNKNOWN)
        if _CAST.search(node.text()[:300]):
            return State(CONSTANT, MADE)
        return self.state(inner[0] if node.kind() in self.table["wrap_first"] else inner[-1], place, depth + 1)

    def _chosen(self, node: "Any", place: Place, depth: int) -> State:
        """`if` and `match` that give a value: the worst of what their branches give."""
        states = []
        for leaf in _leaves(node):
            several = "tuple" in leaf.kind() and self.constant_items(leaf, place)
            states.append(State(CONSTANT, MADE) if several else self.state(leaf, place, depth + 2))
        worst = max(states, key=_rank) if states else State(UNKNOWN, weak=WEAK)
        return worst if worst.level != UNKNOWN else worst._replace(weak=WEAK if worst.weak in {HOLE, OPEN} else worst.weak)

    def _either(self, node: "Any", place: Place, depth: int) -> State:
        inner = parts(node)
        condition = inner[:1]
        if node.kind() == "conditional_expression" and not self.table["condition_first"]:
            condition, inner = inner[1:2], [inner[0], inner[0], inner[-1]]
        asked = condition[0].text()[:300] if condition else ""
        given = [c for c in inner[1:] if not _listed(c.text(), asked)]
        if len(given) < len(inner[1:]) and not given:
            return State(CONSTANT, MADE)
        states = [self.state(c, place, depth + 1) for c in given]
        return max(states, key=_rank) if states else State(UNKNOWN)

    def _subscript(self, node: "Any", place: Place, depth: int) -> State:
        base = parts(node)[:1]
        if base and self.constant_items(base[0], place):
            return State(CONSTANT, MADE)
        text = node.text()[:200]
        if _REQUEST.search(text):
            return State(UNKNOWN, weak=_origin(text))
        if any(structural(w) for w in re.findall(r"\w+", text)):
            return State(UNKNOWN, weak=NAMED)
        return State(UNKNOWN, weak=_part_of(self.state(base[0], place, depth + 1)) if base else WEAK)

    def constant_items(self, node: "Any", place: Place, depth: int = 0) -> bool:
        """Whether all that a collection holds is written in the code."""
        if depth > 8:
            return False
        kind, role = node.kind(), self.kind.get(node.kind())
        if role == "string":
            return self.state(node, place, depth).level == CONSTANT
        if role in {"constant", "text", "comment"}:
            return True
        if role == "call":
            return self._constant_call(node, place, depth)
        if role in {"list", "map", "pair", "wrap", "conditional", "concat"} or _MADE_OF.match(kind):
            return all(
                self.constant_items(c, place, depth + 1) for c in parts(node) if not c.kind().endswith("type") and "type_" not in c.kind()
            )
        text = node.text()[:120]
        if not _NAME.fullmatch(text):
            return False
        if _CAPS.fullmatch(text.lstrip("$@")) and len(text) > 2:
            return True
        found = self._last_assigned(text, place)
        if found is None or found.append or isinstance(found.value, Element):
            return False
        return self.constant_items(found.value, found.place, depth + 1)

    def _constant_call(self, node: "Any", place: Place, depth: int) -> bool:
        children = node.children()
        holder = self._arguments_node(children)
        callee = node.text() if holder is None else node.text()[: holder.range().start.index - node.range().start.index]
        if not _HOLDS.match(last_name(callee.strip().rstrip("!") + ("!" if callee.strip().endswith("!") else ""))) and not _HOLDS.match(
            last_name(callee)
        ):
            return False
        receiver = self._receiver(node, children)
        held = [n for _key, n in self._arguments(holder)]
        if receiver is not None and not re.fullmatch(
            r"(?:List|Set|Map|Array|Arrays|Object|Collections|Stream|ImmutableList|ImmutableSet|Enum)", receiver.text()[:40]
        ):
            held.append(receiver)
        return bool(held) and all(self.constant_items(p, place, depth + 1) for p in held)

    def _last_assigned(self, name: str, place: Place) -> "Assignment | None":
        bare = plain(name)
        function: Function | None = place.function
        while function is not None:
            known = function.assigned.get(bare)
            if known:
                return known[-1] if len(known) == 1 or not any(a.append for a in known) else None
            if bare in function.parameters:
                return None
            function = function.outer
        return None

    def _prefixed(self, node: "Any", place: Place, depth: int) -> State:
        """Scala's `s"… $x"`, and `sql"… $x #$y"`, which binds all but what has a `#`. Its text is no node."""
        prefix = next((c.text() for c in node.children() if c.kind() == "identifier"), "s")
        inner = next((c for c in node.children() if c.kind() == "interpolated_string"), node)
        at, states = inner.range().start.index, []
        whole, start = inner.text(), inner.range().start.index
        for child in parts(inner):
            if child.kind() != "interpolation":
                continue
            span = child.range()
            before = whole[at - start : span.start.index - start]
            spliced = before.endswith("#")
            states.append(State(CONSTANT, before.rstrip("#").lstrip('"')))
            value = parts(child)
            bound = prefix not in {"s", "f", "raw"} and not spliced
            states.append(State(CONSTANT, MADE) if bound or not value else self.state(value[0], place, depth + 1))
            at = span.end.index
        states.append(State(CONSTANT, whole[at - start :].strip('"')))
        return self._join(states, node)

    def _string(self, node: "Any", place: Place, depth: int) -> State:
        if node.kind() == "interpolated_string_expression" and self.table.get("prefixed"):
            return self._prefixed(node, place, depth)
        known = ""
        level = CONSTANT
        lines: tuple[int, ...] = ()
        found = False
        for child in node.children():
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
                    named = [c for c in parts(child) if c.kind() not in {"interpolation_brace", "format_specifier", "type_conversion"}]
                    value = named[0] if named else child
                inner = self.state(value, place, depth + 1)
                known += _piece(inner)
                if inner.level != CONSTANT:
                    level = DYNAMIC
                    lines = (*lines, node.range().start.line + 1, *inner.lines)
        if not found:
            known = _QUOTES.sub("", node.text())
        return State(level, known[:LONGEST_TEXT], lines)

    def _binary(self, node: "Any", place: Place, depth: int) -> State:
        children = node.children()
        operator = self._operator(node, children)
        named = [c for c in parts(node) if c.kind() != "operator_identifier" and self.kind.get(c.kind()) != "comment"]
        if len(named) < 2:
            return State(UNKNOWN)
        if operator in {"||", "??", "or", "?:"}:
            return max((self.state(named[0], place, depth + 1), self.state(named[-1], place, depth + 1)), key=_rank)
        if operator == "*":
            left = self.state(named[0], place, depth + 1)
            return left if left.level == CONSTANT else State(UNKNOWN, weak=WEAK)
        if operator not in self.plus:
            return State(CONSTANT, MADE) if operator in {"-", "/"} else State(UNKNOWN, weak=WEAK)
        left = self.state(named[0], place, depth + 1)
        if operator == "%":
            return self._percent(left, named[-1], node, place, depth)
        return self._join([left, self.state(named[-1], place, depth + 1)], node)

    def _percent(self, left: State, right: "Any", node: "Any", place: Place, depth: int) -> State:
        if not left.text:
            return State(UNKNOWN)
        values = parts(right) if self.kind.get(right.kind()) in {"list", "map"} else [right]
        if any(self.kind.get(p.kind()) == "pair" for p in values):
            states = [self.state(parts(p)[-1], place, depth + 1) for p in values if parts(p)]
            worst = max(states, key=_rank) if states else State(UNKNOWN)
            return self._filled(left, [worst] * len(_VERB.findall(left.text)), node)
        return self._filled(left, [self.state(p, place, depth + 1) for p in values], node)

    def _filled(self, text: State, values: "list[State]", node: "Any") -> State:
        """`"… %s …"` with its values: numbers and the like cannot carry SQL."""
        pieces: list[State] = []
        at, number = 0, 0
        for match in _VERB.finditer(text.text):
            pieces.append(State(CONSTANT, text.text[at : match.start()]))
            at = match.end()
            if match.group(3) in "%n":
                pieces.append(State(CONSTANT, "%" if match.group(3) == "%" else " "))
                continue
            index = int(match.group(2)) - 1 if match.group(2) else number
            number += 1
            value = values[index] if 0 <= index < len(values) else State(UNKNOWN)
            pieces.append(State(CONSTANT, MADE) if match.group(3) in "dioxXeEfFgGbtpu" else value)
        if not pieces:
            return text
        pieces.append(State(CONSTANT, text.text[at:]))
        if text.level == DYNAMIC:
            pieces.append(State(DYNAMIC, "", text.lines))
        return self._join(pieces, node)

    def _braced(self, text: State, values: "list[tuple[str, State]]", node: "Any") -> State:
        """`"… {} {0} {name} …"` with its values."""
        pieces: list[State] = []
        at, number = 0, 0
        named = {key: state for key, state in values if key}
        for match in _BRACE.finditer(text.text):
            pieces.append(State(CONSTANT, text.text[at : match.start()]))
            at = match.end()
            if match.group() in {"{{", "}}"}:
                pieces.append(State(CONSTANT, match.group()[0]))
                continue
            name = re.split(r"[:!.\[,]", match.group(1))[0].strip()
            index = int(name) if name.isdigit() else number
            number += name == ""
            pieces.append(
                named[name]
                if name in named
                else values[index][1]
                if (name.isdigit() or not name) and index < len(values)
                else State(UNKNOWN, weak=REACHED)
            )
        if not pieces:
            return text
        pieces.append(State(CONSTANT, text.text[at:]))
        if text.level == DYNAMIC:
            pieces.append(State(DYNAMIC, "", text.lines))
        return self._join(pieces, node)

    def _join(self, states: "list[State]", node: "Any") -> State:
        if not states:
            return State(CONSTANT)
        text = "".join(_piece(s) for s in states)[:LONGEST_TEXT]
        level = max(s.level for s in states)
        lines = tuple(line for s in states for line in s.lines)
        if level != CONSTANT and len(states) > 1:
            level = DYNAMIC
            if node is not None:
                lines = (*lines, node.range().start.line + 1)
        return State(level, text if level != UNKNOWN else "", lines, states[0].weak if len(states) == 1 else HOLE)

    def _map(self, node: "Any", place: Place, depth: int) -> State:
        """`{text: sql}`, `{sql: …}`: the query of an options object."""
        for child in node.children():
            if self.kind.get(child.kind()) == "pair":
                named = parts(child)
                if len(named) >= 2 and named[0].text().strip("'\"") in {"text", "sql", "query", "statement"}:
                    return self.state(named[-1], place, depth + 1)
        return State(UNKNOWN, weak=WEAK)

    def _called(self, node: "Any", place: Place, depth: int) -> State:
        children = node.children()
        holder = self._arguments_node(children) or next((c for c in children if c.kind() == "generator_expression"), None)
        text = node.text()
        ends = holder if holder is not None else next((c for c in children[-1:] if c.kind() in {"block", "do_block"}), None)
        callee = text if ends is None else text[: ends.range().start.index - node.range().start.index].strip()
        callee = callee.removeprefix("new ").rstrip("(! ")
        name = last_name(callee)
        harmless = self._cannot_carry(name, callee, text)
        if harmless is not None:
            return harmless
        if holder is None and any(c.kind() == "template_string" for c in children):
            return State(CONSTANT, MADE)  # a tagged template binds its values
        arguments = [("", holder)] if holder is not None and holder.kind() == "generator_expression" else self._arguments(holder)
        receiver = self._receiver(node, children)
        if node.kind() == "macro_invocation":
            return self._macro(holder, place, depth) if self.formats.search(callee) else State(UNKNOWN, weak=WEAK)
        if name in self.appends or (name == "concat" and receiver is not None):
            return self._appended_to(receiver, arguments, node, place, depth)
        if _EMPTY.search(callee) and (not arguments or name in {"make", "with_capacity"}):
            return State(CONSTANT)
        if self.formats.search(callee[-200:]):
            return self._formatted(name, receiver, arguments, node, place, depth)
        if name in {"repeat", "Repeat", "fill", "array_fill", "nCopies", "str_repeat"}:
            return self._repeated(name, receiver, arguments, place, depth)
        if name in self.table["loop_calls"] or name in {"map", "collect", "Select", "array_map"}:
            return self._mapped(arguments, node, place, depth)
        if name in self.keeps:
            if receiver is not None and receiver.text() not in self.table["namespaces"]:
                return self.state(receiver, place, depth + 1)
            return self.state(arguments[0][1], place, depth + 1) if arguments else State(CONSTANT)
        if receiver is not None and _CAPS.fullmatch(receiver.text()[:80]) and len(receiver.text()) > 2 and not arguments:
            return State(CONSTANT, MADE)  # a constant of an enumeration tells its own name
        found = self._helped(name, arguments, text, place, depth)
        if found.level == UNKNOWN and found.weak == WEAK and not _HARMFUL.search(name):
            return found._replace(weak=self._reached(name, receiver, [n for _, n in arguments[:3]], place, depth))
        return found

    def _cannot_carry(self, name: str, callee: str, text: str) -> "State | None":
        """The value of a call that quotes, escapes, counts or binds; None for any other."""
        if self.escapes.search(callee[-200:]):
            return State(CONSTANT, ESCAPED)
        if self.safe.search(callee[-200:]) or _BINDS.match(name):
            return State(CONSTANT, MADE)
        if re.search(r"\bclass(?:\.name)?$", callee):
            return State(CONSTANT, MADE)  # the name of a class
        if _QUOTING.match(name) and name not in self.functions and not re.search(r"(?i)html|xml|url", name):
            return State(CONSTANT, MADE)
        if name.lower().startswith(("replace", "gsub")) and self._doubles(name, text[-120:]):
            return State(CONSTANT, ESCAPED)
        return None

    def _doubles(self, name: str, text: str) -> bool:
        """Whether a call doubles quotes, or takes them out: JavaScript's `replace` does it once, unless its expression is global."""
        once = name == "replace" and "template_string" in self.kind and not re.search(r"/\w*g\w*\s*,", text)
        return not once and _DOUBLES.search(text) is not None

    def _reached(self, name: str, receiver: "Any", arguments: "list[Any]", place: Place, depth: int) -> str:
        """What stands for the value of a call: a function of what came in, and a part of it, came in as well."""
        asked = receiver.text()[:80] if receiver is not None else ""
        if asked == "self" and self.table.get("bare_calls"):
            return REACHED  # Ruby's attribute of a record
        looked_at = arguments
        if asked and not re.fullmatch(r"[A-Z]\w*", asked):
            part = re.match(r"(?:get|to_?s|to_?string|as_?str|unwrap|fetch|value)", name, re.IGNORECASE)
            looked_at = [receiver] if part or (self.table.get("bare_calls") and not arguments) else []
        given = {_part_of(self.state(n, place, depth + 4)) for n in looked_at}
        return ASKED if ASKED in given and asked else REACHED if given & {ASKED, REACHED} else WEAK

    def _appended_to(self, receiver: "Any", arguments: "list[tuple[str, Any]]", node: "Any", place: Place, depth: int) -> State:
        """`text.append(x)`; `append(list, x)`; `append_format(text, x)`."""
        values = [n for _, n in arguments]
        if receiver is None:
            return self._join([self.state(n, place, depth + 1) for n in values], node)
        states = [self.state(receiver, place, depth + 1), *(self.state(n, place, depth + 1) for n in values[:1])]
        if len(values) > 1 and states[-1].level == CONSTANT and _BRACE.search(states[-1].text):
            states[-1] = self._braced(states[-1], [("", self.state(n, place, depth + 1)) for n in values[1:]], node)
        return self._join(states, node)

    def _formatted(self, name: str, receiver: "Any", arguments: "list[tuple[str, Any]]", node: "Any", place: Place, depth: int) -> State:
        arguments = arguments[1:] if name.startswith("Fprint") else arguments  # where it is written to
        given = [(key, self.state(n, place, depth + 1)) for key, n in arguments]
        own = receiver is not None and receiver.text() not in self.table["namespaces"]
        if name in {"join", "implode", "Join", "mkString", "joinToString"}:
            states = [s for _, s in given]
            if own:
                states.insert(0, self.state(receiver, place, depth + 1))
            worst = max(states, key=_rank) if states else State(CONSTANT)
            if worst.level != UNKNOWN:
                return worst
            quotes = any("'" in s.text for s in states if s.text != "','")
            several = worst.weak == HOLE and not quotes
            return State(DYNAMIC, OPEN if several else _piece(worst), (node.range().start.line + 1,), worst.weak)
        if own and name in self.keeps | {"format", "formatted", "format_map", "%"}:
            text = self.state(receiver, place, depth + 1)
            if not text.text and given and given[0][1].text:  # util.format
                text, given = given[0][1], given[1:]
            elif not text.text and _SQL_NAME.search(receiver.text()[-80:]):
                return State(DYNAMIC, f"SELECT * FROM x WHERE y = {HOLE}", (node.range().start.line + 1,))  # noqa: S608
        else:
            while len(given) > 1 and not given[0][1].text:  # a locale, a writer
                given = given[1:]
            if not given:
                return State(UNKNOWN)
            text, given = given[0][1], given[1:]
        if not text.text:
            return State(UNKNOWN, weak=text.weak)
        if name in {"Sprint", "Sprintln"}:
            return self._join([text, *(s for _, s in given)], node)
        if _BRACE.search(text.text) and (not _VERB.search(text.text) or (own and name == "format" and "%" in self.plus)):
            return self._braced(text, given, node)
        return self._filled(text, [s for _, s in given], node)

    def _repeated(self, name: str, receiver: "Any", arguments: "list[tuple[str, Any]]", place: Place, depth: int) -> State:
        values = [n for _, n in arguments]
        if name in {"fill", "array_fill", "nCopies"}:
            what = values[-1] if values else None
        else:
            what = receiver if receiver is not None and receiver.text() != "strings" else values[0] if values else None
        found = self.state(what, place, depth + 1) if what is not None else State(UNKNOWN)
        return found if found.level == CONSTANT else State(UNKNOWN, weak=found.weak)

    def _mapped(self, arguments: "list[tuple[str, Any]]", node: "Any", place: Place, depth: int) -> State:
        """`names.map(n => …)`: the text of each element."""
        lambdas = [self.starting.get(n.range().start.index) for _, n in arguments]
        lambdas += [self.starting.get(c.range().start.index) for c in parts(node)[-1:]]
        made = [self.state(value, there, depth + 2) for f in lambdas if f is not None for value, there in f.returns]
        if made:
            worst = max(made, key=_rank)
            return worst if worst.level == CONSTANT or worst.text else State(UNKNOWN, weak=WEAK)
        if any(self.safe.search(n.text()[-80:]) for _, n in arguments):
            return State(CONSTANT, MADE)
        body = next((c.field("body") for c in parts(node)[-1:] if c.kind() in {"block", "do_block"}), None)
        if body is not None and parts(body):  # Ruby's block gives its last expression
            given = self.state(parts(body)[-1], place, depth + 2)
            return given if given.level == CONSTANT or (given.level == DYNAMIC and "'" in given.text) else State(UNKNOWN, weak=WEAK)
        return State(UNKNOWN, weak=WEAK)

    def _helped(self, name: str, arguments: "list[tuple[str, Any]]", text: str, place: Place, depth: int) -> State:
        """A function of the same file: what it returns."""
        for function in self.functions.get(name, ())[:3]:
            if name and (self._gives_number(function) or _lets_through(function)):
                return State(CONSTANT, MADE)
            if not function.returns or function.name in {"", place.function.name}:
                continue
            states = [self.state(_first(self, value), there, depth + 4) for value, there in function.returns]
            worst = max(states, key=_rank)
            if worst.level == DYNAMIC and function.parameters and arguments:
                given = [self.state(n, place, depth + 4) for _, n in arguments]
                if all(s.level == CONSTANT for s in given):
                    return State(CONSTANT, worst.text)
            if worst.level == DYNAMIC and not worst.text.strip(HOLE + WEAK + NAMED + " "):
                return State(UNKNOWN, weak=WEAK)
            return worst
        return _made_by(text)

    def _gives_number(self, function: Function) -> bool:
        style = self.table.get("types", "")
        head = function.node.text()[:400].split("{")[0]
        if "first" in style:
            return re.search(rf"\b(?:{_NUMBERS})\s+{re.escape(function.name)}\s*\(", head) is not None
        return bool(style) and re.search(rf"\)\s*(?::|->)?\s*(?:{_NUMBERS})\s*(?:$|[:=\n])", head) is not None

    def _macro(self, holder: "Any", place: Place, depth: int) -> State:
        """Rust's `format!("… {} {name}", a)`: the tree holds tokens only."""
        tokens = parts(holder) if holder is not None else []
        literal = next((t for t in tokens if self.kind.get(t.kind()) == "string"), None)
        if literal is None:
            return State(UNKNOWN)
        text = self._string(literal, place, depth + 1)
        values = [("", self._tokens(group, place, depth)) for group in _groups(holder, literal)]
        values += [(n, self._named(n, holder, place, depth + 1)) for n in re.findall(r"(?<!\{)\{([A-Za-z_]\w*)[^{}]*\}", text.text)]
        given = re.findall(r"\b([a-z_]\w*)\s*=(?!=)\s*([^,]*)", holder.text().replace(literal.text(), "").rstrip(")"))
        values += [(n, self._token(value.strip(), holder, place, depth)) for n, value in given]
        return self._braced(text, values, holder)

    def _tokens(self, group: "list[Any]", place: Place, depth: int) -> State:
        """One argument of a macro: a name, a literal, or the tokens of a longer expression."""
        if len(group) == 1:
            return self.state(group[0], place, depth + 1)
        text = "".join(token.text() for token in group)[:300]
        name = text.lstrip("&*")
        if _NAME.fullmatch(name):
            return self._named(name, group[-1], place, depth + 1)
        if "(" in text:
            return State(CONSTANT, MADE) if self.safe.search(text.rpartition("(")[0][-200:]) else _made_by(text)
        return self.state(group[0], place, depth + 1)

    def _token(self, text: str, holder: "Any", place: Place, depth: int) -> State:
        """The value of a named argument of a macro: a name, or something else."""
        return self._named(text, holder, place, depth + 1) if re.fullmatch(r"[A-Za-z_]\w*(?:::\w+)*", text) else State(UNKNOWN)

    def _receiver(self, node: "Any", children: "list[Any]") -> "Any":
        for field in ("object", "receiver", "scope"):
            if (found := node.field(field)) is not None:
                return found
        first = children[0]
        for field in ("object", "expression", "operand", "value"):
            if (found := first.field(field)) is not None:
                return found
        return first.children()[0] if first.kind() == "navigation_expression" else None

    def _named(self, name: str, node: "Any", place: Place, depth: int) -> State:
        bare = plain(name)
        start = node.range().start.index
        function: Function | None = place.function
        blocks = place.blocks
        if self.table.get("bare_calls") and self.safe.search(name):
            return State(CONSTANT, MADE)
        while function is not None:
            known = function.assigned.get(bare)
            if known:
                before = sorted((a for a in known if a.start <= start or function is not place.function), key=lambda a: a.start)
                found = self._assigned(before, blocks, depth)
                if found is not None:
                    if found.level == UNKNOWN and bare in self.numbers(function):
                        return State(CONSTANT, MADE)
                    return found._replace(weak=NAMED) if found.level == UNKNOWN and found.weak == WEAK and structural(bare) else found
            if bare in function.parameters:
                return self._parameter(bare, function, depth, start)
            if bare in self.numbers(function):
                return State(CONSTANT, MADE)
            blocks = ()
            function = function.outer
        constant = self._constant_name(name, bare, place)
        return constant if constant is not None else self._unassigned(name, bare, node, place, depth)

    def _constant_name(self, name: str, bare: str, place: Place) -> "State | None":
        """The value of a constant, of a member of an enumeration, or of a name of a package."""
        if re.match(r"const(?:ant)?s?(?:\.|::)[A-Z]", name):
            return State(CONSTANT)
        if _CAPS.fullmatch(name.lstrip("$@")) and len(bare) > 2:
            return State(CONSTANT)
        if _MEMBER.fullmatch(name) and not (_REQUEST.search(name) or _FIELD_TEXT.search(name)):
            return State(CONSTANT, MADE)  # a member of an enumeration, a constant of a class
        if self.table.get("types") == "go" and self._of_package(name, place):
            return State(CONSTANT, MADE)
        return None

    def _unassigned(self, name: str, bare: str, node: "Any", place: Place, depth: int) -> State:
        """A name that no function around its place gives a value: a field, a part of an object, a name of another file."""
        if _REQUEST.search(name):
            weak = _origin(name)
            return State(UNKNOWN, weak=REACHED if weak == ASKED and self._message(name, place) else weak)
        if self.table.get("bare_calls") and re.fullmatch(r"[a-z_]\w*[?!]?", name):
            helped = self._helped(name, [], name, place, depth + 4)
            return helped if helped.level != UNKNOWN else _made_by(name)
        head, dot, last = re.sub(r"\?\.|->", ".", name).rpartition(".")
        if dot and last in self.keeps:
            return self._named(head, node, place, depth + 1)
        made = (
            re.search(r"\.|->|::", name)
            or structural(bare)
            or bare[:1].isupper()
            or self._is_field(bare)
            or self._empty_at_first(bare, place)
        )
        if not made:
            self.given.add((-1, bare))
            return State(UNKNOWN)
        found = _made_by(name)
        if found.level == UNKNOWN and found.weak == WEAK and dot and plain(head) == head.lstrip("$") and not self._owns(head, place):
            given = head.lstrip("$") in place.function.parameters and head.lstrip("$") not in place.function.assigned
            return found._replace(weak=REACHED if given else _part_of(self._named(head, node, place, depth + 2)))
        return found

    def _message(self, name: str, place: Place) -> bool:
        """Whether Go's `req` is a message of the program rather than a request of HTTP."""
        head = name.partition(".")[0]
        declared = self._declared(head, place.function) if self.table.get("types") == "go" and head in place.function.parameters else ""
        return bool(declared) and re.search(r"http\.|gin\.|echo\.|fiber\.|Ctx|Context", declared) is None

    def _owns(self, name: str, place: Place) -> bool:
        """Whether a name is the object of the method itself: its fields are the program's own."""
        receiver = place.function.node.field("receiver") if place.function.outer is not None else None
        return name in {"self", "cls"} or receiver is not None and re.match(rf"\(\s*{re.escape(name)}\b", receiver.text()[:80]) is not None

    def _looked_at(self, name: str, function: Function, start: int) -> bool:
        """Whether a function looks at a text, or at each of a list, before it uses it: it is a name, or the function refuses it."""
        if function.outer is None:
            return False
        before = function.node.text()[: max(0, start - function.start)]
        names = [
            name,
            *re.findall(
                rf"\bfor\s*\(?\s*(?:const\s+|let\s+|var\s+|\w+\s*,\s*)?(\w+)\s*(?:in|of|:=\s*range|:)\s+{re.escape(name)}\b", before
            ),
        ]
        return any(
            re.search(_LOOKS_AT.format(name=re.escape(n)), before) or re.search(_REFUSES.format(name=re.escape(n)), before) for n in names
        )

    def _empty_at_first(self, name: str, place: Place) -> bool:
        """Go's `var sep string`: empty until it is set."""
        declared = rf"\bvar\s+(?:\w+\s*,\s*)*{re.escape(name)}(?:\s*,\s*\w+)*\s+string\b"
        return self.table.get("types") == "go" and re.search(declared, place.function.node.text()) is not None

    def _of_package(self, name: str, place: Place) -> bool:
        """Go's `Directory` and `models.Directory`, a name of a package: what comes in has a name of its function."""
        if re.fullmatch(r"[A-Z]\w+", name):
            return True
        of = re.fullmatch(r"([a-z]\w*)\.[A-Z]\w*", name)
        function: Function | None = place.function
        while of is not None and function is not None:
            if of.group(1) in function.parameters or of.group(1) in function.assigned:
                return False  # a variable with the name of a package
            function = function.outer
        if of is None:
            return False
        package = re.escape(of.group(1))
        imported = rf'(?m)^\s*(?:import\s+)?(?:{package}\s+"[^"\n]+"|"(?:[^"\n]*/)?{package}(?:/v\d+)?")\s*(?://.*)?$'
        return re.search(imported, self.file.node.text()) is not None

    def _is_field(self, name: str) -> bool:
        """Whether a name is a field that is set once: what the object was made with."""
        if not self.table.get("implicit_self"):
            return False
        text = self.file.node.text()
        return re.search(rf"\b(?:final|readonly|val)\b[^;(){{}}=\n]*\b{re.escape(name)}\s*[;=\n),]", text) is not None

    def _parameter(self, name: str, function: Function, depth: int, start: int) -> State:
        if name in self.numbers(function):
            return State(CONSTANT, MADE)
        if self._looked_at(name, function, start):
            return State(UNKNOWN, weak=NAMED)
        if self._of_a_request(name, function):
            return State(UNKNOWN, weak=ASKED)
        if function.private and function.name and name in function.order and depth < DEEPEST - 6:
            index = function.order.index(name)
            states = []
            for call in self.called.get(function.name, ()):
                given = [n for key, n in call.arguments if key == name] or [n for key, n in call.arguments[index : index + 1] if not key]
                if call.place.function is not function and given:
                    states.append(self.state(given[0], call.place, depth + 6))
            if states and all(s.level == CONSTANT for s in states):
                return State(CONSTANT, MADE)
            if not states and re.search(r"\bprotected\b", function.node.text()[:200]):
                return State(UNKNOWN, weak=OPEN)  # a class that is not seen calls it
            if states and structural(name):
                return State(UNKNOWN, weak=NAMED)
            if states:
                worst = max(states, key=_rank)
                return State(UNKNOWN, weak=worst.weak if worst.level == UNKNOWN else HOLE)
        if structural(name):
            if re.fullmatch(r"(?i)\w*(?:query|prefix|suffix)", name):
                self.named.add(function.start)
            asked = _ORDERS.fullmatch(name) and self._may_be_text(name, function) and not function.private and not _injected(name, function)
            return State(UNKNOWN, weak=OPEN if asked else NAMED)
        if not self._may_be_text(name, function):
            return State(UNKNOWN, weak=OPEN)
        self.given.add((function.start, name))
        return State(UNKNOWN)

    def _of_a_request(self, name: str, function: Function) -> bool:
        """Whether a framework fills a parameter with text of the request, whatever it is called: `@router.get(…) def find(order: str)`."""
        holder = next((c for c in function.node.children() if self.kind.get(c.kind()) == "parameters"), None)
        if holder is None or not self._may_be_text(name, function):
            return False
        text, bare = holder.text()[:2000], re.escape(name)
        marked = re.search(rf"{_FILLED}[^,]*?(?:\([^()]*\))?[^,()]*?(?<![\w.]){bare}\b", text)
        if marked is not None or function.node.kind() != "function_definition":
            return marked is not None
        above = function.node.parent()
        routed = _ROUTED.search(above.text()[:600]) if above is not None and above.kind() == "decorated_definition" else None
        number = routed is not None and re.search(rf"<(?:int|float|uuid):{bare}>", above.text()[:2000]) is not None
        return (
            routed is not None
            and not number
            and not _injected(name, function)
            and _TEXT_OR_NONE.fullmatch(self._declared(name, function)) is not None
        )

    def _may_be_text(self, name: str, function: Function) -> bool:
        """Whether a parameter is declared as text, or as nothing and is not named as a number."""
        declared = self._declared(name, function)
        return _TEXTUAL.search(declared) is not None if declared else _COUNTS.fullmatch(name) is None

    def _declared(self, name: str, function: Function) -> str:
        """The type that a parameter is declared with; "" where there is none."""
        holder = next((c for c in function.node.children() if self.kind.get(c.kind()) == "parameters"), None)
        text, style, name = holder.text()[:2000] if holder is not None else "", self.table.get("types", ""), re.escape(name)
        found = None
        if "first" in style:
            found = re.search(rf"([\w.\[\]<>?|\\]+)\s+(?:\.\.\.\s*)?\$?{name}\b\s*(?:[,)=]|$)", text)
        elif "after" in style:
            found = re.search(rf"\b{name}\??\s*:\s*([^,=)]+)", text)
        elif "go" in style:
            found = re.search(rf"\b{name}\b(?:\s*,\s*\w+)*\s+([^,)]+)", text)
        return found.group(1) if found is not None else ""

    def numbers(self, function: Function) -> "frozenset[str]":
        """Names that a function declares as numbers, dates, identifiers or truth values: they cannot carry SQL."""
        if function.start not in self._numbers or function.outer is None:
            key = function.start if function.outer is not None else -1
            if key not in self._numbers:
                self._numbers[key] = self._typed(function)
            return self._numbers[key]
        return self._numbers[function.start]

    def _typed(self, function: Function) -> "frozenset[str]":
        style = self.table.get("types", "")
        if not style:
            return frozenset()
        text = function.node.text()
        if function.outer is None:  # only what is declared for all: fields and constants
            text = "\n".join(
                line
                for line in text.split("\n")
                if re.match(r"\s*(?:private|public|protected|internal|static|final|readonly|const|val|var)\b[^({]*$", line)
            )
        names: set[str] = set()
        if "first" in style:
            names.update(_TYPE_FIRST.findall(text[:40_000]))
            above = function.node.prev()
            if above is not None and above.text().startswith("/**"):
                names.update(_DOCUMENTED.findall(above.text()[:4000]))
        if "after" in style:
            names.update(_NAME_FIRST.findall(text[:40_000]))
        if "go" in style:
            for group in _GO_TYPED.findall(text[:40_000]):
                names.update(part.strip() for part in group.split(","))
        return frozenset(names)

    def _assigned(self, known: "list[Assignment]", blocks: "tuple[int, ...]", depth: int) -> "State | None":
        """The state after the assignments before a use: back to the last that surely ran and set the name anew."""
        added: list[State] = []
        base: list[State] = []
        for each in reversed(known[-60:]):
            state = self.state(each.value, each.place, depth + 1)
            if each.append:
                added.insert(0, state)
                continue
            base.append(state)
            if each.blocks == blocks[: len(each.blocks)]:
                break
        if not base and not added:
            return None
        first = max(base, key=lambda s: (_rank(s), len(s.text))) if base else State(CONSTANT)
        return self._join([first, *added], None) if added else first


_IN_LIST = (
    r"(?:[A-Z][A-Z0-9_]{{3,}}|[\w.$]*(?:[aA]llowed|[vV]alid|[pP]ermitted|[sS]upported|ALLOWED)\w*)\s*(?:\.|->)\s*(?:include\?|includes|contains|Contains|has|key\?|ContainsKey)"
    r"\(\s*{name}\s*\)|{name}\s+in\s+(?:\w+\.)*(?:[A-Z][A-Z0-9_]{{3,}}|\w*(?:allowed|valid|permitted|supported)\w*)|in_array\(\s*{name}\s*,"
)


def _listed(value: str, condition: str) -> bool:
    """Whether a condition asks whether a value is one of a list: `COLUMNS.include?(x) ? x : "name"`."""
    return len(value) < 80 and re.search(_IN_LIST.format(name=re.escape(value)), condition) is not None


_PERMITTED = re.compile(
    r"\bif\s+(?:_,\s*(?P<is>\w+)\s*:=\s*(?P<map>[\w.]+)\[(?P<key>\w+)\];\s*(?P=is)|slices\.Contains\((?P<list>[\w.]+),\s*(?P<one>\w+)\))"
    r"\s*\{\s*(?P<kept>\w+)\s*=\s*append\((?P=kept),\s*(?P<value>\w+)\)\s*\}"
)
"""Go: `if _, ok := allowed[name]; ok { kept = append(kept, name) }`."""


def _lets_through(function: Function) -> bool:
    """Whether a function gives only those of the values it gets that stand in a list of the program."""
    text = function.node.text()[:2000]
    match = _PERMITTED.search(text)
    if match is None or (match["map"] or match["list"]) in function.order:
        return False
    tested, value, kept = match["key"] or match["one"], match["value"], re.escape(match["kept"])
    if tested != value and not re.search(rf"\b{tested}\s*:=\s*strings\.To\w+\(\s*{value}\s*\)", text):
        return False
    added = [
        one
        for one in re.findall(rf"\b{kept}\s*=\s*append\({kept},\s*([^()\n]*)\)", text)
        if not re.fullmatch(r"\w+\.[A-Z]\w*(?:\.\.\.)?", one)
    ]
    given = re.findall(r"\breturn\b[ \t]*([^\n}]*)", text)
    return added == [value] and all(re.fullmatch(rf"(?:nil|{kept})\s*", one) for one in given)


_LOOKS_AT = (
    r"(?i)(?:\bif\b|\bunless\b|\bassert\b|\brequire\b)[^\n]*\w*(?:valid|allowed|permitted|whitelist|is_?safe|is_?identifier|isalnum|isalpha|fullmatch)\w*"
    r"[\w.]*\([^\n()]*\b{name}\b|\bif\b[^\n]*\b{name}\.(?:isidentifier|isalnum|isalpha)\("
)
"""A condition that asks whether a text is one of the names that may be written into SQL."""
_JUDGES = (
    r"(?i)(?:valid\w*|filter_var|is_?numeric|ctype_\w+|is_?(?:iso)?_?date\w*|is_?int\w*|is_?nan|preg_match|in_array|checkdate|fullmatch|"
    r"isdigit|is_?uuid)\s*\(\s*(?:[\w$'\"/^\[\]\\+*]+\s*,\s*)?"
)
"""A call that asks whether a value is a number, a date or one of a list, up to the value."""
_REFUSES = r"\b(?:if|unless|assert|require)\b[^\n]*(?:" + _IN_LIST.replace(r"{name}\s+in\s+", r"{name}\s+(?:not\s+)?in\s+") + ")"


def _injected(name: str, function: Function) -> bool:
    """Whether FastAPI fills a parameter with what a dependency gives."""
    return (
        re.search(rf"(?<![\w.]){re.escape(name)}\s*(?::[^=,]*)?=\s*(?:Depends|Security|inject)\b", function.node.text()[:2000]) is not None
    )


_ORDERS = re.compile(r"(?i)(?:order|sort)(?:ing|_?by|_?column|_?field|_?dir\w*|_?clause)?")
"""Names of parameters that callers often fill from a request: what a page is sorted by."""
_EMPTY = re.compile(
    r"(?:^|[.:])(?:make|StringBuilder|StringBuffer|StringJoiner|ArrayList|LinkedList|HashSet|List|Vec::new|String::new|with_capacity|list|array|mutableListOf|ListBuffer|"
    r"ArrayBuffer|StringIO|BytesIO|Array|Set|Map)(?:<.*>|\[.*\])?$"
)
"""Makes an empty collection or text."""
_SQL_NAME = re.compile(r"(?i)(?:sql|query|statement)\w*$")


def _rank(state: State) -> "tuple[int, bool]":
    return state.level, state.weak in STRONG


def _piece(state: State) -> str:
    if state.level == CONSTANT or (state.level == DYNAMIC and state.text):
        return state.text
    return "" if state.level == DYNAMIC else state.weak


_HARMLESS = re.compile(
    r"(?i)(?:^|[._>:]|[a-z](?=[A-Z]))(?:date|time|now|timestamp|today|year|month|day|count|size|length|index|page|limit|offset|millis|"
    r"seconds|uuid|guid)(?:\(\s*\))?$|(?<=[a-z0-9])(?:\.|->)(?:\w+_)?id$"
)


def _made_by(text: str) -> State:
    """The value of a call or a field: dates and counts cannot carry SQL."""
    weak = _origin(text)
    return State(CONSTANT, MADE) if weak not in STRONG and _HARMLESS.search(text[:200]) else State(UNKNOWN, weak=weak)


def _part_of(whole: State) -> str:
    """What stands for a part of a value, and for what a function makes of it."""
    if whole.level == UNKNOWN:
        return ASKED if whole.weak == ASKED else REACHED if whole.weak in {HOLE, OPEN, REACHED} else WEAK
    return REACHED if whole.level == DYNAMIC and strong(whole.text) else WEAK


def _origin(text: str) -> str:
    """What stands for the value of a call or a field."""
    text = re.split(r"\n|\bdo\b|=>|\{ ?\|", text[:200])[0]  # without the block of a call
    if _REQUEST.search(text[:200]) and "session()" not in text[:200]:
        return ASKED if _ASKS.search(text[:200]) else HOLE
    return NAMED if structural(re.sub(r"\(.*", "", text[:200], flags=re.DOTALL)) else WEAK


def _first(reading: Reading, node: "Any") -> "Any":
    """The text of `return text, values`."""
    if node.kind() in {"tuple", "tuple_expression", "expression_list"}:
        named = parts(node)
        return named[0] if named else node
    return node


_FILLED = (
    r"(?:@(?:RequestParam|PathVariable|RequestHeader|QueryParam|PathParam|Query|Param|Headers)\b|"
    r"\[From(?:Query|Route|Header|Form)\b[^\]]*\])"
)
"""Marks of a parameter that Spring, JAX-RS, NestJS and ASP.NET fill from the request."""
_ROUTED = re.compile(r"(?m)^\s*@\w+(?:\.\w+)*\.(?:get|post|put|patch|delete|route|api_route)\(")
"""What registers a function of Python as the handler of a route."""
_TEXT_OR_NONE = re.compile(r"\s*(?:(?:Optional\[)?str\b.*|Annotated\[\s*(?:Optional\[)?str\b.*|)", re.DOTALL)
