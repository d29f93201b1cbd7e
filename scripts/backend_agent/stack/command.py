"""One command of a verify contract: the same shape whether it was detected in the repository or written in stack.yaml."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from backend_agent.records import NamedTuple

KINDS = ("tests", "lint", "format", "types", "build", "migrations", "audit")
"""The kinds that detection fills; stack.yaml knows `syntax` besides."""


class Command(NamedTuple):
    """`cmd` is the text a person would type in `cwd` (from the repository's root). `source` is "path:line" or "default".

    `parts` are the commands of an `&&` chain, in order, and hold `cmd` alone where there is no chain. `argv` is given where
    stack.yaml lists words. `shell` tells that `cmd` needs a shell: pipes, redirections, substitutions.
    """

    cmd: str
    cwd: str = "."
    source: str = "default"
    needs_db: bool = False
    needs: "tuple[str, ...]" = ()
    """Binaries that must be on the PATH."""
    network: bool = False
    writes: bool = False
    """It changes files of the project: no check, only offered where the project's own words have nothing else."""
    shell: bool = False
    parts: "tuple[str, ...]" = ()
    argv: "tuple[str, ...]" = ()
    timeout: float = 0.0
    """Seconds; 0 leaves the choice to the runner."""
    env: "tuple[str, ...]" = ()
    skip_if_missing: "tuple[str, ...]" = ()
    pass_signal: str = ""
