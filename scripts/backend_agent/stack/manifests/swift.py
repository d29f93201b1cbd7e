"""Swift: Package.swift, read as text."""

import re

from backend_agent.stack.manifests import RUNTIME, Manifest
from backend_agent.stack.manifests.text import Lines

_PACKAGE = re.compile(
    r"\.package\(\s*(?:name:\s*\"[^\"]*\",\s*)?url:\s*\"[^\"]*?([\w.-]+?)(?:\.git)?/?\"\s*(?:,\s*(?:from:|exact:|\.upToNextM\w+\(from:)?\s*\"([^\"]*)\")?"
)


def package(manifest: Manifest, text: str) -> None:
    lines = Lines(text)
    name = re.search(r"\bname:\s*\"([^\"]+)\"", text)
    manifest.name = name[1] if name else ""
    for found in _PACKAGE.finditer(text):
        manifest.add(found[1].lower(), found[2] or "", RUNTIME, lines.at(found.start()))
    manifest.facts["executable"] = ".executableTarget(" in text or ".executable(" in text
