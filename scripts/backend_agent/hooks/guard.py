"""Would this command destroy a database that somebody may miss? Looks through wrappers, shells, pipes and named scripts.

It stops slips, not sabotage: what a program does inside of itself is not seen.
"""

import json
import os
import re

from backend_agent import catalog
from backend_agent.hooks import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

DEEPEST = 6
"""Wrappers in shells in scripts: so many are looked through."""
_MOST_FILE = 200_000
_MOST_WORDS = 4_000
"""Characters of the words of one program that the rules search."""
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_URL_HOST = re.compile(r"\w+://(?:[^@/\s]*@)?(\[[^\]]+\]|[^:/?\s]*)")
_LOCAL = frozenset({"", "localhost", "127.0.0.1", "[::1]"})


class Loss:
    """What a command would destroy: the rule, what is gone, the command as it would run."""

    def __init__(self, rule: str, loses: str, command: str, via: str, database: str, disposable: bool) -> None:
        self.rule = rule
        self.loses = loses
        self.command = command
        self.via = via
        """The named script that it stands in, "" for the command itself."""
        self.database = database
        """DATABASE_URL as the command sees it."""
        self.disposable = disposable
        """Whether a PostgreSQL of with_postgres.py could stand in."""


class _Scene:
    """Where a command runs: its folder, its variables, and whether a database of ours is under it."""

    def __init__(self, folder: str, variables: "dict[str, str]", ours: bool = False, depth: int = 0, via: str = "") -> None:
        self.folder = folder
        self.variables = variables
        self.ours = ours
        self.depth = depth
        self.via = via

    def inner(self, **changes: "Any") -> "_Scene":
        scene = _Scene(self.folder, dict(self.variables), self.ours, self.depth + 1, self.via)
        scene.__dict__.update(changes)
        return scene


def loss_of(command: str, folder: str, variables: "dict[str, str]") -> "Loss | None":
    """The first thing that `command` would destroy, None where nothing is seen."""
    marker, url = variables.get("BACKEND_AGENT_POSTGRES", ""), variables.get("DATABASE_URL", "")
    ours = bool(marker) and f":{marker}/" in url and _host(url) in _LOCAL
    return next(_losses(command, _Scene(folder, variables, ours)), None)


def _losses(command: str, scene: _Scene) -> "Iterator[Loss]":
    if scene.depth > DEEPEST:
        return
    lines, inside = words.pipelines(command)
    for text in inside:
        yield from _losses(text, scene.inner())
    for line in lines:
        fed: list[str] = []
        for simple in line:
            fed = [*fed, *simple.fed, *(_text(scene.folder, path) for path in simple.files)]
            yield from _of_simple(list(simple.words), fed, scene)
            fed = [*simple.words[1:], *(_text(scene.folder, w) for w in simple.words[1:] if w.endswith((".sql", ".js", ".redis")))]


def _of_simple(given: "list[str]", fed: "list[str]", scene: _Scene) -> "Iterator[Loss]":
    """One program: take off what only starts another one, then ask the rules."""
    knowledge = catalog.load("hooks", "destructive")
    assigned: dict[str, str] = {}
    for _step in range(20):
        while given and (found := _ASSIGNMENT.fullmatch(given[0])):
            assigned[found[1]] = found[2]
            given = given[1:]
        if not given:
            _keep(assigned, scene)
            return
        if given[0] in {"export", "cd", "pushd"}:
            _move(given, scene)
            return
        if _base(given[0]) == "with_postgres.py":
            given, scene = _disposable(given, scene.inner(variables={**scene.variables, **assigned}), assigned)
            continue
        rest = _unwrapped(given, knowledge["wrappers"])
        if rest is None:
            break
        if isinstance(rest, str):
            yield from _losses(rest, scene.inner(variables={**scene.variables, **assigned}))
            return
        given = rest
    inner = scene.inner(variables={**scene.variables, **assigned}, ours=scene.ours and "DATABASE_URL" not in assigned)
    if _base(given[0]) in {"sh", "bash", "zsh", "dash"}:
        for text in fed:
            yield from _losses(text, inner)
    yield from _of_script(given, inner, knowledge["scripts"])
    yield from _of_rules(given, fed, assigned, inner, knowledge)


