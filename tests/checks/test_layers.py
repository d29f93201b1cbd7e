import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from check_projects import POSTGRES, found

from backend_agent.checks import handlers as handlers_of
from backend_agent.checks import layers

PYTHON = {**POSTGRES, "app/routes/orders.py": "def read():\n    pass\n", "app/services/orders.py": "def load():\n    pass\n"}
NODE = {
    "package.json": '{"dependencies": {"express": "4"}}',
    "src/routes/orders.ts": "export const path = () => 1;\n",
    "src/services/orders.ts": "export const load = () => 1;\n",
}


@pytest.mark.parametrize(
    ("files", "path"),
    [
        ({**PYTHON, "app/services/bills.py": "from app.routes.orders import read\n"}, "app/services/bills.py"),
        ({**PYTHON, "app/repositories/bills.py": "from ..services import orders\n"}, "app/repositories/bills.py"),
        ({**PYTHON, "app/models/bill.py": "def f():\n    from app.services.orders import load\n"}, "app/models/bill.py"),
        ({**NODE, "src/repositories/bills.ts": "import { path } from '../routes/orders';\n"}, "src/repositories/bills.ts"),
        ({**NODE, "src/models/bill.js": "const { load } = require('../services/orders');\n"}, "src/models/bill.js"),
        (
            {
                "src/main/java/a/web/OrderController.java": "package a.web;\n",
                "src/main/java/a/core/OrderService.java": "package a.core;\nimport a.web.OrderController;\n",
            },
            "src/main/java/a/core/OrderService.java",
        ),
    ],
)
def test_an_import_that_runs_upwards_is_found(tmp_path, files, path):
    assert [f[:2] for f in found(tmp_path, layers, files, "layering")] == [("layering", path)]


@pytest.mark.parametrize(
    "files",
    [
        {**PYTHON, "app/routes/bills.py": "from app.services.orders import load\n"},
        {**PYTHON, "app/services/bills.py": "from app.services.orders import load\nfrom services.remote import routes\n"},
        {
            **PYTHON,
            "app/services/bills.py": "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from app.routes.orders import read\n",
        },
        {**PYTHON, "app/routes/schemas.py": "X = 1\n", "app/services/bills.py": "from app.routes.schemas import X\n"},
        {**NODE, "src/services/bills.ts": "import type { path } from '../routes/orders';\n"},
        {**NODE, "src/routes/bills.ts": "import { load } from '../services/orders';\n"},
        {**NODE, "src/services/bills.test.ts": "import { path } from '../routes/orders';\n"},
    ],
)
def test_an_import_downwards_sideways_for_types_or_in_a_test_is_silent(tmp_path, files):
    assert found(tmp_path, layers, files, "layering") == []


HANDLERS = """from fastapi import APIRouter
from app.services.orders import list_orders, make_order

router = APIRouter()


@router.get("/orders")
def read_orders():
    return list_orders()


@router.post("/orders")
def create_order(body: OrderIn):
    return make_order(body)


@router.put("/orders/{order_id}")
def update_order(order_id: int, body: OrderIn, session):
    %s
"""
SERVICE = "def list_orders():\n    return session.query(Order).limit(20)\n\n\ndef make_order(body):\n    session.add(Order(body))\n"


def handlers(body: str, service: str = SERVICE) -> "dict[str, str]":
    main = "from fastapi import FastAPI\nfrom app.routes.orders import router\n\napp = FastAPI()\napp.include_router(router)\n"
    return {**POSTGRES, "app/main.py": main, "app/routes/orders.py": HANDLERS % body, "app/services/orders.py": service}


@pytest.mark.parametrize(
    "body",
    [
        "return session.execute(update(Order))",
        "session.add(Order(body))",
        "order = Order.objects.get(id=order_id)",
        "return db.session.merge(body)",
    ],
)
def test_a_query_in_a_handler_beside_services_is_found(tmp_path, body):
    assert found(tmp_path, handlers_of, handlers(body), "db_in_handler") == [("db_in_handler", "app/routes/orders.py", 19)]


@pytest.mark.parametrize(
    "files",
    [
        handlers("return make_order(body)"),
        handlers("return list_orders()"),
        {**handlers("return session.execute(update(Order))", service=""), "app/services/orders.py": "X = 1\n"},
    ],
)
def test_handlers_that_call_services_and_projects_without_them_are_silent(tmp_path, files):
    assert found(tmp_path, handlers_of, files, "db_in_handler") == []


def test_a_query_in_a_handler_is_found_wherever_the_routes_lie(tmp_path):
    files = handlers("session.add(Order(body))")
    files = {path.replace("app/routes/", "app/api/v1/"): text.replace("app.routes.", "app.api.v1.") for path, text in files.items()}
    assert found(tmp_path, handlers_of, files, "db_in_handler") == [("db_in_handler", "app/api/v1/orders.py", 19)]
