"""A review as text: short when all is well, and otherwise what is wrong, where, and what to do about it."""

from collections import Counter

from backend_agent.report.text import clean, colour

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST_FINDINGS = 25
MOST_QUESTIONS = 10
MOST_FACTS = 3
GREEN_BUDGET = 1_500
_COLOURS = {"pass": "32", "fail": "31", "open": "33"}
_INDENT = " " * 11


def text(document: "dict[str, Any]", everything: bool = False, questions: bool = False) -> str:
    """The report for people and agents. `everything` lifts the caps; `questions` lists what the checks doubt in a look at everything."""
    lines = [_head(document), *_databases(document), *_commands(document), *_proof(document), *_checks(document, everything)]
    lines += _doubted(document, questions)
    lines += _questions(document, everything) + _notes(document)
    verdict = document["verdict"]
    result, _gap, missing = verdict["line"].partition("  ")
    lines.append(f"{colour(clean(result), '32' if verdict['exit_code'] == 0 else '31')}  {clean(missing, 900)}".rstrip())
    lines += _next(document)
    return "\n".join(lines)


def _head(document: "dict[str, Any]") -> str:
    scope = document["scope"]
    names = ", ".join(clean(s["path"], 60) for s in document["services"][:4]) or "."
    more = f" and {len(document['services']) - 4} more" if len(document["services"]) > 4 else ""
    if scope["kind"] == "all":
        return f"{names}{more}: all {scope['files']} files"
    if not scope["files"]:
        return f"{names}{more}: nothing changed since {clean(scope['base_name'])} ({scope['base'][:7]}); --all looks at everything"
    return f"{names}{more}: {scope['files']} files changed since {clean(scope['base_name'])} ({scope['base'][:7]})"


def _label(word: str, first: bool) -> str:
    return f"{word:<11}" if first else _INDENT


def _databases(document: "dict[str, Any]") -> "list[str]":
    rows = []
    for number, one in enumerate(document["databases"][:5]):
        name = f"/{clean(one['database'], 60)}" if one["database"] else ""
        where = f"{clean(one['variable'], 60)}, {clean(one['source'], 80)}"
        rows.append(
            f"{_label('databases', number == 0)}{clean(one['host'], 80)}{name}  ({where})" + ("" if one["local"] else "  not local")
        )
    return rows


def _commands(document: "dict[str, Any]") -> "list[str]":
    rows = []
    for number, one in enumerate(document["commands"]):
        state = colour(one["status"], _COLOURS.get(one["status"], "33"))
        where = f"  in {clean(one['cwd'], 60)}" if one["cwd"] != "." else ""
        reason = f"  {clean(one['reason'], 240)}" if one["reason"] else ""
        rows.append(f"{_label('commands', number == 0)}{state} {one['kind']}  {clean(one['cmd'], 120)}{where}{reason}")
        if one["status"] != "pass":
            rows += _failure(one)
        if one["left_running"]:
            rows.append(f"{_INDENT}  left {one['left_running']} processes running; they were ended")
    return rows


def _failure(one: "dict[str, Any]") -> "list[str]":
    names = one["counts"]["failing"]
    rows = [f"{_INDENT}  failing: {clean(name, 160)}" for name in names[:8]]
    if len(names) > 8:
        rows.append(f"{_INDENT}  and {len(names) - 8} more")
    if one["output"] and (not names or (one["counts"]["errors"] and not one["counts"]["failed"])):  # no test ran: the output says why
        lines = one["output"].split("\n")
        rows += [f"{_INDENT}  | {clean(line, 160)}" for line in (lines if len(lines) <= 8 else [*lines[:4], *lines[-4:]])]
    if one["hint"]:
        rows.append(f"{_INDENT}  {clean(one['hint'], 240)}")
    return rows


def _proof(document: "dict[str, Any]") -> "list[str]":
    proof = document["prove_tests"]
    weak = [t for t in proof["tests"] if t["base"] == "passes"]
    strong = [t for t in proof["tests"] if t["base"] == "fails"]
    rows = []
    if proof["tests"]:
        rows.append(f"{_label('proof', True)}{len(strong)} of {len(proof['tests'])} changed tests fail without the change")
    rows += [f"{_INDENT}{clean(t['test'], 160)} passes without the change: it proves nothing" for t in weak[:8]]
    if proof["note"]:
        rows.append(f"{_label('proof', not rows)}{clean(proof['note'], 300)}")
    return rows


