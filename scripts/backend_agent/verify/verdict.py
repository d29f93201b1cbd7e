"""The verdict: DONE, or NOT DONE with what is missing. Pure: the same document gives the same line."""

from backend_agent.errors import DONE, FAILS, NOT_CARRIED_OUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NOT_RUN = ("missing", "untrusted", "refused", "unproven")


def verdict(document: "dict[str, Any]", allow_skipped: bool = False) -> "dict[str, Any]":
    """`{"result", "line", "exit_code", "missing"}`. A run that verified nothing is never done."""
    failing = _failing(document)
    undone = _undone(document, allow_skipped)
    questions = [i["id"] for i in document["items"] if i["state"] == "open" and i["severity"] == "error"]
    missing = [*failing, *undone]
    if questions:
        missing.append(_counted(len(questions), "question open", "questions open") + f" ({_some(questions)})")
    proved = _proved(document)
    if not missing and not proved:
        missing.append("nothing was verified")
        return _made("NOT DONE", missing, NOT_CARRIED_OUT, document)
    if missing:
        code = FAILS if failing or questions else NOT_CARRIED_OUT
        return _made("NOT DONE", missing, code, document)
    return _made("DONE", _also(document), DONE, document, ", ".join(proved))


def _made(result: str, missing: "list[str]", code: int, document: "dict[str, Any]", proved: str = "") -> "dict[str, Any]":
    parts = [*([document["only"]] if document["only"] else []), *document["only_kinds"]]
    only = f" ({', '.join(parts)} only)" if parts else ""
    told = proved + (f"; {'; '.join(missing)}" if missing else "") if result == "DONE" else ", ".join(missing)
    return {"result": result, "line": f"{result}{only}  {told}".rstrip(), "exit_code": code, "missing": missing if code else []}


def _failing(document: "dict[str, Any]") -> "list[str]":
    rows = [_failed(command) for command in document["commands"] if command["status"] == "fail"]
    errors = [f for f in document["findings"] if f["severity"] == "error"]
    if errors:
        rows.append(_counted(len(errors), "failing check", "failing checks"))
    against = [i["id"] for i in document["items"] if i["state"] == "fail" and i["severity"] == "error" and i["settle"] == "attest"]
    rows += [f"{name} attested as failing" for name in against]
    weak = [t["test"] for t in document["prove_tests"]["tests"] if t["base"] == "passes"]
    blocking = any(i["command"] == "prove-tests" and i["state"] == "fail" and i["severity"] == "error" for i in document["items"])
    if weak and blocking:
        rows.append(_counted(len(weak), "test that proves nothing", "tests that prove nothing") + f": {_some(weak)}")
    if document["tree"]["changed_by_run"]:
        rows.append(f"the commands changed files ({_some(document['tree']['changed_by_run'])}): look at them and run again")
    return rows


def _failed(command: "dict[str, Any]") -> str:
    names = command["counts"]["failing"]
    return f"{command['kind']} failed" + (f": {_some(names, 3)}" if names else f" ({command['reason']})")


def _undone(document: "dict[str, Any]", allow_skipped: bool) -> "list[str]":
    rows = [f"{c['kind']} not run: {c['reason']}" for c in document["commands"] if c["status"] in NOT_RUN and c["status"] != "unproven"]
    rows += [f"{c['kind']} unproven: {c['reason']}" for c in document["commands"] if c["status"] == "unproven"]
    if not allow_skipped:
        rows += [f"{c['kind']} skipped: {c['reason']}" for c in document["commands"] if c["status"] == "skipped"]
    kinds = {c["kind"] for c in document["commands"]}
    for item in document["items"]:
        lacking = item["state"] == "unproven" and item["severity"] == "error" and item["command"]
        if lacking and item["command"] not in kinds:
            rows.append(f"{item['command']}: {item['detail']}" if item["command"] == "prove-tests" else item["detail"])
    rows += [f"the check {gap['check']} broke" for gap in document["checks"]["gaps"] if gap["reason"].startswith("the check broke")]
    return list(dict.fromkeys(rows))


def _proved(document: "dict[str, Any]") -> "list[str]":
    rows = []
    tests = [c for c in document["commands"] if c["kind"] == "tests" and c["status"] == "pass"]
    others = [c["kind"] for c in document["commands"] if c["kind"] != "tests" and c["status"] == "pass"]
    if tests:
        units = {c["counts"]["unit"] for c in tests}
        passed = sum(c["counts"]["passed"] for c in tests)
        unit = units.pop() if len(units) == 1 else "tests"
        rows.append(f"{_counted(passed, unit.removesuffix('s'), unit)} passed" if passed else "tests passed")
    if others:
        rows.append(", ".join(dict.fromkeys(others)) + " passed")
    if document["checks"]["ran"] and document["scope"]["files"]:
        rows.append(_counted(len(document["checks"]["ran"]), "check", "checks"))
    attested = [i for i in document["items"] if i["settle"] == "attest" and i["state"] in {"pass", "not_applicable"}]
    if attested:
        rows.append(f"{len(attested)} attested")
    return rows


def _also(document: "dict[str, Any]") -> "list[str]":
    """What a reader of DONE must still know."""
    rows = [f"{c['kind']} skipped: {c['reason']}" for c in document["commands"] if c["status"] == "skipped"]
    unchecked = [i["id"] for i in document["items"] if i["state"] == "not_checked"]
    if unchecked:
        rows.append(f"not checked: {len(unchecked)} items")
    warnings = len([f for f in document["findings"] if f["severity"] == "warning"])
    warned = [
        i["id"] for i in document["items"] if i["severity"] == "warning" and i["state"] in {"open", "fail"} and i["settle"] != "check"
    ]
    if warnings:
        rows.append(_counted(warnings, "warning", "warnings"))
    if document["questions"] and document["scope"]["kind"] != "all":
        rows.append(_counted(len(document["questions"]), "question to judge", "questions to judge"))
    if warned:
        rows.append(f"not decided by: {_some(warned, 4)}")
    if document["silenced"]:
        rows.append(f"{len(document['silenced'])} silenced")
    return rows


def _some(names: "list[str]", most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
