"""Routes of Python projects: full paths across files, and who guards them."""

import re
from pathlib import Path

import pytest

import route_projects
from backend_agent import catalog

PROJECTS = ["routes-django", "routes-fastapi", "routes-flask"]


@pytest.mark.parametrize("name", PROJECTS)
def test_every_route_of_a_project_is_found_with_its_full_path_and_guard(name: str) -> None:
    route_projects.check(name)


def test_names_that_guard_are_recognised_and_their_neighbours_are_not() -> None:
    said = catalog.load("facts", "python")["guards"]
    names = re.compile(said["names"])
    assert [name for name in said["matches"] if not names.match(name)] == []
    assert [name for name in said["misses"] if names.match(name)] == []


def test_catalog_lists_are_sorted_and_routers_are_named_once() -> None:
    content = catalog.load("facts", "python")
    names = [r["name"] for r in content["routers"]]
    assert len(names) == len(set(names))
    assert all(set(r) <= {"name", "framework", "role", "style", "prefix", "at", "tail"} for r in content["routers"])


def test_a_guard_that_holds_only_under_a_setting_is_not_called_one(tmp_path: Path) -> None:
    text = (
        "from flask import Flask, abort\nfrom site_config import get_config\napp = Flask(__name__)\n"
        "def check_visibility(view):\n    def inner(*args):\n        if get_config('public'):\n"
        "            return view(*args)\n        abort(403)\n"
        "    return inner\n@app.get('/scores')\n@check_visibility\ndef scores():\n    return []\n"
    )
    assert route_projects.of(tmp_path, {"app.py": text}) == {"GET /scores": "?"}


def test_a_dependency_that_refuses_only_wrong_credentials_is_not_called_a_guard(tmp_path: Path) -> None:
    text = (
        "from fastapi import Depends, FastAPI, Header, HTTPException\napp = FastAPI()\n"
        "def get_current_user(token: str = Header(None)):\n    if not token:\n        return None\n"
        "    if token != 'x':\n        raise HTTPException(401)\n    return token\n"
        "@app.get('/me')\ndef me(user=Depends(get_current_user)):\n    return user\n"
    )
    assert route_projects.of(tmp_path, {"app.py": text}) == {"GET /me": "?"}


def test_applications_that_run_from_a_class_or_an_uncalled_function_are_followed(tmp_path: Path) -> None:
    text = (
        "from aiohttp import web\nclass Server:\n    def __init__(self):\n        self.app = web.Application()\n"
        "        self.setup_routes()\n"
        "    def setup_routes(self):\n        self.app.router.add_get('/a', self.a)\n"
        "        self.app.add_routes([web.post('/b', self.a)])\n"
        "    async def a(self, request):\n        return None\n"
    )
    assert set(route_projects.of(tmp_path, {"server.py": text})) == {"GET /a", "POST /b"}


def test_routes_of_tests_and_examples_are_none_of_the_service(tmp_path: Path) -> None:
    text = "from flask import Flask\napp = Flask(__name__)\n@app.get('{}')\ndef view():\n    return ''\n"
    files = {"app.py": text.format("/a"), "tests/test_app.py": text.format("/b"), "examples/app.py": text.format("/c")}
    assert set(route_projects.of(tmp_path, files)) == {"GET /a"}


def test_a_file_that_is_no_python_stops_nothing(tmp_path: Path) -> None:
    files = {
        "app.py": "from flask import Flask\napp = Flask(\n@@@ def (:\n",
        "other.py": "import flask\napp = flask.Flask('x')\napp.add_url_rule('/y', 'y', lambda: '')\n",
    }
    assert set(route_projects.of(tmp_path, files)) == {"GET /y"}


def test_modules_that_import_each_other_in_a_circle_end(tmp_path: Path) -> None:
    files = {
        "web/__init__.py": "from flask import Flask\napp = Flask(__name__)\nfrom web import views\n",
        "web/views.py": "from web import app\n@app.route('/z')\ndef z():\n    return ''\n",
    }
    assert set(route_projects.of(tmp_path, files)) == {"GET /z"}


