"""stack.yaml: what is valid, what each mistake says, where the file is looked for, what the values are."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from backend_agent.errors import UserError
from backend_agent.stack import manifest
from backend_agent.stack.yaml_positions import SIZE_LIMIT, Problem

SCHEMA = json.loads(Path(manifest.SCHEMA).read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

OMA = [
    "language: python\n",
    "language: node\nframework: hono\norm: prisma\nsource: variant\nverify:\n"
    "  detect: package.json\n  syntax:\n    cmd: bunx tsc --noEmit\n"
    "    skip_if_missing: bunx\n  tests:\n    cmd: bun test\n    pass_signal: pass\n    skip_if_missing: bun\n",
    "language: rust\nsource: migrated\nverify:\n  raw_sql:\n"
    "    patterns: ['format!\\(\"[^\"]*(SELECT|DELETE)', '[[:space:]]FROM']\n"
    "    include_glob: '*.rs'\n    exclude_dirs: [target]\n",
    "$schema: ../stack.schema.json\nlanguage: elixir\nframework: phoenix\norm: ecto\n"
    "validation: ecto\nmigration: ecto\ntest: ex_unit\nsource: detected\n"
    "detected_from:\n  - mix.exs\nverify:\n  detect: mix.exs\n  tests: {cmd: mix test}\n",
    "language: typescript\nui: none-of-our-business\nsource: user\nverify: {}\n",
]

FULL = """\
language: python
version: 3.10
framework: fastapi
orm: sqlalchemy
validation: pydantic
migration: alembic
test: [pytest]
package_manager: uv
lint: [ruff]
typecheck: mypy
databases: [postgresql, sqlite]
queue: null
cache: redis
auth: pyjwt
api_style: rest
source: user
detected_from: [pyproject.toml]
conventions:
  source_roots: app
  layers: {routes: app/api, errors: app/errors.py}
  line_length: 100
  quotes: double
  indent: 4
  rules: [Money is integer cents.]
checks:
  severity: {API-4: warning, DB-7: "off"}
  ignore:
    - {check: SEC-3, path: app/health.py, line: 4, reason: "Public by design.", until: 2027-01-31}
verify:
  tests: {cmd: [uv, run, pytest, -k, "a b"], timeout: 900, env: [DATABASE_URL], needs: [uv, postgresql], cwd: sub}
  lint:
    - cmd: uv run ruff check .
    - cmd: uv run ruff check . && uv run bandit
      pass_signal: All checks passed
  audit: {cmd: uv run pip-audit, needs: [network], skip_if_missing: [uv]}
  raw_sql: {patterns: ["execute\\\\(f"], include_glob: ["*.py"], exclude_dirs: [tests]}
services:
  - path: services/billing
    framework: flask
    verify: {tests: {cmd: make test}}
  - path: services/notify/
    language: typescript
