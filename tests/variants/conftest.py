"""One set-up, one server and one main service for each stack; what needs other settings starts a service of its own.

    python3 -m pytest tests/variants --stack python

A toolchain that is missing is a skip that names it, and a failure where CI=true.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract_suite import stacks
from contract_suite.client import Api, Person
from contract_suite.database import Database, Server
from contract_suite.service import Service, StartService
from contract_suite.stacks import Stack
from contract_suite.webhook import Receiver

ORDER = ["test_setup", "test_migrations", "test_start"]
LAST = ["test_logs", "test_properties", "test_checklist"]
MAIN = {
    "OUTBOX_POLL_MS": "50",
    "OUTBOX_BACKOFF_MS": "100",
    "OUTBOX_MAX_ATTEMPTS": "3",
    "WEBHOOK_TIMEOUT_MS": "1000",
}
"""The main service's own settings: an outbox that does not keep a test waiting."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "stack" not in metafunc.fixturenames:
        return
    chosen = metafunc.config.getoption("--stack")
    found = [name for name in stacks.names(variants_of(metafunc.config)) if not chosen or name in chosen]
    groups = [pytest.param(name, marks=pytest.mark.xdist_group(name), id=name) for name in found]
    metafunc.parametrize("stack", groups, indirect=True, scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Set-up first, so that its time is its own; the log last, so that it has seen everything."""
    here = Path(__file__).parent
    own = [item for item in items if here in item.path.parents]
    names = [*ORDER, *sorted({item.path.stem for item in own} - {*ORDER, *LAST}), *LAST]
    ranked = iter(sorted(own, key=lambda item: names.index(item.path.stem)))
    items[:] = [next(ranked) if here in item.path.parents else item for item in items]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failure shows the last words of the service it met."""
    report = yield
    service = getattr(item, "funcargs", {}).get("service")
    if report.failed and isinstance(service, Service):
        report.sections.append((f"last lines of {item.funcargs['service'].stack.name}", service.told("log")))
    return report


def variants_of(config: pytest.Config) -> Path:
    return Path(config.getoption("--variants") or stacks.VARIANTS).resolve()


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Stack:
    if sys.platform == "win32":
        pytest.skip("the services are driven with POSIX signals")
    found = stacks.read(request.param, variants_of(request.config))
    missing = found.missing()
    if missing:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say(f"{found.name} needs {', '.join(missing)} on the PATH")
    return found


@pytest.fixture(scope="session")
def set_up_seconds(stack: Stack) -> float:
    return stacks.set_up(stack)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server(tmp_path_factory.mktemp("postgres"))
    yield started
    started.stop()


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    started = Receiver()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def template(stack: Stack, set_up_seconds: float, server: Server) -> Database:
    """A database with the stack's own migrations in it, from which the others are made."""
    made = server.create()
    stacks.run(stack, stack.migrate, {"DATABASE_URL": made.url}, stacks.MIGRATION_LIMIT)
    return made


@pytest.fixture(scope="session")
def service(
    stack: Stack, template: Database, server: Server, receiver: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The main service, for everything that ordinary settings can show."""
    settings = {**MAIN, "WEBHOOK_URL": receiver.url}
    made = Service(stack, server.create(template), settings, tmp_path_factory.mktemp(stack.name))
    try:
        yield made.start()
        made.stop()
    finally:
        made.kill()


@pytest.fixture
def api(service: Service) -> Api:
    return service.api


@pytest.fixture
def database(service: Service) -> Database:
    return service.database


@pytest.fixture
def owner(api: Api) -> Person:
    return api.person()


@pytest.fixture
def guest(api: Api) -> Person:
    return api.person()


@pytest.fixture
def start_service(stack: Stack, template: Database, server: Server, tmp_path: Path) -> Iterator[StartService]:
    """Start services with settings of their own: `start_service(LOGIN_LIMIT_PER_ACCOUNT="2")`; `beside=other` shares its database and secrets."""
    made: list[Service] = []
    databases: list[Database] = []

    def start(beside: "Service | None" = None, wait: bool = True, **settings: str) -> Service:
        if beside is None:
            databases.append(server.create(template))
        shared = {key: beside.settings[key] for key in ("JWT_SECRET", "WEBHOOK_SECRET", "WEBHOOK_URL")} if beside else {}
        database = beside.database if beside else databases[-1]
        service = Service(stack, database, {**shared, **settings}, tmp_path / str(len(made)))
        made.append(service)
        return service.start() if wait else service

    yield start
    for service in made:
        service.kill()
    for database in databases:
        database.drop()
