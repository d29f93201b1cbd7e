"""The pages that agents read, for the tests of this folder."""

import os
import re

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
RESOURCES = os.path.join(ROOT, "resources")
SMALL = ["SKILL.md"]
ORDINARY = ["SKILL.md", "resources/migrations.md", "resources/orm-reference.md"]
"""What SKILL.md orders to read for a small task, and for an ordinary endpoint with a migration."""


def text(path: str) -> str:
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def pages() -> "list[str]":
    return ["SKILL.md", *sorted(f"resources/{name}" for name in os.listdir(RESOURCES) if name.endswith(".md"))]


def frontmatter_and_body() -> "tuple[str, str]":
    _, head, body = text("SKILL.md").split("---\n", 2)
    return head, body


def links(page: str) -> "list[str]":
    """Targets of the links of a page, without those in code."""
    prose = re.sub(r"```.*?```", "", text(page), flags=re.DOTALL)
    return re.findall(r"\]\(([^)]+)\)", prose)


def blocks(page: str, language: str) -> "list[str]":
    return re.findall(rf"^```{language}\n(.*?)^```", text(page), flags=re.DOTALL | re.MULTILINE)
