"""Attestations: answers to questions that no program can settle, held to evidence that exists."""

import re

from backend_agent.digests import sha256
from backend_agent.errors import UserError
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from backend_agent.records import NamedTuple

_SHAPE = re.compile(r"^(?P<id>[A-Za-z][\w-]*)=(?P<verdict>pass|fail|n/?a)\s*:\s*(?P<text>.+)$", re.DOTALL | re.IGNORECASE)
_PLACE = re.compile(
    r"(?P<path>[\w@+.\-\[\]()]+(?:/[\w@+.\-\[\]()]+)*)(?:::(?P<test>[\w.:\[\]-]+))?(?::(?P<first>\d+)(?:-(?P<last>\d+))?)?$"
)
_ENDING = re.compile(
    r"\.(?:py|pyi|[cm]?[jt]sx?|go|rs|java|kts?|cs|rb|rake|php|exs?|scala|sql|prisma|ya?ml|json|toml|md|txt|ini|cfg|env|xml|gradle|html|sh|proto|"
    r"graphql|lock|mod|csproj|erb|vue)$",
    re.IGNORECASE,
)
_COMMAND = re.compile(r"`([^`]{3,})`")
SHORTEST = 12
"""Characters of an answer below which nothing was said."""


class Attestation(NamedTuple):
    """One answer. `places` are (path, line or 0) that exist; `digests` tie it to their content."""

    id: str
    verdict: str
    text: str
    places: "tuple[tuple[str, int], ...]" = ()
    digests: "tuple[tuple[str, str], ...]" = ()
    carried: bool = False
    """Taken over from an earlier report whose files have not changed."""


def read(given: "tuple[str, ...]", known: "frozenset[str]", repository: Repository) -> "dict[str, Attestation]":
    """The answers of `--attest`, by item. Raises UserError for one without shape, for an unknown item, for evidence that is not there."""
    found: dict[str, Attestation] = {}
    for text in given:
        match = _SHAPE.match(text.strip())
        if match is None:
            raise UserError(
                f"--attest {text[:80]!r} is not understood", 'write --attest SEC-3="pass: why, path/to/file.py:12" (or fail:, n/a:)'
            )
        item = next((name for name in known if name.lower() == match["id"].lower()), "")
        if not item:
            raise UserError(f"there is no checklist item {match['id']}", "run_checklist.py --only attest shows the open questions")
        found[item] = _held(item, match["verdict"].lower().replace("na", "n/a"), " ".join(match["text"].split()), repository)
    return found


def _held(item: str, verdict: str, text: str, repository: Repository) -> Attestation:
    if len(text) < SHORTEST:
        raise UserError(f"--attest {item}: {text!r} says too little", "say what was found and where: path/to/file.py:12")
    places = _places(item, text, repository)
    if verdict == "pass" and not places and not _COMMAND.search(text):
        raise UserError(
            f"--attest {item}: no evidence", "name at least one file, better with its line: path/to/file.py:12, or a command in backticks"
        )
    digests = tuple((path, digest_of(repository, path)) for path in sorted({path for path, _line in places}))
    return Attestation(item, verdict, text, places, digests)


def _places(item: str, text: str, repository: Repository) -> "tuple[tuple[str, int], ...]":
    """The places that an answer names. Raises UserError for one that looks like a place and does not exist."""
    found: list[tuple[str, int]] = []
    for word in re.split(r"[\s,;\"'`<>]+", text):
        match = _PLACE.search(word.strip("().:!?"))
        if match is None or word.startswith(("/", "http:", "https:")):
            continue
        path = match["path"].removeprefix("./")
        first = int(match["first"]) if match["first"] else 0
        if not repository.exists(path):
            if _ENDING.search(path) and (first or "/" in path or match["test"]):
                raise UserError(
                    f"--attest {item}: {path} does not exist", "evidence must name a file of this repository, relative to its root"
                )
            continue
        lines = repository.read(path).splitlines()
        last = int(match["last"]) if match["last"] else first
        if first and not (0 < first <= last <= len(lines) and any(row.strip() for row in lines[first - 1 : last])):
            raise UserError(f"--attest {item}: {path} has no line {max(first, last)} with anything on it", f"it has {len(lines)} lines")
        test = (match["test"] or "").rpartition("::")[2].partition("[")[0]
        if test and test not in repository.read(path):
            raise UserError(f"--attest {item}: {path} holds no {test}", "name a test that is there")
        found.append((path, first))
    return tuple(dict.fromkeys(found))


def digest_of(repository: Repository, path: str) -> str:
    return sha256(repository.read(path).encode("utf-8", "surrogatepass")).hexdigest()


def carried(rows: "list[dict[str, object]]", known: "frozenset[str]", repository: Repository) -> "dict[str, Attestation]":
    """Answers of an earlier report that still stand: they named files, and these files are as they were."""
    found = {}
    for row in rows:
        files = row.get("files")
        item = str(row.get("id"))
        if not isinstance(files, dict) or not files or item not in known or row.get("verdict") not in {"pass", "fail", "n/a"}:
            continue
        if all(repository.exists(path) and digest_of(repository, path) == digest for path, digest in files.items()):
            digests = tuple(sorted((str(p), str(d)) for p, d in files.items()))
            found[item] = Attestation(item, str(row["verdict"]), str(row.get("text")), tuple((p, 0) for p, _d in digests), digests, True)
    return found
