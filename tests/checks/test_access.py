import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from check_projects import POSTGRES, context, found

from backend_agent import catalog
from backend_agent.checks import access, validation

MAIN = "from fastapi import FastAPI\nfrom app.orders import router\n\napp = FastAPI()\napp.include_router(router)\n"
AUTH = "from fastapi import Header, HTTPException\n\n\ndef require_user(token: str = Header()):\n    if token != KEY:\n        raise HTTPException(401)\n"
ROUTER = """from fastapi import APIRouter, Depends, Request
from app.auth import require_user

router = APIRouter(prefix="/orders")


@router.post("")
def create(body: OrderIn, user=Depends(require_user)):
    return service.create(body)


@router.put("/{order_id}")
def update(order_id: int, body: OrderIn, user=Depends(require_user)):
    return service.update(order_id, body)


@router.%s("%s")
def %s(%s):
    %s
"""
EXPRESS = """const express = require('express');
const router = express.Router();
const requireAuth = require('./auth');
const orders = require('./orders.controller');

router.post('/orders', requireAuth, orders.create);
router.put('/orders/:id', requireAuth, orders.update);
router.%s('%s', %sorders.%s);

module.exports = router;
"""
CONTROLLER = "exports.create = (req, res) => { save(1); };\nexports.update = (req, res) => { save(2); };\n"
CONTROLLER += "exports.%s = (req, res) => {\n  %s\n};\n"
NODE = {
    "package.json": '{"dependencies": {"express": "4"}}',
    "app.js": "const app = require('express')();\napp.use(require('./routes'));\n",
}


def fastapi(method: str, path: str, name: str, arguments: str, body: str = "return service.run()") -> "dict[str, str]":
    return {**POSTGRES, "app/main.py": MAIN, "app/auth.py": AUTH, "app/orders.py": ROUTER % (method, path, name, arguments, body)}


def express(method: str, path: str, guard: str, name: str, body: str = "save(3);") -> "dict[str, str]":
    return {**NODE, "routes.js": EXPRESS % (method, path, guard, name), "orders.controller.js": CONTROLLER % (name, body)}


@pytest.mark.parametrize(
    "files",
    [
        fastapi("delete", "/{order_id}", "remove", "order_id: int"),
        fastapi("patch", "/{order_id}/state", "change", "order_id: int, body: State"),
        fastapi("post", "/{order_id}/cancel", "cancel", "order_id: int"),
        fastapi("post", "/{order_id}/members", "add_members", "order_id: int, body: Members"),
        express("delete", "/orders/:id", "", "remove"),
    ],
)
def test_an_open_write_beside_guarded_ones_is_found(tmp_path, files):
    assert [f[0] for f in found(tmp_path, access, files, "unguarded_sibling")] == ["unguarded_sibling"]


@pytest.mark.parametrize(
    "files",
    [
        fastapi("delete", "/{order_id}", "remove", "order_id: int, user=Depends(require_user)"),
        fastapi("get", "/{order_id}", "read", "order_id: int"),
        fastapi("post", "/webhook", "webhook", "body: Event"),
        fastapi("post", "/{order_id}/cancel", "cancel", "request: Request", "return run(request.user)"),
        express("delete", "/orders/:id", "requireAuth, ", "remove"),
        express("delete", "/sessions/:id", "", "remove"),
        express("delete", "/orders/:id", "", "remove", "if (!req.user) return res.sendStatus(401);"),
    ],
)
def test_a_guarded_a_reading_a_public_and_a_refusing_route_are_silent(tmp_path, files):
    assert found(tmp_path, access, files, "unguarded_sibling") == []


def test_the_message_names_the_sibling_and_its_guard(tmp_path):
    (finding,) = [
        f
        for f in access.run(context(tmp_path, fastapi("delete", "/{order_id}", "remove", "order_id: int")))
        if f.check == "unguarded_sibling"
    ]

    assert "app/orders.py" in finding.message
    assert "require_user" in finding.fix


LOGIN = ("post", "/login", "login", "body: Login")


@pytest.mark.parametrize("path", ["/login", "/token", "/reset-password"])
def test_a_login_is_found_where_the_project_names_no_limiter(tmp_path, path):
    files = fastapi("post", path, "enter", "body: Login")

    assert [f[0] for f in found(tmp_path, access, files, "missing_auth_limiter")] == ["missing_auth_limiter"]


@pytest.mark.parametrize(
    "more",
    [
        {"app/limits.py": "from slowapi import Limiter\n"},
        {"nginx.conf": "limit_req zone=login burst=5;\n"},
        {"app/users.py": "def failed_attempts(user):\n    return 3\n"},
    ],
)
def test_a_limiter_somewhere_makes_it_unchecked_and_not_found(tmp_path, more):
    made = context(tmp_path, {**fastapi(*LOGIN), **more})

    assert [f for f in access.run(made) if f.check == "missing_auth_limiter"] == []
    assert "missing_auth_limiter" in {check for check, _reason in made.gaps}


def test_a_project_without_a_login_has_nothing_to_limit(tmp_path):
    assert found(tmp_path, access, fastapi("post", "/{order_id}/cancel", "cancel", "order_id: int"), "missing_auth_limiter") == []


RAW = "request: Request, user=Depends(require_user)"


@pytest.mark.parametrize(
    "files",
    [
        fastapi("post", "/import", "load_all", RAW, "return service.run(await request.json())"),
        fastapi("put", "/{order_id}/raw", "put_raw", "body: dict, user=Depends(require_user)"),
        express("patch", "/orders/:id", "requireAuth, ", "patch", "save(req.body);"),
    ],
)
def test_a_body_without_a_schema_is_found(tmp_path, files):
    assert [f[0] for f in found(tmp_path, validation, files, "unvalidated_body")] == ["unvalidated_body"]


@pytest.mark.parametrize(
    "files",
    [
        fastapi("post", "/import", "load_all", "body: OrderIn, user=Depends(require_user)"),
        fastapi("post", "/import", "load_all", RAW, "return Order.model_validate(await request.json())"),
        fastapi(
            "put",
            "/{order_id}/raw",
            "put_raw",
            "body: dict, user=Depends(require_user)",
            "return service.run(Order(**check(validate(body))))",
        ),
        express("patch", "/orders/:id", "requireAuth, ", "patch", "save(schema.parse(req.body));"),
        express("delete", "/orders/:id", "requireAuth, ", "remove", "save(1);"),
    ],
)
def test_a_declared_or_checked_body_is_silent(tmp_path, files):
    assert found(tmp_path, validation, files, "unvalidated_body") == []


@pytest.mark.parametrize("name", [n for n, e in catalog.load("checks", "model").items() if "pattern" in e])
def test_the_words_match_their_examples_and_not_the_near_misses(name):
    entry = catalog.load("checks", "model")[name]
    pattern = re.compile(entry["pattern"])

    assert [text for text in entry["matches"] if not pattern.search(text)] == []
    assert [text for text in entry["misses"] if pattern.search(text)] == []
