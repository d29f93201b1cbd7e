import pytest

from box_office.settings import Settings


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def make_settings(database_url: str = "postgresql://nobody@127.0.0.1:1/none") -> Settings:
    """Everything a test needs to say, with a hash that costs next to nothing."""
    return Settings(
        database_url=database_url,
        jwt_secret="a secret of the tests, long enough",
        webhook_url="http://webhook.test/hook",
        webhook_secret="another one, and long enough too",
        argon2_memory_kib=8,
        argon2_iterations=1,
    )
