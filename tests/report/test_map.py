"""The text of the map: resources of large files, combined marks, the files to touch, and routes that lie in no service."""

import pytest

from backend_agent.facts import backend as facts
from backend_agent.model import Backend, Endpoint, ForeignKey, Guard, Hop, Route, Table
from backend_agent.report import map as report
from backend_agent.repository.files import Repository


def endpoint(path, line=1, **given):
    route = Route("GET", path, "handler", "api/router.go", line, Guard("open"), "chi", "api/handlers.go", 10, 20)
    return Endpoint(route, **given)


def test_a_large_file_is_told_by_its_resources_where_its_routes_do_not_fit():
    shelves = [endpoint(f"/api/shelves/{{id}}/jars/x{n}", n) for n in range(30)]
    jars = [endpoint(f"/api/jars/{n}", 100 + n) for n in range(40)]
    tags = [endpoint("/api/tags", 200)]
    text = report.as_text([Backend(".", ("chi",), (*shelves, *jars, *tags))], budget=2_500)

    assert "api/router.go  /api  71 routes" in text
    assert "  /shelves/{id}/jars  30 routes G :0-29  auth open" in text
    assert "  /tags  1 routes G :200-200  auth open" in text


def test_marks_of_routes_and_of_what_they_reach_can_be_asked_for_together():
    bare = Table("jars", "Jar", "m.py", 1, foreign_keys=(ForeignKey(("shelf_id",), "shelves"),))
    found = (
        endpoint("/raw", raw_sql=True),
        endpoint("/env", reads_env=True, raw_sql=True, tests=(("t.py", 1),)),
        endpoint("/jars", tables=("jars",)),
    )
    backend = Backend(".", endpoints=found, tables=(bare,))

    def paths(*where):
        text, count = report.census([backend], list(where))
        return [line.split()[1] for line in text.splitlines() if line.startswith("  GET")], count

    assert paths("raw-sql", "no-test") == (["/raw"], 1)
    assert paths("reads-env", "raw-sql") == (["/env"], 1)
    assert paths("no-index", "no-guard") == (["/jars"], 1)


def test_the_files_to_touch_hold_the_one_with_the_handler():
    text = report.focus([Backend(".", endpoints=(endpoint("/jars", hops=(Hop("store/jars.go", 3, "All"),)),))], "jars")
    assert "touch    api/router.go, api/handlers.go, store/jars.go" in text


@pytest.mark.parametrize("declared", ["app/schemas.py", "app/newjar.py", "app/main.py", "web/schemas.ts"])
def test_the_files_to_touch_hold_the_one_that_declares_the_body(tmp_path, monkeypatch, declared):
    monkeypatch.setenv("BACKEND_AGENT_CACHE", str(tmp_path / "cache"))
    body = "class NewJar(BaseModel):\n    name: str\n\n"
    route = "from fastapi import FastAPI\nfrom pydantic import BaseModel\n\napp = FastAPI()\n\n%s\n@app.post('/jars')\ndef add(jar: NewJar): ...\n"
    files = {
        "app/main.py": route % (body if declared == "app/main.py" else "from app.x import NewJar\n"),
        "app/models.py": "class Jar: ...\n",
    }
    files.setdefault(declared, body)
    for path, text in files.items():
        (tmp_path / "p" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "p" / path).write_text(text, encoding="utf-8")
    (found,) = facts.build(Repository(str(tmp_path / "p")), [(".", "fastapi")])
    assert found.endpoints[0].body_file == ("" if declared.endswith(".ts") else declared)
    touched = report.focus([found], "jars").partition("touch    ")[2]
    assert declared.endswith(".ts") or declared in touched


def test_the_sibling_is_a_route_of_the_resource_and_not_one_that_only_reaches_its_table():
    other = endpoint("/shelves/{id}/move", tables=("jars",), tests=(("t.py", 1),), hops=(Hop("s.py", 1, "x"),))
    text = report.focus([Backend(".", endpoints=(other, endpoint("/jars/{id}", 9)))], "jars")
    assert "sibling  GET /jars/{id}" in text


