"""Python: pyproject (PEP 621, dependency groups, Poetry, PDM, uv, Hatch), requirements, Pipfile, setup.py, setup.cfg, conda."""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

from backend_agent.stack.manifests import DEV, OPTIONAL, RUNTIME, TEST, Manifest
from backend_agent.stack.manifests.text import Lines, Toml, dictionary, dig, flow, line_of, strings, yaml_rows

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[([\w\s,.-]*)\])?\s*(.*)")
_SEPARATORS = re.compile(r"[-_.]+")
_DEV_GROUPS = ("dev", "lint", "format", "type", "typing", "doc", "ci", "debug", "local", "qa", "quality", "style", "check")
_EGG = re.compile(r"[#&]egg=([\w.-]+)")


def normal(name: str) -> str:
    """PEP 503: Flask_Login and flask-login are one name."""
    return _SEPARATORS.sub("-", name).lower()


def scope_of(group: str) -> str:
    """The scope that the name of a group, an extra or a requirements file tells."""
    words = [word for word in re.split(r"[^a-z]+", group.lower()) if word]
    if any(word.startswith("test") for word in words):
        return TEST
    if any(word.startswith(_DEV_GROUPS) for word in words):
        return DEV
    return RUNTIME


def requirement(manifest: Manifest, text: str, scope: str, line: int) -> None:
    """One PEP 508 requirement; extras count as packages of the form name[extra]."""
    if " @ " in text or text.startswith(("git+", "http:", "https:")):
        egg = _EGG.search(text)
        text = egg[1] if egg else text.partition("@")[0].strip() if " @ " in text else ""
    found = _REQUIREMENT.fullmatch(text.partition(";")[0].rstrip()) if text else None
    if not found:
        if text:
            manifest.problems.append((line, "not a requirement"))
        return
    name = normal(found[1])
    manifest.add(name, found[3].strip("() "), scope, line)
    for extra in (found[2] or "").split(","):
        if extra.strip():
            manifest.add(f"{name}[{normal(extra.strip())}]", "", scope, line)


def _requirements(manifest: Manifest, value: object, scope: str) -> None:
    for item in strings(value):
        requirement(manifest, item, scope, line_of(item))


def pyproject(manifest: Manifest, text: str) -> None:
    document = Toml(text)
    tree = document.tree
    manifest.problems += document.problems
    project = dictionary(tree.get("project"))
    tools = dictionary(tree.get("tool"))
    poetry = dictionary(tools.get("poetry"))
    manifest.name = normal(next(iter(strings(project.get("name")) + strings(poetry.get("name"))), ""))
    _requirements(manifest, project.get("dependencies"), RUNTIME)
    for extra, items in dictionary(project.get("optional-dependencies")).items():
        scope = scope_of(extra)
        _requirements(manifest, items, OPTIONAL if scope == RUNTIME else scope)
    only = "dependencies" not in project and "dependencies" not in poetry  # no package: its groups are all that there is to install
    for group, items in dictionary(tree.get("dependency-groups")).items():
        scope = scope_of(group)
        _requirements(manifest, items, DEV if scope == RUNTIME and not only else scope)
    _poetry(manifest, poetry)
    for group, items in dictionary(dig(tools, "pdm", "dev-dependencies")).items():
        _requirements(manifest, items, TEST if scope_of(group) == TEST else DEV)
    _requirements(manifest, dig(tools, "uv", "dev-dependencies"), DEV)
    for name, env in dictionary(dig(tools, "hatch", "envs")).items():
        scope = TEST if scope_of(name) == TEST else DEV
        manifest.facts["hatched"] = bool(dictionary(env).get("scripts")) or bool(manifest.facts.get("hatched"))
        for key in ("dependencies", "extra-dependencies"):
            _requirements(manifest, dictionary(env).get(key), scope)
    _tools(manifest, tree, tools, project, poetry)


