"""Read and parse each file once, for all topics that want it, and keep the facts by content in the user's cache.

A topic is a module with `NAME`, `VERSION` (raise it when its facts change shape or meaning), `wants(path, language, text)`, a cheap
test on the text that avoids parsing, and `extract(source)`, which returns what JSON can hold: lists, dictionaries, strings, numbers.
"""

import importlib
import os
import re
import sys
import time

from backend_agent import patterns
from backend_agent.facts import store
from backend_agent.facts.source import SourceFile, kind_of
from backend_agent.repository.files import Problem, Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    Facts = Any
    """The JSON-able facts of one file for one topic; only that topic knows their shape."""

    class Topic(Protocol):
        __name__: str
        NAME: str
        VERSION: int

        def wants(self, path: str, language: str, text: str) -> bool: ...
        def extract(self, source: SourceFile) -> Facts: ...


PARALLEL_FROM = 150
"""Files to parse from which a second process pays for its start."""
PER_BATCH = 200
"""Files between two words about how far it is."""
TELL_AFTER = 2.0
"""Seconds that a reading takes before it is spoken of."""


def collect(repository: Repository, topics: "list[Topic]", paths: "list[str] | None" = None) -> "dict[str, dict[str, Facts]]":
    """Facts per topic name per path, of the files below `paths` (all by default). Files that cannot be parsed are problems."""
    installed = _installed(repository)
    wanted = [path for path in (repository.paths if paths is None else paths) if kind_of(path) and not path.startswith(installed)]
    stores = {topic.NAME: store.load(repository.root, topic) for topic in topics}
    result: dict[str, dict[str, Facts]] = {topic.NAME: {} for topic in topics}
    todo: list[tuple[str, str, list[str]]] = []
    for path in wanted:
        stamp = _stamp(repository.absolute(path))
        missing = []
        for name, kept in stores.items():
            found = kept.get(path, stamp) if stamp else None
            if found is None:
                missing.append(name)
            elif found[0] is not None:
                result[name][path] = found[0]
        if missing:
            todo.append((path, stamp, missing))
    for path, stamp, name, facts in _extract_all(repository, [t.__name__ for t in topics], todo):
        stores[name].put(path, stamp, facts)
        if facts is not None:
            result[name][path] = facts
    for kept in stores.values():
        kept.save(wanted if paths is None else None)
    if todo:  # in the order of the paths, whatever was kept
        order = {path: number for number, path in enumerate(wanted)}
        result = {name: dict(sorted(facts.items(), key=lambda pair: order[pair[0]])) for name, facts in result.items()}
    return result


_MARKS = ("vendor/modules.txt", "vendor/composer/installed.json", "vendor/autoload.php")
"""What Go and Composer write where they put the packages they bring."""


def _installed(repository: Repository) -> "tuple[str, ...]":
    """Folders of the repository that a package manager fills: their code is the libraries', and says nothing of this backend."""
    said = [path for path in repository.paths if path.endswith(_MARKS) and f"/{path}".endswith(tuple(f"/{mark}" for mark in _MARKS))]
    return tuple(sorted({path[: f"/{path}".rindex("/vendor/")] + "vendor/" for path in said}))


def _extract_all(
    repository: Repository, topics: "list[str]", todo: "list[tuple[str, str, list[str]]]"
) -> "list[tuple[str, str, str, Facts]]":
    work = [(path, stamp, names, repository.read(path)) for path, stamp, names in todo]
    for path, *_ in todo:
        repository.forget(path)
    cpus = os.cpu_count() or 1
    if len(work) < PARALLEL_FROM or cpus < 2 or sys.platform == "win32":
        batches = [_extract_batch(topics, work)]
    else:
        batches = _in_processes(topics, work, cpus)
    rows = []
    found = []
    for batch, problems in batches:
        rows.extend(batch)
        found.extend(problems)
    repository.problems.extend(Problem(path, reason) for path, reason in sorted(found))
    return rows


def _in_processes(topics: "list[str]", work: "list[Any]", cpus: int) -> "list[Any]":
    import multiprocessing

    parts = max(min(cpus, 8) * 2, min(len(work) // PER_BATCH, 64))
    began = time.monotonic()
    context = multiprocessing.get_context("fork" if sys.platform != "darwin" else "spawn")
    with context.Pool(min(cpus, 8)) as pool:
        jobs = [pool.apply_async(_in_process, (topics, work[i::parts])) for i in range(parts)]
        done = []
        for job in jobs:
            batch, learnt = job.get()
            patterns.learn(*learnt)
            done.append(batch)
            _tell(f"… {len(done) * 100 // parts} % of {len(work):,} source files are read", began)
    _tell("", began)
    return done


def _tell(text: str, began: float) -> None:
    """Say on a terminal how far a long first reading is, in one line that goes away again."""
    if time.monotonic() - began > TELL_AFTER and sys.stderr.isatty():
        sys.stderr.write(f"\r{text:60}" if text else f"\r{'':60}\r")
        sys.stderr.flush()


def _in_process(topics: "list[str]", work: "list[Any]") -> "tuple[Any, Any]":
    """A batch, with the expressions that were compiled for it."""
    return _extract_batch(topics, work), patterns.heard()


_DATA = re.compile(r"\w{4000,}")
"""A picture or key written as one word: no reader learns from it, and an expression that begins with a word
would begin at each of its letters."""


def _extract_batch(topics: "list[str]", work: "list[Any]") -> "tuple[list[Any], list[tuple[str, str]]]":
    rows: list[Any] = []
    problems = []
    by_name = {module.NAME: module for module in (importlib.import_module(name) for name in topics)}
    for path, stamp, names, whole in work:
        text = _DATA.sub(lambda run: "0." * (len(run[0]) // 2) + "0" * (len(run[0]) % 2), whole)
        source = SourceFile(path, text, kind_of(path) or "")
        for name in names:
            topic = by_name[name]
            facts = None
            try:
                if text and topic.wants(path, source.language, text):
                    facts = topic.extract(source)
            except BaseException as error:  # ast-grep panics with a BaseException
                if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
                    raise
                problems.append((path, f"{name} facts could not be read ({type(error).__name__}: {error})"))
                if os.environ.get("BACKEND_AGENT_DEBUG"):
                    raise
                continue  # not kept: the next run has to say it again
            rows.append((path, stamp, name, facts))
    return rows, problems


def _stamp(full: str) -> str:
    try:
        status = os.stat(full)
    except OSError:
        return ""
    return f"{status.st_size}.{status.st_mtime_ns}.{status.st_ctime_ns}.{status.st_ino}"