@pytest.mark.parametrize("services", [[("apps/web", "fastapi"), ("apps/jobs", "")]])
def test_routes_that_lie_in_no_service_of_several_are_listed_for_the_root(tmp_path, monkeypatch, services):
    monkeypatch.setenv("BACKEND_AGENT_CACHE", str(tmp_path / "cache"))
    app = "from fastapi import FastAPI\napp = FastAPI()\n\n\n@app.get('/{}')\ndef one(): ...\n"
    for path, name in (("apps/web/main.py", "web"), ("shared/admin/main.py", "admin")):
        (tmp_path / "p" / path).parent.mkdir(parents=True)
        (tmp_path / "p" / path).write_text(app.format(name), encoding="utf-8")
    backends = facts.build(Repository(str(tmp_path / "p")), services)

    assert {b.path: [e.route.path for e in b.endpoints] for b in backends} == {".": ["/admin"], "apps/web": ["/web"]}


@pytest.mark.parametrize(
    ("uses", "expected"),
    [
        ({"apps/web": ("packages/admin",)}, {"apps/web": ["/admin", "/web"]}),
        ({"apps/web": ("packages/admin",), "apps/jobs": ("packages/admin",)}, {"apps/web": ["/admin", "/web"]}),
        ({"apps/web": ("packages/admin",), "apps/api": ("packages/admin",)}, {".": ["/admin"], "apps/web": ["/web"]}),
    ],
)
def test_a_package_belongs_to_the_one_service_that_is_built_from_it(tmp_path, monkeypatch, uses, expected):
    monkeypatch.setenv("BACKEND_AGENT_CACHE", str(tmp_path / "cache"))
    app = "import os\nfrom fastapi import FastAPI\napp = FastAPI()\nKEY = os.environ['{}']\n\n\n@app.get('/{}')\ndef one(): ...\n"
    for path, name in (("apps/web/main.py", "web"), ("packages/admin/main.py", "admin"), ("apps/site/config.py", "site")):
        (tmp_path / "p" / path).parent.mkdir(parents=True)
        (tmp_path / "p" / path).write_text(app.format(name.upper(), name), encoding="utf-8")
    (tmp_path / "p/apps/site/config.py").write_text("import os\nKEY = os.environ['SITE']\n", encoding="utf-8")
    backends = facts.build(
        Repository(str(tmp_path / "p")), [("apps/web", "fastapi"), ("apps/api", "fastapi"), ("apps/jobs", "")], uses=uses
    )

    assert {b.path: sorted(e.route.path for e in b.endpoints) for b in backends if b.endpoints} == expected
    assert "SITE" not in {named.name for b in backends for named in b.config}


@pytest.mark.parametrize(
    ("files", "tables"),
    [
        (
            {
                "src/jar.entity.ts": "import { Column, Entity } from 'typeorm';\n@Entity('jars')\nexport class JarEntity { @Column() name: string; }\n",
                "src/app.ts": (
                    "import { Controller, Get } from '@nestjs/common';\n@Controller('jars')\nexport class JarsController {\n"
                    "  constructor(private readonly jars: Repository<JarEntity>) {}\n  @Get() list() { return this.jars.find(); }\n"
                    "  @Get('other') other() { return this.log.find(); }\n}\n"
                ),
            },
            {"/jars": ("jars",), "/jars/other": ()},
        ),
        (
            {
                "models.py": "class Jar(Base):\n    __tablename__ = 'jars'\n    id = Column(Integer, primary_key=True)\n",
                "crud.py": "from models import Jar\n\n\nclass JarStore(Store[Jar]):\n    def rows(self):\n        return self.select()\n\n\njar_store = JarStore()\n",
                "main.py": "from fastapi import FastAPI\nfrom crud import jar_store\napp = FastAPI()\n\n\n@app.get('/jars')\ndef jars():\n    return jar_store.rows()\n",
            },
            {"/jars": ("jars",)},
        ),
    ],
)
def test_a_table_is_reached_through_a_typed_field_and_the_head_of_a_class(tmp_path, monkeypatch, files, tables):
    monkeypatch.setenv("BACKEND_AGENT_CACHE", str(tmp_path / "cache"))
    for path, text in files.items():
        (tmp_path / "p" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "p" / path).write_text(text, encoding="utf-8")
    (backend,) = facts.build(Repository(str(tmp_path / "p")), [])

    assert {e.route.path: e.tables for e in backend.endpoints} == tables


