"""Named scripts, by the file that holds them: package.json, Makefile, justfile, Taskfile, tox, nox, composer, rake, mix and so on."""

import re

from backend_agent.stack.manifests.text import Toml, dictionary, flow, json_tree, strings, yaml_rows
from backend_agent.stack.words import Word, at, under

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from backend_agent.repository.files import Repository

    Reader = Callable[[Repository, str, str], list[Word]]


def _json_scripts(table: str, run: str, calls: str) -> "Reader":
    def read(repository: "Repository", folder: str, path: str) -> "list[Word]":
        text = repository.read(path)
        tree, _ = json_tree(text)
        offset = max(text.find(f'"{table}"'), 0)
        found = []
        for name, body in dictionary(dictionary(tree).get(table)).items():
            lines = strings(body) or strings(dictionary(body).get("command"))
            here = text.find(f'"{name}"', offset)
            line = text.count("\n", 0, here) + 1 if here >= 0 else 1
            found.append(Word(name, run.format(name), tuple(lines), folder, path, line, calls))
        return found

    return read


# --- make, just, task ---------------------------------------------------------------------------------------------

_TARGET = re.compile(r"^((?:[A-Za-z0-9_./%-]|\$\([A-Z_]+\))[A-Za-z0-9_./ %-]*?)\s*::?(?![=])\s*([^#\n]*)")
_VARIABLE = re.compile(r"^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*(\?|\+|:{1,3})?=\s*(.*)$")
_USE = re.compile(r"\$[({]([A-Za-z_][A-Za-z0-9_]*)[)}]")
_INCLUDE = re.compile(r"^-?include\s+([\w./-]+)\s*$", re.MULTILINE)
_LONGEST = 10_000
"""Characters that a variable of a Makefile grows to at most."""
_CHECKED = re.compile(r"^(?:test|tests|lint|format|fmt|check|ci|build|types|typecheck|py|python|go|api|backend)\.[a-z]\w*$")
"""Targets with a dot that are no files: `test.unit`, `py.lint`."""
_EXPANSIONS = 4
"""Times that variables inside variables are looked up."""


def _makefile(repository: "Repository", folder: str, path: str) -> "list[Word]":
    text = repository.read(path)
    variables = {"MAKE": "make", "CURDIR": ".", "PWD": "."}
    words = _targets(text, folder, path, variables)
    for name in _INCLUDE.findall(text)[:10]:
        below = at(folder, name.removeprefix("./"))
        if repository.exists(below):
            words += _targets(repository.read(below), folder, below, variables)
    return words


def _targets(text: str, folder: str, path: str, variables: "dict[str, str]") -> "list[Word]":
    found: list[Word] = []
    names: list[str] = []
    needs: tuple[str, ...] = ()
    body: list[str] = []
    start, target = 0, ""
    held = ""
    for number, raw in enumerate(text.split("\n"), 1):
        line = held + (raw.strip() if held else raw)
        if line.endswith("\\"):
            held = line[:-1].rstrip() + " "
            continue
        held = ""
        if line.startswith("\t") or (target and line.startswith("    ") and not line.lstrip().startswith("#")):
            if target and line.strip():
                body.append(_expanded(line.strip(), variables).lstrip("@-+"))
            continue
        if not line.strip() or line.startswith("#"):
            continue
        _flush(found, names, needs, body, folder, path, start)
        names, body, target = [], [], ""
        variable = _VARIABLE.match(line)
        if variable:
            value = variable[3].partition(" #")[0].strip()
            if variable[2] == "+" and len(variables.get(variable[1], "")) < _LONGEST:
                variables[variable[1]] = f"{variables.get(variable[1], '')} {value}".strip()
            variables.setdefault(variable[1], value)
            continue
        hit = _TARGET.match(line)
        if not hit or hit[1].startswith("."):
            continue
        target, start = _expanded(hit[1], variables), number
        names = [name for name in target.split() if not re.search(r"[%$]|^\.", name) and ("." not in name or _CHECKED.match(name))]
        rest, _, command = hit[2].partition(";")
        needs = tuple(_expanded(rest, variables).replace("|", " ").split())
        body = [command.strip()] if command.strip() else []
    _flush(found, names, needs, body, folder, path, start)
    return found


