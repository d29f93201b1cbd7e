"""The pieces of snippets.md, each pasted into a file of its own in a new project, compile with what they name.

The compiler itself says what a pasted piece lacks; each such name must be where the piece says it is: in the package that it imports,
or in its own. That declaration is pasted as well, and the question asked again, until nothing is missing. Nothing else comes along.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import carried
import cut
import pytest
from contract_suite import stacks

ROUNDS = 60
_BLOCK = re.compile(r"^`app/(?P<file>[^`]+):\d+-\d+`\n\n```(?P<language>go|sql)\n(?P<text>.*?)\n```$", re.MULTILINE | re.DOTALL)
_DECLARES = re.compile(
    r"^(?:func (?:\((?:\w+ )?\*?(?P<receiver>\w+)[^)]*\) )?(?P<func>\w+)|type (?P<type>\w+)|(?:var|const) (?P<value>\w+)?)"
)
_IN_GROUP = re.compile(r"^\t(?P<name>\w+)\b")
_MISSING = (
    re.compile(r"^(?P<file>\S+?\.go):\d+:\d+: undefined: (?:(?P<package>\w+)\.)?(?P<name>\w+)$"),
    re.compile(
        r"^(?P<file>\S+?\.go):\d+:\d+: .*undefined \(type \*?(?:(?P<package>\w+)\.)?(?P<type>\w+) has no field or method (?P<name>\w+)\b"
    ),
    re.compile(r"\*?(?:(?P<package>\w+)\.)?(?P<type>\w+) does not implement .*missing method (?P<name>\w+)\)"),
)
_NO_PACKAGE = re.compile(r"(?:package|module provides package) (?P<module>example\.com/boxoffice/[\w/]+)")


class Declaration(NamedTuple):
    file: str
    first: int
    names: "frozenset[str]"
    """Its own name, or `Type.method`."""
    text: str

    @property
    def folder(self) -> str:
        return self.file.rpartition("/")[0]


class Source:
    """The declarations of the service, by folder and name."""

    def __init__(self, app: Path) -> None:
        self.app = app
        self.lines = {path.relative_to(app).as_posix(): path.read_text(encoding="utf-8").splitlines() for path in sorted(app.rglob("*.go"))}
        self.all = [one for file in self.lines for one in self._read(file)]

    def _read(self, file: str) -> "list[Declaration]":
        lines, found, number = self.lines[file], [], 0
        while number < len(lines):
            match = _DECLARES.match(lines[number])
            if match is None:
                number += 1
                continue
            last = self._end(lines, number)
            names = {f"{match['receiver']}.{match['func']}"} if match["receiver"] else {match["func"] or match["type"] or match["value"]}
            if match["value"] is None and not match["func"] and not match["type"]:
                names = {inner["name"] for line in lines[number + 1 : last] if (inner := _IN_GROUP.match(line))}
            first = number
            while first and lines[first - 1].startswith("//"):
                first -= 1
            found.append(Declaration(file, first, frozenset(names), "\n".join(lines[first : last + 1])))
            number = last + 1
        return found

    @staticmethod
    def _end(lines: "list[str]", first: int) -> int:
        opening = lines[first].rstrip()
        if not opening.endswith(("{", "(", "`")):
            return first
        closing = "`" if opening.endswith("`") else "}" if opening.startswith("func ") else ("}", ")")
        return next(number for number in range(first + 1, len(lines)) if lines[number].startswith(closing))

    def find(self, folder: str, name: str, tests: bool) -> "Declaration | None":
        here = [one for one in self.all if one.folder == folder and (tests or not one.file.endswith("_test.go"))]
        method = name.rpartition(".")[2]
        embedded = (one for one in here if "." in name and any(own.endswith(f".{method}") for own in one.names))
        return next((one for one in here if name in one.names), next(embedded, None))


class Project:
    """A new Go module: the dependencies of go.mod, the pasted pieces, and what they were found to lean on."""

    def __init__(self, folder: Path, source: Source) -> None:
        self.folder, self.source = folder, source
        self.brought: set[Declaration] = set()
        for name in ("go.mod", "go.sum"):
            shutil.copy(source.app / name, folder / name)

    def paste(self, number: int, file: str, text: str) -> None:
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        name = path.name if file.endswith(".sql") else f"piece{number}{'_test' if file.endswith('_test.go') else ''}.go"
        (path.parent / name).write_text(text + "\n", encoding="utf-8")

    def bring(self, one: Declaration) -> bool:
        if one in self.brought:
            return False
        self.brought.add(one)
        of_file = sorted((other for other in self.brought if other.file == one.file), key=lambda other: other.first)
        lines = self.source.lines[one.file]
        code = "\n\n".join(other.text for other in of_file)
        head = "\n".join(carried.imports(one.file, lines, carried.used(one.file, code.split("\n")), []))
        path = self.folder / one.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{head}\n\n{code}\n", encoding="utf-8")
        return True

    def package(self, folder: str) -> None:
        home = self.folder / folder
        home.mkdir(parents=True, exist_ok=True)
        (home / "doc.go").write_text(f"package {folder.rpartition('/')[2]}\n", encoding="utf-8")

    def compile(self) -> "subprocess.CompletedProcess[str]":
        words = ["go", "test", "-count=1", "-run=^$", "-vet=off", "-gcflags=-e", "-exec=true", "./..."]
        return subprocess.run(
            words, cwd=self.folder, capture_output=True, text=True, timeout=300, check=False, env={**os.environ, "GOFLAGS": "-mod=mod"}
        )

    def lacking(self, said: str) -> "list[Declaration]":
        found = []
        for line in said.splitlines():
            for pattern in _MISSING:
                match = pattern.search(line)
                if match:
                    told = match.groupdict()
                    folder = self._folder(told.get("file") or "", told["package"] or "")
                    name = f"{told['type']}.{told['name']}" if told.get("type") else told["name"]
                    one = next((d for place in folder if (d := self.source.find(place, name, "_test.go" in line))), None)
                    found += [one] if one else []
                    break
        return found

    def _folder(self, file: str, package: str) -> "list[str]":
        """Where a name may be declared: in the package that is named, or else in that of the file."""
        named = [folder for folder in {one.folder for one in self.source.all} if (folder.rpartition("/")[2] or "boxoffice") == package]
        return named or [Path(file).parent.as_posix().replace(".", "", 1) if file else ""]


def test_the_pieces_of_go_compile_in_a_new_project(tmp_path: Path) -> None:
    if not shutil.which("go"):
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("go is not on the PATH")
    source = Source(stacks.VARIANTS / "go" / "app")
    project = Project(tmp_path, source)
    blocks = list(_BLOCK.finditer((cut.VARIANTS / "go" / "snippets.md").read_text(encoding="utf-8")))
    for number, block in enumerate(blocks, start=1):
        project.paste(number, block["file"], block["text"])

    for _ in range(ROUNDS):
        done = project.compile()
        said = done.stdout + done.stderr
        if done.returncode == 0:
            break
        for module in set(_NO_PACKAGE.findall(said)):
            project.package(module.removeprefix("example.com/boxoffice/"))
        new = [one for one in project.lacking(said) if project.bring(one)]
        assert new or _NO_PACKAGE.search(said), f"a pasted piece lacks what neither its imports nor its package have\n{said[-3000:]}"

    assert done.returncode == 0, said[-3000:]
    assert len(blocks) >= len(cut.TITLES)
    assert len(project.brought) < len(source.all)  # what nothing leans on stayed away