def test_of_two_branches_that_mount_one_app_the_known_prefix_counts_and_a_factory_runs_once(tmp_path: Path) -> None:
    text = (
        "from fastapi import FastAPI, APIRouter\nfrom settings import BASE\nrouter = APIRouter(prefix='/notes')\n\n\n"
        "@router.get('/')\ndef all(): ...\n\n\ndef make_api():\n    api = FastAPI()\n    api.include_router(router)\n    return api\n\n\n"
        "def make_app():\n    app = FastAPI()\n    api = make_api()\n    if BASE:\n        app.mount(BASE.value(), app=api)\n"
        "    else:\n        app.mount('/api', app=api)\n    return app\n"
    )
    assert list(route_projects.of(tmp_path, {"server.py": text})) == ["GET /api/notes/"]


def test_django_paths_below_a_base_path_of_the_settings_leave_it_out_and_lists_are_taken_over(tmp_path: Path) -> None:
    files = {
        "site/settings.py": "ROOT_URLCONF = 'site.urls'\n",
        "site/urls.py": "from django.conf import settings\nfrom django.urls import include, path, re_path\nfrom notes.urls import urlpatterns as notes\n"
        "from setup import get_setting\n\nbelow = []\nbelow += notes\nurlpatterns = [\n    re_path(r'^{}api/'.format(get_setting('url_prefix')), include(below)),\n"
        "    path(settings.BASE_PATH + 'tags/', tags),\n]\n",
        "notes/urls.py": "from django.urls import path\n\nurlpatterns = [path('notes/', notes)]\n",
    }
    assert list(route_projects.of(tmp_path, files)) == ["ANY /api/notes/", "ANY /tags/"]
    assert [u.reason[:32] for u in route_projects.resolve(str(tmp_path))[1]] == ["routes are served below a base p"]


def test_a_decorator_above_the_one_that_registers_guards_nothing(tmp_path: Path) -> None:
    text = (
        "from flask import Flask\nfrom flask_login import login_required\n\napp = Flask(__name__)\n\n\n"
        "@login_required\n@app.route('/wrong')\ndef wrong(): ...\n\n\n@app.route('/right')\n@login_required\ndef right(): ...\n\n\n"
        "@app.route('/a')\n@login_required\n@app.route('/b')\ndef both(): ...\n"
    )
    found = route_projects.of(tmp_path, {"app.py": text})
    assert found == {"GET /a": "?", "GET /b": "?", "GET /right": "login_required", "GET /wrong": "open"}


def test_a_router_that_a_function_imports_and_returns_is_followed(tmp_path: Path) -> None:
    files = {
        "app/main.py": "from fastapi import FastAPI\nfrom app.plugins import final_router\napp = FastAPI()\napp.include_router(final_router())\n",
        "app/plugins.py": (
            "def final_router():\n    names = []\n    for name in sorted(names):\n        print(name)\n    total = len(names)\n"
            "    print(total)\n    # the plugins come first\n    from app.router import router as main_router\n    for name in names:\n"
            "        print(name)\n    return main_router\n"
        ),
        "app/router.py": "from fastapi import APIRouter\nrouter = APIRouter(prefix='/v1')\n@router.get('/jars')\ndef jars():\n    return []\n",
    }
    assert route_projects.of(tmp_path, files) == {"GET /v1/jars": "open"}


def test_a_dependency_that_refuses_without_asking_who_calls_is_no_guard(tmp_path: Path) -> None:
    text = (
        "from fastapi import Depends, FastAPI, HTTPException, Request\nfrom app_settings import settings\n"
        "async def demo(request: Request):\n    method = request.method\n"
        "    if {}:\n        raise HTTPException(403)\n"
        "app = FastAPI(dependencies=[Depends(demo)])\n@app.post('/login')\ndef login():\n    return 1\n"
    )
    for at, condition in enumerate(
        ("(\n        settings.DEMO\n        and method != 'GET'\n    )", "method != 'GET' and request.url.path not in ('/a',)")
    ):
        assert route_projects.of(tmp_path / str(at), {"app.py": text.format(condition)}) == {"POST /login": "open"}
    asks = "method != 'GET' and not request.headers.get('x-key')"
    assert route_projects.of(tmp_path / "asks", {"app.py": text.format(asks)}) == {"POST /login": "?"}