def _flush(found: "list[Word]", names: "list[str]", needs: "tuple[str, ...]", body: "list[str]", folder: str, path: str, line: int) -> None:
    found += [Word(name, f"make {name}", tuple(body), folder, path, line, "make", needs) for name in names]


def _expanded(line: str, variables: "dict[str, str]") -> str:
    for _ in range(_EXPANSIONS):
        if "$" not in line or len(line) > 4000:
            break
        after = _USE.sub(lambda hit: variables.get(hit[1], hit[0]), line)
        if after == line:
            break
        line = after
    return line.replace("$$", "$")


_RECIPE = re.compile(
    r"^@?([A-Za-z_][\w-]*)((?:\s+[*+$]*[A-Za-z_][\w-]*(?:=(?:\"[^\"\n]*\"|'[^'\n]*'|`[^`\n]*`|\([^()\n]*\)|[^\s:\"'`]+))?)*)\s*:(?!=)\s*([^#\n]*)"
)
_QUOTED = re.compile(r"(?<==)(?:\"[^\"]*\"|'[^']*'|`[^`]*`|\([^()]*\)|[^\s\"'`(]+)")
_PARAMETER = re.compile(r"([*+$]*)[A-Za-z_][\w-]*(=?)")


def _justfile(repository: "Repository", folder: str, path: str) -> "list[Word]":
    found: list[Word] = []
    variables: dict[str, str] = {}
    body: list[str] = []
    name, line, needs = "", 0, ()
    lines = repository.read(path).split("\n")
    for number, raw in enumerate([*lines, "end:"], 1):
        if raw[:1] in (" ", "\t"):
            if name and raw.strip():
                body.append(re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda hit: variables.get(hit[1], hit[0]), raw.strip()).lstrip("@-"))
            continue
        if not raw.strip() or raw.startswith(("#", "[")):
            continue
        if name:
            found.append(Word(name, f"just {name}", tuple(body), folder, path, line, "just", needs))
        name, body = "", []
        assigned = re.match(r"^([A-Za-z_][\w-]*)\s*:=\s*[\"']?([^\"'\n]*)", raw)
        if assigned:
            variables[assigned[1]] = assigned[2]
            continue
        hit = _RECIPE.match(raw)
        required = hit is not None and any(not default and "*" not in sign for sign, default in _PARAMETER.findall(_QUOTED.sub("", hit[2])))
        if hit and not required and number <= len(lines):
            name, line, needs = hit[1], number, tuple(re.findall(r"[A-Za-z_][\w-]*", hit[3]))
    return found


def _taskfile(repository: "Repository", folder: str, path: str) -> "list[Word]":
    tasks: dict[str, tuple[int, list[str], list[str]]] = {}
    for row in yaml_rows(repository.read(path)):
        if len(row.keys) < 2 or row.keys[0] != "tasks":
            continue
        _, body, needs = tasks.setdefault(row.keys[1], (row.line, [], []))
        last = row.keys[2] if len(row.keys) > 2 else ""
        if last == "cmds" and row.keys[-1] == "task":
            needs.append(row.value)
        elif last in ("cmds", "cmd", "") and row.keys[-1] not in ("silent", "ignore_error", "for", "desc"):
            body += row.value.split("\n") if row.value else []
        elif last == "deps":
            needs += flow(row.value)
    return [
        Word(name, f"task {name}", tuple(body), folder, path, line, "task", tuple(needs)) for name, (line, body, needs) in tasks.items()
    ]


# --- python -------------------------------------------------------------------------------------------------------

_SECTION = re.compile(r"^\[([^\]\n]+)\]", re.MULTILINE)


