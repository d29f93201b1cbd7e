"""One declaration of options serves both readers: the fast one for plain calls, click for help and errors."""

import sys

import pytest

from backend_agent import cli
from backend_agent.errors import NOT_CARRIED_OUT, UserError

PARAMETERS = (
    cli.argument("path", default="."),
    cli.option("--format", "form", choices=("text", "json"), default="text", help="How to print."),
    cli.option("--only", multiple=True, help="One kind."),
    cli.flag("--debug", help="Show tracebacks."),
)


def given(*words, parameters=PARAMETERS):
    seen = []
    main = cli.command("Try.", *parameters)(lambda options: seen.append(dict(vars(options))) or 0)
    with pytest.raises(SystemExit) as left:
        main(list(words))
    return left.value.code, (seen or [None])[0]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), {"path": ".", "form": "text", "only": (), "debug": False}),
        (("here", "--format", "json"), {"path": "here", "form": "json", "only": (), "debug": False}),
        (("--format=json", "--only", "a", "--only=b", "--debug"), {"path": ".", "form": "json", "only": ("a", "b"), "debug": True}),
    ],
)
def test_a_plain_call_is_read_without_click_and_as_click_reads_it(words, expected):
    assert given(*words) == (0, expected)
    assert cli._plain(PARAMETERS, list(words)) == cli._with_click("Try.", PARAMETERS, list(words)) == expected


@pytest.mark.parametrize("words", [("--format", "xml"), ("--format",), ("--nope",), ("a", "b"), ("--debug=yes",)])
def test_wrong_use_is_left_to_click_and_exits_2(words, capsys):
    code, seen = given(*words)

    assert (code, seen) == (2, None)
    assert "Error:" in capsys.readouterr().err


def test_help_lists_every_option_and_exits_0(capsys):
    code, seen = given("--help")

    printed = capsys.readouterr().out
    assert (code, seen) == (0, None)
    assert [word for word in ("--format", "--only", "--debug", "How to print.") if word not in printed] == []


@pytest.mark.parametrize("words", [("--", "ls", "--debug"), ("ls", "--debug")])
def test_a_command_to_run_keeps_its_own_options(words):
    parameters = (cli.flag("--debug"), cli.rest("command"))

    assert given(*words, parameters=parameters) == (0, {"debug": False, "command": ("ls", "--debug")})


def test_a_users_error_is_two_lines_and_its_code(capsys):
    def work():
        raise UserError("stack.yaml:7 is not a map", "see the schema", NOT_CARRIED_OUT)

    with pytest.raises(SystemExit) as left:
        cli.exit_with(work)

    assert left.value.code == NOT_CARRIED_OUT
    assert capsys.readouterr().err == "error: stack.yaml:7 is not a map\n  see the schema\n"


def test_a_fault_of_ours_exits_70_and_names_a_log(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("BACKEND_AGENT_CACHE", str(tmp_path))
    monkeypatch.delenv("BACKEND_AGENT_DEBUG", raising=False)

    with pytest.raises(SystemExit) as left:
        cli.exit_with(lambda: 1 // 0)

    assert left.value.code == 70
    assert "ZeroDivisionError" in (tmp_path / "fault.log").read_text()
    assert "Traceback" not in capsys.readouterr().err


def test_a_plain_call_does_not_import_click():
    import subprocess

    code = f"import sys; sys.path.insert(0, {sys.path[0]!r}); sys.path[:0] = {sys.path!r}\nfrom backend_agent import cli\n"
    code += "main = cli.command('', cli.argument('path'))(lambda options: int('click' in sys.modules))\nmain(['x'])"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
