import pytest
from pydantic import ValidationError

from box_office.settings import Settings

GOOD = {
    "DATABASE_URL": "postgresql://box@localhost:5432/box",
    "JWT_SECRET": "x" * 32,
    "WEBHOOK_URL": "https://example.org/hook",
    "WEBHOOK_SECRET": "é" * 16,  # 32 bytes
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def test_four_settings_are_enough() -> None:
    settings = Settings()

    assert settings.port == 8080
    assert settings.argon2_memory_kib == 19_456


@pytest.mark.parametrize("name", GOOD)
def test_nothing_stands_in_for_what_is_missing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name)

    with pytest.raises(ValidationError) as caught:
        Settings()

    assert [item["loc"] for item in caught.value.errors()] == [(name.lower(),)]


@pytest.mark.parametrize("name", ["JWT_SECRET", "WEBHOOK_SECRET"])
def test_a_short_secret_is_refused_and_not_repeated(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "x" * 31)

    with pytest.raises(ValidationError) as caught:
        Settings()

    assert "32 bytes" in str(caught.value)
    assert "x" * 31 not in str(caught.value)
