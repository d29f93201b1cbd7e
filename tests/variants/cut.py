"""Write what an agent copies from the code that runs: snippets.md, tech-stack.md and api-template.* of each stack in variants/.

\b
    python3 tests/variants/cut.py              every stack
    python3 tests/variants/cut.py python go    these alone
    python3 tests/variants/cut.py --check      write nothing; say what is out of date

Regions are marked in comments, `region: NAME` … `endregion: NAME`; variants/contract/README.md lists the names. Exits 0 when all is
written or current, 1 when something is out of date, 2 when a region or a field is missing.
"""

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "variants")]

from backend_agent import bootstrap  # noqa: E402  the path is set first

bootstrap.ensure()

import carried  # noqa: E402
import yaml  # noqa: E402  the environment is made first

VARIANTS = ROOT / "variants"
TITLES = {
    "route": "Route with auth",
    "validation": "Validation schema",
    "model": "Model",
    "injection": "Dependency injection",
    "repository": "Repository",
    "page": "Page of a list",
    "migration": "Migration",
    "test": "Test",
    "idempotent-write": "Idempotent write",
    "optimistic-update": "Update with a version",
    "outbox": "Outbox",
    "rate-limit": "Rate limit",
    "error-map": "Error map",
    "query-count-test": "Test that counts queries",
    "cross-user-test": "Test of another user's access",
}
"""The regions of every stack, in the order of snippets.md."""
HEADER = (
    "Cut from `app/`, where they are compiled, linted and tested. Take the shape; names are those of your project. Each piece has its imports,\n"
    "and the class around it; what else it names is in `app/`, where its imports or the rest of its file and package say. A new project is\n"
    "begun quickest with a copy of `app/`, of which all of these are parts."
)

FENCES = {
    "py": "python",
    "ts": "typescript",
    "go": "go",
    "rs": "rust",
    "java": "java",
    "sql": "sql",
    "kt": "kotlin",
    "toml": "toml",
    "xml": "xml",
}
LEFT_OUT = {"node_modules", "target", "dist", "build", "bin", "obj", "__pycache__", "coverage"}
_MARK = re.compile(r"^\s*(?:#|//|--|<!--|/\*)\s*(?P<end>end)?region: (?P<name>[\w-]+)\s*(?:-->|\*/)?\s*$")


class CutError(Exception):
    """Something that a stack should have is not there."""


class Region(NamedTuple):
    """A marked piece of a file: the lines between its marks, without the marks of others, and without common indentation."""

    name: str
    path: str
    first: int
    last: int
    text: str

    @property
    def place(self) -> str:
        return f"{self.path}:{self.first}-{self.last}"


def regions(app: Path) -> dict[str, list[Region]]:
    """All regions of an app by name, files in order."""
    found: dict[str, list[Region]] = {}
    for path in _files(app):
        for region in _regions_of(path, path.relative_to(app).as_posix()):
            found.setdefault(region.name, []).append(region)
    return found


def _files(app: Path) -> Iterator[Path]:
    for at, folders, files in os.walk(app):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT and not name.startswith("."))
        yield from (Path(at, name) for name in sorted(files) if name.rpartition(".")[2] in FENCES)


def _regions_of(path: Path, name: str) -> Iterator[Region]:
    lines = path.read_text(encoding="utf-8").splitlines()
    begun: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        mark = _MARK.match(line)
        if mark is None:
            continue
        if not mark["end"]:
            if mark["name"] in begun:
                raise CutError(f"{name}:{number}: region {mark['name']} begins twice")
            begun[mark["name"]] = number
            continue
        if mark["name"] not in begun:
            raise CutError(f"{name}:{number}: region {mark['name']} ends without a beginning")
        yield _region(lines, mark["name"], name, begun.pop(mark["name"]) + 1, number - 1)
    for left, number in begun.items():
        raise CutError(f"{name}:{number}: region {left} does not end")


def _region(lines: list[str], name: str, path: str, first: int, last: int) -> Region:
    while first < last and not lines[first - 1].strip():
        first += 1
    while last > first and not lines[last - 1].strip():
        last -= 1
    kept = [line for line in lines[first - 1 : last] if not _MARK.match(line)]
    blank = re.compile(r"[ \t]*")
    margin = min((len(blank.match(line)[0]) for line in kept if line.strip()), default=0)  # type: ignore[index]
    return Region(name, path, first, last, _closed(path, "\n".join(line[margin:].rstrip() for line in kept)))


def _closed(path: str, text: str) -> str:
    """A piece that ends within its class says so and closes it, so that it is complete by itself."""
    left = text.count("{") - text.count("}")
    if not path.endswith(".java") or left <= 0:
        return text
    return text + "\n" + "}" * left + " // …"


# --- the three files ---------------------------------------------------------------------------------------------------


def written(folder: Path) -> dict[str, str]:
    """What the generated files of a stack should hold, by name. Raises CutError where something is missing."""
    about = yaml.safe_load((folder / "about.yaml").read_text(encoding="utf-8"))
    fields = {"description", "choices", "tour", "template"}
    if set(about) != fields:
        raise CutError(f"{folder.name}/about.yaml: fields are {', '.join(sorted(fields))}; found {', '.join(sorted(about))}")
    found = regions(folder / "app")
    missing = [name for name in [*TITLES, *about["template"]["regions"]] if name not in found]
    if missing:
        raise CutError(f"{folder.name}: no region {', '.join(missing)} in app/")
    return {
        "snippets.md": snippets(folder, found),
        "tech-stack.md": tech_stack(folder, about),
        about["template"]["file"]: template(about["template"], found),
    }


