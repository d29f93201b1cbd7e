"""JPA entities in Java and Kotlin (Jakarta Persistence 3.1, with the naming of Hibernate and Spring Boot), resolved across files.

The record of one class, as `extract` keeps it:

    {"class", "line", "kind": entity | mapped | embeddable, "extends": class, "annotations": {name: {argument: value}},
     "fields": [{"name", "type", "annotations", "primitive": bool}]}
"""

import re

from backend_agent.facts.schema import _jvm_constants, chains
from backend_agent.facts.schema.state import Operation, Schema
from backend_agent.facts.schema.values import Name
from backend_agent.model import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TYPES = {
    "string": "varchar", "char": "char", "character": "char", "int": "int", "integer": "int", "long": "bigint", "short": "smallint",
    "byte": "smallint", "boolean": "bool", "double": "double", "float": "float", "bigdecimal": "numeric", "biginteger": "numeric",
    "uuid": "uuid", "instant": "timestamptz", "offsetdatetime": "timestamptz", "zoneddatetime": "timestamptz", "localdatetime": "timestamp",
    "date": "timestamp", "timestamp": "timestamp", "calendar": "timestamp", "localdate": "date", "localtime": "time", "duration": "bigint",
    "byte[]": "bytea", "bytearray": "bytea", "blob": "bytea", "clob": "text", "url": "varchar", "locale": "varchar", "year": "int",
}  # fmt: skip
PRIMITIVE = {"int", "long", "short", "byte", "boolean", "double", "float", "char"}
KOTLIN_PRIMITIVE = {"Int", "Long", "Short", "Byte", "Boolean", "Double", "Float", "Char"}
NOT_NULL = {"NotNull", "NotBlank", "NotEmpty", "NonNull"}
WITH_ID = {"PanacheEntity", "AbstractPersistable", "AbstractAuditable"}
"""Superclasses of libraries that declare the key (Quarkus Panache, Spring Data)."""
RELATIONS = {"ManyToOne", "OneToOne", "OneToMany", "ManyToMany"}
COLLECTION = re.compile(
    r"^(?:Mutable)?(?:List|Set|Collection|Map|SortedSet|SortedMap|Iterable|ArrayList|HashSet|LinkedHashSet)\s*<(.*)>$", re.DOTALL
)

_ANNOTATION = re.compile(r"@(?:(?:field|get|param|property|set|file):)?([\w.]+)\s*")
_CLASS = re.compile(r"\b(?:class|record|interface)\s+(\w+)")
_JAVA_FIELD = re.compile(
    r"(?:(?:public|private|protected|final|volatile)\s+)*(?P<type>[\w.]+(?:\s*<[\w\s.,<>?&]*>)?(?:\s*\[\s*\])*)\s+(?P<name>\w+)\s*(?P<end>[=;])"
)
_JAVA_GETTER = re.compile(
    r"(?:(?:public|protected|final)\s+)*(?P<type>[\w.]+(?:\s*<[\w\s.,<>?&]*>)?(?:\s*\[\s*\])*)\s+(?:get|is)(?P<name>[A-Z]\w*)\s*\(\s*\)\s*\{"
)
_KOTLIN_FIELD = re.compile(
    r"(?:(?:public|private|protected|internal|override|open|final|lateinit)\s+)*(?:val|var)\s+`?(?P<name>\w+)`?\s*(?::\s*(?P<type>[\w.]+(?:\s*<[\w\s.,<>?*]*>)?\??))?"
)
_MODIFIERS = re.compile(r"(?:public|private|protected|internal|abstract|final|open|data|sealed|static|inner|non-sealed|@JvmRecord)\s+")


