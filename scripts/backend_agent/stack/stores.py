"""The stores that a service keeps its data in, by its drivers and its configuration together."""

import re

from backend_agent.repository.files import Repository
from backend_agent.stack import values
from backend_agent.stack.services import Evidence, Value
from backend_agent.stack.units import Unit


def databases(repository: Repository, unit: Unit, reader: "values.Reader", found: "dict[str, Value]") -> Value:
    """Drivers and configuration together: a driver that no configuration names is not the service's database, if another one is."""
    drivers, alone = _drivers(reader, found)
    configured = _configured(repository, unit, reader, drivers)
    if unit.ecosystem == "go" and not drivers and "gorm" in found.get("orm", Value()).ids:
        drivers.update(_gorm_dialect(reader))
    if unit.ecosystem == "rust":
        drivers.update({id_: e for id_, e in _rust_features(unit, reader).items() if id_ not in drivers})
    both = {id_: drivers[id_] for id_ in drivers if id_ in configured or id_ in alone}
    if unit.ecosystem == "jvm" and len(drivers) > 1 and "h2" in both and len(both) > 1 and "h2" not in configured:
        both.pop("h2")
    if unit.ecosystem == "go" and {"gorm", "xorm", "ent", "bun"} & set(found.get("orm", Value()).ids) and len(drivers) > len(both):
        both = _linked(reader, drivers) or both  # a mapper with dialects: which one is used is a setting
    if unit.ecosystem == "rust":  # a feature is there to be chosen when the program is built
        chosen = drivers
    elif both and not set(both) <= _ALONE:
        chosen = both
    elif drivers:
        chosen = {id_: e for id_, e in drivers.items() if len(drivers) <= 3 or id_ in configured}
        for id_ in ("postgresql", "mysql", "sqlite", "mongodb", "mariadb"):
            if unit.ecosystem in _LINKED:
                break
            if id_ in configured and id_ not in chosen and not set(chosen) & {"postgresql", "mysql", "sqlite", "mongodb", "mariadb"}:
                chosen[id_] = configured[id_]
        chosen = chosen or drivers  # a server that ships every driver and leaves the choice to who runs it
    else:
        needs = found.get("orm", Value()).ids or found.get("migration", Value()).ids
        chosen = {id_: e for id_, e in configured.items() if id_ != "redis" and needs}
    _tidy(unit, found, chosen, configured)
    return Value(tuple(chosen), tuple(chosen.values()))


def _tidy(unit: Unit, found: "dict[str, Value]", chosen: "dict[str, Evidence]", configured: "dict[str, Evidence]") -> None:
    """Without the stores of the tests alone, and with what a driver speaks to besides."""
    server = set(chosen) & {"postgresql", "mysql", "mssql", "oracle", "mariadb"}
    if unit.ecosystem in {"node", "jvm", "dotnet"} and server and "sqlite" in chosen and "sqlite" not in configured:
        chosen.pop("sqlite")  # a driver for the tests
    if unit.ecosystem == "python" and "sqlite" in configured and found.get("orm", Value()).ids and not set(chosen) <= {"mongodb"}:
        chosen.setdefault("sqlite", configured["sqlite"])  # the driver is part of Python
    if "mysql" in chosen and "mariadb" in configured:
        chosen.setdefault("mariadb", configured["mariadb"])  # the same driver speaks to both
    if "redis" in chosen and len(chosen) > 1:
        chosen.pop("redis")


_LINKED = frozenset({"go", "rust", "dotnet"})
"""Ecosystems in which a store cannot be spoken to without its driver's package: configuration of another service says nothing."""

_ALONE = {
    "elasticsearch",
    "opensearch",
    "meilisearch",
    "typesense",
    "qdrant",
    "dynamodb",
    "firestore",
    "cosmosdb",
    "clickhouse",
    "pgvector",
    "weaviate",
    "milvus",
    "neo4j",
    "cassandra",
    "spanner",
}
"""Stores whose client library is used for nothing else."""


