"""What a value has to be, each said once."""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

EMAIL = r"^\s*[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)+\s*$"


def normalise_email(email: str) -> str:
    return email.strip().lower()


# region: validation
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _no_nul(value: str) -> str:
    if "\0" in value:  # PostgreSQL stores no NUL in text
        raise ValueError("must not hold NUL characters")
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank")
    return value


def _rfc_3339(value: object) -> object:
    """Only the text form: without this, a number would pass for a Unix time."""
    if not isinstance(value, str) or not RFC_3339.fullmatch(value):
        raise ValueError("must be a date and time with an offset, as in 2030-06-01T19:30:00Z")
    return value


def _plausible_utc(value: datetime) -> datetime:
    if not 2000 <= value.year <= 2200:
        raise ValueError("must lie between the years 2000 and 2200")
    return value.astimezone(UTC)


Title = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_no_nul), AfterValidator(_not_blank)]
Moment = Annotated[AwareDatetime, BeforeValidator(_rfc_3339), AfterValidator(_plausible_utc)]
# Strict: otherwise "5" and true would pass for numbers.
Capacity = Annotated[int, Field(strict=True, ge=1, le=100_000)]
PriceCents = Annotated[int, Field(strict=True, ge=0, le=10_000_000)]
Currency = Literal["EUR", "GBP", "USD"]
# endregion: validation


Seats = Annotated[int, Field(strict=True, ge=1, le=10)]
Email = Annotated[str, Field(min_length=3, max_length=254, pattern=EMAIL), AfterValidator(normalise_email)]
Password = Annotated[str, Field(min_length=12, max_length=128), AfterValidator(_no_nul)]
# At login nothing is told about the form of a right address or password.
LoginEmail = Annotated[
    str, Field(min_length=1, max_length=254), AfterValidator(_no_nul), AfterValidator(normalise_email)
]
LoginPassword = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_no_nul)]
Token = Annotated[str, Field(min_length=1, max_length=512), AfterValidator(_no_nul)]
