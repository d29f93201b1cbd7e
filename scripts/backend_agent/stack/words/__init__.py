"""The project's own words: named scripts and the lines of its CI, read as text and never run.

One reader per dialect. A reader never raises for what a file holds; what it does not understand it leaves out.
"""

from bisect import bisect_left

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from backend_agent.repository.files import Repository
else:
    from backend_agent.records import NamedTuple

CI_FILES = 40
"""CI files that are read at most; the ones named after tests and checks come first."""
CI_SIZE = 100_000
"""Characters of one of them that are looked at."""


class Word(NamedTuple):
    """A named script (`run` is how it is called) or a line of CI or of a document (`run` is empty, `body` is the line).

    `needs` are names of other words of the same file that run before it, `calls` is the file's kind: npm, make, just …
    """

    name: str
    run: str
    body: "tuple[str, ...]"
    folder: str
    path: str
    line: int
    calls: str
    needs: "tuple[str, ...]" = ()
    job: str = ""
    """The CI job or file that the line stands in."""


def join(folder: str, below: str) -> str:
    """A path below a folder, normalised: "." is the repository's root, what climbs out of it begins with ".."."""
    parts = [] if folder == "." or below.startswith("/") else folder.split("/")
    for part in below.strip("/").split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts) or "."


def at(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"


def under(repository: "Repository", folder: str) -> "list[str]":
    """The paths below a folder, at any depth; `folder` is "" or ends with a slash."""
    paths = repository.paths
    if not folder:
        return paths
    start = bisect_left(paths, folder)
    return paths[start : bisect_left(paths, folder[:-1] + "0", start)]  # "0" comes right behind "/"


def scripts(repository: "Repository", folder: str) -> "list[Word]":
    """The named scripts of one folder, in the order of the readers."""
    from backend_agent.stack.words import named as readers

    found: list[Word] = []
    for name, reader in readers.READERS.items():
        path = at(folder, name)
        if repository.exists(path):
            found += reader(repository, folder, path)
    found += readers.shell_files(repository, folder)
    return found


def ci_files(repository: "Repository") -> "list[str]":
    """The CI files of a repository, those that sound like checks first."""
    found = [path for path in CI_NAMES if repository.exists(path)]
    flows = [path for folder in CI_FOLDERS for path in under(repository, folder) if path.endswith((".yml", ".yaml"))]
    flows.sort(key=lambda path: (not any(word in path.lower() for word in CI_WORDS), path))
    return found + flows[:CI_FILES]


CI_NAMES = (
    ".gitlab-ci.yml", ".travis.yml", ".circleci/config.yml", "azure-pipelines.yml", ".azure-pipelines.yml", "bitbucket-pipelines.yml",
    ".drone.yml", ".woodpecker.yml", "Jenkinsfile", "appveyor.yml", ".appveyor.yml", ".semaphore/semaphore.yml", "buildspec.yml",
    ".buildkite/pipeline.yml", "cloudbuild.yaml", ".cirrus.yml", "wercker.yml",
)  # fmt: skip
CI_FOLDERS = (
    ".github/workflows/",
    ".github/actions/",
    ".forgejo/workflows/",
    ".gitea/workflows/",
    ".woodpecker/",
    ".gitlab/ci/",
    ".azure/",
    ".azuredevops/",
)
CI_WORDS = ("test", "ci", "check", "lint", "build", "quality", "pr", "main", "verify", "backend", "api", "server")