def _keep(assigned: "dict[str, str]", scene: _Scene) -> None:
    scene.variables.update(assigned)
    if "DATABASE_URL" in assigned:
        scene.ours = False


def _move(given: "list[str]", scene: _Scene) -> None:
    if given[0] == "export":
        _keep({m[1]: m[2] for word in given[1:] if (m := _ASSIGNMENT.fullmatch(word))}, scene)
    elif len(given) > 1 and not given[-1].startswith("-"):
        scene.folder = os.path.normpath(os.path.join(scene.folder, os.path.expanduser(given[-1])))


def _disposable(given: "list[str]", scene: _Scene, assigned: "dict[str, str]") -> "tuple[list[str], _Scene]":
    """The command behind with_postgres.py. A DATABASE_URL that is set is used as it is, so that only --fresh makes it ours then."""
    rest, fresh = given[1:], False
    while rest and rest[0].startswith("-"):
        word = rest[0]
        rest = rest[1:]
        fresh = fresh or word == "--fresh"
        if word == "--":
            break
        if word in {"--version", "--url-scheme", "--log"}:
            rest = rest[1:]
    scene.ours = fresh or scene.ours or not scene.variables.get("DATABASE_URL")
    assigned.clear()  # what stood before it is replaced by what it sets
    return rest, scene


def _unwrapped(given: "list[str]", wrappers: "list[dict[str, Any]]") -> "list[str] | str | None":
    """The words behind one wrapper, a whole command line where it takes one, None where the first word is no wrapper."""
    names = [_base(given[0]), *given[1:]]
    for wrapper in wrappers:
        start = wrapper["words"]
        if names[0] != start[0]:
            continue
        rest = _behind(names, start, wrapper)
        if rest is None:
            continue
        if wrapper.get("line"):
            return _line(names[1:], rest, wrapper)
        if wrapper.get("only_files"):
            return rest if rest and _is_file(rest[0]) else None
        return rest or None
    return None


def _behind(names: "list[str]", start: "list[str]", wrapper: "dict[str, Any]") -> "list[str] | None":
    """What follows the words of a wrapper, its options and the words that it takes for itself. Options may stand between its words."""
    rest = names[1:]
    for wanted in start[1:]:
        rest = _past_options(rest, (*wrapper.get("values", ()), "-f", "--file", "-p", "--profile", "--project-name", "--env-file"), wanted)
        if not rest or rest[0] != wanted:
            return None
        rest = rest[1:]
    values = tuple(wrapper.get("values", ()))
    rest = _past_options(rest, values)
    for _skip in range(wrapper.get("skip", 0)):
        rest = _past_options(rest[1:], values)
    while names[0] in {"env", "cross-env", "dotenv", "sudo"} and rest and _ASSIGNMENT.fullmatch(rest[0]) is None and rest[0] == "--":
        rest = rest[1:]
    return rest[1:] if rest and rest[0] == "--" else rest


def _past_options(given: "list[str]", values: "tuple[str, ...]", stop: str = "") -> "list[str]":
    at = 0
    while at < len(given) and given[at].startswith("-") and given[at] not in {"--", "-", stop}:
        at += 2 if given[at] in values else 1
    return given[at:]


def _line(all_words: "list[str]", rest: "list[str]", wrapper: "dict[str, Any]") -> "str | None":
    options = wrapper.get("line_options")
    if not options:
        return " ".join(rest) or None
    at = next((i for i, word in enumerate(all_words) if word in options), -1)
    return all_words[at + 1] if 0 <= at < len(all_words) - 1 else None


def _is_file(word: str) -> bool:
    """What an interpreter is given to run, where its name says what it does: manage.py, artisan, bin/rails."""
    return "/" in word or "." in word or word == "artisan"


# --- named scripts ---------------------------------------------------------------------------------------------------


