"""A finding belongs to a change when the change causes it, also on a line that it does not touch."""

import subprocess
from pathlib import Path

import pytest

from backend_agent.checks import run
from backend_agent.repository import changes
from backend_agent.repository.files import Repository

AUTH = "from fastapi import Header, HTTPException\n\n\ndef require_user(token: str = Header()):\n    if token != KEY:\n        raise HTTPException(401)\n"
MAIN = "from fastapi import FastAPI\nfrom app.orders import router\n\napp = FastAPI()\napp.include_router(router)\n"
ORDERS = """from fastapi import APIRouter, Depends
from app.auth import require_user

router = APIRouter(prefix="/orders")


@router.post("")
def create(body: OrderIn, user=Depends(require_user)):
    return service.create(body)


@router.put("/{order_id}")
def update(order_id: int, body: OrderIn, user=Depends(require_user)):
    return service.update(order_id, body)


@router.delete("/{order_id}")
def remove(
    order_id: int,
    user=Depends(require_user),
):
    return service.remove(order_id)
"""
MODEL = """from sqlalchemy import Column, ForeignKey, Integer
from app.db import Base


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    customer_id = Column(Integer, ForeignKey("customers.id"))
    {index}
"""
TOML = '[project]\nname = "shop"\ndependencies = ["fastapi", "sqlalchemy", "psycopg"]\n'


def git(root: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


def write(root: Path, files: "dict[str, str]") -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)
    index = '__table_args__ = (Index("i", "customer_id"),)'
    write(
        tmp_path,
        {
            "pyproject.toml": TOML,
            "app/main.py": MAIN,
            "app/auth.py": AUTH,
            "app/orders.py": ORDERS,
            "app/models.py": MODEL.format(index=index),
        },
    )
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "start")
    git(tmp_path, "checkout", "-qb", "feature")
    return tmp_path


def found(root: Path) -> "list[tuple[str, str, int]]":
    repository = Repository(str(root))
    outcome = run.outcome(run.Context(repository, changes.change_of(repository)))
    return [(f.check, f.path, f.line) for f in outcome.findings]


def test_taking_a_guard_away_makes_the_finding_of_its_route_new(project):
    text = ORDERS.replace("    order_id: int,\n    user=Depends(require_user),\n", "    order_id: int,\n")
    (project / "app/orders.py").write_text(text)

    assert [(check, path) for check, path, _line in found(project)] == [("unguarded_sibling", "app/orders.py")]


def test_taking_an_index_away_makes_the_finding_of_its_key_new(project):
    (project / "app/models.py").write_text(MODEL.format(index="note = Column(Integer)"))

    assert [check for check, _path, _line in found(project)] == ["fk_without_index"]


def test_a_finding_that_was_there_stays_out_when_something_else_changes(project):
    open_route = ORDERS.replace("    user=Depends(require_user),\n", "")
    (project / "app/orders.py").write_text(open_route)
    git(project, "commit", "-qam", "an old sin")
    git(project, "branch", "-f", "main")
    (project / "app/orders.py").write_text(open_route + "\n\ndef helper() -> int:\n    return 1\n")

    assert found(project) == []


def test_the_base_is_that_of_a_folder_below_the_repository(project):
    (project / "shop").mkdir()
    git(project, "mv", "app", "shop/app")
    git(project, "mv", "pyproject.toml", "shop/pyproject.toml")
    git(project, "commit", "-qm", "move")
    git(project, "branch", "-f", "main")
    text = ORDERS.replace("    order_id: int,\n    user=Depends(require_user),\n", "    order_id: int,\n")
    (project / "shop/app/orders.py").write_text(text)

    assert [check for check, _path, _line in found(project / "shop")] == ["unguarded_sibling"]
