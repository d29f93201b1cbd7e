"""One parser per manifest dialect, all with the same result: what a directory declares, with the line of each dependency.

A parser never raises for what a file holds: it notes the line that it cannot read and goes on.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:
    from backend_agent.records import NamedTuple

RUNTIME = "runtime"
DEV = "dev"
TEST = "test"
OPTIONAL = "optional"


class Dependency(NamedTuple):
    """One declared package. `scope` is runtime | dev | test | optional; lines count from 1, 0 where unknown."""

    name: str
    version: str = ""
    scope: str = RUNTIME
    direct: bool = True
    line: int = 0
    path: str = ""
    """The file that declares it, where that is not the manifest itself (`-r base.txt`, a parent pom)."""


class Manifest:
    """What one file declares. `facts` holds what only some dialects have: scripts, workspaces, modules, plugins, sdk."""

    __slots__ = ("dependencies", "ecosystem", "facts", "name", "path", "problems")

    def __init__(self, path: str, ecosystem: str) -> None:
        self.path = path
        self.ecosystem = ecosystem
        self.name = ""
        self.dependencies: list[Dependency] = []
        self.facts: dict[str, Any] = {}
        self.problems: list[tuple[int, str]] = []

    def add(self, name: str, version: object = "", scope: str = RUNTIME, line: int = 0, direct: bool = True, path: str = "") -> None:
        if name:
            self.dependencies.append(Dependency(name, version if isinstance(version, str) else "", scope, direct, line, path))


# basename → (module, function); what is not named here goes by its ending
BY_NAME = {
    "pyproject.toml": ("python", "pyproject"),
    "Pipfile": ("python", "pipfile"),
    "setup.py": ("python", "setup_py"),
    "setup.cfg": ("python", "setup_cfg"),
    "environment.yml": ("python", "environment"),
    "environment.yaml": ("python", "environment"),
    "package.json": ("node", "package"),
    "project.json": ("node", "nx_project"),
    "deno.json": ("deno", "config"),
    "deno.jsonc": ("deno", "config"),
    "import_map.json": ("deno", "import_map"),
    "go.mod": ("go", "module"),
    "go.work": ("go", "workspace"),
    "Cargo.toml": ("rust", "cargo"),
    "pom.xml": ("maven", "pom"),
    "build.gradle": ("gradle", "build"),
    "build.gradle.kts": ("gradle", "build"),
    "settings.gradle": ("gradle", "settings"),
    "settings.gradle.kts": ("gradle", "settings"),
    "build.sbt": ("scala", "sbt"),
    "build.sc": ("scala", "mill"),
    "build.mill": ("scala", "mill"),
    "deps.edn": ("clojure", "deps"),
    "project.clj": ("clojure", "leiningen"),
    "Gemfile": ("ruby", "gemfile"),
    "gems.rb": ("ruby", "gemfile"),
    "composer.json": ("php", "composer"),
    "mix.exs": ("elixir", "mix"),
    "pubspec.yaml": ("dart", "pubspec"),
    "Package.swift": ("swift", "package"),
}
BY_ENDING = {
    ".csproj": ("dotnet", "project"),
    ".fsproj": ("dotnet", "project"),
    ".vbproj": ("dotnet", "project"),
    ".gemspec": ("ruby", "gemspec"),
}

ECOSYSTEMS = {
    "python": "python", "node": "node", "deno": "deno", "go": "go", "rust": "rust", "maven": "jvm", "gradle": "jvm",
    "scala": "jvm", "clojure": "jvm", "dotnet": "dotnet", "ruby": "ruby", "php": "php", "elixir": "elixir", "dart": "dart",
    "swift": "swift",
}  # fmt: skip


def dialect(path: str) -> "tuple[str, str] | None":
    """The parser of a path as (module, function), None where it is no manifest."""
    base = path.rpartition("/")[2]
    found = BY_NAME.get(base)
    if found:
        return found
    if base.endswith((".txt", ".in", ".pip")):
        return ("python", "requirements") if _is_requirements(path) else None
    dot = base.rfind(".")
    return BY_ENDING.get(base[dot:]) if dot > 0 else None


def _is_requirements(path: str) -> bool:
    folder, _, base = path.rpartition("/")
    stem = base.rpartition(".")[0].lower()
    return "requirements" in stem or stem == "pip" or (folder.rpartition("/")[2] == "requirements" and base.endswith((".txt", ".in")))


def parse(path: str, text: str) -> "Manifest | None":
    """Read one manifest. None where the path is no manifest; what cannot be read stands in `problems`."""
    found = dialect(path)
    if found is None:
        return None
    module, function = found
    manifest = Manifest(path, ECOSYSTEMS[module])
    reader = getattr(_module(module), function)
    reader(manifest, text)
    return manifest


def _module(name: str) -> "Any":
    from importlib import import_module

    return import_module(f"{__name__}.{name}")
