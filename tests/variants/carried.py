"""What a piece needs to be pasted alone: the imports of its file that it uses, and the class or impl that it is a member of."""

import ast
import re
from collections.abc import Iterator

_ENCLOSING = re.compile(
    r"^(?:export |public |final |abstract |pub(?:\([^)]*\))? )*(?:class|interface|record|enum|impl(?:<[^>]*>)?|trait|mod) [^=;]*[{:]?\s*$"
)
_GO_IMPORT = re.compile(r'^\s*(?:import )?(?:(?P<alias>[\w.]+) )?"(?P<path>[^"]+)"$')
_TS_IMPORT = re.compile(r"^import (?P<type>type )?(?P<names>[^'\"]*?) from (?P<path>['\"][^'\"]+['\"]);$", re.MULTILINE | re.DOTALL)
_JAVA_IMPORT = re.compile(r"^import (?P<static>static )?(?P<path>[\w.]+\.(?P<name>\w+|\*));$")
_NOT_CODE = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|^\s*\*[^\n]*|/\*.*?\*/', re.MULTILINE | re.DOTALL)


def whole(path: str, lines: "list[str]", first: int, last: int, text: str) -> str:
    """The text of a piece with what stands above and around it in its file."""
    above = lines[: first - 1]
    body = _in_its_class(path, lines, first, text)
    head = "\n".join(imports(path, above, used(path, lines[first - 1 : last]), lines[last:]))
    gap = "\n\n\n" if path.endswith(".py") else "\n\n"
    return head + gap + body if head else body


def used(path: str, piece: "list[str]") -> str:
    """The code of a piece: what strings and comments say is not used by it, save in Python, where a string may be a type."""
    text = "\n".join(piece)
    return text if path.endswith(".py") else _NOT_CODE.sub("", text)


def _names(name: str, code: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(name)}\b", code) is not None


# --- around ------------------------------------------------------------------------------------------------------------


def _in_its_class(path: str, lines: "list[str]", first: int, text: str) -> str:
    margin = _margin(lines[first - 1])
    if not margin or path.endswith(".sql"):
        return text
    opening = next((line for line in reversed(lines[: first - 1]) if line.strip() and _margin(line) < margin), "")
    if not _ENCLOSING.match(opening.strip()):
        return text
    indented = "\n".join(" " * margin + line if line else line for line in text.split("\n"))
    if path.endswith(".py"):
        return f"{opening.strip()}  # …\n{indented}"
    return f"{opening.strip()} // …\n{indented}\n}}"


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


# --- above -------------------------------------------------------------------------------------------------------------


def imports(path: str, above: "list[str]", code: str, below: "list[str]") -> "list[str]":
    """The imports among the lines above that the code of a piece uses."""
    if path.endswith(".rs"):
        return list(_rust(above, code, below))
    read = {"go": _go, "java": _java, "py": _python, "ts": _typescript}.get(path.rpartition(".")[2])
    return list(read(above, code)) if read else []


def _go(above: "list[str]", code: str) -> Iterator[str]:
    package = next((line for line in above if line.startswith("package ")), "")
    if not package:
        return
    yield package
    found = [(match, _go_name(match["path"], match["alias"])) for line in above if (match := _GO_IMPORT.match(line))]
    groups: dict[str, list[str]] = {"std": [], "other": []}
    for match, name in found:
        if re.search(rf"(?:(?<![\w.])|(?<=\.\.\.)){re.escape(name)}\.", code):
            alias = f"{match['alias']} " if match["alias"] else ""
            groups["other" if "." in match["path"].split("/")[0] else "std"].append(f'\t{alias}"{match["path"]}"')
    rows = groups["std"] + ([""] if groups["std"] and groups["other"] else []) + sorted(groups["other"])
    if len(rows) == 1:
        yield from ("", f"import {rows[0].strip()}")
    elif rows:
        yield from ("", "import (", *rows, ")")


def _go_name(path: str, alias: "str | None") -> str:
    parts = [part for part in path.split("/") if not re.fullmatch(r"v\d+", part)]
    return alias or parts[-1]


