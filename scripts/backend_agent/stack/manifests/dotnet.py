""".NET: project files, Directory.*.props and central package versions."""

from backend_agent.stack.manifests import DEV, RUNTIME, Manifest
from backend_agent.stack.manifests.text import xml_tree


def project(manifest: Manifest, text: str) -> None:
    root, problems = xml_tree(text)
    manifest.problems += problems
    facts = manifest.facts
    facts["references"], facts["sdks"], facts["properties"] = [], [], {}
    manifest.name = manifest.path.rpartition("/")[2].rpartition(".")[0]
    for one in root.walk():
        include = one.attributes.get("Include") or one.attributes.get("Update", "")
        if one.tag == "Project" and one.attributes.get("Sdk"):
            facts["sdks"] += [sdk.partition("/")[0].strip() for sdk in one.attributes["Sdk"].split(";")]
            facts.setdefault("sdk_line", one.line)
        elif one.tag == "Sdk" and one.attributes.get("Name"):
            facts["sdks"].append(one.attributes["Name"])
        elif one.tag in ("PackageReference", "GlobalPackageReference") and include:
            private = (one.attributes.get("PrivateAssets") or one.said("PrivateAssets")).lower() == "all"
            version = one.attributes.get("Version") or one.attributes.get("VersionOverride") or one.said("Version")
            manifest.add(include, version, DEV if private else RUNTIME, one.line)
        elif one.tag == "FrameworkReference" and include:
            manifest.add(f"framework:{include}", "", RUNTIME, one.line)
        elif one.tag == "ProjectReference" and include:
            facts["references"].append(include.replace("\\", "/"))
        elif one.tag == "PackageVersion" and include:
            facts.setdefault("central", {})[include] = (one.attributes.get("Version", ""), one.line)
        elif one.tag in (
            "TargetFramework",
            "TargetFrameworks",
            "OutputType",
            "IsTestProject",
            "UseMaui",
            "IsAspireHost",
            "IsPackable",
            "PackageId",
        ):
            facts["properties"][one.tag] = one.text.strip()
    target = facts["properties"].get("TargetFramework") or facts["properties"].get("TargetFrameworks", "").partition(";")[0]
    facts["version"] = "" if "$" in target else target.removeprefix("net").removeprefix("coreapp")
