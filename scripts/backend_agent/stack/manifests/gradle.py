"""Gradle, Groovy and Kotlin: dependencies, plugins and modules as they are written; version catalogs. No script is run."""

import re

from backend_agent.stack.manifests import DEV, OPTIONAL, RUNTIME, TEST, Manifest
from backend_agent.stack.manifests.text import Toml, dictionary, line_of, strings

_SCOPES = (
    (re.compile(r"^(?:test|\w*Test)(?=[A-Z]|$)|Test(?:Implementation|RuntimeOnly|CompileOnly|Api)$"), TEST),
    (re.compile(r"^(?:annotationProcessor|kapt|ksp|compileOnly|developmentOnly|detektPlugins|checkstyle|classpath)"), DEV),
)
_CONFIGURATION = (
    r"(?:api|implementation|compile|compileOnly|compileOnlyApi|runtime|runtimeOnly|providedCompile|providedRuntime|annotationProcessor|kapt|ksp|developmentOnly"
    r"|classpath|detektPlugins|testFixtures\w+|quarkusDev|jooqGenerator|jooqCodegen|liquibaseRuntime|(?:[a-z]\w*)(?:Implementation|RuntimeOnly|CompileOnly|Api|Compile|Main\w*))"
)
_CALL = re.compile(rf"^[\s{{]*\"?({_CONFIGURATION})\"?(?:\(|\s)\s*(.+)$")
_COORDINATE = re.compile(r"""["']([\w.$\{}-]+):([\w.$\{}-]+)(?::([^"'@]*))?[^"']*["']""")
_MAP = re.compile(r"""group\s*[:=]\s*["']([\w.-]+)["'],\s*name\s*[:=]\s*["']([\w.-]+)["']""")
_ALIAS = re.compile(r"\b(?!project\b)(\w*[lL]ib\w*|\w+)\.((?:[a-z]\w*)(?:\.\w+)*)")
_PROJECT = re.compile(r"""project\s*\(\s*(?:path\s*[:=]\s*)?["']:?([\w:./-]+)["']""")
_ACCESSOR = re.compile(r"\bprojects\.([\w.]+)")
_PLUGIN = re.compile(
    r"""^\s*(?:id\s*\(?\s*["']([\w.-]+)["']\)?|alias\s*\(?\s*([\w.]+)\)?|kotlin\s*\(\s*["']([\w.-]+)["']\)|apply\s*\(?plugin\s*[:=]\s*["']([\w.-]+)["']|`([\w.-]+)`\s*$|(application|java|jacoco|checkstyle|pmd)\s*$)(?:.*?version\s*\(?\s*["']([^"']+)["'])?"""
)
_KOTLIN = re.compile(r"""\bkotlin\(\s*["']([\w-]+)["']""")


def scope_of(configuration: str) -> str:
    return next((scope for pattern, scope in _SCOPES if pattern.search(configuration)), RUNTIME)


def build(manifest: Manifest, text: str) -> None:
    facts = manifest.facts
    facts["plugins"], facts["projects"], facts["aliases"], facts["applied"] = {}, [], [], []
    pending, depth = "", 0
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if not line or line.startswith(("//", "*", "/*")) or len(line) > 2000:
            continue
        depth = _shared(manifest, line, depth)
        line = _OPENS.sub("", line)
        _plugin(manifest, line, number)
        applied = _APPLIED.search(line)
        if applied:
            facts["applied"].append(applied[1])
        found = _CALL.match(line)
        if found:
            pending = found[1]
            _dependency(manifest, found[1], found[2], number)
        elif pending and line[0] in "\"'" and ":" in line:  # Groovy lists: implementation 'a:b:1',\n 'c:d:2'
            _dependency(manifest, pending, line, number)
        elif pending and not line.startswith(("libs.", '"', "'")):
            pending = ""
        step = _SPOTLESS.match(line)
        if step and "com.diffplug.spotless" in facts["plugins"]:
            facts["keys"] = frozenset({*facts.get("keys", ()), f"spotless.{step[1]}"})
        if "mainClass" in line:
            facts["main"] = number
        if "include(" in line or line.startswith("include "):
            facts.setdefault("modules", []).extend(_included(line))
        version = re.search(
            r"(?:JavaLanguageVersion\.of\(|jvmToolchain\(|sourceCompatibility\s*=\s*[\"']?(?:JavaVersion\.VERSION_)?)(\d+)", line
        )
        if version:
            facts["version"] = version[1]


