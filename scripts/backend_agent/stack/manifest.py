"""stack.yaml: found in the order of the design, read with positions, and turned into values that the rest can use.

`find` tells which file counts, `check` tells everything that is wrong with it, `load` gives its values or the first error.
"""

import json
import os
import re
import shlex
import stat

from backend_agent.errors import UserError
from backend_agent.stack import yaml_positions
from backend_agent.stack.command import Command
from backend_agent.stack.schema import Checker, nearest
from backend_agent.stack.yaml_positions import Node, Problem, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:
    from backend_agent.records import NamedTuple

NAME = "stack.yaml"
COMMAND_KINDS = ("syntax", "tests", "lint", "format", "types", "build", "migrations", "audit")
VALUES = (
    "language", "framework", "orm", "validation", "migration", "test", "package_manager", "lint", "typecheck", "databases",
    "queue", "cache", "auth", "api_style",
)  # fmt: skip
_SKILL = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
SCHEMA = os.path.join(_SKILL, "variants", "stack.schema.json")


class Found(NamedTuple):
    """Which stack.yaml counts. `origin` is --stack | service | repository | skill copy | oma-backend | user default."""

    path: str
    origin: str


class RawSql(NamedTuple):
    """Regular expressions (Python's) that no source line may match, where they are searched, and where they stand."""

    patterns: "tuple[str, ...]"
    include: "tuple[str, ...]"
    exclude_dirs: "tuple[str, ...]"
    line: int


class Ignore(NamedTuple):
    """A finding that is accepted, with its reason. `path` may be a glob, "" is everywhere; `line` 0 is any line."""

    check: str
    path: str
    line: int
    reason: str
    until: str


class Manifest(NamedTuple):
    """A stack.yaml, or one service of it. `values` holds ids by field; a field that is absent is not in it."""

    path: str
    folder: str
    """The folder the file speaks of, relative to the project: "." or a service's path."""
    values: "dict[str, tuple[str, ...]]"
    version: str
    source: str
    detected_from: "tuple[str, ...]"
    detect: str
    verify: "dict[str, tuple[Command, ...]]"
    raw_sql: "RawSql | None"
    conventions: "dict[str, Any]"
    severity: "dict[str, str]"
    ignores: "tuple[Ignore, ...]"
    services: "tuple[Manifest, ...]"
    warnings: "tuple[Problem, ...]"

    def value(self, field: str) -> str:
        """The first id of a field, "" where the manifest says nothing or null."""
        return next(iter(self.values.get(field, ())), "")

    def service(self, path: str) -> "Manifest":
        """What holds for the service at `path`: its own part where the file has one, with the rest from the top."""
        for one in self.services:
            if one.folder == path:
                values = {**self.values, **one.values}
                return one._replace(
                    values=values,
                    conventions={**self.conventions, **one.conventions},
                    severity={**self.severity, **one.severity},
                    ignores=(*self.ignores, *one.ignores),
                    raw_sql=one.raw_sql or self.raw_sql,
                )
        return self


def find(project: str, service_path: str = ".", skill_dir: str = "", explicit: str = "") -> "Found | None":
    """The stack.yaml that counts for a service, None where there is none. Raises UserError where `explicit` has none.

    `skill_dir` is the folder of this skill; its own `stack/` comes last and is meant for a project in which nothing is detected.
    """
    if explicit:
        path = explicit if os.path.isfile(explicit) else os.path.join(explicit, NAME)
        if not os.path.isfile(path):
            raise UserError(f"{explicit} holds no {NAME}", "--stack takes the folder of a stack.yaml, or the file")
        return Found(path, "--stack")
    candidates = [("service", os.path.join(project, *service_path.split("/"), ".claude", "stack"))] if service_path != "." else []
    candidates.append(("repository", os.path.join(project, ".claude", "stack")))
    copies = [os.path.join(project, holder, "skills", "backend-agent", "stack") for holder in (".claude", ".agents")]
    candidates += [("skill copy", copy) for copy in copies]
    candidates.append(("oma-backend", os.path.join(project, ".agents", "skills", "oma-backend", "stack")))
    candidates.append(("user default", os.path.join(skill_dir or _SKILL, "stack")))
    for origin, folder in candidates:
        path = os.path.join(folder, NAME)
        if os.path.isfile(path):
            return Found(path, origin)
    return None


def load(path: str, shown_as: str = "") -> Manifest:
    """The values of a stack.yaml. Raises UserError with the first error where there is one."""
    manifest, problems = check(path, shown_as)
    errors = [problem for problem in problems if problem.severity == "error"]
    if manifest is None or errors:
        first = errors[0]
        more = f"; {len(errors) - 1} more: scripts/validate_stack.py shows all" if len(errors) > 1 else ""
        raise UserError(f"{first.path}:{first.line}:{first.column}: {first.message}", first.hint + more)
    return manifest


