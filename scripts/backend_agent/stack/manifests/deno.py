"""Deno: deno.json(c) with its import map, and the URL imports of code that has no manifest at all."""

import re

from backend_agent.stack.manifests import DEV, RUNTIME, Manifest
from backend_agent.stack.manifests.text import dictionary, json_line, json_tree, strings

_SPECIFIER = re.compile(r"(npm|jsr):/?(@?[^@\s]+)(?:@([^/\s]+))?")
_URL = re.compile(
    r"https?://(?:deno\.land|esm\.sh|cdn\.skypack\.dev|cdn\.pika\.dev|unpkg\.com|esm\.run|raw\.githubusercontent\.com|x\.nest\.land)/([^\s\"'`]+)"
)


def specifier(value: str) -> "tuple[str, str]":
    """(package, version) of an import target; names are as in npm, `jsr:@scope/name` or `deno:name`; ("", "") for a local file."""
    found = _SPECIFIER.match(value)
    if found:
        parts = found[2].split("/")
        name = "/".join(parts[: 2 if found[2].startswith("@") else 1])
        return name, found[3] or ""
    url = _URL.match(value)
    if not url:
        return "", ""
    path = url[1]
    if path.startswith("x/"):
        path = path[2:]
        name, _, version = path.split("/")[0].partition("@")
        return f"deno:{name}", version
    if path.startswith("std"):
        return f"deno:std/{[*path.split('/'), ''][1].partition('@')[0]}", path.partition("@")[2].partition("/")[0]
    path = re.sub(r"^(?:v\d+|stable)/", "", path).removeprefix("npm/")
    parts = path.split("/")
    name = "/".join(parts[:2]) if path.startswith("@") else parts[0]
    base, at, version = name.rpartition("@")
    return (base, version.partition("?")[0]) if at and base else (name.partition("?")[0], "")


def config(manifest: Manifest, text: str) -> None:
    tree, fault = json_tree(text)
    if fault:
        manifest.problems.append(fault)
    tree = dictionary(tree)
    manifest.name = next(iter(strings(tree.get("name"))), "")
    _imports(manifest, text, tree)
    manifest.facts["scripts"] = {name: value for name, value in dictionary(tree.get("tasks")).items() if isinstance(value, str)}
    manifest.facts["workspaces"] = strings(tree.get("workspace")) or strings(dictionary(tree.get("workspace")).get("members"))
    manifest.facts["keys"] = frozenset(tree)
    manifest.facts["published"] = "exports" in tree and "version" in tree


def import_map(manifest: Manifest, text: str) -> None:
    tree, fault = json_tree(text)
    if fault:
        manifest.problems.append(fault)
    _imports(manifest, text, dictionary(tree))


def _imports(manifest: Manifest, text: str, tree: "dict[str, object]") -> None:
    _, offset = json_line(text, "imports")
    for alias, target in dictionary(tree.get("imports")).items():
        if isinstance(target, str):
            name, version = specifier(target)
            manifest.add(name, version, DEV if name.startswith("deno:std/testing") else RUNTIME, json_line(text, alias, offset)[0])
