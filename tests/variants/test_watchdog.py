"""Nothing is left running, even where the tests are ended with no chance to clean up."""

import os
import signal
import subprocess
import sys
import time

import pytest
from contract_suite.stacks import ROOT

DYING = """
import subprocess, sys, time
from contract_suite.stacks import watchdog
kept, ended = (subprocess.Popen(["sleep", "60"], start_new_session=True) for _ in range(2))
for one in (kept, ended):
    watchdog().watch(one.pid)
watchdog().forget(ended.pid)
print(kept.pid, ended.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are of POSIX")
def test_what_is_watched_ends_with_a_killed_run_and_what_is_forgotten_does_not() -> None:
    path = os.pathsep.join([str(ROOT / "scripts"), str(ROOT / "tests" / "variants")])
    with subprocess.Popen([sys.executable, "-c", DYING], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}) as run:
        assert run.stdout
        kept, forgotten = map(int, run.stdout.readline().split())
        run.kill()

    try:
        until = time.monotonic() + 10
        while running(kept) and time.monotonic() < until:
            time.sleep(0.05)
        assert (running(kept), running(forgotten)) == (False, True)
    finally:
        os.kill(forgotten, signal.SIGKILL)


def running(pid: int) -> bool:
    """A zombie that nobody collects counts as ended."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(done.stdout.strip()) and not done.stdout.strip().startswith("Z")