def _shared(manifest: Manifest, line: str, depth: int) -> int:
    """The depth inside of a block for all modules, `subprojects { … }`; where it opens and closes, the counts so far are noted."""
    opens = depth == 0 and _ALL_MODULES.match(line) is not None
    if depth == 0 and not opens:
        return 0
    if opens:
        manifest.facts.setdefault("shared", []).append(_counts(manifest))
    after = depth + line.count("{") - line.count("}")
    if after <= 0 and not (opens and "{" not in line):
        manifest.facts["shared"].append(_counts(manifest))
        return 0
    return max(after, 1)


def _counts(manifest: Manifest) -> "tuple[int, int, int]":
    return len(manifest.dependencies), len(manifest.facts["aliases"]), len(manifest.facts["plugins"])


def shared(manifest: Manifest) -> Manifest:
    """What a root build declares for all modules below it."""
    found = Manifest(manifest.path, manifest.ecosystem)
    found.facts.update(plugins={}, projects=[], aliases=[], applied=[])
    marks = [*(manifest.facts.get("shared") or [])]
    if len(marks) % 2:
        marks.append(_counts(manifest))
    plugins = list(manifest.facts.get("plugins", {}).items())
    for start, end in zip(marks[::2], marks[1::2], strict=True):
        found.dependencies += manifest.dependencies[start[0] : end[0]]
        found.facts["aliases"] += manifest.facts["aliases"][start[1] : end[1]]
        found.facts["plugins"].update(plugins[start[2] : end[2]])
    return found


_OPENS = re.compile(r"^(?:plugins|dependencies)\s*\{\s*(?=[^\s}])")
"""A block that is written on one line."""
_ALL_MODULES = re.compile(r"^(?:subprojects|allprojects|configure\s*\(\s*(?:subprojects|allprojects)[^{]*)\b[^{]*(?:\{|$)")
_SPOTLESS = re.compile(r"^(ktlint|ktfmt|googleJavaFormat|palantirJavaFormat)\s*\(")
"""The formatters that spotless runs."""
_APPLIED = re.compile(r"""\bapply\s*\(?\s*from\s*[:=]\s*(?:file\()?["']([^"'\n]+)["']""")


def _plugin(manifest: Manifest, line: str, number: int) -> None:
    found = _PLUGIN.match(line)
    if not found or "apply false" in line or "apply(false)" in line:
        return
    kotlin = f"org.jetbrains.kotlin.{found[3]}" if found[3] else ""
    name = found[1] or kotlin or found[4] or found[5] or found[6]
    if name:
        manifest.facts["plugins"][name] = number
        if found[7]:
            manifest.facts.setdefault("plugin_versions", {})[name] = found[7]
    elif found[2]:
        manifest.facts["aliases"].append((found[2], "plugin", number))


def _dependency(manifest: Manifest, configuration: str, rest: str, number: int) -> None:
    scope = scope_of(configuration)
    project = _PROJECT.search(rest)
    accessor = _ACCESSOR.search(rest)
    if project or accessor:
        if scope == RUNTIME:
            manifest.facts["projects"].append(project[1].replace(":", "/") if project else "." + accessor[1] if accessor else "")
        return
    hits = _COORDINATE.findall(rest)
    if "platform(" in rest and hits:
        for group, name, version in hits:
            manifest.add(f"{group}:{name}", version, OPTIONAL, number)
        return
    for group, name, version in hits:
        manifest.add(f"{group}:{name}", version, scope, number)
    mapped = _MAP.search(rest)
    if mapped:
        manifest.add(f"{mapped[1]}:{mapped[2]}", "", scope, number)
    if hits or mapped:
        return
    kotlin = _KOTLIN.search(rest)
    if kotlin:
        manifest.add(f"org.jetbrains.kotlin:kotlin-{kotlin[1]}", "", scope, number)
        return
    alias = _ALIAS.search(rest.replace("libs.bundles", "libs.bundles"))
    if alias:
        manifest.facts["aliases"].append((f"{alias[1]}.{alias[2]}".removesuffix(".get"), scope, number))


