"""A review as JSON: the whole document, or one finding a line."""

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

KEPT = ("check", "item", "severity", "path", "line", "end_line", "message", "fix", "category", "fingerprint")


def whole(document: "dict[str, Any]") -> str:
    return json.dumps(document, indent=1)


def lines(document: "dict[str, Any]", questions: bool = False) -> str:
    """One finding a line, in the order of the report; nothing where there is none. `questions` adds those, with their doubt."""
    rows = [{key: one[key] for key in KEPT} for one in document["findings"]]
    rows += [{key: one[key] for key in (*KEPT, "doubt")} for one in document["questions"]] if questions else []
    return "\n".join(json.dumps(row) for row in rows)
