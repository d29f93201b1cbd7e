"""Make sure that this Python and its packages serve, before anything else is imported.

Any Python 3 can read this file: no f-strings, no annotated variables. `ensure()` is the first call of every script.

    this Python is too old          look for a newer one and start again in it, else one line
    this Python has the packages    use them
    it has not                      build them once into the user's cache, from a hash-pinned lock, and put them on sys.path

The system's Python and the project's environment are never touched. When all is set up, `ensure()` reads one small file.
"""

import os
import sys

LOWEST = (3, 10)
OLD_NAMES = ("python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python3", "python")
NEEDED = (
    # module, distribution, lowest version, first version that is too new: as in pyproject.toml
    ("click", "click", (8, 1), (9,)),
    ("yaml", "pyyaml", (6, 0, 2), (7,)),
    ("jsonschema", "jsonschema", (4, 23), (5,)),
    ("tomli", "tomli", (2, 0, 2), (3,)),
    ("ast_grep_py", "ast-grep-py", (0, 51), (0, 52)),
)
OPTIONAL = "ast_grep_py"  # no wheel for musl and for Windows on ARM: what needs it says "not checked"
OURS = ("click", "yaml", "_yaml", "jsonschema", "jsonschema_specifications", "referencing", "rpds", "attr", "attrs", "tomli", "ast_grep_py")
NO_NETWORK = (
    "name resolution", "NewConnectionError", "dns error", "error sending request", "Connection refused", "Network is unreachable",
    "No address associated", "getaddrinfo", "timed out", "ConnectTimeout", "Failed to fetch", "Max retries", "tunnel", "ProxyError",
)  # fmt: skip
TRIED = "BACKEND_AGENT_HEALED"
HERE = os.path.dirname(os.path.abspath(__file__))
LOCK = os.path.join(os.path.dirname(HERE), "requirements.lock")


def ensure() -> None:
    """Leave a Python that can import what the scripts need, or leave with code 3 and one line on stderr."""
    if sys.version_info < LOWEST:
        _newer_python()
    place = _known()
    if place is None:
        place = _set_up()
    _use(place)
    sys.excepthook = _hook  # an import that fails later, above the scripts' own error boundary


def heal(error: BaseException) -> None:
    """Rebuild the packages and start the script again, once, when `error` is an import of theirs that fails."""
    name = (getattr(error, "name", None) or "").split(".")[0]
    if not isinstance(error, ImportError) or name not in OURS or os.environ.get(TRIED):
        return
    script = os.path.abspath(sys.argv[0] or ".")
    if name == OPTIONAL or os.path.dirname(script) != os.path.dirname(HERE):  # missing by design; not one of our scripts
        return
    place = _known()
    _forget()
    if place:
        import shutil

        shutil.rmtree(place, ignore_errors=True)
    sys.stderr.write("backend-agent: its packages are damaged (%s); building them anew\n" % name)
    os.environ[TRIED] = "1"
    sys.stdout.flush()
    sys.stderr.flush()
    _become([sys.executable] + sys.argv)


def packages() -> "str | None":
    """The folder of our own packages: "" where the user's Python has them all, None where nothing is set up."""
    return _known()


def _hook(kind, error, trace):  # type: ignore[no-untyped-def]
    heal(error)
    sys.__excepthook__(kind, error, trace)


def _use(place: str) -> None:
    """Our packages go behind the standard library and before the user's, so that an older one there does not win."""
    if not place or place in sys.path:
        return
    at = len(sys.path)
    for index, entry in enumerate(sys.path):
        if entry.endswith(("site-packages", "dist-packages")):
            at = index
            break
    sys.path.insert(at, place)


# --- what is known from an earlier start -----------------------------------------------------------------------------


def _cache() -> str:
    from backend_agent import cache

    return cache.folder()


def _stamp() -> str:
    """The note that an earlier start left for this Python: one per interpreter, virtual environment and copy of the skill."""
    plain = "".join(c if c.isalnum() else "_" for c in sys.prefix)[-120:]
    return os.path.join(_cache(), "python", _abi() + "-" + plain + "-" + _lock_state().replace(" ", "-"))


def _abi() -> str:
    """What a compiled package depends on: the interpreter, the system, the machine, the C library."""
    try:
        libc = (os.confstr("CS_GNU_LIBC_VERSION") or "musl").split()[0]
    except (AttributeError, ValueError, OSError):
        libc = "other"
    machine = os.uname().machine if hasattr(os, "uname") else os.environ.get("PROCESSOR_ARCHITECTURE", "")
    bits = "64" if sys.maxsize > 2**32 else "32"
    return "-".join((sys.implementation.cache_tag or "python", getattr(sys, "abiflags", "") + sys.platform, machine, bits, libc))


