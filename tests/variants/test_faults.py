"""The planted faults still apply, and name tests that are there. Planting them takes long: `python3 tests/variants/faults.py STACK`."""

import re
from pathlib import Path

import faults
import pytest

STACKS = sorted(path.parent.name for path in faults.VARIANTS.glob("*/service.yaml"))
CASES = [pytest.param(stack, fault, id=f"{stack}: {fault.drops}") for stack in STACKS for fault in faults.faults(stack)]
TOPICS = ["lock", "owner", "unique", "idempotency", "limiter", "transaction", "family", "signature", "token", "version"]


@pytest.mark.parametrize("name", STACKS)
def test_each_stack_has_a_fault_of_every_kind(name: str) -> None:
    told = " | ".join(fault.drops for fault in faults.faults(name))

    assert [topic for topic in TOPICS if topic not in told] == []


@pytest.mark.parametrize(("name", "fault"), CASES)
def test_a_fault_applies_and_changes_the_file(name: str, fault: faults.Fault) -> None:
    text = (faults.VARIANTS / name / "app" / fault.file).read_text(encoding="utf-8")

    assert fault.planted(text) != text


@pytest.mark.parametrize(("name", "fault"), CASES)
def test_a_fault_names_tests_that_are_there(name: str, fault: faults.Fault) -> None:
    written = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))

    assert fault.red
    assert [test for test in fault.red if not re.search(rf"def {test}\(", written)] == []


def test_a_fault_that_no_longer_applies_is_an_error_with_its_place() -> None:
    fault = faults.Fault("a lock", "app.py", (("FOR UPDATE", ""),), ("test_x",))

    with pytest.raises(faults.FaultError, match=r"app\.py: 'FOR UPDATE' stands there 0 times"):
        fault.planted("SELECT 1")
