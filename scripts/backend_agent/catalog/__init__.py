"""Catalogs: what we know, as data. One YAML file per language and topic; see the header of each.

YAML is slow to read (about 1 MB/s), so each file is kept as JSON in the user's cache, by size and time of change.
"""

import json
import os

from backend_agent import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))


_loaded: "dict[tuple[str, str], Any]" = {}


def names(topic: str) -> "list[str]":
    """The catalogs of a topic, without their ending, sorted: `names("stacks")` is `["csharp", …]`."""
    return sorted(name[:-5] for name in os.listdir(os.path.join(HERE, topic)) if name.endswith(".yaml"))


def load(topic: str, name: str) -> "Any":
    """The content of `catalog/<topic>/<name>.yaml`; read once, so nobody may change it."""
    known = _loaded.get((topic, name))
    if known is None:
        known = _loaded[(topic, name)] = _read(topic, name)
    return known


def _read(topic: str, name: str) -> "Any":
    return of_file(os.path.join(HERE, topic, f"{name}.yaml"), f"{topic}-{name}")


def of_file(source: str, name: str) -> "Any":
    """The content of a YAML file of ours, kept under a name. Raises OSError, or ValueError where it is no YAML."""
    status = os.stat(source)
    kept = cache.path("catalog", f"{name}-{status.st_size}-{status.st_mtime_ns}.json")
    try:
        with open(kept, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        pass
    import yaml

    with open(source, encoding="utf-8") as file:
        try:
            content = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
        except yaml.YAMLError as error:
            raise ValueError(str(error)) from error
    cache.write(kept, json.dumps(content))
    return content
