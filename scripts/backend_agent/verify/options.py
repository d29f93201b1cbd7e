"""How the commands of a review are run; apart from what runs them, which a review of the checks alone never loads."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from backend_agent.records import NamedTuple


class Options(NamedTuple):
    """How commands are run. `database_url` is a database that the user named; `hosts` are remote ones that the user named."""

    timeout: float = 0.0
    trust_all: bool = False
    with_postgres: bool = False
    database_url: str = ""
    hosts: "tuple[str, ...]" = ()
