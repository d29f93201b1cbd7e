"""What one command line checks: its words without runners and assignments, against the rules of the catalog."""

import re
import shlex

from backend_agent import catalog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SPLIT = re.compile(r"""((?:[^"'&|;\n]|"[^"\n]*"|'[^'\n]*'|["']|&(?!&)|\|(?!\|))*)(?:&&|\|\||;|\n|$)""")
"""The commands of a line; what stands in quotes is not taken apart."""
ASSIGN = re.compile(r"^[A-Za-z_]\w*=")
_RUNNERS = frozenset(
    {
        "time", "sudo", "exec", "command", "env", "cross-env", "npx", "bunx", "pnpx", "uvx", "xvfb-run", "run-s", "with-env",
        "-y", "--yes", "--",
    }
)  # fmt: skip
_COVERAGE = frozenset({"nyc", "c8"})
"""Programs that measure what stands behind their own options, which hold their values by `=`."""
_ENVIRONMENTS = frozenset({"dotenv", "dotenvx", "dotenv-cli", "env-cmd", "doppler", "infisical", "op"})
"""Programs that set variables for what stands behind `--`."""
MANAGERS = frozenset({"uv", "poetry", "pdm", "pipenv", "hatch", "rye"})
NODE = ("npm", "pnpm", "yarn", "bun")


class Found:
    """What a command checks: (kind, whether it writes) pairs, the folders it runs in, and whether it needs a container."""

    __slots__ = ("docker", "folders", "foreign", "kinds")

    def __init__(self) -> None:
        self.kinds: dict[str, bool] = {}
        self.folders: set[str] = set()
        self.docker = False
        self.foreign = False
        """It calls scripts of another language, such as a frontend's."""


_known: "dict[str, Any]" = {}


def rules() -> "dict[str, Any]":
    """The catalog, read once per run: each line of CI asks it."""
    if not _known:
        _known.update(catalog.load("verify", "commands"))
    return _known


def kinds_of(command: str, languages: "tuple[str, ...]" = ()) -> "dict[str, bool]":
    """What one command line checks, as kind → whether it writes; empty where it checks nothing that we know."""
    found = Found()
    for part in split(command):
        classify(words_of(part.strip("() ")), languages, found)
    return found.kinds


_REPORTS = re.compile(
    r"\s+(?:2>&1\s*)?(?:\|\s*(?:tee|cs2pr|(?:go tool )?gotestfmt|(?:go tool )?tparse|go-junit-report|reviewdog|tail|cat|sed|grep|jq)\b.*|"
    r">\s*[\w./-]+)$"
)
"""What only writes the report of a check down, or shows it in another form."""


def without_uploads(command: str) -> str:
    """A line of CI without what it sends away: `mvn verify sonar:sonar` verifies here too, and reports to nobody."""
    shown = _REPORTS.sub("", command)
    if shown != command and re.match(r"(?:\w+=\S+ )*go test ", shown):
        shown = re.sub(r"\s-json\b", "", shown)
    command = shown
    words = command.split()
    head = words[0].rpartition("/")[2] if words else ""
    rule = rules()["uploads"].get({"mvnw": "mvn", "gradlew": "gradle"}.get(head, head))
    return command if rule is None else " ".join(word for word in words if not re.search(rule["words"], word))


def checking(command: str, languages: "tuple[str, ...]") -> str:
    """A command that writes, in the form that only checks: `eslint src --fix` as `eslint src`; "" where it has none that we know."""
    words = command.split()
    for at, word in enumerate(words):
        rules = [rule for rule in _rules_of(word.rpartition("/")[2], languages) if rule.get("check")]
        rest = " ".join(words[at + 1 :])
        for rule in rules:
            if ("when" in rule and not re.search(rule["when"], rest)) or not re.search(rule["writes"], rest):
                continue
            for pattern, instead in rule["check"].items():
                rest = re.sub(pattern, instead, rest, count=1)
            if not re.search(rule["writes"], rest):
                return " ".join([*words[: at + 1], *rest.split()])
    return ""


