"""The pieces of snippets.md, each pasted into a file of its own in a new project, compile with what they name.

The compiler itself says what a pasted piece lacks; each such name must be where the piece says it is: in the package that it imports,
or in its own. That declaration is pasted as well, and the question asked again, until nothing is missing. Nothing else comes along.
"""

import ast
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


# --- Python ------------------------------------------------------------------------------------------------------------

_PYTHON_BLOCK = re.compile(
    r"^`app/(?P<file>[^`]+\.py):(?P<first>\d+)-(?P<last>\d+)`\n\n```python\n(?P<text>.*?)\n```$", re.MULTILINE | re.DOTALL
)
_CLASS_AROUND = re.compile(r"^(?P<imports>.*?)^class (?P<name>\w+)[^\n]*:  # …\n(?P<body>.*)", re.MULTILINE | re.DOTALL)
_LACKS = (
    re.compile(r'^(?P<file>[^:]+):\d+: error: Name "(?P<name>\w+)" is not defined'),
    re.compile(r'error: Module "(?P<module>[\w.]+)" has no attribute "(?P<name>\w+)"'),
    re.compile(r'error: "(?P<type>\w+)" has no attribute "(?P<name>\w+)"'),
    re.compile(
        r'error: (?:Too many|Unexpected keyword|Missing positional|Missing named)[^"]*(?:"\w+" )?(?:for|in call to) "(?P<type>\w+)"'
    ),
)
_NO_MODULE = re.compile(r'module named "(?P<module>(?:box_office|tests)[\w.]*)"')


class PythonSource:
    """The lines of the service, and which of them declare what."""

    def __init__(self, app: Path) -> None:
        names = [*app.glob("box_office/**/*.py"), *app.glob("tests/**/*.py"), *app.glob("migrations/versions/*.py")]
        self.lines = {path.relative_to(app).as_posix(): path.read_text(encoding="utf-8").splitlines() for path in sorted(names)}
        self.places: dict[tuple[str, str], range] = {}
        for file, lines in self.lines.items():
            for node in ast.parse("\n".join(lines)).body:
                self._note(file, node, "")

    def _note(self, file: str, node: ast.stmt, within: str) -> None:
        decorators = getattr(node, "decorator_list", [])
        lines = range(min([node.lineno, *(one.lineno for one in decorators)]), (node.end_lineno or node.lineno) + 1)
        for name in self._declared(node):
            self.places[file, within + name] = lines
        if isinstance(node, ast.ClassDef) and not within:
            first = min(member.lineno for member in node.body)
            self.places[file, f"{node.name}:"] = range(lines.start, max(first, node.lineno + 1))
            for member in node.body:
                self._note(file, member, f"{node.name}.")

    @staticmethod
    def _declared(node: ast.stmt) -> "list[str]":
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return [node.name]
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        return [target.id for target in targets if isinstance(target, ast.Name)]

    def member(self, of: str, name: str) -> "list[tuple[str, range]]":
        """The member of a class, or what makes it: a field is set when the object is made."""
        files = [file for file, known in self.places if known == f"{of}:"]
        found = [
            (file, self.places[file, one]) for file in files for one in (f"{of}.{name}", f"{of}.__init__") if (file, one) in self.places
        ]
        return found[:1]


