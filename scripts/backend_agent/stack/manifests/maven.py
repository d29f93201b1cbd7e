"""Maven: pom.xml with parent, modules, profiles, managed versions and plugins. Parents are followed by who knows the other files."""

import re

from backend_agent.stack.manifests import OPTIONAL, RUNTIME, TEST, Manifest
from backend_agent.stack.manifests.text import Element, xml_tree

_PROPERTY = re.compile(r"\$\{([\w.-]+)\}")


def pom(manifest: Manifest, text: str) -> None:
    root, problems = xml_tree(text)
    manifest.problems += problems
    project = root.child("project")
    if project is None:
        if not problems:
            manifest.problems.append((1, "no <project>"))
        return
    properties = {one.tag: one.text.strip() for one in (project.child("properties") or Element("", {}, 0)).children}

    def said(element: Element, tag: str) -> str:
        return _PROPERTY.sub(lambda hit: properties.get(hit[1], hit[0]), element.said(tag))

    group = project.said("groupId") or project.said("parent", "groupId")
    manifest.name = f"{group}:{project.said('artifactId')}"
    facts = manifest.facts
    facts["packaging"] = project.said("packaging") or "jar"
    facts["modules"] = [one.text.strip() for one in project.all("modules", "module")]
    facts["modules"] += [one.text.strip() for one in project.all("profiles", "profile", "modules", "module")]
    parent = project.child("parent")
    if parent is not None:
        facts["parent"] = f"{parent.said('groupId')}:{parent.said('artifactId')}"
        relative = parent.child("relativePath")
        facts["parent_path"] = "../pom.xml" if relative is None else relative.text.strip()
        facts["parent_version"] = parent.said("version")
        facts["parent_line"] = parent.line
    facts["version"] = next(
        (properties[key] for key in ("java.version", "maven.compiler.release", "maven.compiler.source") if key in properties), ""
    )
    facts["managed"] = {
        f"{one.said('groupId')}:{one.said('artifactId')}": (said(one, "version"), one.said("type"))
        for one in project.all("dependencyManagement", "dependencies", "dependency")
    }
    profiles = project.all("profiles", "profile")
    for one in project.all("dependencies", "dependency") + [d for p in profiles for d in p.all("dependencies", "dependency")]:
        scope = one.said("scope")
        kind = TEST if scope == "test" else OPTIONAL if one.said("optional") == "true" and False else RUNTIME
        manifest.add(f"{said(one, 'groupId')}:{one.said('artifactId')}", said(one, "version"), kind, (one.child("artifactId") or one).line)
    facts["plugins"] = {}
    facts["managed_plugins"] = {}
    for place, into in (
        (("build", "plugins", "plugin"), "plugins"),
        (("build", "pluginManagement", "plugins", "plugin"), "managed_plugins"),
    ):
        for one in project.all(*place) + [d for p in profiles for d in p.all(*place)]:
            facts[into][one.said("artifactId")] = one.line
            for below in one.all("dependencies", "dependency"):
                facts[into].setdefault(below.said("artifactId"), below.line)
