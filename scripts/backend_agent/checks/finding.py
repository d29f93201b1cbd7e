"""What a check says: one finding at one place, and what the check itself can and cannot see."""

from backend_agent.digests import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from backend_agent.records import NamedTuple

SEVERITIES = ("error", "warning", "note")
QUESTION = "question"
"""The severity of a finding with a doubt, unless stack.yaml gives its check one: it is put to a person and decides nothing by itself."""


class Finding(NamedTuple):
    """One place that breaks a rule. `path` is relative to the repository, lines count from 1, `end_line` is inclusive (0: same line).

    `message` says what is wrong and why it matters there; `fix` says what to do. `subject` names what the finding is about where its line
    may move or repeat (a route, a table.column); it makes the fingerprint steadier than the text of the line.
    """

    check: str
    item: str
    severity: str
    path: str
    line: int
    end_line: int
    message: str
    fix: str = ""
    category: str = ""
    subject: str = ""
    edit: str = ""
    """What may take the place of the line as it stands, where that mends it and changes nothing else."""
    doubt: str = ""
    """What would make this place fine and could not be seen, as a clause after "not seen: ". With one, the finding is a question."""


class Check(NamedTuple):
    """A rule over the model. `languages` are the names of `facts.source.LANGUAGES` it has rules for; () means all.

    `sees` and `misses` say in one sentence each what it can and cannot see: a person who reads "passed" must know of what.
    """

    id: str
    item: str
    title: str
    severity: str = "error"
    category: str = ""
    languages: tuple[str, ...] = ()
    why: str = ""
    fix: str = ""
    sees: str = ""
    misses: str = ""


def fingerprint(finding: Finding, line_text: str, occurrence: int = 0) -> str:
    """A name for a finding that survives moved lines: check, path, and the text of the line, or the subject where there is one.

    `occurrence` counts equal ones in a file from 0, so that the second of two equal lines is not hidden behind the first.
    """
    told = finding.subject or " ".join(line_text.split())
    parts = (finding.check, finding.path, told, str(occurrence))
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]
