"""An OpenAPI document of the repository, held beside the routes that the code registers: where they differ is worth a look.

Only paths and methods are read: JSON as JSON, YAML line by line, since a document of a megabyte takes seconds through a YAML parser.
"""

import json
import re

from backend_agent.model import Endpoint
from backend_agent.repository.files import READ_LIMIT, Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from backend_agent.records import NamedTuple

_NAME = re.compile(r"(^|/)[\w.-]*(openapi|swagger|api-docs|api-spec)[\w.-]*\.(json|ya?ml)$", re.IGNORECASE)
_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
MOST_DOCUMENTS = 3
LEAST_OVERLAP = 0.3
"""Share of a document's operations that the code must have; below it the document is of another service."""


class Operation(NamedTuple):
    method: str
    path: str


class Described(NamedTuple):
    """One operation as a document describes it, for code that is written after the document."""

    method: str
    path: str
    line: int
    id: str
    schemes: "tuple[str, ...] | None"
    """Names of the security schemes of which one must be met; empty: none; None: the document says nothing about security."""
    module: str
    """`x-openapi-router-controller` of connexion."""


def described(text: str) -> "list[Described]":
    """The operations of a YAML document with what ties them to code. JSON is YAML written by machines: it is read as JSON."""
    if text.lstrip()[:1] == "{":
        return _described_json(text)
    reader = _Yaml()
    for number, raw in enumerate(text.split("\n"), 1):
        match = _YAML_LINE.match(raw)
        if match:
            reader.line(number, len(match.group(1)), bool(match.group(2)), match.group(3), (match.group(4) or "").strip("'\" "))
    reader.close()
    return [one if one.schemes is not None else one._replace(schemes=reader.everywhere) for one in reader.found]


_CONTROLLERS = ("x-openapi-router-controller", "x-swagger-router-controller")
_YAML_LINE = re.compile(r"(\s*)(- )?['\"]?([^'\":\s#{][^'\":]*|/[^'\"]*?|\{\})['\"]?(?::(?=\s|$)\s*(.*?))?\s*$")


class _Yaml:
    """The operations of a document, from its lines: the keys below `paths:` and how far they are indented decide."""

    def __init__(self) -> None:
        self.found: list[Described] = []
        self.everywhere: tuple[str, ...] | None = None
        self.top = ""
        self.path, self.path_depth = "", -1
        self.module = ""
        self.made: Described | None = None
        self.verb_depth = -1
        self.listing = -1

    def close(self) -> None:
        if self.made:
            self.found.append(self.made)
        self.made = None

    def line(self, number: int, depth: int, dash: bool, key: str, value: str) -> None:
        if dash and 0 <= self.listing <= depth:
            self.scheme(key)
            return
        self.listing = -1
        if depth == 0:
            self.close()
            self.top, self.path = key, ""
        if key == "security" and (depth == 0 or (self.made and depth > self.verb_depth)):
            self.listing = depth
            self.scheme(None)
        elif self.top == "paths" and depth:
            self.below(number, depth, key, value)

    def below(self, number: int, depth: int, key: str, value: str) -> None:
        if key.startswith("/") and (self.path_depth < 0 or depth <= self.path_depth):
            self.close()
            self.path, self.path_depth, self.verb_depth, self.module = key, depth, -1, ""
        elif self.path and key in _METHODS and depth > self.path_depth and (self.verb_depth < 0 or depth <= self.verb_depth):
            self.close()
            self.made = Described(key.upper(), self.path, number, "", None, self.module)
            self.verb_depth = depth
        elif self.made and depth > self.verb_depth and key == "operationId":
            self.made = self.made._replace(id=value)
        elif key in _CONTROLLERS and self.made and depth > self.verb_depth:
            self.made = self.made._replace(module=value)
        elif key in _CONTROLLERS:
            self.module = value

    def scheme(self, name: "str | None") -> None:
        """One more scheme that may be met; `{}` stands for none at all."""
        before = self.made.schemes if self.made else self.everywhere
        now: tuple[str, ...] = () if name is None or name == "{}" else (*(before or ()), name)
        if name == "{}":
            self.listing = -1
        if self.made:
            self.made = self.made._replace(schemes=now)
        else:
            self.everywhere = now


def _described_json(text: str) -> "list[Described]":
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return []
    paths = content.get("paths") if isinstance(content, dict) else None
    found = []
    for path, item in paths.items() if isinstance(paths, dict) else []:
        for method, operation in item.items() if isinstance(item, dict) else []:
            if method in _METHODS and isinstance(operation, dict):
                said = str(operation.get("operationId") or "")
                at = text.find(f'"{said}"') if said else -1
                module = next((str(o[c]) for o in (operation, item) for c in _CONTROLLERS if c in o), "")
                schemes = _schemes(operation.get("security", content.get("security")))
                found.append(Described(method.upper(), path, text.count("\n", 0, max(at, 0)) + 1, said, schemes, module))
    return found


