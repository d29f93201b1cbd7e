"""What the change is: the work tree against the merge base with the main branch, plus untracked files. Without git: everything."""

import os
import re

from backend_agent.repository.files import IGNORED, Repository
from backend_agent.repository.listing import output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from backend_agent.records import NamedTuple

MAIN_BRANCHES = ("main", "master", "develop", "development", "dev", "trunk", "next")

_BINARY = re.compile(rb'^Binary files (?:/dev/null|"?a/.*) and ("?b/.*) differ$')
_HUNK = re.compile(rb"^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


class Changed(NamedTuple):
    """One file of the change. `lines` are the (first, last) ranges that are new in it; None means the whole file is new.

    A range (n, n) also stands where lines were only taken away: what surrounds them may be broken by that.
    """

    path: str
    status: str
    """added | modified | deleted | renamed"""
    lines: "tuple[tuple[int, int], ...] | None" = None
    old: str = ""
    """The path at the base; "" for an added file."""

    def holds(self, first: int, last: int) -> bool:
        if self.lines is None:
            return True
        return any(start <= max(first, last) and first <= end for start, end in self.lines)


class Change(NamedTuple):
    """The change under review. `whole`: there is no git, so every file counts. `base` is a commit, `base_name` how it was found."""

    files: "dict[str, Changed]"
    base: str = ""
    base_name: str = ""
    head: str = ""
    whole: bool = False
    note: str = ""

    def touches(self, path: str, line: int = 0, end_line: int = 0) -> bool:
        """Whether a place is part of the change; line 0 asks for the file."""
        if self.whole:
            return True
        changed = self.files.get(path)
        if changed is None or changed.status == "deleted":
            return False
        return line == 0 or changed.holds(line, end_line or line)

    @property
    def paths(self) -> "tuple[str, ...]":
        """The files that exist after the change, sorted."""
        return tuple(sorted(p for p, c in self.files.items() if c.status != "deleted"))


def everything(repository: Repository, note: str = "") -> Change:
    return Change({path: Changed(path, "added") for path in repository.paths}, whole=True, note=note)


def change_of(repository: Repository, base: str = "") -> Change:
    """The change of a work tree. `base` names a commit or branch to compare with; "" looks for the main branch.

    Raises ValueError where `base` is given and is no commit here.
    """
    root = repository.root
    inside, head = _state(root)
    if not inside:
        return everything(repository, "no git here: every file counts as changed")
    if not any(repository.paths):
        return Change({}, note="no files")
    if not head:
        return everything(repository, "no commit yet: every file counts as changed")
    name, commit, note = _base(root, base, head)
    files, untracked = _diff(root, commit), _untracked(root)
    if files is None or untracked is None:
        return everything(repository, f"git could not compare with {name}: every file counts as changed")
    for path in untracked:
        files[path] = Changed(path, "added")
    return Change(files, commit, name, head, False, note)


def _state(root: str) -> "tuple[bool, str]":
    """(whether this is a work tree, the commit at HEAD or ""): one call where both are so."""
    told = git(root, "rev-parse", "--is-inside-work-tree", "HEAD^{commit}") or ""
    inside, _, head = told.partition("\n")
    if not told:
        inside = git(root, "rev-parse", "--is-inside-work-tree") or ""
    return inside == "true", head


def git(root: str, *arguments: str) -> "str | None":
    """The output of a git command without its last line end, None where it fails. Hooks and monitors of the repository do not run."""
    output = git_bytes(root, *arguments)
    return None if output is None else os.fsdecode(output).rstrip("\n")


def git_bytes(root: str, *arguments: str) -> "bytes | None":
    options = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "core.quotePath=true")
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    return output(root, ("git", *options, *arguments), environment)


def _base(root: str, wanted: str, head: str) -> "tuple[str, str, str]":
    """(name, commit, note) of what to compare with: the main branch whose merge base is nearest to HEAD."""
    if wanted:
        commit = "" if wanted.startswith("-") else git(root, "rev-parse", "--verify", "-q", f"{wanted}^{{commit}}")
        if not commit:
            raise ValueError(f"{wanted} is no commit or branch here")
        return wanted, git(root, "merge-base", "HEAD", commit) or commit, ""
    current, default, known = _branches(root)
    best: tuple[int, str, str] | None = None
    for name in _candidates(current, default, known):
        merge_base = git(root, "merge-base", "HEAD", name)
        if not merge_base:
            continue
        distance = 0 if merge_base == head else int(git(root, "rev-list", "--count", f"{merge_base}..HEAD") or 0)
        if best is None or distance < best[0]:
            best = (distance, name, merge_base)
    if best is not None:
        return best[1], best[2], ""
    alone = "" if current in MAIN_BRANCHES else "no main branch to compare with: the change is what is not committed"
    return "HEAD", head, alone


def _branches(root: str) -> "tuple[str, str, set[str]]":
    """(the branch that is checked out, the default branch of origin, all branches), each "" where there is none."""
    listed = git(root, "for-each-ref", "--format=%(HEAD) %(refname:short) %(symref:short)", "refs/heads", "refs/remotes") or ""
    current, default = "", ""
    known: set[str] = set()
    for row in listed.split("\n"):
        name, _, target = row[2:].partition(" ")
        known.add(name)
        current = name if row[:1] == "*" else current
        default = target if target and name in {"origin", "origin/HEAD"} else default
    return current or git(root, "symbolic-ref", "-q", "--short", "HEAD") or "", default, known