GUARDED_BY_A_SERVICE = """
from typing import Annotated
from fastapi import Depends, FastAPI

class Accounts:
    def authenticate(self, token): {service}

def _token(credentials): {helper}

def get_current_account(accounts: Annotated[Accounts, Depends(Accounts)], credentials: str):
    {body}

Current = Annotated[Account, Depends(get_current_account)]
app = FastAPI()

@app.get("/me")
def me(account: Current): ...
"""


@pytest.mark.parametrize(
    ("service", "helper", "body", "expected"),
    [
        ("return 1", "raise Unauthorized()", "return accounts.authenticate(_token(credentials))", "get_current_account"),
        ("raise HTTPException(401)", "return 1", "return accounts.authenticate(_token(credentials))", "get_current_account"),
        ("raise HTTPException(401)", "return 1", "return accounts.authenticate(credentials) if credentials else None", "?"),
        ("raise HTTPException(409)", "return 1", "return accounts.authenticate(_token(credentials))", "?"),
    ],
)
def test_a_dependency_behind_an_alias_guards_where_what_it_always_calls_refuses(
    tmp_path: Path, service: str, helper: str, body: str, expected: str
) -> None:
    text = GUARDED_BY_A_SERVICE.format(service=service, helper=helper, body=body)
    assert route_projects.of(tmp_path, {"main.py": text}) == {"GET /me": expected}


def test_a_decorator_that_is_given_the_method_of_a_router_registers_where_it_stands(tmp_path: Path) -> None:
    auth = (
        "from fastapi import HTTPException\n\n\ndef _raise_error():\n    raise HTTPException(401)\n\n\ndef _requires(scopes):\n"
        "    def decorator(func):\n        def wrapper(request, *args):\n            if not has_scope(request, scopes):\n                _raise_error()\n"
        "            return func(request, *args)\n\n        return wrapper\n\n    return decorator\n\n\n"
        "def protected_route(method, path, scopes=None, **kwargs):\n    def decorator(func):\n        fn = _requires(scopes or [])(func)\n"
        "        return method(\n            path,\n            dependencies=[],\n            **kwargs,\n        )(fn)\n\n    return decorator\n"
    )
    main = (
        "from fastapi import APIRouter, FastAPI\nfrom auth import protected_route\n\nrouter = APIRouter(prefix='/roms')\n\n\n"
        "@protected_route(router.get, '/{id}', ['roms.read'])\ndef one(request):\n    return 1\n\n\n@protected_route(router.get, '', [])\ndef all(request):\n    return 1\n\n\n"
        "app = FastAPI()\napp.include_router(router, prefix='/api')\n"
    )
    assert route_projects.of(tmp_path, {"auth.py": auth, "main.py": main}) == {
        "GET /api/roms/{id}": "protected_route",
        "GET /api/roms": "open",
    }
    assert sorted(f"{r.handler} {r.file}:{r.line}" for r in route_projects.resolve(str(tmp_path))[0]) == ["all main.py:12", "one main.py:7"]


DOCUMENTED = """
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView
from django.urls import path

def note_docs(**kwargs):
    defaults = {"tags": ["Notes"], "responses": {401: UNAUTHORIZED_RESPONSE, 403: FORBIDDEN_RESPONSE}}
    return extend_schema(**merge(defaults, kwargs))

class Notes(APIView):
    permission_classes = [AllowAny]

    @note_docs(summary="all")
    def get(self, request):
        return 1

urlpatterns = [path("notes/", Notes.as_view())]
"""


