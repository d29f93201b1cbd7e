"""The conventions of a service in one glance: roots, layers, errors, migrations and their head, formatter settings, rules to read.

It looks at the list of paths first and reads little: formatter settings and, for some migration tools, the revision lines.
"""

import re

from backend_agent.stack.manifests.text import Toml, dig
from backend_agent.stack.words import at, under

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from backend_agent.repository.files import Repository
    from backend_agent.stack.services import Service
else:
    from backend_agent.records import NamedTuple

LAYERS = {
    "routes": "routes routers router controllers controller handlers handler endpoints api httpapi rest resources views web http",
    "services": "services service usecases use_cases usecase",
    "repositories": "repositories repository repos repo dao daos store stores persistence queries crud",
    "models": "models model entities entity",
    "schemas": "schemas schema dto dtos serializers requests validators contracts",
    "migrations": "migrations migrate migration versions alembic",
    "jobs": "jobs job workers worker tasks queues consumers listeners",
}
"""Layer → names of folders that play it."""

_ROLE = {name: layer for layer, names in LAYERS.items() for name in names.split()}
_LESS = {
    **dict.fromkeys(("core", "domain", "application", "business"), "services"),
    **dict.fromkeys(("postgres", "postgresql", "pgstore", "mysql", "sqlite", "mongo", "mongodb", "db", "database"), "repositories"),
}
"""Names that play a layer only where no folder is called after it."""
_FILES = {
    "routes": re.compile(
        r"(?:Controller|Endpoint|Router|Routes)s?\.(?:java|kt|cs|scala|php)$|Resource\.(?:java|kt)$|"
        r"[._](?:controller|router|routes|resolver|handler)s?\.(?:[cm]?[jt]s|rb|exs?|py|go)$|(?:^|/)(?:controller|router|routes|handlers?)\.(?:py|go|rs|[jt]s)$"
    ),
    "services": re.compile(
        r"(?:Service|ServiceImpl|UseCase|Interactor)\.(?:java|kt|cs|scala|php)$|[._]service\.(?:[cm]?[jt]s|rb|py|go)$|(?:^|/)services?\.(?:py|go|rs)$"
    ),
    "repositories": re.compile(
        r"(?:Repository|RepositoryImpl|Repo|Dao|DAO)\.(?:java|kt|cs|scala|php)$|[._](?:repository|repo|dao)\.(?:[cm]?[jt]s|rb|py|go)$|"
        r"(?:^|/)(?:repository|repositories|dao|crud)\.(?:py|go|rs)$"
    ),
}
"""How files of a layer are called where folders are features: `accounts/AccountController.java`."""
_HINTS = {
    "routes": ("ontroller", "ndpoint", "outer", "outes", "andler", "esource", "esolver"),
    "services": ("ervice", "UseCase", "Interactor"),
    "repositories": ("epo", "Dao", "dao", "DAO", "crud"),
}
"""Parts of such names, by which paths are sought."""
_SOURCE = (
    ".py", ".ts", ".tsx", ".js", ".mjs", ".cjs", ".go", ".rs", ".java", ".kt", ".cs", ".fs", ".rb", ".php",
    ".ex", ".exs", ".scala", ".clj", ".sql",
)  # fmt: skip
_TESTS = frozenset({"test", "tests", "spec", "specs", "__tests__", "e2e"})
_ERRORS = re.compile(
    r"(?:^|/)(?:errors?|exceptions?|problems?|api_?error|app_?error|http_?errors?|error_?handlers?)(?:/(?:mod|index|__init__))?\.\w+$",
    re.IGNORECASE,
)
_RULES = (
    "AGENTS.md", "CLAUDE.md", "CONTRIBUTING.md", "CONTRIBUTING.rst", ".github/CONTRIBUTING.md",
    "docs/CONTRIBUTING.md", ".editorconfig", "CODEOWNERS",
    ".github/CODEOWNERS", "docs/CODEOWNERS", ".github/pull_request_template.md",
    ".github/PULL_REQUEST_TEMPLATE.md", ".github/copilot-instructions.md",
    ".cursorrules", "GEMINI.md", ".pre-commit-config.yaml", "commitlint.config.js", "commitlint.config.cjs", "commitlint.config.mjs",
    "commitlint.config.ts", ".commitlintrc.json", ".commitlintrc.yml", ".czrc", ".gitmessage", "STYLE.md",
    "STYLEGUIDE.md", "ARCHITECTURE.md",
)  # fmt: skip
_FRONTENDS = ("web", "frontend", "client", "ui", "webui", "assets", "website")
_SKILL = re.compile(r"(?:^|/)\.(?:agents|claude)/skills/[^/]+/SKILL\.md$")
PER_LAYER = 4
"""Folders of one layer that are told."""
MOST_SKILLS = 20
HEAD_FILES = 400
"""Migrations whose revision lines are read to find the head."""