def _tox(repository: "Repository", folder: str, path: str) -> "list[Word]":
    text = repository.read(path)
    sections = [(hit[1], hit.start(), hit.end()) for hit in _SECTION.finditer(text)]
    found = []
    for position, (name, start, end) in enumerate(sections):
        if not name.startswith("testenv"):
            continue
        stop = sections[position + 1][1] if position + 1 < len(sections) else len(text)
        commands = re.search(r"^commands\s*=([^\n]*(?:\n[ \t]+[^\n]*|\n(?=\n[ \t]))*)", text[end:stop], re.MULTILINE)
        body = [re.sub(r"\{posargs(?::([^}]*))?\}", r"\1", line).strip() for line in (commands[1].split("\n") if commands else [])]
        environment = name.partition(":")[2]
        run = f"tox -e {environment}" if environment else "tox"
        line = text.count("\n", 0, start) + 1
        names = environment.split(",") if environment and not re.search(r"[{}]", environment) else [environment]
        body = list(filter(None, body))
        plain = [one for one in names if not re.search(r"[{}]", one)]
        found += [Word(one or "test", f"tox -e {one}" if one else run, tuple(body), folder, path, line, "tox") for one in plain]
    return found


def _nox(repository: "Repository", folder: str, path: str) -> "list[Word]":
    text = repository.read(path)
    found = []
    for hit in re.finditer(r"^@(?:nox\.)?session\b[^\n]*\n(?:@[^\n]*\n|[ \t)][^\n]*\n)*def (\w+)", text, re.MULTILINE):
        following = re.search(r"^\S", text[hit.end() + 1 :], re.MULTILINE)
        body = text[hit.end() : hit.end() + 1 + following.start() if following else len(text)]
        lines = [" ".join(re.findall(r"[\"']([^\"'\n]*)[\"']", call)) for call in re.findall(r"session\.run\(([^)]*)\)", body)]
        named = re.search(r"name\s*=\s*[\"']([\w-]+)", hit[0])
        name = named[1] if named else hit[1]
        line = text.count("\n", 0, hit.start()) + 1
        found.append(Word(name, f"nox -s {name}", tuple(lines), folder, path, line, "nox"))
    return found


def _pyproject(repository: "Repository", folder: str, path: str) -> "list[Word]":
    text = repository.read(path)
    if "[tool." not in text:
        return []
    tool = dictionary(Toml(text).tree.get("tool"))
    found: list[Word] = []
    for environment, table in dictionary(dictionary(tool.get("hatch")).get("envs")).items():
        runner = "hatch run " if environment == "default" else f"hatch run {environment}:"
        _tasks(found, dictionary(dictionary(table).get("scripts")), runner, "hatch", text, folder, path)
    for table, runner in (("pdm.scripts", "pdm run "), ("poe.tasks", "poe "), ("taskipy.tasks", "task "), ("rye.scripts", "rye run ")):
        owner, _, key = table.partition(".")
        _tasks(found, dictionary(dictionary(tool.get(owner)).get(key)), runner, owner, text, folder, path)
    return found


def _tasks(found: "list[Word]", table: "dict[str, Any]", runner: str, calls: str, text: str, folder: str, path: str) -> None:
    for name, value in table.items():
        mapping = dictionary(value)
        lines = strings(value) or next(
            (strings(mapping[key]) for key in ("cmd", "shell", "composite", "sequence", "chain") if key in mapping), []
        )
        if not lines and isinstance(value, list):
            lines = [line for one in value for line in strings(dictionary(one).get("cmd")) or strings(dictionary(one).get("ref"))]
        here = re.search(rf"^\"?{re.escape(name)}\"?\s*[=.]|\.{re.escape(name)}\]", text, re.MULTILINE)
        line = text.count("\n", 0, here.start()) + 1 if here else 1
        needs = tuple(one for one in lines if one in table)
        found.append(Word(str(name), f"{runner}{name}", tuple(lines), folder, path, line, calls, needs))


def _invoke(repository: "Repository", folder: str, path: str) -> "list[Word]":
    text = repository.read(path)
    found: list[Word] = []
    if "invoke" not in text:
        return found
    for hit in re.finditer(r"^@task\b[^\n]*\n(?:@[^\n]*\n)*def (\w+)", text, re.MULTILINE):
        following = re.search(r"^\S", text[hit.end() + 1 :], re.MULTILINE)
        body = text[hit.end() : hit.end() + 1 + following.start() if following else len(text)]
        lines = re.findall(r"\.run\(\s*f?[\"']([^\"'\n]*)[\"']", body)
        name = hit[1].replace("_", "-")
        found.append(Word(name, f"inv {name}", tuple(lines), folder, path, text.count("\n", 0, hit.start()) + 1, "inv"))
    return found


