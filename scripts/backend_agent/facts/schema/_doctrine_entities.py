"""Entities of Doctrine ORM (attributes, and annotations in doc blocks), resolved across files.

The record of one class, as `extract` keeps it:

    {"class", "line", "kind": entity | mapped | embeddable | trait, "extends": class, "uses": [trait], "notes": {name: [arguments]},
     "fields": [{"name", "type", "notes"}]}
"""

import re

from backend_agent.facts.schema import chains
from backend_agent.facts.schema.state import Operation, Schema
from backend_agent.model import Table
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TYPES = {
    "string": "varchar", "ascii_string": "varchar", "text": "text", "integer": "int", "int": "int", "smallint": "smallint",
    "bigint": "bigint",
    "boolean": "bool", "bool": "bool", "datetime": "timestamp", "datetimetz": "timestamptz", "date": "date", "time": "time",
    "decimal": "numeric", "number": "numeric", "float": "float", "smallfloat": "float", "json": "json", "jsonb": "jsonb", "guid": "uuid",
    "uuid": "uuid", "ulid": "uuid", "simple_array": "text", "array": "text", "object": "text", "blob": "bytea", "binary": "bytea",
    "dateinterval": "varchar", "enum": "enum", "datetimeinterface": "timestamp",
}  # fmt: skip
RELATIONS = ("ManyToOne", "OneToOne", "OneToMany", "ManyToMany")
KINDS = {"Entity": "entity", "MappedSuperclass": "mapped", "Embeddable": "embeddable"}

_NOTE = re.compile(r"(?:#\[|@|,|\bnew)\s*\\?(?:ORM|Doctrine\\ORM\\Mapping|Mapping)\\(\w+)\s*")
_CLASS = re.compile(r"^[ \t]*(?:(?:final|abstract|readonly)\s+)*(class|trait)\s+(\w+)(?:\s+extends\s+([\w\\]+))?", re.MULTILINE)
_FIELD = re.compile(
    r"\b(?:public|protected|private)\s+(?:(?:readonly|static|public\(set\)|private\(set\)|protected\(set\))\s+)*(?:(\??[\w\\|]+)\s+)?\$(\w+)"
)
_USES = re.compile(r"^\s*use\s+([\w\\,\s]+)\s*[;{]", re.MULTILINE)
_ARGUMENT = re.compile(r"\s*['\"]?(\w+)['\"]?\s*(?::(?!:)|=(?!>)|=>)\s*")


def classes(text: str) -> "list[dict[str, Any]]":
    """The entities, mapped superclasses, embeddables and mapped traits of a file."""
    found = []
    for match in _CLASS.finditer(text):
        brace = text.find("{", match.end())
        if brace < 0:
            continue
        notes = _notes(text[_declaration(text, match.start()) : match.start()])
        kind = next((KINDS[name] for name in KINDS if name in notes), "trait" if match.group(1) == "trait" else "")
        body = text[brace + 1 : chains.skip(text, brace) - 1]
        fields = _fields(body)
        if not kind and not fields:
            continue
        found.append(
            {
                "class": match.group(2),
                "line": text.count("\n", 0, match.start()) + 1 + match.group(0).count("\n"),
                "kind": kind or "mapped",
                "extends": (match.group(3) or "").rpartition("\\")[2],
                "uses": [name.strip().rpartition("\\")[2] for group in _USES.findall(body) for name in group.split(",")],
                "notes": notes,
                "fields": fields,
            }
        )
    return found


def _declaration(text: str, at: int) -> int:
    """Where what stands before a class begins: after its imports, or after the class before it."""
    ends = [text.rfind(mark, 0, at) for mark in ("\nuse ", "\nnamespace ", "\n}")]
    last = max(ends)
    return max(text.find("\n", last + 1), 0) if last >= 0 else 0


def _fields(body: str) -> "list[dict[str, Any]]":
    found, before = [], 0
    for match in _FIELD.finditer(body):
        notes = _notes(body[before : match.start()])
        before = match.end()
        if notes:
            found.append({"name": match.group(2), "type": (match.group(1) or "").lstrip("?\\").rpartition("\\")[2], "notes": notes})
    return found


