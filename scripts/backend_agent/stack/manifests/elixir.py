"""Elixir: mix.exs with its dependencies and umbrella, read as text."""

import re

from backend_agent.stack.manifests import DEV, RUNTIME, TEST, Manifest
from backend_agent.stack.manifests.text import Lines

_DEP = re.compile(r"\{\s*:(\w+)\s*,\s*(?:\"([^\"]*)\")?([^{}]*(?:\{[^{}]*\}[^{}]*)?)\}")


def mix(manifest: Manifest, text: str) -> None:
    lines = Lines(text)
    app = re.search(r"\bapp:\s*:(\w+)", text)
    manifest.name = app[1] if app else ""
    start = max(text.find("defp deps"), text.find("def deps"), 0)
    for found in _DEP.finditer(text, start):
        number = lines.at(found.start())
        at = text.rfind("\n", 0, found.start()) + 1
        if "#" in text[at : found.start()]:
            continue
        rest = found[3]
        if "in_umbrella" in rest:
            manifest.facts.setdefault("umbrella", []).append(found[1])
            continue
        path = re.search(r"path:\s*\"([^\"]+)\"", rest)
        if path:
            manifest.facts.setdefault("paths", []).append(path[1])
        only = re.search(r"only:\s*(\[[^\]]*\]|:\w+)", rest)
        scope = RUNTIME
        if only and ":prod" not in only[1]:
            scope = TEST if only[1].strip("[] ") == ":test" else DEV
        manifest.add(found[1], found[2] or "", scope, number)
    manifest.facts["apps_path"] = (re.search(r"apps_path:\s*\"([^\"]+)\"", text) or ["", ""])[1]
    manifest.facts["library"] = bool(re.search(r"\bpackage:\s*(?:package\(|\[)|defp?\s+package\b", text))
    version = re.search(r"\belixir:\s*\"([^\"]+)\"", text)
    manifest.facts["version"] = version[1] if version else ""
    manifest.facts["aliases"] = dict(re.findall(r"^\s+\"?([\w.]+)\"?:\s*(\[[^\]\n]*\]?)", text, re.MULTILINE))