"""


def problems(text: str) -> list[Problem]:
    return manifest.check_text(text, "stack.yaml")[1]


def only(text: str) -> Problem:
    found = problems(text)
    assert len(found) == 1, found
    return found[0]


def test_the_schema_is_a_valid_self_contained_schema_and_its_examples_fit() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    text = json.dumps(SCHEMA)
    assert '"$ref": "#/' in text
    assert text.count('"$ref": "') == text.count('"$ref": "#/$defs/')
    for example in SCHEMA["examples"]:
        VALIDATOR.validate(example)


def test_every_field_of_the_schema_is_described_and_its_examples_are_valid() -> None:
    def walk(schema: dict[str, object], name: str) -> None:
        for key, field in schema.get("properties", {}).items():  # type: ignore[attr-defined]
            assert "$ref" in field or field.get("description"), f"{name}.{key}"
            for example in field.get("examples", ()):
                jsonschema.Draft202012Validator({**field, "$defs": SCHEMA["$defs"]}).validate(example)
            walk(field, f"{name}.{key}")

    walk(SCHEMA, "")
    for name, part in SCHEMA["$defs"].items():
        walk(part, name)


@pytest.mark.parametrize("text", [*OMA, FULL])
def test_a_manifest_of_the_older_contract_and_a_full_one_are_valid_here(text: str) -> None:
    built, found = manifest.check_text(text)
    assert built is not None
    assert [one for one in found if one.severity == "error"] == []
    VALIDATOR.validate(json.loads(json.dumps(yaml.safe_load(text), default=str)))


def test_the_values_of_a_full_manifest() -> None:
    built, _ = manifest.check_text(FULL, "stack.yaml")
    assert built is not None
    assert (built.version, built.value("framework"), built.values["databases"], built.values["queue"]) == (
        "3.10",
        "fastapi",
        ("postgresql", "sqlite"),
        (),
    )
    tests = built.verify["tests"][0]
    assert (tests.argv, tests.cwd, tests.timeout, tests.env, tests.needs_db) == (
        ("uv", "run", "pytest", "-k", "a b"),
        "sub",
        900.0,
        ("DATABASE_URL",),
        True,
    )
    assert tests.cmd == "uv run pytest -k 'a b'"
    lint = built.verify["lint"]
    assert lint[1].parts == ("uv run ruff check .", "uv run bandit")
    assert (lint[1].shell, lint[0].shell, lint[1].pass_signal) == (True, False, "All checks passed")
    assert built.verify["audit"][0].network
    assert built.verify["audit"][0].skip_if_missing == ("uv",)
    assert built.raw_sql is not None
    assert built.raw_sql.patterns == ("execute\\(f",)
    assert built.severity == {"API-4": "warning", "DB-7": "off"}
    assert built.ignores == (manifest.Ignore("SEC-3", "app/health.py", 4, "Public by design.", "2027-01-31"),)
    assert lint[0].source == "stack.yaml:32"


def test_a_service_takes_the_rest_from_the_top_but_not_the_commands() -> None:
    built, _ = manifest.check_text(FULL)
    assert built is not None
    billing = built.service("services/billing")
    assert (billing.value("framework"), billing.value("orm")) == ("flask", "sqlalchemy")
    assert [(one.cmd, one.cwd) for one in billing.verify["tests"]] == [("make test", "services/billing")]
    assert "lint" not in billing.verify
    assert built.service("services/notify").value("language") == "typescript"
    assert built.service("elsewhere") is built


MISTAKES = [
    ("language: python\nframwork: fastapi\n", (2, 1), "'framwork' is not a known field", "did you mean 'framework'?"),
    ("langauge: python\n", (1, 1), "'langauge' is not a known field", "did you mean 'language'?"),
    ("framework: fastapi\n", (1, 1), "the manifest has no 'language'", "it is required, for example python"),
    ("language: python\nsource: detect\n", (2, 9), "'source' is the text 'detect'", "did you mean 'detected'?"),
    ("language: no\n", (1, 11), "which YAML reads as false", "expected text"),
    ("language: python\ndatabases: 5\n", (2, 12), "'databases' is the number 5", "expected text or a list of text or null"),
    ("language: go\nverify:\n  test: {cmd: x}\n", (3, 3), "'test' is not a known field of 'verify'", "did you mean 'tests'?"),
    ("language: go\nverify:\n  tests: {command: x, cmd: y}\n", (3, 11), "'command' is not a known field", "did you mean 'cmd'?"),
    ("language: go\nverify:\n  tests: go test\n", (3, 10), "'verify.tests' is the text 'go test'", "expected a mapping or a list"),
    ("language: go\nverify:\n  tests: {}\n", (3, 10), "'verify.tests' has no 'cmd'", "it is required"),
    ("language: go\nverify:\n  tests: []\n", (3, 10), "is an empty list", "at least one"),
    ("language: go\nverify:\n  tests: {cmd: 'a \"b'}\n", (3, 16), "cannot be split into words", "close the quote"),
    ("language: go\nverify:\n  tests: {cmd: x, cwd: /tmp}\n", (3, 24), "'cwd' is", "relative"),
    ("language: go\nverify:\n  tests: {cmd: x, timeout: 0}\n", (3, 28), "is the number 0", "more than 0"),
    ("language: go\nverify:\n  tests: {cmd: x, env: [A=b]}\n", (3, 25), "is the text 'A=b'", "something like"),
    ("language: go\nverify:\n  raw_sql: {patterns: ['(']}\n", (3, 24), "no regular expression", "escape"),
    ("language: go\nlint: [a, a]\n", (2, 11), "twice", "the first is on line 2"),
    ("language: go\nservices:\n  - path: ../x\n", (3, 11), "'path' is", "inside"),
    ("language: go\nservices:\n  - path: a\n  - path: ./a\n", (4, 11), "a second service at a", "keep one"),
    ("language: go\nchecks:\n  ignore: [{check: DB-1}]\n", (3, 12), "has no 'reason'", "required"),
    ("language: go\nchecks:\n  severity: {DB-1: fatal}\n", (3, 20), "is the text 'fatal'", "allowed: error, warning, note, off"),
    ("language: go\nlanguage: rust\n", (2, 1), "stands here twice; the first is on line 1", "keep one"),
    ("language: go\n\tframework: gin\n", (2, 1), "a tab as indentation", "spaces"),
    ("language: go\nverify: *missing\n", (2, 9), "undefined alias", "quotes"),
    ("language: 'go\n", (2, 1), "unexpected end of stream", "not closed"),
    ("language: a: b\n", (1, 12), "a second ': '", "quote the value"),
    ("language: go\n---\nlanguage: rust\n", (3, 1), "a second YAML document", "remove it"),
    ("", (1, 1), "the file is empty", "language"),
    ("# nothing\n", (1, 1), "the file is empty", "language"),
    ("- language: go\n", (1, 1), "the manifest is a list", "expected a mapping"),
    ("language: !!python/object:os.system x\n", (1, 11), "the tag !!python/object:os.system is not allowed", "plain values"),
    ("language: go\nconventions: {rules: &a [*a]}\n", (2, 22), "would never end", "write the value out"),
    ("language: " + "[" * 5000, (1, 40), "nested more than", "small"),
    ("language: go\n? [a]\n: b\n", (2, 3), "a list or mapping as a key", "plain word"),
]


@pytest.mark.parametrize(("text", "place", "message", "hint"), MISTAKES)
def test_each_mistake_has_one_line_with_its_place_and_a_way_out(text: str, place: tuple[int, int], message: str, hint: str) -> None:
    found = only(text)
    assert (found.line, found.column) == place
    assert message in found.message
    assert hint in found.hint
    assert found.severity == "error"


def test_all_mistakes_come_in_one_run_in_the_order_of_the_file() -> None:
    text = "".join(
        [
            "language: python\n",
            "framwork: x\n",
            "source: nope\n",
            "\torm: y\n",
            "databases: 5\n",
            "verify:\n",
            "  tset: {cmd: a}\n",
            "  lint: @oops\n",
            "  types: 7\n",
        ]
    )
    assert [one.line for one in problems(text)] == [2, 3, 4, 5, 7, 8, 9]


def test_what_may_stand_behind_an_unreadable_line_is_not_called_missing() -> None:
    assert [one.message for one in problems("framework: @x\n") if "has no" in one.message] == []


def test_aliases_that_expand_without_end_are_refused_and_ordinary_ones_are_read() -> None:
    bomb = "language: go\na: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "aliases expand to" in only(bomb).message
    shared = "language: go\nx-base: &base {timeout: 5}\nverify:\n  tests: {<<: *base, cmd: go test}\n"
    built, found = manifest.check_text(shared)
    assert built is not None
    assert built.verify["tests"][0].timeout == 5.0
    assert [one.severity for one in found] == ["warning"]


def test_a_shell_operator_and_a_near_miss_of_a_language_are_warnings() -> None:
    found = only("language: go\nverify:\n  tests: {cmd: 'cd api && go test'}\n")
    assert (found.severity, found.line) == ("warning", 3)
    assert "without a shell" in found.message
    assert "did you mean 'python'" in only("language: pyhton\n").hint
    assert problems("language: zig\n") == []


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        (b"\x7fELF\0\0", (1, 5), "binary"),
        (b"language: go\nx: \xff\n", (2, 4), "byte 0xff is not UTF-8"),
        ("language: go".encode("utf-16"), (1, 1), "UTF-16"),
        (b"language: go\nx: a\x07\n", (2, 5), "U+0007"),
        (b"language: go\n" + b"#" * SIZE_LIMIT, (1, 1), "longer than"),
    ],
)
def test_a_file_that_is_no_text_has_one_clear_line(tmp_path: Path, data: bytes, place: tuple[int, int], message: str) -> None:
    (tmp_path / "stack.yaml").write_bytes(data)
    built, found = manifest.check(str(tmp_path / "stack.yaml"), "stack.yaml")
    assert built is None
    assert (found[0].line, found[0].column) == place
    assert message in found[0].message


def test_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_bytes(b"\xef\xbb\xbflanguage: go\r\nframwork: gin\r\n")
    found = manifest.check(str(tmp_path / "stack.yaml"))[1]
    assert [(one.line, one.column) for one in found] == [(2, 1)]


def test_load_raises_the_first_error_and_tells_how_many_more(tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text("langage: go\nsource: x\n")
    with pytest.raises(UserError) as raised:
        manifest.load(str(tmp_path / "stack.yaml"), "stack.yaml")
    assert raised.value.message == "stack.yaml:1:1: 'langage' is not a known field"
    assert "1 more" not in raised.value.message
    assert "1 more" in raised.value.hint
    with pytest.raises(UserError, match="cannot be read"):
        manifest.load(str(tmp_path / "none.yaml"))
    with pytest.raises(UserError, match="not a regular file"):
        manifest.load(str(tmp_path))


def test_the_search_order_prefers_the_flag_then_the_service_then_the_repository_then_copies(tmp_path: Path) -> None:
    project, skill = tmp_path / "project", tmp_path / "skill"
    order = [
        ("user default", skill / "stack"),
        ("oma-backend", project / ".agents/skills/oma-backend/stack"),
        ("skill copy", project / ".agents/skills/backend-agent/stack"),
        ("skill copy", project / ".claude/skills/backend-agent/stack"),
        ("repository", project / ".claude/stack"),
        ("service", project / "api/.claude/stack"),
    ]
    assert manifest.find(str(project), "api", str(skill)) is None
    for origin, folder in order:
        folder.mkdir(parents=True)
        (folder / "stack.yaml").write_text("language: go\n")
        assert manifest.find(str(project), "api", str(skill)) == manifest.Found(str(folder / "stack.yaml"), origin)
    found = manifest.find(str(project), ".", str(skill))
    assert found is not None
    assert found.origin == "repository"
    explicit = manifest.find(str(project), "api", str(skill), str(skill / "stack"))
    assert explicit == manifest.Found(str(skill / "stack" / "stack.yaml"), "--stack")
    with pytest.raises(UserError, match=r"holds no stack\.yaml"):
        manifest.find(str(project), "api", str(skill), str(tmp_path))


WORDS = st.sampled_from(
    ["language", "verify", "tests", "cmd", "python", "source", "user", "lint", "checks", "ignore", "reason", "services", "path", "a"]
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 90000), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(WORDS, VALUES, max_size=6))
def test_our_checker_and_the_jsonschema_package_agree(document: dict[str, object]) -> None:
    found = manifest.check_text(yaml.safe_dump(document))[1]
    beyond = ("means nothing here", "'path' is", "a second service", "cannot be split", "no regular expression")
    errors = [one for one in found if one.severity == "error" and not any(words in one.message for words in beyond)]
    open_top = [one for one in errors if "is not a known field" in one.message and " of " not in one.message]
    assert bool(len(errors) - len(open_top)) == (not VALIDATOR.is_valid(document)) or open_top


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=80), st.text(alphabet="ab:-[]{}&*!|>'\"#%@`,?\n\t ", max_size=60)))
def test_no_text_makes_a_traceback_and_every_place_lies_in_the_file(text: str) -> None:
    built, found = manifest.check_text(text)
    assert (built is None) == any(one.severity == "error" for one in found)
    for one in found:
        assert 1 <= one.line <= text.count("\n") + text.count("\r") + 3
        assert one.column >= 1
        assert "\n" not in one.message
