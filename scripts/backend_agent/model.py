"""The backend as frozen data: what the facts of its files add up to. No file is read here and nothing is judged.

Named tuples and not data classes: importing `dataclasses` costs as much as starting Python.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from backend_agent.records import NamedTuple


class Guard(NamedTuple):
    """Who stands before a route. `state`: guarded | open | unknown ("auth ?": a mechanism exists that cannot be decided)."""

    state: str
    name: str = ""
    source: str = ""
    """Where it comes from: `decorator`, `dependency`, `router`, `group`, `global`…, with `path:line` where known."""


class Route(NamedTuple):
    """One method at one full path. An unknown prefix is `{?}`. Lines count from 1."""

    method: str
    path: str
    handler: str
    file: str
    line: int
    guard: Guard = Guard("unknown")
    framework: str = ""
    handler_file: str = ""
    handler_line: int = 0
    handler_end: int = 0
    body: str = ""
    """Name of the validated type of the request body; "" where none is declared; "?" where a body is read unvalidated."""
    params: tuple[str, ...] = ()


class Unresolved(NamedTuple):
    """A registration that could not be followed. It is always printed: silence must never mean "none"."""

    file: str
    line: int
    reason: str


class Column(NamedTuple):
    name: str
    type: str = ""
    null: bool | None = None


class ForeignKey(NamedTuple):
    columns: tuple[str, ...]
    references: str
    enforced: bool = True
    """False for an association without a constraint in the database."""
    line: int = 0


class Table(NamedTuple):
    """A table or collection as the code declares it. `name` is the class or model, "" where there is none."""

    table: str
    name: str
    file: str
    line: int
    columns: tuple[Column, ...] = ()
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    orm: str = ""


class Function(NamedTuple):
    """A function or method: `name` is `Class.method` where it has a class."""

    file: str
    name: str
    line: int
    end: int
    is_async: bool = False


class Migration(NamedTuple):
    file: str
    id: str
    parents: tuple[str, ...] = ()
    tool: str = ""


class Hop(NamedTuple):
    """A function that a handler reaches, on the way to the database."""

    file: str
    line: int
    name: str


class Endpoint(NamedTuple):
    """A route and what was found about it. Every flag is a fact about the text, not an accusation."""

    route: Route
    hops: tuple[Hop, ...] = ()
    tables: tuple[str, ...] = ()
    tests: tuple[tuple[str, int], ...] = ()
    """Test files with a literal path that this route answers, with the first line."""
    listing: bool = False
    """GET on a path that ends without a parameter and reaches a table."""
    limited: bool = False
    """Some limit, page or cursor is named in the functions that were followed."""
    raw_sql: bool = False
    """SQL text stands in the functions that were followed."""
    reads_env: bool = False
    """A configuration variable is read in the functions that were followed."""
    body_file: str = ""
    """Where the type of the validated body is declared, "" where that was not found."""


class Named(NamedTuple):
    """A name at a place: a configuration variable, a job."""

    name: str
    file: str
    line: int


class Backend(NamedTuple):
    """What is known of one service."""

    path: str
    frameworks: tuple[str, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    tables: tuple[Table, ...] = ()
    migrations: tuple[Migration, ...] = ()
    heads: tuple[tuple[str, tuple[str, ...]], ...] = ()
    jobs: tuple[Named, ...] = ()
    config: tuple[Named, ...] = ()
    tests: tuple[str, ...] = ()
    layers: tuple[tuple[str, str], ...] = ()
    """Folder and role, as far as they were told apart."""
    sql: tuple[Named, ...] = ()
    """Lines that hold SQL text."""
    unresolved: tuple[Unresolved, ...] = ()
    notes: tuple[str, ...] = ()
    declared: tuple[Table, ...] = ()
    """Classes of tables that neither a migration nor a dump makes."""
