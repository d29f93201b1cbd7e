"""The exit codes that all scripts share, and the one error that a user may cause."""

DONE = 0
FAILS = 1
USAGE = 2
NOT_CARRIED_OUT = 3
FAULT = 70


class UserError(Exception):
    """Something the user can mend: what, where, and what to do next, in one line each.

    `code` is USAGE for wrong use or unreadable input and NOT_CARRIED_OUT where the work itself was impossible.
    """

    def __init__(self, message: str, hint: str = "", code: int = USAGE) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code