def classes(text: str, kotlin: bool) -> "list[dict[str, Any]]":
    """The entities, mapped superclasses and embeddables of a file."""
    text = _without_comments(text)
    found = []
    for match in _CLASS.finditer(text):
        annotations = _annotations_before(text, match.start())
        kind = "entity" if "Entity" in annotations else "mapped" if "MappedSuperclass" in annotations else ""
        kind = kind or ("embeddable" if "Embeddable" in annotations else "")
        if not kind:
            continue
        brace = text.find("{", match.end())
        head = text[match.end() : brace if brace >= 0 else len(text)]
        fields: list[dict[str, Any]] = []
        parent = re.search(r"\bextends\s+([\w.]+)", _without_parameters(head))
        if kotlin:
            constructor = re.match(r"\s*(?:@\w+\s*|(?:private|internal|protected)\s+)*(?:constructor\s*)?\(", text[match.end() :])
            after = match.end()
            if constructor:
                start = match.end() + constructor.end() - 1
                after = chains.skip(text, start)
                fields = _kotlin_fields(text[start + 1 : after - 1])
            rest = re.match(r"\s*(?::\s*([\w.]+)[^{\n]*)?\s*(\{)?", text[after:])
            parent = re.match(r"\s*:\s*([\w.]+)\s*[({<]", text[after:])
            brace = after + rest.start(2) if rest and rest.group(2) else -1
        if brace >= 0:
            body = text[brace + 1 : chains.skip(text, brace) - 1]
            fields += _kotlin_fields(body) if kotlin else _java_fields(body)
        found.append(
            {
                "class": match.group(1),
                "line": text.count("\n", 0, match.start()) + 1,
                "kind": kind,
                "extends": parent.group(1).rpartition(".")[2] if parent else "",
                "annotations": annotations,
                "fields": fields,
            }
        )
    return found


def _without_parameters(head: str) -> str:
    """A class head without its type parameters, whose bounds say `extends` too."""
    while (shorter := re.sub(r"<[^<>]*>", "", head)) != head:
        head = shorter
    return head


def _without_comments(text: str) -> str:
    pattern = r'"""(?:.|\n)*?"""|"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*(?:.|\n)*?\*/'
    return re.sub(pattern, lambda m: m.group() if m.group()[0] == '"' else "\n" * m.group().count("\n"), text)


def _annotations_before(text: str, end: int) -> "dict[str, Any]":
    """Annotations that stand directly before a declaration: the text since the last `;`, `}` or `{` outside of their parentheses."""
    start = max(0, end - 6000)
    at = _last_boundary(text, start, end)
    found: dict[str, Any] = {}
    while at < end:
        match = _ANNOTATION.match(text, at)
        if match is None:
            at += 1
            continue
        at, annotation = _annotation(text, match)
        found[annotation[0]] = annotation[1]
    return found


def _last_boundary(text: str, start: int, end: int) -> int:
    at = boundary = start
    while at < end:
        character = text[at]
        if character == "@" and (match := _ANNOTATION.match(text, at)):
            at = match.end()
            if at < end and text[at] == "(":
                at = chains.skip(text, at)
            continue
        if character == '"':
            at = chains.skip(text, at)
            continue
        at += 1
        if character in ";{}":
            boundary = at
    return boundary


def _annotation(text: str, match: "re.Match[str]") -> "tuple[int, tuple[str, dict[str, Any]]]":
    name, at = match.group(1).rpartition(".")[2], match.end()
    if at >= len(text) or text[at] != "(":
        return at, (name, {})
    end = chains.skip(text, at)
    return end, (name, _arguments(text[at + 1 : end - 1]))


def _arguments(text: str) -> "dict[str, Any]":
    found: dict[str, Any] = {}
    for part in chains.split(text):
        match = re.match(r"\s*(\w+)\s*=(?!=)", part)
        key = match.group(1) if match else "value"
        found[key] = _argument(part[match.end() :] if match else part, key in _jvm_constants.NAMING)
    return found


