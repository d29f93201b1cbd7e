"""Secrets that are written to a log."""

import re
from collections.abc import Iterator

from backend_agent.facts.shape import words
from backend_agent.facts.shape.tree import Call, Tree
from backend_agent.facts.source import told
from backend_agent.patterns import Sought

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SECRET = Sought(r"(?i)passw|pwd|passphrase|secret|api_?key|private_?key|token|jwt|card|cvv|cvc|ssn|otp|mfa_?code|authorization")
_LOG = Sought(r"(?i)log|print|puts|console|dump")
_NAME = re.compile(r"[$@]*[A-Za-z_][\w$]*(?:(?:\.|->|\?\.|!\.|\?->)[A-Za-z_]\w*)*(?:\[[\"':\s\w]*\])?")
_TERMINAL = re.compile(r"(?:print|puts|p|console\.log|System\.out\.print\w*|fmt\.Print\w*|Console\.Write\w*)\b")
_COMMAND = re.compile(
    r"sys\.argv|argparse|__main__|@(?:click|app|cli|typer)\.command|process\.argv|commander|yargs|flag\.Parse\(|cobra\.|optparse|OptionParser|ARGV"
)
_ABOUT = re.compile(
    r"(?i)(?:temporary|temp|initial|generated|first|one_?time|fallback|use|allow|enable|require|skip|disable|tpl|template|forgot|forget|change|err|error|msg|message|event|topic|kind|type|route|path|url|invalid|missing|expired|has|is|no|mask(?:ed)?|redacted)_"
)
"""Begins a name that only speaks of a secret, such as that of a template."""
_LACKS = re.compile(r"(?i)(?:^|_)(?:without|no|sans|excluding|minus|hide|stripped)_\w*$")
"""Ends a name of what has none: `config_without_secret`."""
_TESTED = re.compile(r"\s*(?:is\b|==|!=|===|!==|\?(?!\.)|and\b|or\b|&&|in\b|if\b|\(|=(?!=)|:=)")


def wants(language: str, text: str) -> bool:
    return _SECRET.found_in(text) and _LOG.found_in(text)


def read(tree: Tree) -> "Iterator[dict[str, Any]]":
    secret, harmless = words.one("logs", "secret", tree.language), words.one("logs", "harmless", tree.language)
    if secret is None or harmless is None:
        return
    for entry in words.entries("logs", "logs", tree.language, tree.text):
        for call in tree.calls(entry.pattern):
            if _TERMINAL.match(tree.bare, call.start) and _COMMAND.search(tree.text):
                continue  # a command that shows its user what it made
            name, before = _told(tree, _ruby(tree, call), secret, harmless)
            if name:
                line = tree.line(call.start)
                end = tree.line(min(call.end, len(tree.text) - 1))
                yield {"kind": "logged", "line": line, "end": end, "name": name, "doubt": _doubt(tree, call, name, before)}


_INNER = re.compile(r"([\w.:>-]+)\s*\((?:[^()]|\([^()]*\))*$")
_SHOWS = re.compile(
    r"(?i)(?:^|\.|::|>)(?:s?printf|format\w*|f|str\w*|string|concat|join|json\w*|dumps?|stringify|inspect|to_?string|repr|encode\w*|quote|any|sprint\w*|with\w*|kv|field\w*|"
    r"value\w*|object|of|dict|map|add\w*|error\w*|info|warn\w*|debug|log|trace|bind|extra|get\w*|print\w*|new|String|append)$"
)
"""Calls whose result shows what they are given."""
_MADE_ONCE = re.compile(r"(?i)\b(?:generated|initial|temporary|one-?time|random(?:ly)?|new(?:ly)? created|save (?:this|it)|setup)\b")
_AT_A_TERMINAL = re.compile(
    r"(?i)(?:^|/)(?:management/commands|Console/Commands|commands?|cmd|cli|scripts?|bin|tasks|perf|k6|[\w-]*demo[\w-]*)/"
)


_NAMED_SO = re.compile(
    r"(?i)\bsecret\b[^\n]{0,60}?\b(?:not (?:found|readable|there)|un(?:readable|known)|missing|(?:does|did) ?n[o']t exist|no such)"
)
"""What is not there is told by its name, and not by what it holds."""


def _doubt(tree: Tree, call: Call, name: str, before: str) -> str:
    """What would make it fine: `before` is what stands between the call and the name."""
    if re.search(r"(?i)(?<![a-z_])secret$", name) and _NAMED_SO.search(tree.text[call.start : call.end]):
        return "whether it is the name of a secret, and not its value"
    inner = _INNER.search(before)
    if inner is not None and not _SHOWS.search(inner.group(1)):
        return f"whether what `{inner.group(1)}` gives still holds the secret"
    if _AT_A_TERMINAL.search(told(tree.source.path)) or _MADE_ONCE.search(tree.text[call.start : call.end]):
        return "whether only the person who sets it up sees this output"
    return ""


def _ruby(tree: Tree, call: Call) -> Call:
    """Ruby's brackets may be left out: the arguments are the rest of the line."""
    if tree.language != "ruby" or tree.bare[call.begin - 1] == "(":
        return call
    end = tree.bare.find("\n", call.begin)
    return call._replace(end=end if end >= 0 else len(tree.bare))


_HIDES = re.compile(r"(?i)hash|sha\d|md5|mask|redact|safe|scrub|sanitiz|obfuscat|fingerprint|encrypt|len|count|decode_?header")


def _told(tree: Tree, call: Call, secret: "re.Pattern[str]", harmless: "re.Pattern[str]") -> "tuple[str, str]":
    """The first name among the arguments whose value is a secret, and what stands before it; "" where there is none."""
    begin = call.begin
    text = tree.bare[begin : call.end]
    for match in _NAME.finditer(text):
        whole = tree.code[begin + match.start() : begin + match.end()]
        last = re.split(r"->|\.|\[", whole.rstrip("]'\" "))[-1].lstrip("$@:'\" ")
        plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", last)
        if (
            not secret.search(plain)
            or _ABOUT.match(plain)
            or _LACKS.search(plain)
            or last.isupper()
            or re.match(r"[A-Z]", whole.lstrip("$@"))
        ):
            continue
        before, after = text[: match.start()], text[match.end() :]
        if re.search(r"\bin\s+$", before) and not re.search(r"\bfor\b[^\n]*$", before):
            continue  # what stands in it, yes or no
        if re.search(r"[!=]=\s*$", before):
            continue
        inner = _INNER.search(before)
        if inner is not None and _HIDES.search(inner.group(1)):
            continue
        if harmless.search(before[-40:]) or _TESTED.match(after) or re.match(r"\s*:(?!:)", after):
            continue
        # a value that PHP or Kotlin write into a text
        inside = whole.startswith("$") or tree.code[: begin + match.start()].endswith(("${", "$"))
        if not inside and re.search(r"[\"'\w]\s*$", before) and not re.search(r"\b(?:in|and|or|not|await|new)\s*$", before):
            continue  # a word of a text that the tree gave as code
        return whole, before
    return "", ""
