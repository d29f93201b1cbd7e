"""Run one command: no shell, no input, a time limit, capped output, and nothing left running afterwards.

On Linux this process becomes the reaper of orphans (PR_SET_CHILD_SUBREAPER) while a command runs, so that a descendant that left the
process group, the session or its parent is still found; a marker in the environment finds what escaped that. On macOS the process table
is walked; on Windows a job object ends everything that was started in it.
"""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

MARKER = "BACKEND_AGENT_RUN"
HEAD = 2_000_000
TAIL = 6_000_000
"""Bytes of output that are kept from the beginning and the end; the middle of a flood is dropped and its length told."""
GRACE = 2.0
"""Seconds between asking a process to end and ending it."""
LINGER = 1.0
"""Seconds that descendants get to end by themselves after the command has ended."""


class Ran(NamedTuple):
    """How a command ended. `code` is None where it never ended by itself; `started` is seconds since the epoch."""

    code: "int | None"
    output: str
    seconds: float
    started: float
    timed_out: bool = False
    left: int = 0
    """Processes that the command left running and that were ended."""
    dropped: int = 0
    """Bytes of output between head and tail that were not kept."""
    missing: str = ""
    """Why it could not be started; "" where it was."""


def run(
    argv: "list[str]",
    cwd: str,
    timeout: float,
    env: "dict[str, str] | None" = None,
    on_output: "Callable[[bytes], None] | None" = None,
) -> Ran:
    """Run a command to its end or its limit. Raises nothing but KeyboardInterrupt, and then too nothing is left running."""
    marker = secrets.token_hex(16)
    environment = {**(os.environ if env is None else env), MARKER: marker}
    started, clock = time.time(), time.monotonic()
    with _reaper() as family, _signals():
        try:
            process = _start(argv, cwd, environment)
        except (OSError, ValueError) as error:
            return Ran(None, "", 0.0, started, missing=f"{argv[0]}: {getattr(error, 'strerror', None) or error}")
        sink = _Sink(process, on_output)
        job = _Job(process)
        left, timed_out = 0, False
        try:
            timed_out = not _wait(process, timeout - (time.monotonic() - clock))
            if not timed_out:
                left = _wait_for_family(process.pid, marker, family)
        finally:
            ended = _end_all(process, marker, family)
            job.close()
            sink.finish()
        code = None if timed_out else process.returncode
    seconds = time.monotonic() - clock
    return Ran(code, sink.text(), seconds, started, timed_out, ended if timed_out else left, sink.dropped)


def _start(argv: "list[str]", cwd: str, environment: "dict[str, str]") -> "subprocess.Popen[bytes]":
    options: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return subprocess.Popen(  # noqa: S603
        argv, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options
    )


def _wait(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    try:
        process.wait(max(0.0, seconds))
    except subprocess.TimeoutExpired:
        return False
    return True


class _Sink:
    """Reads the output in a thread and keeps its head and tail: a command must never wait for us, nor fill the memory."""

    def __init__(self, process: "subprocess.Popen[bytes]", on_output: "Callable[[bytes], None] | None") -> None:
        self._process = process
        self._on_output = on_output
        self._head = bytearray()
        self._tail = bytearray()
        self.dropped = 0
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        stream = self._process.stdout
        if stream is None:
            return
        descriptor = stream.fileno()
        while True:
            try:
                block = os.read(descriptor, 65_536)
            except OSError:
                return
            if not block:
                return
            self._keep(block)
            if self._on_output is not None:
                self._on_output(block)

    def _keep(self, block: bytes) -> None:
        room = HEAD - len(self._head)
        if room > 0:
            self._head += block[:room]
            block = block[room:]
        self._tail += block
        if len(self._tail) > TAIL * 2:  # cut seldom: moving the tail costs its length
            self.dropped += len(self._tail) - TAIL
            del self._tail[:-TAIL]

    def finish(self) -> None:
        """Wait for the end of the output; where something out of reach still holds the pipe, give up on it."""
        self._thread.join(5.0)
        if self._process.stdout is not None and not self._thread.is_alive():
            self._process.stdout.close()
        if len(self._tail) > TAIL:
            self.dropped += len(self._tail) - TAIL
            del self._tail[:-TAIL]

    def text(self) -> str:
        middle = f"\n… {self.dropped:,} bytes left out …\n".encode() if self.dropped else b""
        return (bytes(self._head) + middle + bytes(self._tail)).decode("utf-8", "replace").replace("\r\n", "\n")


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP reached us: end like on Ctrl-C, so that every `finally` runs."""


@contextlib.contextmanager
def _signals() -> "Iterator[None]":
    """Turn SIGTERM and SIGHUP into an exception for the time of a run, so that children are ended and folders removed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _frame: object) -> None:
        raise Terminated(f"signal {number}")

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), stop) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


