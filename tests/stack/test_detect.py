"""Detection on small projects: what is claimed, with its place, and what is left alone."""

import json

import pytest

from backend_agent.repository.files import Repository
from backend_agent.stack.detect import detect

FASTAPI = {
    "pyproject.toml": '[project]\nname = "shop"\nrequires-python = ">=3.12"\ndependencies = [\n  "fastapi>=0.115",\n  "sqlalchemy>=2",\n  "alembic",\n'
    '  "asyncpg",\n  "pyjwt",\n]\n[dependency-groups]\ndev = ["pytest", "ruff", "mypy"]\n[tool.ruff]\nline-length = 100\n[tool.mypy]\nstrict = true\n',
    "uv.lock": "",
    "alembic.ini": "sqlalchemy.url = postgresql+asyncpg://localhost/shop\n",
    "app/main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
    "tests/test_app.py": "def test_a():\n    assert True\n",
}


def found(tmp_path, files):
    for path, text in files.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return detect(Repository(str(tmp_path)))


def ids(service, field):
    return list(getattr(service, field).ids)


def test_a_python_service_is_told_with_the_place_of_each_value(tmp_path):
    (service,) = found(tmp_path, FASTAPI).services

    assert (service.path, ids(service, "framework"), ids(service, "orm"), ids(service, "migration")) == (
        ".",
        ["fastapi"],
        ["sqlalchemy"],
        ["alembic"],
    )
    assert str(service.framework.evidence[0]) == "pyproject.toml:5"
    assert ids(service, "databases") == ["postgresql"]
    assert ids(service, "package_manager") == ["uv"]
    assert sorted(ids(service, "lint")) == ["ruff"]
    assert ids(service, "typecheck") == ["mypy"]


def test_a_linter_that_is_installed_and_never_run_is_not_claimed(tmp_path):
    (service,) = found(tmp_path, {**FASTAPI, "requirements-dev.txt": "flake8\npylint\n"}).services

    assert ids(service, "lint") == ["ruff"]


def test_a_workspace_holds_one_service_per_deployable_and_no_library(tmp_path):
    services = found(
        tmp_path,
        {
            "package.json": '{"private": true, "workspaces": ["apps/*", "packages/*"]}',
            "pnpm-lock.yaml": "",
            "apps/api/package.json": '{"name": "@a/api", "scripts": {"start": "node dist/main.js", "test": "vitest run"},'
            ' "dependencies": {"@nestjs/core": "12", "@a/db": "workspace:*"}, "devDependencies": {"vitest": "5"}}',
            "apps/api/src/main.ts": "NestFactory.create(AppModule)",
            "apps/web/package.json": '{"name": "@a/web", "dependencies": {"react": "19"}}',
            "packages/db/package.json": '{"name": "@a/db", "dependencies": {"drizzle-orm": "1", "pg": "8"}, "devDependencies": {"drizzle-kit": "1"}}',
        },
    )
    (service,) = services.services

    assert (service.path, ids(service, "framework"), ids(service, "language")) == ("apps/api", ["nestjs"], ["typescript"])
    assert (ids(service, "orm"), ids(service, "migration"), ids(service, "test")) == (["drizzle"], ["drizzle-kit"], ["vitest"])
    assert ("apps/web", "frontend") in [(o.path, o.kind) for o in services.others]


@pytest.mark.parametrize(
    ("files", "framework", "orm"),
    [
        ({"go.mod": "module a\n\nrequire github.com/go-chi/chi/v5 v5.2.4\nrequire gorm.io/gorm v1\n", "main.go": "package main\nfunc main() {}\n"}, "chi", "gorm"),
        (
            {
                "Cargo.toml": '[package]\nname = "a"\n[dependencies]\naxum = "0.8"\nsqlx = { version = "0.9", features = ["postgres"] }\n',
                "src/main.rs": "fn main() {}",
            },
            "axum",
            "sqlx",
        ),
        (
            {
                "pom.xml": "<project><groupId>a</groupId><artifactId>b</artifactId><dependencies><dependency><groupId>org.springframework.boot</groupId>"
                "<artifactId>spring-boot-starter-webmvc</artifactId></dependency><dependency><groupId>org.springframework.boot</groupId>"
                "<artifactId>spring-boot-starter-data-jpa</artifactId></dependency></dependencies></project>",
                "src/main/java/a/App.java": "@SpringBootApplication class App { }",
            },
            "spring-boot",
            "jpa",
        ),
        (
            {
                "Api/Api.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"><ItemGroup><PackageReference Include="Microsoft.EntityFrameworkCore" Version="9" />'
                "</ItemGroup></Project>",
                "Api/Program.cs": "var builder = 1;",
            },
            "aspnetcore",
            "efcore",
        ),
        ({"Gemfile": 'gem "rails", "~> 8"\ngem "pg"\n', "config/application.rb": "module A; end", "config.ru": "run 1"}, "rails", "activerecord"),
        ({"composer.json": '{"require": {"laravel/framework": "^12"}}', "artisan": "#!/usr/bin/env php"}, "laravel", "eloquent"),
        ({"mix.exs": "defp deps do\n [{:phoenix, \"~> 1.8\"}, {:ecto_sql, \"~> 3\"}]\nend\n", "lib/a/endpoint.ex": "defmodule A do\nend"}, "phoenix", "ecto"),
        ({"deps.ts": 'export { Application } from "https://deno.land/x/oak@v12/mod.ts";\n', "app.ts": "import './deps.ts'"}, "oak", None),
    ],
    ids=["go", "rust", "java", "csharp", "ruby", "php", "elixir", "deno"],
)  # fmt: skip
def test_each_language_is_known_by_its_own_manifest(tmp_path, files, framework, orm):
    (service,) = found(tmp_path, files).services

    assert framework in ids(service, "framework")
    assert orm is None or orm in ids(service, "orm")


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"README.md": "# fastapi django express\n"},
        {"package.json": '{"name": "express", "dependencies": {}, "main": "index.js"}', "index.js": ""},
        {"package.json": '{"dependencies": {"react": "19", "vite": "7"}, "scripts": {"dev": "vite"}}'},
        {"pyproject.toml": '[project]\nname = "tool"\ndependencies = ["requests", "rich"]\n', "tool/main.py": ""},
        {"go.mod": "module github.com/spf13/thing\n", "thing.go": "package thing\n"},
        {"examples/api/requirements.txt": "fastapi\n", "examples/api/main.py": "", "pyproject.toml": '[project]\nname = "lib"\n'},
    ],
    ids=["empty", "prose", "the framework itself", "frontend", "command line tool", "library", "example"],
)
def test_what_is_no_backend_is_not_claimed(tmp_path, files):
    assert found(tmp_path, files).services == ()


def test_a_manifest_that_cannot_be_read_is_named_and_the_rest_is_still_told(tmp_path):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "package.json").write_text('{"name": ', encoding="utf-8")
    for path, text in FASTAPI.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    repository = Repository(str(tmp_path))

    assert [s.path for s in detect(repository).services] == ["."]
    assert any(p.path == "broken/package.json" for p in repository.problems)


@pytest.mark.parametrize(
    "name", ["package.json", "pyproject.toml", "pom.xml", "Cargo.toml", "go.mod", "Gemfile", "composer.json", "mix.exs"]
)
@pytest.mark.parametrize("text", ["", "\0\1\2", "{" * 5000, "[[[[", "<a>" * 3000, json.dumps([1]), "\ud7ff" * 100, "a" * 100_000])
def test_no_manifest_makes_an_exception(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8", errors="surrogateescape")

    detect(Repository(str(tmp_path)))
