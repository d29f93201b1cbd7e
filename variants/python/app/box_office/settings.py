"""What the service is told by its environment, read once at start. Nothing secret has a default."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PositiveInt, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def _at_least_32_bytes(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value().encode()) < 32:
        raise ValueError("has to have at least 32 bytes")
    return secret


Secret = Annotated[SecretStr, AfterValidator(_at_least_32_bytes)]


class DatabaseSettings(BaseSettings):
    """What a migration needs: it has no business with the service's secrets."""

    model_config = SettingsConfigDict(extra="ignore", hide_input_in_errors=True)

    database_url: Annotated[str, Field(pattern=r"^postgres(ql)?://")]


class Settings(DatabaseSettings):
    jwt_secret: Secret
    webhook_url: Annotated[str, Field(pattern=r"^https?://")]
    webhook_secret: Secret

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    access_ttl_seconds: PositiveInt = 900
    refresh_ttl_seconds: PositiveInt = 2_592_000

    login_limit_per_account: PositiveInt = 5
    login_limit_per_address: PositiveInt = 100
    login_window_seconds: PositiveInt = 60

    # The first choice of the OWASP Password Storage Cheat Sheet for Argon2id.
    argon2_memory_kib: PositiveInt = 19_456
    argon2_iterations: PositiveInt = 2
    argon2_parallelism: PositiveInt = 1

    outbox_poll_ms: PositiveInt = 500
    outbox_lease_seconds: PositiveInt = 30
    outbox_backoff_ms: PositiveInt = 1000
    outbox_max_attempts: PositiveInt = 8
    webhook_timeout_ms: PositiveInt = 5000

    @property
    def access_ttl(self) -> timedelta:
        return timedelta(seconds=self.access_ttl_seconds)

    @property
    def refresh_ttl(self) -> timedelta:
        return timedelta(seconds=self.refresh_ttl_seconds)

    @property
    def login_window(self) -> timedelta:
        return timedelta(seconds=self.login_window_seconds)
