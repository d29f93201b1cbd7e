"""Runs the routers of Rust as values: a router is the list of its routes, and nesting, merging and layers make longer lists."""

import re

from backend_agent.facts.routes import _guards
from backend_agent.facts.routes._flow import BASE, BASE_NAMES
from backend_agent.facts.routes.paths import UNKNOWN, join, squeeze
from backend_agent.model import Guard, Route, Unresolved

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from backend_agent.repository.files import Repository

    Node = Any
    Row = Any

VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "any"})
MACRO = re.compile(r"#\[\s*(?:\w+::)*(get|post|put|patch|delete|head|options|route)\(\s*\"([^\"]*)\"")
SKIP = re.compile(r"(?:^|/)(?:tests?|examples?|benches|docs?)/")
MODULE = re.compile(r"(?:^|/)src/|/?(?:mod|lib|main)\.rs$|\.rs$")
ROOTS = frozenset({"crate", "self", "super"})
MOST_FILES = 3_000
STATIC = re.compile(r"\bServe(?:Dir|File)\b|\bFiles\b|\bNamedFile\b|\bMemoryServe\b")
REQUIRES = re.compile(r"\bRequire[A-Z]\w*|^login_required$|^permission_required$")
"""Layers of libraries that are known to turn somebody away: any other name says nothing."""
LAYERS = frozenset({"layer", "route_layer", "wrap", "wrap_fn", "guard"})
HARMLESS = re.compile(
    r"(?i)trace|cors|compress|timeout|limit|logger|normaliz|state|extension|metric|header|catch|request_?id|sentry|otel|telemetry|services::|files"
)
SAME_TEXT = frozenset(
    {"concat", "join", "to_string", "to_owned", "as_str", "as_ref", "clone", "into", "unwrap", "trim_end_matches", "trim"}
)
"""Methods whose result is the text that they are called on, as far as a path goes."""
STEPS = 200_000