def _poetry(manifest: Manifest, poetry: "dict[str, Any]") -> None:
    _poetry_table(manifest, poetry.get("dependencies"), RUNTIME)
    _poetry_table(manifest, poetry.get("dev-dependencies"), DEV)
    for name, group in dictionary(poetry.get("group")).items():
        scope = scope_of(name)
        _poetry_table(manifest, dictionary(group).get("dependencies"), DEV if scope == RUNTIME and name != "main" else scope)


def _poetry_table(manifest: Manifest, table: object, scope: str) -> None:
    for name, value in dictionary(table).items():
        if normal(name) == "python":
            manifest.facts.setdefault("version", _version(value))
            continue
        about = dictionary(value)
        optional = OPTIONAL if about.get("optional") is True and scope == RUNTIME else scope
        manifest.add(normal(name), value if isinstance(value, str) else about.get("version", ""), optional, line_of(name))
        for extra in strings(about.get("extras")):
            manifest.add(f"{normal(name)}[{normal(extra)}]", "", optional, line_of(name))
        if isinstance(about.get("path"), str):
            manifest.facts.setdefault("paths", []).append(about["path"])


def _version(value: object) -> str:
    return value if isinstance(value, str) else ""


def _tools(
    manifest: Manifest, tree: "dict[str, Any]", tools: "dict[str, Any]", project: "dict[str, Any]", poetry: "dict[str, Any]"
) -> None:
    facts = manifest.facts
    facts["tools"] = {name: line_of(name) for name in tools}
    if project.get("requires-python"):
        facts["version"] = _version(project["requires-python"])
    facts["library"] = "build-system" in tree and bool(project.get("classifiers") or poetry.get("classifiers"))
    facts["build"] = strings(dig(tree, "build-system", "requires"))
    facts["scripts"] = [name for key in ("scripts", "gui-scripts") for name in dictionary(project.get(key))]
    facts["workspace"] = strings(dig(tools, "uv", "workspace", "members"))
    facts["uv_sources"] = [name for name, source in dictionary(dig(tools, "uv", "sources")).items() if "workspace" in dictionary(source)]


def requirements(manifest: Manifest, text: str) -> None:
    """A requirements file; `-r` and `-c` stand in facts["includes"] and are followed by who knows the other files."""
    scope = scope_of(manifest.path.rpartition("/")[2].rpartition(".")[0])
    includes: list[str] = []
    frozen = 0
    for number, raw in enumerate(text.split("\n"), 1):
        line = re.sub(r"(^|\s)#.*", "", raw).strip()
        if not line or line.startswith("\\"):
            continue
        if line.startswith("-"):
            option = re.match(r"(-r|--requirement|-e|--editable)[\s=]*(\S+)", line)
            if option and option[1] in ("-r", "--requirement"):
                includes.append(option[2])
            elif option and "egg=" in option[2]:
                requirement(manifest, option[2], scope, number)
            continue
        line = re.split(r"\s--|\s*\\$", line)[0]
        if line.startswith((".", "/", "git+", "http", "file:")) and "egg=" not in line:
            continue
        frozen += "==" in line
        requirement(manifest, line, scope, number)
    manifest.facts["includes"] = includes
    manifest.facts["frozen"] = frozen == len(manifest.dependencies) and frozen > 8
    # pip-compile says who asks for a package: "# via flask"; what only others ask for is transitive
    if "# via" in text or "pip-compile" in text[:400] or "uv pip compile" in text[:400]:
        manifest.facts["compiled"] = True
        _mark_transitive(manifest, text.split("\n"))


def _mark_transitive(manifest: Manifest, lines: "list[str]") -> None:
    for index, one in enumerate(manifest.dependencies):
        block = " ".join(line.strip() for line in lines[one.line - 1 : one.line + 12])
        said = re.search(r"# via(.*?)(?:\s[A-Za-z][\w.\[\]-]*==|$)", block[:600])
        if said and "-r " not in said[1] and ".in" not in said[1] and "pyproject" not in said[1] and "setup.py" not in said[1]:
            manifest.dependencies[index] = one._replace(direct=False)