def _rules_of(program: str, languages: "tuple[str, ...]") -> "list[Any]":
    known = rules()["tools"].get(_ALIASES.get(program, program), ())
    return [rule for rule in known if not languages or not rule.get("languages") or set(languages) & set(rule["languages"])]


def balanced(text: str) -> bool:
    """Whether quotes that open also close: a quoted text of several lines is no command by its first one."""
    if '"' not in text and "'" not in text:
        return not text.endswith("\\")
    words_of(text)
    return text not in _open


def split(line: str) -> "list[str]":
    return [part for hit in _SPLIT.findall(line) if (part := hit.strip())]


_quoted: "dict[str, list[str]]" = {}
"""Texts with quotes, taken apart once: several services ask for the same lines of CI."""
_open: "set[str]" = set()
"""Those whose quotes do not close."""


def words_of(text: str) -> "list[str]":
    if '"' not in text and "'" not in text:
        return text.split()
    known = _quoted.get(text)
    if known is None:
        try:
            known = shlex.split(text)
        except ValueError:
            _open.add(text)
            known = text.replace('"', " ").replace("'", " ").split()
        _quoted[text] = known
    return list(known)


def stripped(argv: "list[str]") -> "list[str]":
    """The words without assignments and runners: `CI=1 poetry run pytest -q` is `pytest -q`."""
    for _ in range(8):
        if not argv:
            return argv
        head, rest = argv[0], argv[1:]
        if head in _ENVIRONMENTS and "--" in rest:
            argv = rest[rest.index("--") + 1 :]
        elif head == "go" and (inner := _of_go(rest)):
            argv = inner
        elif head in _COVERAGE:
            argv = rest[next((i for i, word in enumerate(rest) if not word.startswith("-")), len(rest)) :]
        elif ASSIGN.match(head) or head in _RUNNERS:
            argv = rest
        elif head.startswith("$("):  # `env $(cat .env | xargs) go test`
            argv = argv[next((i for i, word in enumerate(argv) if word.endswith(")")), len(argv)) + 1 :]
        elif head == "coverage" and rest[:1] == ["run"]:
            argv = _without_options(rest[1:])
        elif head in MANAGERS and "run" in rest[:3]:
            argv = _without_options(rest[rest.index("run") + 1 :])
        elif (head in NODE and rest[:1] in (["exec"], ["dlx"], ["x"])) or (head == "bundle" and rest[:1] == ["exec"]):
            argv = [word for word in rest[1:] if word != "--"]
        elif head == "node" and (at := next((i for i, word in enumerate(rest) if _INSTALLED.search(word)), None)) is not None:
            found = _INSTALLED.search(rest[at])
            argv = [found.group(1) if found else "", *rest[at + 1 :]]
        elif head.rpartition("/")[2] in ("python", "python3") and rest[:1] == ["-m"]:
            argv = rest[1:]
        elif (head.rpartition("/")[2] in ("python", "python3") and rest and rest[0].endswith("manage.py")) or (
            head.startswith("php") and rest and re.search(r"(?:^artisan|^vendor/bin/\w+|^bin/console|^bin/phpunit)$", rest[0])
        ):
            argv = [rest[0].rpartition("/")[2], *rest[1:]]
        else:
            return argv
    return argv


def _of_go(rest: "list[str]") -> "list[str]":
    """`go tool staticcheck` and `go run honnef.co/go/tools/cmd/staticcheck@latest` run the tool of that name."""
    if rest[:1] == ["tool"]:
        return rest[1:]
    module = (
        re.fullmatch(r"[\w-]+\.[\w.-]+/[\w./-]*?([\w-]+?)(?:/v\d+)?(?:@\S+)?", rest[1]) if rest[:1] == ["run"] and len(rest) > 1 else None
    )
    return [module[1], *rest[2:]] if module else []


