"""Commands of a README that cannot work any more: what they need is nowhere in the repository.

Only what is certain is said: a file of that name exists in no folder, or a target or script in no file that could hold it.
"""

import re

from backend_agent.stack import kinds, words
from backend_agent.stack.words import at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_agent.repository.files import Repository
    from backend_agent.stack.services import Service

NAMES = ("README.md", "README.rst", "README.txt", "README", "readme.md", "Readme.md", "CONTRIBUTING.md", "CONTRIBUTING.rst")
MOST = 5
"""Notes that are given at most."""
SIZE = 60_000
"""Characters of a document that are looked at."""

_FENCE = re.compile(r"^\s*(?:```|~~~)")
_SPAN = re.compile(r"`([^`\n]{3,120})`")
_HEADS = (
    "python",
    "python3",
    "make",
    "npm",
    "yarn",
    "pnpm",
    "bun",
    "just",
    "task",
    "composer",
    "bash",
    "sh",
    "tox",
    "nox",
    "./",
    "rake",
    "pip",
    "pip3",
)
_SCRIPT = re.compile(r"^(?:npm|yarn|pnpm|bun) run(?:-script)? ([A-Za-z][\w:-]*)$|^npm (test|start)$")
_ENDINGS = (".py", ".sh", ".bash", ".js", ".ts", ".rb", ".php")


def outdated(repository: "Repository", services: "Sequence[Service]") -> "list[str]":
    """A line for each command that a document tells and that cannot work, those that check something first."""
    found: list[tuple[bool, str]] = []
    folders = dict.fromkeys([".", *(service.path for service in services)])
    for path in (at(folder, name) for folder in folders for name in NAMES):
        if not repository.exists(path):
            continue
        told: set[str] = set()
        for number, command in _commands(repository.read(path)[:SIZE]):
            reason = _missing(repository, command)
            if reason and reason not in told:
                told.add(reason)
                instead = _instead(repository, command, services)
                found.append((not instead, f"{path}:{number} tells `{command}`; {reason}.{instead}"))
    return [note for _, note in sorted(found, key=lambda one: one[0])[:MOST]]


def _commands(text: str) -> "Iterator[tuple[int, str]]":
    """(line, command) of code blocks, prompts and code in the text that begins like a command."""
    fenced = False
    for number, raw in enumerate(text.split("\n"), 1):
        if _FENCE.match(raw):
            fenced = not fenced
            continue
        line = raw.strip()
        lines = [line] if fenced or raw.startswith(("    ", "\t", "$ ")) else _SPAN.findall(raw)
        for one in lines:
            for part in kinds.split(re.sub(r"\s#\s.*$", "", one.removeprefix("$ ").removeprefix("> ").strip())):
                if part.startswith(_HEADS) and not re.search(r"[<>{}$*\\]|\.\.\.|…", part):
                    yield number, part


def _missing(repository: "Repository", command: str) -> str:
    """What a command needs and the repository does not have; "" where nothing is missing or nobody can tell."""
    argv = kinds.words_of(command)
    head, rest = argv[0], argv[1:]
    script = _SCRIPT.match(command)
    if script:
        return _no_script(repository, script[1] or script[2])
    if head == "make":
        return _no_target(repository, rest)
    file = ""
    if head in ("python", "python3", "bash", "sh") and rest and not rest[0].startswith("-"):
        file = rest[0]
    elif head.startswith("./"):
        file = head
    elif head in ("pip", "pip3") and rest[:1] == ["install"] and "-r" in rest[:-1]:
        file = rest[rest.index("-r") + 1]
    elif head in ("tox", "nox", "just", "task"):
        return _no_runner(repository, head)
    base = file.rpartition("/")[2]
    if not base or not (base.endswith((*_ENDINGS, ".txt")) or head.startswith("./")) or not re.fullmatch(r"[\w./-]+", file):
        return ""
    known = repository.index.named(base)
    made = head.startswith("./") and "." not in base and base not in ("gradlew", "mvnw")  # what a build leaves behind
    return "" if known or made else f"there is no {file.removeprefix('./')}"


def _no_script(repository: "Repository", name: str) -> str:
    manifests = repository.index.named("package.json")[:200]
    if not manifests:
        return "there is no package.json"
    key = re.compile(rf"\"{re.escape(name)}\"\s*:")
    default = name == "start" and repository.index.named("server.js")
    return "" if default or any(key.search(repository.read(one)) for one in manifests) else f"no package.json has a script {name!r}"


_PLACES = ("Makefile", "makefile", "GNUmakefile")


def _no_target(repository: "Repository", rest: "list[str]") -> str:
    target = next((word for word in rest if not word.startswith("-") and "=" not in word), "")
    if not re.fullmatch(r"[\w.-]+", target) or "-C" in rest or "-f" in rest:
        return ""
    files = repository.index.named(*_PLACES)
    if not files:
        has = any(repository.index.named(name) for name in ("CMakeLists.txt", "configure.ac", "Makefile.am", "Makefile.in"))
        return "" if has else "there is no Makefile"
    if len(files) > 20:
        return ""
    texts = [repository.read(file) for file in files]
    if any(re.search(r"(?m)^-?s?include\s|^[^#\n]*%[^\n]*:|^[^#\t\n]*\$[({][^\n]*:(?!=)|\$\(eval", text) for text in texts):
        return ""  # targets may come from elsewhere
    known = any(re.search(rf"(?m)^(?:[\w. /-]+\s)?{re.escape(target)}(?:\s[\w. /-]+)?\s*:", text) for text in texts)
    return "" if known else f"no Makefile has a target {target!r}"


_RUNNERS = {
    "tox": ("tox.ini", "pyproject.toml", "setup.cfg", "tox.toml"), "nox": ("noxfile.py",), "just": ("justfile", "Justfile", ".justfile"),
    "task": ("Taskfile.yml", "Taskfile.yaml", "taskfile.yml"),
}  # fmt: skip


def _no_runner(repository: "Repository", head: str) -> str:
    return "" if repository.index.named(*_RUNNERS[head]) else f"there is no {_RUNNERS[head][0]}"


def _instead(repository: "Repository", command: str, services: "Sequence[Service]") -> str:
    """What checks the same instead, of the first service that has it."""
    told = kinds.kinds_of(command) or _by_name(command)
    for kind in told:
        for service in services:
            for found in service.verify.get(kind, ()):
                where = "" if found.cwd == "." else f" in {found.cwd}"
                if any(found.cmd in repository.read(path) for path in words.ci_files(repository)):
                    return f" CI runs `{found.cmd}`{where}."
                return f" Run `{found.cmd}`{where}." if found.source == "default" else f" Run `{found.cmd}`{where} ({found.source})."
    return ""


def _by_name(command: str) -> "tuple[str, ...]":
    """The kind that a command's last word tells, since what it ran is gone."""
    found = set(re.split(r"[\s:/_.-]+", command.lower()))
    pairs = (
        ("tests", {"test", "tests", "check"}),
        ("lint", {"lint", "flake8"}),
        ("format", {"format", "fmt"}),
        ("types", {"types", "typecheck", "mypy"}),
    )
    return tuple(kind for kind, names in pairs if found & names)
