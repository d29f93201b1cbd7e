"""Every check finds its bad cases and is silent on their safe twins, in each language that it serves."""

import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from case_files import Case, cases
from check_projects import found as findings

from backend_agent.checks import run

CASES = cases()
OF = {check.id: module for module in run.modules() for check in module.CHECKS}
ELSEWHERE = {"several_heads"}
"""Checks whose cases are in tests of their own; what is here is shown on their pages."""
OF_ROUTES = dict.fromkeys(("missing_auth_limiter", "unguarded_sibling"), ("csharp", "go", "java", "php", "python", "ruby", "typescript"))
"""Checks that ask the map alone and so claim no language, and those in which they are shown."""
SAME = {"tsx": "typescript", "javascript": "typescript"}


def ids(case: Case) -> str:
    return f"{case.check}-{case.language}-{case.side}-{case.title}"


def found(tmp_path: Path, case: Case, doubted: "bool | None" = False) -> "list[str]":
    return [f"{path}:{line}" for _check, path, line in findings(tmp_path, OF[case.check], case.files, case.check, doubted)]


@pytest.mark.parametrize("case", [c for c in CASES if c.side == "bad"], ids=ids)
def test_a_bad_case_is_found(tmp_path: Path, case: Case) -> None:
    assert found(tmp_path, case)


@pytest.mark.parametrize("case", [c for c in CASES if c.side == "safe"], ids=ids)
def test_a_safe_twin_is_silent(tmp_path: Path, case: Case) -> None:
    assert found(tmp_path, case, doubted=None) == []


@pytest.mark.parametrize("case", [c for c in CASES if c.side == "doubted"], ids=ids)
def test_what_a_check_doubts_is_a_question_and_no_finding(tmp_path: Path, case: Case) -> None:
    assert found(tmp_path, case) == []
    assert found(tmp_path, case, doubted=True)


def test_every_claimed_language_has_three_cases_of_each_side() -> None:
    """JavaScript and TypeScript are one language with two endings."""
    counted = Counter((c.check, SAME.get(c.language, c.language), c.side) for c in CASES)
    lacking = [
        (check, language, side)
        for check in sorted({c.check for c in CASES})
        for language in sorted(
            {SAME.get(name, name) for one in run.checks() if one.id == check for name in one.languages or OF_ROUTES.get(check, ())}
        )
        for side in ("bad", "safe")
        if counted[check, language, side] < 3 and check not in ELSEWHERE
    ]
    assert lacking == []