def _python(above: "list[str]", code: str) -> Iterator[str]:
    before = ""
    for node in ast.parse(_complete(above)).body:
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        kept = [name for name in node.names if _names((name.asname or name.name).split(".")[0], code)]
        if not kept:
            continue
        module = f"{'.' * node.level}{node.module or ''}" if isinstance(node, ast.ImportFrom) else kept[0].name
        kind = _python_kind(module)
        if before and kind != before:
            yield ""
        before = kind
        names = ", ".join(f"{name.name} as {name.asname}" if name.asname else name.name for name in kept)
        yield f"from {module} import {names}" if isinstance(node, ast.ImportFrom) else f"import {names}"


def _python_kind(module: str) -> str:
    import sys

    root = module.split(".")[0]
    return "std" if root in sys.stdlib_module_names else "own" if root in {"", "box_office", "tests"} else "other"


def _complete(above: "list[str]") -> str:
    """The longest beginning of the lines that can be parsed: the piece may stand in a class."""
    for end in range(len(above), 0, -1):
        try:
            ast.parse(text := "\n".join(above[:end]))
        except SyntaxError:
            continue
        return text
    return ""


def _java(above: "list[str]", code: str) -> Iterator[str]:
    yield from (line for line in above if line.startswith("package "))
    kept = [line for line in above if (match := _JAVA_IMPORT.match(line)) and (match["name"] == "*" or _names(match["name"], code))]
    if kept:
        yield from ("", *kept)


def _typescript(above: "list[str]", code: str) -> Iterator[str]:
    for match in _TS_IMPORT.finditer("\n".join(above)):
        named = re.search(r"\{(.*)\}", match["names"], re.DOTALL)
        rest = re.sub(r",?\s*\{.*\}", "", match["names"], flags=re.DOTALL).strip()
        names = [part.strip() for part in named[1].split(",") if part.strip()] if named else []
        kept = [name for name in names if _names(name.removeprefix("type ").split(" as ")[-1], code)]
        default = rest if rest and _names(rest.split(" as ")[-1].strip(), code) else ""
        parts = [part for part in (default, f"{{ {', '.join(kept)} }}" if kept else "") if part]
        if parts:
            yield f"import {match['type'] or ''}{', '.join(parts)} from {match['path']};"


def _rust(above: "list[str]", code: str, below: "list[str]") -> Iterator[str]:
    text = "\n".join(above)
    body = "\n".join([re.sub(r"^use [^;]+;", "", text, flags=re.MULTILINE), code, *below])
    for match in re.finditer(r"^use ([^;]+);", text, re.MULTILINE):
        kept = [path for path in _leaves(match[1].strip()) if _wanted(path, code, body)]
        if kept:
            yield f"use {_joined(kept)};"


def _wanted(path: str, code: str, body: str) -> bool:
    """A name that the piece holds, or one that its whole file never says: a trait is used through its methods."""
    name = path.rpartition(" as ")[2] if " as " in path else path.rpartition("::")[2]
    name = path.split("::")[-2] if name == "self" else name
    return name == "_" or _names(name, code) or not re.search(rf"\b{re.escape(name)}\b", body)


def _leaves(tree: str) -> "list[str]":
    """`a::{b, c::{d, e}}` → a::b, a::c::d, a::c::e."""
    opening = tree.find("{")
    if opening < 0:
        return [" ".join(tree.split())]
    prefix, inner = tree[:opening].strip(), tree[opening + 1 : tree.rindex("}")]
    parts, depth, start = [], 0, 0
    for index, char in enumerate(inner + ","):
        depth += (char == "{") - (char == "}")
        if char == "," and depth == 0:
            parts.append(inner[start:index].strip())
            start = index + 1
    return [prefix + leaf for part in parts if part for leaf in _leaves(part)]


def _joined(leaves: "list[str]") -> str:
    if len(leaves) == 1:
        return leaves[0].removesuffix("::self") if not leaves[0].endswith("{self") else leaves[0]
    roots = [leaf.rpartition("::")[0] for leaf in leaves]
    shared = roots[0].split("::")
    for root in roots:
        parts = root.split("::")
        shared = shared[: next((i for i, (a, b) in enumerate(zip(shared, parts, strict=False)) if a != b), min(len(shared), len(parts)))]
    prefix = "::".join(shared)
    return f"{prefix}::{{{', '.join(leaf[len(prefix) + 2 :] for leaf in leaves)}}}" if prefix else f"{{{', '.join(leaves)}}}"
