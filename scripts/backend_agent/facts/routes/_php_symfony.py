"""Symfony: attributes and annotations on controllers, routing in YAML, access rules of security.yaml."""

import posixpath
import re

from backend_agent.facts.routes._php_eval import UNKNOWN_VALUE, Context, Machine, strings, text
from backend_agent.facts.routes.paths import UNKNOWN, join
from backend_agent.model import Guard, Route, Unresolved
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Value = Any

VERBS = {"Get", "Post", "Put", "Patch", "Delete", "Options", "Head"}
PUBLIC = {"PUBLIC_ACCESS", "IS_AUTHENTICATED_ANONYMOUSLY", "IS_ANONYMOUS"}


class Symfony:
    """The routes that attributes and YAML declare."""

    def __init__(self, repository: Repository, machine: Machine) -> None:
        self.repository = repository
        self.machine = machine
        self.unresolved: list[Unresolved] = []
        self.routes: list[Route] = []
        self.prefixes: list[tuple[str, str]] = []
        self.rules: list[tuple[str, str, list[str], bool]] = []
        self.yaml: list[tuple[str, str, str, list[str], str, int]] = []
        self.imported: set[str] = set()

    def run(self) -> None:
        """Collect everything."""
        files = [
            p
            for p in self.repository.paths
            if re.search(r"(?:^|/)config/(?:routes|routing|packages/security|security)(?:[/.].*)?\.ya?ml$", p)
        ]
        if files or any("Route" in a[0] for _, k in self.machine.classes.values() for a in k["attrs"]):
            for path in files:
                self._config(path)
        self._attributes()
        self._declared()

    # ---------------------------------------------------------------- configuration

    def _read(self, path: str) -> "Any":
        import yaml

        try:
            return yaml.load(self.repository.read(path), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
        except (yaml.YAMLError, RecursionError, ValueError):
            self.unresolved.append(Unresolved(path, 1, "this YAML could not be read"))
            return None

    def _config(self, path: str) -> None:
        if "security" in path.rpartition("/")[2]:
            self._security(path)
        elif path not in self.imported:
            self._routing(path, "", 0)

    def _security(self, path: str) -> None:
        content = self._read(path)
        rules = (content.get("security") or {}).get("access_control") if isinstance(content, dict) else None
        for rule in rules if isinstance(rules, list) else []:
            if isinstance(rule, dict) and isinstance(rule.get("path"), str):
                roles = rule.get("roles", rule.get("role", rule.get("allow_if", [])))
                said = [str(r) for r in roles] if isinstance(roles, list) else [str(roles)]
                limited = bool(set(rule) & {"methods", "ips", "host", "attributes", "route", "requires_channel"}) and "roles" in rule
                self.rules.append((rule["path"], path, said, limited))

    def _routing(self, path: str, prefix: str, depth: int) -> None:
        content = self._read(path)
        self.imported.add(path)
        lines = self.repository.read(path).split("\n")
        for name, entry in content.items() if isinstance(content, dict) and depth < 8 else []:
            if str(name).startswith("when@") or not isinstance(entry, dict):
                continue
            line = next((i for i, one in enumerate(lines, 1) if one.strip().startswith((f"{name}:", f"'{name}':", f'"{name}":'))), 1)
            if "resource" in entry:
                self._resource(path, entry, prefix, depth, line)
            elif isinstance(entry.get("path"), str | dict):
                said = entry["path"] if isinstance(entry["path"], str) else next(iter(entry["path"].values()), "")
                defaults: dict[str, Any] = entry["defaults"] if isinstance(entry.get("defaults"), dict) else {}
                controller = str(entry.get("controller") or defaults.get("_controller") or "")
                methods = entry.get("methods") or []
                many = [m.upper() for m in (methods if isinstance(methods, list) else re.split(r"[|,\s]+", str(methods))) if m]
                self.yaml.append((path, join(prefix, said), controller, many, str(name), line))

    def _resource(self, path: str, entry: "dict[str, Any]", prefix: str, depth: int, line: int) -> None:
        resource = entry["resource"]
        below = entry.get("prefix") or ""
        if isinstance(below, dict):
            below = next(iter(below.values()), "")
        inner = join(prefix, str(below)) if below else prefix
        if isinstance(resource, dict):
            resource = resource.get("path", "")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), str(resource)))
        if str(resource).endswith((".yaml", ".yml")) and self.repository.exists(target):
            self._routing(target, inner, depth + 1)
        elif str(resource).startswith("@") or str(resource) in (".", ""):
            self.unresolved.append(Unresolved(path, line, f"the routes of {resource}, a bundle's, are not listed"))
        elif below:
            self.prefixes.append((target.rstrip("/"), inner))

    # ---------------------------------------------------------------- controllers

    def _attributes(self) -> None:
        for path, klass in self.machine.classes.values():
            head = [a for a in klass["attrs"] if a[0].rpartition("\\")[2] == "Route"]
            prefix = self._below(path)
            wide: list[str] = []
            if head:
                said = self._args(head[0], path)
                prefix = join(prefix, said["path"]) if said["path"] else prefix
                wide = said["methods"]
            any_method = False
            for name, method in klass["methods"].items():
                for attribute in method["attrs"]:
                    tail = attribute[0].rpartition("\\")[2]
                    if tail == "Route" or (tail in VERBS and "Route" in attribute[0]):
                        any_method = True
                        self._add(path, klass, name, method, attribute, prefix, wide, tail)
            if head and not any_method and "__invoke" in klass["methods"]:
                below = self._below(path)
                self._add(path, klass, "__invoke", klass["methods"]["__invoke"], head[0], below, [], "Route")

    def _below(self, path: str) -> str:
        best = ""
        found = ""
        for folder, prefix in self.prefixes:
            if (path == folder or path.startswith(folder + "/")) and len(folder) >= len(best):
                best, found = folder, prefix
        return found

    def _args(self, attribute: "Any", path: str) -> "dict[str, Any]":
        found: dict[str, Any] = {"path": "", "paths": [], "methods": []}
        for name, value in attribute[1]:
            said = self.machine.value(value, {}, Context(path))
            if name in ("", "path", "uri", "name") and (name != "name" or "paths" not in found) and not found["paths"]:
                if name == "name":
                    continue
                found["paths"] = list(said.values()) if isinstance(said, dict) else [said]
                found["path"] = text(found["paths"][0]) if found["paths"] else ""
            elif name == "methods":
                found["methods"] = [m.upper() for one in strings(said) for m in re.split(r"[|,\s]+", one) if m]
        return found

    def _add(
        self,
        path: str,
        klass: "dict[str, Any]",
        name: str,
        method: "dict[str, Any]",
        attribute: "Any",
        prefix: str,
        wide: "list[str]",
        tail: str,
    ) -> None:
        said = self._args(attribute, path)
        methods = [tail.upper()] if tail in VERBS else said["methods"] or wide or ["ANY"]
        for one in said["paths"] or [""]:
            if one is UNKNOWN_VALUE:
                self.unresolved.append(Unresolved(path, attribute[2], "a part of this path is not known"))
            whole = clean(join(prefix, text(one)) if text(one) else prefix or "/")
            guard = self.guard(klass, method, path, whole)
            for verb in methods:
                handler = f"{klass['name'].rpartition(chr(92))[2]}.{name}"
                self.routes.append(Route(verb, whole, handler, path, attribute[2], guard, "symfony", path, method["line"], method["end"]))

    def _declared(self) -> None:
        for path, whole, controller, methods, _, line in self.yaml:
            owner, _, action = controller.partition("::")
            found = self.machine.classes.get(owner)
            method = found[1]["methods"].get(action or "__invoke") if found else None
            guard = self.guard(found[1], method or {}, found[0], whole) if found else self.rule(whole) or Guard("unknown")
            shown = controller.rpartition("\\")[2].replace("::", ".")
            at = (found[0], method["line"], method["end"]) if found and method else ("", 0, 0)
            for verb in methods or ["ANY"]:
                self.routes.append(Route(verb, clean(whole), shown, path, line, guard, "symfony", *at))

    # ---------------------------------------------------------------- guards

    def guard(self, klass: "dict[str, Any]", method: "dict[str, Any]", path: str, whole: str) -> Guard:
        """What attributes, the body and the access rules say."""
        for holder in (method, klass):
            for name, args, line in holder.get("attrs", []):
                tail = name.rpartition("\\")[2]
                if tail in ("IsGranted", "Security"):
                    said = text(self.machine.value(args[0][1], {}, Context(path))) if args else ""
                    if said == UNKNOWN:  # a constant of a class that is not a controller
                        said = str(args[0][1][-1]) if args[0][1][0] == "cc" else tail
                    if said not in PUBLIC:
                        return Guard("guarded", said or tail, f"attribute {path}:{line}")
        found = self.rule(whole)
        if found is not None and found.state == "guarded":
            return found
        if method.get("authorizes"):
            return Guard("guarded", "denyAccessUnlessGranted", f"body {path}:{method['line']}")
        if found is not None:
            return found
        if method.get("refuses") and method.get("ident"):
            return Guard("unknown", "", f"body {path}:{method['line']}")
        return Guard("open")

    def rule(self, whole: str) -> "Guard | None":
        """The first access rule that a path falls under."""
        plain = re.sub(r"\{[^}]*\}", "1", whole)
        for pattern, file, roles, limited in self.rules:
            try:
                hit = re.search(pattern, plain)
            except re.error:
                continue
            if hit is None:
                continue
            if limited:
                return Guard("unknown", roles[0] if roles else "", f"access_control {file}")
            if any(role in PUBLIC for role in roles) or not roles:
                return Guard("open")
            return Guard("guarded", roles[0], f"access_control {file}")
        return None


def clean(path: str) -> str:
    """A path without the requirements and defaults of its parameters: `/{id<\\d+>?1}` is `/{id}`."""
    return re.sub(r"\{!?(\w+)(?::[\w.]+)?(?:<[^{}]*>)?(?:\?[^{}]*)?\}", r"{\1}", path)
