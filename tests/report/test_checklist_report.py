import json
import os

import jsonschema
import pytest

from backend_agent import catalog
from backend_agent.report import checklist, json_lines, markdown, sarif
from backend_agent.repository import changes
from backend_agent.repository.files import Repository
from backend_agent.verify import attest, items, review

SCHEMAS = os.path.join(os.path.dirname(checklist.__file__), "schemas")
FINDING = {
    "check": "raw_sql", "item": "DB-1", "severity": "error", "path": "app/a b.py", "line": 3, "end_line": 4,
    "message": "SQL built from *text*", "fix": "pass parameters", "category": "raw_sql", "subject": "", "edit": "",
    "doubt": "", "fingerprint": "f" * 24,
}  # fmt: skip
ASKED = {**FINDING, "severity": "question", "line": 7, "message": "SQL with a name in it", "doubt": "where the name comes from"}


@pytest.fixture
def document(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    repository = Repository(str(tmp_path))
    quiet = {**FINDING, "line": 9, "by": "inline", "reason": "built from constants"}
    rules = {"raw_sql": {"title": "Queries are parameterised", "severity": "error", "item": "DB-1", "why": "It can be injected."}}
    checked = review.Checked([FINDING], [quiet], ("raw_sql",), (("n_plus_one", "no rule for python"),), (), rules)
    chosen = (
        items.Item("DB-1", "Queries are parameterised", "error", "", "", ("always",), checks=("raw_sql",)),
        items.Item("SEC-4", "Who may", "error", "", "", ("always",), question="Who may?"),
    )
    work = review.Work(lambda: checked)
    return review.review(repository, changes.everything(repository), (), chosen, {}, review.Asked(), work)


def test_the_document_is_what_its_schema_says(document):
    with open(os.path.join(SCHEMAS, "checklist.schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)

    jsonschema.validate(json.loads(json_lines.whole(document)), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "verdict": {"result": "DONE"}}, schema)


def test_text_says_what_where_and_what_to_do(document):
    text = checklist.text(document)

    assert "fail DB-1 app/a b.py:3  SQL built from *text*" in text
    assert "pass parameters" in text
    assert "SEC-4  Who may?" in text
    assert "NOT DONE  1 failing check, 1 question open (SEC-4)" in text


def test_questions_are_counted_in_a_look_at_everything_and_listed_when_asked_for(document):
    document["questions"] = [ASKED, {**ASKED, "line": 8}]
    row = "DB-1 app/a b.py:7  SQL with a name in it  not seen: where the name comes from  [raw_sql]"

    assert "2 places for a person to judge, and decide nothing: 2 raw_sql  (--questions lists them)" in checklist.text(document)
    assert row in checklist.text(document, questions=True)
    changed = {**document, "scope": {**document["scope"], "kind": "change"}}
    assert row in checklist.text(changed)
    assert "not seen: where the name comes from" in markdown.text(changed)
    assert "2 places for a person to judge" in markdown.text(document)


def test_what_a_check_doubts_in_a_change_opens_its_item_until_it_is_answered():
    item = items.Item("DB-1", "Queries are parameterised", "error", "", "", ("always",), checks=("raw_sql",))
    known = items.Settled(ran=frozenset({"raw_sql"}), questions=(("DB-1", "raw_sql", "a.py:7 SQL (not seen: x)"),))
    state = items.settle([item], known)[0]
    answer = attest.Attestation("DB-1", "pass", "from a list of ours, a.py:3", (("a.py", 3),))

    assert (state.state, state.facts) == ("open", ("a.py:7 SQL (not seen: x)",))
    assert items.settle([item], known._replace(attested={"DB-1": answer}))[0].state == "pass"
    assert items.settle([item], known._replace(questions=()))[0].state == "pass"


def test_questions_are_no_findings_for_machines_unless_asked_for(document):
    document["questions"] = [ASKED]

    assert "question" not in json_lines.lines(document)
    assert json.loads(json_lines.lines(document, questions=True).split("\n")[-1])["doubt"] == "where the name comes from"
    told = sarif.document(document)["runs"][0]["results"]
    asked = sarif.document(document, questions=True)["runs"][0]["results"]
    assert [r["message"]["text"] for r in asked if r not in told] == [
        "SQL with a name in it To mend it: pass parameters. Not seen: where the name comes from."
    ]


def test_what_decides_comes_first_and_what_to_do_is_said_once(document):
    mild = [{**FINDING, "check": "query_in_loop", "severity": "warning", "line": n, "fix": "ask once"} for n in range(1, 30)]
    text = checklist.text({**document, "findings": [*mild, FINDING]})

    assert text.split("\n")[1].endswith("fail DB-1 app/a b.py:3  SQL built from *text*  [raw_sql]")
    assert text.count("ask once") == 1
    assert "and 5 more: 5 query_in_loop; --format json has all" in text


def _asked(document, *rows):
    items = [
        {"id": i, "severity": severity, "state": "open", "settle": "attest", "detail": f"{i}?", "facts": list(facts)}
        for i, severity, facts in rows
    ]
    return {**document, "items": items}


def test_a_fact_stands_once_however_many_questions_it_belongs_to(document):
    asked = _asked(document, ("SEC-4", "error", ["1 route: GET /a"]), ("SEC-9", "error", ["1 route: GET /a", "no test file changed"]))

    assert checklist.text(asked).count("1 route: GET /a") == 1
    assert "no test file changed" in checklist.text(asked)


def test_questions_that_do_not_decide_are_one_line_unless_questions_are_asked_for(document):
    asked = _asked(document, ("SEC-4", "error", []), ("API-8", "warning", []), ("OBS-2", "warning", []))

    assert "decides nothing: API-8, OBS-2" in checklist.text(asked)
    assert "API-8?" not in checklist.text(asked)
    assert "API-8 (does not decide)  API-8?" in checklist.text({**asked, "only": "attest"})


def test_a_finding_is_one_line_of_json(document):
    rows = [json.loads(row) for row in json_lines.lines(document).split("\n")]

    assert [(r["check"], r["path"], r["line"], r["category"]) for r in rows] == [("raw_sql", "app/a b.py", 3, "raw_sql")]


def test_sarif_has_rules_with_help_fingerprints_relative_places_and_suppressions(document):
    log = sarif.document(document)
    run = log["runs"][0]
    first, silenced = run["results"]

    assert log["version"] == "2.1.0"
    assert run["tool"]["driver"]["rules"][0]["help"]["text"].startswith("It can be injected.")
    assert first["partialFingerprints"] == {"backendAgent/v1": "f" * 24}
    assert first["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "app/a%20b.py", "uriBaseId": "SRCROOT"}
    assert first["locations"][0]["physicalLocation"]["region"] == {"startLine": 3, "endLine": 4}
    assert silenced["suppressions"] == [{"kind": "inSource", "justification": "built from constants"}]


def test_markdown_quotes_what_comes_from_a_repository(document):
    document["findings"][0]["message"] = "<img src=x> @everyone [a](b)"

    text = markdown.text(document)

    assert "<img" not in text.replace("\\<img", "")
    assert "@everyone" not in text
    assert "[a](b)" not in text


TOUCHES = catalog.load("verify", "touches")


def test_there_are_kinds_of_change_to_walk():
    assert [t["id"] for t in TOUCHES] == sorted(t["id"] for t in TOUCHES)
    assert all(t["matches"] and t["misses"] for t in TOUCHES)


@pytest.mark.parametrize("kind", TOUCHES, ids=lambda t: t["id"])
def test_a_kind_of_change_is_seen_in_its_examples_and_not_in_near_misses(kind):
    import re

    def speaks(example: str) -> bool:
        flags = re.IGNORECASE | re.MULTILINE
        return bool(re.search(kind["path"], example, flags) or re.search(kind["text"], example, flags))

    assert [m for m in kind["matches"] if not speaks(m)] == []
    assert [m for m in kind["misses"] if speaks(m)] == []


def test_sarif_offers_the_mended_line_as_a_fix(document):
    document["findings"] = [{**document["findings"][0], "edit": "mended = True"}]

    (result,) = [r for r in sarif.document(document)["runs"][0]["results"] if "fixes" in r]

    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"] == {"uri": "app/a%20b.py", "uriBaseId": "SRCROOT"}
    region = {"startLine": 3, "startColumn": 1, "endLine": 3}
    assert change["replacements"] == [{"deletedRegion": region, "insertedContent": {"text": "mended = True"}}]
    assert result["fixes"][0]["description"]["text"] == "pass parameters"


def test_sarif_offers_no_fix_where_a_person_decides(document):
    assert all("fixes" not in result for result in sarif.document(document)["runs"][0]["results"])
