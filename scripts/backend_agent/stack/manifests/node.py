"""Node: package.json with its scripts, workspaces and catalogs; Nx projects; the workspace files and lockfiles of four managers."""

import re

from backend_agent.stack.manifests import DEV, OPTIONAL, RUNTIME, Manifest
from backend_agent.stack.manifests.text import dictionary, flow, json_line, json_tree, strings, yaml_rows

_TABLES = (("dependencies", RUNTIME), ("devDependencies", DEV), ("optionalDependencies", OPTIONAL), ("peerDependencies", OPTIONAL))


def package(manifest: Manifest, text: str) -> None:
    tree, fault = json_tree(text)
    if fault:
        manifest.problems.append(fault)
    tree = dictionary(tree)
    manifest.name = next(iter(strings(tree.get("name"))), "")
    for table, scope in _TABLES:
        found = dictionary(tree.get(table))
        if not found:
            continue
        _, offset = json_line(text, table)
        for name, version in found.items():
            line, _ = json_line(text, name, offset)
            manifest.add(name, version, scope, line)
    facts = manifest.facts
    facts["scripts"] = {name: value for name, value in dictionary(tree.get("scripts")).items() if isinstance(value, str)}
    workspaces = tree.get("workspaces")
    facts["workspaces"] = strings(workspaces) or strings(dictionary(workspaces).get("packages"))
    facts["private"] = tree.get("private") is True
    facts["manager"] = next(iter(strings(tree.get("packageManager"))), "").partition("@")[0]
    facts["engines"] = {name: value for name, value in dictionary(tree.get("engines")).items() if isinstance(value, str)}
    facts["bin"] = bool(tree.get("bin"))
    facts["published"] = any(key in tree for key in ("exports", "main", "module", "types", "files"))
    facts["keys"] = frozenset(tree)
    if isinstance(tree.get("nx"), dict):
        facts["nx"] = True


def nx_project(manifest: Manifest, text: str) -> None:
    """An Nx project: its kind and its executors tell what it is."""
    tree, fault = json_tree(text)
    if fault:
        manifest.problems.append(fault)
    tree = dictionary(tree)
    targets = dictionary(tree.get("targets") or tree.get("architect"))
    manifest.name = next(iter(strings(tree.get("name"))), "")
    kind = next(iter(strings(tree.get("projectType"))), "")
    if not targets and not kind and "sourceRoot" not in tree:
        manifest.facts["foreign"] = True
        return
    manifest.facts["kind"] = kind
    manifest.facts["executors"] = sorted(
        {one for target in targets.values() for key in ("executor", "builder") for one in strings(dictionary(target).get(key))}
    )


def workspace_members(text: str) -> "tuple[list[str], dict[str, tuple[str, int]]]":
    """pnpm-workspace.yaml: the patterns of its packages, and its catalog as name → (version, line)."""
    members, catalog = [], {}
    for row in yaml_rows(text):
        if row.keys[:1] == ("packages",):
            members += [item for item in flow(row.value) if item]
        elif row.keys[:1] in (("catalog",), ("catalogs",)) and row.keys[-1] and row.value:
            catalog[row.keys[-1]] = (row.value, row.line)
    return members, catalog


_LOCKED = {
    "package-lock.json": re.compile(r'^    "node_modules/((?:@[^/"]+/)?[^/"]+)": \{\n\s+"version": "([^"]+)"', re.MULTILINE),
    "yarn.lock": re.compile(r'^"?((?:@[^/@"\n]+/)?[^@"\n]+)@[^\n]*:\n\s+version:? "?([^"\n]+)', re.MULTILINE),
    "pnpm-lock.yaml": re.compile(r"^  '?/?((?:@[^/@'\n]+/)?[^@'\n]+)@([^:('\n]+)[^\n]*:$", re.MULTILINE),
    "bun.lock": re.compile(r'^    "((?:@[^/"]+/)?[^"/]+)": \["[^"]*@([^"@]+)"', re.MULTILINE),
}


def locked(base: str, text: str) -> "dict[str, str]":
    """The versions a lockfile holds, by package name."""
    pattern = _LOCKED.get(base)
    return {name: version.strip() for name, version in pattern.findall(text)} if pattern else {}
