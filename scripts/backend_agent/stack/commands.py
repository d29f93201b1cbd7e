"""The commands that verify a service: the repository's own words first, then the defaults of the tools it uses.

A word is taken for what its command runs, not for what it is called: `make check` is followed through its targets and
`npm test` to its script. What a word runs for another language or another folder is left out.
"""

import re

from backend_agent.stack import kinds, words
from backend_agent.stack.command import KINDS, Command
from backend_agent.stack.kinds import kinds_of
from backend_agent.stack.words import Word, at, ci, join

TYPE_CHECKING = False
if TYPE_CHECKING:
    from backend_agent.repository.files import Repository
    from backend_agent.stack.services import Service

__all__ = ["kinds_of", "verify_commands"]

DEEPEST = 6
"""Calls of one script by another that are followed."""
BEST = 3
"""Commands of a kind that are told at most."""

_NOT_CHECKS = re.compile(
    r"^(?:pre|post)[a-z]|(?:^|[:_-])(?:watch|dev|debug|fix|ui|update|install|deploy|docker|release|start|serve|cypress|e2e|staged|coveralls|codecov|upload|setup|bootstrap|init|clean|profil(?:e|ing)|bench|heaptrack|wasm|image)(?:[:_-]|$)"
)
_DATABASES = frozenset({"postgresql", "mysql", "mariadb", "mongodb", "mssql", "oracle", "redis"})
_CANONICAL = {
    "tests": ("test", "tests", "spec", "unit"),
    "lint": ("lint", "lint:check", "check:lint"),
    "format": (
        "format:check",
        "format-check",
        "fmt-check",
        "check-format",
        "check:format",
        "prettier",
        "format",
        "fmt",
        "codestyle",
        "cs:check",
    ),
    "types": (
        "typecheck",
        "type-check",
        "types",
        "check:types",
        "mypy",
        "phpstan",
        "psalm",
        "stan",
        "analyse",
        "analyze",
        "dialyzer",
        "tsc",
    ),
    "build": ("build",),
    "migrations": ("check-migrations",),
    "audit": ("audit",),
}
_SPOKEN = {"tests": {"test", "tests"}, "lint": {"lint", "linter"}, "types": {"typecheck", "types", "mypy"}}
_WATCHES = re.compile(r"\s--watch(?:All)?(?=\s|$)(?!\s+false)")
"""A run that never ends."""
_BUILDS = frozenset({"build", "compile", "dist", "bundle", "assemble", "package", "all", "binary", "backend", "server", "api"})
_WHOLE = frozenset({"unit", "units", "all", "test", "tests", "coverage"})
_TYPES = frozenset({"types", "typecheck", "tsc", "check", "type"})
_STATIC = frozenset({"lint", "format", "types"})
_UNIT = re.compile(r"(?<![\w./])(?:[\w-]+:)*(?:test[:_-])?units?(?:[:_-]tests?)?(?![\w./])")
_STORED = re.compile(r"(?:^|[:_.-])(?:db|database)$")
_BARE = re.compile(r"(?:npm|pnpm|yarn|bun run) (?:run )?test")
_SERVED = re.compile(r"(?:^|[:_.-])(?:integration|e2e|functional|feature|database|db)(?:$|[:_.-])")
_TOKENS = re.compile(r"[:_./-]")
_PROJECT = re.compile(r"([\w./\\-]+)\.(?:cs|fs)proj\b|(?<!\S):([\w:-]+):\w+|(?:-pl|--projects|-p|--package)[ =]:?([\w.:/-]+)")
"""The one project of a build that a command is for: of .NET, Gradle, Maven and Cargo."""
_ONE_TEST = re.compile(r"\s(?:--tests[ =]|-Dtest=|-Dit\.test=|--filter[ =]\S*(?:FullyQualifiedName|Category)\S*=|-run[ =](?!\^?\$))")
"""A run of some tests only."""
_EXPRESSION = r"\$\{\{[^}]*\}\}"
_TOOLCHAIN = re.compile(
    rf"\s--?[A-Za-z][\w.-]*=[\"']?{_EXPRESSION}[\"']?(?=\s|$)|\s\+{_EXPRESSION}|"
    rf"(?:(?<= --all-targets)|(?<= --workspace)|(?<= --all)) {_EXPRESSION}"
)
"""`cargo +${{ steps.toolchain.outputs.name }} test --all ${{ matrix.features }}`: any toolchain, and the default features, will do."""
_LEFT_OUT = re.compile(r"(?:-x|--exclude-task)[ =]\S+")
_OWNERS = {
    "npm": ("typescript", "javascript"), "deno": ("typescript", "javascript"), "composer": ("php",), "rake": ("ruby",), "mix": ("elixir",),
    "cargo": ("rust",), "tox": ("python",), "nox": ("python",), "clojure": ("clojure",),
}  # fmt: skip
"""Files of scripts that are one language's own: in another language's service they are the frontend's."""


