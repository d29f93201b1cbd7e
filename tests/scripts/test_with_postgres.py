"""A disposable server: there for the command, gone after it, whatever happens. Needs server binaries, which our machine has."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from backend_agent import postgres

SCRIPT = Path(__file__).parents[2] / "scripts" / "with_postgres.py"
needs_server = pytest.mark.skipif(postgres.first("") is None, reason="no PostgreSQL binaries on this machine")


def environment(tmp_path, **more):
    kept = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    folder = tmp_path / "t"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    tmp_path.chmod(0o755)
    return {**kept, **more}


def run(tmp_path, *words, **more):
    return subprocess.run(
        [sys.executable, str(SCRIPT), *words], env=environment(tmp_path, **more), capture_output=True, text=True, timeout=90
    )


@needs_server
def test_the_command_gets_a_server_and_its_exit_code_is_ours(tmp_path):
    code = "import os, socket, sys; socket.create_connection(('127.0.0.1', int(os.environ['PGPORT'])))"
    code += "; print(os.environ['DATABASE_URL']); sys.exit(7)"
    done = run(tmp_path, "--url-scheme", "postgresql+asyncpg", "--", sys.executable, "-c", code)

    assert done.returncode == 7, done.stderr
    assert done.stdout.startswith("postgresql+asyncpg://postgres@127.0.0.1:")
    assert "PostgreSQL" in done.stderr


@needs_server
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_when_we_are_killed(tmp_path, number):
    said = "import os, time; print(os.environ['PGPORT'], os.getpid(), flush=True); time.sleep(600)"
    call = [sys.executable, str(SCRIPT), "--", sys.executable, "-c", said]
    heard = partial(
        signal.signal, signal.SIGINT, signal.SIG_DFL
    )  # a shell that runs the suite in the background ignores SIGINT for all below it
    child = subprocess.Popen(call, env=environment(tmp_path), stdout=subprocess.PIPE, text=True, preexec_fn=heard)
    port, pid = map(int, child.stdout.readline().split())

    child.send_signal(number)
    child.wait(30)

    child.stdout.close()
    assert eventually(lambda: not listening(port))
    assert eventually(lambda: not alive(pid))


@needs_server
def test_the_log_holds_each_statement(tmp_path):
    if not postgres.shutil.which("psql"):
        pytest.skip("psql is not installed")
    log = tmp_path / "statements.log"
    run(tmp_path, "--log", str(log), "--", "psql", "-c", "select 40 + 2")

    assert "select 40 + 2" in log.read_text()


def test_a_database_that_is_named_already_is_used_and_its_password_is_not_shown(tmp_path):
    url = "postgresql://me:secret@db.example.org:5432/shop?sslmode=require"
    done = run(tmp_path, "--", sys.executable, "-c", "import os; print(os.environ['DATABASE_URL'])", DATABASE_URL=url)

    assert done.stdout.strip() == url
    assert "db.example.org:5432/shop" in done.stderr
    assert "secret" not in done.stderr


def test_a_version_that_is_not_there_exits_3_and_names_the_ways(tmp_path):
    done = run(tmp_path, "--version", "1", "--", "true")

    assert done.returncode == 3
    assert "--install" in done.stderr


def test_no_command_is_wrong_use(tmp_path):
    assert run(tmp_path).returncode == 2


def test_a_command_that_does_not_exist_is_127(tmp_path):
    assert run(tmp_path, "--", "no-such-command-here", DATABASE_URL="postgresql://h/d").returncode == 127


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:p@h:1/d?x=y", "h:1/d"),
        ("postgres://h/d", "h/d"),
        ("postgresql://u:p@ss@h/d", "h/d"),
        ("postgresql://", "a local socket"),
    ],
)
def test_what_is_shown_of_a_url_holds_no_credentials(url, shown):
    assert postgres.safe_target(url) == shown


def eventually(condition):
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return False


def listening(port):
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def alive(pid):
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
