"""The first run: once, safe, mending itself, and one line where it cannot be."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backend_agent import bootstrap

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"

FAKE_UV = r"""#!/bin/sh
echo run >> "$FAKE_LOG"
[ -n "$FAKE_FAILS" ] && { echo "$FAKE_FAILS" >&2; exit 1; }
while [ $# -gt 0 ]; do [ "$1" = --target ] && target=$2; shift; done
mkdir -p "$target/click" "$target/yaml"; echo "VALUE = 1" > "$target/click/__init__.py"; : > "$target/yaml/__init__.py"
"""
TRY = "import sys; sys.path.insert(0, {scripts!r}); from backend_agent import bootstrap; bootstrap.ensure(); import click; print(click.__file__)"


@pytest.fixture
def first(tmp_path):
    """Runs `ensure()` in a Python without packages, with an installer that writes two empty ones and counts its calls."""
    if sys.platform == "win32":
        pytest.skip("the fake installer is a shell script")
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "uv").write_text(FAKE_UV)
    (tools / "uv").chmod(0o755)
    log = tmp_path / "log"

    def start(**more):
        env = {"PATH": f"{tools}:/usr/bin:/bin", "FAKE_LOG": str(log), "BACKEND_AGENT_CACHE": str(tmp_path / "cache"), **more}
        code = TRY.format(scripts=str(SCRIPTS))
        return subprocess.Popen([sys.executable, "-S", "-c", code], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(**more):
        child = start(**more)
        out, err = child.communicate(timeout=60)
        return child.returncode, out, err

    run.start, run.cache, run.calls = start, tmp_path / "cache", lambda: len(log.read_text().split()) if log.exists() else 0
    return run


def test_packages_are_fetched_once_and_said_in_one_line(first):
    code, out, err = first()
    again = first()

    assert (code, first.calls()) == (0, 1), err
    assert str(first.cache) in out
    assert err.count("\n") == 1
    assert again == (0, out, "")


def test_two_first_runs_at_once_fetch_once(first):
    both = [first.start(), first.start()]
    said = [child.communicate(timeout=60) for child in both]

    assert [child.returncode for child in both] == [0, 0], said
    assert first.calls() == 1


def test_a_damaged_environment_is_built_anew(first):
    first()
    shutil.rmtree(next(first.cache.glob("packages-*/click")))

    assert first()[0] == 0
    assert first.calls() == 2


@pytest.mark.parametrize("said", ["dns error: failed to lookup address", "error sending request for url"])
def test_offline_is_one_line_that_says_what_to_do(first, said):
    code, out, err = first(FAKE_FAILS=said)

    assert (code, out) == (3, "")
    assert "cannot be reached" in err
    assert "pip install --require-hashes" in err
    assert list(first.cache.glob("building-*")) == []


def test_a_lock_without_one_distribution_keeps_the_others():
    text = "# head\na==1 \\\n    --hash=x\nb-c==2 ; python \\\n    --hash=y\nd==3 \\\n    --hash=z\n"

    assert bootstrap.without(text, "b-c") == "# head\na==1 \\\n    --hash=x\nd==3 \\\n    --hash=z\n"


def test_needed_versions_are_those_of_pyproject():
    text = (ROOT / "pyproject.toml").read_text()
    declared = dict(re.findall(r'"([a-z-]+)(>=[\d.]+,<[\d.]+)', text.split("[dependency-groups]")[0]))
    ours = {name: f">={'.'.join(map(str, low))},<{'.'.join(map(str, high))}" for _, name, low, high in bootstrap.NEEDED}

    assert ours == declared


def test_every_needed_package_is_pinned_with_digests_and_no_index_is_named():
    lock = (SCRIPTS / "requirements.lock").read_text()

    assert [name for _, name, _, _ in bootstrap.NEEDED if f"\n{name}==" not in lock] == []
    assert "http" not in lock


def test_any_python_3_can_read_the_first_lines():
    ast.parse((SCRIPTS / "backend_agent" / "bootstrap.py").read_text(), feature_version=(3, 5))
    for script in SCRIPTS.glob("*.py"):
        ast.parse(script.read_text(), feature_version=(3, 6))


def test_our_packages_come_after_the_standard_library_and_before_the_users(monkeypatch):
    monkeypatch.setattr(sys, "path", ["/ours", "/lib/python3.11", f"/x{os.sep}site-packages"])
    bootstrap._use("/env")

    assert sys.path == ["/ours", "/lib/python3.11", "/env", f"/x{os.sep}site-packages"]