def _schemes(said: object) -> "tuple[str, ...] | None":
    if not isinstance(said, list):
        return None
    if any(one == {} for one in said):
        return ()
    return tuple(str(name) for one in said if isinstance(one, dict) for name in one)


def base_of(text: str) -> str:
    """The path of the first server of a document."""
    match = re.search(r"^\s*-?\s*['\"]?(?:url|basePath)['\"]?:\s*['\"]?([^'\"\s,]+)", text, re.MULTILINE)
    return _base(match.group(1)) if match else ""


def documents(repository: Repository, folder: str = ".") -> "list[tuple[str, list[Operation]]]":
    """The documents of a service with their operations; a path holds the base path of the document."""
    found: list[tuple[str, list[Operation]]] = []
    for path in repository.paths:
        if _NAME.search(path) and (folder == "." or path.startswith(folder + "/")) and len(found) < MOST_DOCUMENTS:
            text = repository.read(path)
            operations = _json(text) if path.endswith(".json") else _yaml(text)
            if operations and len(text) < READ_LIMIT:
                found.append((path, operations))
    return found


def _json(text: str) -> "list[Operation]":
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return []
    paths = content.get("paths") if isinstance(content, dict) else None
    if not isinstance(paths, dict):
        return []
    servers = content.get("servers")
    server = servers[0].get("url") if isinstance(servers, list) and servers and isinstance(servers[0], dict) else ""
    base = _base(str(content.get("basePath") or server or ""))
    return [
        Operation(method.upper(), base + path)
        for path, item in paths.items()
        if isinstance(item, dict)
        for method in item
        if method in _METHODS
    ]


def _yaml(text: str) -> "list[Operation]":
    found: list[Operation] = []
    base, inside, path, indent = "", False, "", -1
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip())
        if depth == 0 and line.strip():
            inside = line.startswith("paths:")
            match = re.match(r"basePath:\s*['\"]?([^'\"\s]+)", line)
            base = _base(match.group(1)) if match else base
            continue
        server = re.match(r"\s*-?\s*url:\s*['\"]?([^'\"\s]+)", line)
        if server and not inside and not base:
            base = _base(server.group(1))
        if not inside:
            continue
        named = re.match(r"\s+['\"]?(/[^'\":]*)['\"]?:\s*(#.*)?$", line)
        if named and (indent < 0 or depth <= indent):
            path, indent = named.group(1), depth
            continue
        method = re.match(r"\s+(\w+):", line)
        if path and method and depth > indent and method.group(1) in _METHODS:
            found.append(Operation(method.group(1).upper(), path))
    return [Operation(o.method, base + o.path) for o in dict.fromkeys(found)]


def _base(url: str) -> str:
    path = re.sub(r"^[a-z]+://[^/]+|^\{[^}]*\}", "", url).rstrip("/")
    return path if path.startswith("/") and "{" not in path else ""


def _shape(path: str) -> str:
    """A path with its parameters and its case forgotten."""
    segments = [re.sub(r"^([{:<*].*|.*\{.*)$", "{}", segment.lower()) for segment in path.split("?")[0].split("/") if segment]
    return "/" + "/".join(segments)


def compare(path: str, operations: "list[Operation]", endpoints: "tuple[Endpoint, ...]") -> str:
    """One line on where a document and the code differ; "" where the document is of another service."""
    code = {(e.route.method, _shape(e.route.path)) for e in endpoints}
    prefixes = {""} | {"/" + "/".join(_shape(e.route.path).strip("/").split("/")[:n]) for e in endpoints[:400] for n in (1, 2)}
    shapes = [(o.method, _shape(o.path)) for o in operations]
    spelled = {shape: f"{o.method} {o.path}" for o, shape in zip(operations, shapes, strict=True)}

    def matched(prefix: str) -> "list[tuple[str, str]]":
        return [
            s for s in shapes if (s[0], (prefix + s[1]).rstrip("/") or "/") in code or ("ANY", (prefix + s[1]).rstrip("/") or "/") in code
        ]

    prefix = max(sorted(prefixes), key=lambda p: len(matched(p)))
    same = set(matched(prefix))
    if len(same) < LEAST_OVERLAP * len(shapes):
        return ""
    missing = [spelled[s] for s in shapes if s not in same]
    said = {(m, (prefix + s).rstrip("/") or "/") for m, s in shapes}
    extra = sorted(f"{m} {s}" for m, s in code if (m, s) not in said and m != "ANY")
    parts = [f"{path}: {len(same)} of {len(shapes)} operations are in the code"]
    if missing:
        parts.append(f"not in the code: {', '.join(missing[:4])}" + (f" and {len(missing) - 4} more" if len(missing) > 4 else ""))
    if extra:
        parts.append(f"{len(extra)} routes are not in the document, as {', '.join(extra[:3])}")
    return "; ".join(parts)