class Migrations(NamedTuple):
    """Where migrations lie and the newest ones: more than one head means that two branches wait to be merged."""

    folder: str
    files: int
    heads: "tuple[str, ...]"


class Conventions(NamedTuple):
    """Paths are from the repository's root. `formatter` holds line_length, quotes, indent and `from`, as far as they are said."""

    source_roots: "tuple[str, ...]" = ()
    test_roots: "tuple[str, ...]" = ()
    layers: "dict[str, tuple[str, ...]]" = {}  # noqa: RUF012  a named tuple's default is never written
    errors: "tuple[str, ...]" = ()
    migrations: "tuple[Migrations, ...]" = ()
    formatter: "dict[str, str]" = {}  # noqa: RUF012
    rules: "tuple[str, ...]" = ()
    skills: "tuple[str, ...]" = ()

    def lines(self) -> "list[str]":
        """At most four lines for a person: where what lies, and which rules to read."""
        layers = [f"{role} {_told(folders)}" for role, folders in self.layers.items() if role != "migrations"]
        layers += [f"errors {self.errors[0]}"] if self.errors else []
        moves = [f"{one.folder} ({one.files}), head {', '.join(one.heads[:2])}" for one in self.migrations[:2]]
        style = [f"{key.replace('_', ' ')} {value}" for key, value in self.formatter.items() if key != "from"]
        style += [f"({self.formatter['from']})"] if style else []
        rows = [("layers", " · ".join(layers)), ("migrations", " · ".join(moves)), ("style", " ".join(style))]
        rows.append(("read", ", ".join([*self.rules[:5], *self.skills[:3]])))
        return [f"{name}  {text}" for name, text in rows if text]


def conventions(repository: "Repository", service: "Service") -> Conventions:
    """What a glance at the folders of a service tells."""
    prefix = "" if service.path == "." else f"{service.path}/"
    folders = _without_frontend(repository, service, _sources(repository, service.path), prefix)
    sources = {folder: count for folder, count in folders.items() if not _is_test(folder[len(prefix) :])}
    own = _of_language(repository, service, sources, prefix)
    return Conventions(
        source_roots=_source_roots(sources, prefix),
        test_roots=_test_roots(folders, prefix),
        layers=_layers(own, prefix, _by_files(repository, service.path, own)),
        errors=_errors(repository, service.path, own),
        migrations=_migrations(repository, folders, service),
        formatter=_formatter(repository, service.path),
        rules=_rules(repository, service.path),
        skills=(*(path for path in _hidden(repository) if _SKILL.search(path)), *_shipped(repository, service))[:MOST_SKILLS],
    )


def _sources(repository: "Repository", path: str) -> "dict[str, int]":
    """The folders of a service that hold sources, with how many."""
    found = repository.index.folders(_SOURCE)
    return found if path == "." else {one: count for one, count in found.items() if one == path or one.startswith(path + "/")}


def _without_frontend(repository: "Repository", service: "Service", folders: "dict[str, int]", prefix: str) -> "dict[str, int]":
    """A frontend beside a service in another language has no layer of it."""
    if {"typescript", "javascript"} & set(service.language.ids):
        return folders
    beside = tuple(f"{prefix}{name}" for name in _FRONTENDS if repository.exists(f"{prefix}{name}/package.json"))
    return {folder: count for folder, count in folders.items() if not f"{folder}/".startswith(tuple(f"{one}/" for one in beside))}


_ENDINGS = {
    "python": (".py",), "typescript": (".ts", ".js", ".mjs", ".cjs", ".tsx"), "javascript": (".ts", ".js", ".mjs", ".cjs", ".tsx"),
    "go": (".go",), "rust": (".rs",), "java": (".java", ".kt"), "kotlin": (".kt", ".java"), "csharp": (".cs",), "fsharp": (".fs",),
    "ruby": (".rb",), "php": (".php",), "elixir": (".ex", ".exs"), "scala": (".scala",), "clojure": (".clj",),
}  # fmt: skip
_SHOWN = frozenset({"php", "go", "ruby"})
"""Languages in whose projects `resources` holds pages, translations and what is embedded, and no code of routes."""


