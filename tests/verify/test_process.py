import os
import signal
import subprocess
import sys
import textwrap
import time
from functools import partial

import pytest

from backend_agent.verify import process


def python(code: str) -> "list[str]":
    return [sys.executable, "-c", textwrap.dedent(code)]


def run(code: str, tmp_path, timeout: float = 20, **options):
    return process.run(python(code), str(tmp_path), timeout, **options)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def pids(tmp_path) -> "list[int]":
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        found = [int(p.name) for p in (tmp_path / "pids").glob("*")]
        if found:
            return found
        time.sleep(0.02)
    return []


NOTE = """
import os, sys, time, signal
os.makedirs("pids", exist_ok=True)
def note():
    open(f"pids/{os.getpid()}", "w").close()
"""


def test_output_and_exit_code_come_back(tmp_path):
    ran = run("import sys; print('out'); print('err', file=sys.stderr, flush=True); sys.exit(7)", tmp_path)

    assert (ran.code, ran.timed_out, ran.left) == (7, False, 0)
    assert sorted(ran.output.split()) == ["err", "out"]


def test_the_command_has_no_input(tmp_path):
    assert "b''" in run("import sys; print(sys.stdin.buffer.read())", tmp_path).output


def test_a_missing_program_is_named(tmp_path):
    ran = process.run(["no-such-tool-here"], str(tmp_path), 5)

    assert ran.code is None
    assert "no-such-tool-here" in ran.missing


def test_a_hanging_command_is_ended_at_its_limit(tmp_path):
    ran = run(NOTE + "note(); time.sleep(600)", tmp_path, timeout=0.8)

    assert (ran.code, ran.timed_out) == (None, True)
    assert not any(map(alive, pids(tmp_path)))


def test_a_command_that_refuses_to_end_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "GRACE", 0.3)
    ran = run(NOTE + "signal.signal(signal.SIGTERM, signal.SIG_IGN); note(); time.sleep(600)", tmp_path, timeout=0.8)

    assert ran.timed_out
    assert not any(map(alive, pids(tmp_path)))


def test_a_daemon_that_left_its_group_and_session_and_environment_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "LINGER", 0.3)
    monkeypatch.setattr(process, "GRACE", 0.2)
    code = (
        NOTE
        + """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        note()
        os.execve(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)"], {})
    os._exit(0)
os.wait()
while not os.listdir("pids"):
    time.sleep(0.01)
print("done")
"""
    )
    ran = run(code, tmp_path)

    assert (ran.code, ran.left) == (0, 1)
    assert len(pids(tmp_path)) == 1
    assert not any(map(alive, pids(tmp_path)))


def test_children_that_keep_forking_do_not_get_away(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "LINGER", 0.2)
    monkeypatch.setattr(process, "GRACE", 0.2)
    code = (
        NOTE
        + """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def hop(depth):
    # each generation starts the next in a session of its own and ends
    while depth:
        if os.fork():
            os._exit(0)
        os.setsid()
        note()
        time.sleep(0.03)
        depth -= 1
if os.fork() == 0:
    hop(400)
time.sleep(0.2)
"""
    )
    run(code, tmp_path)

    time.sleep(0.2)
    assert not any(map(alive, pids(tmp_path)))


def test_a_child_that_holds_the_output_open_does_not_hold_us(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "LINGER", 0.2)
    started = time.monotonic()
    ran = run("import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); print('x')", tmp_path)

    assert (ran.code, ran.left, ran.output.strip()) == (0, 1, "x")
    assert time.monotonic() - started < 60


def test_a_flood_is_capped_and_its_ends_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "HEAD", 1_000)
    monkeypatch.setattr(process, "TAIL", 2_000)
    ran = run("print('first'); [print('x' * 1000) for _ in range(20_000)]; print('last')", tmp_path)

    assert ran.code == 0
    assert len(ran.output) < 3_200
    assert ran.output.startswith("first")
    assert ran.output.rstrip().endswith("last")
    assert ran.dropped > 19_000_000


def test_binary_output_becomes_text(tmp_path):
    ran = run(r"import sys; sys.stdout.buffer.write(bytes(range(256)) * 10)", tmp_path)

    assert ran.code == 0
    assert "�" in ran.output


def test_children_that_were_there_before_are_left_alone(tmp_path):
    other = subprocess.Popen(python("import time; time.sleep(600)"))
    try:
        run("print(1)", tmp_path)

        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_us_ends_the_command_too(tmp_path, number):
    script = tmp_path / "outer.py"
    inner = NOTE + "note(); time.sleep(600)"
    script.write_text(
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from backend_agent.verify import process\n"
        f"process.run([sys.executable, '-c', {inner!r}], {str(tmp_path)!r}, 600)\n"
    )
    scripts = os.path.join(os.path.dirname(__file__), "..", "..", "scripts")
    heard = partial(
        signal.signal, signal.SIGINT, signal.SIG_DFL
    )  # a shell that runs the suite in the background ignores SIGINT for all below it
    outer = subprocess.Popen([sys.executable, str(script), scripts], stderr=subprocess.DEVNULL, preexec_fn=heard)
    children = pids(tmp_path)
    outer.send_signal(number)
    outer.wait(20)

    assert children
    assert not any(map(alive, children))
