"""Projects written to be mapped: each `tests/projects/routes-*/expected.json` says what the map must hold, no more and no less.

`expected.json`: `{"routes": [[method, path, guard, "file:line"], …], "unresolved": ["file:line", …]}`; `guard` is `open`, `?` or the name
of what guards.
"""

import json
import os

from backend_agent.facts import routes
from backend_agent.facts.source import SourceFile, kind_of
from backend_agent.model import Route, Unresolved
from backend_agent.repository.files import Repository

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "projects")


def resolve(root: str) -> "tuple[list[Route], list[Unresolved]]":
    """The routes of a folder, through the same steps as the map but without its cache."""
    files = [os.path.relpath(os.path.join(d, n), root).replace(os.sep, "/") for d, _, names in os.walk(root) for n in names]
    repository = Repository(root, files)
    facts: dict[str, object] = {}
    for path in repository.paths:
        kind = kind_of(path)
        text = repository.read(path)
        if kind and text and routes.wants(path, kind, text):
            facts[path] = json.loads(json.dumps(routes.extract(SourceFile(path, text, kind))))
    found = routes.resolve(repository, facts)
    assert not repository.problems, [str(p) for p in repository.problems]
    return found


def rows(found: "list[Route]") -> "list[tuple[str, str, str, str]]":
    """Routes as `expected.json` writes them."""
    return sorted(
        (r.method, r.path, {"open": "open", "unknown": "?"}.get(r.guard.state, r.guard.name), f"{r.file}:{r.line}") for r in found
    )


def check(name: str) -> None:
    """Compare a project with its `expected.json`."""
    root = os.path.join(HERE, name)
    with open(os.path.join(root, "expected.json"), encoding="utf-8") as file:
        expected = json.load(file)
    found, unresolved = resolve(root)
    assert rows(found) == sorted(tuple(row) for row in expected["routes"])
    assert sorted({f"{u.file}:{u.line}" for u in unresolved}) == sorted(expected.get("unresolved", []))


def of(tmp_path: "os.PathLike[str]", files: "dict[str, str]") -> "dict[str, str]":
    """`{"GET /x": guard}` of a small project given as a dictionary."""
    for path, text in files.items():
        full = os.path.join(tmp_path, *path.split("/"))
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)
    return {f"{method} {path}": guard for method, path, guard, _ in rows(resolve(str(tmp_path))[0])}