# --- ruby, elixir, rust -------------------------------------------------------------------------------------------


def _rakefile(repository: "Repository", folder: str, path: str) -> "list[Word]":
    text = repository.read(path)
    found = []
    for hit in re.finditer(
        r"^\s*task\s*\(?:?[\"']?(\w+)[\"']?\s*(?:=>|:\s)\s*(\[[^\]]*\]|%[iw]\[[^\]]*\]|:?[\"']?[\w:]+)", text, re.MULTILINE
    ):
        needs = tuple(re.findall(r"[\w:]*\w", re.sub(r"%[iw]", "", hit[2])))
        found.append(_rake(hit[1], needs, text, hit.start(), folder, path))
    for hit in re.finditer(
        r"(Rake::TestTask|RSpec::Core::RakeTask|Minitest::TestTask|RuboCop::RakeTask|MiniTest::TestTask)\.(?:new|create)\b\s*\(?:?[\"']?(\w*)",
        text,
    ):
        tool = {"RSpec": "rspec", "RuboC": "rubocop"}.get(hit[1][:5], "minitest")
        default = {"rspec": "spec", "rubocop": "rubocop"}.get(tool, "test")
        word = _rake(hit[2] if hit[2] not in ("", "do") else default, (), text, hit.start(), folder, path)
        found.append(word._replace(body=(tool,)))
    return found


def _rake(name: str, needs: "tuple[str, ...]", text: str, offset: int, folder: str, path: str) -> Word:
    run = "bundle exec rake" if name == "default" else f"bundle exec rake {name}"
    return Word(name, run, (), folder, path, text.count("\n", 0, offset) + 1, "rake", needs)


def _mix(repository: "Repository", folder: str, path: str) -> "list[Word]":
    text = repository.read(path)
    block = re.search(r"defp? aliases(?:\(\))? do(.*?)^\s*end", text, re.DOTALL | re.MULTILINE)
    found = []
    for hit in re.finditer(r"[\"']?([\w.\-]+)[\"']?\s*(?:=>|:)\s*(\[[^\]]*\]|\"[^\"\n]*\")", block[1] if block else ""):
        lines = [f"mix {task}" for task in re.findall(r"\"([^\"\n]*)\"", hit[2])]
        line = text.count("\n", 0, (block.start(1) if block else 0) + hit.start()) + 1
        found.append(Word(hit[1], f"mix {hit[1]}", tuple(lines), folder, path, line, "mix"))
    return found


def _cargo(repository: "Repository", folder: str, path: str) -> "list[Word]":
    text = repository.read(path)
    found = []
    for name, value in dictionary(Toml(text).tree.get("alias")).items():
        body = " ".join(strings(value))
        here = text.find(str(name))
        found.append(Word(str(name), f"cargo {name}", (f"cargo {body}",), folder, path, text.count("\n", 0, max(here, 0)) + 1, "cargo"))
    return found


# --- clojure, and tools that hold tasks for any language ------------------------------------------------------------


def _deps_edn(repository: "Repository", folder: str, path: str) -> "list[Word]":
    """Aliases that run something: `:test {:main-opts ["-m" "kaocha.runner"]}` is `clojure -M:test`."""
    text = re.sub(r";[^\n]*", lambda hit: " " * len(hit[0]), repository.read(path))
    start = text.find(":aliases")
    found: list[Word] = []
    hits = list(re.finditer(r":([\w./-]+)\s*(?:\^\S+\s*)?\{", text[start:])) if start >= 0 else []
    for hit in hits:
        body = _braced(text, start + hit.end() - 1)
        main = re.match(r"\{(?:[^{}]|\{[^{}]*\}|\{(?:[^{}]|\{[^{}]*\})*\})*?:(main-opts|exec-fn)\s+(\[[^\]]*\]|[\w./-]+)", body)
        if main and hit[1] not in ("aliases", "extra-deps", "deps", "replace-deps"):
            option = "-M" if main[1] == "main-opts" else "-X"
            run = " ".join(re.findall(r"\"([^\"]*)\"", main[2])) or main[2]
            line = text.count("\n", 0, start + hit.start()) + 1
            found.append(Word(hit[1], f"clojure {option}:{hit[1]}", (f"clojure {option}:{hit[1]} {run}",), folder, path, line, "clojure"))
    return found


