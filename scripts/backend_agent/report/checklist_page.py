"""Write resources/checklist.md from resources/checklist.yaml: the same items, for reading.

`python -m backend_agent.report.checklist_page` (with `scripts` on the path) writes the page; a test holds the two together.
"""

import os
import sys
from typing import Any

GROUPS = {
    "API": "What callers see",
    "ARC": "Where things belong",
    "DB": "Queries and transactions",
    "SEC": "Who may do what, and what leaks",
    "MIG": "Schema changes beside running code",
    "JOB": "Work outside the request, and other systems",
    "TST": "Proof",
    "OBS": "What is seen when it runs",
    "CFG": "How it is configured and attached",
}
HEAD = """# The checklist

Written from `checklist.yaml`; change that, not this. `scripts/run_checklist.py` runs it: it brings up only the items whose *when* fits the
change. **command** and **check** items are settled by a program, **attest** items by an answer with evidence that names a file and line:
`scripts/run_checklist.py --attest SEC-4="pass: owner only, tests/test_orders.py:41"`. A *warning* is reported and does not decide.
What a check doubts is a question: its item waits for such an answer where the change touched the place, and `--questions` lists them.
"""


def page(items: "list[dict[str, Any]]") -> str:
    """The whole page. `items` are the entries of checklist.yaml, in its order; every group of theirs has a heading in GROUPS."""
    parts = [HEAD]
    for group, heading in GROUPS.items():
        parts.append(f"## {group}: {heading.lower()}\n")
        parts.append("| id | good state | settled by | when | read |\n|---|---|---|---|---|")
        parts.append("\n".join(_row(item) for item in items if item["id"].split("-")[0] == group) + "\n")
    return "\n".join(parts)


def _row(item: "dict[str, Any]") -> str:
    name = os.path.basename(item["read"])
    title = item["title"] + (" *warning*" if item["severity"] == "warning" else "")
    return f"| {item['id']} | {title} | {_settled(item['settle'])} | {', '.join(item['when'])} | [{name[:-3]}]({name}) |"


def _settled(settle: "dict[str, Any]") -> str:
    if "command" in settle:
        return f"command {settle['command']}"
    if "check" in settle:
        return "check " + ", ".join(f"`{name}`" for name in settle["check"])
    return f"attest: {settle['attest']}"


def main() -> int:
    """Write the page beside its source; returns the exit code."""
    import yaml

    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "resources")
    with open(os.path.join(folder, "checklist.yaml"), encoding="utf-8") as file:
        items = yaml.safe_load(file)
    with open(os.path.join(folder, "checklist.md"), "w", encoding="utf-8", newline="\n") as file:
        file.write(page(items))
    return 0


if __name__ == "__main__":
    sys.exit(main())
