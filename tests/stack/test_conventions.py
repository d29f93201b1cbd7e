"""Conventions in one glance, from paths and very few reads."""

from pathlib import Path

import pytest

from backend_agent.repository.files import Repository
from backend_agent.stack.conventions import Conventions, Migrations, conventions
from backend_agent.stack.detect import detect
from backend_agent.stack.services import Service, Value


def look(tmp_path: Path, files: dict[str, str], path: str = ".", migration: str = "") -> Conventions:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    endings = {".ts": "typescript", ".go": "go", ".rs": "rust", ".java": "java", ".php": "php"}
    language = next((endings[end] for name in files if (end := Path(name).suffix) in endings), "python")
    service = Service(path, "backend", Value((language,)), Value(), migration=Value((migration,) if migration else ()))
    return conventions(Repository(str(tmp_path)), service)


def test_roots_layers_and_the_error_module_come_from_the_paths(tmp_path: Path) -> None:
    names = ["app/api/users.py", "app/services/users.py", "app/models/user.py", "app/errors.py", "tests/test_users.py", "setup.py"]
    found = look(tmp_path, dict.fromkeys(names, ""))
    assert found.source_roots[0] == "app"
    assert found.test_roots == ("tests",)
    assert found.layers == {"routes": ("app/api",), "services": ("app/services",), "models": ("app/models",)}
    assert found.errors == ("app/errors.py",)


def test_another_service_of_the_repository_is_not_looked_at(tmp_path: Path) -> None:
    found = look(tmp_path, {"a/api/x.py": "", "ab/api/y.py": "", "b/models/z.py": ""}, "a")
    assert found.layers == {"routes": ("a/api",)}


def test_an_empty_service_has_no_conventions(tmp_path: Path) -> None:
    assert look(tmp_path, {"README.md": "x"}) == Conventions()


def test_the_heads_of_alembic_are_the_revisions_that_nothing_stands_on(tmp_path: Path) -> None:
    files = {
        "migrations/versions/a.py": "revision = 'a1'\ndown_revision = None\n",
        "migrations/versions/b.py": "revision: str = 'b2'\ndown_revision: str = 'a1'\n",
        "migrations/versions/c.py": "revision = 'c3'\ndown_revision = 'a1'\n",
    }
    assert look(tmp_path, files, migration="alembic").migrations == (Migrations("migrations/versions", 3, ("b.py", "c.py")),)


def test_the_head_of_numbered_migrations_is_the_highest_number_and_a_down_file_is_none(tmp_path: Path) -> None:
    files = dict.fromkeys(["db/migrations/9_a.up.sql", "db/migrations/10_b.up.sql", "db/migrations/10_b.down.sql"], "")
    assert look(tmp_path, files).migrations == (Migrations("db/migrations", 2, ("10_b.up.sql",)),)


def test_formatter_settings_say_where_they_come_from(tmp_path: Path) -> None:
    files = {"pyproject.toml": "[tool.ruff]\nline-length = 100\n", ".editorconfig": "[*]\nindent_size = 4\nmax_line_length = 80\n"}
    assert look(tmp_path, files).formatter == {"line_length": "100", "indent": "4", "from": "pyproject.toml"}


def test_rules_and_skills_are_named_by_path(tmp_path: Path) -> None:
    found = look(tmp_path, {"CONTRIBUTING.md": "secret words", "AGENTS.md": "", ".claude/skills/db/SKILL.md": "", "docs/other.md": ""})
    assert found.rules == ("AGENTS.md", "CONTRIBUTING.md")
    assert found.skills == (".claude/skills/db/SKILL.md",)


