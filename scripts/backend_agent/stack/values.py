"""From a unit's dependencies, configuration and scripts to the ids of each field, by the catalogs."""

import re

from backend_agent import catalog
from backend_agent.repository.files import Repository
from backend_agent.repository.paths import Paths
from backend_agent.stack.manifests import DEV, OPTIONAL, TEST, Dependency
from backend_agent.stack.services import Evidence, Value
from backend_agent.stack.units import Unit, normal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CATALOGS = {"deno": "node"}
TOOLS = frozenset({"test", "lint", "typecheck", "migration"})
"""Fields whose packages may be dependencies of development."""

_PLAIN = frozenset({"auth", "queue", "cache", "validation", "framework"})
"""Fields in which an extra of Python is a choice that most installations do not make."""

USED = frozenset({"python", "node", "deno", "ruby", "php"})
"""Ecosystems in which a linter's package alone says little: configuration or a call must show that it runs."""

MOST_SOURCES = 400
"""Source files that are read at most where only the code can tell."""


class Knowledge:
    """The catalog of one ecosystem, with its packages turned around: name → (field, id)."""

    def __init__(self, ecosystem: str) -> None:
        self.fields: dict[str, dict[str, Any]] = {}
        self.exact: dict[str, list[tuple[str, str]]] = {}
        self.prefixes: list[tuple[str, str, str]] = []
        for field, entries in catalog.load("stacks", CATALOGS.get(ecosystem, ecosystem)).items():
            if isinstance(entries, dict):
                self.fields[field] = {id_: _entry(spec) for id_, spec in entries.items()}
        for field, entries in self.fields.items():
            for id_, entry in entries.items():
                for package in entry["packages"]:
                    name = normal(ecosystem, package)
                    if name.endswith("*"):
                        self.prefixes.append((name[:-1], field, id_))
                    else:
                        self.exact.setdefault(name, []).append((field, id_))

    def meanings(self, package: str) -> "list[tuple[str, str]]":
        found = list(self.exact.get(package, ()))
        found.extend((field, id_) for prefix, field, id_ in self.prefixes if package.startswith(prefix))
        misses = self.fields
        return [pair for pair in found if package not in misses[pair[0]][pair[1]]["misses"]]


def _entry(spec: "Any") -> "dict[str, Any]":
    if isinstance(spec, str):
        spec = {"packages": [spec]}
    elif isinstance(spec, list):
        spec = {"packages": spec}
    return {"packages": [], "misses": [], **spec}


_knowledge: "dict[str, Knowledge]" = {}


def knowledge(ecosystem: str) -> Knowledge:
    if ecosystem not in _knowledge:
        _knowledge[ecosystem] = Knowledge(ecosystem)
    return _knowledge[ecosystem]


def known(ecosystem: str) -> bool:
    return CATALOGS.get(ecosystem, ecosystem) in catalog.names("stacks")


def shared(part: str) -> "Any":
    """A part of the catalog that all ecosystems share."""
    return catalog.load("stacks", "shared")[part]


class Words:
    """What the repository says that it runs: CI, make, task files and pre-commit; read once."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.texts: list[tuple[str, str]] = [(path, repository.read(path)) for path in _word_files(repository)]
        self._hits: dict[str, list[tuple[str, int, str]]] = {}
        self._configuration: frozenset[str] | None = None

    def configuration(self, pattern: str) -> "frozenset[str]":
        """The paths of files that may name a store; sought once for the whole repository."""
        if self._configuration is None:
            search = re.compile(pattern, re.IGNORECASE).search
            know, index = catalog.load("stacks", "shared"), self.repository.index
            near = {*index.named(*know["configuration_names"]), *index.containing(".env", "/settings/", "\0settings/")}
            near.update(index.beginning(tuple(know["configuration_starts"]), tuple(know["configuration_endings"])))
            self._configuration = frozenset(filter(search, near))
        return self._configuration

    def _lines(self, pattern: str) -> "list[tuple[str, int, str]]":
        """(path, line, text) of every line that a pattern hits: the whole file first, since most files have none."""
        found: list[tuple[str, int, str]] = []
        whole, one = re.compile(pattern, re.MULTILINE), re.compile(pattern)
        for path, text in self.texts:
            done = -1
            for match in whole.finditer(text):
                start = text.rfind("\n", 0, match.start()) + 1
                end = text.find("\n", match.start())
                line = text[start : end if end >= 0 else len(text)]
                if start == done or not line or len(line) >= 500 or line.lstrip().startswith(_SAID) or _PINNED.match(line):
                    continue
                done = start
                if one.search(line):
                    found.append((path, text.count("\n", 0, start) + 1, line))
        return found

    def find(self, pattern: str, folder: str) -> "Evidence | None":
        """The first line that a pattern hits, in the folder's own files first, then in those of the repository."""
        if pattern not in self._hits:
            self._hits[pattern] = self._lines(pattern)
        best: Evidence | None = None
        for path, number, line in self._hits[pattern]:
            own = folder == "." or path.startswith(folder + "/")
            if own or "/" not in path or path.startswith((".github/", ".gitlab", ".circleci/", "ci/")):
                found = Evidence(path, number, line.strip()[:120])
                if own and folder != ".":
                    return found
                best = best or found
        return best


