"""beego: routes that name a controller and its methods, namespaces made of parts, and annotations above the methods of a controller."""

import re

from backend_agent.facts.routes._flow import Env, Fn, Inst, Router, Thing, as_path, dotted
from backend_agent.facts.routes._go_run import Type
from backend_agent.model import Route

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from backend_agent.facts.routes._go_routers import Routers

    Node = Any
    Value = Any

PACKAGE = re.compile(r"^github\.com/(?:astaxie|beego)/beego(?:/v\d+)?(?:/server/web)?$")
VERBS = {
    "Get": "GET",
    "Post": "POST",
    "Put": "PUT",
    "Patch": "PATCH",
    "Delete": "DELETE",
    "Head": "HEAD",
    "Options": "OPTIONS",
    "Any": "ANY",
}
OWN = ("Get", "Post", "Put", "Patch", "Delete", "Head", "Options")
"""Methods of a controller that answer without being named."""
ANNOTATED = re.compile(r"((?:^//[^\n]*\n)+)func \(\w* ?\*?(\w+)\) (\w+)\(", re.MULTILINE)
ANNOTATION = re.compile(r"@router\s+(\S+)(?:\s+\[([\w, ]+)\])?", re.IGNORECASE)


class Part:
    """What a namespace is made of: applied to its router once that is known."""

    def __init__(self, kind: str, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> None:
        self.kind = kind
        self.args = args
        self.nodes = nodes
        self.node = node
        self.env = env


def call(machine: "Routers", name: str, args: "list[Value]", node: "Node", env: Env) -> "Value":
    """A function of the package; None where it has nothing to do with routes."""
    nodes = node[2] if len(node[2]) == len(args) else [None] * len(args)
    part = Part(name.removeprefix("NS"), args, nodes, node, env)
    if name == "NewNamespace":
        return namespace(machine, part)
    if name.startswith("NS"):
        return part
    if name == "AddNamespace":
        for one in args:
            if isinstance(one, Router):
                mount(machine, root(machine, node, env), one, part)
        return Thing(name)
    if name in APPLIED or name in VERBS:
        apply(machine, root(machine, node, env), part)
        return Thing(name)
    return None


def once(routes: "list[Route]") -> "list[Route]":
    """A route that is registered by name and annotated as well counts once, where it is registered."""
    kept: dict[tuple[str, str, str], Route] = {}
    for route in sorted(routes, key=lambda r: r.file == r.handler_file):
        kept.setdefault((route.method, route.path, route.handler), route)
    return list(kept.values())


def root(machine: "Routers", node: "Node", env: Env) -> Router:
    """The one application of the package."""
    if machine.beego is None:
        machine.beego = machine.router("beego", env.file, node[3])
        machine.beego.options["unordered"] = True
    return machine.beego


def namespace(machine: "Routers", part: Part) -> Router:
    made = machine.router("beego", part.env.file, part.node[3], as_path(part.args[0]) if part.args else "")
    made.options["unordered"] = True
    flat = machine.flat(part.args[1:], part.nodes[1:])
    for value, _ in flat:
        if isinstance(value, Part):
            apply(machine, made, value)
    return made


def mount(machine: "Routers", router: Router, child: Router, part: Part) -> None:
    event = machine.event(router, "mount", "", part.node[3], part.env.file)
    event.child = child
    child.mounted = True


def apply(machine: "Routers", router: Router, part: Part) -> None:
    """Do to a router what a part of its namespace, or the function of that name, says."""
    if part.kind in VERBS:
        if len(part.args) > 1:
            machine.add(router, [VERBS[part.kind]], as_path(part.args[0]), part.args[1], part.nodes[1], [], part.node, part.env)
        return
    action = APPLIED.get(part.kind)
    if action is not None:
        action(machine, router, part)


def _namespace(machine: "Routers", router: Router, part: Part) -> None:
    mount(machine, router, namespace(machine, part), part)


def _router(machine: "Routers", router: Router, part: Part) -> None:
    if len(part.args) < 2:
        return
    path, controller = as_path(part.args[0]), part.args[1]
    said = part.args[2] if len(part.args) > 2 else None
    if isinstance(said, str):
        for one in said.split(";"):
            verbs, _, method = one.partition(":")
            for verb in verbs.split(","):
                _add(machine, router, verb.strip().upper().replace("*", "ANY"), path, controller, method.strip(), part)
        return
    for method in OWN:
        if has(machine, controller, method):
            _add(machine, router, method.upper(), path, controller, method, part)


def _auto(machine: "Routers", router: Router, part: Part) -> None:
    """`AutoRouter(&UserController{})`: each method at `/user/method`."""
    controller, prefix = part.args[-1] if part.args else None, as_path(part.args[0]) if len(part.args) > 1 else ""
    owner = typed(controller)
    if owner is None:
        return
    folder = owner.name.removesuffix("Controller").lower()
    for key in sorted(machine.index(owner.folder)):
        name, _, method = key.partition(".")
        if name == owner.name and method[:1].isupper() and method not in ("Prepare", "Finish", "Init", "URLMapping"):
            _add(machine, router, "ANY", f"{prefix}/{folder}/{method.lower()}", controller, method, part)


def _include(machine: "Routers", router: Router, part: Part) -> None:
    """Annotations `@router /path [get]` above the methods of the controllers."""
    for controller in part.args:
        owner = typed(controller)
        for path in machine.folders.get(owner.folder, []) if owner else []:
            text = machine.repository.read(path)
            for match in ANNOTATED.finditer(text) if "@router" in text or "@Router" in text else ():
                if owner is None or match.group(2) != owner.name:
                    continue
                for said in ANNOTATION.finditer(match.group(1)):
                    line = text.count("\n", 0, match.start(1) + said.start()) + 1
                    for verb in (said.group(2) or "get").split(","):
                        where = (path, line)
                        _add(machine, router, verb.strip().upper(), said.group(1), controller, match.group(3), part, where)


def _filter(machine: "Routers", router: Router, part: Part) -> None:
    """`InsertFilter("/api/*", BeforeRouter, f)`; what runs after the handler keeps nobody out."""
    when = dotted(part.nodes[1]) if len(part.args) > 2 else ""
    if len(part.args) > 2 and "After" not in when and "Finish" not in when:
        guards = machine.collect(part.args[2:3], part.nodes[2:3], "filter")
        if guards:
            machine.event(router, "use", as_path(part.args[0]), part.node[3], part.env.file, guards)


def _before(machine: "Routers", router: Router, part: Part) -> None:
    guards = machine.collect(part.args, part.nodes, "filter")
    if guards:
        machine.event(router, "use", "", part.node[3], part.env.file, guards)


APPLIED = {
    "AutoPrefix": _auto, "AutoRouter": _auto, "Before": _before, "Include": _include, "InsertFilter": _filter, "Namespace": _namespace,
    "Router": _router,
}  # fmt: skip


def _add(
    machine: "Routers",
    router: Router,
    verb: str,
    path: str,
    controller: "Value",
    method: str,
    part: Part,
    where: "tuple[str, int] | None" = None,
) -> None:
    owner = typed(controller)
    file, line = where or (part.env.file, part.node[3])
    event = machine.event(router, "route", path, line, file, prepared(machine, owner))
    event.method = verb
    fn = machine.inst_member(controller, method) if isinstance(controller, Inst) else None
    place = place_of(machine, owner, method)
    event.handler = (fn if isinstance(fn, Fn) else Thing(method), f"{owner.name}.{method}" if owner else method, place)


def typed(controller: "Value") -> "Type | None":
    return controller.cls if isinstance(controller, Inst) and isinstance(controller.cls, Type) else None


def has(machine: "Routers", controller: "Value", method: str) -> bool:
    owner = typed(controller)
    return owner is None and method == "Get" or place_of(machine, owner, method)[0] != ""


def place_of(machine: "Routers", owner: "Type | None", method: str, depth: int = 0) -> "tuple[str, int, int]":
    """File, first and last line of a method of a controller or of what it embeds."""
    if owner is None or depth > 4:
        return "", 0, 0
    for path, at in machine.index(owner.folder).get(f"{owner.name}.{method}", ()):
        text = machine.repository.read(path)
        end = text.find("\n}", at)
        return path, text.count("\n", 0, at) + 1, text.count("\n", 0, end) + 2 if end > 0 else 0
    for above in bases(machine, owner):
        found = place_of(machine, above, method, depth + 1)
        if found[0]:
            return found
    return "", 0, 0


def bases(machine: "Routers", owner: Type) -> "list[Type]":
    found = [machine.type_of(kind, owner.env) for name, kind in owner.fields if not name]
    return [one for one in found if isinstance(one, Type)]


def prepared(machine: "Routers", owner: "Type | None") -> "list[Any]":
    """`Prepare` of a controller runs before each of its methods: where it refuses, it may be a guard."""
    file, first, last = place_of(machine, owner, "Prepare")
    text = "\n".join(machine.repository.read(file).split("\n")[first - 1 : last]) if file else ""
    return [("unknown", "Prepare", "controller")] if machine.denying.search(text) else []
