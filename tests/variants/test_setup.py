"""A stack installs from its lock files and builds; what that costs is counted here and nowhere else."""

import pytest
from contract_suite import stacks
from contract_suite.stacks import Stack


def test_a_stack_is_set_up_from_its_lock_files(stack: Stack, set_up_seconds: float, record_property: pytest.FixtureRequest) -> None:
    record_property("set-up", (stack.name, set_up_seconds))  # type: ignore[operator]


def test_setting_up_again_changes_no_file_of_the_stack(stack: Stack, set_up_seconds: float) -> None:
    before = {path.name: path.read_bytes() for path in stack.app.iterdir() if path.is_file()}
    stacks.set_up(stack)

    assert {path.name: path.read_bytes() for path in stack.app.iterdir() if path.is_file()} == before
    assert before, "lock files and manifests"