_INSTALLED = re.compile(r"(?:^|/)node_modules/(?:\.bin/)?(?:@[\w.-]+/)?([\w.-]+)")
"""A program that a package brought, called by its path: `node --inspect node_modules/jest/bin/jest.js`."""
_VALUED = frozenset(
    {"--group", "--extra", "--with", "--python", "--package", "--env-file", "--only-group", "--directory", "--project", "-p"}
)


def _without_options(argv: "list[str]") -> "list[str]":
    """What a runner runs, without the runner's own options."""
    while argv and argv[0].startswith("-") and argv[0] != "-m":
        argv = argv[2:] if argv[0] in _VALUED else argv[1:]
    return argv[1:] if argv[:1] == ["-m"] else argv


_ALIASES = {
    "mvnw": "mvn", "gradlew": "gradle", "clj": "clojure", "sbtx": "sbt", "docker-compose": "docker", "millw": "mill", "prek": "pre-commit",
    "bazelisk": "bazel", "simple-phpunit": "phpunit", "paratest": "phpunit",
}  # fmt: skip
_EXCLUDED = re.compile(r"(?:^|\s)(?:-x|--exclude-task)[ =]\S*(?:spotless|lint|detekt|checkstyle|pmd)\S*")
"""Checks that a call of Gradle leaves out."""


def classify(argv: "list[str]", languages: "tuple[str, ...]", found: Found) -> None:
    argv = stripped(argv)
    if argv[:1] == ["docker-compose"]:
        argv = ["docker", "compose", *argv[1:]]
    if argv[:1] == ["docker"] and argv[1:2] == ["compose"] and ("run" in argv or "exec" in argv):
        verb = next(i for i, word in enumerate(argv) if word in ("run", "exec"))
        inner = [word for word in argv[verb + 1 :] if not word.startswith("-")][1:]
        found.docker = True
        argv = stripped(inner)
    if not argv:
        return
    base = argv[0].rpartition("/")[2]
    program = _ALIASES.get(base, base)
    rest = " ".join(argv[1:])
    if program == "gradle":
        rest = _EXCLUDED.sub(" ", rest)
    for rule in _rules_of(program, languages):
        if "when" in rule and not re.search(rule["when"], rest):
            continue
        writes = bool("writes" in rule and re.search(rule["writes"], rest))
        for kind in rule["kinds"]:
            found.kinds[kind] = found.kinds.get(kind, False) or writes


PREPARES = re.compile(
    r"(?:chmod|mkdir|cp|mv|rm|export|sleep|source|set|touch|ln|echo|true|wait-for-it\S*|createdb|corepack)\b|"
    r"(?:npm|pnpm|yarn|bun) (?:ci|i|install)\b|yarn$|(?:uv|poetry|pdm|pipenv) (?:sync|install|venv)\b|(?:uv )?pip3? install|bundle install|"
    r"composer (?:install|update)|"
    r"go mod \w+|go (?:get|install|generate)|mix (?:deps\.get|local\.\w+|ecto\.\w+)|dotnet (?:restore|tool)|cargo (?:install|fetch)|rustup|"
    r"docker(?:-compose| compose)? (?:up|build|pull|down|ps|logs)\b"
)
"""Commands that only make ready for the ones behind them."""
ASIDE = re.compile(
    r"(?i)(?<![a-z])(?:release|publish|deploy|nightly|integration|e2e|docs?|documentation|coveralls|sonar\w*|codeql|bench\w*|perf|maui|ios|android|failsafe)(?![a-z])"
)
"""Names of workflows, jobs and paths that are not the plain check of every change."""


def script_syntax(text: str) -> bool:
    """A line of a longer shell script, an installation, or output: no command that a person would type to check."""
    return (
        bool(re.match(r"(?:if|for|while|then|else|fi|do|done|case|echo|export|set|pip3?|pipx|apt|apt-get|brew|curl)\b", text))
        or "$" in text
    )
