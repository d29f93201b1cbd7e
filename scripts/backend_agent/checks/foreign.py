"""Files that others wrote or a program makes: copies of packages in the repository. Nobody here can act on a finding in them."""

import fnmatch
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from backend_agent.repository.files import Repository

_FOLDERS = re.compile(
    r"(?:^|/)(?:vendor|vendored|App_Packages|third[-_]?party|node_modules|bower_components|Pods|site-packages)/"
    r"|(?:^|/)overrides/[^/]+/[^/]+/src/"
)
"""Where package managers and people put code of others; `overrides/<vendor>/<package>/src/` is a patched copy of Composer."""
_ENGINE = re.compile(r"(?:^|/)db/migrate/\d+_\w+\.\w+\.rb$")
_COMES = re.compile(r"(?:#[^\n]*\n\s*)*?# This migration comes from \w+")
"""What Rails writes into the migrations that it copies out of an engine."""
_SAID = re.compile(r"(?m)^(?P<pattern>[^\s#]\S*)(?P<attributes>(?:[ \t]+\S+)+)")
_OTHERS = re.compile(r"(?:^|\s)linguist-(?:vendored|generated)(?:=true)?(?=\s|$)")
"""How a repository tells GitHub (docs.github.com, "Customizing how changed files appear")."""


def found(repository: "Repository", paths: "tuple[str, ...]") -> "frozenset[str]":
    """Those of the paths that lie in a folder for code of others, that `.gitattributes` calls vendored or generated, or that an
    engine of Rails brought."""
    text = repository.read(".gitattributes") if repository.exists(".gitattributes") else ""
    patterns = [match["pattern"].lstrip("/") for match in _SAID.finditer(text) if _OTHERS.search(match["attributes"])]
    engines = {path for path in paths if _ENGINE.search(path) and _COMES.match(repository.read(path))}
    told = {path for path in paths if _FOLDERS.search(path) or any(_matches(path, pattern) for pattern in patterns)}
    return frozenset(engines | told)


def _matches(path: str, pattern: str) -> bool:
    """Whether a pattern of gitattributes means a path: one without a slash means names in any folder."""
    if "/" not in pattern:
        return fnmatch.fnmatchcase(path.rpartition("/")[2], pattern)
    whole = pattern + "**" if pattern.endswith("/") else pattern
    return fnmatch.fnmatchcase(path, whole.replace("**/", "*").replace("**", "*"))


def note(paths: "frozenset[str]") -> str:
    """What is said of them: how many, and where the first lies."""
    files = "1 file was" if len(paths) == 1 else f"{len(paths)} files were"
    return f"{files} not looked at, being code of others or generated: {min(paths)}{' and more' if len(paths) > 1 else ''}"
