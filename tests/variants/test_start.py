"""A service without its secrets does not start, and says which one it lacks."""

import pytest
from contract_suite.service import ABSENT, StartService

REQUIRED = ["DATABASE_URL", "JWT_SECRET", "WEBHOOK_URL", "WEBHOOK_SECRET"]


@pytest.mark.parametrize("name", REQUIRED)
def test_a_setting_without_a_default_is_demanded_by_name(start_service: StartService, name: str) -> None:
    code, said = start_service(wait=False, **{name: ABSENT}).refuses_to_start()

    assert code != 0
    assert name in said


@pytest.mark.parametrize("name", ["JWT_SECRET", "WEBHOOK_SECRET"])
@pytest.mark.parametrize("value", ["", "only-31-bytes-are-in-this-secre"], ids=["empty", "short"])
def test_a_secret_of_less_than_32_bytes_is_refused_and_not_shown(start_service: StartService, name: str, value: str) -> None:
    code, said = start_service(wait=False, **{name: value}).refuses_to_start()

    assert code != 0
    assert name in said
    assert not value or value not in said


def test_a_setting_that_is_no_number_is_refused_by_name(start_service: StartService) -> None:
    code, said = start_service(wait=False, ACCESS_TTL_SECONDS="soon").refuses_to_start()

    assert code != 0
    assert "ACCESS_TTL_SECONDS" in said