class Rust:
    """The routers of one repository. A row: [method, path, handler, file, line, guard, framework]."""

    def __init__(self, facts: "dict[str, Any]", repository: "Repository | None" = None) -> None:
        self.repository = repository
        self.unread: dict[str, list[str]] = {}
        """Files that hold nothing of a router, by the name of their module: handlers are looked for there."""
        self.crates = _crates(repository) if repository is not None else {}
        for path in repository.paths if repository is not None else ():
            if path.endswith(".rs") and path not in facts and not SKIP.search(path):
                self.unread.setdefault(_module(path)[-1], []).append(path)
        self.kept = {path: unit for path, unit in facts.items() if not SKIP.search(path)} or facts
        self.fns: dict[str, list[tuple[dict[str, Any], str]]] = {}
        self.consts: dict[str, str] = {}
        self.renamed: dict[str, str] = {}
        """`pub use core::routes as core_routes`: what another module calls by its new name."""
        self.extractors: dict[str, Any] = {}
        self.left: set[tuple[str, int, str]] = set()
        self.used: set[int] = set()
        self.stack: list[int] = []
        self.steps = 0
        self.modules: dict[str, list[str]] = {}
        for path, unit in sorted(self.kept.items()):
            self.add(path, unit)

    def add(self, path: str, unit: "dict[str, Any]") -> None:
        self.consts.update(unit["consts"])
        self.extractors.update(unit["guards"])
        self.modules[path] = self.module(path)
        self.renamed.update({alias: whole for alias, whole in unit["uses"].items() if whole.rpartition("::")[2] != alias})
        for fn in unit["fns"]:
            self.fns.setdefault(fn["name"], []).append((fn, path))

    def module(self, path: str) -> "list[str]":
        """The module that a file is, below the name of its crate where a Cargo.toml gives one."""
        head, found, rest = path.rpartition("src/")
        crate = self.crates.get(head) if found else None
        return [crate, *(m for m in _module(rest) if m)] if crate else _module(path)

    def load(self, module: "list[str]", file: str) -> None:
        """Reads the file of a module that was left out, and what lies in its folder where the module only gathers others."""
        some = self.unread.get(module[-1], []) if module else []
        some = [path for path in some if _shared(self.module(path), module) >= len([m for m in module if m not in ROOTS])]
        for path in sorted(some, key=lambda p: -near(p, file))[:1]:
            self.unread[module[-1]].remove(path)
            text = self.repository.read(path) if self.repository is not None and len(self.modules) < MOST_FILES else ""
            if text:
                from backend_agent.facts.routes._rust_ir import Reader
                from backend_agent.facts.source import SourceFile

                self.kept[path] = Reader(SourceFile(path, text, "rust")).facts()
                self.add(path, self.kept[path])

    def all(self) -> "tuple[list[Route], list[Unresolved]]":
        found: list[Row] = []
        every = [f for some in self.fns.values() for f in some if f[0]["body"]]
        results = [(fn, path, self.call(fn, path)) for fn, path in every]
        for fn, _, rows in results:
            if id(fn) not in self.used:
                found.extend(row for row in _close(rows) if row[0] != "\0scope")
        seen = {(row[2], row[3], row[4]) for row in found}
        for some in self.fns.values():
            for fn, path in some:
                for row in self.macros(fn, path):
                    if row[6] != "axum" and (row[2], row[3], row[4]) not in seen:
                        row[5] = Guard("unknown") if row[5].state == "open" else row[5]
                        self.left.add(
                            (path, row[4], "nothing that mounts this handler was found: its path is given as if nothing stood before it")
                        )
                        found.append(row)
        once = {(row[0], row[1], *row[2:5]): row for row in reversed(found)}
        return [self.route(row) for row in reversed(once.values())], [Unresolved(*row) for row in sorted(self.left)]

    def route(self, row: "Row") -> Route:
        verb, path, handler, file, at, guard, framework = row
        if BASE in path:
            self.based(file, at)
            path = squeeze(path.replace(BASE, ""))
        path = path if path.startswith("/") else f"/{path}"
        fn, where = self.handler(handler, file)
        if fn is not None and guard.state == "open":
            guard = self.extracted(fn, where)
        first, last = (fn["line"], fn["end"]) if fn is not None else (0, 0)
        body = next((m.group(1) for _, t in (fn["params"] if fn else []) if (m := re.search(r"\bJson<([\w:]+)", t))), "")
        names = tuple(a or b for a, b in re.findall(r"\{\*?(\w+)|[:<](\w+)", path))
        return Route(verb, path, handler, file, at, guard, framework, where, first, last, body, names)

    def based(self, file: str, at: int) -> None:
        reason = "routes are served below a base path that the configuration sets; it is left out here"
        if not any(said == reason for _file, _line, said in self.left):
            self.left.add((file, at, reason))

    def handler(self, name: str, file: str) -> "tuple[dict[str, Any] | None, str]":
        if not name:
            return None, ""
        unit = self.kept.get(file) or {"uses": {}, "globs": []}
        first, _, rest = name.partition("::")
        whole = f"{unit['uses'][first]}::{rest}".removesuffix("::") if first in unit["uses"] else name
        above = whole.split("::")[:-1]
        globs = [g.split("::") for g in unit["globs"]] if not above else []
        for module in (above, *globs):
            self.load(module, file)
        some = self.fns.get(whole.rpartition("::")[2], [])

        def rank(one: "tuple[dict[str, Any], str]") -> "tuple[bool, int, bool, int]":
            module = [*self.modules.get(one[1], []), *([one[0]["owner"]] if one[0]["owner"] else [])]
            tail = max((_shared(module, path) for path in (above, *globs)), default=0)
            return bool(above) and one[0]["owner"] == above[-1], tail, one[1] == file, near(one[1], file)

        return max(some, key=rank) if some else (None, "")

    def rejects(self, name: str, depth: int = 0) -> bool:
        """Whether an extractor of this repository can refuse a request, by itself or by one that it asks first."""
        own, lets_in, below = self.extractors.get(name, (False, False, ()))
        return bool(own) or (not lets_in and depth < 5 and any(self.rejects(other, depth + 1) for other in below))

    def extracted(self, fn: "dict[str, Any]", file: str) -> Guard:
        for _, typed in fn["params"]:
            outer = re.sub(r"^&?(?:'\w+ )?", "", typed).partition("<")[0].rpartition("::")[2]
            if outer in ("Json", "Path", "Query", "State", "Form", "Extension", "Data"):
                continue
            if typed.startswith(("Option", "Maybe", "Result")):
                continue
            if outer in self.extractors and self.rejects(outer) and not re.search(r"(?i)maybe|optional|session", outer):
                return Guard("guarded", outer, f"extractor {file}:{fn['line']}")
            if _guards.meaning(outer) == "guard" or re.search(r"(?i)user|auth|session|claims|identity|token|admin", outer):
                known = self.rejects(outer) and not re.search(r"(?i)maybe|optional|session", outer)
                return Guard("guarded" if known else "unknown", outer, f"extractor {file}:{fn['line']}")
        return Guard("open")

    def macros(self, fn: "dict[str, Any]", path: str) -> "list[Row]":
        rows: list[Row] = []
        for text, at in fn["attrs"]:
            found = MACRO.search(text)
            if found is None:
                rows.extend(_documented(text, fn["name"], path, at))
                continue
            verbs = [found.group(1).upper()] if found.group(1) != "route" else re.findall(r"method\s*=\s*\"(\w+)\"", text) or ["ANY"]
            rocket = bool(re.search(r"data\s*=|<\w+(?:\.\.)?>|rank\s*=|format\s*=", text))
            guard = re.search(r"\b(?:wrap|guard)\s*=\s*\"([^\"]+)\"", text)
            state = Guard("unknown", guard.group(1), f"{path}:{at}") if guard else Guard("open")
            rows.extend(
                [v, found.group(2).partition("?")[0], fn["name"], path, at, state, "rocket" if rocket else "actix-web"] for v in verbs
            )
        return rows

    # ---- running

    def handed(self, fn: "dict[str, Any]", where: str, args: "list[Node]", path: str, env: "dict[str, Any]") -> "list[Row]":
        """The routes that a function makes of the routers that it is given; where it shows none, those that it was given."""
        values = [self.value(a, path, env) if a and a[0] in "icB" else None for a in args]
        rows = self.call(fn, where, values)
        return rows or [row for value in values if isinstance(value, list) for row in value]

    def call(self, fn: "dict[str, Any]", path: str, args: "list[Any] | None" = None) -> "list[Row]":
        if id(fn) in self.stack or len(self.stack) > 40 or fn["body"] is None:
            return []
        self.stack.append(id(fn))
        env: dict[str, Any] = {
            name: args[at] if args and at < len(args) and isinstance(args[at], list) else []
            for at, (name, typed) in enumerate(fn["params"])
            if "ServiceConfig" in typed or "Router" in typed or "Scope" in typed
        }
        rows = self.block(fn["body"], path, env)
        for name, typed in fn["params"]:
            if "ServiceConfig" in typed:
                rows = [*env.get(name, []), *rows] if rows is not env.get(name) else rows
        self.stack.pop()
        # A router that is served and not returned: the last one made holds those before it.
        given = {name for name, _ in fn["params"]}
        seen = {(row[0], *row[2:5]) for row in rows}
        for name in reversed([n for n in env if n not in given]):
            kept = _close(env[name]) if isinstance(env[name], list) else []
            fresh = [row for row in kept if (row[0], *row[2:5]) not in seen]
            seen.update((row[0], *row[2:5]) for row in fresh)
            rows = [*rows, *fresh]
        return rows

    def block(self, body: "list[Node]", path: str, env: "dict[str, Any]") -> "list[Row]":
        result: list[Row] = []
        loose: list[Row] = []
        for at, statement in enumerate(body):
            self.steps += 1
            if self.steps > STEPS:
                break
            tree = statement[2] if statement[0] == "let" else statement[1]
            found = self.value(tree, path, env)
            if statement[0] == "let":
                env.pop(statement[1], None)
                env[statement[1]] = found
            elif isinstance(found, list):
                root = _root(tree)
                if root in env and isinstance(env[root], list) and at < len(body) - 1:
                    env[root] = found
                elif at == len(body) - 1:
                    result = found
                else:
                    loose.extend(found)
        return [*loose, *result]

    def text(self, node: "Node", env: "dict[str, Any]") -> str:
        if node and node[0] == "s":
            return str(node[1])
        if node and node[0] == "i":
            kept = env.get(node[1])
            return kept if isinstance(kept, str) else self.named(node[1])
        if node and node[0] == "m":
            return self.named(str(node[2]))
        if node and node[0] == "a":
            return "".join(self.text(part, env) for part in node[1])
        if node and node[0] == "c" and node[1] and node[1][0] == "m":
            return self.text(node[1][1], env) if node[1][2] in SAME_TEXT else self.named(str(node[1][2]))
        if node and node[0] == "!" and node[1] in ("format", "concat") and node[2]:
            first, rest = node[2][0].strip('"'), [self.within(p, env) for p in node[2][1:]]
            first = re.sub(r"\{\}", lambda _: rest.pop(0) if rest else UNKNOWN, first)
            return re.sub(r"(?<!\{)\{([A-Za-z]\w*)\}(?!\})", lambda m: self.within(m.group(1), env), first)
        return UNKNOWN

    def within(self, written: str, env: "dict[str, Any]") -> str:
        """What an argument of `format!` is worth: a variable, a constant, a field."""
        kept = env.get(written)
        return kept if isinstance(kept, str) else self.named(written.removeprefix("&").rpartition(".")[2])

    def named(self, name: str) -> str:
        """A constant; the base path of a deployment; else unknown."""
        last = name.rpartition("::")[2]
        return self.consts.get(last, BASE if BASE_NAMES.search(last) else UNKNOWN)

    def value(self, node: "Node", path: str, env: "dict[str, Any]") -> "Any":
        if not node:
            return None
        kind = node[0]
        if kind == "s":
            return node[1]
        if kind == "i":
            return env.get(node[1])
        if kind in ("B", "f"):
            return self.block(node[1], path, dict(env))
        if kind == "!":
            return self.listed(node, path) if node[1] == "routes" else [] if node[1] == "vec" else None
        if kind != "c" or not node[1]:
            return None
        if node[1][0] == "m":
            return self.method(str(node[1][2]), node, path, env)
        return self.function(str(node[1][1]) if node[1][0] == "i" else "", node, path, env)

    def listed(self, node: "Node", path: str) -> "list[Row]":
        rows: list[Row] = []
        for name in node[2]:
            fn, where = self.handler(name, path)
            if fn is not None:
                rows.extend([*row[:6], row[6] if row[6] == "axum" else "rocket"] for row in self.macros(fn, where))
        return rows

    def function(self, name: str, node: "Node", path: str, env: "dict[str, Any]") -> "Any":
        last = name.rpartition("::")[2]
        if last == "new" and name.endswith("App::new"):
            return [["\0scope", "", "", path, node[3], Guard("open"), "actix-web"]]
        if name in ("Vec::new", "Vec::with_capacity"):
            return []
        verbs = _filtered(last, node[2])
        if verbs:
            return [[verb, "", _label(node[2][-1]), path, node[3], Guard("open"), "axum"] for verb in verbs]
        from_web = self.from_web(name, path)
        if name.endswith(("web::scope", "web::resource")) or (from_web and last in ("scope", "resource")):
            return [["\0scope", self.text(node[2][0], env) if node[2] else "", "", path, node[3], Guard("open"), "actix-web"]]
        known = name not in self.fns or self.from_axum(name, path)
        if last in VERBS and known and (name.startswith(("web::", "actix_web::web::")) or node[2] or from_web):
            framework = "actix-web" if "web::" in name or from_web else "axum"
            return [[last.upper(), "", _label(node[2][0]) if node[2] else "", path, node[3], Guard("open"), framework]]
        if last not in self.fns and "::" in name:
            self.load(name.split("::")[:-1], path)
            name = self.renamed.get(last, name)
            last = name.rpartition("::")[2]
        some = self.fns.get(last, [])
        fn, where = self.handler(name, path) if some and not name.startswith(("Router::", "App::")) else (None, "")
        if fn is not None and fn["body"] is not None and id(fn) not in self.stack:
            self.used.add(id(fn))
            return self.handed(fn, where, node[2], path, env)
        rows = [v for a in node[2] for v in (self.value(a, path, env) if a else None,) if isinstance(v, list) and v]
        return [row for some_rows in rows for row in some_rows] if rows else []

    def from_axum(self, name: str, path: str) -> bool:
        """Whether a bare `get` is the one of `axum::routing`, although a function of the repository has that name too."""
        unit = self.kept.get(path)
        if unit is None or name.startswith(("routing::", "axum::routing::")):
            return unit is not None
        return "routing" in unit["uses"].get(name, "") or any(g.endswith("axum::routing") for g in unit["globs"])

    def from_web(self, name: str, path: str) -> bool:
        """Whether a bare `scope` or `get` is the one of `actix_web::web`."""
        unit = self.kept.get(path)
        if unit is None or "::" in name:
            return False
        return bool(unit["uses"].get(name, "").endswith(f"web::{name}")) or any(g.endswith("actix_web::web") for g in unit["globs"])

    def configured(self, node: "Node", path: str, env: "dict[str, Any]") -> "Any":
        """The rows of what `merge`, `service` and `configure` are given: a value, a function's name, or a closure."""
        if node and node[0] == "f":
            return self.block(node[1], path, {**env, **{name: [] for name in node[2]}})
        return self.value(node, path, env)

    def method(self, name: str, node: "Node", path: str, env: "dict[str, Any]") -> "Any":
        left = self.value(node[1][1], path, env)
        rows: list[Row] = left if isinstance(left, list) else []
        args = node[2]
        verbs = _filtered(name, args) or ([name.upper()] if name in VERBS and len(args) == 1 else [])
        if verbs and rows and rows[-1][6] == "axum" and rows[-1][1] == "":
            return [*rows, *([verb, "", _label(args[-1]), path, node[3], rows[-1][5], "axum"] for verb in verbs)]
        if name == "to" and rows and args:
            made = [[*row[:2], _label(args[0]), *row[3:]] for row in rows if row[0] != "\0scope"]
            marks = [row for row in rows if row[0] == "\0scope"]
            return made or [*marks, ["ANY", "", _label(args[0]), path, node[3], Guard("open"), "actix-web"]]
        if (name in ("route", "route_service", "mount", "api_route") or name.startswith("nest")) and args:
            return self.nested(rows, name, args, path, node[3], env)
        if name in ("append", "extend") and args and isinstance(left, list):
            more = self.value(args[0], path, env)
            return [*rows, *(_close(more) if isinstance(more, list) else [])]
        if name in ("merge", "service", "configure", "or", "routes") and args:
            inner = self.configured(args[0], path, env)
            if not isinstance(inner, list) and args[0] and args[0][0] == "i":
                fn, where = self.handler(args[0][1], path)
                if fn is not None and fn["body"] is not None and name == "configure":
                    self.used.add(id(fn))
                    inner = self.call(fn, where)
                elif fn is not None:
                    inner = self.macros(fn, where)
            if not isinstance(inner, list):
                self.left.add((path, node[3], f"what {name} adds is not known"))
            return [*rows, *(_close(inner) if isinstance(inner, list) else [])]
        if name == "fallback" and args and isinstance(left, list) and (not rows or rows[-1][1] != "") and not _is_actix(rows):
            return [*rows, ["ANY", "/{*path}", _label(args[0]) or "fallback", path, node[3], Guard("open"), "axum"]]
        if name in LAYERS and args:
            return self.layer(rows, name, args, path, node[3])
        for argument in args:
            if argument and argument[0] == "f" and not rows:
                self.value(argument, path, env)
        return left

    def nested(self, rows: "list[Row]", name: str, args: "list[Node]", path: str, at: int, env: "dict[str, Any]") -> "list[Row]":
        """The rows with those that a path and a router, a handler or a service add."""
        inner = self.value(args[-1], path, env)
        prefix = self.text(args[0], env) if len(args) > 1 else ""
        inner = inner if isinstance(inner, list) else []
        service = name in ("route_service", "nest_service") and not STATIC.search(_words(args[1:]))
        if not inner and len(args) > 1 and (name == "route" or service):
            below = "/{*path}" if name == "nest_service" else ""
            verb = _root(args[1]).rpartition("::")[2].upper()
            inner = [[verb if verb in ("QUERY", "TRACE", "CONNECT") else "ANY", below, _label(args[1]), path, at, Guard("open"), "axum"]]
        closed = _close(inner)
        moved = [[r[0], join(prefix, r[1]) if prefix else r[1], r[2], r[3], at if name == "route" else r[4], *r[5:]] for r in closed]
        return [*rows, *moved]

    def layer(self, rows: "list[Row]", name: str, args: "list[Node]", path: str, at: int) -> "list[Row]":
        text = _words(args)
        named = re.sub(r"\b(?:[\w:]*::)?(?:from_fn\w*|map_request\w*|ServiceBuilder::\w+|state|app_state)\b", "", text).strip()
        if HARMLESS.search(named) and not re.search(r"(?i)auth|jwt|token|require|guard|user|admin|login", named):
            return rows
        last = named.rpartition(" ")[2]
        fn, _ = self.handler(last, path)
        if fn is not None and fn["passes"] and not _guards.meaning(last.rpartition("::")[2]):
            return rows
        if fn is not None:
            sure = bool(fn["denies"]) and _guards.meaning(last.rpartition("::")[2]) == "guard"
        else:
            sure = REQUIRES.search(named) is not None and _guards.meaning(last.rpartition("::")[2]) == "guard"
        guard = Guard("guarded" if sure else "unknown", last, f"{name} {path}:{at}")
        return [[*row[:5], guard if row[5].state != "guarded" else row[5], row[6]] for row in rows]


