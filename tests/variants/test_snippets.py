"""Each piece of snippets.md, pasted alone into a new file, is complete: the language's own parser takes it."""

import ast
import functools
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import cut
import pytest
from contract_suite import stacks

_BLOCK = re.compile(r"^`app/(?P<place>[^`]+)`\n\n```(?P<language>\w+)\n(?P<text>.*?)\n```$", re.MULTILINE | re.DOTALL)
TYPESCRIPT = "const ts = require(process.argv[1]); for (const f of process.argv.slice(2)) { const r = ts.transpileModule(require('fs').readFileSync(f, 'utf8'), {reportDiagnostics: true, fileName: f, compilerOptions: {experimentalDecorators: true}}); for (const d of r.diagnostics) { console.log(f + ': ' + ts.flattenDiagnosticMessageText(d.messageText, ' ')); process.exitCode = 1; } }"
PIECES = [
    pytest.param(folder.parent.name, match, id=f"{folder.parent.name}-{match['place']}")
    for folder in sorted(cut.VARIANTS.glob("*/snippets.md"))
    for match in _BLOCK.finditer(folder.read_text(encoding="utf-8"))
]


def test_every_stack_has_its_pieces() -> None:
    counts = {name: len([piece for piece in PIECES if piece.values[0] == name]) for name in stacks.names()}

    assert {name: count for name, count in counts.items() if count < len(cut.TITLES)} == {}


@pytest.mark.parametrize(("name", "piece"), PIECES)
def test_a_piece_alone_is_complete(name: str, piece: re.Match[str], tmp_path: Path) -> None:
    check = PARSERS[piece["language"]]

    assert check(name, piece["text"], tmp_path) == ""


def _python(_name: str, text: str, _folder: Path) -> str:
    ast.parse(text)
    return ""


def _go(_name: str, text: str, folder: Path) -> str:
    package = "" if re.search(r"^package ", text, re.MULTILINE) else "package snippet\n\n"
    (folder / "piece.go").write_text(package + text + "\n")
    return _said("gofmt", ["-e", "-d", "piece.go"], folder)


def _rust(_name: str, text: str, folder: Path) -> str:
    (folder / "piece.rs").write_text(text + "\n")
    return _said("rustfmt", ["--edition", "2024", "--emit", "stdout", "--quiet", "piece.rs"], folder)


def _java(_name: str, text: str, folder: Path) -> str:
    """Members of a class need one around them; javac stops after reading."""
    stop = ["-proc:none", "-XDshould-stop.ifError=PARSE", "-XDshould-stop.ifNoError=PARSE", "Piece.java"]
    constructor = re.search(r"^ *([A-Z]\w+)\([^)]*\) \{", text, re.MULTILINE)
    around = constructor[1] if constructor else "Piece"
    said = ""
    for whole in (text, f"class {around} {{\n{text}\n}}"):
        (folder / "Piece.java").write_text(whole + "\n")
        said = _said("javac", stop, folder)
        if not said:
            break
    return said


def _typescript(_name: str, text: str, folder: Path) -> str:
    compiler = _compiler()
    said = ""
    for whole in (text, f"class Piece {{\n{text}\n}}"):
        (folder / "piece.ts").write_text(whole + "\n")
        said = _said("node", ["-e", TYPESCRIPT, str(compiler), "piece.ts"], folder)
        if not said:
            break
    return said


@functools.cache
def _compiler() -> Path:
    """TypeScript as the node stack has it; its set-up waits for another that is under way."""
    node = stacks.read("node")
    if node.missing():
        _missing(", ".join(node.missing()))
    stacks.set_up(node)
    return node.app / "node_modules" / "typescript"


def _sql(_name: str, text: str, _folder: Path) -> str:
    return "" if text.count("(") == text.count(")") and re.search(r"^(CREATE|DROP|ALTER) ", text, re.MULTILINE) else "not a whole statement"


def _said(tool: str, words: list[str], folder: Path) -> str:
    """What the tool complains of; nothing where it is content."""
    if not shutil.which(tool):
        _missing(tool)
    done = subprocess.run([tool, *words], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr or f"exit code {done.returncode}"


def _missing(what: str) -> None:
    say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
    say(f"the parser is missing: {what}")


PARSERS: dict[str, Callable[[str, str, Path], str]] = {
    "python": _python,
    "go": _go,
    "rust": _rust,
    "java": _java,
    "typescript": _typescript,
    "sql": _sql,
}
