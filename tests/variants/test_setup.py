"""A stack installs from its lock files and builds; what that costs is counted here and nowhere else."""

import pytest
from contract_suite import stacks
from contract_suite.stacks import Stack


def test_a_stack_is_set_up_from_its_lock_files(stack: Stack, set_up_seconds: float, record_property: pytest.FixtureRequest) -> None:
    record_property("set-up", (stack.name, set_up_seconds))  # type: ignore[operator]


def test_setting_up_again_is_quick(stack: Stack, set_up_seconds: float) -> None:
    again = stacks.set_up(stack)

    assert again < max(20.0, set_up_seconds / 2)