_SAID = (
    "#",
    "//",
    "- name:",
    "name:",
    "id:",
    "echo",
    "if:",
    "- if:",
    "key:",
    "path:",
    "files:",
    "sarif_file:",
    "category:",
    "additional_dependencies:",
)
"""Lines that speak of a tool and do not run it."""


_PINNED = re.compile(r"^\s*- [\w.\[\]-]+[=~<>]=[\w.*]+\s*$")
"""A package that a hook of pre-commit takes along."""


def _word_files(repository: Repository) -> "list[str]":
    """The files that say what is run."""
    names = catalog.load("stacks", "shared")["word_files"]
    spellings = dict.fromkeys(form for name in names for form in (name, name.capitalize(), name.upper()))
    found = set(repository.index.ending(*_WORD_ENDINGS)) | set(repository.index.named(*spellings))
    return [path for path in sorted(found) if _is_word_file(path)]


_WORD_ENDINGS = (".yml", ".yaml", ".sh", ".bash")


def _is_word_file(path: str) -> bool:
    folder, _, base = path.rpartition("/")
    low = base.lower()
    if folder.startswith(
        (".github/workflows", ".github/actions", ".circleci", ".buildkite", ".woodpecker", ".gitea/workflows", ".forgejo/workflows")
    ):
        return low.endswith((".yml", ".yaml", ".sh"))
    if low in catalog.load("stacks", "shared")["word_files"] and folder.count("/") < 3:
        return (
            "." in low
            or low in {"makefile", "gnumakefile", "justfile", "rakefile", "jenkinsfile"}
            or folder.rpartition("/")[2] in {"scripts", "bin", "script"}
        )
    return (
        low.endswith((".sh", ".bash"))
        and folder.rpartition("/")[2] in {"scripts", "script", "bin", "ci", ".ci", "hack", "dev"}
        and folder.count("/") < 2
    )