class PythonProject:
    """A new project: for each file, the lines that were pasted into it."""

    def __init__(self, folder: Path, source: PythonSource, app: Path, python: Path) -> None:
        self.folder, self.source, self.python = folder, source, python
        self.files: dict[str, dict[int, str]] = {}
        self.brought: dict[str, set[int]] = {}
        self.imports: dict[str, list[str]] = {}
        shutil.copy(app / "pyproject.toml", folder / "pyproject.toml")

    def paste(self, file: str, first: int, last: int, text: str) -> None:
        around = _CLASS_AROUND.match(text)
        self.imports.setdefault(file, []).append(around["imports"] if around else "")
        if around:
            self.bring(file, self.source.places[file, f"{around['name']}:"])
        held = self.files.setdefault(file, {})
        held.update(dict.fromkeys(range(first, last + 1), ""))
        held[first] = around["body"] if around else text

    def bring(self, file: str, lines: range) -> bool:
        held = self.files.setdefault(file, {})
        new = {number: self.source.lines[file][number - 1] for number in lines if number not in held}
        held.update(new)
        self.brought.setdefault(file, set()).update(new)
        return any(text.strip() for text in new.values())

    def module(self, name: str) -> bool:
        path = name.replace(".", "/")
        file = next((one for one in (f"{path}.py", f"{path}/__init__.py") if one in self.source.lines), "")
        if not file or file in self.files:
            return False
        self.files[file] = {}
        return True

    def write(self) -> None:
        for file, held in self.files.items():
            text = "\n".join(held[number] for number in sorted(held))
            # The pieces have theirs; these are for what was brought.
            brought = "\n".join(self.source.lines[file][number - 1] for number in sorted(self.brought.get(file, ())))
            own = "\n".join(carried.imports(file, self.source.lines[file], brought, []))
            path = self.folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join([*self.imports.get(file, []), own, text]) + "\n", encoding="utf-8")
        for path in [*self.folder.glob("box_office/**/"), *self.folder.glob("tests/**/")]:
            (path / "__init__.py").touch()

    def check(self, cache: Path) -> "subprocess.CompletedProcess[str]":
        words = [str(self.python), "-m", "mypy", "--no-error-summary", "--cache-dir", str(cache)]
        return subprocess.run(words, cwd=self.folder, capture_output=True, text=True, timeout=600, check=False, env=stacks.surroundings())

    def lacking(self, said: str) -> "list[tuple[str, range]]":
        found: list[tuple[str, range]] = []
        for line in said.splitlines():
            match = next((match for pattern in _LACKS if (match := pattern.search(line))), None)
            if match is None:
                continue
            told = match.groupdict()
            if told.get("type"):
                found += self.source.member(told["type"], told.get("name") or "__init__")
                continue
            path = (told.get("module") or "").replace(".", "/")
            files = [told["file"]] if told.get("file") else [f"{path}.py", f"{path}/__init__.py"]
            found += [(file, place) for file in files if (place := self.source.places.get((file, told["name"])))]
        return found


def test_the_pieces_of_python_are_typed_and_imported_in_a_new_project(tmp_path: Path) -> None:
    stack = stacks.read("python")
    stacks.set_up(stack)
    source, python = PythonSource(stack.app), stack.env / "venv" / "bin" / "python"
    project = PythonProject(tmp_path, source, stack.app, python)
    blocks = list(_PYTHON_BLOCK.finditer((cut.VARIANTS / "python" / "snippets.md").read_text(encoding="utf-8")))
    for block in blocks:
        project.paste(block["file"], int(block["first"]), int(block["last"]), block["text"])

    for _ in range(ROUNDS):
        project.write()
        done = project.check(stack.env / "mypy-pasted")
        if done.returncode == 0:
            break
        new = [name for name in _NO_MODULE.findall(done.stdout) if project.module(name)]
        new += [file for file, lines in project.lacking(done.stdout) if project.bring(file, lines)]
        assert new, f"a pasted piece lacks what neither its imports nor its file have\n{done.stdout[-3000:]}"

    assert done.returncode == 0, done.stdout[-3000:]
    modules = sorted(
        {block["file"].removesuffix(".py").replace("/", ".") for block in blocks if not block["file"].startswith("migrations")}
    )
    words = [str(python), "-c", f"import importlib\nfor name in {modules!r}: importlib.import_module(name)"]
    imported = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False, env=stacks.surroundings())
    assert imported.returncode == 0, imported.stderr[-3000:]
    assert len(blocks) > len(cut.TITLES)
