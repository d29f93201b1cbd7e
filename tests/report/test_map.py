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
