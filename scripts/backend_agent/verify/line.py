"""A command line as steps that need no shell: `cd api && LOG=off pytest -q` is one step in `api` with one variable set.

What only a shell can do (pipes, redirections, substitutions, `||`) is refused with a reason: a failure behind `| tee` or `|| true` would
be hidden, and text from a repository must not reach a shell.
"""

import glob
import os
import re
from typing import NamedTuple

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_OPERATORS = {
    "||": "`||` hides a failure",
    "|": "a pipe hides the exit code of its first command",
    ";": "`;` goes on after a failure",
    "&": "`&` leaves a command running",
    ">": "redirections need a shell",
    "<": "redirections need a shell",
    "(": "a subshell needs a shell",
    ")": "a subshell needs a shell",
    "`": "substitutions need a shell",
    "$": "variables need a shell",
}


class Step(NamedTuple):
    argv: "tuple[str, ...]"
    cwd: str
    """Relative to the folder in which the line is run."""
    env: "tuple[tuple[str, str], ...]" = ()


class Refused(Exception):  # noqa: N818  reads as what happened, in `except line.Refused`
    """The line cannot be run without a shell; the message says why."""


class _Word(NamedTuple):
    text: str
    pattern: bool
    quoted: bool


def steps(line: str, folder: str = ".") -> "list[Step]":
    """The steps of a line, to be run one after another until one fails. Wildcards are filled in as in `folder`. Raises Refused."""
    if not line.strip():
        raise Refused("the command is empty")
    found: list[Step] = []
    cwd = "."
    for words in _chain(line):
        env: list[tuple[str, str]] = []
        while words and not words[0].quoted and _ASSIGNMENT.match(words[0].text):
            name, _equals, value = words.pop(0).text.partition("=")
            env.append((name, value))
        if not words:
            raise Refused("a variable is set for a shell that does not exist")
        if words[0].text == "cd" and not env:
            if len(words) != 2:
                raise Refused("`cd` takes one folder")
            cwd = os.path.normpath(os.path.join(cwd, words[1].text))
            continue
        argv = [text for word in words for text in _filled(word, os.path.join(folder, cwd))]
        found.append(Step(tuple(argv), cwd, tuple(env)))
    if not found:
        raise Refused("the line only changes the folder")
    return found


def _filled(word: _Word, folder: str) -> "list[str]":
    if not word.pattern:
        return [word.text]
    names = sorted(glob.glob(word.text, root_dir=folder, recursive=False))
    return [name for name in names if not name.startswith("-")][:2_000] or [word.text]


def _chain(line: str) -> "list[list[_Word]]":  # noqa: C901  one branch per kind of character
    """The words of each part between `&&`, read as a POSIX shell quotes."""
    parts: list[list[_Word]] = [[]]
    at, size = 0, len(line)
    text, pattern, quoted, open_word = "", False, False, False

    def close() -> None:
        nonlocal text, pattern, quoted, open_word
        if open_word:
            parts[-1].append(_Word(text, pattern, quoted))
        text, pattern, quoted, open_word = "", False, False, False

    while at < size:
        character = line[at]
        if character in " \t\r":
            close()
        elif character == "\n":
            raise Refused("several lines need a shell; give a list of commands")
        elif line.startswith("&&", at):
            close()
            parts.append([])
            at += 1
        elif character == "'":
            end = line.find("'", at + 1)
            if end < 0:
                raise Refused("a quote is not closed")
            text, quoted, open_word = text + line[at + 1 : end], True, True
            at = end
        elif character == '"':
            inner, at = _double(line, at + 1)
            text, quoted, open_word = text + inner, True, True
        elif character == "\\" and at + 1 < size and os.name != "nt":
            text, quoted, open_word = text + line[at + 1], True, True
            at += 1
        elif character == "#" and not open_word:
            break
        elif character in "|;&<>()`$":
            operator = "||" if line.startswith("||", at) else character
            raise Refused(_OPERATORS[operator])
        elif character == "~" and not open_word:
            raise Refused("`~` needs a shell")
        else:
            pattern = pattern or character in "*?"
            text, open_word = text + character, True
        at += 1
    close()
    if any(not part for part in parts):
        raise Refused("`&&` with nothing beside it")
    return parts


def _double(line: str, at: int) -> "tuple[str, int]":
    """The text of a double-quoted string that begins at `at`, and the place of its closing quote."""
    text = ""
    while at < len(line):
        character = line[at]
        if character == '"':
            return text, at
        if character in "$`":
            raise Refused(_OPERATORS[character])
        if character == "\\" and line[at + 1 : at + 2] in {'"', "\\", "$", "`"}:
            at += 1
            character = line[at]
        text += character
        at += 1
    raise Refused("a quote is not closed")


def _run_steps(told: "list[str]") -> int:
    """Run steps given as JSON, one after another until one fails: what a wrapper such as with_postgres.py is given as its command."""
    import json
    import subprocess

    for one in told:
        argv, cwd, env = json.loads(one)
        code = subprocess.run(argv, cwd=cwd, env={**os.environ, **env}, check=False).returncode  # noqa: S603
        if code:
            return code
    return 0


if __name__ == "__main__":
    import sys

    sys.exit(_run_steps(sys.argv[1:]))
