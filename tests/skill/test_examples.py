"""resources/examples.md: its runs are repeated here, and print what the page shows. A line of the page that is only `…` stands for any lines."""

import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
from skill_pages import ROOT, blocks, text

PAGE = "resources/examples.md"
SCRIPTS = os.path.join(ROOT, "scripts")
ROUTE = """

@router.post("/{order}/void")
def void(order: int, user: User) -> dict[str, str]:
    with Session(store.engine) as session, session.begin():
        if not store.move(session, user, order, "open", "void"):
            raise HTTPException(409)
    return {"status": "void"}
"""
WEAK = """

def test_a_paid_order_is_not_voided():
    client.post("/orders/1/pay", headers={"x-user": "ann"})
    assert client.post("/orders/1/void", headers={"x-user": "ann"}).status_code == 409


def test_a_stranger_voids_nothing():
    client.post("/orders/1/void", headers={"x-user": "bob"})
    assert client.get("/orders/1", headers={"x-user": "ann"}).json() == {"status": "open"}
"""
STRONG = WEAK.replace(
    '    client.post("/orders/1/void", headers={"x-user": "bob"})\n',
    '    assert client.post("/orders/1/void", headers={"x-user": "bob"}).status_code == 409\n',
)


def runs(heading: str) -> "list[tuple[str, list[str]]]":
    """(command, lines shown) of the console blocks below a heading."""
    part = re.search(rf"^## {re.escape(heading)}.*?(?=^## |\Z)", text(PAGE), re.DOTALL | re.MULTILINE)
    assert part, heading
    consoles = re.findall(r"^```console\n(.*?)^```", part[0], re.DOTALL | re.MULTILINE)
    shown = [run for block in consoles for run in re.findall(r"^\$ ([^\n]+)\n((?:(?!\$ )[^\n]*\n)*)", block, re.MULTILINE)]
    found = [(command, lines.splitlines()) for command, lines in shown]
    assert found, heading
    return found


def said(command: str, folder: str, tmp_path) -> str:
    """What a command of the page prints, both streams."""
    script, _space, rest = re.fullmatch(r"python3 scripts/(\w+\.py)(\s?)(.*)", command).groups()
    environment = {**os.environ, "BACKEND_AGENT_STATE": str(tmp_path / "state"), "PYTHONDONTWRITEBYTECODE": "1"}
    environment["PATH"] = os.path.dirname(sys.executable) + os.pathsep + environment["PATH"]
    call = [sys.executable, os.path.join(SCRIPTS, script), *shlex.split(rest)]
    done = subprocess.run(
        call, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, env=environment, check=False
    )
    return done.stdout


def agrees(shown: "list[str]", printed: str) -> bool:
    parts = [r"(?:[^\n]*\n)*?" if line.strip() == "…" else re.escape(line).replace("…", "[^\n]*") + r"[ ]*\n" for line in shown]
    return re.fullmatch("".join(parts), printed if printed.endswith("\n") else printed + "\n") is not None


@pytest.fixture
def orders(tmp_path):
    """The small project in a repository of its own, before the change."""
    folder = tmp_path / "orders"
    shutil.copytree(os.path.join(ROOT, "tests", "projects", "example-orders"), folder)
    (folder / ".gitignore").write_text("__pycache__/\n.pytest_cache/\n")
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "start"]):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *words], cwd=folder, check=True)
    return folder


def compare(run: "tuple[str, list[str]]", folder: object, tmp_path: object) -> None:
    command, shown = run
    printed = said(command, str(folder), tmp_path)
    assert agrees(shown, printed), f"$ {command}\n{printed}"


def test_an_endpoint(orders, tmp_path):
    detect, focus, listed, trusted, refused, attested = runs("An endpoint")
    compare(detect, orders, tmp_path)
    compare(focus, orders, tmp_path)
    with open(orders / "app/orders.py", "a") as file:
        file.write(ROUTE)
    before = (orders / "tests/test_orders.py").read_text()
    (orders / "tests/test_orders.py").write_text(before + WEAK)
    compare(listed, orders, tmp_path)
    compare(trusted, orders, tmp_path)
    (orders / "tests/test_orders.py").write_text(before + STRONG)
    compare(refused, orders, tmp_path)
    compare(attested, orders, tmp_path)


def test_a_login_example_is_what_the_security_page_does():
    names: dict[str, object] = {}
    exec(compile(blocks("resources/security.md", "python")[1], "security.md", "exec"), names)
    block = next(b for b in blocks(PAGE, "console") if b.startswith(">>> "))
    expression, answer = re.fullmatch(r">>> (.+)\n(.+)\n", block).groups()

    assert repr(eval(expression, names)) == answer


def test_a_migration_on_a_live_table(tmp_path):
    (made,) = runs("A migration on a live table")
    table = "CREATE TABLE orders (id bigint PRIMARY KEY, total numeric NOT NULL, total_cents bigint);\n"
    rows = "INSERT INTO orders SELECT n, n FROM generate_series(1, 3000) AS n;\n"
    (tmp_path / "check.sql").write_text(table + rows + "".join(blocks("resources/migrations.md", "sql")))
    compare(made, tmp_path, tmp_path)


def test_a_review(tmp_path):
    (listed,) = runs("A review")
    compare(listed, os.path.join(ROOT, "tests", "projects", "routes-fastapi"), tmp_path)
