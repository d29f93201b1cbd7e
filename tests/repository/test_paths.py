"""Paths by ending, name and pattern: the same answers as a look at each path, whatever the pattern."""

import marshal
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend_agent import catalog
from backend_agent.repository import paths as module
from backend_agent.repository.paths import Paths, endings_of, names_of
from backend_agent.stack import values

PATTERNS = sorted(
    {
        *catalog.load("stacks", "shared")["entries"].values(),
        *(
            pattern
            for ecosystem in catalog.names("stacks")
            if ecosystem != "shared"
            for entries in values.knowledge(ecosystem).fields.values()
            for entry in entries.values()
            for pattern in entry.get("files", ())
        ),
        r"(^|/)(server|app|main|index|www|api)\.[cm]?[jt]s$",
        r"[._](?:test|spec)\.[cm]?[jt]sx?$",
        r"(Application|Main)\.(java|kt)$|src/main/resources/application[\w.-]*\.(ya?ml|properties|conf)$",
    }
)
NAMES = st.sampled_from(
    [
        "main.py",
        "manage.py",
        "artisan",
        "yii",
        "Makefile",
        "app.ts",
        "x.test.tsx",
        "a.spec.cjs",
        "ShopApplication.java",
        "application-dev.yml",
        "alembic.ini",
        ".env",
        "_test.go",
        "b_test.exs",
        "config.ru",
        "py",
        "a.py.txt",
        "index.php",
        "console",
        "20240101120000_a.cs",
        "mod.rs",
        "gunicorn.conf.py",
    ]
)
PATHS = st.lists(
    st.builds(
        lambda folders, name: "/".join([*folders, name]),
        st.lists(st.sampled_from(["src", "main", "resources", "bin", "tests", "a.b", "config"]), max_size=4),
        NAMES,
    ),
    max_size=30,
    unique=True,
)


def test_there_are_patterns_to_walk():
    assert len(PATTERNS) > 20
    assert sum(endings_of(pattern) is not None for pattern in PATTERNS) > len(PATTERNS) / 2


@settings(max_examples=150, deadline=None)
@given(PATHS)
def test_every_pattern_finds_what_a_search_of_each_path_finds(paths):
    paths = sorted(paths)
    index = Paths(paths)

    for pattern in PATTERNS:
        assert list(index.matching(pattern)) == [path for path in paths if re.search(pattern, path)], pattern


@settings(max_examples=100, deadline=None)
@given(PATHS)
def test_groups_hold_each_path_once(paths):
    paths = sorted(paths)
    index = Paths(paths)

    assert index.ending(".py", ".ts") == [path for path in paths if path.endswith((".py", ".ts"))]
    assert index.bare() == [path for path in paths if "." not in path.rpartition("/")[2]]
    assert index.named("main.py", "Makefile") == [path for path in paths if path.rpartition("/")[2] in {"main.py", "Makefile"}]
    assert list(index.containing("app", "src")) == [path for path in paths if "app" in path or "src" in path]
    begin = [path for path in paths if path.startswith("src/") or ".env" in path]
    assert list(index.containing(".env", "\0src/")) == begin
    assert index.below("src") == [path for path in paths if path.startswith("src/")]
    assert sum(index.folders((".py",)).values()) == len(index.ending(".py"))
    folders, files = index.children(".")
    assert (folders, files) == (
        sorted({path.partition("/")[0] for path in paths if "/" in path}),
        [path for path in paths if "/" not in path],
    )


@settings(max_examples=100, deadline=None)
@given(PATHS, st.integers(0, 30))
def test_kept_paths_and_those_that_came_since_answer_as_all_together(paths, at):
    before = Paths(sorted(paths[at:]))
    before.remember()
    for pattern in PATTERNS[:5]:
        list(before.matching(pattern))
    kept = Paths.unpacked(marshal.loads(marshal.dumps(before.packed())))
    both, whole = kept.adding(sorted(paths[:at])), Paths(sorted(paths))

    for index, plain in ((both, whole), (kept, Paths(sorted(paths[at:])))):
        assert list(index) == list(plain)
        for pattern in PATTERNS:
            assert list(index.matching(pattern)) == list(plain.matching(pattern)) == list(index.matching(pattern)), pattern
        for words in (("app", "src"), (".env", "\0src/"), ("nothing",)):
            assert list(index.containing(*words)) == list(plain.containing(*words)) == list(index.containing(*words))
        assert index.ending(".py", ".ts") == plain.ending(".py", ".ts")
        assert list(index.folders((".py", ".ts")).items()) == list(plain.folders((".py", ".ts")).items())
        assert index.named("main.py", "Makefile", ".env", "py") == plain.named("main.py", "Makefile", ".env", "py")
        assert index.beginning(("application", "config"), (".yml", ".ru")) == plain.beginning(("application", "config"), (".yml", ".ru"))
        assert index.bare() == plain.bare()
        for folder in (".", "src", "src/main"):
            assert index.children(folder) == plain.children(folder)


@pytest.mark.parametrize("few", [0, 1_000])
@settings(max_examples=60, deadline=None)
@given(PATHS)
def test_what_lies_right_in_a_folder(few, paths):
    paths = sorted(paths)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_FEW", few)
        folders, files = Paths(paths).children("src")

    below = [path.removeprefix("src/") for path in paths if path.startswith("src/")]
    assert sorted(folders) == sorted({"src/" + path.partition("/")[0] for path in below if "/" in path})
    assert files == ["src/" + path for path in below if "/" not in path]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        (r"(^|/)(main|app)\.py$", ("main.py", "app.py")),
        (r"(^|/)alembic\.ini$", ("alembic.ini",)),
        (r"(^|/)(gunicorn\.conf)\.py$|(^|/)x\.go$", ("gunicorn.conf.py", "x.go")),
        (r"(^|/)\w+\.py$", ()),
        (r"main\.py$", ()),
        (r"(^|/)src/main\.rs$", ()),
    ],
)
def test_a_pattern_that_only_lists_names_is_read_as_names(pattern, names):
    assert names_of(pattern) == names


def test_paths_that_begin_with_a_word_are_found_once_and_the_search_ends():
    index = Paths(["a/settings/one.py", "settings/base.py", "settings/prod.py", "z.py"])

    assert list(index.containing("\0settings/")) == ["settings/base.py", "settings/prod.py"]
    assert list(index.containing("/settings/", "\0settings/")) == ["a/settings/one.py", "settings/base.py", "settings/prod.py"]
