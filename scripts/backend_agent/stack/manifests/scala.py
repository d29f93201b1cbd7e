"""Scala: build.sbt and the helper files beside it, and Mill. Coordinates are read wherever they stand in the build."""

import re

from backend_agent.stack.manifests import RUNTIME, TEST, Manifest
from backend_agent.stack.manifests.text import Lines

_MODULE = re.compile(r"\"([\w.-]+)\"\s*%%?%?\s*(?:\"([\w.-]+)\"|s\"([\w.$\{}-]+)\")(?:\s*%\s*(?:\"([^\"]*)\"|([\w.]+)))?([^\n,]*)")
_PLUGIN = re.compile(r"addSbtPlugin\(\s*\"([\w.-]+)\"\s*%\s*\"([\w.-]+)\"")
_MILL = re.compile(r"\b(?:ivy|mvn)\"([\w.-]+):{1,3}([\w.-]+):([^\"]*)\"")
_PROJECT = re.compile(r"lazy\s+val\s+`?([\w-]+)`?\s*(?::\s*\w+\s*)?=\s*\(?\s*(?:project|crossProject|Project)\b")
_IN_FILE = re.compile(r"(?:in|\.in)\s*\(?\s*file\s*\(\s*\"([^\"]+)\"")
_DEPENDS = re.compile(r"dependsOn\s*\(([^)]*)\)")


def modules(manifest: Manifest, text: str) -> None:
    """The `"group" %% "name" % "version"` of any build file."""
    lines = Lines(text)
    for found in _MODULE.finditer(text):
        at = text.rfind("\n", 0, found.start()) + 1
        if text[at : found.start()].lstrip().startswith("//"):
            continue
        name = found[2] or found[3] or ""
        scope = TEST if re.search(r"\bTest\b|\"test\"|\"it\"|IntegrationTest", found[6][:80]) else RUNTIME
        manifest.add(f"{found[1]}:{name}", found[4] or "", scope, lines.at(found.start()))
    # a project named for its tests, `val testDeps = Seq(…)`, is left to the packages: test libraries are known as such


def sbt(manifest: Manifest, text: str) -> None:
    modules(manifest, text)
    facts = manifest.facts
    facts["plugins"] = {}
    name = re.search(r"\bname\s*:=\s*\"([^\"]+)\"", text)
    manifest.name = name[1] if name else ""
    version = re.search(r"scalaVersion\s*:=\s*\"([^\"]+)\"", text)
    facts["version"] = version[1] if version else ""
    lines = Lines(text)
    for plugin in re.finditer(r"enablePlugins\(([^)]*)\)", text):
        for one in re.findall(r"\w+", plugin[1]):
            facts["plugins"][one] = lines.at(plugin.start())
    facts["subprojects"] = _subprojects(text)


def _subprojects(text: str) -> "list[tuple[str, str, int, int, list[str]]]":
    """(name, folder, start, end, depends on) of each `lazy val x = project in file("x")`."""
    starts = list(_PROJECT.finditer(text))
    found = []
    for index, hit in enumerate(starts):
        end = starts[index + 1].start() if index + 1 < len(starts) else len(text)
        body = text[hit.start() : end]
        folder = _IN_FILE.search(body)
        wants = [one for part in _DEPENDS.findall(body) for one in re.findall(r"[A-Za-z][\w-]*", part)]
        found.append((hit[1], folder[1] if folder else hit[1], hit.start(), end, wants))
    return found


def plugins(text: str) -> "dict[str, int]":
    """project/plugins.sbt: plugin → line."""
    lines = Lines(text)
    return {found[2]: lines.at(found.start()) for found in _PLUGIN.finditer(text)}


def mill(manifest: Manifest, text: str) -> None:
    lines = Lines(text)
    manifest.facts["plugins"] = {}
    for found in _MILL.finditer(text):
        manifest.add(f"{found[1]}:{found[2]}", found[3], RUNTIME, lines.at(found.start()))