def test_the_lines_for_a_person_say_where_what_lies(tmp_path: Path) -> None:
    found = look(tmp_path, {"app/api/users.py": "", "app/errors.py": "", "db/migrations/0002_b.sql": "", "AGENTS.md": ""})
    assert found.lines() == [
        "layers  routes app/api · errors app/errors.py",
        "migrations  db/migrations (1), head 0002_b.sql",
        "read  AGENTS.md",
    ]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {
                "package.json": '{"scripts": {"start": "node server.js"}, "dependencies": {"express": "^5", "@acme/orm": "^1"}}',
                "server.js": "",
                "node_modules/@acme/orm/skills/queries/SKILL.md": "---\nname: queries\n---\n",
                "node_modules/other/skills/x/SKILL.md": "",
                "node_modules/express/readme.md": "",
            },
            ["node_modules/@acme/orm/skills/queries/SKILL.md"],
        ),
        (
            {
                "pyproject.toml": '[project]\nname = "a"\ndependencies = ["fastapi[standard]>=0.1", "acme-orm"]\n',
                "main.py": "",
                ".venv/lib/python3.12/site-packages/fastapi/.agents/skills/fastapi/SKILL.md": "",
                ".venv/lib/python3.12/site-packages/acme_orm/.agents/skills/empty/README.md": "",
            },
            [".venv/lib/python3.12/site-packages/fastapi/.agents/skills/fastapi/SKILL.md"],
        ),
    ],
    ids=["npm", "a virtual environment"],
)
def test_skills_that_the_project_s_own_libraries_ship_are_named(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (service,) = detect(Repository(str(tmp_path))).services

    assert list(service.conventions.skills) == expected


@pytest.mark.parametrize(
    ("paths", "role", "expected"),
    [
        (
            ["shop/accounts/AccountController.java", "shop/orders/OrderController.java", "shop/web/Filter.java"],
            "routes",
            ("shop/accounts", "shop/orders"),
        ),
        (["shop/web/AccountController.java", "shop/web/OrderController.java"], "routes", ("shop/web",)),
        (
            ["src/orders/orders.controller.ts", "src/users/users.controller.ts", "src/http/page.ts", "src/http/trace.ts"],
            "routes",
            ("src/orders", "src/users"),
        ),
        (["src/service/orders.rs", "src/domain/order.rs", "src/domain/error.rs"], "services", ("src/service",)),
        (["src/domain/order.rs", "src/domain/error.rs"], "services", ("src/domain",)),
        (["httpapi/orders.go", "postgres/orders.go", "postgres/store.go"], "repositories", ("postgres",)),
        (["store/orders.go", "postgres/pool.go"], "repositories", ("store",)),
        (["httpapi/orders.go"], "routes", ("httpapi",)),
        (["db/schema.rb", "db/migrate/1_a.rb"], "repositories", ()),
        (["src/main/resources/data.sql"], "routes", ()),
    ],
)
def test_layers_of_feature_folders_are_told_by_how_their_files_are_called(
    tmp_path: Path, paths: list[str], role: str, expected: tuple[str, ...]
) -> None:
    found = look(tmp_path, dict.fromkeys(paths, "x\n"))
    assert found.layers.get(role, ()) == expected


def test_layers_of_many_features_are_one_line(tmp_path: Path) -> None:
    files = {f"src/{name}/{name}.controller.ts": "x\n" for name in ("orders", "users", "events")}
    assert "layers  routes src/*" in look(tmp_path, files).lines()


def test_a_frontend_beside_the_service_has_no_layer_of_it(tmp_path: Path) -> None:
    files = {"web/app.go": "x\n", "api/app.go": "x\n"}
    assert set(look(tmp_path, files).layers["routes"]) == {"api", "web"}
    assert look(tmp_path, {**files, "web/package.json": "{}\n"}).layers["routes"] == ("api",)


def test_the_two_ways_of_a_migration_are_one(tmp_path: Path) -> None:
    files = {f"migrations/000{n}_{name}.{way}.sql": "x\n" for n, name in ((1, "a"), (2, "b")) for way in ("up", "down")}
    (found,) = look(tmp_path, files).migrations
    assert (found.files, found.heads) == (2, ("0002_b.up.sql",))


def test_pages_translations_and_sql_are_no_layer(tmp_path: Path) -> None:
    names = ["internal/controller/a.go", "internal/controller/b.go", "resources/files.go", "resources/migrations/sqlite/1_a.up.sql"]
    assert look(tmp_path / "go", dict.fromkeys(names, "")).layers == {"routes": ("internal/controller",)}

    names = ["app/Http/Controllers/Models/A.php", "app/Models/A.php", "resources/lang/en/errors.php", "resources/views/a.blade.php"]
    found = look(tmp_path / "php", dict.fromkeys(names, ""))
    assert (found.layers["models"], found.errors) == (("app/Models",), ())
