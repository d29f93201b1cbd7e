"""The commands that verify a service: the repository's own words first, then the defaults of the tools it uses.

A word is taken for what its command runs, not for what it is called: `make check` is followed through its targets and
`npm test` to its script. What a word runs for another language or another folder is left out.
"""

import re
import shlex

from backend_agent import catalog
from backend_agent.stack import words
from backend_agent.stack.command import KINDS, Command
from backend_agent.stack.words import Word, at, ci, join

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from backend_agent.repository.files import Repository
    from backend_agent.stack.services import Service

DEEPEST = 6
"""Calls of one script by another that are followed."""
BEST = 3
"""Commands of a kind that are told at most."""

_SPLIT = re.compile(r"\s*(?:&&|\|\||;|\n)\s*")
_ASSIGN = re.compile(r"^[A-Za-z_]\w*=")
_RUNNERS = frozenset({"time", "sudo", "exec", "command", "env", "cross-env", "npx", "bunx", "xvfb-run", "run-s", "with-env"})
_MANAGERS = frozenset({"uv", "poetry", "pdm", "pipenv", "hatch", "rye"})
_NODE = ("npm", "pnpm", "yarn", "bun")
_NOT_CHECKS = re.compile(
    r"^(?:pre|post)[a-z]|(?:^|[:_-])(?:watch|dev|debug|fix|ui|update|install|deploy|docker|release|start|serve|cypress|e2e|setup|bootstrap|init|clean)(?:[:_-]|$)"
)
_DATABASES = frozenset({"postgresql", "mysql", "mariadb", "mongodb", "mssql", "oracle", "redis"})
_CANONICAL = {
    "tests": ("test", "tests", "spec", "unit"),
    "lint": ("lint",),
    "format": ("format:check", "format-check", "fmt-check", "check-format", "prettier", "format", "fmt"),
    "types": ("typecheck", "type-check", "types", "mypy"),
    "build": ("build",),
    "migrations": ("check-migrations",),
    "audit": ("audit",),
}


class _Found:
    """What a command checks: (kind, whether it writes) pairs, the folders it runs in, and whether it needs a container."""

    __slots__ = ("docker", "folders", "kinds")

    def __init__(self) -> None:
        self.kinds: dict[str, bool] = {}
        self.folders: set[str] = set()
        self.docker = False


def verify_commands(repository: "Repository", service: "Service") -> "dict[str, tuple[Command, ...]]":
    """The commands of a service by kind, the preferred one first. A kind without a command is not in it."""
    return _Reader(repository, service).commands()


_known: "dict[str, Any]" = {}


def _catalog() -> "dict[str, Any]":
    """The catalog, read once per run: each line of CI asks it."""
    if not _known:
        _known.update(catalog.load("verify", "commands"))
    return _known


def kinds_of(command: str, languages: "tuple[str, ...]" = ()) -> "dict[str, bool]":
    """What one command line checks, as kind → whether it writes; empty where it checks nothing that we know."""
    found = _Found()
    for part in _SPLIT.split(command):
        _classify(_argv(part.strip("() ")), languages, found)
    return found.kinds


def _argv(text: str) -> "list[str]":
    if '"' not in text and "'" not in text:
        return text.split()
    try:
        return shlex.split(text)
    except ValueError:
        return text.replace('"', " ").replace("'", " ").split()


def _stripped(argv: "list[str]") -> "list[str]":
    """The words without assignments and runners: `CI=1 poetry run pytest -q` is `pytest -q`."""
    for _ in range(8):
        if not argv:
            return argv
        head, rest = argv[0], argv[1:]
        if _ASSIGN.match(head) or head in _RUNNERS:
            argv = rest
        elif head in _MANAGERS and "run" in rest[:3]:
            argv = rest[rest.index("run") + 1 :]
            while argv and argv[0].startswith("-"):
                argv = argv[2:] if argv[0] in ("--group", "--extra", "--with", "--python", "--package") else argv[1:]
        elif (head in _NODE and rest[:1] in (["exec"], ["dlx"], ["x"])) or (head == "bundle" and rest[:1] == ["exec"]):
            argv = [word for word in rest[1:] if word != "--"]
        elif head in ("python", "python3") and rest[:1] == ["-m"]:
            argv = rest[1:]
        elif (head in ("python", "python3") and rest and rest[0].endswith("manage.py")) or (
            head == "php" and rest and rest[0] in ("artisan", "vendor/bin/phpunit")
        ):
            argv = [rest[0].rpartition("/")[2], *rest[1:]]
        else:
            return argv
    return argv