def _argument(text: str, naming: bool = False) -> "Any":
    text = text.strip()
    if text[:1] in "{[" and text[-1:] in "}]" and text:
        return [_argument(part, naming) for part in chains.split(text[1:-1])]
    if naming and (constant := _jvm_constants.marked(text)):
        return constant
    annotation = re.match(r"@?(\w+)\s*\(", text)
    if annotation and text.endswith(")"):
        if annotation.group(1) in {"arrayOf", "listOf"}:
            return [_argument(part) for part in chains.split(text[annotation.end() : -1])]
        return {"@": annotation.group(1), **_arguments(text[annotation.end() : -1])}
    value = chains.value(text)
    return value.name[:200] if isinstance(value, Name) else value


def _java_fields(body: str) -> "list[dict[str, Any]]":
    found: list[dict[str, Any]] = []
    annotations: dict[str, Any] = {}
    at = 0
    while at < len(body):
        if body[at].isspace():
            at += 1
            continue
        if match := _ANNOTATION.match(body, at):
            at, annotation = _annotation(body, match)
            annotations[annotation[0]] = annotation[1]
            continue
        field = _JAVA_FIELD.match(body, at) or _JAVA_GETTER.match(body, at)
        if field and field.group("type") not in {"return", "package", "import", "throw"}:
            kind, name = field.group("type"), field.group("name")
            getter = "end" not in field.groupdict()
            if not getter or annotations.keys() & (RELATIONS | {"Column", "Id", "JoinColumn", "Embedded", "ElementCollection"}):
                name = name[0].lower() + name[1:] if getter else name
                found.append({"name": name, "type": "".join(kind.split()), "annotations": annotations, "primitive": kind in PRIMITIVE})
            at = field.end() - 1
        annotations = {}
        at = _next_member(body, at)
    return found


def _next_member(body: str, at: int) -> int:
    """After the `;` or the block that ends this member."""
    while at < len(body):
        if body[at] == ";":
            return at + 1
        if body[at] == "{":
            at = chains.skip(body, at)
            rest = re.match(r"\s*[,;)]", body[at:])  # an initializer, not a body
            return at + rest.end() if rest else at
        at = chains.skip(body, at) if body[at] in "([\"'" else at + 1
    return at


def _kotlin_fields(body: str) -> "list[dict[str, Any]]":
    found: list[dict[str, Any]] = []
    annotations: dict[str, Any] = {}
    at = 0
    while at < len(body):
        if match := _ANNOTATION.match(body, at):
            at, annotation = _annotation(body, match)
            annotations[annotation[0]] = annotation[1]
            continue
        if (at == 0 or not (body[at - 1].isalnum() or body[at - 1] in "_.")) and (field := _KOTLIN_FIELD.match(body, at)):
            kind = "".join((field.group("type") or "").split())
            found.append(
                {
                    "name": field.group("name"),
                    "type": kind.rstrip("?"),
                    "annotations": annotations,
                    "primitive": kind in KOTLIN_PRIMITIVE,
                }
            )
            annotations = {}
            at = field.end()
            if kind == "" and (guess := re.match(r"\s*=\s*(\"|\d+L\b|\d|true|false)", body[at:])):
                inferred = {'"': "String", "true": "Boolean", "false": "Boolean"}.get(guess.group(1), "Int")
                found[-1]["type"] = "Long" if guess.group(1).endswith("L") else inferred
            continue
        if re.match(r"\b(?:fun|class|object|init)\b", body[at : at + 7]) and (at == 0 or not body[at - 1].isalnum()):
            annotations = {}
            line_end = body.find("\n", at)
            brace = body.find("{", at)
            if brace >= 0 and (line_end < 0 or brace < line_end):
                at = chains.skip(body, brace)
                continue
        at = chains.skip(body, at) if body[at] in '([{"' else at + 1
    return found


# across files


class Naming:
    """How class and property names become table and column names: Spring Boot writes snake_case, plain Hibernate keeps them."""

    def __init__(self, spring: bool) -> None:
        self.spring = spring

    def of(self, name: str) -> str:
        name = re.sub(r"[`\"\[\]]", "", name)
        return snake(name) if self.spring else name


def snake(name: str) -> str:
    """Spring's CamelCaseToUnderscoresNamingStrategy: `.` and each small-to-capital step becomes `_`."""
    name = name.replace(".", "_")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z0-9A-Z]|[A-Z]$)", "_", name).lower()