terminable = _signals
"""The same for work around a run, such as a temporary folder."""


# --- the family of a command -------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _reaper() -> "Iterator[frozenset[int]]":
    """Become the parent of orphans for the time of a run. Gives the children that were there before and are not the command's."""
    before = frozenset(_children(os.getpid()))
    was = _subreaper(True)
    try:
        yield before
    finally:
        if not was:
            _subreaper(False)


def _subreaper(on: bool) -> bool:
    """Set PR_SET_CHILD_SUBREAPER; whether it was set before. Elsewhere than on Linux nothing happens."""
    if not sys.platform.startswith("linux"):
        return True
    try:
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
        held = ctypes.c_int(0)
        libc.prctl(37, ctypes.byref(held), 0, 0, 0)  # PR_GET_CHILD_SUBREAPER
        libc.prctl(36, 1 if on else 0, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    except (OSError, AttributeError, ImportError):
        return True
    return bool(held.value)


def _table() -> "dict[int, tuple[int, str]]":
    """Process id to (parent id, state) of every process that can be seen."""
    if sys.platform.startswith("linux"):
        found = {}
        for name in os.listdir("/proc"):
            if name.isdigit():
                with contextlib.suppress(OSError, ValueError, IndexError):
                    with open(f"/proc/{name}/stat", "rb") as file:
                        fields = file.read().rpartition(b") ")[2].split()
                    found[int(name)] = (int(fields[1]), fields[0].decode("ascii", "replace"))
        return found
    if sys.platform == "win32":
        return {}
    try:
        done = subprocess.run(["ps", "-axo", "pid=,ppid=,state="], capture_output=True, timeout=10, check=False)  # noqa: S607
    except (OSError, subprocess.TimeoutExpired):
        return {}
    rows = [row.split() for row in done.stdout.decode("ascii", "replace").split("\n")]
    return {int(row[0]): (int(row[1]), row[2]) for row in rows if len(row) > 2}


def _children(pid: int) -> "list[int]":
    return [child for child, (parent, _state) in _table().items() if parent == pid]


def _family(root: int, marker: str, before: "frozenset[int]") -> "list[int]":
    """All living descendants of a command: below it, orphans that came to us since it began, and processes that carry its marker."""
    table = _table()
    below: dict[int, list[int]] = {}
    for pid, (parent, _state) in table.items():
        below.setdefault(parent, []).append(pid)
    own = os.getpid()
    todo = [root] if root in table else []
    if sys.platform.startswith("linux"):
        todo += [pid for pid in below.get(own, ()) if pid not in before and pid != root]
        todo += [pid for pid in table if pid != own and _carries(pid, marker)]
    seen: set[int] = set()
    while todo:
        pid = todo.pop()
        if pid in seen or pid in before or pid == own:
            continue
        seen.add(pid)
        todo.extend(below.get(pid, ()))
    for pid in seen:
        if table[pid][1] == "Z" and pid != root:
            _reap(pid)
    return sorted(pid for pid in seen if table[pid][1] != "Z")


def _carries(pid: int, marker: str) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return marker.encode() in file.read(1_000_000)
    except OSError:
        return False


def _reap(pid: int) -> None:
    with contextlib.suppress(OSError):
        os.waitpid(pid, getattr(os, "WNOHANG", 0))


def _wait_for_family(root: int, marker: str, before: "frozenset[int]") -> int:
    """Let helpers of an ended command end by themselves for a moment; how many did not."""
    if sys.platform == "win32":
        return 0
    until, pause = time.monotonic() + LINGER, 0.01
    while True:
        alive = [pid for pid in _family(root, marker, before) if pid != root]
        if not alive or time.monotonic() > until:
            return len(alive)
        time.sleep(pause)
        pause = min(pause * 2, 0.2)


def _end_all(process: "subprocess.Popen[bytes]", marker: str, before: "frozenset[int]") -> int:
    """End the command and everything it started: ask, then stop and kill until nothing new appears. The number that had to be ended."""
    if sys.platform == "win32":
        if process.poll() is None:
            subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)  # noqa: S603, S607
            process.wait()
        return 0
    alive = _family(process.pid, marker, before)
    count = len(alive)
    if alive:
        _signal_all(process, alive, signal.SIGTERM)
        until = time.monotonic() + GRACE
        while time.monotonic() < until and _still(process, marker, before):
            time.sleep(0.02)
    until = time.monotonic() + 20
    while (alive := _still(process, marker, before)) and time.monotonic() < until:
        # Stopped first: what cannot run cannot fork away while its siblings are being killed.
        _signal_all(process, alive, signal.SIGSTOP)
        _signal_all(process, _still(process, marker, before), signal.SIGKILL)
        time.sleep(0.01)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    _family(process.pid, marker, before)  # reaps what is dead by now
    return count


