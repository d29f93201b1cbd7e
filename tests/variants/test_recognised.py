"""Each stack is detected as itself and as nothing else, and its map is the contract: same routes, same guards, same tables."""

import fnmatch
import functools
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from contract_suite import contract, stacks

NAMES = stacks.names()
FIELDS = [
    "language",
    "framework",
    "orm",
    "validation",
    "migration",
    "test",
    "typecheck",
    "databases",
    "auth",
    "api_style",
    "queue",
    "cache",
]
FOREIGN_KEYS = {
    ("refresh_tokens", "account_id"),
    ("events", "owner_id"),
    ("bookings", "event_id"),
    ("bookings", "account_id"),
    ("idempotency_keys", "account_id"),
}

KNOWN: dict[tuple[str, str], str] = {}
"""What the map does not see yet; strict: whoever mends one takes its line out."""


def stacks_for(question: str) -> pytest.MarkDecorator:
    marks = {name: [pytest.mark.xfail(reason=KNOWN[question, name], strict=True)] for name in NAMES if (question, name) in KNOWN}
    return pytest.mark.parametrize("name", [pytest.param(name, marks=marks.get(name, ())) for name in NAMES])


@functools.cache
def asked(script: str, name: str) -> Any:
    """What a script of ours says of the app: the answer of its only service."""
    app = stacks.VARIANTS / name / "app"
    command = [sys.executable, str(stacks.ROOT / "scripts" / script), str(app), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    services = json.loads(done.stdout)["services"]
    assert [service["path"] for service in services] == ["."]
    return services[0]


def manifest(name: str) -> Any:
    return yaml.safe_load((stacks.VARIANTS / name / "stack.yaml").read_text(encoding="utf-8"))


def words(value: object) -> list[str]:
    return sorted(value) if isinstance(value, list) else [] if value is None else [str(value)]


@functools.cache
def tables() -> dict[str, list[str]]:
    """Tables of schema.sql with their columns."""
    text = re.sub(r"--.*", "", (contract.CONTRACT / "schema.sql").read_text(encoding="utf-8"))
    found = re.findall(r"CREATE TABLE (\w+) \((.*?)\n\);", text, re.DOTALL)
    return {name: re.findall(r"^\s{4}([a-z_]+) ", body, re.MULTILINE) for name, body in found}


def test_there_is_something_to_recognise() -> None:
    assert len(NAMES) >= 1
    assert sum(map(len, tables().values())) > 40


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("field", FIELDS)
def test_what_is_detected_is_what_the_manifest_says(name: str, field: str) -> None:
    assert words(asked("detect_stack.py", name)[field]) == words(manifest(name).get(field))


@stacks_for("routes")
def test_the_routes_of_the_map_are_those_of_the_contract(name: str) -> None:
    routes = mapped_routes(name)

    mapped = sorted((route["method"], plain(route["path"])) for route in routes)
    assert mapped == sorted((one.method, plain(one.path)) for one in contract.operations())


@stacks_for("guards")
def test_the_guards_of_the_map_are_those_of_the_contract(name: str) -> None:
    routes = mapped_routes(name)

    unguarded = sorted((route["method"], plain(route["path"])) for route in routes if {"no-guard", "auth-unknown"} & set(route["marks"]))
    unknown = [route["path"] for route in routes if "auth-unknown" in route["marks"]]
    assert unguarded == sorted((one.method, plain(one.path)) for one in contract.operations() if one.public)
    assert unknown == []


@stacks_for("handlers")
def test_each_route_leads_to_a_handler_of_its_own(name: str) -> None:
    layers = words(manifest(name)["conventions"]["layers"]["routes"])
    routes = mapped_routes(name)

    handlers = [route["handler_at"] for route in routes]
    assert len(set(handlers)) == len(handlers)
    assert [place for place in handlers if not any(within(place.rpartition(":")[0], layer) for layer in layers)] == []


@stacks_for("limits")
def test_no_list_of_the_map_lacks_its_limit(name: str) -> None:
    assert [route["path"] for route in asked("map_backend.py", name)["routes"] if "no-limit" in route["marks"]] == []


@stacks_for("tables")
def test_the_tables_of_the_map_are_those_of_the_contract(name: str) -> None:
    models = asked("map_backend.py", name)["models"]

    assert {model["table"]: [column["name"] for column in model["columns"]] for model in models} == tables()


@stacks_for("foreign keys")
def test_the_foreign_keys_of_the_map_are_there_and_indexed(name: str) -> None:
    models = asked("map_backend.py", name)["models"]

    found = {(model["table"], key["columns"][0]): key["indexed"] for model in models for key in model["foreign_keys"]}
    assert set(found) == FOREIGN_KEYS
    assert [key for key, indexed in found.items() if not indexed] == []


def mapped_routes(name: str) -> Any:
    """Without the fallback, which the map lists as what it is: any method, any path."""
    return [route for route in asked("map_backend.py", name)["routes"] if (route["method"], route["path"]) != ("ANY", "/{*path}")]


def plain(path: str) -> str:
    """Without the names of parameters, which each framework spells in its own way."""
    return re.sub(r"\{[^}]*\}|:\w+", "{}", path).rstrip("/") or "/"


def within(path: str, layer: str) -> bool:
    return fnmatch.fnmatch(path, layer) or Path(layer) in Path(path).parents
