"""Attributes that a repository makes of its own and that say a route: they extend those of ASP.NET, or provide its template."""

from backend_agent.facts.routes.paths import UNKNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Node = Any
    Classes = dict[str, list[tuple[dict[str, Any], str]]]
    Value = Callable[[Node, dict[str, Any]], Any]

PROVIDERS = ("IRouteTemplateProvider", "IActionHttpMethodProvider", "IApiBehaviorMetadata")
KNOWN = ("Route", "HttpGet", "HttpPost", "HttpPut", "HttpPatch", "HttpDelete", "HttpHead", "HttpOptions", "AcceptVerbs", "ApiController")
VERBS = {name.removeprefix("Http").upper(): name for name in KNOWN if name.startswith("Http")}
DEEP = 8


def expanded(attrs: "list[Any]", classes: "Classes", value: "Value") -> "list[Any]":
    """The attributes, and behind each of the repository's own the attributes of ASP.NET that it stands for."""
    found: list[Any] = []
    for attr in attrs:
        found.append(attr)
        if attr[0] not in KNOWN:
            found.extend([name, args, attr[2]] for name, args in _meaning(attr[0], attr[1], classes, value, 0))
    return found


def _meaning(name: str, args: "list[Any]", classes: "Classes", value: "Value", depth: int) -> "list[tuple[str, list[Any]]]":
    cls = next((c for c, _path in classes.get(f"{name}Attribute", []) if "maker" in c), None)
    if cls is None or depth > DEEP:
        return []
    env = {**{key: value(tree, {}) for key, tree in cls["consts"].items()}, **_bound(cls["maker"], args, value)}
    said = {key: value(tree, env) for key, tree in cls["maker"]["sets"].items()}
    found = _provided(cls["bases"], said)
    handed = [[key, ["s", got] if isinstance(got := value(tree, env), str) else tree] for key, tree in cls["maker"]["base"]]
    for base in cls["bases"]:
        short = base.removesuffix("Attribute")
        if short in KNOWN:
            found.append((short, handed))
        else:
            found.extend(_meaning(short, handed, classes, value, depth + 1))
    return found


def _bound(maker: "dict[str, Any]", args: "list[Any]", value: "Value") -> "dict[str, Any]":
    env: dict[str, Any] = {name: value(default, {}) for name, default in maker["params"]}
    at = 0
    for key, tree in args:
        if key:
            env[key] = value(tree, {})
        elif at < len(maker["params"]):
            env[maker["params"][at][0]] = value(tree, {})
            at += 1
    env.update({key: got for key, tree in maker["sets"].items() if key not in env and isinstance(got := value(tree, env), str)})
    return env


def _provided(bases: "list[str]", said: "dict[str, Any]") -> "list[tuple[str, list[Any]]]":
    found: list[tuple[str, list[Any]]] = []
    if not any(base in PROVIDERS for base in bases):
        return found
    template = said.get("Template")
    text = [["", ["s", template if isinstance(template, str) else UNKNOWN]]] if "Template" in said else []
    verbs = said.get("HttpMethods")
    known = [verb.upper() for verb in verbs if isinstance(verb, str)] if isinstance(verbs, list) else []
    found.extend((VERBS[verb], text) for verb in known if verb in VERBS)
    if not found and "IRouteTemplateProvider" in bases:
        found.append(("Route", text))
    if "IApiBehaviorMetadata" in bases:
        found.append(("ApiController", []))
    return found
