"""Rust: Cargo.toml, with what members inherit from their workspace."""

from typing import Any

from backend_agent.stack.manifests import DEV, OPTIONAL, RUNTIME, Manifest
from backend_agent.stack.manifests.text import Toml, dictionary, dig, line_of, strings

_TABLES = (("dependencies", RUNTIME), ("dev-dependencies", DEV), ("dev_dependencies", DEV), ("build-dependencies", DEV))


def cargo(manifest: Manifest, text: str) -> None:
    document = Toml(text)
    tree = document.tree
    manifest.problems += document.problems
    package = dictionary(tree.get("package"))
    facts = manifest.facts
    manifest.name = next(iter(strings(package.get("name"))), "")
    _tables(manifest, tree)
    for target in dictionary(tree.get("target")).values():
        _tables(manifest, dictionary(target))
    workspace = tree.get("workspace")
    facts["workspace"] = strings(dictionary(workspace).get("members"))
    facts["root"] = isinstance(workspace, dict)
    facts["package"] = bool(package)
    facts["inherited"] = dictionary(dig(tree, "workspace", "dependencies"))
    lints = {*dictionary(dig(tree, "lints")), *dictionary(dig(tree, "workspace", "lints"))}
    facts["keys"] = frozenset(f"lints.{tool}" for tool in lints)
    facts["lib"] = "lib" in tree
    facts["bin"] = bool(tree.get("bin"))
    facts["published"] = bool(package.get("keywords") or package.get("categories")) and package.get("publish") is not False
    edition = package.get("rust-version") or package.get("edition")
    facts["version"] = edition if isinstance(edition, str) else ""


def _tables(manifest: Manifest, tree: "dict[str, Any]") -> None:
    for table, scope in _TABLES:
        for key, value in dictionary(tree.get(table)).items():
            about = dictionary(value)
            renamed = about.get("package")
            name = renamed if isinstance(renamed, str) else key
            optional = OPTIONAL if about.get("optional") is True and scope == RUNTIME else scope
            manifest.add(name, value if isinstance(value, str) else about.get("version", ""), optional, line_of(key))
            for feature in strings(about.get("features")):
                manifest.add(f"{name}[{feature}]", "", optional, line_of(key))
            if isinstance(about.get("path"), str):
                manifest.facts.setdefault("paths", []).append(about["path"])
            if about.get("workspace") is True:
                manifest.facts.setdefault("from_workspace", []).append(key)
