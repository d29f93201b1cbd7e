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


DRF = {
    "requirements.txt": "Django==5.1\ndjangorestframework==3.15\npsycopg==3.2\n",
    "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
    "shop/settings.py": (
        "ROOT_URLCONF = 'shop.urls'\nINSTALLED_APPS = ['shop', 'rest_framework']\n"
        "REST_FRAMEWORK = {'DEFAULT_PAGINATION_CLASS': 'rest_framework.pagination.LimitOffsetPagination', 'PAGE_SIZE': 20}\n"
    ),
    "shop/models.py": "from django.db import models\n\n\nclass Order(models.Model):\n    total = models.IntegerField()\n",
    "shop/urls.py": "from django.urls import path\nfrom shop.views import Orders\nurlpatterns = [path('orders/', Orders.as_view())]\n",
}
OWN = "from rest_framework.views import APIView\nfrom shop.models import Order\n\n\nclass Orders(APIView):\n    def get(self, request):\n        return Response(OrderOut(Order.objects.all(), many=True).data)\n"
GENERIC = "from rest_framework.generics import ListAPIView\nfrom shop.models import Order\n\n\nclass Orders(ListAPIView):\n    queryset = Order.objects.all()\n    serializer_class = OrderOut\n"


@pytest.mark.parametrize(("views", "expected"), [(OWN, [("unbounded_list", "shop/views.py", 7)]), (GENERIC, [])])
def test_a_setting_pages_the_lists_of_generic_views_and_none_that_a_handler_queries_itself(tmp_path, views, expected):
    assert found(tmp_path, queries, {**DRF, "shop/views.py": views}, "unbounded_list") == expected
