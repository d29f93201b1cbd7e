"""The two scripts that an agent calls first, as it calls them: exit codes, output, budgets."""

import json
import os
import subprocess
import sys

import pytest

SCRIPTS = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "scripts")

SHOP = {
    "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["fastapi", "sqlalchemy", "alembic", "psycopg"]\n',
    "app/main.py": "from fastapi import FastAPI\nfrom app.routers import invoices\n\napp = FastAPI()\napp.include_router(invoices.router, prefix='/api')\n",
    "app/security.py": "from fastapi import HTTPException\n\n\ndef current_user():\n    raise HTTPException(401)\n",
    "app/routers/invoices.py": (
        "from fastapi import APIRouter, Depends\nfrom pydantic import BaseModel\nfrom app.security import current_user\n"
        "from app.services import invoices as service\n\nrouter = APIRouter(prefix='/invoices')\n\n\nclass InvoiceIn(BaseModel):\n    amount: int\n\n\n"
        "@router.get('/')\ndef list_invoices():\n    return service.list_all()\n\n\n"
        "@router.post('/', dependencies=[Depends(current_user)])\ndef create(body: InvoiceIn):\n    return service.create(body)\n"
    ),
    "app/services/invoices.py": (
        "import os\nfrom app.models import Invoice\n\nURL = os.environ['DATABASE_URL']\n\n\n"
        "def list_all():\n    return Invoice.query.all()\n\n\ndef create(body):\n    return Invoice(amount=body.amount)\n"
    ),
    "app/models.py": (
        "from sqlalchemy import Column, ForeignKey, Integer\nfrom app.db import Base\n\n\n"
        "class Customer(Base):\n    __tablename__ = 'customers'\n    id = Column(Integer, primary_key=True)\n\n\n"
        "class Invoice(Base):\n    __tablename__ = 'invoices'\n    id = Column(Integer, primary_key=True)\n"
        "    customer_id = Column(Integer, ForeignKey('customers.id'), nullable=False)\n    amount = Column(Integer)\n"
    ),
    "tests/test_invoices.py": "def test_create(client):\n    assert client.post('/api/invoices/').status_code == 401\n",
}


@pytest.fixture
def shop(tmp_path):
    for path, text in SHOP.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def run(script, *arguments, cache):
    done = subprocess.run(
        [sys.executable, os.path.join(SCRIPTS, script), *map(str, arguments)],
        capture_output=True, text=True, check=False, env={**os.environ, "BACKEND_AGENT_CACHE": str(cache), "NO_COLOR": "1"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    return done


def test_detection_fits_its_budget_and_names_its_evidence(shop, tmp_path_factory):
    done = run("detect_stack.py", shop, cache=tmp_path_factory.mktemp("cache"))

    assert done.returncode == 0
    assert len(done.stdout) <= 1200
    assert "fastapi" in done.stdout
    assert "pyproject.toml:3" in done.stdout


def test_detection_says_that_there_is_no_backend(tmp_path):
    done = run("detect_stack.py", tmp_path, cache=tmp_path / "cache")

    assert (done.returncode, done.stdout.startswith("no backend found")) == (3, True)


@pytest.mark.parametrize("script", ["detect_stack.py", "map_backend.py"])
def test_a_path_that_is_no_folder_is_one_clear_line(script, tmp_path):
    done = run(script, tmp_path / "nowhere", cache=tmp_path / "cache")

    assert done.returncode == 2
    assert done.stderr.startswith("error: ")


def test_the_map_follows_a_route_to_its_table_its_guard_and_its_test(shop, tmp_path_factory):
    done = run("map_backend.py", shop, "--format", "json", cache=tmp_path_factory.mktemp("cache"))
    (service,) = json.loads(done.stdout)["services"]
    routes = {(r["method"], r["path"].rstrip("/")): r for r in service["routes"]}
    create, listing = routes[("POST", "/api/invoices")], routes[("GET", "/api/invoices")]

    assert create["auth"] == "current_user"
    assert create["tables"] == ["invoices"]
    assert create["calls"] == ["app/services/invoices.py:11 create"]
    assert create["tests"] == ["tests/test_invoices.py:2"]
    assert listing["auth"] is None
    assert "no-limit" in listing["marks"]


def test_the_census_lists_what_has_a_mark_and_counts_it(shop, tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    guards = run("map_backend.py", shop, "--where", "no-guard", cache=cache).stdout
    indexes = run("map_backend.py", shop, "--where", "no-index", cache=cache).stdout
    names = run("map_backend.py", shop, "--where", "reads-env", cache=cache).stdout

    assert "no-guard: 1 of 2" in guards
    assert "invoices(customer_id) → customers" in indexes
    assert "DATABASE_URL  app/services/invoices.py:4" in names


def test_focus_names_the_sibling_and_the_files_to_touch(shop, tmp_path_factory):
    text = run("map_backend.py", shop, "--focus", "invoice", cache=tmp_path_factory.mktemp("cache")).stdout

    assert "sibling  POST /api/invoices" in text
    assert "touch    app/routers/invoices.py, app/services/invoices.py" in text


def test_focus_on_nothing_says_so(shop, tmp_path_factory):
    done = run("map_backend.py", shop, "--focus", "zebra", cache=tmp_path_factory.mktemp("cache"))

    assert done.returncode == 3
    assert "nothing here has to do with 'zebra'" in done.stderr


def test_a_second_run_says_the_same_from_the_cache_and_sees_an_edit(shop, tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    first = run("map_backend.py", shop, cache=cache).stdout
    assert run("map_backend.py", shop, cache=cache).stdout == first
    source = shop / "app/routers/invoices.py"
    source.write_text(source.read_text() + "\n\n@router.delete('/{id}')\ndef remove(id: int):\n    return service.remove(id)\n")

    assert "DELETE" in run("map_backend.py", shop, cache=cache).stdout


def test_mermaid_draws_tables_and_the_way_to_them(shop, tmp_path_factory):
    text = run("map_backend.py", shop, "--format", "mermaid", cache=tmp_path_factory.mktemp("cache")).stdout

    assert "customers ||--o{ invoices : customer_id" in text
    assert "app_services_invoices_py" in text