def _notes(text: str) -> "dict[str, list[dict[str, Any]]]":
    found: dict[str, list[dict[str, Any]]] = {}
    at = 0
    while match := _NOTE.search(text, at):
        at = match.end()
        arguments: dict[str, Any] = {}
        if text[at : at + 1] == "(":
            end = chains.skip(text, at)
            arguments = _arguments(text[at + 1 : end - 1])
            at = end
        found.setdefault(match.group(1), []).append(arguments)
    return found


def _arguments(text: str) -> "dict[str, Any]":
    found: dict[str, Any] = {}
    for part in chains.split(re.sub(r"\n\s*\*(?!/)", "\n", text)):
        match = _ARGUMENT.match(part)
        key = match.group(1) if match else "value"
        if part.strip():
            found.setdefault(key, _value(part[match.end() :] if match else part))
    return found


def _value(text: str) -> "Any":
    text = text.strip()
    if text[:1] in "'\"" and text[-1:] == text[:1]:
        return text[1:-1]
    if text[:1] in "[{" and text[-1:] in "]}":
        return [_value(part) for part in chains.split(text[1:-1]) if part.strip()]
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    nested = _NOTE.match(text)
    if nested:
        return {"@": nested.group(1), **_arguments(text[nested.end() :].strip()[1:-1])}
    return text.removesuffix("::class").rpartition("\\")[2] if text.endswith("::class") else text


# across files


def resolve(repository: Repository, records: "dict[str, list[dict[str, Any]]]") -> "list[Table]":
    by_class: dict[str, tuple[str, dict[str, Any]]] = {}
    for path in sorted(records):
        for record in records[path]:
            by_class.setdefault(record["class"], (path, record))
    resolver = _Resolver(by_class, _underscores(repository))
    entities = [name for name, (_, record) in by_class.items() if record["kind"] == "entity"]
    for name in sorted(entities, key=lambda n: resolver.root(n) != n):
        resolver.create(name)
    for name in entities:
        resolver.relate(name)
    return resolver.schema.tables()


def _underscores(repository: Repository) -> str:
    """How the project's settings make names of classes and properties: with underscores, also after digits, or as they are."""
    for path in repository.paths:
        if re.search(r"(?:^|/)config/.*doctrine[\w.-]*\.(?:ya?ml|php)$", path):
            match = re.search(
                r"naming_strategy['\"]?\s*(?::|=>|\()\s*['\"]?[\w.]*underscore(_number_aware)?", repository.read(path), re.IGNORECASE
            )
            if match:
                return "digits" if match.group(1) else "letters"
    return ""


