"""The commands that tools have by default, through the project's own package manager and from the folder that they need."""

import re

from backend_agent.stack import kinds, words
from backend_agent.stack.words import at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, NamedTuple

    from backend_agent.repository.files import Repository
    from backend_agent.stack.services import Service
else:
    from backend_agent.records import NamedTuple

USUAL = 50
BUILD = 40
"""Scores, below all that the project says itself."""


class Default(NamedTuple):
    kind: str
    score: int
    cmd: str
    folder: str
    source: str = "default"


def commands(repository: "Repository", service: "Service", folders: "list[str]", manager: str, node: str) -> "Iterator[Default]":
    """`folders` are the service's own and those above it, `node` is the package manager of its scripts."""
    language = next(iter(service.language.ids), "")
    here = _workspace(repository, folders) if language == "rust" else service.path
    nx = _nx(repository, service.path) if language in ("typescript", "javascript") else ""
    known = kinds.rules()
    for field in (service.test, service.lint, service.typecheck):
        for tool in field.ids:
            rule = known["defaults"].get(tool)
            where = next((str(one) for one in field.evidence if tool in one.signal), "default")
            if rule and rule["cmd"] == "dotnet test":
                project = next((one.path for one in field.evidence if one.path.endswith("proj")), "")
                yield Default("tests", USUAL, "dotnet test", _solution(repository, service.path, folders, project), project or "default")
            elif rule and rule["cmd"].startswith("dotnet format"):
                yield Default("format", USUAL, rule["cmd"], _solution(repository, service.path, folders, ""), where)
            elif rule and nx and rule["kind"] in ("tests", "lint"):
                yield Default(
                    rule["kind"],
                    USUAL,
                    f"npx nx {'test' if rule['kind'] == 'tests' else 'lint'} {nx}",
                    ".",
                    at(service.path, "project.json"),
                )
            elif rule and rule["kind"] == "tests" and rule.get("via") == "node" and not _has_tests(repository, service.path):
                continue  # a runner of the workspace, for other packages than this one
            elif tool == "minitest" and repository.exists(at(service.path, "config/application.rb")):
                rails = "bin/rails" if repository.exists(at(service.path, "bin/rails")) else "bundle exec rails"
                yield Default("tests", USUAL, f"{rails} test", service.path, where)
            elif rule and rule.get("via") == "scala":
                yield from _scala(service, rule, folders, repository)
            elif rule:
                command = _tool_of_go(repository, folders, _via(rule, manager, node)) if language == "go" else _via(rule, manager, node)
                for kind in (rule["kind"], *rule.get("also", ())):
                    yield Default(kind, USUAL, command, here, where)
    if "ruff" in service.lint.ids and _formats(repository, folders):
        yield Default("format", USUAL, _via({"cmd": "ruff format --check .", "via": "python"}, manager, node), service.path)
    if language == "go":
        yield from _go_formatters(repository, folders)
    build = known["build"].get(language)
    if build:
        yield Default("build", BUILD, build, here)
    yield from _jvm(repository, service, folders)


_NODE_TESTS = re.compile(r"[._-](?:test|spec)\.[cm]?[jt]sx?$|(?:^|/)(?:tests?|__tests__|specs?)/")


def _has_tests(repository: "Repository", path: str) -> bool:
    prefix = "" if path == "." else f"{path}/"
    return any(_NODE_TESTS.search(one[len(prefix) :]) and "node_modules/" not in one for one in words.under(repository, prefix))


def _go_formatters(repository: "Repository", folders: "list[str]") -> "Iterator[Default]":
    """The formatters that golangci-lint holds, since its second version, in a section of their own."""
    for folder in folders:
        for name in (".golangci.yml", ".golangci.yaml"):
            path = at(folder, name)
            text = repository.read(path) if repository.exists(path) else ""
            hit = re.search(r"(?m)^formatters:[^\n]*\n(?:[ \t]+[^\n]*\n|\s*\n)*?[ \t]+enable:", text)
            if hit:
                line = text.count("\n", 0, hit.start()) + 1
                yield Default("format", USUAL, "golangci-lint fmt --diff", folders[0], f"{path}:{line}")
                return


def _formats(repository: "Repository", folders: "list[str]") -> bool:
    """Whether ruff formats here: a hook of pre-commit says so."""
    paths = (at(folder, ".pre-commit-config.yaml") for folder in dict.fromkeys([folders[0], folders[-1]]))
    return any(repository.exists(path) and re.search(r"id:\s*ruff-format", repository.read(path)) for path in paths)


def _workspace(repository: "Repository", folders: "list[str]") -> str:
    """The folder of the Cargo workspace that a crate belongs to: formatters, linters and tests run there."""
    for folder in folders:
        path = at(folder, "Cargo.toml")
        if repository.exists(path) and re.search(r"(?m)^\[workspace\]", repository.read(path)):
            return folder
    return folders[0]


