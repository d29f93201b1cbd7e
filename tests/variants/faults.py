"""Plant each fault of faults.yaml into a copy of a stack and demand that the contract suite goes red by it.

\b
    python3 tests/variants/faults.py python           every fault of one stack
    python3 tests/variants/faults.py go --only lock   those whose name holds the word
    python3 tests/variants/faults.py go --whole       the whole suite on each, and not only the tests that must fail

Exits 0 when every fault was seen, 1 when one was not, 2 when a fault does not apply. Run it with the Python of the test environment.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "variants")]

import yaml  # noqa: E402  the path is set first

from backend_agent import cache  # noqa: E402

VARIANTS = ROOT / "variants"
FAULTS = Path(__file__).with_name("faults.yaml")
LIMIT = 1500.0
FIELDS = {"drops", "file", "find", "put", "red"}


class FaultError(Exception):
    """A fault that cannot be planted: the code has changed."""


class Fault(NamedTuple):
    drops: str
    file: str
    edits: "tuple[tuple[str, str], ...]"
    red: "tuple[str, ...]"

    def planted(self, text: str) -> str:
        """The text of the file with the fault in it. Raises FaultError where a place is not there exactly once."""
        for find, put in self.edits:
            if text.count(find) != 1:
                raise FaultError(f"{self.file}: {find.strip()!r} stands there {text.count(find)} times, not once ({self.drops})")
            text = text.replace(find, put)
        return text


def faults(stack: str) -> "list[Fault]":
    return [_fault(told) for told in yaml.safe_load(FAULTS.read_text(encoding="utf-8")).get(stack, [])]


def _fault(told: Any) -> Fault:
    if not FIELDS <= set(told) <= FIELDS | {"also"}:
        raise FaultError(f"{told}: fields are {', '.join(sorted(FIELDS))}, also")
    edits = [(str(told["find"]), str(told["put"]))]
    if "also" in told:
        edits.append((str(told["also"]["find"]), str(told["also"]["put"])))
    return Fault(str(told["drops"]), str(told["file"]), tuple(edits), tuple(told["red"]))


class Copy:
    """A copy of the stack's sources that keeps what was built in it, so that each fault costs one incremental build."""

    def __init__(self, stack: str) -> None:
        self.stack = stack
        self.variants = Path(cache.path("variants", "faults"))
        self.source = VARIANTS / stack

    def bring_up_to_date(self) -> None:
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "-z", "."], cwd=self.source, capture_output=True, text=True, check=True
        ).stdout
        for name in filter(None, listed.split("\0")):
            if (self.source / name).is_file():
                self.write(name, (self.source / name).read_bytes())

    def write(self, name: str, content: bytes) -> None:
        target = self.variants / self.stack / name
        if target.exists() and target.read_bytes() == content:
            return  # an unchanged file keeps its time, on which builds depend
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def plant(self, fault: Fault) -> None:
        text = (self.source / "app" / fault.file).read_text(encoding="utf-8")
        self.write(f"app/{fault.file}", fault.planted(text).encode())


def run(copy: Copy, fault: Fault, whole: bool) -> "tuple[list[str], list[str], str]":
    """Tests that failed, tests that could not run, and the end of what pytest said."""
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rfE", "--stack", copy.stack]
    words += ["--variants", str(copy.variants), "--tb=line"]
    words += ["tests/variants"] if whole else [*_files(fault.red), "-k", " or ".join(fault.red)]
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT / "scripts")}
    done = subprocess.run(words, cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=LIMIT, check=False)
    failed = re.findall(r"^FAILED \S+?::(\S+)", done.stdout, re.MULTILINE)
    errors = re.findall(r"^ERROR \S+", done.stdout, re.MULTILINE)
    return failed, errors, (done.stdout + done.stderr)[-1500:]


def _files(tests: "tuple[str, ...]") -> "list[str]":
    """Where the tests are written: collecting all of the suite for two of them would take longer than they do."""
    files = sorted(Path(__file__).parent.glob("test_*.py"))
    return [str(file) for file in files if any(f"def {test}(" in file.read_text(encoding="utf-8") for test in tests)]


def name_of(test: str) -> str:
    return test.rpartition("::")[2].partition("[")[0]


def try_all(stack: str, word: str, whole: bool) -> int:
    chosen = [fault for fault in faults(stack) if word in fault.drops]
    if not chosen:
        raise FaultError(f"no fault of {stack} is named {word!r}" if word else f"there are no faults for {stack}")
    copy, unseen = Copy(stack), 0
    for fault in chosen:
        copy.bring_up_to_date()
        copy.plant(fault)
        failed, errors, said = run(copy, fault, whole)
        names = {name_of(test) for test in failed}
        seen = set(fault.red) <= names and not errors
        unseen += not seen
        print(f"{'red  ' if seen else 'UNSEEN'} {stack}  {fault.drops}\n       {', '.join(sorted(names)) or 'nothing failed'}", flush=True)
        if not seen:
            print(f"       wanted {', '.join(fault.red)}; {len(errors)} could not run\n{said}", flush=True)
    copy.bring_up_to_date()
    print(f"{len(chosen) - unseen} of {len(chosen)} faults seen in {stack}")
    return 1 if unseen else 0


def main(words: "list[str]") -> int:
    word = words[words.index("--only") + 1] if "--only" in words else ""
    stacks = [each for each in words if not each.startswith("--") and each != word]
    if not stacks:
        raise FaultError("name a stack: python3 tests/variants/faults.py python")
    return max([try_all(stack, word, "--whole" in words) for stack in stacks])


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except FaultError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
