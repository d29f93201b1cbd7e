"""Read a shell command as far as a guard has to: which programs it starts, with which words, fed with which text.

Not a shell: variables stay as they are, and what cannot be understood is taken word by word. Nothing is run.
"""

import re

MOST = 100_000
"""Characters of a command that are looked at."""

_TOKEN = re.compile(
    r"""
    (?P<continued>\\\n) | (?P<space>[ \t\r]+) | (?P<comment>(?<![^\s;&|()])\#[^\n]*) | (?P<operator>[;&|()<>`\n]+)
    | (?P<word>(?:\\.|'[^']*'|"(?:\\.|[^"\\])*"|[^\s;&|()<>`'"\\])+) | (?P<stray>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_PART = re.compile(r"""\\(?P<escaped>.)|'(?P<single>[^']*)'|"(?P<double>(?:\\.|[^"\\])*)"|(?P<bare>[^'"\\]+)""", re.DOTALL)
_INSIDE = re.compile(r"\$\(([^()]*(?:\([^()]*\)[^()]*)*)\)|`([^`]*)`")
_HEREDOC = re.compile(r"<<-?[ \t]*(['\"]?)(\w+)\1([^\n]*)\n")
_MOST_HEREDOCS = 50


class Simple:
    """One program and its words. `fed` are texts that reach its input, `files` are files that do."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.fed: list[str] = []
        self.files: list[str] = []


def pipelines(command: str) -> "tuple[list[list[Simple]], list[str]]":
    """The pipelines of a command, in order, and the commands that stand inside of its words: `$(…)` and backticks."""
    bodies: list[str] = []
    return _read(_without_heredocs(command[:MOST], bodies), bodies)


def _without_heredocs(command: str, bodies: "list[str]") -> str:
    """The command with a mark in place of each here-document, whose text is put into `bodies`."""
    said, at = [], 0
    for _one in range(_MOST_HEREDOCS):
        start = _HEREDOC.search(command, at)
        if start is None:
            break
        end = re.compile(rf"^[ \t]*{start[2]}[ \t]*$", re.MULTILINE).search(command, start.end())
        if end is None:
            said.append(command[at : start.end()])
            at = start.end()
            continue
        said.append(f"{command[at : start.start()]}<<<\x00{len(bodies)} {start[3]}\n")
        bodies.append(command[start.end() : end.start()])
        at = end.end()
    return "".join(said) + command[at:]


def _read(command: str, bodies: "list[str]") -> "tuple[list[list[Simple]], list[str]]":
    found: list[list[Simple]] = [[Simple()]]
    inside: list[str] = []
    redirection = ""
    for token in _TOKEN.finditer(command):
        kind, raw = token.lastgroup, token.group()
        if kind == "operator":
            redirection = raw if ("<" in raw or ">" in raw) and "(" not in raw else ""
            if redirection:
                continue
            if raw in {"|", "|&"}:
                found[-1].append(Simple())
            else:
                found.append([Simple()])
        elif kind in {"word", "stray"}:
            here = found[-1][-1]
            text, commands = _plain(raw)
            inside += commands
            if not redirection:
                here.words.append(text)
            elif redirection.startswith("<<<"):
                here.fed.append(_body(text, bodies))
            elif redirection == "<":
                here.files.append(text)
            redirection = ""
    return [kept for line in found if (kept := [one for one in line if one.words])], inside


def _body(text: str, bodies: "list[str]") -> str:
    """The here-document behind a mark; any other text is itself."""
    number = text[1:]
    return bodies[int(number)] if text[:1] == "\x00" and number.isascii() and number.isdigit() and int(number) < len(bodies) else text


def _plain(raw: str) -> "tuple[str, list[str]]":
    """A word without its quotes, and the commands that the shell would run to make it. Single quotes hold none."""
    said, inside = [], []
    for part in _PART.finditer(raw):
        text = part.group(part.lastgroup or 0)
        if part.lastgroup in {"double", "bare"}:
            inside += [one or other for one, other in _INSIDE.findall(text)]
        if part.lastgroup == "double":
            text = re.sub(r"\\([\"\\$`])", r"\1", text)
        said.append(text)
    return "".join(said), inside