def verify_commands(repository: "Repository", service: "Service") -> "dict[str, tuple[Command, ...]]":
    """The commands of a service by kind, the preferred one first. A kind without a command is not in it."""
    return _Reader(repository, service).commands()


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
        self.node = next((one for one in service.package_manager.ids if one in kinds.NODE), "") or self._node_manager()
        self.server = False
        self.package = ""

    def commands(self) -> "dict[str, tuple[Command, ...]]":
        ranked: dict[str, list[tuple[float, Command]]] = {kind: [] for kind in KINDS}
        named_in_ci: set[tuple[str, str]] = set()
        lines = self._ci()
        self.server = self._needs_server(lines)
        for word in lines:
            for part in kinds.split(word.body[0]):
                called = self._called(kinds.stripped(kinds.words_of(part)), word.folder)
                named_in_ci.update((one.folder, one.name) for one in called)
            self._rank_line(word, ranked)
        for folder in self.folders:
            self._needed(folder, named_in_ci)
            for word in self.scripts[folder]:
                self._rank_script(word, ranked, (word.folder, word.name) in named_in_ci)
        self._defaults(ranked)
        return {kind: chosen for kind in KINDS if (chosen := _chosen(ranked[kind]))}

    def _needed(self, folder: str, named: "set[tuple[str, str]]") -> None:
        """What a target that CI calls needs is called by CI as well."""
        for _ in range(DEEPEST):
            called = [word for word in self.scripts[folder] if (folder, word.name) in named]
            more = {(folder, name) for word in called for name in word.needs}
            more |= {(one.folder, one.name) for word in called for line in word.body for one in self._composed(line, folder)}
            more -= named
            if not more:
                return
            named |= more

    def _composed(self, line: str, folder: str) -> "list[Word]":
        """The scripts that a script of composer calls: `@test:types`."""
        return self._called(["composer", line[1:]], folder) if line.startswith("@") and " " not in line else []

    def _node_manager(self) -> str:
        """Whose the scripts of a package.json beside a service in another language are."""
        locks = (("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lock", "bun"), ("bun.lockb", "bun"))
        return next((tool for folder in self.folders for name, tool in locks if self.repository.exists(at(folder, name))), "npm")

    def _ci(self) -> "list[Word]":
        return [word for path in words.ci_files(self.repository) for word in ci.lines(self.repository, path)]

    def _needs_server(self, lines: "list[Word]") -> bool:
        """Whether the tests need a database server that the service keeps its data in."""
        if not _DATABASES & set(self.service.databases.ids):
            return False
        from backend_agent.stack import embedded  # few services come here

        files = tuple(sorted({word.path for word in lines if self._tests(word)}))
        return embedded.needs_server(self.repository, self.path, files, "sqlite" in self.service.databases.ids)

    def _tests(self, word: Word) -> bool:
        """Whether a line of CI runs tests of this service, by itself or through a named script."""
        if not self._near(word.folder):
            return False
        found = kinds.Found()
        for part in kinds.split(word.body[0]):
            argv = kinds.stripped(kinds.words_of(part.strip("() ")))
            kinds.classify(argv, self.languages, found)
            for called in self._called(argv, word.folder):
                self._follow(called, found, 0, set())
        return "tests" in found.kinds

    def _near(self, folder: str) -> bool:
        return folder in self.folders or folder.startswith(self.path + "/")

    def _rank_line(self, word: Word, ranked: "dict[str, list[tuple[float, Command]]]") -> None:
        text = _TOOLCHAIN.sub("", word.body[0])
        if "${{" in text or "$(" in text or "`" in text or kinds.script_syntax(text) or not kinds.balanced(text):
            return
        folder, parts = self._steps(text, word.folder)
        if not self._near(folder):
            return
        known = [self._kinds(part) for part in parts]
        alone = all(one.kinds for one in known)  # `ruff check . && mypy .`: two checks, each to be had alone
        whole = " && ".join(parts)
        pairs = list(zip(parts, known, strict=True)) if alone else [(whole, self._kinds(whole))]
        for part, found in pairs:
            score = 70 + (8 if folder == self.path else 0) - (30 if found.docker else 0) - self._narrow(part, word)
            source = f"{word.path}:{word.line}"
            for kind, writes in (found.kinds or self._passed_on(part, folder)).items():
                told = kinds.checking(part, self.languages) if writes else part
                if told:
                    self._add(ranked, kind, score, self._prefixed(told), folder, source)

    def _passed_on(self, part: str, folder: str) -> "dict[str, bool]":
        """`npm run build -- --noEmit`: what a script runs with the words behind `--`."""
        call, dashes, words_behind = part.partition(" -- ")
        if not dashes:
            return {}
        called = self._called(kinds.stripped(kinds.words_of(call)), folder)
        return self._kinds(f"{called[0].body[-1]} {words_behind}").kinds if len(called) == 1 and called[0].body else {}

    def _steps(self, text: str, folder: str) -> "tuple[str, list[str]]":
        """The folder that a line ends up in, and its commands without those that only prepare."""
        parts = []
        for part in kinds.split(text):
            argv = kinds.words_of(part.strip("() "))
            if argv[:1] == ["cd"] and len(argv) == 2:
                folder = join(folder, argv[1])
            elif argv and not kinds.PREPARES.match(" ".join(kinds.stripped(argv))):
                parts.append(kinds.without_uploads(part.strip("() ")))
        return folder, parts

    def _kinds(self, text: str) -> kinds.Found:
        found = kinds.Found()
        for part in kinds.split(text):
            kinds.classify(kinds.words_of(part.strip("() ")), self.languages, found)
        return found

    def _narrow(self, part: str, word: Word) -> int:
        """How much less a line of CI says than a plain one: in a branch, in a workflow for something else, or for another project."""
        less = 12 * (word.name == "branch") + 9 * bool(kinds.ASIDE.search(f"{word.path}:{word.job}"))
        less += 9 * bool(kinds.ASIDE.search(part)) + 3 * bool(re.search(r"\s-P\S| -P ", part))
        named = _PROJECT.search(_LEFT_OUT.sub(" ", part))
        own = self.path.rpartition("/")[2]
        if named and not any(
            one and (one.startswith(self.path + "/") or one.rpartition(":")[2].rpartition("-")[2] == own) for one in named.groups()
        ):
            less += 15
        solution = re.search(r"(?:\./)?([\w./-]+)/[\w.-]+\.sln[xf]?\b", part)
        if solution and solution[1] != "." and not self.path.startswith(solution[1] + "/"):
            less += 15
        return less + 35 * bool(_ONE_TEST.search(part))

    def _prefixed(self, text: str) -> str:
        """A bare line of CI through the project's own environment: `pytest` is `uv run pytest` in a project of uv."""
        head = text.split()[0]
        rules = kinds.rules()["tools"].get(head, ())
        python = any(rule.get("languages") == ["python"] for rule in rules)
        if any(rule.get("languages") == ["php"] for rule in rules) and head != "artisan":
            return f"vendor/bin/{text}"
        if any("typescript" in rule.get("languages", ()) for rule in rules) and head not in (*kinds.NODE, "node", "deno"):
            return self._exec(text)
        return f"{self.manager} run {text}" if python and self.manager in kinds.MANAGERS else text

    def _rank_script(self, word: Word, ranked: "dict[str, list[tuple[float, Command]]]", in_ci: bool) -> None:
        if (
            _NOT_CHECKS.search(word.name)
            or any(_WATCHES.search(line) for line in word.body)
            or "no test specified" in " ".join(word.body)
            or _wants_argument(word)
        ):
            return
        found = kinds.Found()
        self._follow(word, found, 0, set())
        if found.folders and not any(self._near(folder) for folder in found.folders):
            return
        for kind in _STATIC & set(found.kinds) if any(found.kinds.values()) else ():
            found.kinds[kind] = True  # what formats on its way to the types changes files as well
        tokens = set(_TOKENS.split(word.name))
        spoken = self._by_name(word, tokens, found, in_ci)
        if "build" in found.kinds and "types" not in found.kinds and tokens & _TYPES and "build" not in tokens:
            found.kinds["types"] = found.kinds.pop("build")  # `tsc`, which writes nothing where its configuration says so
        for kind, writes in found.kinds.items():
            names = _CANONICAL[kind]
            if kind == "build" and tokens & set(_CANONICAL["tests"]):
                continue  # what the tests build first is no build
            score = 75 + 15 * in_ci + (10 if word.folder == self.path else 0) - (30 if found.docker else 0) - 40 * writes
            score -= 25 * (kind == "build" and not tokens & _BUILDS)
            score += 8 if word.name in names else 3 if any(name in tokens for name in names) else -10
            score -= (
                2 * (len(found.kinds) - 1) + 25 * (kind == spoken) + 20 * (word.calls in ("clojure", "cargo"))
            )  # an alias is no command yet
            self._add(ranked, kind, score, self._run(word), word.folder, f"{word.path}:{word.line}", writes)
        self._rank_checking(word, ranked)

    def _rank_checking(self, word: Word, ranked: "dict[str, list[tuple[float, Command]]]") -> None:
        """What a script that writes runs, in the form that only checks, on the same files: better than a tool's default on all of them."""
        for part in [part.strip("() @") for line in word.body for part in kinds.split(line)]:
            if "$" in part or not kinds.balanced(part):
                continue
            for kind, writes in self._kinds(part).kinds.items():
                told = kinds.checking(part, self.languages) if writes else ""
                if told:
                    self._add(ranked, kind, 62, self._through(told, word), word.folder, f"{word.path}:{word.line}")

    def _through(self, command: str, word: Word) -> str:
        """A command out of a package's scripts as a person would type it: these find what the package installed by themselves."""
        if word.calls == "npm" and kinds.words_of(command)[0] not in (*kinds.NODE, "npx", "bunx"):
            return self._exec(command)
        return self._prefixed(command)

    def _exec(self, command: str) -> str:
        return {"pnpm": f"pnpm exec {command}", "bun": f"bunx {command}"}.get(self.node, f"npx {command}")

    def _by_name(self, word: Word, tokens: "set[str]", found: kinds.Found, in_ci: bool) -> str:
        """The kind that only the name of a script tells, since it runs what we do not know; "" where its commands tell."""
        owner = _OWNERS.get(word.calls, self.languages)
        if not word.body or word.body[0].startswith(("echo", "exit")) or not set(owner) & set(self.languages):
            return ""
        if found.foreign or kinds.stripped(kinds.words_of(word.body[0]))[:1] in (["turbo"], ["nx"], ["lerna"]):
            return ""  # the scripts of the frontend, or those of the workspace's packages, of which this one has none
        if word.name == "build" and word.calls in ("npm", "deno") and word.folder == self.path and "build" not in found.kinds:
            found.kinds["build"] = False
            return ""
        if found.kinds or not (in_ci or (word.folder == self.path and word.calls != "npm")):
            return ""
        part = word.name.rpartition(".")[2] if "." in word.name else ""
        if part and part not in _WHOLE:  # `test.pylint` is what pylint does, and `test.shell` we do not know
            rule = kinds.rules()["tools"].get(part)
            kind = rule[0]["kinds"][0] if in_ci and rule else ""
            if kind:
                found.kinds[kind] = False
            return str(kind)
        kind = next(
            (kind for kind in ("tests", "lint", "types") if word.name in _CANONICAL[kind] or (in_ci and tokens & _SPOKEN[kind])), ""
        )
        if kind:
            found.kinds[kind] = False
        return kind

    def _run(self, word: Word) -> str:
        if word.calls == "npm":
            return f"{self.node} test" if word.name == "test" and self.node != "bun" else f"{self.node} run {word.name}"
        if word.calls in ("shell", "tox", "nox", "poe", "taskipy") and self.manager in kinds.MANAGERS and self.languages[:1] == ("python",):
            return f"{self.manager} run {word.run}"
        return word.run

    def _follow(self, word: Word, found: kinds.Found, depth: int, seen: "set[tuple[str, str, str]]") -> None:
        key = (word.folder, word.calls, word.name)  # `make lint` may call scripts/lint
        if depth > DEEPEST or key in seen:
            return
        seen.add(key)
        found.foreign = found.foreign or not set(_OWNERS.get(word.calls, self.languages)) & set(self.languages)
        for other in self.scripts.get(word.folder, ()):
            if other.calls == word.calls and other.name in word.needs:
                self._follow(other, found, depth + 1, seen)
        if word.calls == "rake" and word.needs and {"test", "spec"} & set(word.needs):
            found.kinds.setdefault("tests", False)
        for line in word.body:
            folder = word.folder
            for part in kinds.split(line):
                argv = kinds.stripped(kinds.words_of(part.strip("() @")))
                if word.calls == "composer" and part.startswith("@") and len(argv) == 1:
                    argv = ["composer", *argv]
                if argv[:1] == ["cd"] and len(argv) > 1:
                    folder = folder if "$" in argv[1] else join(folder, argv[1])
                    continue
                called = self._called(argv, folder)
                before = len(found.kinds)
                for other in called:
                    self._follow(other, found, depth + 1, seen)
                if called and any(other.body and other.body[-1].endswith(" --") for other in called):
                    called, argv = [], argv[2:]  # a wrapper such as `with-env`: what stands behind it is run
                if not called and self._near(folder) and not self._of_another(argv):
                    kinds.classify(argv, self.languages, found)
                    if not before and not found.kinds and argv[:1] in (["turbo"], ["nx"], ["lerna"]):
                        self._workspace(argv, found)
                if len(found.kinds) > before:
                    found.folders.add(folder)

    def _of_another(self, argv: "list[str]") -> bool:
        """`nx build @acme/web` and `pnpm --filter web test` are about one package of the workspace, and perhaps not about this one."""
        named = ""
        if argv[:1] == ["nx"] and not {"run-many", "affected"} & set(argv[1:2]):
            words_of = [word for word in argv[1:] if not word.startswith("-")]
            target = words_of[1] if words_of[:1] == ["run"] and len(words_of) > 1 else ""
            named = target.partition(":")[0] if target else words_of[1] if len(words_of) > 1 else ""
        elif argv[:1] in (["pnpm"], ["yarn"], ["npm"], ["turbo"]):
            text = " ".join(argv)
            hit = re.search(r"(?:--filter|-F|-w|--workspace|^yarn workspace)[ =]['\"]?([@\w./-]+)", text)
            named = hit[1] if hit else ""
        if not named:
            return False
        self.package = self.package or self._package()
        own = {self.path, self.path.rpartition("/")[2], f"./{self.path}", self.package}
        return named not in own and named.rpartition("/")[2] not in own

    def _package(self) -> str:
        """The name of the service's own package."""
        path = at(self.path, "package.json")
        hit = re.search(r'"name"\s*:\s*"([^"]+)"', self.repository.read(path)) if self.repository.exists(path) else None
        return hit[1] if hit else ""

    def _workspace(self, argv: "list[str]", found: kinds.Found) -> None:
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
            if (
                word.calls == calls and word.name in names and not (calls in ("mix", "cargo", "clojure") and word.body == (" ".join(argv),))
            )
            or (word.calls == "shell" and word.run == shell)
        ]

    def _defaults(self, ranked: "dict[str, list[tuple[float, Command]]]") -> None:
        from backend_agent.stack import defaults

        for one in defaults.commands(self.repository, self.service, self.folders, self.manager, self.node):
            self._add(ranked, one.kind, one.score, one.cmd, one.folder, one.source)

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
        argv = kinds.words_of(text)
        database = (
            (self.server and not self._unit(text))
            if kind == "tests"
            else kind == "migrations" and bool(_DATABASES & set(self.service.databases.ids))
        )
        shell = bool(re.search(r"[|<>;`]|\$\(|&&", text))
        parts = tuple(part.strip() for part in text.split("&&"))
        needs = tuple(dict.fromkeys(word for word in argv[:1] if word and not kinds.ASSIGN.match(word)))
        network = kind == "audit" or "docker" in argv
        made = Command(text, cwd, source, database, needs, network, writes, shell, parts)
        ranked[kind].append((score - 5 * shell, made))

    def _unit(self, text: str) -> bool:
        """`npm run test:unit`, where the tests that need a server have a script of their own."""
        sought = _SERVED if _UNIT.search(text) else _STORED if _BARE.fullmatch(text) else None
        return sought is not None and any(sought.search(word.name) for every in self.scripts.values() for word in every)


def _wants_argument(word: Word) -> bool:
    """A shell script that takes its folder or service from its first argument."""
    return word.calls == "shell" and any(re.search(r"\$(?:1\b|\{1\}|\{1[:?]\?)", line) for line in word.body)


def _chosen(ranked: "list[tuple[float, Command]]") -> "tuple[Command, ...]":
    """The best commands, each once, a command that only checks before one that writes."""
    seen: set[tuple[str, str]] = set()
    chosen: list[Command] = []
    for _, command in sorted(ranked, key=lambda one: (one[1].writes, -one[0])):
        if (command.cmd, command.cwd) not in seen:
            seen.add((command.cmd, command.cwd))
            chosen.append(command)
    return tuple(chosen[:BEST])