def _of_script(given: "list[str]", scene: _Scene, kinds: "list[dict[str, Any]]") -> "Iterator[Loss]":
    names = [_base(given[0]), *given[1:]]
    for kind in kinds:
        start = kind["words"]
        if names[: len(start)] != start:
            continue
        folder, rest = scene.folder, names[len(start) :]
        if start[-1].startswith("-"):  # npm --prefix api run reset
            folder, rest = os.path.join(folder, rest[0] if rest else ""), rest[1:]
        while rest and (rest[0].startswith("-") or rest[0] in kind.get("drop", ())):
            takes = rest[0] in kind.get("values", ())
            if takes and rest[0] in {"-C", "--directory", "--prefix", "--cwd", "--dir", "-d"} and len(rest) > 1:
                folder = os.path.join(folder, rest[1])
            rest = rest[2:] if takes else rest[1:]
        wanted = [kind["name"]] if "name" in kind else [word for word in rest if "=" not in word and not word.startswith("-")]
        wanted = wanted if kind["file"] in {"Makefile", "justfile"} else wanted[:1]
        for name in wanted or ([""] if kind["file"] == "Makefile" else []):
            for body in _bodies(folder, kind["file"], name):
                yield from _losses(body, scene.inner(folder=folder, via=f"{kind['file']}: {name}"))
        if kind.get("or_program") and rest and scene.depth < DEEPEST:
            yield from _of_simple(rest, [], scene.inner())
        return


def _bodies(folder: str, file: str, name: str) -> "list[str]":
    """The command lines of a named script, with those that run before and after it."""
    text = _text(folder, file)
    if not text:
        return []
    if not file.endswith(".json"):
        return _recipes(text, name)
    try:
        scripts = json.loads(text).get("scripts", {})
        bodies = [scripts.get(key) for key in (f"pre{name}", name, f"post{name}")]
    except (ValueError, AttributeError, RecursionError):
        return []
    flat = [line for body in bodies for line in (body if isinstance(body, list) else [body])]
    return [line.removeprefix("@") for line in flat if isinstance(line, str)]


def _recipes(text: str, name: str, seen: "tuple[str, ...]" = ()) -> "list[str]":
    """The recipe of a make or just target and of what it needs, with simple variables put in."""
    variables = dict(re.findall(r"^(\w+)[ \t]*[:?]?=[ \t]*([^\n]*)$", text, re.MULTILINE))
    target = re.escape(name) if name else r"[A-Za-z][\w-]*"
    found = re.search(rf"^@?{target}(?:[ \t]+[^:=\n]*)?:(?!=)([^\n]*)\n((?:[ \t]+[^\n]*\n|[ \t]*\n)*)", text + "\n", re.MULTILINE)
    if not found or name in seen or len(seen) > DEEPEST:
        return []
    lines = [body for needed in found[1].split("#")[0].split() for body in _recipes(text, needed, (*seen, name))]
    for line in found[2].replace("\\\n", " ").split("\n"):
        plain = line.strip().lstrip("@-+ ")
        lines.append(re.sub(r"\$\((\w+)\)|\$\{(\w+)\}|\{\{\s*(\w+)\s*\}\}", lambda m: variables.get(m[1] or m[2] or m[3], m[0]), plain))
    return [line for line in lines if line]


def _text(folder: str, path: str) -> str:
    try:
        full = os.path.join(folder, path)
        if not os.path.isfile(full) or os.path.getsize(full) > _MOST_FILE:
            return ""
        with open(full, encoding="utf-8", errors="replace") as file:
            return file.read()
    except (OSError, ValueError):
        return ""


# --- the rules -------------------------------------------------------------------------------------------------------


def _of_rules(
    given: "list[str]", fed: "list[str]", assigned: "dict[str, str]", scene: _Scene, knowledge: "dict[str, Any]"
) -> "Iterator[Loss]":
    program, rest = _base(given[0]), given[1:]
    shown = " ".join([program, *rest])
    said = [f"{key}={value}" for key, value in {**scene.variables, **assigned}.items() if key.endswith("_ENV")]
    for rule in knowledge["rules"]:
        if program not in rule["programs"]:
            continue
        arguments = " ".join([*rest, *fed] if rule.get("fed") else rest)
        pattern = rule["arguments"] if isinstance(rule["arguments"], str) else rule["arguments"][program]
        if not re.search(pattern, arguments[:_MOST_WORDS]) or _spared(rule, rest, said, scene):
            continue
        yield _loss(rule, shown, rest, scene, rule.get("engine", ""))
        return
    client = next((one for one in knowledge["clients"] if one["program"] == program), None)
    if client is None or (_spared(client, rest, said, scene)):
        return
    texts = [*rest, *fed, *(_text(scene.folder, word) for word in rest if word.endswith(".sql"))]
    for statement in _statements(texts):
        for rule in knowledge["statements"]:
            if re.search(rule["pattern"], statement[:_MOST_WORDS]):
                yield _loss(rule, " ".join([program, "…", " ".join(statement.split())[:80]]), rest, scene, client.get("engine", ""))
                return


