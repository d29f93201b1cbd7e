"""How the commands of a review are run; apart from what runs them, which a review of the checks alone never loads."""

from typing import NamedTuple


class Options(NamedTuple):
    """How commands are run. `database_url` is a database that the user named; `hosts` are remote ones that the user named."""

    timeout: float = 0.0
    trust_all: bool = False
    with_postgres: bool = False
    database_url: str = ""
    hosts: "tuple[str, ...]" = ()