def pipfile(manifest: Manifest, text: str) -> None:
    document = Toml(text)
    manifest.problems += document.problems
    for table, value in document.tree.items():
        if table in ("source", "requires", "scripts", "pipenv", "pipfile"):
            continue
        scope = RUNTIME if table == "packages" else DEV
        for name, spec in dictionary(value).items():
            manifest.add(normal(name), spec if isinstance(spec, str) else dictionary(spec).get("version", ""), scope, line_of(name))
            for extra in strings(dictionary(spec).get("extras")):
                manifest.add(f"{normal(name)}[{normal(extra)}]", "", scope, line_of(name))
    manifest.facts["version"] = _version(dig(document.tree, "requires", "python_version"))


_SETUP_LIST = re.compile(
    r"\b(install_requires|tests_require|setup_requires|extras_require|requires|\w*(?:requirements|REQUIREMENTS|requires|REQUIRES))\s*=\s*([\[{(])"
)
_STRING = re.compile(r"""(?<![\w])(?:"([^"\\\n]*)"|'([^'\\\n]*)')\s*(:?)""")


def setup_py(manifest: Manifest, text: str) -> None:
    """Read as text, never run: the string lists of the known arguments, and of variables named like them."""
    lines = Lines(text)
    name = re.search(r"""\bname\s*=\s*["']([\w.-]+)["']""", text)
    manifest.name = normal(name[1]) if name else ""
    manifest.facts["library"] = "classifiers" in text
    for found in _SETUP_LIST.finditer(text):
        body = _bracketed(text, found.end() - 1)
        named = found[1].lower()
        scope = TEST if "test" in named else DEV if "dev" in named or "setup" in named else RUNTIME
        inner = scope
        for hit in _STRING.finditer(body):
            value = hit[1] or hit[2] or ""
            if hit[3]:
                inner = scope_of(value)
                inner = OPTIONAL if inner == RUNTIME else inner
            elif value and _REQUIREMENT.fullmatch(value) and not value.startswith("-"):
                requirement(manifest, value, inner, lines.at(found.end() - 1 + hit.start()))


def _bracketed(text: str, start: int) -> str:
    """The text from an opening bracket to its partner, or 20,000 characters."""
    depth = 0
    for position in range(start, min(len(text), start + 20_000)):
        character = text[position]
        if character in "[{(":
            depth += 1
        elif character in "]})":
            depth -= 1
            if depth == 0:
                return text[start : position + 1]
    return text[start : start + 20_000]


def setup_cfg(manifest: Manifest, text: str) -> None:
    section = option = ""
    sections: dict[str, int] = {}
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if line[0] == "[" and "]" in line:
            section, option = line[1 : line.index("]")], ""
            sections.setdefault(section, number)
            continue
        if raw[0] not in " \t" and "=" in line:
            option, _, line = (part.strip() for part in line.partition("="))
        if section == "metadata" and option == "name" and line:
            manifest.name = normal(line)
        if section == "options" and option in ("install_requires", "tests_require") and line:
            requirement(manifest, line, TEST if option[0] == "t" else RUNTIME, number)
        if section == "options.extras_require" and line and option:
            scope = scope_of(option)
            requirement(manifest, line, OPTIONAL if scope == RUNTIME else scope, number)
    manifest.facts["tools"] = sections
    manifest.facts["library"] = "options" in sections and "classifiers" in text


def environment(manifest: Manifest, text: str) -> None:
    """A conda environment: `name=version` items, and the pip list below them."""
    for row in yaml_rows(text):
        if row.keys[:1] != ("dependencies",):
            continue
        for item in flow(row.value):
            if item.startswith("-r "):  # the pip list takes files as well
                manifest.facts.setdefault("includes", []).append(item[3:].strip())
                continue
            name = re.match(r"\w[\w.-]*", item.rpartition("::")[2])
            if name and normal(name[0]) not in ("python", "pip"):
                manifest.add(normal(name[0]), item[name.end() :], RUNTIME, row.line)
    manifest.facts["conda"] = True
