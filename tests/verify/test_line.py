import pytest

from backend_agent.verify import hosts, line


def argvs(text: str) -> "list[list[str]]":
    return [list(step.argv) for step in line.steps(text)]


def test_a_chain_becomes_steps_with_folders_and_variables():
    found = line.steps("cd api && LOG=off pytest -q 'a b' && go vet ./...")

    assert [list(s.argv) for s in found] == [["pytest", "-q", "a b"], ["go", "vet", "./..."]]
    assert [(s.cwd, dict(s.env)) for s in found] == [("api", {"LOG": "off"}), ("api", {})]


@pytest.mark.parametrize(
    "text",
    [
        "a | b",
        "a || true",
        "a; b",
        "a &",
        "a > f",
        "a < f",
        "echo $HOME",
        "echo `a`",
        "(a)",
        'a "$B"',
        "a && ",
        "a\nb",
        "",
        "'a",
        "A=b",
        "cd x",
    ],
)
def test_what_needs_a_shell_is_refused(text):
    with pytest.raises(line.Refused):
        line.steps(text)


def test_quotes_protect_what_a_shell_would_not_read():
    assert argvs("grep 'a|b;$c' \"x & y\" a\\ b") == [["grep", "a|b;$c", "x & y", "a b"]]


def test_wildcards_are_filled_in_and_stay_where_nothing_fits(tmp_path):
    (tmp_path / "b.test.js").write_text("")
    (tmp_path / "a.test.js").write_text("")

    assert [list(s.argv) for s in line.steps("node --test *.test.js *.none", str(tmp_path))] == [
        ["node", "--test", "a.test.js", "b.test.js", "*.none"]
    ]


@pytest.mark.parametrize(
    ("value", "host"),
    [
        ("postgres://u:p@db.example.com:5432/shop?x=1", ("db.example.com:5432", "shop")),
        ("jdbc:mysql://10.0.0.3/shop", ("10.0.0.3", "shop")),
        ("sqlite:///data/x.db", ("file", "data/x.db")),
        ("Server=tcp:sql.example.com,1433;Database=shop;User Id=a;Password=b", ("sql.example.com", "shop")),
        ("root:pw@tcp(127.0.0.1:3306)/shop", ("127.0.0.1:3306", "shop")),
        ("db.internal", ("db.internal", "")),
        ("${DATABASE_URL}", None),
        ("", None),
    ],
)
def test_the_host_of_a_connection_is_read_without_credentials(value, host):
    assert hosts.of_value(value) == host


@pytest.mark.parametrize(("host", "local"), [("localhost", True), ("127.0.0.1", True), ("file", True), ("10.0.0.3", False), ("db", False)])
def test_only_this_machine_is_local(host, local):
    assert hosts.Host("DATABASE_URL", host, "", "environment").local is local
