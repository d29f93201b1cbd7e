"""Which constraint refused a row. Its name is a contract; the text of a database error is not."""

from sqlalchemy.exc import IntegrityError


def violates(error: IntegrityError, constraint: str) -> bool:
    return getattr(error.orig.__cause__ if error.orig else None, "constraint_name", None) == constraint
