"""When each file last changed, from git. Without git, or in a clone of one commit, nothing is known."""

import os
import subprocess

from backend_agent.repository.files import Repository

COMMITS = 3000
"""Commits that are looked at."""


def last_changes(repository: Repository) -> "dict[str, str]":
    """Path to the day (YYYY-MM-DD) of the newest commit that touched it."""
    command = [
        "git", "-c", "core.fsmonitor=false", "-c", "core.quotepath=false", "log", f"-{COMMITS}", "--no-renames", "--no-merges",
        "--format=%x01%cs", "--name-only", "-z", "--relative", "--", ".",
    ]  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=repository.root, capture_output=True, timeout=60, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    if done.returncode != 0:
        return {}
    found: dict[str, str] = {}
    for commit in os.fsdecode(done.stdout).split("\x01")[1:]:
        day, _, names = commit.partition("\n") if "\n" in commit.split("\0", 1)[0] else commit.partition("\0")
        for name in names.split("\0"):
            path = name.strip("\n")
            if path:
                found.setdefault(path, day.strip("\0\n"))
    return found