def _of_language(repository: "Repository", service: "Service", folders: "dict[str, int]", prefix: str) -> "dict[str, int]":
    """The folders of code in the service's own language: SQL, pages and translations are no layer."""
    endings = tuple(ending for language in service.language.ids for ending in _ENDINGS.get(language, ()))
    if not endings:
        return folders
    counted = repository.index.folders(endings)
    found = {folder: counted[folder] for folder in folders if counted.get(folder)}
    if _SHOWN & set(service.language.ids):
        found = {folder: count for folder, count in found.items() if "resources" not in _parts(folder, prefix)[:1]}
    return found


def _errors(repository: "Repository", path: str, sources: "dict[str, int]") -> "tuple[str, ...]":
    """Modules that define or map errors, the highest first."""
    below = "" if path == "." else f"{path}/"
    found = [
        one
        for one in repository.index.containing("rror", "xception", "roblem")
        if one.startswith(below) and one.endswith(_SOURCE) and _ERRORS.search(one) and (one.rpartition("/")[0] or ".") in sources
    ]
    return tuple(sorted(found, key=lambda one: (one.count("/"), one))[:PER_LAYER])


def _is_test(folder: str) -> bool:
    return not _TESTS.isdisjoint(folder.lower().split("/"))


def _parts(folder: str, prefix: str) -> "list[str]":
    """The names of a folder below the service."""
    below = folder[len(prefix) :] if folder.startswith(prefix) else ""
    return below.split("/") if below and below != "." else []


def _source_roots(sources: "dict[str, int]", prefix: str) -> "tuple[str, ...]":
    """The folders right below the service with most of its sources; the service's own folder where they lie there."""
    counts: dict[str, int] = {}
    for folder, count in sources.items():
        parts = _parts(folder, prefix)
        deep = 3 if parts[:2] == ["src", "main"] else 1
        root = "/".join(parts[:deep]) if len(parts) >= deep else ""
        counts[root] = counts.get(root, 0) + count
    total = sum(sources.values())
    kept = [root for root, count in counts.items() if root and count * 10 >= total]
    kept = kept or ([""] if counts else [])
    return tuple((prefix + root).rstrip("/") or "." for root in sorted(kept, key=lambda root: (-counts[root], root))[:3])


def _test_roots(folders: "dict[str, int]", prefix: str) -> "tuple[str, ...]":
    counts: dict[str, int] = {}
    for folder, count in folders.items():
        parts = _parts(folder, prefix)
        at_test = next((position for position, part in enumerate(parts) if part.lower() in _TESTS), -1)
        if at_test >= 0:
            root = prefix + "/".join(parts[: at_test + 1])
            counts[root] = counts.get(root, 0) + count
    return tuple(sorted(counts, key=lambda root: (-counts[root], root))[:3])


def _told(folders: "tuple[str, ...]") -> str:
    """The first folder, or the one above where several features have the layer."""
    above = {folder.rpartition("/")[0] for folder in folders}
    return f"{above.pop() or '.'}/*" if len(folders) > 2 and len(above) == 1 else folders[0]


def _by_files(repository: "Repository", path: str, sources: "dict[str, int]") -> "dict[str, dict[str, int]]":
    """Role → folder → files whose names say that they play it."""
    below = "" if path == "." else f"{path}/"
    found: dict[str, dict[str, int]] = {}
    for role, pattern in _FILES.items():
        folders = found.setdefault(role, {})
        for one in repository.index.containing(*_HINTS[role]):
            folder = one.rpartition("/")[0] or "."
            if one.startswith(below) and folder in sources and pattern.search(one):
                folders[folder] = folders.get(folder, 0) + 1
    return found


_CONTROLLERS = frozenset({"controllers", "controller", "handlers"})


def _named(sources: "dict[str, int]", prefix: str) -> "tuple[dict[str, dict[str, int]], dict[str, dict[str, int]]]":
    """Role → folder → sources, by the names of folders: those after a layer, and those that only often are one."""
    counts: dict[str, dict[str, int]] = {}
    less: dict[str, dict[str, int]] = {}
    for source, count in sources.items():
        parts = _parts(source, prefix)
        for position, part in enumerate(parts):
            folder = prefix + "/".join(parts[: position + 1])
            role, weak = _ROLE.get(part.lower()), _LESS.get(part.lower())
            if position and part == "resources" and parts[position - 1] in ("main", "test"):
                continue  # what Maven and Gradle put beside the classes
            if role == "models" and not _CONTROLLERS.isdisjoint(one.lower() for one in parts[:position]):
                continue  # the controllers of something that is called a model
            if role:
                of_role = counts.setdefault(role, {})
                of_role[folder] = of_role.get(folder, 0) + count
            elif weak and (weak == "services" or (position == len(parts) - 1 and f"{source}/migrate" not in sources)):
                of_role = less.setdefault(weak, {})
                of_role[folder] = of_role.get(folder, 0) + count
    return counts, less


