"""Go: go.mod (direct requirements, tools, replacements) and go.work."""

import re

from backend_agent.stack.manifests import DEV, RUNTIME, Manifest

_LINE = re.compile(r"(?:require\s+)?\"?([\w.~/-]+\.[\w.~/-]*/?[\w.~/-]*)\"?\s+(v\S+)(.*)")


def module(manifest: Manifest, text: str) -> None:
    block = ""
    facts = manifest.facts
    facts["replace"] = []
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if not line or line.startswith("//"):
            continue
        word, _, rest = line.partition(" ")
        if line == ")":
            block = ""
        elif line.endswith("(") and not block:
            block = word.rstrip("(")
        elif word == "module":
            manifest.name = rest.strip().strip('"')
        elif word in ("go", "toolchain") and not block:
            facts.setdefault("version", rest.strip().removeprefix("go"))
        elif block == "replace" or word == "replace":
            target = line.partition("=>")[2].strip()
            if target.startswith("."):
                facts["replace"].append(target.split()[0])
        elif block == "tool" or word == "tool":
            manifest.add((rest if word == "tool" else line).strip(), "", DEV, number)
        elif block == "require" or word == "require":
            found = _LINE.match(line)
            if found:
                manifest.add(found[1], found[2], RUNTIME, number, direct="indirect" not in found[3])
            else:
                manifest.problems.append((number, "not a requirement"))


def workspace(manifest: Manifest, text: str) -> None:
    members = []
    block = False
    for raw in text.split("\n"):
        line = raw.partition("//")[0].strip()
        if line.startswith("use"):
            block = line.endswith("(")
            line = line[3:].strip(" (")
        elif line == ")":
            block = False
        elif not block:
            continue
        if line:
            members.append(line.strip('"'))
    manifest.facts["workspace"] = members