def resolve(records: "dict[str, list[dict[str, Any]]]", naming: Naming) -> "list[Table]":
    by_class: dict[str, tuple[str, dict[str, Any]]] = {}
    for path in sorted(records):
        for record in records[path]:
            if record["extends"] in WITH_ID and not any("Id" in field["annotations"] for field in record["fields"]):
                key = {"name": "id", "type": "Long", "annotations": {"Id": {}}, "primitive": False}
                record = {**record, "fields": [key, *record["fields"]]}
            by_class.setdefault(record["class"], (path, record))
    resolver = _Resolver(by_class, naming)
    for name, (path, record) in by_class.items():
        if record["kind"] == "entity" and resolver.root(name) == name:
            resolver.create(name, path)
    for name, (path, record) in by_class.items():
        if record["kind"] == "entity" and resolver.root(name) != name:
            resolver.inherit(name, path)
    for name, (_path, record) in by_class.items():
        if record["kind"] == "entity":
            resolver.relate(name)
    return resolver.schema.tables()


class _Resolver:
    def __init__(self, classes: "dict[str, tuple[str, dict[str, Any]]]", naming: Naming) -> None:
        self.classes, self.naming = classes, naming
        self.schema = Schema("jpa")
        self.later: dict[str, list[Operation]] = {}

    def record(self, name: str) -> "dict[str, Any]":
        return self.classes[name][1]

    def parents(self, name: str) -> "list[str]":
        """The class and what it extends, nearest first."""
        found = [name]
        while (parent := self.record(found[-1])["extends"]) in self.classes and parent not in found:
            found.append(parent)
        return found

    def root(self, name: str) -> str:
        """The topmost entity of the hierarchy, which owns the table of a single-table hierarchy."""
        return [n for n in self.parents(name) if self.record(n)["kind"] == "entity"][-1]

    def strategy(self, name: str) -> str:
        for ancestor in self.parents(name):
            if "Inheritance" in (annotations := self.record(ancestor)["annotations"]):
                return str(annotations["Inheritance"].get("strategy", annotations["Inheritance"].get("value", ""))).rpartition(".")[2]
        return "SINGLE_TABLE"

    def table(self, name: str) -> str:
        if name not in self.classes:
            return self.naming.of(name)
        if self.strategy(name) == "SINGLE_TABLE":
            name = self.root(name) if self.record(name)["kind"] == "entity" else name
        annotations = self.record(name)["annotations"]
        said = annotations.get("Table", {})
        explicit = said.get("name") or said.get("value")
        entity = annotations.get("Entity", {})
        explicit = explicit or entity.get("name") or entity.get("value")
        named = self.naming.of(explicit if isinstance(explicit, str) and explicit else name)
        schema = said.get("schema")
        return f"{schema}.{named}" if isinstance(schema, str) and schema else named

    def keys(self, name: str) -> "list[tuple[str, str]]":
        """(column, type) of the primary key."""
        found = []
        for field in self.fields(name):
            annotations = field["annotations"]
            if "EmbeddedId" in annotations:
                found += [(column[0], column[1]) for column in self.embedded(field)]
            elif "Id" in annotations and not annotations.keys() & RELATIONS:
                found.append((self.column_name(field), self.type(field)))
            elif "Id" in annotations:
                found += [(column, kind) for column, _ref, kind in self.joins(field, 1)]
        return found

    def fields(self, name: str, upto: str = "") -> "list[dict[str, Any]]":
        """Own and inherited fields, an ancestor's first."""
        found: list[dict[str, Any]] = []
        for ancestor in reversed(self.parents(name)):
            if ancestor == name or self.record(ancestor)["kind"] == "mapped" or not upto:
                found += self.record(ancestor)["fields"]
        return [f for f in found if "Transient" not in f["annotations"]]

    def column_name(self, field: "dict[str, Any]") -> str:
        said = field["annotations"].get("Column", {}).get("name")
        return self.naming.of(said if isinstance(said, str) and said else field["name"])

    def type(self, field: "dict[str, Any]") -> str:
        annotations = field["annotations"]
        native = annotations.get("Column", {}).get("columnDefinition")
        if isinstance(native, str) and native:
            return re.split(r"(?i)\s+(?:default|not|null|unique)\b", native.lower())[0]
        if "Lob" in annotations:
            return "bytea" if field["type"].lower() in {"byte[]", "bytearray", "blob"} else "text"
        if "Enumerated" in annotations:
            return "varchar" if "STRING" in str(annotations["Enumerated"].get("value", "")) else "smallint"
        if "Temporal" in annotations:
            kind = str(annotations["Temporal"].get("value", "")).rpartition(".")[2].lower()
            return kind if kind in {"date", "time"} else "timestamp"
        if "JdbcTypeCode" in annotations:
            return "jsonb" if "JSON" in str(annotations["JdbcTypeCode"].get("value", "")) else ""
        return TYPES.get(field["type"].lower().rpartition(".")[2], "")

    def columns(self, fields: "list[dict[str, Any]]", optional: bool = False) -> "list[list[Any]]":
        found = []
        for field in fields:
            annotations = field["annotations"]
            if annotations.keys() & (RELATIONS | {"ElementCollection", "Formula"}) or "static" in field:
                continue
            if "Embedded" in annotations or "EmbeddedId" in annotations or self.is_embeddable(field):
                found += self.embedded(field)
            else:
                found.append([self.column_name(field), self.type(field), self.null(field) or optional])
        return found

    def is_embeddable(self, field: "dict[str, Any]") -> bool:
        return field["type"] in self.classes and self.record(field["type"])["kind"] == "embeddable"

    def null(self, field: "dict[str, Any]") -> bool:
        annotations = field["annotations"]
        if "Id" in annotations or "EmbeddedId" in annotations or annotations.get("Column", {}).get("nullable") is False:
            return False
        return not (annotations.keys() & NOT_NULL or field["primitive"])

    def embedded(self, field: "dict[str, Any]") -> "list[list[Any]]":
        if field["type"] not in self.classes:
            return []
        columns = []
        overrides = {}
        said = field["annotations"].get("AttributeOverrides", {}).get("value", [])
        single = field["annotations"].get("AttributeOverride")
        for override in [*(said if isinstance(said, list) else [said]), *([single] if single else [])]:
            column = override.get("column") if isinstance(override, dict) else None
            if isinstance(column, dict) and isinstance(column.get("name"), str):
                overrides[override.get("name")] = self.naming.of(column["name"])
        for inner in self.fields(field["type"]):
            if inner["annotations"].keys() & (RELATIONS | {"ElementCollection"}):
                continue
            if self.is_embeddable(inner) and inner["type"] != field["type"]:
                columns += self.embedded(inner)
            else:
                name = overrides.get(inner["name"]) or self.column_name(inner)
                columns.append([name, self.type(inner), self.null(inner) and "EmbeddedId" not in field["annotations"]])
        return columns

    def create(self, name: str, path: str) -> None:
        record = self.record(name)
        table = self.table(name)
        fields = self.fields(name)
        what: dict[str, Any] = {
            "name": name,
            "line": record["line"],
            "columns": self.columns(fields),
            "primary_key": [c for c, _t in self.keys(name)],
        }
        children = [n for n in self.classes if n != name and self.record(n)["kind"] == "entity" and self.root(n) == name]
        if children and self.strategy(name) == "SINGLE_TABLE":
            said = record["annotations"].get("DiscriminatorColumn", {}).get("name")
            what["columns"].append([self.naming.of(said) if isinstance(said, str) else "dtype", "varchar", False])
        if self.schema.has(table):  # several classes see one table, each with the columns it needs
            self.schema.apply([["add_column", table, column] for column in what["columns"]], path)
        else:
            self.schema.apply([["create_table", table, what]], path)
        self.constraints(name, table, fields, path)

    def inherit(self, name: str, path: str) -> None:
        """A subclass: more columns of the same table, or a table of its own that shares the key."""
        strategy, record = self.strategy(name), self.record(name)
        if strategy == "SINGLE_TABLE":
            table = self.table(name)
            self.schema.apply([["add_column", table, column] for column in self.columns(record["fields"], True)], path)
            self.constraints(name, table, record["fields"], path)
            return
        if strategy == "TABLE_PER_CLASS":
            self.create(name, path)
            return
        root = self.root(name)
        keys = self.keys(root)
        joined = record["annotations"].get("PrimaryKeyJoinColumn", {}).get("name")
        own = [self.naming.of(joined)] if isinstance(joined, str) and len(keys) == 1 else [c for c, _t in keys]
        nearest = next(n for n in self.parents(name)[1:] if self.record(n)["kind"] == "entity")
        columns = [[c, t, False] for c, (_c, t) in zip(own, keys, strict=False)] + self.columns(self.fields(name, "own"))
        what = {"name": name, "line": record["line"], "columns": columns, "primary_key": own}
        what["foreign_keys"] = [{"columns": own, "references": self.table(nearest)}]
        table = self.table(name)
        self.schema.apply([["create_table", table, what]], path)
        self.constraints(name, table, self.fields(name, "own"), path)

    def constraints(self, name: str, table: str, fields: "list[dict[str, Any]]", path: str) -> None:
        found: list[Operation] = [
            ["add_unique", table, {"columns": [self.column_name(field)]}]
            for field in fields
            if field["annotations"].get("Column", {}).get("unique") is True or "NaturalId" in field["annotations"]
        ]
        said = self.record(name)["annotations"].get("Table", {})
        for constraint in _listed(said.get("uniqueConstraints")):
            columns = [self.naming.of(c) for c in _listed(constraint.get("columnNames")) if isinstance(c, str)]
            found.append(["add_unique", table, {"columns": self.actual(name, columns)}])
        for index in _listed(said.get("indexes")):
            listed = str(index.get("columnList", ""))
            columns = [self.naming.of(part.split()[0]) for part in listed.split(",") if part.split()]
            operation = "add_unique" if index.get("unique") is True else "add_index"
            found.append([operation, table, {"columns": self.actual(name, columns)}])
        self.schema.apply([op for op in found if op[2]["columns"]], path)

    def actual(self, name: str, columns: "list[str]") -> "list[str]":
        """Hibernate also takes the property's name where the column's is asked for."""
        by_property = {self.naming.of(f["name"]): self.column_name(f) for f in self.fields(name) if "Column" in f["annotations"]}
        return [by_property.get(c, c) for c in columns]

    # associations

    def target(self, field: "dict[str, Any]") -> str:
        relation: Any = next((field["annotations"][r] for r in RELATIONS if r in field["annotations"]), {})
        said = relation.get("targetEntity") if isinstance(relation, dict) else None
        if isinstance(said, str):
            return re.sub(r"(\.|::)(class|java)\b", "", said).rpartition(".")[2]
        collection = COLLECTION.match(field["type"])
        inner = chains.split(collection.group(1).replace("<", "(").replace(">", ")"))[-1] if collection else field["type"]
        return re.sub(r"\?\s*(extends|super)\s+|[?*\s]|^out\s*|^in\s*", "", inner).rpartition(".")[2]

    def joins(self, field: "dict[str, Any]", depth: int = 0) -> "list[tuple[str, str, str]]":
        """(column, referenced column, type) of an association to one."""
        target = self.target(field)
        if target not in self.classes or depth > 4:
            return []
        keys = self.keys(target)
        said = _listed(field["annotations"].get("JoinColumns", {}).get("value")) or _listed(field["annotations"].get("JoinColumn"))
        said = [s for s in said if isinstance(s, dict)]
        if not said:
            return [(self.naming.of(f"{field['name']}_{column}"), column, kind) for column, kind in keys]
        found = []
        for index, join in enumerate(said):
            column, kind = keys[min(index, len(keys) - 1)] if keys else ("id", "")
            referenced = join.get("referencedColumnName")
            own = join.get("name") or join.get("value")
            found.append(
                (
                    self.naming.of(own) if isinstance(own, str) and own else self.naming.of(f"{field['name']}_{column}"),
                    self.naming.of(referenced) if isinstance(referenced, str) and referenced else column,
                    kind,
                )
            )
        return found

    def relate(self, name: str) -> None:
        path = self.classes[name][0]
        own = [f for n in self.parents(name) if n == name or self.record(n)["kind"] == "mapped" for f in self.record(n)["fields"]]
        for field in own:
            annotations = field["annotations"]
            if "Transient" in annotations:
                continue
            if "ManyToOne" in annotations or "OneToOne" in annotations:
                self.to_one(name, field, path)
            elif "ManyToMany" in annotations or "OneToMany" in annotations:
                self.to_many(name, field, path)
            elif "ElementCollection" in annotations:
                self.elements(name, field, path)
            elif self.is_embeddable(field):
                for inner in self.fields(field["type"]):
                    if inner["annotations"].keys() & {"ManyToOne", "OneToOne"}:
                        self.to_one(name, inner, path)

    def to_one(self, name: str, field: "dict[str, Any]", path: str) -> None:
        annotations = field["annotations"]
        relation = annotations.get("ManyToOne", annotations.get("OneToOne", {}))
        if relation.get("mappedBy"):
            return
        table, target = self.table(name), self.target(field)
        if "JoinTable" in annotations and target in self.classes:
            self.link(name, field, target, path, True)
            return
        joins = self.joins(field)
        if not joins:
            return
        columns = [column for column, _r, _t in joins]
        key = "Id" in annotations or "MapsId" in annotations
        join = _listed(annotations.get("JoinColumn"))
        required = (
            key or relation.get("optional") is False or any(j.get("nullable") is False for j in join) or annotations.keys() & NOT_NULL
        )
        found: list[Operation] = []
        if "MapsId" in annotations and not annotations["MapsId"].get("value") and self.keys(name):
            pairs = zip(self.keys(name), columns, strict=False)  # the key is the foreign key
            found += [["rename_column", table, old, new] for (old, _t), new in pairs if old != new]
        found += [["add_column", table, [column, kind, not required]] for column, _r, kind in joins]
        constraint = [str(j.get("foreignKey", "")) for j in join]
        enforced = not any("NO_CONSTRAINT" in c for c in constraint)
        found.append(["add_foreign_key", table, {"columns": columns, "references": self.table(target), "enforced": enforced}])
        if "OneToOne" in annotations and not key or any(j.get("unique") is True for j in join):
            found.append(["add_unique", table, {"columns": columns}])
        self.schema.apply(found, path)

    def to_many(self, name: str, field: "dict[str, Any]", path: str) -> None:
        annotations = field["annotations"]
        many = annotations.get("ManyToMany", annotations.get("OneToMany", {}))
        target = self.target(field)
        if many.get("mappedBy") or target not in self.classes:
            return
        join = [j for j in _listed(annotations.get("JoinColumn")) if isinstance(j, dict)]
        if "OneToMany" in annotations and join and "JoinTable" not in annotations:
            keys = self.keys(name)
            column = self.naming.of(str(join[0].get("name") or join[0].get("value") or f"{field['name']}_{keys[0][0] if keys else 'id'}"))
            table = self.table(target)
            null = join[0].get("nullable") is not False
            found: list[Operation] = [
                ["add_column", table, [column, keys[0][1] if keys else "", null]],
                ["add_foreign_key", table, {"columns": [column], "references": self.table(name)}],
            ]
            self.schema.apply(found, path)
            return
        self.link(name, field, target, path, False)

    def link(self, name: str, field: "dict[str, Any]", target: str, path: str, single: bool) -> None:
        """The table between two entities."""
        said = field["annotations"].get("JoinTable", {})
        own_table, target_table = self.table(name), self.table(target)
        default = f"{own_table}_{field['name']}" if self.naming.spring else f"{own_table}_{target_table.rpartition('.')[2]}"
        explicit = said.get("name") or said.get("value")
        table = self.naming.of(explicit) if isinstance(explicit, str) and explicit else self.naming.of(default)
        back = next((f["name"] for f in self.fields(target) if _mapped_by(f) == field["name"] and self.target(f) == name), name)
        own = self.link_columns(said.get("joinColumns"), self.keys(name), back)
        other = self.link_columns(said.get("inverseJoinColumns"), self.keys(target), field["name"])
        is_set = "Set<" in field["type"] or field["type"].startswith("Set")
        one_to_many = "OneToMany" in field["annotations"]
        names = [c for c, _t in own], [c for c, _t in other]
        what = {
            "columns": [[c, t, False] for c, t in own + other],
            "primary_key": [*names[0], *names[1]] if is_set else (names[0] if single else []),
            "foreign_keys": [{"columns": names[0], "references": own_table}, {"columns": names[1], "references": target_table}],
            "unique": [{"columns": names[1]}] if one_to_many else [],
            "line": self.record(name)["line"],
            "if_not_exists": True,
        }
        if "OrderColumn" in field["annotations"]:
            order = field["annotations"]["OrderColumn"].get("name") or f"{field['name']}_order"
            what["columns"].append([self.naming.of(str(order)), "int", False])
        self.schema.apply([["create_table", table, what]], path)

    def link_columns(self, said: "Any", keys: "list[tuple[str, str]]", stem: str) -> "list[tuple[str, str]]":
        named = [s for s in _listed(said) if isinstance(s, dict)]
        found = []
        for index, (column, kind) in enumerate(keys or [("id", "")]):
            own = (named[index].get("name") or named[index].get("value")) if index < len(named) else None
            found.append((self.naming.of(own) if isinstance(own, str) and own else self.naming.of(f"{stem}_{column}"), kind))
        return found

    def elements(self, name: str, field: "dict[str, Any]", path: str) -> None:
        said = field["annotations"].get("CollectionTable", {})
        explicit = said.get("name")
        table = self.naming.of(explicit if isinstance(explicit, str) and explicit else f"{name}_{field['name']}")
        own = self.link_columns(said.get("joinColumns"), self.keys(name), name)
        target = self.target(field)
        columns: list[list[Any]] = [[c, t, False] for c, t in own]
        if target in self.classes and self.record(target)["kind"] == "embeddable":
            values = self.columns(self.fields(target))
        else:
            inner = {**field, "type": target, "primitive": False}
            values = [[self.column_name(field), self.type(inner), self.null(inner)]]
        keys: list[str] = []
        if "Map<" in field["type"]:
            key = field["annotations"].get("MapKeyColumn", {}).get("name") or f"{field['name']}_key"
            columns.append([self.naming.of(str(key)), "varchar", False])
            keys = [c[0] for c in columns]
        elif "OrderColumn" in field["annotations"]:
            order = field["annotations"]["OrderColumn"].get("name") or f"{field['name']}_order"
            columns.append([self.naming.of(str(order)), "int", False])
            keys = [c[0] for c in columns]
        elif "Set<" in field["type"] and all(v[2] is False for v in values):
            keys = [c[0] for c in [*columns, *values]]
        what = {
            "columns": columns + values,
            "primary_key": keys,
            "foreign_keys": [{"columns": [c for c, _t in own], "references": self.table(name)}],
            "line": self.record(name)["line"],
            "if_not_exists": True,
        }
        self.schema.apply([["create_table", table, what]], path)


def _mapped_by(field: "dict[str, Any]") -> str:
    for relation in RELATIONS:
        said = field["annotations"].get(relation, {}).get("mappedBy")
        if isinstance(said, str):
            return said
    return ""


def _listed(value: "Any") -> "list[Any]":
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


__all__ = ["Naming", "classes", "resolve", "snake"]