def check(path: str, shown_as: str = "") -> "tuple[Manifest | None, list[Problem]]":
    """The manifest and everything that is wrong with it, in the order of the file. The manifest is None where there are errors.

    Raises UserError where the file cannot be opened at all.
    """
    name = shown_as or path
    text, problems = yaml_positions.decode(_bytes(path, name), name)
    if problems:
        return None, problems
    return check_text(text, name)


def check_text(text: str, name: str = NAME) -> "tuple[Manifest | None, list[Problem]]":
    """As `check`, for a text at hand."""
    root, problems = yaml_positions.parse(text, name)
    if root is not None:
        problems += _against_schema(root, name, partial=any(one.message.startswith(yaml_positions.NOT_YAML) for one in problems))
    problems.sort(key=lambda problem: (problem.line, problem.column, problem.message))
    if root is None or any(problem.severity == "error" for problem in problems):
        return None, problems
    return _built(root, name, ".", tuple(problems)), problems


def _bytes(path: str, name: str) -> bytes:
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # a FIFO or a device would block for ever
            raise UserError(f"{name} is not a regular file", f"give a {NAME}, or the folder of a project")
        with open(path, "rb") as file:
            return file.read(yaml_positions.SIZE_LIMIT + 1)
    except (OSError, ValueError) as error:
        raise UserError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}", "give the path of a stack.yaml") from None


def _against_schema(root: Node, name: str, partial: bool) -> "list[Problem]":
    with open(SCHEMA, encoding="utf-8") as file:
        schema = json.load(file)
    checker = Checker(schema, name)
    checker.check(root, schema)
    if root.kind == "mapping":
        for part in [root, *_items(root.get("services"))]:
            _beyond_schema(part, checker, schema)
        _services(root, checker)
    if partial:  # part of the file could not be read: what seems to be absent may stand there
        return [problem for problem in checker.problems if " has no " not in problem.message]
    return checker.problems


# --- what a schema cannot say --------------------------------------------------------------------------------------

_OPERATORS = re.compile(r"(?:^|\s)(&&|\|\||[|;<>]|>>|2>&1|&)(?=\s|$)|\$\(|`")


def _beyond_schema(part: Node, checker: Checker, schema: "dict[str, Any]") -> None:
    language = part.get("language") if part.kind == "mapping" else None
    known = schema["properties"]["language"]["examples"]
    if language and language.kind == "text" and language.raw and language.raw not in known:
        near = nearest(language.raw, known)
        if near:
            checker.say(language, f"'language' is {shown(language)}", f"did you mean {near!r}?", "warning")
    verify = part.get("verify") if part.kind == "mapping" else None
    for kind in COMMAND_KINDS:
        node = verify.get(kind) if verify and verify.kind == "mapping" else None
        for command in _items(node) if node and node.kind == "list" else [node] if node else []:
            _command(command, checker)
    raw = verify.get("raw_sql") if verify and verify.kind == "mapping" else None
    for pattern in _items(raw.get("patterns") if raw else None):
        if pattern.kind == "text":
            _pattern(pattern, checker)


def _command(node: Node, checker: Checker) -> None:
    written = node.get("cmd")
    if written and written.kind == "text" and written.value:
        try:
            words = shlex.split(written.value)
        except ValueError as error:
            checker.say(written, f"this command cannot be split into words: {str(error).lower()}", "close the quote")
            return
        if not words:
            checker.say(written, "the command holds no word")
        found = _OPERATORS.search(written.value)
        if found:
            sign = (found[1] or found[0]).strip()
            checker.say(
                written,
                f"{sign!r} means nothing here: commands run without a shell",
                "give several commands as a list, use `cwd`, or put the line into a script",
                "warning",
            )
    cwd = node.get("cwd")
    if cwd and cwd.kind == "text" and (os.path.isabs(cwd.value) or re.match(r"[A-Za-z]:|~", cwd.value)):
        checker.say(cwd, f"'cwd' is {shown(cwd)}", "it is relative to the folder of the service")


def _pattern(node: Node, checker: Checker) -> None:
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(_python_pattern(node.value))
    except (re.error, OverflowError, RecursionError) as error:
        checker.say(node, f"this pattern is no regular expression: {error}", "escape brackets and signs that stand for themselves")


_POSIX = {
    "[:space:]": r"\s", "[:digit:]": "0-9", "[:alpha:]": "A-Za-z", "[:alnum:]": "A-Za-z0-9", "[:upper:]": "A-Z", "[:lower:]": "a-z",
    "[:blank:]": r" \t", "[:punct:]": r"!-/:-@\[-`{-~", "[:xdigit:]": "0-9A-Fa-f",
}  # fmt: skip