def _lock_state() -> str:
    """Names one state of the lock file without reading it."""
    state = os.stat(LOCK)
    return "%d %d" % (state.st_size, state.st_mtime_ns)


def _known() -> "str | None":
    """The folder to import from ("": the user's own), if an earlier start wrote it down and it still stands."""
    try:
        with open(_stamp(), encoding="utf-8") as file:
            state, place = file.read().split("\n")[:2]
        if state != _lock_state():
            return None
    except (OSError, ValueError):
        return None
    return place if not place or _whole(place) else None


def _whole(place: str) -> bool:
    """A quick look at a built folder; deeper damage shows when it is imported, and is mended then."""
    return all(os.path.exists(os.path.join(place, name)) for name in ("complete", "click", "yaml"))


def _forget() -> None:
    try:
        os.unlink(_stamp())
    except OSError:
        pass


def _note(place: str) -> None:
    from backend_agent import cache

    cache.write(_stamp(), _lock_state() + "\n" + place + "\n")


# --- the first start -------------------------------------------------------------------------------------------------


def _set_up() -> str:
    if _own_packages_serve():
        _note("")
        return ""
    place = os.path.join(_base(), "packages-" + _abi() + "-" + _digest())
    with _Turn(place + ".lock"):
        if not _whole(place):  # another first start may have been quicker
            _build(place)
    _note(place)
    return place


def _own_packages_serve() -> bool:
    """True where the running Python can import good-enough versions of all packages by itself."""
    from importlib import metadata, util

    for module, distribution, lowest, too_new in NEEDED:
        if module == "tomli" and sys.version_info >= (3, 11):
            continue
        try:
            numbers = metadata.version(distribution).split("+")[0].split(".")
            version = tuple(int(number) for number in numbers[:3] if number.isdigit())
            if not (lowest <= version < too_new) or util.find_spec(module) is None:
                return False
        except (metadata.PackageNotFoundError, ImportError, ValueError, TypeError):
            return False
    return True


def _digest() -> str:
    import hashlib

    with open(LOCK, "rb") as file:
        return hashlib.sha256(file.read().replace(b"\r\n", b"\n")).hexdigest()[:12]


def _base() -> str:
    """A folder of this user's alone that can be written: the cache, else one in the temp folder."""
    import stat
    import tempfile

    mine = os.path.join(tempfile.gettempdir(), "backend-agent-%s" % (os.getuid() if hasattr(os, "getuid") else "user"))
    for folder in (_cache(), mine):
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError:
            continue
        state = os.lstat(folder)
        foreign = stat.S_ISLNK(state.st_mode) or (hasattr(os, "getuid") and state.st_uid != os.getuid())
        if folder != mine or not foreign:  # anybody may make a folder in the temp folder first
            return folder
    return _leave("no folder to keep packages in: %s cannot be written" % _cache(), "set BACKEND_AGENT_CACHE to a folder of yours")


class _Turn:
    """One builder at a time. The system drops the lock when its holder dies, so a lock is never stale."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __enter__(self) -> None:
        self.file = open(self.path, "a+b")
        try:
            if sys.platform == "win32":
                import msvcrt

                self.file.seek(0)
                msvcrt.locking(self.file.fileno(), msvcrt.LK_LOCK, 1)
            else:
                import fcntl

                fcntl.flock(self.file, fcntl.LOCK_EX)
        except OSError:
            pass  # a file system without locks: both build, and the rename of a finished folder decides

    def __exit__(self, *_error: object) -> None:
        self.file.close()


def _build(place: str) -> None:
    """Fill a folder beside `place` and give it its name when it is finished, so that nobody ever sees half of it."""
    import shutil
    import tempfile

    sys.stderr.write("backend-agent: first run, fetching its packages into %s (once, about 10 MB)\n" % place)
    sys.stderr.flush()
    folder = tempfile.mkdtemp(prefix="building-", dir=os.path.dirname(place))
    try:
        target = os.path.join(folder, "packages")
        install(LOCK, target, folder, OPTIONAL.replace("_", "-"))
        open(os.path.join(target, "complete"), "w").close()
        if os.path.isdir(place):  # it was not complete
            shutil.rmtree(place, ignore_errors=True)
        try:
            os.rename(target, place)
        except OSError:
            if not _whole(place):
                raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def install(lock: str, target: str, scratch: str, optional: str = "") -> None:
    """Install what `lock` pins into `target`, wheels only; without `optional` where it has no wheel for this system."""
    with open(lock, encoding="utf-8") as file:
        text = file.read()
    code, said = _installed(lock, target, scratch)
    if code and optional and optional in said and not _no_network(said):
        partial = os.path.join(scratch, "partial.lock")
        with open(partial, "w", encoding="utf-8") as file:
            file.write(without(text, optional))
        code, said = _installed(partial, target, scratch)
    if not code:
        return
    if _no_network(said):
        _leave("the package index cannot be reached, and the packages are not there yet", "go online once, or: " + _by_hand(lock))
    last = ([line.strip() for line in said.splitlines() if line.strip()] or ["no output"])[-1]
    _leave("the packages could not be installed: " + last[:300], "by hand: " + _by_hand(lock))


def without(text: str, distribution: str) -> str:
    """A lock's text without one distribution and its digests."""
    kept, inside = [], False
    for line in text.splitlines(True):
        if not line.startswith((" ", "#")):
            inside = line.startswith((distribution + "=", distribution + " "))
        if not inside:
            kept.append(line)
    return "".join(kept)