def snippets(folder: Path, found: dict[str, list[Region]]) -> str:
    parts = [f"# Snippets: {folder.name}\n\n{HEADER}\n"]
    for region, title in TITLES.items():
        pieces = "\n".join(_piece(folder / "app", one) for one in found[region])
        parts.append(f"## {title}\n\n{pieces}")
    return "\n".join(parts)


def _piece(app: Path, one: Region) -> str:
    lines = _text(app / one.path).splitlines()
    text = carried.whole(one.path, lines, one.first, one.last, one.text)
    return f"`app/{one.place}`\n\n```{fence(one.path)}\n{text}\n```\n"


def tech_stack(folder: Path, about: Any) -> str:
    stack = yaml.safe_load((folder / "stack.yaml").read_text(encoding="utf-8"))
    known = versions(folder / "app")
    lines = [f"# Tech stack: {folder.name}", "", about["description"], "", "| for | package | version | why |", "|---|---|---|---|"]
    for choice in about["choices"]:
        package = choice["package"]
        lines.append(f"| {choice['what']} | {package} | {known.get(package.lower()) or _unknown(folder, package)} | {choice['why']} |")
    lines += ["", "## Code tour", ""]
    lines += [f"{number}. [{stop['file']}](app/{stop['file']}) {stop['says']}" for number, stop in enumerate(about["tour"], start=1)]
    lines += ["", "## Commands", "", "From `stack.yaml`, in `app/`.", "", "| what | command |", "|---|---|"]
    lines += [f"| {kind} | `{command.replace('|', chr(92) + '|')}` |" for kind, command in commands(stack["verify"])]
    return "\n".join(lines) + "\n"


def _unknown(folder: Path, package: str) -> str:
    raise CutError(f"{folder.name}/about.yaml: {package} is not in the lock file of app/")


def commands(verify: Any) -> Iterator[tuple[str, str]]:
    for kind, told in verify.items():
        for one in told if isinstance(told, list) else [told]:
            if kind != "detect":
                yield kind, one["cmd"] if isinstance(one, dict) else str(one)


def template(told: Any, found: dict[str, list[Region]]) -> str:
    mark = "#" if told["file"].endswith(".py") else "//"
    parts = [f"{mark} A resource from end to end, cut from app/ by tests/variants/cut.py."]
    for name in told["regions"]:
        parts += [f"{mark} --- {one.place}\n{one.text}" for one in found[name]]
    return "\n\n".join(parts) + "\n"


def fence(path: str) -> str:
    return FENCES[path.rpartition(".")[2]]


# --- versions, as the lock files have them -----------------------------------------------------------------------------


def versions(app: Path) -> dict[str, str]:
    """Name in lower case → version, from whichever lock file lies in the app."""
    found: dict[str, str] = {}
    for path in sorted(app.glob("requirements*.lock")):
        found.update(
            {name.lower(): version for name, version in re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==([^\s;]+)", _text(path), re.MULTILINE)}
        )
    if (app / "package-lock.json").exists():
        packages = json.loads(_text(app / "package-lock.json"))["packages"]
        found.update(
            {key.removeprefix("node_modules/"): told["version"] for key, told in packages.items() if key.count("node_modules/") == 1}
        )
    if (app / "go.mod").exists():
        found.update(
            {
                name.lower(): version
                for name, version in re.findall(r"^(?:require )?\s*([\w./-]+\.[\w./-]+) (v[\w.+-]+)", _text(app / "go.mod"), re.MULTILINE)
            }
        )
        found["go"] = (re.findall(r"^go ([\d.]+)", _text(app / "go.mod"), re.MULTILINE) or [""])[0]
    if (app / "Cargo.lock").exists():
        found.update(dict(re.findall(r'name = "([\w-]+)"\nversion = "([^"]+)"', _text(app / "Cargo.lock"))))
    if (app / "pom.xml").exists():
        found.update(_maven(_text(app / "pom.xml")))
    return found


def _maven(pom: str) -> dict[str, str]:
    """Versions that the pom names; what its parent manages has the parent's version."""
    properties = dict(re.findall(r"<([\w.-]+)>([^<>]+)</\1>", (re.findall(r"<properties>(.*?)</properties>", pom, re.DOTALL) or [""])[0]))
    parent = (re.findall(r"<parent>.*?<version>([^<]+)</version>", pom, re.DOTALL) or [""])[0]
    found = {}
    for block in re.findall(r"<(?:dependency|plugin|parent)>(.*?)</(?:dependency|plugin|parent)>", pom, re.DOTALL):
        artifact = re.findall(r"<artifactId>([^<]+)</artifactId>", block)
        version = re.findall(r"<version>([^<]+)</version>", block)
        if artifact:
            named = re.sub(r"\$\{([\w.-]+)\}", lambda match: properties.get(match[1], match[0]), version[0]) if version else ""
            found[artifact[0].lower()] = named or f"by Boot {parent}"
    return found


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# --- the command -------------------------------------------------------------------------------------------------------


def main(words: list[str]) -> int:
    check = "--check" in words
    chosen = [word for word in words if not word.startswith("-")] or sorted(path.parent.name for path in VARIANTS.glob("*/about.yaml"))
    old = []
    for name in chosen:
        for file, text in written(VARIANTS / name).items():
            target = VARIANTS / name / file
            if target.exists() and _text(target) == text:
                continue
            old.append(f"{name}/{file}")
            if not check:
                target.write_text(text, encoding="utf-8", newline="\n")
    for file in old:
        print(f"{'out of date' if check else 'wrote'}  variants/{file}")
    return 1 if check and old else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (CutError, OSError, KeyError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
