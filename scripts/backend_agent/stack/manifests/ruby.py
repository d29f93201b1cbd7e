"""Ruby: Gemfile and gemspec, read as text."""

import re

from backend_agent.stack.manifests import DEV, RUNTIME, TEST, Manifest

_GEM = re.compile(r"""^\s*gem[\s(]+["']([\w.-]+)["'](?:\s*,\s*["']([^"']*)["'])?(.*)$""")
_GROUP = re.compile(r"^\s*group\s*\(?\s*(.+?)\)?\s+do\b")
_INLINE = re.compile(r"group[s]?:\s*(\[[^\]]*\]|:\w+|%i\[[^\]]*\])|:group(?:s)?\s*=>\s*(\[[^\]]*\]|:\w+)")
_BLOCK = re.compile(r"\bdo\b(?:\s*\|[^|]*\|)?\s*$|^\s*(?:if|unless|case|begin|def|source)\b(?!.*\bend\b)")
_SPEC = re.compile(r"""\.add_(runtime_|development_)?dependency[\s(]+["']([\w.-]+)["'](?:\s*,\s*["']([^"']*)["'])?""")


def _scope(groups: str) -> str:
    names = re.findall(r"[a-z]\w*", groups)
    if not names or any(name in ("default", "production", "assets", "staging") for name in names):
        return RUNTIME
    return TEST if names == ["test"] else DEV if {"development", "test", "rubocop", "lint", "ci", "docs"} & set(names) else RUNTIME


def gemfile(manifest: Manifest, text: str) -> None:
    scopes: list[str] = []
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.partition(" #")[0]
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        group = _GROUP.match(line)
        if group:
            scopes.append(_scope(group[1]))
            continue
        if stripped == "end":
            if scopes:
                scopes.pop()
            continue
        gem = _GEM.match(line)
        if gem:
            inline = _INLINE.search(gem[3])
            scope = _scope(inline[1] or inline[2] or "") if inline else next((one for one in reversed(scopes) if one), RUNTIME)
            manifest.add(gem[1], gem[2] or "", scope, number)
            continue
        if stripped.startswith("gemspec"):
            manifest.facts["gemspec"] = True
        version = re.match(r"""\s*ruby\s+["']([^"']+)["']""", line)
        if version:
            manifest.facts["version"] = version[1]
        if _BLOCK.search(line):
            scopes.append("")


def gemspec(manifest: Manifest, text: str) -> None:
    name = re.search(r"""\.name\s*=\s*["']([\w.-]+)["']""", text)
    manifest.name = name[1] if name else ""
    manifest.facts["library"] = True
    for number, line in enumerate(text.split("\n"), 1):
        found = _SPEC.search(line)
        if found and not line.lstrip().startswith("#"):
            manifest.add(found[2], found[3] or "", DEV if found[1] == "development_" else RUNTIME, number)