def _drivers(reader: "values.Reader", found: "dict[str, Value]") -> "tuple[dict[str, Evidence], set[str]]":
    """The stores that packages speak to, and those of them that need no configuration to be believed."""
    drivers = dict(reader.found.get("databases", {}))
    alone = set(_ALONE)
    for id_, evidence in zip(found.get("orm", Value()).ids, found.get("orm", Value()).evidence, strict=False):
        entry = reader.know.fields["orm"].get(id_, {})
        store = entry.get("database")
        if store:
            drivers.setdefault(store, evidence)
            if not entry.get("weak"):  # a mapper of one store is there to use it
                alone.add(store)
    return drivers, alone


def _linked(reader: "values.Reader", drivers: "dict[str, Evidence]") -> "dict[str, Evidence]":
    """The drivers that the program itself imports, and not only its tests."""
    return {id_: e for id_, e in drivers.items() if reader.in_code(rf'"{re.escape(e.signal.partition(" ")[0])}(?:/[^"]*)?"') is not None}


def _gorm_dialect(reader: "values.Reader") -> "dict[str, Evidence]":
    """The first gorm has its dialects as packages inside of its one module."""
    dialect = reader.in_code(r"gorm/dialects/(postgres|mysql|sqlite|mssql)\b")
    if dialect is None:
        return {}
    name = dialect.signal.rpartition("/")[2]
    return {{"postgres": "postgresql"}.get(name, name): dialect}


def _rust_features(unit: Unit, reader: "values.Reader") -> "dict[str, Evidence]":
    """`sqlx = { features = ["postgres"] }`: in Rust the driver is a feature."""
    found: dict[str, Evidence] = {}
    for path in dict.fromkeys([unit.main, *(u.main for u in unit.closure()), "Cargo.toml"]):
        text = reader.repository.read(path) if reader.repository.exists(path) else ""
        for number, line in enumerate(text.split("\n"), 1):
            for id_, entry in reader.know.fields["databases"].items():
                pattern = entry.get("features")
                if pattern and any(re.match(pattern, word) for word in re.findall(r"\"(?:[\w-]+\??/)?([\w-]+)\"", line)):
                    found.setdefault(id_, Evidence(path, number, line.strip()[:80]))
    return found


def _configured(repository: Repository, unit: Unit, reader: "values.Reader", drivers: "dict[str, Evidence]") -> "dict[str, Evidence]":
    """The stores that configuration names: the service's own, that at the root, and, for drivers it has, that of the deployment."""
    stores = {id_: re.compile(pattern) for id_, pattern in values.shared("stores").items()}
    hints = values.shared("store_words")
    found: dict[str, Evidence] = {}
    configures = reader.words.configuration("|".join(values.shared("configuration")))
    own = [p for p in sorted(configures) if reader.own.exists(p) and not values._TEST.search(p)]
    outside = sorted(p for p in configures if "/" not in p) if unit.path != "." else []
    beside = sorted(p for p in configures if p.startswith(("docker/", "deploy/", "compose/", "config/"))) if unit.path != "." else []
    near = tuple(u.path + "/" for u in unit.closure() if u.path != ".")
    closure = sorted(p for p in configures if near and p.startswith(near))
    flows = [path for path, _text in reader.words.texts if path.startswith(_FLOWS)]
    beside += flows
    for path in [*own[:60], *outside[:10], *closure[:30], *beside[:20], *flows[:20]]:
        if path in beside and not drivers:
            continue
        text = repository.read(path)
        lines = text.split("\n") if len(text) < 200_000 else []
        low = text.lower()
        for id_, regex in stores.items():
            if id_ in found or not any(word in low for word in hints.get(id_, [id_])) or not regex.search(text):
                continue
            number = next((n for n, line in enumerate(lines, 1) if regex.search(line) and not _COMMENT.match(line)), 0)
            if number and (path not in beside or id_ in drivers):
                found[id_] = Evidence(path, number, lines[number - 1].strip()[:80])
    return found


_FLOWS = (".github/workflows/", ".forgejo/workflows/", ".gitea/workflows/")
"""The servers that CI starts beside the tests: where the driver is there as well, the service runs on them."""
_COMMENT = re.compile(r"^\s*(//|--|;|\*|#)")
