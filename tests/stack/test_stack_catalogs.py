"""The catalogs of stacks prove themselves: every entry means its own packages and none of its near misses."""

import re
from pathlib import Path

import pytest

from backend_agent import catalog
from backend_agent.stack import values
from backend_agent.stack.units import normal

ECOSYSTEMS = [name for name in catalog.names("stacks") if name != "shared"]
ENTRIES = [
    (ecosystem, field, id_, entry)
    for ecosystem in ECOSYSTEMS
    for field, entries in values.knowledge(ecosystem).fields.items()
    for id_, entry in entries.items()
]


def test_there_are_catalogs_to_walk():
    assert len(ECOSYSTEMS) >= 9
    assert len(ENTRIES) > 400


@pytest.mark.parametrize(("ecosystem", "field", "id_", "entry"), ENTRIES, ids=[f"{e}-{f}-{i}" for e, f, i, _ in ENTRIES])
def test_an_entry_means_its_own_packages_and_none_of_its_near_misses(ecosystem, field, id_, entry):
    know = values.knowledge(ecosystem)
    own = [normal(ecosystem, p.rstrip("*")) if not p.endswith("*") else p.rstrip("*") for p in entry["packages"]]

    assert [p for p in own if (field, id_) not in know.meanings(p)] == []
    assert [p for p in entry["misses"] if (field, id_) in know.meanings(normal(ecosystem, p))] == []


@pytest.mark.parametrize(("ecosystem", "field", "id_", "entry"), ENTRIES, ids=[f"{e}-{f}-{i}" for e, f, i, _ in ENTRIES])
def test_a_name_that_only_resembles_a_package_means_nothing_of_it(ecosystem, field, id_, entry):
    know = values.knowledge(ecosystem)
    exact = [normal(ecosystem, package) for package in entry["packages"] if not package.endswith("*")]
    near = [name for package in exact for name in (f"{package}-unofficial", f"my-{package}", package[:-1])]
    others = {
        package
        for entries in know.fields.values()
        for other in entries.values()
        for package in (normal(ecosystem, name) for name in other["packages"])
    }
    prefixes = tuple(prefix for prefix, f, i in know.prefixes if (f, i) == (field, id_))

    claimed = [
        name for name in near if name not in others and not (prefixes and name.startswith(prefixes)) and (field, id_) in know.meanings(name)
    ]
    assert claimed == []


def test_the_recipe_for_a_framework_shows_an_entry_that_is_there():
    recipe = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    entry = re.search(r"(?m)^ +(fasthtml: \{.*\})$", recipe)

    assert entry is not None
    assert entry[1] in (Path(catalog.HERE) / "stacks" / "python.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("ecosystem", ECOSYSTEMS)
def test_what_an_entry_replaces_or_brings_is_itself_known(ecosystem):
    fields = values.knowledge(ecosystem).fields
    unknown = [
        (field, id_, other)
        for field, entries in fields.items()
        for id_, entry in entries.items()
        for other in entry.get("supersedes", ())
        if other not in entries
    ]

    assert unknown == []


@pytest.mark.parametrize(("ecosystem", "field", "id_", "entry"), ENTRIES, ids=[f"{e}-{f}-{i}" for e, f, i, _ in ENTRIES])
def test_every_pattern_of_an_entry_compiles(ecosystem, field, id_, entry):
    for pattern in [*entry.get("files", ()), entry.get("code", ""), entry.get("commands", ""), entry.get("features", "")]:
        re.compile(pattern)


STORES = {
    "postgresql": ["DATABASE_URL=postgresql+asyncpg://u@h/d", "    image: postgres:16", "ENGINE = 'django.db.backends.postgresql'"],
    "mysql": ["spring.datasource.url=jdbc:mysql://db/x", "image: mysql:8"],
    "sqlite": ["url = 'sqlite:///app.db'", "DB_CONNECTION=sqlite"],
    "mongodb": ["MONGODB_URL=mongodb://127.0.0.1:27017/x", "image: mongo:7"],
}
NOT_STORES = {
    "postgresql": ["# we like databases", "image: ghcr.io/acme/postgresstats-ui"],
    "mysql": ["image: acme/mysqltuner2"],
    "sqlite": ["sqlite_path_hint: none"],
    "mongodb": ["image: mongoose-docs"],
}


@pytest.mark.parametrize("store", sorted(STORES))
def test_a_store_is_read_from_configuration_lines_and_not_from_near_misses(store):
    pattern = re.compile(catalog.load("stacks", "shared")["stores"][store])

    assert [line for line in STORES[store] if not pattern.search(line)] == []
    assert [line for line in NOT_STORES[store] if pattern.search(line)] == []