def _classify(argv: "list[str]", languages: "tuple[str, ...]", found: _Found) -> None:
    argv = _stripped(argv)
    if argv[:1] == ["docker-compose"]:
        argv = ["docker", "compose", *argv[1:]]
    if argv[:1] == ["docker"] and argv[1:2] == ["compose"] and ("run" in argv or "exec" in argv):
        verb = next(i for i, word in enumerate(argv) if word in ("run", "exec"))
        inner = [word for word in argv[verb + 1 :] if not word.startswith("-")][1:]
        found.docker = True
        argv = _stripped(inner)
    if not argv:
        return
    base = argv[0].rpartition("/")[2]
    program = {"mvnw": "mvn", "gradlew": "gradle", "manage.py": "manage.py"}.get(base, base)
    rest = " ".join(argv[1:])
    for rule in _catalog()["tools"].get(program, ()):
        if languages and rule.get("languages") and not set(languages) & set(rule["languages"]):
            continue
        if "when" in rule and not re.search(rule["when"], rest):
            continue
        writes = bool("writes" in rule and re.search(rule["writes"], rest))
        for kind in rule["kinds"]:
            found.kinds[kind] = found.kinds.get(kind, False) or writes


class _Reader:
    def __init__(self, repository: "Repository", service: "Service") -> None:
        self.repository = repository
        self.service = service
        self.path = service.path
        self.languages = service.language.ids
        parts = [] if self.path == "." else self.path.split("/")
        self.folders = ["/".join(parts[:count]) or "." for count in range(len(parts), -1, -1)]
        self.scripts = {folder: words.scripts(repository, folder) for folder in self.folders}
        self.manager = next(iter(service.package_manager.ids), "")
        node = [one for one in service.package_manager.ids if one in _NODE]
        self.node = node[0] if node else "npm"
        self.server = False

    def commands(self) -> "dict[str, tuple[Command, ...]]":
        ranked: dict[str, list[tuple[float, Command]]] = {kind: [] for kind in KINDS}
        named_in_ci: set[tuple[str, str]] = set()
        lines = self._ci()
        self.server = self._needs_server(lines)
        for word in lines:
            for part in _SPLIT.split(word.body[0]):
                called = self._called(_stripped(_argv(part)), word.folder)
                named_in_ci.update((one.folder, one.name) for one in called)
            self._rank_line(word, ranked)
        for folder in self.folders:
            for word in self.scripts[folder]:
                self._rank_script(word, ranked, (word.folder, word.name) in named_in_ci)
        self._defaults(ranked)
        return {kind: chosen for kind in KINDS if (chosen := _chosen(ranked[kind]))}

    def _ci(self) -> "list[Word]":
        return [word for path in words.ci_files(self.repository) for word in ci.lines(self.repository, path)]

    def _needs_server(self, lines: "list[Word]") -> bool:
        """Whether the tests need a database server that the service keeps its data in."""
        if not _DATABASES & set(self.service.databases.ids):
            return False
        from backend_agent.stack import embedded  # few services come here

        return embedded.needs_server(self.repository, self.path, tuple(sorted({word.path for word in lines if self._tests(word)})))

    def _tests(self, word: Word) -> bool:
        """Whether a line of CI runs tests of this service, by itself or through a named script."""
        if not self._near(word.folder):
            return False
        found = _Found()
        for part in _SPLIT.split(word.body[0]):
            argv = _stripped(_argv(part.strip("() ")))
            _classify(argv, self.languages, found)
            for called in self._called(argv, word.folder):
                self._follow(called, found, 0, set())
        return "tests" in found.kinds

    def _near(self, folder: str) -> bool:
        return folder in self.folders or folder.startswith(self.path + "/")

    def _rank_line(self, word: Word, ranked: "dict[str, list[tuple[float, Command]]]") -> None:
        text = word.body[0]
        if not self._near(word.folder) or "${{" in text or "$(" in text or "`" in text or _script_syntax(text):
            return
        found = _Found()
        for part in _SPLIT.split(text):
            argv = _argv(part.strip("() "))
            if argv[:1] == ["cd"]:
                return
            _classify(argv, self.languages, found)
        score = 70 + (8 if word.folder == self.path else 0) - (30 if found.docker else 0)
        for kind, writes in found.kinds.items():
            if not writes:
                self._add(ranked, kind, score, self._prefixed(text), word.folder, f"{word.path}:{word.line}")

    def _prefixed(self, text: str) -> str:
        """A bare line of CI through the project's own environment: `pytest` is `uv run pytest` in a project of uv."""
        head = text.split()[0]
        rules = _catalog()["tools"].get(head, ())
        python = any(rule.get("languages") == ["python"] for rule in rules)
        if any(rule.get("languages") == ["php"] for rule in rules) and head != "artisan":
            return f"vendor/bin/{text}"
        return f"{self.manager} run {text}" if python and self.manager in _MANAGERS else text

    def _rank_script(self, word: Word, ranked: "dict[str, list[tuple[float, Command]]]", in_ci: bool) -> None:
        if _NOT_CHECKS.search(word.name) or "no test specified" in " ".join(word.body):
            return
        found = _Found()
        self._follow(word, found, 0, set())
        if found.folders and not any(self._near(folder) for folder in found.folders):
            return
        for kind, writes in found.kinds.items():
            names = _CANONICAL[kind]
            if kind == "build" and set(re.split(r"[:_-]", word.name)) & set(_CANONICAL["tests"]):
                continue  # what the tests build first is no build
            tokens = re.split(r"[:_-]", word.name)
            score = 75 + 15 * in_ci + (10 if word.folder == self.path else 0) - (30 if found.docker else 0) - 40 * writes
            score += 8 if word.name in names else 3 if any(name in tokens for name in names) else -10
            score -= 2 * (len(found.kinds) - 1)
            self._add(ranked, kind, score, self._run(word), word.folder, f"{word.path}:{word.line}", writes)

    def _run(self, word: Word) -> str:
        if word.calls == "npm":
            return f"{self.node} test" if word.name == "test" and self.node != "bun" else f"{self.node} run {word.name}"
        if word.calls in ("shell", "tox", "nox", "poe", "taskipy") and self.manager in _MANAGERS and self.languages[:1] == ("python",):
            return f"{self.manager} run {word.run}"
        return word.run

    def _follow(self, word: Word, found: _Found, depth: int, seen: "set[tuple[str, str]]") -> None:
        if depth > DEEPEST or (word.folder, word.name) in seen:
            return
        seen.add((word.folder, word.name))
        for other in self.scripts.get(word.folder, ()):
            if other.calls == word.calls and other.name in word.needs:
                self._follow(other, found, depth + 1, seen)
        if word.calls == "rake" and word.needs and {"test", "spec"} & set(word.needs):
            found.kinds.setdefault("tests", False)
        for line in word.body:
            folder = word.folder
            for part in _SPLIT.split(line):
                argv = _stripped(_argv(part.strip("() @")))
                if argv[:1] == ["cd"] and len(argv) > 1:
                    folder = join(folder, argv[1])
                    continue
                called = self._called(argv, folder)
                before = len(found.kinds)
                for other in called:
                    self._follow(other, found, depth + 1, seen)
                if called and any(other.body and other.body[-1].endswith(" --") for other in called):
                    called, argv = [], argv[2:]  # a wrapper such as `with-env`: what stands behind it is run
                if not called and self._near(folder):
                    _classify(argv, self.languages, found)
                    if not before and not found.kinds and argv[:1] in (["turbo"], ["nx"], ["lerna"]):
                        self._workspace(argv, found)
                if len(found.kinds) > before:
                    found.folders.add(folder)

    def _workspace(self, argv: "list[str]", found: _Found) -> None:
        """`turbo run lint` runs the script of that name in every workspace that has one."""
        if any(word.startswith(("-F", "--filter", "--scope")) for word in argv):
            return
        for word in self.scripts[self.path] if self.path != "." else []:
            if word.calls == "npm" and word.name in argv[1:]:
                self._follow(word, found, DEEPEST - 1, set())

    def _called(self, argv: "list[str]", folder: str) -> "list[Word]":
        """The named scripts that a command calls, if they are of this service or of a folder above it."""
        if not argv:
            return []
        head, rest = argv[0], [word for word in argv[1:] if not word.startswith("-") and "=" not in word]
        calls = {"npm": "npm", "pnpm": "npm", "yarn": "npm", "bun": "npm", "npm-run-all": "npm"}.get(head, head)
        if calls == "npm" and any(word in ("--filter", "-F", "-w", "--workspace", "workspace", "--prefix", "-C") for word in argv):
            return []
        if rest[:1] in (["run"], ["run-script"], ["task"]):
            rest = rest[1:]
        if head in ("bash", "sh") and rest:
            head = rest[0]
        names = set(rest)
        if head == "rake" and not rest:
            names = {"default"}
        here = self.scripts.get(folder, ())
        shell = "./" + head.removeprefix("./")
        return [
            word
            for word in here
            if (word.calls == calls and word.name in names and not (calls in ("mix", "cargo") and word.body == (" ".join(argv),)))
            or (word.calls == "shell" and word.run == shell)
        ]

    def _defaults(self, ranked: "dict[str, list[tuple[float, Command]]]") -> None:
        known = _catalog()
        service = self.service
        for field in (service.test, service.lint, service.typecheck):
            for tool in field.ids:
                rule = known["defaults"].get(tool)
                if rule and rule["cmd"] == "dotnet test":
                    where = next((one.path for one in field.evidence if one.path.endswith("proj")), "")
                    self._add(ranked, "tests", 50, "dotnet test", self._solution(where), where or "default")
                elif rule:
                    where = next((str(one) for one in field.evidence if tool in one.signal), "default")
                    self._add(ranked, rule["kind"], 50, self._via(rule), self.path, where)
        build = known["build"].get(next(iter(self.languages), ""))
        if build:
            self._add(ranked, "build", 40, build, self.path, "default")
        self._jvm(ranked)

    def _solution(self, project: str) -> str:
        """Where `dotnet test` finds the tests: the folder of the solution, or of the test project."""
        for folder in self.folders:
            prefix = "" if folder == "." else f"{folder}/"
            if any(path.endswith((".sln", ".slnx")) and "/" not in path[len(prefix) :] for path in words.under(self.repository, prefix)):
                return folder
        return project.rpartition("/")[0] or self.path

    def _jvm(self, ranked: "dict[str, list[tuple[float, Command]]]") -> None:
        for manager, wrapper, build in (("maven", "mvnw", "package -DskipTests"), ("gradle", "gradlew", "assemble")):
            if manager not in self.service.package_manager.ids:
                continue
            folder = next((one for one in self.folders if self.repository.exists(at(one, wrapper))), self.path)
            tool = f"./{wrapper}" if self.repository.exists(at(folder, wrapper)) else wrapper[:-1] if manager == "maven" else "gradle"
            if self.service.test.ids:
                self._add(ranked, "tests", 50, f"{tool} test", folder, "default")
            self._add(ranked, "build", 40, f"{tool} {build}", folder, "default")
            if "spotless" in self.service.lint.ids:
                self._add(ranked, "format", 50, f"{tool} {'spotless:check' if manager == 'maven' else 'spotlessCheck'}", folder, "default")

    def _via(self, rule: "dict[str, Any]") -> str:
        command, via = str(rule["cmd"]), rule.get("via")
        if via == "python":
            return f"{self.manager} run {command}" if self.manager in _MANAGERS else command
        if via == "node":
            return {"pnpm": f"pnpm exec {command}", "bun": f"bunx {command}"}.get(self.node, f"npx {command}")
        return f"bundle exec {command}" if via == "ruby" else f"vendor/bin/{command}" if via == "php" else command

    def _add(
        self,
        ranked: "dict[str, list[tuple[float, Command]]]",
        kind: str,
        score: float,
        text: str,
        cwd: str,
        source: str,
        writes: bool = False,
    ) -> None:
        text = " ".join(text.split())
        argv = _argv(text)
        database = self.server if kind == "tests" else kind == "migrations" and bool(_DATABASES & set(self.service.databases.ids))
        shell = bool(re.search(r"[|<>;`]|\$\(|&&", text))
        parts = tuple(part.strip() for part in text.split("&&"))
        needs = tuple(dict.fromkeys(word for word in argv[:1] if word and not _ASSIGN.match(word)))
        network = kind == "audit" or "docker" in argv
        made = Command(text, cwd, source, database, needs, network, writes, shell, parts)
        ranked[kind].append((score - 5 * shell, made))


def _script_syntax(text: str) -> bool:
    """A line of a longer shell script, an installation, or output: no command that a person would type to check."""
    return (
        bool(re.match(r"(?:if|for|while|then|else|fi|do|done|case|echo|export|set|pip3?|pipx|apt|apt-get|brew|curl)\b", text))
        or "$" in text
    )


def _chosen(ranked: "list[tuple[float, Command]]") -> "tuple[Command, ...]":
    """The best commands, each once, a command that only checks before one that writes."""
    seen: set[tuple[str, str]] = set()
    chosen: list[Command] = []
    for _, command in sorted(ranked, key=lambda one: (one[1].writes, -one[0])):
        if (command.cmd, command.cwd) not in seen:
            seen.add((command.cmd, command.cwd))
            chosen.append(command)
    return tuple(chosen[:BEST])
