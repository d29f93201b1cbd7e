"""What makes a start quick changes nothing but the time: kept expressions, light records, and what is not imported."""

import marshal
import os
import re
import subprocess
import sys
import typing
import zlib

import pytest

from backend_agent import patterns, records

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
DETECT = os.path.join(ROOT, "scripts", "detect_stack.py")
PROJECT = os.path.join(ROOT, "tests", "projects", "readme-shop")


@pytest.fixture
def cache(tmp_path):
    """A cache of our own, and the path of the only file of expressions in it."""
    folder = tmp_path / "cache" / "patterns"

    def kept():
        (one,) = folder.iterdir()
        return one

    return kept


def detect(tmp_path, *words):
    environment = {**os.environ, "BACKEND_AGENT_CACHE": str(tmp_path / "cache")}
    done = subprocess.run([sys.executable, *words, DETECT, PROJECT], env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_second_start_says_the_same_and_compiles_nothing_new(tmp_path, cache):
    first = detect(tmp_path)
    written = cache().read_bytes()

    assert first[0] == 0
    assert detect(tmp_path) == first
    assert cache().read_bytes() == written
    assert len(patterns._read(str(cache()))[0]) > 20


def programs(kept):
    return marshal.loads(kept[len(patterns._MARK) + 4 :])[0]


def sealed(content):
    """A file of expressions with the right mark and checksum, whatever is in it."""
    body = marshal.dumps(content)
    return patterns._MARK + zlib.crc32(body).to_bytes(4, "big") + body


@pytest.mark.parametrize(
    "damage",
    [
        lambda kept: b"",
        lambda kept: b"[]",
        lambda kept: kept[:-1],
        lambda kept: kept[: len(kept) // 2],
        lambda kept: kept[:-20] + bytes([kept[-20] ^ 1]) + kept[-19:],
        lambda kept: patterns._MARK + kept[len(patterns._MARK) + 4 :],
        lambda kept: sealed([]),
        lambda kept: sealed(([], {})),
        lambda kept: sealed((dict.fromkeys(programs(kept), b""), {})),
        lambda kept: sealed((dict.fromkeys(programs(kept), 1), {})),
        lambda kept: sealed(({key: marshal.dumps((0, b"abc", 0, {}, ())) for key in programs(kept)}, {})),
        lambda kept: sealed(({key: marshal.dumps((0, b"\xff" * 8, 9, {}, ())) for key in programs(kept)}, {})),
    ],
    ids=range(12),
)
def test_kept_expressions_that_are_damaged_are_compiled_again(tmp_path, cache, damage):
    first = detect(tmp_path)
    cache().write_bytes(damage(cache().read_bytes()))

    assert detect(tmp_path) == first


@pytest.mark.parametrize(
    ("pattern", "flags", "text"),
    [
        (r"(?P<a>x+)(y)?", 0, "axxy"),
        (r"^\s*(\w+)=(.*?)$", re.MULTILINE, "a\n b=ü\n"),
        (r"(?i)straße|[^a-f\d]{2,}", re.DOTALL, "STRASSE --"),
        ("(?<!a)b(?=c)", re.VERBOSE, "ab bc"),
    ],
)
def test_a_kept_expression_is_the_one_that_was_compiled(monkeypatch, pattern, flags, text):
    monkeypatch.setattr(patterns, "_kept", {})  # an earlier run of the tests may have kept these
    patterns._listen()
    re.purge()
    re.compile(pattern, flags)
    packed = patterns.heard()[0][(pattern, int(flags))]
    monkeypatch.setitem(patterns._kept, (pattern, int(flags)), packed)
    built = patterns._Lazy()[str, pattern, int(flags)]
    plain = re.compile(pattern, flags)

    assert built == plain
    assert built.groupindex == plain.groupindex
    assert [m.groups() for m in built.finditer(text)] == [m.groups() for m in plain.finditer(text)]


def test_a_detection_without_git_imports_nothing_that_is_slow(tmp_path):
    slow = {"typing", "dataclasses", "inspect", "pathlib", "subprocess", "click", "yaml", "jsonschema", "tempfile"}
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "a"\nversion = "1"\ndependencies = ["flask>=3"]\n')
    (tmp_path / "app.py").write_text("import flask\n")
    for _start in range(2):  # the first one compiles catalogs
        call = [sys.executable, "-X", "importtime", DETECT, str(tmp_path)]
        done = subprocess.run(call, capture_output=True, text=True, check=True)
    imported = set(re.findall(r"\| +([\w.]+)$", done.stderr.partition("backend_agent")[2], re.MULTILINE))  # behind Python's own start

    assert "backend_agent.stack.detect" in imported
    assert slow & imported <= ({"typing"} if sys.version_info >= (3, 14) else set())


def test_a_light_record_is_a_named_tuple():
    class Plain(typing.NamedTuple):
        """Told."""

        one: int
        two: str = "b"

        @property
        def both(self):
            return f"{self.one}{self.two}"

    class Light(records.NamedTuple):
        """Told."""

        one: int
        two: str = "b"

        @property
        def both(self):
            return f"{self.one}{self.two}"

    for kind in (Plain, Light):
        made = kind(1)
        assert made == (1, "b") == tuple(made)
        assert made.both == "1b"
        assert made._replace(two="c")._asdict() == {"one": 1, "two": "c"}
        assert (kind._fields, kind.__doc__, kind.__module__) == (("one", "two"), "Told.", __name__)
        with pytest.raises(TypeError):
            kind()
        with pytest.raises(AttributeError):
            made.one = 2
