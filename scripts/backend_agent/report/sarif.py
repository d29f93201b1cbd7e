"""A review as SARIF 2.1.0: findings and failing commands, with fingerprints that survive moved lines, for code scanning.

Code scanning wants paths from the root of the repository, a location for every result, and no more than 25,000 results
(docs.github.com, SARIF support for code scanning).
"""

import os
from typing import Any
from urllib.parse import quote

from backend_agent.report import explain
from backend_agent.report.text import clean

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "note": "note", "question": "note"}
MOST_RESULTS = 25_000


def document(review: "dict[str, Any]", root: str = "", questions: bool = False) -> "dict[str, Any]":
    """The SARIF log of a review of the project at `root`. `questions` adds what a check doubts, as notes."""
    asked = review["questions"] if questions else []
    rules = _rules(review, asked)
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    results = [_command(one, index) for one in review["commands"] if one["status"] != "pass"]
    results += [_finding(one, index) for one in sorted(review["findings"], key=lambda one: _ORDER.get(one["severity"], 1))]
    results += [_finding(one, index) for one in asked]
    results += [_finding(one, index, suppressed=one) for one in review["silenced"]]
    left_out = len(results) - MOST_RESULTS
    results = results[:MOST_RESULTS]
    _from_top(results, _below_top(root))
    run = {
        "tool": {"driver": {"name": review["tool"]["name"], "version": review["tool"]["version"], "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "the root of the project"}}},
        "invocations": [_invocation(review["verdict"]["exit_code"], left_out)],
        "results": results,
        "properties": {"verdict": review["verdict"]["line"], "tree": review["tree"]["digest"]},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


_ORDER = {"error": 0, "warning": 1, "note": 2}


def _invocation(code: int, left_out: int) -> "dict[str, Any]":
    invocation: dict[str, Any] = {"executionSuccessful": code in {0, 1}, "exitCode": code}
    if left_out > 0:
        text = f"{left_out} results are left out: code scanning takes {MOST_RESULTS} at most"
        invocation["toolExecutionNotifications"] = [{"level": "warning", "message": {"text": text}}]
    return invocation


def _below_top(root: str) -> str:
    """The folder of a project below the root of its repository, with a slash behind; "" where it is the root or there is none."""
    folder = os.path.abspath(root) if root else ""
    while folder:
        if os.path.exists(os.path.join(folder, ".git")):
            below = os.path.relpath(os.path.abspath(root), folder)
            return "" if below == "." else below.replace(os.sep, "/") + "/"
        above = os.path.dirname(folder)
        folder = above if above != folder else ""
    return ""


def _from_top(results: "list[dict[str, Any]]", below: str) -> None:
    """Put the folder of the project before every path: one that begins elsewhere is found by nobody."""
    if not below:
        return
    shown = quote(below.encode("utf-8", "surrogateescape"), safe="/")
    for result in results:
        changes = [change for fix in result.get("fixes", ()) for change in fix["artifactChanges"]]
        for place in [location["physicalLocation"] for location in result["locations"]] + changes:
            place["artifactLocation"]["uri"] = shown + place["artifactLocation"]["uri"]


def _rules(review: "dict[str, Any]", asked: "list[dict[str, Any]]") -> "list[dict[str, Any]]":
    told: dict[str, dict[str, str]] = review["checks"]["rules"]
    used = {f["check"] for f in [*review["findings"], *asked, *review["silenced"]]} | set(review["checks"]["ran"])
    rules = [_rule(name, told.get(name, {})) for name in sorted(used)]
    kinds = sorted({c["kind"] for c in review["commands"] if c["status"] != "pass"})
    return rules + [_rule(f"command.{kind}", {"title": f"The {kind} command passes", "severity": "error"}) for kind in kinds]


def _rule(name: str, told: "dict[str, str]") -> "dict[str, Any]":
    title = told.get("title") or name
    sentences = [told.get("why", ""), told.get("fix", "") and f"To mend it: {told['fix']}."]
    limits = [f"It sees {told['sees']}." if told.get("sees") else "", f"It misses {told['misses']}." if told.get("misses") else ""]
    help_text = " ".join(part for part in [*sentences, *limits] if part) or title
    rule: dict[str, Any] = {
        "id": name,
        "name": "".join(part.capitalize() for part in name.replace(".", "_").replace("-", "_").split("_")),
        "shortDescription": {"text": title},
        "fullDescription": {"text": told.get("why") or title},
        "help": {"text": help_text, "markdown": explain.markdown(told, name)},
        "defaultConfiguration": {"level": LEVELS.get(told.get("severity", ""), "warning")},
    }
    if told.get("item"):
        rule["properties"] = {"tags": [told["item"], *([told["category"]] if told.get("category") else [])]}
    return rule


def _finding(one: "dict[str, Any]", index: "dict[str, int]", suppressed: "dict[str, Any] | None" = None) -> "dict[str, Any]":
    message = clean(one["message"], 1_000) + (f" To mend it: {clean(one['fix'], 500)}." if one["fix"] else "")
    message += f" Not seen: {clean(one['doubt'], 300)}." if one["doubt"] else ""
    region: dict[str, Any] = {"startLine": max(one["line"], 1)}
    if one["end_line"] > one["line"]:
        region["endLine"] = one["end_line"]
    result: dict[str, Any] = {
        "ruleId": one["check"],
        "ruleIndex": index[one["check"]],
        "level": LEVELS.get(one["severity"], "warning"),
        "message": {"text": message},
        "locations": [_location(one["path"], region)],
    }
    if one.get("fingerprint"):
        result["partialFingerprints"] = {"backendAgent/v1": one["fingerprint"]}
    if one.get("edit"):
        result["fixes"] = [_fix(one)]
    if suppressed is not None:
        kind = "inSource" if suppressed["by"] == "inline" else "external"
        result["suppressions"] = [{"kind": kind, "justification": clean(suppressed["reason"], 500)}]
    return result


def _fix(one: "dict[str, Any]") -> "dict[str, Any]":
    """The line as it would stand when it is mended. A region of whole lines ends before the break, which stays."""
    region = {"startLine": max(one["line"], 1), "startColumn": 1, "endLine": max(one["line"], 1)}
    change = {
        "artifactLocation": _location(one["path"], region)["physicalLocation"]["artifactLocation"],
        "replacements": [{"deletedRegion": region, "insertedContent": {"text": one["edit"]}}],
    }
    return {"description": {"text": clean(one["fix"], 500) or "mend the line"}, "artifactChanges": [change]}


def _location(path: str, region: "dict[str, Any]") -> "dict[str, Any]":
    uri = quote(path.encode("utf-8", "surrogateescape"), safe="/")
    return {"physicalLocation": {"artifactLocation": {"uri": uri, "uriBaseId": "SRCROOT"}, "region": region}}


def _command(one: "dict[str, Any]", index: "dict[str, int]") -> "dict[str, Any]":
    names = ", ".join(clean(name, 160) for name in one["counts"]["failing"][:5])
    text = f"{one['kind']} {one['status']}: {clean(one['cmd'], 200)}: {clean(one['reason'], 400)}" + (f" ({names})" if names else "")
    result: dict[str, Any] = {
        "ruleId": f"command.{one['kind']}",
        "ruleIndex": index[f"command.{one['kind']}"],
        "level": "error",
        "message": {"text": text},
        "partialFingerprints": {"backendAgent/v1": one["digest"][:24]},
    }
    path, _colon, line = one["source"].rpartition(":")
    known = path and line.isdigit() and not path.startswith("/")
    result["locations"] = [_location(path, {"startLine": int(line)}) if known else _location(_NOWHERE, {"startLine": 1})]
    return result


_NOWHERE = "stack.yaml"
"""Where a command can be set, for one that stands in no file: a result without a location is refused."""
