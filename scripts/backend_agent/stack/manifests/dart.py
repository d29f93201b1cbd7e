"""Dart: pubspec.yaml."""

from backend_agent.stack.manifests import DEV, RUNTIME, Manifest
from backend_agent.stack.manifests.text import yaml_rows


def pubspec(manifest: Manifest, text: str) -> None:
    for row in yaml_rows(text):
        if row.keys == ("name",):
            manifest.name = row.value
        elif len(row.keys) >= 2 and row.keys[0] in ("dependencies", "dev_dependencies"):
            if len(row.keys) > 2 and row.keys[2] not in ("sdk", "path", "git", "hosted", "version"):
                continue
            manifest.add(row.keys[1], row.value if len(row.keys) == 2 else "", RUNTIME if row.keys[0] == "dependencies" else DEV, row.line)
