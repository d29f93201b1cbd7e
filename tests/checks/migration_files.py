"""Cases of the checks on migrations, a file a tool: what an engineer of that tool writes, bad and safe.

`migration_cases/<tool>.cases`: `default: PATH` is the migration; `=== frame` the file around it, `{up}` and `{down}` are filled in and
indented; `=== down` what `{down}` is where a case has none; `=== base` files that every case has; `=== bad CHECK` and `=== safe CHECK` begin
cases, parted by lines `---`. Within a case, `--- down` begins its way down and `--- PATH` a further file; a case of files alone has no frame.
The statements of `sql.cases` are asked in each frame of `migration_frames.yaml`.
"""

import os
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

import yaml

sys.path.insert(0, str(Path(__file__).parent))
from case_files import split_files

HERE = Path(__file__).parent


class Migration(NamedTuple):
    tool: str
    check: str
    side: str
    number: int
    files: "dict[str, str]"
    path: str
    """Of the migration among the files."""


def migrations() -> "list[Migration]":
    """All cases, sorted by tool and place in their file."""
    found: list[Migration] = []
    for name in sorted(os.listdir(HERE / "migration_cases")):
        text = (HERE / "migration_cases" / name).read_text(encoding="utf-8")
        tool = name.removesuffix(".cases")
        if tool != "sql":
            found += _parse(tool, text)
            continue
        frames: dict[str, Any] = yaml.safe_load((HERE / "migration_frames.yaml").read_text(encoding="utf-8"))
        bases = frames.pop("bases")
        for other, frame in frames.items():
            found += _parse(other, text, frame, bases[frame["base"]])
    return found


def _parse(tool: str, text: str, frame: "dict[str, Any] | None" = None, base: "dict[str, str] | None" = None) -> "list[Migration]":
    head, *parts = re.split(r"(?m)^=== ", text)
    path = frame["path"] if frame else head.partition(":")[2].strip()
    around, usual = (frame["text"], "") if frame else ("{up}", "")
    base = {**(base or {}), **(frame or {}).get("files", {})}
    found = []
    for part in parts:
        first, _, body = part.partition("\n")
        if first == "base":
            base = split_files(body, path)
        elif first == "frame":
            around = body
        elif first == "down":
            usual = body
        else:
            side, check = first.split()
            cases = re.split(r"(?m)^---\n", body)
            found += [
                Migration(tool, check, side, n, {**base, **_files(case, path, around, usual)}, path) for n, case in enumerate(cases, 1)
            ]
    return found


def _files(case: str, path: str, around: str, usual: str) -> "dict[str, str]":
    files = split_files(case, path)
    down = files.pop("down", usual)
    if path in files and not re.search(rf"(?m)^--- {re.escape(path)}$", case):
        files[path] = _fill(_fill(around, "{up}", files[path]), "{down}", down)
    return files


def _fill(text: str, mark: str, part: str) -> str:
    match = re.search(rf"(?m)^(.*?){re.escape(mark)}", text)
    if match is None:
        return text
    indent = re.match(r"\s*", match.group(1))
    lines = part.strip("\n").split("\n")
    return text.replace(mark, f"\n{indent.group() if indent else ''}".join(lines))