def test_a_class_without_a_migration_is_told_and_reached_and_is_no_table(tmp_path, monkeypatch):
    monkeypatch.setenv("BACKEND_AGENT_CACHE", str(tmp_path / "cache"))
    made = "".join(f"CREATE TABLE t{n} (id int PRIMARY KEY);\n" for n in range(5))
    classes = "".join(f"class T{n}(Base):\n    __tablename__ = 't{n}'\n    id = Column(Integer, primary_key=True)\n\n\n" for n in range(5))
    files = {
        "db/migrations/001_start.sql": made,
        "models.py": classes + "class Jar(Base):\n    __tablename__ = 'jars'\n    id = Column(Integer, primary_key=True)\n",
        "main.py": "from fastapi import FastAPI\nfrom models import Jar\napp = FastAPI()\n\n\n@app.get('/jars')\ndef jars(db):\n    return db.query(Jar).all()\n",
    }
    for path, text in files.items():
        (tmp_path / "p" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "p" / path).write_text(text, encoding="utf-8")
    (backend,) = facts.build(Repository(str(tmp_path / "p")), [])

    assert sorted(t.table for t in backend.tables) == [f"t{n}" for n in range(5)]
    assert [(t.table, t.name) for t in backend.declared] == [("jars", "Jar")]
    assert backend.endpoints[0].tables == ("jars",)
    assert "declared  Jar models.py:26: no migration or dump makes their tables" in report.focus([backend], "jar")


def written(root, files):
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return facts.build(Repository(str(root)), [])[0]


MIGRATION = "CREATE TABLE jars (id int primary key);\nCREATE TABLE outbox (id int primary key);\n"
EXPRESS = {
    "package.json": '{"dependencies": {"express": "5"}}',
    "migrations/1.sql": MIGRATION,
    "src/catchAsync.js": "module.exports = (fn) => (req, res, next) => {\n  Promise.resolve(fn(req, res, next)).catch(next);\n};\n",
    "src/jar.service.js": (
        "const db = require('./db');\nasync function createJar(body) {\n  await db.query('INSERT INTO jars VALUES (1)');\n  return publish();\n}\n"
        "function publish() {\n  return emit();\n}\nfunction emit() {\n  return write();\n}\nfunction write() {\n  return row();\n}\n"
        "function row() {\n  return db.query('INSERT INTO outbox VALUES (1)');\n}\nmodule.exports = { createJar };\n"
    ),
    "src/jar.controller.js": (
        "const catchAsync = require('./catchAsync');\nconst jarService = require('./jar.service');\n"
        "const createJar = catchAsync(async (req, res) => {\n  res.send(await jarService.createJar(req.body));\n});\nmodule.exports = { createJar };\n"
    ),
    "src/app.js": (
        "const express = require('express');\nconst jars = require('./jar.controller');\nconst app = express();\n"
        "app.post('/jars', jars.createJar);\napp.get('/sum', (req, res) => {\n  const total = [1].reduce((a, b) => a + b);\n  res.send(total);\n});\n"
    ),
}


def test_a_route_is_followed_through_a_wrapper_and_a_namesake_to_all_that_it_writes(tmp_path, monkeypatch):
    monkeypatch.setenv("BACKEND_AGENT_CACHE", str(tmp_path / "cache"))
    found = {e.route.path: e for e in written(tmp_path / "p", EXPRESS).endpoints}

    assert found["/jars"].tables == ("jars", "outbox")
    assert [(h.file, h.line) for h in found["/jars"].hops] == [("src/jar.service.js", 2)]


def test_a_function_without_a_name_answers_itself_and_not_one_inside_of_it(tmp_path, monkeypatch):
    monkeypatch.setenv("BACKEND_AGENT_CACHE", str(tmp_path / "cache"))
    found = {e.route.path: e.route for e in written(tmp_path / "p", EXPRESS).endpoints}

    assert (found["/sum"].handler_line, found["/sum"].handler_end) == (5, 8)