def _close(rows: "list[Row]") -> "list[Row]":
    """Rows with the prefix of the scope that they were made in, and without its mark."""
    if not rows or rows[0][0] != "\0scope":
        return rows
    prefix, guard = rows[0][1], rows[0][5]
    return [
        [r[0], join(prefix, r[1]) if prefix else r[1], *r[2:5], r[5] if guard.state == "open" or r[5].state == "guarded" else guard, r[6]]
        for r in rows[1:]
    ]


def _module(path: str) -> "list[str]":
    """`crates/api/src/users/mod.rs` as `crates`, `api`, `users`."""
    return MODULE.sub("/", path).strip("/").split("/")


def _crates(repository: "Repository") -> "dict[str, str]":
    """The name of a package as code writes it, by the folder of its Cargo.toml (with a slash at its end)."""
    found = {}
    for path in repository.paths:
        if path.rpartition("/")[2] == "Cargo.toml":
            package = re.search(r"^\[package\][^\[]*?^name\s*=\s*\"([^\"]+)\"", repository.read(path), re.MULTILINE | re.DOTALL)
            if package is not None:
                found[path.removesuffix("Cargo.toml")] = package.group(1).replace("-", "_")
    return found


def _is_actix(rows: "list[Row]") -> bool:
    return bool(rows) and rows[0][6] == "actix-web"