def _python_pattern(pattern: str) -> str:
    """An extended regular expression of POSIX as Python's."""
    for name, meant in _POSIX.items():
        pattern = pattern.replace(name, meant)
    return pattern


def _services(root: Node, checker: Checker) -> None:
    seen: dict[str, int] = {}
    for service in _items(root.get("services")):
        path = service.get("path")
        if path is None or path.kind != "text" or not path.value:
            continue
        normal = _normal(path.value)
        if normal.startswith("../") or normal == ".." or os.path.isabs(path.value) or re.match(r"[A-Za-z]:|~", path.value):
            checker.say(path, f"'path' is {shown(path)}", "it is relative to the project and stays inside it")
        elif normal in seen:
            checker.say(path, f"a second service at {normal}; the first is on line {seen[normal]}", "keep one of them")
        seen.setdefault(normal, path.line)


def _normal(path: str) -> str:
    return os.path.normpath(path).replace(os.sep, "/")


def _items(node: "Node | None") -> "list[Node]":
    return [child for child in node.value if child.kind == "mapping" or child.kind == "text"] if node and node.kind == "list" else []


# --- from nodes to values ------------------------------------------------------------------------------------------


def _built(node: Node, name: str, folder: str, warnings: "tuple[Problem, ...]") -> Manifest:
    verify, checks = node.get("verify"), node.get("checks")
    severity = checks.get("severity") if checks else None
    services = [_built(one, name, _normal(_text(one, "path")), ()) for one in _items(node.get("services"))]
    return Manifest(
        path=name,
        folder=folder,
        values={field: _texts(child) for field in VALUES if (child := node.get(field)) is not None},
        version=(version.raw if version.kind != "null" else "") if (version := node.get("version")) else "",
        source=_text(node, "source"),
        detected_from=_texts(node.get("detected_from")),
        detect=_text(verify, "detect"),
        verify=_commands(verify, name, folder) if verify else {},
        raw_sql=_raw_sql(verify.get("raw_sql")) if verify else None,
        conventions=conventions.plain() if (conventions := node.get("conventions")) else {},
        severity={key: str(child.raw) for key, child in severity.value.items()} if severity else {},
        ignores=tuple(_ignore(one) for one in _items(checks.get("ignore") if checks else None)),
        services=tuple(services),
        warnings=warnings,
    )


def _text(node: "Node | None", key: str) -> str:
    child = node.get(key) if node else None
    return child.raw if child and child.kind != "null" else ""


def _texts(node: "Node | None") -> "tuple[str, ...]":
    if node is None or node.kind == "null":
        return ()
    return tuple(child.raw for child in node.value) if node.kind == "list" else (node.raw,)


def _commands(verify: Node, name: str, folder: str) -> "dict[str, tuple[Command, ...]]":
    commands = {}
    for kind in COMMAND_KINDS:
        node = verify.get(kind)
        if node is not None:
            commands[kind] = tuple(_one_command(one, name, folder) for one in (node.value if node.kind == "list" else [node]))
    return commands


def _one_command(node: Node, name: str, folder: str) -> Command:
    written = node.value["cmd"]
    argv = tuple(child.raw for child in written.value) if written.kind == "list" else ()
    timeout = node.get("timeout")
    needs = _texts(node.get("needs"))
    return Command(
        cmd=shlex.join(argv) if argv else written.raw,
        cwd=_normal(os.path.join(folder, _text(node, "cwd") or ".")),
        source=f"{name}:{written.line}",
        needs_db=any(one in _DATABASES for one in needs) or "DATABASE_URL" in _texts(node.get("env")),
        needs=needs,
        network="network" in needs,
        shell=not argv and bool(_OPERATORS.search(written.raw)),
        parts=tuple(part.strip() for part in written.raw.split("&&")) if not argv else (),
        argv=argv,
        timeout=float(timeout.value) if timeout else 0.0,
        env=_texts(node.get("env")),
        skip_if_missing=_texts(node.get("skip_if_missing")),
        pass_signal=_text(node, "pass_signal"),
    )


_DATABASES = frozenset({"database", "postgresql", "postgres", "mysql", "mariadb", "mongodb", "mssql", "oracle"})


def _raw_sql(node: "Node | None") -> "RawSql | None":
    if node is None:
        return None
    patterns = tuple(_python_pattern(one) for one in _texts(node.get("patterns")))
    return RawSql(patterns, _texts(node.get("include_glob")), _texts(node.get("exclude_dirs")), node.line)


def _ignore(node: Node) -> Ignore:
    line = node.get("line")
    return Ignore(_text(node, "check"), _text(node, "path"), int(line.value) if line else 0, _text(node, "reason"), _text(node, "until"))