def _installed(lock: str, target: str, scratch: str) -> "tuple[int, str]":
    """Run the installer: uv where it is, else this Python's pip, else the pip of a virtual environment made for it."""
    import shutil

    uv = shutil.which("uv")
    if uv:
        call = [uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", target, "--require-hashes"]
        code, said = _run([*call, "--only-binary", ":all:", "-r", lock])
        if not code or _no_network(said):
            return code, said
    pip = _pip(scratch)
    call = [*pip, "install", "--quiet", "--no-input", "--no-warn-script-location", "--retries", "1", "--target", target]
    return _run([*call, "--require-hashes", "--only-binary", ":all:", "-r", lock])


def _pip(scratch: str) -> "list[str]":
    """The command of a pip that works."""
    if not _run([sys.executable, "-m", "pip", "--version"])[0]:
        return [sys.executable, "-m", "pip"]
    made = os.path.join(scratch, "venv")
    code, said = _run([sys.executable, "-m", "venv", made])
    if code:
        missing = "ensurepip" in said or "No module named" in said
        name = "python%d.%d-venv" % sys.version_info[:2]
        hint = "on Debian and Ubuntu: apt install %s; or install uv" % name if missing else "install pip or uv"
        _leave("this Python (%s) has neither pip nor venv, and uv is not there" % sys.executable, hint)
    return [os.path.join(made, "Scripts" if sys.platform == "win32" else "bin", "python"), "-m", "pip"]


def _run(call: "list[str]") -> "tuple[int, str]":
    import subprocess

    # the user's index and certificates count; what would send the packages elsewhere does not
    dropped = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "UV_TARGET", "UV_SYSTEM_PYTHON", "VIRTUAL_ENV")
    environment = {key: value for key, value in os.environ.items() if key not in dropped}
    environment.update(PIP_USER="0", PIP_REQUIRE_VIRTUALENV="0", PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_DRY_RUN="0")
    try:
        done = subprocess.run(
            call, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900
        )
    except (OSError, subprocess.SubprocessError) as error:
        return 1, str(error)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def _no_network(said: str) -> bool:
    return any(sign.lower() in said.lower() for sign in NO_NETWORK)


def _by_hand(lock: str) -> str:
    return "%s -m pip install --require-hashes -r %s" % (os.path.basename(sys.executable) or "python3", lock)


# --- a newer Python --------------------------------------------------------------------------------------------------


def _newer_python() -> None:
    """Start again in a Python that is new enough; one line where there is none."""
    import shutil

    candidates = [[path] for path in (shutil.which(name) for name in OLD_NAMES) if path]
    if sys.platform == "win32" and shutil.which("py"):
        candidates.append(["py", "-3"])
    uv = shutil.which("uv")
    if uv:
        code, said = _output([uv, "python", "find", ">=%d.%d" % LOWEST])
        if code == 0 and said.strip():
            candidates.append([said.strip().splitlines()[-1]])
    for call in candidates:
        code, said = _output(call + ["-c", "import sys; print(sys.version_info[:2] >= (%d, %d))" % LOWEST])
        if code == 0 and said.strip() == "True":
            _become(call + sys.argv)
    _leave(
        "Python %d.%d or newer is needed; this is %d.%d, and none was found" % (LOWEST + tuple(sys.version_info[:2])),
        "install one (python.org, apt, brew, `uv python install 3.13`) or run the script with it",
    )


def _output(call: "list[str]") -> "tuple[int, str]":
    import subprocess

    try:
        process = subprocess.Popen(call, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        said = process.communicate()[0]
    except OSError:
        return 1, ""
    return process.returncode, said.decode("utf-8", "replace")


def _become(call: "list[str]") -> None:
    """Replace this process; on Windows, where exec returns to the shell at once, wait for the child instead."""
    if sys.platform == "win32":
        import subprocess

        sys.exit(subprocess.call(call))
    os.execv(call[0], call)


def _leave(problem: str, hint: str) -> str:
    sys.stderr.write("error: %s\n  %s\n" % (problem, hint))
    sys.exit(3)
