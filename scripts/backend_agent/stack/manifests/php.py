"""PHP: composer.json."""

from backend_agent.stack.manifests import DEV, RUNTIME, Manifest
from backend_agent.stack.manifests.text import dictionary, json_line, json_tree, strings


def composer(manifest: Manifest, text: str) -> None:
    tree, fault = json_tree(text)
    if fault:
        manifest.problems.append(fault)
    tree = dictionary(tree)
    manifest.name = next(iter(strings(tree.get("name"))), "").lower()
    for table, scope in (("require", RUNTIME), ("require-dev", DEV)):
        _, offset = json_line(text, table)
        for name, version in dictionary(tree.get(table)).items():
            if name == "php":
                manifest.facts["version"] = version if isinstance(version, str) else ""
                continue
            manifest.add(name.lower(), version, scope, json_line(text, name, offset)[0])
    kind = next(iter(strings(tree.get("type"))), "")
    manifest.facts["library"] = kind in (
        "library",
        "symfony-bundle",
        "composer-plugin",
        "metapackage",
        "typo3-cms-extension",
        "wordpress-plugin",
    )
    manifest.facts["kind"] = kind
    manifest.facts["scripts"] = {name: " && ".join(strings(value)) for name, value in dictionary(tree.get("scripts")).items()}
