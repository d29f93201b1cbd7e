"""Routes that are files: Next.js route handlers and API pages, Nitro and Nuxt server routes, Medusa's API folders."""

import re

from backend_agent.facts.routes import _guards
from backend_agent.facts.routes._flatten import parameters
from backend_agent.facts.routes.paths import UNKNOWN, join
from backend_agent.model import Guard, Route

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

EXPORTED = re.compile(
    r"^export\s+(?:async\s+)?(?:function|const|let)\s+(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\b|^export\s*\{([^}]*)\}", re.MULTILINE
)
RENAMED = re.compile(r"\b(?:as\s+)?(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s*(?=,|$)")
HANDLER = re.compile(
    r"^export\s+default\s+(?:defineEventHandler|eventHandler|defineCachedEventHandler|lazyEventHandler|defineWrapped\w+)", re.MULTILINE
)
ANSWERS = re.compile(r"\.method\s*[!=]==?\s*[\"'](\w+)|\bcase\s+[\"'](\w+)[\"']\s*:|^[ \t]+(?:async\s+)?([A-Z]+)\s*[:(]", re.MULTILINE)
"""The methods that the one handler of a page tells apart."""
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
APP = re.compile(r"(?:^|/)(app|api)/(?:(.*)/)?route\.[cm]?[jt]sx?$")
PAGES = re.compile(r"(?:^|/)pages/(api/.*)\.[cm]?[jt]sx?$")
SERVER = re.compile(r"(?:^|/)(?:server|src)/(api|routes)/(.*)\.[cm]?[jt]s$|^(routes)/(.*)\.[cm]?[jt]s$")
METHOD = re.compile(r"\.(get|post|put|patch|delete|head|options)$")


def facts(path: str, text: str) -> "list[list[Any]]":
    """`[[method, line], …]` of the handlers that a file exports by the conventions of these frameworks; [] for all others."""
    found: list[list[Any]] = []
    if APP.search(path):
        for match in EXPORTED.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            names = [match.group(1)] if match.group(1) else RENAMED.findall(match.group(2) or "")
            found.extend([name, line] for name in names)
    elif PAGES.search(path):
        match_page = re.search(r"^export\s+default\b|^export\s*\{[^}]*\bdefault\b|^module\.exports", text, re.MULTILINE)
        if match_page:
            line = text.count("\n", 0, match_page.start()) + 1
            named = {verb for match in ANSWERS.finditer(text) for verb in match.groups() if verb in VERBS}
            found.extend([verb, line] for verb in sorted(named) or ["ANY"])
    elif SERVER.search(path):
        match_server = HANDLER.search(text)
        if match_server:
            found.append(["", text.count("\n", 0, match_server.start()) + 1])
    return found


def routes(contents: "dict[str, Any]") -> "list[Route]":
    """The routes of all files that hold such handlers."""
    found: list[Route] = []
    for path, content in contents.items():
        for method, line in content.get("files") or []:
            verb, url, framework = place(path, method)
            name = "handler" if method in ("", "ANY") or PAGES.search(path) else method
            found.append(Route(verb, url, name, path, line, opened(content), framework, path, line, 0, "", parameters(url)))
    return found


def opened(content: "dict[str, Any]") -> Guard:
    """A file of its own may be guarded by a middleware file or by a call in its handler: only the last is seen here, and never sure."""
    return Guard("unknown", str(content["calls"])) if content.get("calls") else Guard("unknown", "middleware file")


def place(path: str, method: str) -> "tuple[str, str, str]":
    """HTTP method, path and framework of one file."""
    match = APP.search(path)
    if match:
        medusa = match.group(1) == "api" and "app/api" not in path
        below = match.group(2) or ""
        # the last `app` folder begins the path: apps of a monorepo live in folders of other names
        segments = [s for s in below.split("/") if s and not (s.startswith("(") and s.endswith(")")) and not s.startswith("@")]
        if medusa:
            return method, join("", "/".join(f":{s[1:-1]}" if s.startswith("[") else s for s in segments)), "medusa"
        return method, join("", "/".join(segments)), "nextjs"
    match = PAGES.search(path)
    if match:
        return method, join("", re.sub(r"/?index$", "", match.group(1))), "nextjs"
    match = SERVER.search(path)
    if match is None:
        return method or "ANY", f"/{UNKNOWN}", "nitro"
    kind, below = match.group(1) or match.group(3), match.group(2) or match.group(4)
    said = METHOD.search(below)
    below = METHOD.sub("", below)
    below = re.sub(r"(?:^|/)index$", "", below)
    below = re.sub(r"\[\.\.\.(\w*)\]", lambda m: f"**:{m.group(1)}" if m.group(1) else "**", below)
    below = re.sub(r"\[(\w+)\]", r":\1", below)
    return said.group(1).upper() if said else "ANY", join("/api" if kind == "api" else "", below), "nitro"


def calls(text: str) -> str:
    """The first call in a file whose name means a guard."""
    for match in re.finditer(r"\b([A-Za-z_][\w.]*)\(", text):
        if _guards.meaning(match.group(1)) == "guard":
            return match.group(1)
    return ""
