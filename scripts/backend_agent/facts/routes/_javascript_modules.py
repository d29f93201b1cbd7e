"""Which file an import means: relative paths, `tsconfig` paths, packages of the workspace, and the aliases people use."""

import json
import posixpath
import re

from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ENDINGS = (".ts", ".tsx", ".js", ".mjs", ".cjs", ".jsx", ".mts", ".cts")
COMMENTS = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
TRAILING = re.compile(r",(\s*[}\]])")


def loose_json(text: str) -> "dict[str, Any]":
    """JSON as tsconfig files hold it: with comments and trailing commas. {} where it is none."""
    try:
        content = json.loads(TRAILING.sub(r"\1", COMMENTS.sub(lambda m: m.group(1) or "", text)))
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


class Modules:
    """Finds the files that specifiers name."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.kept: dict[tuple[str, str], str | None] = {}
        self.configs: dict[str, tuple[str, dict[str, Any]] | None] = {}
        self.packages: dict[str, tuple[str, dict[str, Any]]] = {}
        self.folders: set[str] = set()
        for path in repository.paths:
            folder = posixpath.dirname(path)
            while folder not in self.folders:
                self.folders.add(folder)
                folder = posixpath.dirname(folder)
        self._listed = False

    def find(self, importer: str, spec: str) -> "str | None":
        """The path of the file, or None: a package from outside, or nothing."""
        key = (posixpath.dirname(importer), spec)
        if key not in self.kept:
            self.kept[key] = self._find(key[0], spec)
        return self.kept[key]

    def _find(self, folder: str, spec: str) -> "str | None":
        if spec.startswith("."):
            return self.file(posixpath.normpath(posixpath.join(folder, spec)))
        return self._configured(folder, spec) or self._workspace(folder, spec) or self._habit(folder, spec)

    def file(self, base: str) -> "str | None":
        """The file that `base` names, with its ending or without, or the index of the folder."""
        base = base.lstrip("/")
        if base.startswith(".."):
            return None
        known = self.repository.exists
        if base.endswith(ENDINGS) and known(base):
            return base
        for ending in ENDINGS:
            if known(base + ending):
                return base + ending
        stem, dot, ending = base.rpartition(".")
        if dot and ending in ("js", "mjs", "cjs", "jsx"):
            for other in ENDINGS:
                if known(stem + other):
                    return stem + other
        if base in self.folders or base in (".", ""):
            for ending in ENDINGS:
                index = posixpath.normpath(f"{base}/index{ending}").lstrip("/")
                if known(index):
                    return index
            package = self.json(f"{base}/package.json")
            main = package.get("main") if package else None
            if isinstance(main, str):
                return self.file(posixpath.normpath(posixpath.join(base, main))) if main not in (".", "./") else None
        return None

    def json(self, path: str) -> "dict[str, Any]":
        return loose_json(self.repository.read(path)) if self.repository.exists(path) else {}

    # ---- tsconfig

    def _configured(self, folder: str, spec: str) -> "str | None":
        at = folder
        while True:
            config = self._config(at)
            if config is not None:
                found = self._by_paths(config, spec)
                if found:
                    return found
            if not at:
                return None
            at = posixpath.dirname(at)

    def _config(self, folder: str) -> "tuple[str, dict[str, Any]] | None":
        if folder not in self.configs:
            self.configs[folder] = self._read_config(folder)
        return self.configs[folder]

    def _read_config(self, folder: str) -> "tuple[str, dict[str, Any]] | None":
        for name in ("tsconfig.json", "jsconfig.json", "tsconfig.base.json", "tsconfig.app.json", "tsconfig.build.json"):
            path = posixpath.join(folder, name)
            for _turn in range(4):
                content = self.json(path)
                options = content.get("compilerOptions")
                options = options if isinstance(options, dict) else {}
                if options.get("paths") or options.get("baseUrl"):
                    here = posixpath.dirname(path)
                    base = str(options.get("baseUrl") or ".")
                    paths = options.get("paths")
                    return posixpath.normpath(posixpath.join(here, base)), paths if isinstance(paths, dict) else {}
                parent = content.get("extends")
                if not isinstance(parent, str) or not parent.startswith("."):
                    break
                path = posixpath.normpath(posixpath.join(posixpath.dirname(path), parent))
                path = path if path.endswith(".json") else f"{path}.json"
        return None

    def _by_paths(self, config: "tuple[str, dict[str, Any]]", spec: str) -> "str | None":
        base, paths = config
        for pattern, targets in paths.items():
            head, star, tail = pattern.partition("*")
            if star:
                if not (spec.startswith(head) and spec.endswith(tail)):
                    continue
                middle = spec[len(head) : len(spec) - len(tail) if tail else None]
            elif spec == pattern:
                middle = ""
            else:
                continue
            for target in targets if isinstance(targets, list) else []:
                found = self.file(posixpath.normpath(posixpath.join(base, str(target).replace("*", middle))))
                if found:
                    return found
        return self.file(posixpath.normpath(posixpath.join(base, spec))) if not spec.startswith("@") else None

    # ---- packages of the repository

    def _list(self) -> None:
        self._listed = True
        for path in self.repository.paths:
            if path.endswith("package.json") and path.rpartition("/")[2] == "package.json":
                content = self.json(path)
                name = content.get("name")
                if isinstance(name, str) and name not in self.packages:
                    self.packages[name] = (posixpath.dirname(path), content)

    def _workspace(self, folder: str, spec: str) -> "str | None":
        if spec.startswith("#"):
            return self._imports_field(folder, spec)
        if not self._listed:
            self._list()
        parts = spec.split("/")
        count = 2 if spec.startswith("@") else 1
        kept = self.packages.get("/".join(parts[:count]))
        if kept is None:
            return None
        home, content = kept
        rest = "/".join(parts[count:])
        if rest:
            return self.file(posixpath.join(home, rest)) or self.file(posixpath.join(home, "src", rest))
        for name in ("source", "module", "main", "types"):
            main = content.get(name)
            if isinstance(main, str):
                found = self.file(posixpath.normpath(posixpath.join(home, main)))
                if found:
                    return found
        return self.file(posixpath.join(home, "src")) or self.file(posixpath.join(home, "src/index")) or self.file(home)

    def _imports_field(self, folder: str, spec: str) -> "str | None":
        at = folder
        while True:
            imports = self.json(posixpath.join(at, "package.json")).get("imports")
            if isinstance(imports, dict):
                for pattern, target in imports.items():
                    if isinstance(target, dict):
                        target = target.get("default") or target.get("import")
                    head, star, _tail = pattern.partition("*")
                    if isinstance(target, str) and ((star and spec.startswith(head)) or spec == pattern):
                        return self.file(posixpath.normpath(posixpath.join(at, target.replace("*", spec[len(head) :]))))
            if not at:
                return None
            at = posixpath.dirname(at)

    def _habit(self, folder: str, spec: str) -> "str | None":
        """`@/x`, `~/x` and `src/x` without a configuration that says so: the nearest folder above that holds it."""
        rest = spec[2:] if spec[:2] in ("@/", "~/") else spec[1:] if spec[:1] in "@~" and "/" in spec else spec
        if spec[:1] not in "@~" and not spec.startswith(("src/", "app/", "lib/", "server/")):
            return None
        at = folder
        while True:
            for inner in ("", "src", "app"):
                found = self.file(posixpath.normpath(posixpath.join(at, inner, rest)))
                if found:
                    return found
            if not at:
                return None
            at = posixpath.dirname(at)
