"""Clojure: deps.edn and project.clj. Only coordinates and the aliases or profiles around them are read."""

import re

from backend_agent.stack.manifests import DEV, RUNTIME, TEST, Manifest
from backend_agent.stack.manifests.text import Lines

_COORDINATE = re.compile(
    r"([A-Za-z][\w.+-]*(?:/[\w.+-]+)?)\s+\{\s*(?::(?:mvn/version|git/\w+|local/root|sha|deps/root)\s+\"([^\"]*)\")([^{}]*)\}"
)
_VECTOR = re.compile(r"\[\s*([A-Za-z][\w.+-]*(?:/[\w.+-]+)?)\s+\"([^\"]*)\"")
_ALIAS = re.compile(r"^\s*\{?\s*:([\w.-]+)\s*\{?|:([\w.-]+)\s+\{", re.MULTILINE)
_COMMENT = re.compile(r";[^\n]*")


def _scope(text: str, offset: int, start: int) -> str:
    """The scope of the alias or profile that an offset lies in, by the last key before it that opens a map."""
    inside = text[start:offset]
    for found in reversed(list(re.finditer(r":([a-zA-Z][\w./-]*)\s*(?:\^\S+\s*)?\{", inside))):
        name = found[1].lower()
        if name in ("extra-deps", "deps", "replace-deps", "override-deps", "dependencies"):
            continue
        if "test" in name or "kaocha" in name:
            return TEST
        return RUNTIME if name in ("uberjar", "production", "prod", "run", "main") else DEV
    return DEV


def deps(manifest: Manifest, text: str) -> None:
    lines = Lines(text)
    text = _COMMENT.sub(lambda hit: " " * len(hit[0]), text)
    aliases = text.find(":aliases")
    for found in _COORDINATE.finditer(text):
        scope = _scope(text, found.start(), aliases) if 0 <= aliases < found.start() else RUNTIME
        if ":local/root" in found[0]:
            if scope == RUNTIME:  # an alias of development may name every part there is
                manifest.facts.setdefault("paths", []).append(found[2])
            continue
        manifest.add(found[1], found[2], scope, lines.at(found.start()))
    manifest.facts["aliases"] = sorted(set(re.findall(r":([\w-]+)", text[aliases:]))) if aliases >= 0 else []


def leiningen(manifest: Manifest, text: str) -> None:
    lines = Lines(text)
    text = _COMMENT.sub(lambda hit: " " * len(hit[0]), text)
    name = re.search(r"\(defproject\s+([\w./-]+)", text)
    manifest.name = name[1] if name else ""
    profiles = text.find(":profiles")
    plugins = text.find(":plugins")
    for found in _VECTOR.finditer(text):
        at = found.start()
        scope = _scope(text, at, profiles) if 0 <= profiles < at else RUNTIME
        if 0 <= plugins < at and text.find("]]", plugins, at) < 0 and "[[" in text[plugins : at + 2]:
            scope = DEV
        manifest.add(found[1], found[2], scope, lines.at(at))
    manifest.facts["main"] = ":main" in text