def _checks(document: "dict[str, Any]", everything: bool) -> "list[str]":
    findings = sorted(document["findings"], key=lambda one: one["severity"] != "error")  # what decides comes first, by place
    most = len(findings) if everything else MOST_FINDINGS
    rows = []
    said: set[str] = set()
    for number, one in enumerate(findings[:most]):
        severity = "fail" if one["severity"] == "error" else one["severity"]
        place = f"{clean(one['path'], 160)}:{one['line']}"
        shown = colour(severity, "31" if severity == "fail" else "33")
        rows.append(f"{_label('checks', number == 0)}{shown} {one['item']} {place}  {clean(one['message'], 300)}  [{one['check']}]")
        if one["fix"] and one["fix"] not in said:
            said.add(one["fix"])
            rows.append(f"{_INDENT}     {clean(one['fix'], 240)}")
    if len(findings) > most:
        rest = Counter(one["check"] for one in findings[most:])
        rows.append(
            f"{_INDENT}and {len(findings) - most} more: {', '.join(f'{n} {c}' for c, n in rest.most_common(6))}; --format json has all"
        )
    if document["only"] in {"", "checks"}:
        bad = {f["check"] for f in findings}
        passed = len([c for c in document["checks"]["ran"] if c not in bad])
        parts = [f"{passed} checks passed"]
        unchecked = [i["id"] for i in document["items"] if i["state"] == "not_checked" and i["settle"] == "check"]
        if unchecked:
            parts.append(f"{len(unchecked)} items not checked ({', '.join(unchecked[:6])}{'…' if len(unchecked) > 6 else ''})")
        if document["silenced"]:
            parts.append(f"{len(document['silenced'])} silenced")
        rows.append(_label("checks", not rows) + ", ".join(parts))
    return rows


def _doubted(document: "dict[str, Any]", listed: bool) -> "list[str]":
    """What the checks doubt: place by place where the change brings it or it was asked for, else counted in one line."""
    asked = document["questions"]
    if not asked:
        return []
    counts = ", ".join(f"{n} {check}" for check, n in Counter(one["check"] for one in asked).most_common(6))
    if not listed and document["scope"]["kind"] == "all":
        places = "1 place" if len(asked) == 1 else f"{len(asked)} places"
        return [f"{_label('questions', True)}{places} for a person to judge, and decide nothing: {counts}  (--questions lists them)"]
    most = len(asked) if listed else MOST_QUESTIONS
    rows = [
        f"{_label('questions', number == 0)}{one['item']} {clean(one['path'], 160)}:{one['line']}  {clean(one['message'], 300)}"
        f"  not seen: {clean(one['doubt'], 200)}  [{one['check']}]"
        for number, one in enumerate(asked[:most])
    ]
    return rows + ([f"{_INDENT}and {len(asked) - most} more: --questions lists them"] if len(asked) > most else [])


def _questions(document: "dict[str, Any]", everything: bool) -> "list[str]":
    """The questions that decide, each fact said once. The others are named in one line, unless only questions were asked for."""
    asked = [i for i in document["items"] if i["state"] == "open" or (i["settle"] == "attest" and i["state"] == "fail")]
    mild = [] if document["only"] == "attest" else [i["id"] for i in asked if i["severity"] != "error"]
    rows: list[str] = []
    said: set[str] = set()
    for one in asked:
        if one["id"] in mild:
            continue
        weight = "" if one["severity"] == "error" else " (does not decide)"
        rows.append(f"{_label('attest', not rows)}{one['id']}{weight}  {clean(one['detail'], 400)}")
        if one["settle"] == "check":  # its places are listed with the checks
            continue
        most = len(one["facts"]) if everything else MOST_FACTS
        rows += [f"{_INDENT}  {clean(fact, 300)}" for fact in one["facts"][:most] if fact not in said]
        said.update(one["facts"][:most])
    if mild:
        rows.append(f"{_label('attest', not rows)}worth a thought, and decides nothing: {', '.join(mild)}  (--only attest shows them)")
    return rows


def _notes(document: "dict[str, Any]") -> "list[str]":
    most = 4
    rows = [f"! {clean(note, 240)}" for note in document["notes"][:most]]
    return rows + ([f"! and {len(document['notes']) - most} more notes"] if len(document["notes"]) > most else [])


def _next(document: "dict[str, Any]") -> "list[str]":
    """What to do now, one line each."""
    rows = []
    if any(c["status"] == "untrusted" for c in document["commands"]):
        rows.append("  to agree to these commands and run them: run_checklist.py --trust   (--list shows what they are)")
    asked = [i["id"] for i in document["items"] if i["state"] == "open" and (i["severity"] == "error" or document["only"] == "attest")]
    if asked:
        rows.append(f'  answer with evidence: --attest {asked[0]}="pass: why, path/to/file.py:12"   (or fail: …, n/a: …)')
    return rows


def listing(rows: "list[dict[str, Any]]") -> str:
    """What would run, for --list."""
    lines = []
    for row in rows:
        where = f"  in {clean(row['cwd'], 60)}" if row["cwd"] != "." else ""
        lines.append(
            f"{row['trust']:<9} {row['digest'][:12]}  {row['kind']:<10} {clean(row['cmd'], 160)}{where}  {clean(row['source'], 100)}"
        )
    return "\n".join(lines)
