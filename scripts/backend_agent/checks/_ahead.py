"""What stands before a handler: decorators, annotations, attributes, dependencies and middlewares. One that is not read may refuse."""

import re

from backend_agent.checks import _words
from backend_agent.checks.run import Context
from backend_agent.model import Endpoint


def unknown(context: Context, endpoint: Endpoint) -> "list[str]":
    """The names before a handler that are not known to refuse nobody."""
    return [name for name in names(context, endpoint) if not _NEUTRAL.search(name)]


def names(context: Context, endpoint: Endpoint) -> "list[str]":
    """What stands before a handler: decorators, annotations, attributes, dependencies and middlewares, by their names."""
    route = endpoint.route
    if route.handler_file.endswith(".rb"):
        return []  # callbacks of its class, which the guard and the handler's text hold
    text, first = _words.handler(context, endpoint)
    lines = context.repository.lines(route.handler_file) if first else []
    at = first - 1
    while at > 0 and _ABOVE.match(lines[at - 1]):
        at -= 1
    body = _OPENS.search(text)
    head = "\n".join(lines[at : first - 1]) + "\n" + text[: body.end() if body else 400]
    found = [name for pair in _DECLARED.findall(head) for name in pair if name]
    registered = context.repository.lines(route.file)[route.line - 1 : route.line + 3]
    call = re.search(r"\.(?:get|post|put|patch|delete)\(\s*[\"'`][^\"'`]*[\"'`]\s*,(.*)", _TO_END.sub("", "\n".join(registered)), re.DOTALL)
    return found + (
        re.findall(r"(?<![\w.])([A-Za-z_]\w*)(?:\([^()]*\))?\s*,", _TAKES.sub("", call.group(1).partition("=>")[0])) if call else []
    )


_TAKES = re.compile(r"(?:\basync\s*)?(?:\bfunction\b\s*\w*\s*)?\([^()]*\)\s*(?::[^=]*)?(?:\{[\s\S]*)?$")
"""The parameters of a handler that is written in place."""
_ABOVE = re.compile(r"\s*(?:@|\[\w|#\[|\)|\w+\s*=|[\"'])")
_OPENS = re.compile(r"\)\s*(?:->[^:\n]+)?:\s*\n|\{\s*\n|=>")
_DECLARED = re.compile(
    r"(?m)^\s*@(?:UseGuards|permission_classes)\([\s\[(]*([\w.]+)|^\s*[@\[]\s*(?!UseGuards\b|permission_classes\b)([\w.]+)|\bDepends\(\s*([\w.]+)"
)
_TO_END = re.compile(r"\n\s*\n[\s\S]*|(?<=\));?\n[\s\S]*")
_NEUTRAL = re.compile(
    r"(?i)(?:^|\.)(?:(?:api_?)?(?:get|post|put|patch|delete|route|request|action|api_view|head)(?:Mapping|_?mapping)?|http\w*|path|produces\w*|consumes|"
    r"api\w*|operation\w*|swagger\w*|openapi\w*|tags?|summary|extend_schema\w*|doc\w*|transactional|atomic\w*|csrf_exempt|wraps|override|suppresswarnings|response\w*|"
    r"status\w*|http_?code|async\w*|inject\w*|marshal\w*|expect|cache\w*|validat\w*|valid|body|param|query|deprecated|post|log\w*|timed|trac\w*|metric\w*|"
    r"get_?(?:db|session|settings|service|repo\w*)|\w*(?:service|repository|repo|session|settings|client|db|logger|pagination|filters?)|async_?handler|catch_?async|upload\w*|parse\w*)$"
)