JAVA = {
    "V1__jars.sql": "CREATE TABLE jars (id int primary key);\n",
    "A/src/main/java/shop/jars/Jar.java": 'package shop.jars;\n@Entity @Table(name = "jars")\nclass Jar {\n  @Id Long id;\n  void cancel() { this.done = true; }\n}\n',
    "A/src/main/java/shop/jars/JarService.java": (
        "package shop.jars;\nclass JarService {\n  private final JarRepository store;\n  void cancel(long id) {\n    Jar jar = store.findById(id);\n    jar.cancel();\n  }\n}\n"
    ),
    "A/src/main/java/shop/jars/JarController.java": (
        "package shop.jars;\n@RestController\nclass JarController {\n  private final JarService jars;\n"
        '  @PostMapping("/jars/{id}/cancel")\n  void cancel(long id) {\n    jars.cancel(id);\n  }\n}\n'
    ),
}


def test_the_declared_type_of_a_receiver_says_whose_method_is_called(tmp_path, monkeypatch):
    monkeypatch.setenv("BACKEND_AGENT_CACHE", str(tmp_path / "cache"))
    (endpoint_,) = written(tmp_path / "p", JAVA).endpoints

    assert [h.name for h in endpoint_.hops] == ["JarService.cancel"]
    assert endpoint_.tables == ("jars",)


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        ({"api": 5, "web": 2}, "api"),
        ({"src/a": 2, "src/b": 2, "src/c": 2}, "src/*"),
        ({"a": 2, "b": 2, "c": 2}, "a"),
    ],
)
def test_a_layer_is_a_folder_or_what_stands_above_the_folders_of_features(folders, expected):
    assert facts._place(folders) == expected


@pytest.mark.parametrize(("name", "expected"), [("end", "end_"), ("One", "One_"), ("2fa_tokens", "_2fa_tokens"), ("a-b", "a_b"), ("", "_")])
def test_names_that_mean_something_to_mermaid_are_told_apart(name, expected):
    assert report._identifier(name) == expected


def test_the_way_leads_past_helpers_beside_the_handler(tmp_path, monkeypatch):
    monkeypatch.setenv("BACKEND_AGENT_CACHE", str(tmp_path / "cache"))
    files = {
        "m.sql": "CREATE TABLE jars (id int);\nCREATE TABLE lids (id int);\n",
        "main.py": (
            "from fastapi import FastAPI\nimport service, checks\napp = FastAPI()\n\n\ndef check():\n    return checks.may()\n\n\n"
            "@app.post('/jars')\ndef add():\n    check()\n    return service.add_jar()\n"
        ),
        "checks.py": "def may():\n    return db.execute('SELECT 1 FROM lids')\n",
        "service.py": "def add_jar():\n    return db.execute('INSERT INTO jars VALUES (1)')\n",
    }
    (endpoint_,) = written(tmp_path / "p", files).endpoints

    assert [h.file for h in endpoint_.hops] == ["service.py"]
    assert set(endpoint_.tables) == {"jars", "lids"}


def test_the_test_and_the_table_of_the_resource_itself_are_named():
    tables = (Table("shelf_jars", "ShelfJar", "m/shelf_jar.py", 1), Table("jars", "Jar", "m/jar.py", 1))
    one = endpoint("/jars", tables=("shelf_jars", "jars"), tests=(("t/test_shelves.py", 1), ("t/test_jars.py", 2)))
    text = report.focus([Backend(".", endpoints=(one,), tables=tables)], "jar")
    assert "touch    api/router.go, api/handlers.go, m/jar.py, t/test_jars.py" in text


@pytest.mark.parametrize(("manifest", "expected"), [('[dependencies]\nsqlx = "0.8"\n', "sqlx"), ("[dependencies]\n", "golang-migrate")])
def test_pairs_of_migrations_beside_sqlx_are_those_of_sqlx(tmp_path, monkeypatch, manifest, expected):
    monkeypatch.setenv("BACKEND_AGENT_CACHE", str(tmp_path / "cache"))
    files = {
        "Cargo.toml": manifest,
        "migrations/1_a.up.sql": "CREATE TABLE jars (id int);\n",
        "migrations/1_a.down.sql": "DROP TABLE jars;\n",
    }
    assert {m.tool for m in written(tmp_path / "p", files).migrations} == {expected}