def _included(line: str) -> "list[str]":
    return [name.strip(":").replace(":", "/") for name in re.findall(r"""["']([\w:./-]+)["']""", line)]


def settings(manifest: Manifest, text: str) -> None:
    modules, open_call = [], False
    for raw in text.split("\n"):
        line = raw.strip()
        if line.startswith("include") and not line.startswith("includeBuild"):
            open_call = True
        if open_call:
            modules += _included(line)
            open_call = line.endswith((",", "(")) or (line.startswith("include") and line.rstrip() in ("include", "include("))
    manifest.facts["modules"] = modules
    manifest.facts["folders"] = {
        name.strip(":").replace(":", "/"): folder
        for name, folder in re.findall(
            r"""project\(\s*["'](:[\w:.-]+)["']\s*\)\.projectDir\s*=\s*(?:new\s+)?[fF]ile\((?:rootDir,\s*)?["']([\w./-]+)["']""", text
        )
    }
    manifest.facts["inline"] = [
        (alias, f"{group}:{name}")
        for alias, group, name in re.findall(
            r"""\blibrary\(\s*["']([\w.-]+)["']\s*,\s*["']([\w.-]+)["']?(?::|\s*,\s*["'])([\w.-]+)""", text
        )
    ]
    manifest.facts["builds"] = re.findall(r"""includeBuild\s*\(?\s*["']([\w./-]+)["']""", text)
    name = re.search(r"""rootProject\.name\s*=\s*["']([\w.-]+)["']""", text)
    manifest.name = name[1] if name else ""


def version_catalog(
    text: str,
) -> "tuple[dict[str, tuple[str, str, int]], dict[str, tuple[str, str, int]], dict[str, list[str]], list[tuple[int, str]]]":
    """libs.versions.toml: libraries and plugins as alias → (coordinate, version, line), bundles as alias → aliases, problems.

    Aliases are given as scripts write them: `spring-boot-web` is `spring.boot.web`.
    """
    document = Toml(text)
    versions = {name: value for name, value in dictionary(document.tree.get("versions")).items() if isinstance(value, str)}
    libraries: dict[str, tuple[str, str, int]] = {}
    plugins: dict[str, tuple[str, str, int]] = {}
    for table, into in (("libraries", libraries), ("plugins", plugins)):
        for alias, value in dictionary(document.tree.get(table)).items():
            about = dictionary(value)
            name = (
                value if isinstance(value, str) else about.get("module") or about.get("id") or f"{about.get('group')}:{about.get('name')}"
            )
            if not isinstance(name, str):
                continue
            said = about.get("version")
            version = said if isinstance(said, str) else versions.get(str(dictionary(said).get("ref")), "")
            parts = name.split(":")
            if isinstance(value, str) and table == "libraries":
                name, version = ":".join(parts[:2]), parts[2] if len(parts) > 2 else ""
            elif isinstance(value, str):
                name, version = parts[0], parts[1] if len(parts) > 1 else ""
            into[_accessor(alias)] = (name, version, line_of(alias))
    bundles = {
        _accessor(alias): [_accessor(one) for one in strings(items)] for alias, items in dictionary(document.tree.get("bundles")).items()
    }
    return libraries, plugins, bundles, document.problems


def _accessor(alias: str) -> str:
    return re.sub(r"[-_.]", ".", alias)