def test_a_decorator_that_documents_a_refusal_refuses_nobody(tmp_path: Path) -> None:
    files = {"shop/urls.py": DOCUMENTED, "shop/settings.py": "ROOT_URLCONF = 'shop.urls'\n"}
    assert set(route_projects.of(tmp_path, files).values()) == {"open"}


def test_a_value_of_a_type_of_a_library_is_no_body(tmp_path: Path) -> None:
    text = (
        "from enum import Enum\nfrom uuid import UUID\nfrom typing import Annotated\nfrom fastapi import FastAPI, Query\nfrom pydantic import BaseModel, EmailStr\n\n"
        "class Kind(str, Enum):\n    a = 'a'\n\nclass Note(BaseModel):\n    text: str\n\napp = FastAPI()\n\n"
        "@app.post('/a')\ndef a(email: EmailStr, kind: Kind, id: UUID): ...\n\n@app.post('/b')\ndef b(email: EmailStr, note: Note): ...\n\n"
        "@app.post('/c')\ndef c(filters: Annotated[Note, Query()]): ...\n"
    )
    route_projects.of(tmp_path, {"main.py": text})
    assert {r.path: r.body for r in route_projects.resolve(str(tmp_path))[0]} == {"/a": "", "/b": "Note", "/c": ""}


def test_a_decorator_that_refuses_for_another_reason_than_who_asks_is_not_called_a_guard(tmp_path: Path) -> None:
    text = (
        "from flask import Flask, abort\nfrom functools import wraps\napp = Flask(__name__)\n\n\ndef during_opening_hours(f):\n    @wraps(f)\n"
        "    def inner(*a):\n        if closed():\n            abort(403)\n        return f(*a)\n    return inner\n\n\n"
        "@app.get('/a')\n@during_opening_hours\ndef a():\n    return 1\n"
    )
    assert route_projects.of(tmp_path, {"app.py": text}) == {"GET /a": "?"}


DJANGO = {"shop/settings.py": "ROOT_URLCONF = 'shop.urls'\n"}
VIEWS = (
    "from rest_framework.viewsets import ModelViewSet\nfrom rest_framework.mixins import ListModelMixin\n\n"
    "class Shelves(ListModelMixin):\n    lookup_field = 'slug'\n\nclass Books(ListModelMixin):\n    pass\n\nclass Pages(ListModelMixin):\n    pass\n"
)


def test_nested_routers_of_drf_hang_below_one_object_of_the_view_set_above(tmp_path: Path) -> None:
    urls = (
        "from django.urls import include, path\nfrom rest_framework_nested import routers\nfrom .views import *\n\n"
        "router = routers.DefaultRouter()\nrouter.register('', Shelves)\n"
        "books = routers.NestedSimpleRouter(router, '', lookup='shelf')\nbooks.register('books', Books)\n"
        "pages = routers.NestedSimpleRouter(books, 'books', lookup='book')\npages.register('pages', Pages)\n"
        "urlpatterns = [path('shelves/', include(router.urls)), path('shelves/', include(books.urls)), path('shelves/', include(pages.urls))]\n"
    )
    found = route_projects.of(tmp_path, {**DJANGO, "shop/views.py": VIEWS, "shop/urls.py": urls})
    assert set(found) == {"GET /shelves/", "GET /shelves/<shelf_slug>/books/", "GET /shelves/<shelf_slug>/books/<book_pk>/pages/"}


def test_a_router_of_drf_serves_what_another_ones_registry_brings(tmp_path: Path) -> None:
    urls = (
        "from django.urls import include, path\nfrom rest_framework import routers\nfrom .views import *\n\n"
        "books = routers.SimpleRouter()\nbooks.register('books', Books)\nall = routers.DefaultRouter()\nall.registry.extend(books.registry)\n"
        "urlpatterns = [path('api/', include(all.urls))]\n"
    )
    assert set(route_projects.of(tmp_path, {**DJANGO, "shop/views.py": VIEWS, "shop/urls.py": urls})) == {"GET /api/books/"}