def _braced(text: str, start: int) -> str:
    depth = 0
    for position in range(start, min(len(text), start + 20_000)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return text[start : position + 1]
    return text[start : start + 20_000]


def _build_clj(repository: "Repository", folder: str, path: str) -> "list[Word]":
    text = repository.read(path)
    return [
        Word(
            hit[1],
            f"clojure -T:build {hit[1]}",
            (f"clojure -T:build {hit[1]}",),
            folder,
            path,
            text.count("\n", 0, hit.start()) + 1,
            "clojure",
        )
        for hit in re.finditer(r"^\(defn\s+(?:\^\S+\s+)?([a-z][\w-]*)", text, re.MULTILINE)
    ]


def _bb_edn(repository: "Repository", folder: str, path: str) -> "list[Word]":
    text = repository.read(path)
    start = text.find(":tasks")
    found = []
    for hit in re.finditer(r"(?m)^\s*(?::tasks\s*)?\{?\s*([a-z][\w:-]*)\s+([{(])", text[start:]) if start >= 0 else ():
        body = text[start + hit.end() - 1 : start + hit.end() + 400]
        following = re.search(r"\n\s*[a-z][\w:-]*\s+[{(]", body)
        lines = re.findall(
            r"\(shell\s+(?:\{[^}]*\}\s*)?\"([^\"\n]*)\"|\(clojure\s+\"([^\"\n]*)\"", body[: following.start() if following else None]
        )
        told = tuple(shell or f"clojure {clojure}" for shell, clojure in lines)
        found.append(Word(hit[1], f"bb {hit[1]}", told, folder, path, text.count("\n", 0, start + hit.start(1)) + 1, "bb"))
    return found


def _magefile(repository: "Repository", folder: str, path: str) -> "list[Word]":
    text = repository.read(path)
    found = []
    for hit in re.finditer(r"^func ([A-Z]\w*)\((?:\w+ context\.Context)?\)", text, re.MULTILINE):
        body = text[hit.end() : hit.end() + 1500].partition("\n}")[0]
        lines = [" ".join(re.findall(r"\"([^\"\n]*)\"", call)) for call in re.findall(r"\b\w+\.Run\w*\(((?:[^()]|\([^()]*\))*)\)", body)]
        name = hit[1][0].lower() + hit[1][1:]
        found.append(Word(name, f"mage {name}", tuple(lines), folder, path, text.count("\n", 0, hit.start()) + 1, "mage"))
    return found


def _moon(repository: "Repository", folder: str, path: str) -> "list[Word]":
    """The tasks of a project of moonrepo; its name is its id, or that of its folder."""
    text = repository.read(path)
    named = re.search(r"^id:\s*[\"']?([\w-]+)", text, re.MULTILINE)
    project = named[1] if named else folder.rpartition("/")[2]
    tasks: dict[str, tuple[int, list[str], list[str]]] = {}
    for row in yaml_rows(text):
        if len(row.keys) < 3 or row.keys[0] != "tasks":
            continue
        _, body, needs = tasks.setdefault(row.keys[1], (row.line, [], []))
        if row.keys[2] in ("command", "script", "args"):
            body += [" ".join([body.pop(), row.value])] if row.keys[2] == "args" and body else row.value.split("\n")
        elif row.keys[2] == "deps":
            needs += flow(row.value)
    return [
        Word(name, f"moon run {project}:{name}", tuple(body), folder, path, line, "moon", tuple(one.lstrip("~:") for one in needs))
        for name, (line, body, needs) in tasks.items()
        if project != "."
    ]


def _mise(repository: "Repository", folder: str, path: str) -> "list[Word]":
    text = repository.read(path)
    found: list[Word] = []
    for name, value in dictionary(Toml(text).tree.get("tasks")).items():
        about = dictionary(value)
        here = re.search(rf"^\[tasks\.\"?{re.escape(name)}\"?\]|^\"?{re.escape(name)}\"?\s*=", text, re.MULTILINE)
        line = text.count("\n", 0, here.start()) + 1 if here else 1
        lines = tuple(part for one in strings(about.get("run") or value) for part in one.split("\n") if part.strip())
        found.append(Word(str(name), f"mise run {name}", lines, folder, path, line, "mise", tuple(strings(about.get("depends")))))
    return found


# --- shell files --------------------------------------------------------------------------------------------------

_SPOKEN = re.compile(
    r"(?:^|[-_.])(?:tests?|lint|format(?:ting)?|fmt|check|ci|typecheck|type-check|types|spec|rspec|verify|build|style|phpcs|phpstan|psalm|phpmd|pint|mypy|ruff|flake8|pylint|rubocop|golangci|eslint|prettier|clippy|kaocha|clj-kondo|cljstyle|cljfmt)(?:[-_.]|$)",
    re.IGNORECASE,
)
_FOLDERS = ("scripts/", "script/", "bin/", "bin/ci/", "ci/", "dev/", "hack/", "tools/", ".ci/")
_SHELL_LIMIT = 40


def shell_files(repository: "Repository", folder: str) -> "list[Word]":
    """Shell scripts whose name speaks of a check, beside the service and in the usual folders."""
    found: list[Word] = []
    places = [(at(folder, name), below) for below in _FOLDERS for name in (below,)]
    for place, below in places:
        for path in under(repository, place):
            name = path[len(place) :]
            if "/" in name or len(found) >= _SHELL_LIMIT or not _SPOKEN.search(name):
                continue
            if "." in name and not name.endswith((".sh", ".bash")):
                continue
            found += _shell(repository, folder, path, below + name)
    for name in ("test.sh", "lint.sh", "run_tests.sh", "runtests.sh", "run-tests.sh", "check.sh", "format.sh", "build.sh"):
        path = at(folder, name)
        if repository.exists(path):
            found += _shell(repository, folder, path, name)
    return found


def _shell(repository: "Repository", folder: str, path: str, below: str) -> "list[Word]":
    text = repository.read(path)
    if not text.startswith("#!") or not re.match(r"#![^\n]*\b(?:ba|z|da)?sh\b", text):
        return []
    body = tuple(line.strip() for line in text.split("\n")[1:] if line.strip() and not line.lstrip().startswith("#"))
    name = below.rpartition("/")[2].rpartition(".")[0] or below.rpartition("/")[2]
    return [Word(name, f"./{below}", body, folder, path, 1, "shell")]


READERS: "dict[str, Reader]" = {
    "package.json": _json_scripts("scripts", "npm run {}", "npm"),
    "deno.json": _json_scripts("tasks", "deno task {}", "deno"),
    "deno.jsonc": _json_scripts("tasks", "deno task {}", "deno"),
    "composer.json": _json_scripts("scripts", "composer {}", "composer"),
    "Makefile": _makefile,
    "makefile": _makefile,
    "GNUmakefile": _makefile,
    "justfile": _justfile,
    "Justfile": _justfile,
    ".justfile": _justfile,
    "Taskfile.yml": _taskfile,
    "Taskfile.yaml": _taskfile,
    "tox.ini": _tox,
    "noxfile.py": _nox,
    "pyproject.toml": _pyproject,
    "tasks.py": _invoke,
    "Rakefile": _rakefile,
    "mix.exs": _mix,
    "deps.edn": _deps_edn,
    "build.clj": _build_clj,
    "bb.edn": _bb_edn,
    "magefile.go": _magefile,
    "moon.yml": _moon,
    "mise.toml": _mise,
    ".mise.toml": _mise,
    ".cargo/config.toml": _cargo,
    ".cargo/config": _cargo,
}
