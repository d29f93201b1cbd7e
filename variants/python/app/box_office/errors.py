"""What can go wrong in the words of the domain. `api/problems.py` says what that is in HTTP; nothing else does."""


class DomainError(Exception):
    """Raised by services and repositories; `code` is what a client can rely on, `detail` is for people."""

    code = "internal"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Unauthorized(DomainError):
    code = "unauthorized"


class Forbidden(DomainError):
    code = "forbidden"


class NotFound(DomainError):
    code = "not_found"


class InvalidState(DomainError):
    code = "invalid_state"


class CapacityBelowBooked(DomainError):
    code = "capacity_below_booked"


class AlreadyBooked(DomainError):
    code = "already_booked"


class SoldOut(DomainError):
    code = "sold_out"


class PreconditionRequired(DomainError):
    code = "precondition_required"


class PreconditionFailed(DomainError):
    code = "precondition_failed"


class IdempotencyKeyMissing(DomainError):
    code = "idempotency_key_missing"


class IdempotencyKeyReused(DomainError):
    code = "idempotency_key_reused"


class Unavailable(DomainError):
    code = "unavailable"


class Invalid(DomainError):
    """A value that parses and still makes no sense; `pointer` says which."""

    code = "invalid"

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer


class RateLimited(DomainError):
    code = "rate_limited"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("Too many attempts; try again later.")
        self.retry_after_seconds = retry_after_seconds