def _candidates(current: str, default: str, known: "set[str]") -> "list[str]":
    """Names of main branches that exist. On a main branch itself only its remote twin says what is already agreed."""
    asked = os.environ.get("GITHUB_BASE_REF") or os.environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME") or ""
    if asked:
        found = [name for name in (f"origin/{asked}", asked) if name in known]
        if found:
            return found
    if current and (current in MAIN_BRANCHES or default == f"origin/{current}"):
        return [name for name in (f"origin/{current}", f"upstream/{current}") if name in known]
    names = [default] if default else []
    for branch in MAIN_BRANCHES:
        names += [f"origin/{branch}", f"upstream/{branch}", branch]
    return [name for name in dict.fromkeys(names) if name in known and name != current]


def _diff(root: str, base: str) -> "dict[str, Changed] | None":
    """The files that differ and their new lines; None where git cannot tell. A file whose lines it cannot tell counts as a whole:
    a partial clone may lack the old text, and an attribute may call a source binary."""
    flags = ("--no-ext-diff", "--no-textconv", "--no-color", "--relative", "--ignore-submodules=all")
    lines = ("-U0", "--src-prefix=a/", "--dst-prefix=b/")
    patch: bytes | None
    both = git_bytes(root, "diff", "--patch-with-raw", *lines, *flags, "-M", base, "--")
    if both is not None:
        raw, _, patch = both.partition(b"\n\n")
    else:
        for renames in ("-M", "--no-renames"):  # to find renames, git reads old texts
            told = git_bytes(root, "diff", "--raw", *flags, renames, base, "--")
            if told is not None:
                break
        else:
            return None
        raw, patch = told, git_bytes(root, "diff", *lines, *flags, renames, base, "--")
    files = _statuses(raw)
    ranges = None if patch is None else _ranges(patch)
    for path, known in files.items():
        if known.status in {"modified", "renamed"}:
            found = None if ranges is None else ranges.get(path, ())
            files[path] = known._replace(lines=None if found is None else tuple(found))
    return files


def _statuses(raw: bytes) -> "dict[str, Changed]":
    files: dict[str, Changed] = {}
    for row in raw.split(b"\n"):
        told, *names = row.split(b"\t")
        if not told.startswith(b":") or not names:
            continue
        letter = os.fsdecode(told.rpartition(b" ")[2][:1])
        path, new = _unquoted(names[0]), _unquoted(names[-1])
        if letter in "RC":
            files[new] = Changed(new, "renamed" if letter == "R" else "added", () if letter == "R" else None, path)
            if letter == "R":
                files[path] = Changed(path, "deleted", (), path)
            continue
        status = {"A": "added", "D": "deleted"}.get(letter, "modified")
        files[path] = Changed(path, status, None if status == "added" else (), "" if status == "added" else path)
    return {path: c for path, c in files.items() if IGNORED.isdisjoint(path.split("/"))}


def _ranges(patch: bytes) -> "dict[str, list[tuple[int, int]] | None]":
    """New line ranges per path of a patch without context, None for what git calls binary. Hunk bodies are skipped by their length: their
    text may look like a header."""
    found: dict[str, list[tuple[int, int]] | None] = {}
    path = ""
    lines = patch.split(b"\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.startswith(b"+++ "):
            path = _unquoted(line[4:]).removeprefix("b/")
        binary = _BINARY.match(line)
        if binary:
            found[_unquoted(binary[1]).removeprefix("b/")] = None
        hunk = _HUNK.match(line)
        if hunk is None:
            continue
        removed = int(hunk[1]) if hunk[1] else 1
        start, added = int(hunk[2]), int(hunk[3]) if hunk[3] else 1
        ranges = found.setdefault(path, [])
        if ranges is not None:
            ranges.append((start, start + added - 1) if added else (max(start, 1), start + 1))
        at = _past(lines, at, removed + added)
    return found


def _past(lines: "list[bytes]", at: int, count: int) -> int:
    while at < len(lines) and (count or lines[at].startswith(b"\\")):
        if not lines[at].startswith(b"\\"):  # "\ No newline at end of file" is not counted
            count -= 1
        at += 1
    return at


def _unquoted(name: bytes) -> str:
    """A path as it is: git quotes odd names as C strings."""
    name = name.rstrip(b"\t\r")
    if name.startswith(b'"') and name.endswith(b'"'):
        name = re.sub(rb'\\([0-7]{3}|[abtnvfr"\\])', _escape, name[1:-1])
    return os.fsdecode(name)


def _escape(match: "re.Match[bytes]") -> bytes:
    code = match[1]
    if len(code) == 3:
        return bytes([int(code, 8)])
    return {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}.get(code, code)


def _untracked(root: str) -> "list[str] | None":
    raw = git_bytes(root, "ls-files", "-z", "-o", "--exclude-standard")
    return None if raw is None else [p for p in os.fsdecode(raw).split("\0") if p and IGNORED.isdisjoint(p.split("/"))]
