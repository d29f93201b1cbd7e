"""A finding may bring the line that mends it: only where the line itself tells enough, and nothing else changes."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from check_projects import context

from backend_agent.checks import _edits, run
from backend_agent.checks.finding import Finding


def edit(check: str, path: str, line: str, head: str = "") -> str:
    lines = [*head.split("\n"), line] if head else [line]
    return _edits.of(Finding(check, "X-1", "error", path, len(lines), 0, "m"), lines)


@pytest.mark.parametrize(
    ("line", "mended"),
    [
        ("    answer = requests.get(url)", "    answer = requests.get(url, timeout=10)"),
        (
            "return requests.post(f'{base}/x', json={'a': (1, 2)}).json()",
            "return requests.post(f'{base}/x', json={'a': (1, 2)}, timeout=10).json()",
        ),
        ("server = smtplib.SMTP(host, 25)", "server = smtplib.SMTP(host, 25, timeout=10)"),
    ],
)
def test_a_call_on_one_line_gets_its_time_limit(line: str, mended: str) -> None:
    assert edit("missing_timeout", "app/a.py", line) == mended
    compile(mended.strip().removeprefix("return "), "a.py", "exec")


@pytest.mark.parametrize(
    "line",
    [
        "answer = requests.get(",
        "answer = requests.get(url, timeout=None)",
        "a, b = requests.get(x), requests.get(y)",
        "answer = requests.get(  # the carrier)",
        "const answer = await axios.get(url)",
    ],
)
def test_a_call_that_does_not_end_or_says_more_is_left_to_a_person(line: str) -> None:
    assert edit("missing_timeout", "app/a.py", line) == ""


def test_utcnow_tells_its_zone_where_the_file_imports_what_that_takes() -> None:
    line = "made = datetime.utcnow()"

    assert edit("naive_datetime", "a.py", line, "from datetime import datetime, timezone") == "made = datetime.now(timezone.utc)"
    assert edit("naive_datetime", "a.py", line, "from datetime import datetime") == ""
    assert (
        edit("naive_datetime", "a.py", "x = datetime.datetime.utcnow()", "import datetime")
        == "x = datetime.datetime.now(datetime.timezone.utc)"
    )


def test_a_value_of_a_mapper_is_bound_and_an_order_is_not() -> None:
    assert edit("raw_sql", "m.xml", "where id = ${id} and state = #{state}") == "where id = #{id} and state = #{state}"
    assert edit("raw_sql", "m.xml", "where name = '${name}'") == ""
    assert edit("raw_sql", "m.xml", "order by ${order}") == ""


def test_a_finding_of_several_lines_or_of_another_check_brings_none() -> None:
    several = Finding("missing_timeout", "JOB-4", "error", "a.py", 1, 3, "m")

    assert _edits.of(several, ["requests.get(url)", "", ""]) == ""
    assert edit("query_in_loop", "a.py", "requests.get(url)") == ""


def test_the_mended_file_has_the_finding_no_more(tmp_path: Path) -> None:
    text = "import requests\n\n\ndef track(number):\n    return requests.get(f'https://carrier.example/{number}')\n"
    made = context(tmp_path / "a", {"app/carrier.py": text})
    (finding,) = [f for f in run.outcome(made).findings if f.check == "missing_timeout"]
    lines = text.split("\n")
    lines[finding.line - 1] = finding.edit
    again = context(tmp_path / "b", {"app/carrier.py": "\n".join(lines)})

    assert [f for f in run.outcome(again).findings if f.check == "missing_timeout"] == []