def _layers(sources: "dict[str, int]", prefix: str, files: "dict[str, dict[str, int]]") -> "dict[str, tuple[str, ...]]":
    """Role → folders, the fullest first; a folder inside another of the same role is not told.

    Where most files of a role lie outside the folders named after it, they tell it: a `web` folder of filters holds no controllers.
    """
    named, less = _named(sources, prefix)
    found = {}
    for role in LAYERS:
        folders = named.get(role, {})
        told = files.get(role, {})
        inside = sum(count for folder, count in told.items() if any(f"{folder}/".startswith(f"{one}/") for one in folders))
        all_told = sum(told.values())
        if (told and not folders) or (len(told) > 1 and all_told > 2 * inside and all_told * 5 >= sum(folders.values())):
            folders = told
        folders = folders or less.get(role, {})
        outer = [folder for folder in folders if not any(folder.startswith(f"{other}/") for other in folders)]
        if outer:
            found[role] = tuple(sorted(outer, key=lambda folder: (-folders[folder], folder))[:PER_LAYER])
    return found


# --- migrations ---------------------------------------------------------------------------------------------------

_NUMBERED = re.compile(r"^(?:V|R)?(\d{3,}|\d+)(?=[_.\-]|__)")
_WAY = re.compile(r"[._](?:up|down)(?=\.\w+$)")
"""The two ways of one migration, each in a file of its own."""
_REVISION = re.compile(r"^(down_)?revision\b[^=\n]*=\s*(.+)$", re.MULTILINE)
_ID = re.compile(r"[\"']([\w-]+)[\"']")
_MIGRATION_FOLDERS = frozenset({"migrations", "migration", "migrate", "versions"})


def _migrations(repository: "Repository", sources: "dict[str, int]", service: "Service") -> "tuple[Migrations, ...]":
    folders: dict[str, list[str]] = {}
    for folder in sources:
        parts = folder.lower().split("/")
        above = parts[-1] in _MIGRATION_FOLDERS
        if not above and not (len(parts) > 1 and parts[-2] in _MIGRATION_FOLDERS):
            continue
        for path in repository.index.below(folder):
            base = path[len(folder) + 1 :]
            if "/" in base or not base.endswith(_SOURCE) or base.startswith(("__init__", "env.")) or not (above or base == "migration.sql"):
                continue
            folders.setdefault(folder.rpartition("/")[0] if base == "migration.sql" else folder, []).append(path)
    found = []
    for folder, paths in sorted(folders.items()):
        alembic = "alembic" in service.migration.ids and folder.endswith("versions")
        heads = _alembic_heads(repository, paths) if alembic else _newest(paths, folder)
        steps = {_WAY.sub("", path) for path in paths if not path.endswith((".Designer.cs", "ModelSnapshot.cs"))}
        if heads:
            found.append(Migrations(folder, len(steps), heads))
    found.sort(key=lambda one: -one.files)
    return tuple(found[:PER_LAYER])


def _alembic_heads(repository: "Repository", paths: "list[str]") -> "tuple[str, ...]":
    """The revisions that no other one stands on, by their revision lines."""
    revisions, below = {}, set()
    for path in paths[:HEAD_FILES]:
        for down, value in _REVISION.findall(repository.read(path)):
            ids = _ID.findall(value)
            if down:
                below.update(ids)
            elif ids:
                revisions[ids[0]] = path
    return tuple(sorted(path.rpartition("/")[2] for revision, path in revisions.items() if revision not in below))


def _newest(paths: "list[str]", folder: str) -> "tuple[str, ...]":
    """The last file by its number or time stamp."""
    names = [path[len(folder) + 1 :].split("/")[0] for path in paths]
    numbered = [
        (int(hit[1]), name) for name in names if (hit := _NUMBERED.match(name)) and not name.endswith((".down.sql", ".Designer.cs"))
    ]
    return (max(numbered)[1],) if numbered else ()


# --- formatter and rules ------------------------------------------------------------------------------------------