class Reader:
    """The values of one unit. `own` are the paths below it that no other service's folder holds."""

    def __init__(self, repository: Repository, unit: Unit, words: Words, own: Paths, root: "Unit | None") -> None:
        self.repository = repository
        self.unit = unit
        self.words = words
        self.own = own
        self.root = root
        self.know = knowledge(unit.ecosystem)
        self.found: dict[str, dict[str, Evidence]] = {}
        self.versions: dict[tuple[str, str], str] = {}
        self.optional: dict[str, dict[str, Evidence]] = {}
        """What only extras declare: it counts where the field has nothing else."""
        self._sources: list[tuple[str, str]] | None = None
        self._collect()

    # dependencies

    def _collect(self) -> None:
        for dependency, path in self.unit.deps.values():
            self._take(dependency, path, own=True)
        for other in self.unit.closure():
            chosen = self.unit.ecosystem == "rust" and self._by_choice(other)
            for dependency, path in other.deps.values():
                if chosen and dependency.name in self.know.exact and ("framework" in {f for f, _ in self.know.exact[dependency.name]}):
                    continue
                tools = frozenset({"migration", "lint", "typecheck"}) if other.ecosystem == "elixir" else frozenset({"migration"})
                only = tools if dependency.scope in {DEV, TEST} else frozenset()
                self._take(dependency, path, own=False, only=only)
        if self.root is not None and self.root is not self.unit:
            for dependency, path in self.root.deps.values():
                self._take(dependency, path, own=False, only=frozenset({"test", "lint", "typecheck"}))
        for field, found in self.optional.items():
            if not self.found.get(field):
                self.found[field] = dict(found)

    def _take(self, dependency: Dependency, path: str, own: bool, only: "frozenset[str]" = frozenset()) -> None:
        name = normal(self.unit.ecosystem, dependency.name)
        meanings = self.know.meanings(name)
        if self.unit.ecosystem == "jvm" and "/" in name:  # Clojure's way to write a group and its artifact
            meanings += self.know.meanings(name.replace("/", ":", 1))
        if self.unit.ecosystem == "jvm" and ":" in name:
            meanings += self.know.meanings("*:" + name.partition(":")[2])
        for field, id_ in meanings:
            if only and field not in only:
                continue
            if field == "framework" and not own and (dependency.scope == OPTIONAL or not self._framework_from_afar(id_)):
                continue
            if field not in TOOLS and dependency.scope in {DEV, TEST}:
                continue
            if not dependency.direct and self.unit.ecosystem in {"go", "python"}:
                continue
            if dependency.scope == OPTIONAL and field in _PLAIN and self.unit.ecosystem == "python":
                self.optional.setdefault(field, {}).setdefault(id_, Evidence(path, dependency.line, dependency.name))
                continue
            line = dependency.line
            signal = f"{dependency.name} {dependency.version}".strip()
            if id_ not in self.found.setdefault(field, {}):
                self.found[field][id_] = Evidence(path, line, signal)
                packages = self.know.fields[field][id_]["packages"]
                if name in {id_, packages[0] if packages else ""} or name.rpartition("/")[2] == id_:
                    self.versions[(field, id_)] = dependency.version

    def _by_choice(self, other: Unit) -> bool:
        """Whether a crate is linked only where a feature asks for it: a command line that can start a daemon is no service."""
        names = {normal("rust", m.name) for m in other.manifests if m.name}
        return any(self.unit.deps[name][0].scope == OPTIONAL for name in names if name in self.unit.deps)

    def _framework_from_afar(self, id_: str) -> bool:
        """A framework that only a referenced module declares: JVM and .NET services share one web module, Rust ones a lib crate."""
        war = self.unit.fact("packaging") == "war"  # what a servlet container starts: its controllers stand in the modules it packs
        return self.unit.ecosystem in {"rust", "jvm", "elixir"} and (war or not self.know.fields["framework"][id_].get("weak"))

    # questions

    def sources(self) -> "list[tuple[str, str]]":
        """(path, text) of the unit's own sources, entries first."""
        if self._sources is None:
            endings = _ENDINGS[self.unit.ecosystem]
            paths = [p for p in self.own.ending(*endings) if not _TEST.search(p) and not _BUNDLED.search(p)]
            paths.sort(key=lambda p: (0 if _ENTRY.search(p) else 1, p.count("/"), p))
            self._sources = [(path, self.repository.read(path)) for path in paths[:MOST_SOURCES]]
        return self._sources

    def in_code(self, pattern: str) -> "Evidence | None":
        regex = re.compile(pattern)
        for path, text in self.sources():
            match = regex.search(text)
            if match:
                return Evidence(path, text.count("\n", 0, match.start()) + 1, match.group()[:80])
        return None

    def in_code_near(self, pattern: str) -> "Evidence | None":
        """As `in_code`, and then in the units that this one is linked with."""
        found = self.in_code(pattern)
        if found is not None:
            return found
        regex, endings = re.compile(pattern), _ENDINGS[self.unit.ecosystem]
        folders = sorted({other.path for other in self.unit.closure() if other.path != "."})
        paths = [p for folder in folders for p in self.repository.index.below(folder) if p.endswith(endings) and not _TEST.search(p)]
        for path in paths[:MOST_SOURCES]:
            text = self.repository.read(path)
            match = regex.search(text)
            if match:
                return Evidence(path, text.count("\n", 0, match.start()) + 1, match.group()[:80])
        return None

    def value(self, field: str) -> Value:
        """The ids of a field, superseded and weak ones dropped, with their evidence."""
        entries = self.know.fields.get(field, {})
        found: dict[str, Evidence] = {}
        for id_, entry in entries.items():
            evidence = self._entry(field, id_, entry)
            if evidence is not None:
                found[id_] = evidence
        strong = [id_ for id_ in found if not entries[id_].get("weak")]
        if strong:
            found = {id_: found[id_] for id_ in strong}
        dropped = {other for id_ in found for other in entries[id_].get("supersedes", ())}
        ids = tuple(id_ for id_ in found if id_ not in dropped)
        version = next((self.versions.get((field, id_), "") for id_ in ids if self.versions.get((field, id_))), "")
        return Value(ids, tuple(found[id_] for id_ in ids), version)

    def _entry(self, field: str, id_: str, entry: "dict[str, Any]") -> "Evidence | None":
        declared = self.found.get(field, {}).get(id_)
        if field in {"lint", "typecheck", "test"} or entry.get("commands"):
            used = self._used(entry)
            if declared is not None:
                needs = entry.get("needs_use") or (field == "lint" and self.unit.ecosystem in USED)
                return declared if used is not None or not needs else None
            keyed = used is not None and used.signal == entry.get("key")
            if used is not None and (not entry["packages"] or keyed or (field in {"lint", "typecheck"} and self._called(entry))):
                return used
        elif declared is not None:
            if entry.get("needs_use"):
                return declared if entry.get("code") and self.in_code(entry["code"]) else None
            if entry.get("code") and entry.get("weak"):
                return declared if self.in_code(entry["code"]) else None
            return declared
        if entry.get("files") and (declared is not None or not (entry.get("needs_use") and entry["packages"])):
            for pattern in entry["files"]:
                path = self.own.first(pattern)
                if path is not None:
                    return declared or Evidence(path, 0, "present")
        if entry.get("code") and (not entry["packages"] or field == "migration") and self._may_be(field, id_):
            return self.in_code(entry["code"]) or (self._in_migrations(entry["code"]) if field == "migration" else None)
        return None

    def _in_migrations(self, pattern: str) -> "Evidence | None":
        """The code of migrations: it stands in a folder of that name, or in the library that keeps the data."""
        regex = re.compile(pattern)
        endings = _ENDINGS[self.unit.ecosystem]
        near = (
            tuple(other.path + "/" for other in self.unit.closure() if other.path != ".") if self.unit.ecosystem in {"go", "rust"} else ()
        )
        paths = [p for p in self.own.containing("migrat", "Migrat") if p.endswith(endings)]
        paths += [p for folder in near for p in self.repository.index.below(folder[:-1]) if p.endswith(endings) and not _TEST.search(p)]
        for path in paths[:MOST_SOURCES]:
            text = self.repository.read(path)
            match = regex.search(text)
            if match:
                return Evidence(path, text.count("\n", 0, match.start()) + 1, match.group()[:80])
        return None

    def _may_be(self, field: str, id_: str) -> bool:
        """Reading the code is the last resort, for what has no package: not where a declared one answers already."""
        return not any(other != id_ and not self.know.fields[field][other].get("weak") for other in self.found.get(field, {}))

    def _called(self, entry: "dict[str, Any]") -> bool:
        """Whether a script, CI or a hook calls a tool that no manifest declares: configuration alone may be an editor's, or left over."""
        if not entry.get("commands"):
            return True
        return self._in_scripts(entry) is not None or self.words.find(entry["commands"], self.unit.path) is not None

    def _used(self, entry: "dict[str, Any]") -> "Evidence | None":
        folders = [self.unit.path, "."] if self.unit.path != "." else ["."]
        for folder in folders:
            for name in entry.get("config", ()):
                path = name if folder == "." else f"{folder}/{name}"
                if self.repository.exists(path):
                    return Evidence(path, 0, "configuration")
        for manifest in [*self.unit.manifests, *(self.root.manifests if self.root is not None else [])]:
            tools = manifest.facts.get("tools")
            if entry.get("table") and isinstance(tools, dict) and entry["table"] in tools:
                line = tools[entry["table"]]
                return Evidence(manifest.path, line if isinstance(line, int) else 0, f"[tool.{entry['table']}]")
            if entry.get("key") and entry["key"] in (manifest.facts.get("keys") or ()):
                return Evidence(manifest.path, 0, entry["key"])
        if entry.get("commands"):
            return self._in_scripts(entry) or self.words.find(entry["commands"], self.unit.path)
        return None

    def _in_scripts(self, entry: "dict[str, Any]") -> "Evidence | None":
        regex = re.compile(entry["commands"])
        for manifest in [*self.unit.manifests, *(self.root.manifests if self.root is not None else [])]:
            scripts = manifest.facts.get("scripts")
            for name, text in scripts.items() if isinstance(scripts, dict) else ():
                if isinstance(text, str) and regex.search(text):
                    return Evidence(manifest.path, 0, f"{name}: {text[:80]}")
        return None


_ENDINGS = {
    "python": (".py",), "node": (".ts", ".js", ".mjs", ".cjs", ".mts"), "deno": (".ts", ".js", ".tsx"), "go": (".go",), "rust": (".rs",),
    "jvm": (".java", ".kt", ".scala", ".clj"), "dotnet": (".cs", ".fs"),
    "ruby": (".rb", ".ru"), "php": (".php",), "elixir": (".ex", ".exs"),
    "dart": (".dart",), "swift": (".swift",),
}  # fmt: skip
_TEST = re.compile(r"(^|/)(tests?|specs?|__tests__|fixtures|node_modules|vendor|migrations)/|[._-](test|spec)\.\w+$|(^|/)test_|_test\.")
_BUNDLED = re.compile(r"\.min\.js$|(^|/)(dist|static|assets|bower_components)/.*\.js$")
"""What browsers are sent: no source of a service."""
_ENTRY = re.compile(r"(^|/)(main|app|server|index|wsgi|asgi|program|startup|application|__init__)\.\w+$", re.IGNORECASE)
