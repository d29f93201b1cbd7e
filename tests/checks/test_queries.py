import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from check_projects import POSTGRES, found

from backend_agent.checks import queries

MODELS = 'from sqlalchemy import Column, Integer\nfrom app.db import Base\n\n\nclass Order(Base):\n    __tablename__ = "orders"\n'
MODELS += "    id = Column(Integer, primary_key=True)\n"
MAIN = (
    'from fastapi import FastAPI\nfrom sqlalchemy import select\nfrom app.models import Order\n\napp = FastAPI()\n\n\n@app.get("{path}")\n'
)
MAIN += "def read({arguments}):\n    {body}\n"
NODE = {
    "package.json": '{"dependencies": {"express": "4", "@prisma/client": "5"}}',
    "prisma/schema.prisma": 'datasource db {\n  provider = "postgresql"\n  url = env("X")\n}\n\nmodel Order {\n  id Int @id\n}\n',
}
APP = "const app = require('express')();\nconst prisma = require('./db');\n\nasync function read(req, res) {{\n  {body}\n}}\n\napp.get('{path}', read);\n"


def fastapi(body: str, path: str = "/orders", arguments: str = "session") -> "dict[str, str]":
    return {**POSTGRES, "app/models.py": MODELS, "app/main.py": MAIN.format(path=path, body=body, arguments=arguments)}


def express(body: str, path: str = "/orders") -> "dict[str, str]":
    return {**NODE, "app.js": APP.format(path=path, body=body)}


@pytest.mark.parametrize(
    ("files", "place"),
    [
        (fastapi("return session.scalars(select(Order)).all()"), ("app/main.py", 10)),
        (fastapi("return session.query(Order).filter(Order.id > 1).all()"), ("app/main.py", 10)),
        (express("res.json(await prisma.order.findMany());"), ("app.js", 5)),
        (express("res.json(await prisma.order.findMany({ where: { a: 1 } }));"), ("app.js", 5)),
    ],
)
def test_a_list_of_all_rows_is_found_at_its_query(tmp_path, files, place):
    assert found(tmp_path, queries, files) == [("unbounded_list", *place)]


@pytest.mark.parametrize(
    "files",
    [
        fastapi("return session.scalars(select(Order).limit(limit)).all()", arguments="session, limit: int"),
        fastapi("return session.query(Order).all()", path="/orders/{order_id}"),
        fastapi("return session.query(Order).all()", path="/currencies"),
        fastapi("return session.scalars(select(Order)).first()"),
        express("res.json(await prisma.order.findMany({ take: 50 }));"),
        express("res.json(await prisma.order.findFirst());"),
    ],
)
def test_a_limited_single_or_short_list_is_silent(tmp_path, files):
    assert found(tmp_path, queries, files) == []