def _formatter(repository: "Repository", folder: str) -> "dict[str, str]":
    """What formatters are told, the service's own files before the repository's."""
    said: dict[str, str] = {}
    for place in dict.fromkeys((folder, ".")):
        for name, reader in (
            ("pyproject.toml", _from_pyproject), ("ruff.toml", _from_ruff), (".prettierrc", _from_prettier),
            (".prettierrc.json", _from_prettier),
            (".rustfmt.toml", _from_rust), ("rustfmt.toml", _from_rust), (".editorconfig", _from_editorconfig),
        ):  # fmt: skip
            path = at(place, name)
            if repository.exists(path):
                new = {key: value for key, value in reader(repository.read(path)).items() if value and key not in said}
                if new:
                    said.update(new)
                    said.setdefault("from", path)
    return said


def _from_pyproject(text: str) -> "dict[str, str]":
    if "[tool.ruff" not in text and "[tool.black" not in text:
        return {}
    tool = dig(Toml(text).tree, "tool") or {}
    length = dig(tool, "ruff", "line-length") or dig(tool, "black", "line-length") or ""
    return {"line_length": str(length), "quotes": str(dig(tool, "ruff", "format", "quote-style") or "")}


def _from_ruff(text: str) -> "dict[str, str]":
    tree = Toml(text).tree
    return {"line_length": str(dig(tree, "line-length") or ""), "quotes": str(dig(tree, "format", "quote-style") or "")}


def _from_prettier(text: str) -> "dict[str, str]":
    single = re.search(r"singleQuote[\"']?\s*:\s*(true|false)", text)
    quotes = {"true": "single", "false": "double"}.get(single[1], "") if single else ""
    tabs = re.search(r"useTabs[\"']?\s*:\s*true", text)
    return {"line_length": _number(text, "printWidth"), "quotes": quotes, "indent": "tab" if tabs else _number(text, "tabWidth")}


def _number(text: str, key: str) -> str:
    found = re.search(rf"{key}[\"']?\s*[:=]\s*(\d+)", text)
    return found[1] if found else ""


def _from_rust(text: str) -> "dict[str, str]":
    return {"line_length": _number(text, "max_width"), "indent": _number(text, "tab_spaces")}


def _from_editorconfig(text: str) -> "dict[str, str]":
    section = re.search(r"^\[\*\]\s*\n((?:(?!\[).*\n?)*)", text, re.MULTILINE)
    body = section[1] if section else ""
    tab = re.search(r"indent_style\s*=\s*tab", body)
    return {"line_length": _number(body, "max_line_length"), "indent": "tab" if tab else _number(body, "indent_size")}


def _rules(repository: "Repository", folder: str) -> "tuple[str, ...]":
    places = dict.fromkeys((folder, "."))
    return tuple(at(place, name) for place in places for name in _RULES if repository.exists(at(place, name)))


def _hidden(repository: "Repository") -> "list[str]":
    """Paths of skills that the project keeps; what is installed is not searched."""
    return [path for start in (".agents/skills/", ".claude/skills/") for path in under(repository, start)]


_PACKED = ("skills", ".agents/skills", ".claude/skills")
"""Where a package keeps the skills that it ships, from its own folder."""


def _shipped(repository: "Repository", service: "Service") -> "list[str]":
    """Skills of installed libraries, for those that the service itself declares: they know the version that is in use."""
    from backend_agent.stack import manifests

    installed = _installed(repository, service)
    if not installed or not repository.exists(service.manifest):
        return []
    manifest = manifests.parse(service.manifest, repository.read(service.manifest))
    names = sorted({one.name.partition("[")[0] for one in manifest.dependencies}) if manifest is not None else []
    found = []
    for place, ecosystem in installed:
        for name in names:
            package = f"{place}/{name.replace('-', '_') if ecosystem == 'python' else name}"
            for folder in _PACKED:
                below = [f"{package}/{folder}/{skill}" for skill in repository.names(f"{package}/{folder}")]
                found += [f"{skill}/SKILL.md" for skill in below if "SKILL.md" in repository.names(skill)]
    return found


def _installed(repository: "Repository", service: "Service") -> "list[tuple[str, str]]":
    """The folders that hold installed packages, the service's own before those of the repository."""
    found = []
    for place in dict.fromkeys((service.path, ".")):
        if set(service.language.ids) & {"typescript", "javascript"} and repository.names(at(place, "node_modules")):
            found.append((at(place, "node_modules"), "node"))
        for name in (".venv", "venv") if "python" in service.language.ids else ():
            libraries = [f"lib/{one}" for one in repository.names(at(place, f"{name}/lib")) if one.startswith("python")] or ["Lib"]
            found += [
                (at(place, f"{name}/{one}/site-packages"), "python")
                for one in libraries
                if repository.names(at(place, f"{name}/{one}/site-packages"))
            ]
    return found