def _nx(repository: "Repository", path: str) -> str:
    """The name of a project in an integrated Nx workspace; "" where the folder has scripts of its own."""
    if not repository.exists("nx.json") or repository.exists(at(path, "package.json")) or not repository.exists(at(path, "project.json")):
        return ""
    name = re.search(r"\"name\"\s*:\s*\"([\w@/.-]+)\"", repository.read(at(path, "project.json")))
    return name[1] if name else path.rpartition("/")[2]


def _solution(repository: "Repository", path: str, folders: "list[str]", project: str) -> str:
    """Where `dotnet test` finds the tests: the folder of the solution, or of the test project."""
    for folder in folders:
        prefix = "" if folder == "." else f"{folder}/"
        if any(one.endswith((".sln", ".slnx")) and "/" not in one[len(prefix) :] for one in words.under(repository, prefix)):
            return folder
    return project.rpartition("/")[0] or path


def _scala(service: "Service", rule: "dict[str, Any]", folders: "list[str]", repository: "Repository") -> "Iterator[Default]":
    """sbt and Leiningen run from the folder of their build; aliases of deps.edn are the project's own words."""
    for manager, base in (("sbt", "build.sbt"), ("leiningen", "project.clj"), ("mill", "build.mill")):
        if manager in service.package_manager.ids and rule.get(manager):
            folder = next((one for one in folders if repository.exists(at(one, base))), service.path)
            yield Default(rule["kind"], USUAL, str(rule[manager]), folder)


def _jvm(repository: "Repository", service: "Service", folders: "list[str]") -> "Iterator[Default]":
    for manager, wrapper, build in (("maven", "mvnw", "package -DskipTests"), ("gradle", "gradlew", "assemble")):
        if manager not in service.package_manager.ids:
            continue
        folder = next((one for one in folders if repository.exists(at(one, wrapper))), service.path)
        tool = f"./{wrapper}" if repository.exists(at(folder, wrapper)) else wrapper[:-1] if manager == "maven" else "gradle"
        pom = _pom(repository, service.path, folder) if manager == "maven" else ""
        if service.test.ids:
            phase = "verify" if "<artifactId>maven-failsafe-plugin</artifactId>" in pom else "test"
            yield Default("tests", USUAL, f"{tool} {phase}", folder)
        yield Default("build", BUILD, f"{tool} {build}", folder)
        for id_, evidence in zip(service.lint.ids, service.lint.evidence, strict=False):
            rule = kinds.rules()["jvm"].get(id_, {})
            if manager in rule and rule.get("plugin", "") in evidence.signal and "plugin:" in evidence.signal:
                yield Default(
                    rule["kind"], USUAL, f"{tool} {(rule['kind'] == 'lint' and _bound(pom, id_)) or rule[manager]}", folder, str(evidence)
                )


def _pom(repository: "Repository", *folders: str) -> str:
    return "".join(repository.read(path) for path in dict.fromkeys(at(one, "pom.xml") for one in folders) if repository.exists(path))


def _bound(pom: str, tool: str) -> str:
    """The phase that a plugin of Maven is bound to: its configuration may stand in that execution alone."""
    block = re.search(rf"<artifactId>[\w-]*{tool}-maven-plugin</artifactId>|<artifactId>maven-{tool}-plugin</artifactId>", pom)
    body = pom[block.start() :].partition("</plugin>")[0] if block else ""
    phase = re.search(r"<phase>\s*([\w-]+)", body)
    if "<execution>" not in body:
        return ""
    return phase[1] if phase else "verify -DskipTests"


def _tool_of_go(repository: "Repository", folders: "list[str]", command: str) -> str:
    """A tool that go.mod itself pins is run through it."""
    path = at(folders[0], "go.mod")
    program = command.split()[0]
    text = repository.read(path) if repository.exists(path) else ""
    pinned = re.search(rf"(?m)^(?:tool\s+|\s+)[\w.-]+\.[a-z]+/[\w./-]*/{re.escape(program)}(?:/v\d+)?\s*$", text)
    return f"go tool {command}" if pinned else command


def _via(rule: "dict[str, Any]", manager: str, node: str) -> str:
    command, via = str(rule["cmd"]), rule.get("via")
    if via == "python":
        return f"{manager} run {command}" if manager in kinds.MANAGERS else command
    if via == "node":
        return {"pnpm": f"pnpm exec {command}", "bun": f"bunx {command}"}.get(node, f"npx {command}")
    return f"bundle exec {command}" if via == "ruby" else f"vendor/bin/{command}" if via == "php" else command
