"""Write `catalog/checks/examples.yaml`: the wrong and the right of each page, cut from the cases that the checks are tested with.

    python tests/checks/cut_examples.py

A case of several files gives the file that differs from its twin.
"""

import os
import sys
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import yaml
from case_files import HERE, Case, cases
from migration_files import migrations

from backend_agent import catalog

TARGET = os.path.join(catalog.HERE, "checks", "examples.yaml")
HEAD = "# The examples of pages.yaml, cut from tests/checks/cases by tests/checks/cut_examples.py. Do not edit: a test compares them.\n"


def examples() -> "dict[str, dict[str, Any]]":
    """Check to {language, wrong, right}, and `second` with the same in another language."""
    found: dict[str, dict[str, Any]] = {}
    by_title = {(c.check, c.language, c.side, c.title): c for c in cases()}
    for check, page in sorted(catalog.load("checks", "pages").items()):
        if "wrong" in page:
            found[check] = _pair(check, page, by_title)
        if "second" in page:
            found[check]["second"] = _pair(check, page["second"], by_title)
    return found


def _pair(check: str, page: "dict[str, Any]", by_title: "dict[tuple[str, str, str, str], Case]") -> "dict[str, str]":
    if "tool" in page:
        numbered = {(m.tool, m.check, m.side, m.number): m for m in migrations()}
        sides = (numbered[page["tool"], check, side, page[key]] for side, key in (("bad", "wrong"), ("safe", "right")))
        wrong, right = (m.files[m.path] for m in sides)
        return {"language": page["language"], "wrong": wrong, "right": right}
    if "group" in page:
        with open(os.path.join(HERE, check, f"{page['language']}.yaml"), encoding="utf-8") as file:
            group = yaml.safe_load(file)[page["group"]]
        return {"language": page["language"], "wrong": group["bad"][page["wrong"]], "right": group["safe"][page["right"]]}
    bad = by_title[check, page["language"], "bad", page["wrong"]]
    safe = by_title[check, page["language"], "safe", page["right"]]
    return {"language": page["language"], "wrong": _own(bad, safe), "right": _own(safe, bad)}


def _own(case: Case, other: Case) -> str:
    """The file of a case that its twin has otherwise or not at all."""
    differing = [path for path, text in sorted(case.own.items()) if other.own.get(path) != text]
    return case.own[differing[0] if differing else min(case.own)]  # a twin may only add a file


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as they are."""


_Dumper.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)
)


def text() -> str:
    return HEAD + yaml.dump(examples(), Dumper=_Dumper, sort_keys=True, allow_unicode=True, width=140)


if __name__ == "__main__":
    whole = text()
    with open(TARGET, "w", encoding="utf-8") as file:
        file.write(whole)