def _spared(rule: "dict[str, Any]", rest: "list[str]", said: "list[str]", scene: _Scene) -> bool:
    """True where the command goes to a test database of its own, or to a server that with_postgres.py started."""
    if any(word in said or word in rest for word in rule.get("harmless", ())) and not scene.variables.get("DATABASE_URL"):
        return True
    return scene.ours and rule.get("engine") != "other" and not _elsewhere(rest)


def _elsewhere(rest: "list[str]") -> bool:
    """True where the words name a host themselves, so that the variables do not count."""
    hosts = [found[1] for word in rest if (found := _URL_HOST.search(word))]
    hosts += [rest[at + 1] for at, word in enumerate(rest[:-1]) if word in {"-h", "--host"}]
    hosts += [word.partition("=")[2] for word in rest if word.startswith(("--host=", "host="))]
    return any(host not in _LOCAL for host in hosts)


def _statements(texts: "list[str]") -> "list[str]":
    found = []
    for text in texts:
        plain = re.sub(r"^(--\w+=|-[ceQ](?=\w))", "", text)
        plain = re.sub(r"--[^\n]*|/\*.*?\*/", " ", plain, flags=re.DOTALL)
        found += [part.strip().strip("\\n") for part in plain.split(";") if part.strip()]
    return found


def _loss(rule: "dict[str, Any]", shown: str, rest: "list[str]", scene: _Scene, engine: str) -> Loss:
    named = next((word for word in rest if _URL_HOST.search(word)), "")
    return Loss(rule["id"], rule["loses"], shown, scene.via, named or scene.variables.get("DATABASE_URL", ""), engine != "other")


def _base(word: str) -> str:
    name = word.replace("\\", "/").rpartition("/")[2]
    for ending in (".exe", ".cmd", ".bat"):
        name = name.removesuffix(ending)
    return re.sub(r"^(python3?)[\d.]*$", r"\1", name)


def _host(url: str) -> str:
    found = _URL_HOST.search(url)
    return found[1].lower() if found else ""


# --- what the agent is told ------------------------------------------------------------------------------------------


def reason(loss: Loss, folder: str, script: str) -> str:
    """Why the command is held back, where it would strike, and what to do instead. Never a credential."""
    where = _host(loss.database or _from_dotenv(folder)) if loss.disposable else ""
    place = f" DATABASE_URL names the host {where}." if where else " Which database that is, is not visible from here."
    via = f" (in {_safe(loss.via)})" if loss.via else ""
    instead = f"On a database that nobody misses: python3 {script} --fresh -- COMMAND. Otherwise ask" if loss.disposable else "Ask"
    return (
        f"Held back: `{_safe(loss.command)}`{via} destroys {loss.loses}.{place if loss.disposable else ''} "
        f"{instead} the user first, naming what would be lost; they can run it themselves. [{loss.rule}]"
    )


def _from_dotenv(folder: str) -> str:
    for name in (".env", ".env.local"):
        found = re.search(r"^\s*(?:export\s+)?DATABASE_URL\s*=\s*['\"]?([^'\"\s]+)", _text(folder, name), re.MULTILINE)
        if found:
            return found[1]
    return ""


def _safe(command: str) -> str:
    """A command for the eye: no passwords, no control characters, not long."""
    plain = re.sub(r"://[^@/\s]*@", "://…@", command)
    plain = re.sub(r"(?i)(password|passwd|pwd|token|secret)([= ])\S+", r"\1\2…", plain)
    return "".join(c if c.isprintable() else " " for c in plain)[:160]