class _Resolver:
    def __init__(self, classes: "dict[str, tuple[str, dict[str, Any]]]", naming: str) -> None:
        self.classes, self.naming = classes, naming
        self.schema = Schema("doctrine")

    def named(self, name: str) -> str:
        if not self.naming:
            return name
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])" if self.naming == "digits" else r"(?<=[a-z])(?=[A-Z])", "_", name).lower()

    def record(self, name: str) -> "dict[str, Any]":
        return self.classes[name][1]

    def note(self, name: str, note: str) -> "dict[str, Any]":
        found: list[dict[str, Any]] = self.record(name)["notes"].get(note) or [{}]
        return found[0]

    def parents(self, name: str) -> "list[str]":
        found = [name]
        while (above := self.record(found[-1])["extends"]) in self.classes and above not in found:
            found.append(above)
        return found

    def root(self, name: str) -> str:
        return [n for n in self.parents(name) if self.record(n)["kind"] == "entity"][-1]

    def inheritance(self, name: str) -> str:
        said = self.note(self.root(name), "InheritanceType")
        return str(said.get("value") or "")

    def table(self, name: str) -> str:
        if name not in self.classes:
            return self.named(name)
        if self.inheritance(name) == "SINGLE_TABLE":
            name = self.root(name)
        said = self.note(name, "Table")
        own = said.get("name") or said.get("value")
        made = own.strip('`"') if isinstance(own, str) and own else self.named(name)
        schema = said.get("schema")
        return f"{schema}.{made}" if isinstance(schema, str) and schema else made

    def fields(self, name: str, own: bool = False) -> "list[dict[str, Any]]":
        """Fields of a class with those of its traits and, above it, of mapped superclasses and (unless `own`) entities."""
        found: list[dict[str, Any]] = []
        for one in reversed(self.parents(name)):
            if one != name and own and self.record(one)["kind"] == "entity":
                found = []
                continue
            for trait in self.record(one)["uses"]:
                if trait in self.classes and self.record(trait)["kind"] == "trait":
                    found += self.record(trait)["fields"]
            found += self.record(one)["fields"]
        return list({field["name"]: field for field in found}.values())

    def column(self, field: "dict[str, Any]") -> str:
        said = (field["notes"].get("Column") or [{}])[0].get("name")
        return said.strip('`"') if isinstance(said, str) and said else self.named(field["name"])

    def type(self, field: "dict[str, Any]") -> str:
        said = (field["notes"].get("Column") or [{}])[0]
        kind = said.get("type") or said.get("value")
        if isinstance(kind, str) and kind.endswith("::NAME"):
            kind = kind.removesuffix("::NAME").removesuffix("Type")
        kind = kind.rpartition("::")[2] if isinstance(kind, str) else field["type"]
        kind = re.sub(r"_?(?:im)?mutable$", "", kind.lower())
        return TYPES.get(kind, "varchar" if "enumType" in said or kind == "" else "json" if kind == "array" else "")

    def columns(self, fields: "list[dict[str, Any]]", null: bool = False, prefix: str = "") -> "list[list[Any]]":
        found = []
        for field in fields:
            notes = field["notes"]
            if "Embedded" in notes:
                found += self.embedded(field, prefix)
            elif "Column" in notes:
                open_ = notes["Column"][0].get("nullable") is True and "Id" not in notes
                found.append([prefix + self.column(field), self.type(field), open_ or null])
        return found

    def embedded(self, field: "dict[str, Any]", prefix: str) -> "list[list[Any]]":
        said = field["notes"]["Embedded"][0]
        target = said.get("class") or field["type"]
        own = said.get("columnPrefix")
        before = "" if own is False else own if isinstance(own, str) else self.named(field["name"]) + "_"
        return self.columns(self.fields(target), False, prefix + before) if target in self.classes else []

    def keys(self, name: str) -> "list[tuple[str, str]]":
        found = []
        for field in self.fields(name):
            if "Id" in field["notes"]:
                joins = self.joins(field, name, 1) if "Column" not in field["notes"] else []
                found += [(c, t) for c, _, t, _ in joins] or [(self.column(field), self.type(field))]
        return found

    def create(self, name: str) -> None:
        path, record = self.classes[name]
        root, how = self.root(name), self.inheritance(name)
        table = self.table(name)
        if root != name and how == "SINGLE_TABLE":
            self.schema.apply([["add_column", table, column] for column in self.columns(self.fields(name, True), True)], path)
            self.constraints(name, path)
            return
        own = root != name and how == "JOINED"
        columns = self.columns(self.fields(name, own))
        keys = self.keys(name)
        if own:
            columns = [[c, t, False] for c, t in keys] + columns
        if root == name and how:
            said = self.note(name, "DiscriminatorColumn").get("name")
            columns.append([said if isinstance(said, str) else "dtype", "varchar", False])
        what: dict[str, Any] = {"name": name, "line": record["line"], "columns": columns, "primary_key": [c for c, _ in keys]}
        if own:
            what["foreign_keys"] = [{"columns": [c for c, _ in keys], "references": self.table(root)}]
        self.schema.apply([["create_table", table, what]], path)
        self.constraints(name, path)

    def constraints(self, name: str, path: str) -> None:
        table, fields = self.table(name), self.fields(name)
        found: list[Operation] = [
            ["add_unique", table, {"columns": [self.column(field)]}]
            for field in fields
            if "Column" in field["notes"] and field["notes"]["Column"][0].get("unique") is True and "Id" not in field["notes"]
        ]
        said = self.note(name, "Table")
        notes = self.record(name)["notes"]
        for verb, listed in (
            ("add_index", [*notes.get("Index", []), *_listed(said.get("indexes"))]),
            ("add_unique", [*notes.get("UniqueConstraint", []), *_listed(said.get("uniqueConstraints"))]),
        ):
            for one in listed:
                columns = self.named_columns(name, one) if isinstance(one, dict) else []
                if columns:
                    found.append([verb, table, {"columns": columns}])
        self.schema.apply(found, path)

    def named_columns(self, name: str, said: "dict[str, Any]") -> "list[str]":
        if said.get("columns"):
            return [c.strip('`"') for c in _listed(said["columns"]) if isinstance(c, str)]
        by_name = {field["name"]: field for field in self.fields(name)}
        found: list[str] = []
        for one in _listed(said.get("fields")):
            field = by_name.get(one) if isinstance(one, str) else None
            if field is None:
                return []
            found += [c for c, *_ in self.joins(field, name)] if "Column" not in field["notes"] else [self.column(field)]
        return found

    # associations

    def target(self, field: "dict[str, Any]") -> str:
        said = next((field["notes"][r][0].get("targetEntity") for r in RELATIONS if r in field["notes"]), None)
        return said.rpartition("\\")[2].removesuffix("::class") if isinstance(said, str) else field["type"]

    def joins(self, field: "dict[str, Any]", name: str, depth: int = 0) -> "list[tuple[str, str, str, bool]]":
        """(column, referenced column, type, null) of an association to one."""
        notes = field["notes"]
        if not ("ManyToOne" in notes or "OneToOne" in notes) or depth > 4:
            return []
        target = self.target(field)
        keys = self.keys(target) if target in self.classes and target != name else []
        listed = notes.get("JoinColumn") or _listed((notes.get("JoinColumns") or [{}])[0].get("value")) or [{}]
        found = []
        for at, said in enumerate(one for one in listed if isinstance(one, dict)):
            column, kind = keys[min(at, len(keys) - 1)] if keys else ("id", "")
            own, to = said.get("name"), said.get("referencedColumnName")
            to = to if isinstance(to, str) else column
            null = said.get("nullable") is not False and "Id" not in notes
            found.append((own.strip('`"') if isinstance(own, str) and own else f"{self.named(field['name'])}_{to}", to, kind, null))
        return found

    def relate(self, name: str) -> None:
        path, single = self.classes[name][0], self.inheritance(name) == "SINGLE_TABLE"
        for field in self.fields(name, self.root(name) != name and bool(self.inheritance(name))):
            notes = field["notes"]
            relation = next((notes[r][0] for r in RELATIONS if r in notes), None)
            if relation is None or relation.get("mappedBy") or "OneToMany" in notes:
                continue
            if "ManyToMany" in notes:
                self.link(name, field, path)
                continue
            joins = self.joins(field, name)
            table, columns = self.table(name), [c for c, *_ in joins]
            null = single and self.root(name) != name
            found: list[Operation] = [["add_column", table, [column, kind, open_ or null]] for column, _, kind, open_ in joins]
            found.append(["add_foreign_key", table, {"columns": columns, "references": self.table(self.target(field))}])
            said = (notes.get("JoinColumn") or [{}])[0]
            unique = ("OneToOne" in notes and said.get("unique") is not False) or said.get("unique") is True
            if "Id" not in notes or len(self.keys(name)) > 1:
                found.append(["add_unique" if unique and not single else "add_index", table, {"columns": columns}])
            self.schema.apply(found, path)

    def link(self, name: str, field: "dict[str, Any]", path: str) -> None:
        """The table between two entities."""
        notes, target = field["notes"], self.target(field)
        said = (notes.get("JoinTable") or [{}])[0]
        own_table, other_table = self.table(name), self.table(target)
        table = said.get("name") or said.get("value") or f"{self.named(name)}_{self.named(target)}"
        own = self.link_columns(notes.get("JoinColumn") or said.get("joinColumns"), name)
        other = self.link_columns(notes.get("InverseJoinColumn") or said.get("inverseJoinColumns"), target)
        names = [c for c, _ in own], [c for c, _ in other]
        what = {
            "columns": [[c, t, False] for c, t in [*own, *other]],
            "primary_key": [*names[0], *names[1]],
            "foreign_keys": [{"columns": names[0], "references": own_table}, {"columns": names[1], "references": other_table}],
            "indexes": [{"columns": names[0]}, {"columns": names[1]}],
            "line": self.record(name)["line"],
            "if_not_exists": True,
        }
        self.schema.apply([["create_table", str(table).strip('`"'), what]], path)

    def link_columns(self, said: "Any", name: str) -> "list[tuple[str, str]]":
        listed = [one for one in _listed(said) if isinstance(one, dict)]
        keys = self.keys(name) if name in self.classes else []
        found = []
        for at, (column, kind) in enumerate(keys or [("id", "")]):
            own = listed[at].get("name") if at < len(listed) else None
            found.append((own if isinstance(own, str) else f"{self.named(name)}_{column}", kind))
        return found


def _listed(value: "Any") -> "list[Any]":
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