def _filtered(name: str, args: "list[Node]") -> "list[str]":
    """The methods of `on(MethodFilter::GET.or(…), handler)` and of `get_service(service)`."""
    if name in ("on", "on_service") and len(args) == 2:
        return list(re.findall(r"MethodFilter::([A-Z]+)\b", _words(args[:1])))
    verb = name.removesuffix("_service")
    return [verb.upper()] if name.endswith("_service") and verb in VERBS and len(args) == 1 else []


def _shared(module: "list[str]", path: "list[str]") -> int:
    """How many names at the end of a path are the end of a module's."""
    count = 0
    for left, right in zip(reversed(module), reversed(path), strict=False):
        if left != right:
            break
        count += 1
    return count


def _root(node: "Node") -> str:
    while node and node[0] in "cm":
        node = node[1]
    return str(node[1]) if node and node[0] == "i" else ""


def _label(node: "Node") -> str:
    return str(node[1]) if node and node[0] == "i" else ""


def _words(nodes: "list[Node]") -> str:
    """Names in a layer: `from_fn auth::require_user`."""
    found: list[str] = []
    stack = list(nodes)
    while stack:
        node = stack.pop(0)
        if isinstance(node, list) and node:
            if node[0] in ("i", "!") and len(node) > 1:
                found.append(str(node[1]))
            stack[:0] = [n for n in node if isinstance(n, list)]
    return " ".join(found)


def near(one: str, other: str) -> int:
    """How many folders two paths share from the root."""
    count = 0
    for left, right in zip(one.split("/")[:-1], other.split("/")[:-1], strict=False):
        if left != right:
            break
        count += 1
    return count


def _documented(text: str, name: str, path: str, at: int) -> "list[Row]":
    """The routes of a `#[utoipa::path(get, path = "/x")]`, which `routes!` registers (docs.rs/utoipa-axum)."""
    where = re.search(r"\bpath\s*=\s*\"([^\"]*)\"", text) if "utoipa::path" in text else None
    if where is None:
        return []
    verbs = re.findall(r"(?:path\(|method\(|,)\s*(get|post|put|patch|delete|head|options)\b(?=\s*[,)])", text)
    return [[verb.upper(), where.group(1), name, path, at, Guard("open"), "axum"] for verb in verbs]