def test_patterns_that_a_package_imports_from_its_module_are_included_with_it(tmp_path: Path) -> None:
    files = {
        "shop/urls.py": "from django.urls import include, path\nurlpatterns = [path('a/', include('shop.more'))]\n",
        "shop/more/__init__.py": "from shop.more.base import urlpatterns\n",
        "shop/more/base.py": (
            "from django.urls import path\nfrom rest_framework.decorators import api_view\n\n"
            "@api_view(http_method_names=['POST'])\ndef make(request):\n    return 1\n\nurlpatterns = (path('b/', make),)\n"
        ),
    }
    assert route_projects.of(tmp_path, {**DJANGO, **files}) == {"POST /a/b/": "open"}


SERVED = """openapi: 3.0.1
servers:
  - url: /v1
security:
  - bearer: []
paths:
  /notes:
    get:
      operationId: api.notes.find
    post:
      x-openapi-router-controller: api.notes
      operationId: add
      security:
        - key: []
  "/notes/{id}":
    get:
      security: []
      operationId: api.notes.one
  /open:
    get:
      security:
        - {}
        - bearer: []
      operationId: api.notes.gone
"""


def test_operations_of_a_document_that_connexion_serves_are_routes_of_their_functions(tmp_path: Path) -> None:
    files = {
        "app.py": "import connexion\n\napp = connexion.App(__name__, specification_dir='spec/')\napp.add_api('api.yaml', strict_validation=True)\n",
        "spec/api.yaml": SERVED,
        "api/notes.py": "def find():\n    return []\n\n\nasync def add(body):\n    store(body)\n    return body\n\n\ndef one(id):\n    return id\n",
    }
    found = route_projects.of(tmp_path, files)
    assert found == {"GET /v1/notes": "bearer", "POST /v1/notes": "key", "GET /v1/notes/{id}": "open", "GET /v1/open": "open"}
    routes, unresolved = route_projects.resolve(str(tmp_path))
    where = {r.path + r.method: (r.handler_file, r.handler_line, r.handler_end) for r in routes}
    assert where["/v1/notesPOST"] == ("api/notes.py", 5, 7)
    assert where["/v1/openGET"] == ("", 0, 0)
    assert not unresolved


def test_a_document_of_connexion_that_is_not_there_is_told(tmp_path: Path) -> None:
    text = "import connexion\n\napp = connexion.App(__name__)\napp.add_api('gone.yaml', base_path='/v2')\n"
    assert route_projects.of(tmp_path, {"app.py": text}) == {}
    assert [(u.file, u.line) for u in route_projects.resolve(str(tmp_path))[1]] == [("app.py", 4)]


PERMISSIONS = """
from fastapi import Depends, FastAPI, Request
from fastapi.security.base import SecurityBase


class PermissionDependency(SecurityBase):
    def __init__(self, permissions):
        self.permissions = permissions

    async def __call__(self, request: Request):
        for permission in self.permissions:
            if not await permission().has_permission(request):
                raise permission.exception


class RoleChecker:
    def __init__(self, role):
        self.role = role

    def __call__(self, request: Request):
        request.app.state.policy.ask(request, self.role)


class Paging:
    def __init__(self, most):
        self.most = most

    def __call__(self, limit: int = 20):
        return min(limit, self.most)


app = FastAPI()


@app.get("/users", dependencies=[Depends(PermissionDependency([IsAdmin]))])
def users(): ...


@app.delete("/users/{id}", dependencies=[Depends(RoleChecker("admin"))])
def remove(id: int): ...


@app.get("/posts")
def posts(page=Depends(Paging(50))): ...
"""


def test_an_object_before_a_handler_that_asks_for_permissions_is_not_called_nothing(tmp_path: Path) -> None:
    found = route_projects.of(tmp_path, {"app.py": PERMISSIONS})

    assert found == {"GET /users": "?", "DELETE /users/{id}": "?", "GET /posts": "open"}