def _still(process: "subprocess.Popen[bytes]", marker: str, before: "frozenset[int]") -> "list[int]":
    process.poll()
    return _family(process.pid, marker, before)


def _signal_all(process: "subprocess.Popen[bytes]", pids: "list[int]", number: int) -> None:
    if process.poll() is None and sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.killpg(process.pid, number)
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, number)


class _Job:
    """On Windows a job object with "kill on close"; elsewhere nothing."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._handle: Any = None
        if sys.platform == "win32":
            with contextlib.suppress(OSError, AttributeError):
                self._handle = _windows_job(process)

    def close(self) -> None:
        if self._handle is not None and sys.platform == "win32":
            import ctypes

            ctypes.windll.kernel32.CloseHandle(self._handle)
            self._handle = None


def _windows_job(process: "subprocess.Popen[bytes]") -> Any:
    """A job object that ends its processes when its handle is closed, with the process in it; None where that is refused."""
    if sys.platform != "win32":
        return None
    import ctypes
    from ctypes import wintypes

    class Basic(ctypes.Structure):
        _fields_ = (
            ("PerProcessUserTimeLimit", ctypes.c_int64),
            ("PerJobUserTimeLimit", ctypes.c_int64),
            ("LimitFlags", wintypes.DWORD),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", wintypes.DWORD),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", wintypes.DWORD),
            ("SchedulingClass", wintypes.DWORD),
        )

    class Extended(ctypes.Structure):
        _fields_ = (
            ("Basic", Basic),
            ("IoInfo", ctypes.c_uint64 * 6),
            ("ProcessMemoryLimit", ctypes.c_size_t),
            ("JobMemoryLimit", ctypes.c_size_t),
            ("PeakProcessMemoryUsed", ctypes.c_size_t),
            ("PeakJobMemoryUsed", ctypes.c_size_t),
        )

    kernel = ctypes.windll.kernel32
    kernel.CreateJobObjectW.restype = wintypes.HANDLE
    handle = kernel.CreateJobObjectW(None, None)
    limits = Extended()
    limits.Basic.LimitFlags = 0x2000  # JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
    kernel.SetInformationJobObject(wintypes.HANDLE(handle), 9, ctypes.byref(limits), ctypes.sizeof(limits))
    if not kernel.AssignProcessToJobObject(wintypes.HANDLE(handle), wintypes.HANDLE(int(process._handle))):
        kernel.CloseHandle(wintypes.HANDLE(handle))
        return None
    return handle
