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


GO_MAIN = "package main\nfunc main() {}\n"
WORKER = '[package]\nname = "gateway"\n[dependencies]\nshared = { path = "../shared" }\n'
SHARED = '[package]\nname = "shared"\n[dependencies]\naxum = "0.8"\n'


def paths(detection):
    return [service.path for service in detection.services]


def test_a_health_check_in_a_shared_crate_makes_no_service_and_a_store_beside_it_does(tmp_path):
    files = {
        "gateway/Cargo.toml": WORKER,
        "gateway/src/main.rs": "fn main() {}",
        "shared/Cargo.toml": SHARED,
        "shared/src/lib.rs": "",
    }

    assert paths(found(tmp_path / "a", files)) == []
    assert paths(
        found(tmp_path / "b", {**files, "shared/Cargo.toml": SHARED + 'sqlx = { version = "0.9", features = ["postgres"] }\n'})
    ) == ["gateway"]


def test_a_desktop_application_that_speaks_http_is_no_service(tmp_path):
    files = {"Cargo.toml": '[package]\nname = "a"\n[dependencies]\naxum = "0.8"\n', "src/main.rs": "fn main() {}"}

    assert paths(found(tmp_path / "a", files)) == ["."]
    assert paths(found(tmp_path / "b", {**files, "Cargo.toml": files["Cargo.toml"] + 'tauri = "2"\n'})) == []


def test_a_crate_that_another_program_is_linked_with_is_no_second_service(tmp_path):
    files = {
        "server/Cargo.toml": '[package]\nname = "server"\n[dependencies]\naxum = "0.8"\nutils = { path = "../utils" }\n',
        "server/src/main.rs": "fn main() {}",
        "utils/Cargo.toml": '[package]\nname = "utils"\n[dependencies]\naxum = "0.8"\n',
        "utils/src/main.rs": "fn main() {}",
    }

    assert paths(found(tmp_path / "a", files)) == ["server"]
    alone = {**files, "server/Cargo.toml": '[package]\nname = "server"\n[dependencies]\naxum = "0.8"\n'}
    assert paths(found(tmp_path / "b", alone)) == ["server", "utils"]


@pytest.mark.parametrize(
    ("start", "services"),
    [
        ("tsc -w -p .", []),
        ("npm run build:watch", []),
        ("ngrok http 3000", []),
        ("tsx watch src/main.ts", ["libs/a"]),
        ("tsdown --watch --onSuccess 'node .'", ["libs/a"]),
    ],
)
def test_a_start_that_only_builds_starts_nothing(tmp_path, start, services):
    package = {"name": "@a/a", "main": "dist/lib.js", "scripts": {"start": start}, "dependencies": {"express": "5"}}

    assert paths(found(tmp_path, {"libs/a/package.json": json.dumps(package), "libs/a/src/lib.ts": ""})) == services


def test_djangos_own_orm_is_named_behind_a_driver_and_sqlalchemy_stays_where_it_is_declared(tmp_path):
    files = {"requirements.txt": "django\npsycopg[binary]\n", "manage.py": "", "shop/settings.py": "'django.db.backends.postgresql'"}

    (service,) = found(tmp_path / "a", files).services
    assert (ids(service, "orm"), ids(service, "databases")) == (["django-orm"], ["postgresql"])
    (service,) = found(tmp_path / "b", {**files, "requirements.txt": "django\npsycopg\nsqlalchemy\n"}).services
    assert ids(service, "orm") == ["sqlalchemy"]


def test_an_application_of_django_is_a_service_whatever_else_its_folder_holds(tmp_path):
    files = {
        "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["django"]\n[build-system]\nrequires = ["hatchling"]\n',
        "contrib/gunicorn.py": "",
    }

    assert paths(found(tmp_path / "a", {**files, "shop/manage.py": ""})) == ["."]


WEB = '<Project Sdk="Microsoft.NET.Sdk.Web"><ItemGroup><PackageReference Include="Grpc.AspNetCore" /></ItemGroup></Project>'


@pytest.mark.parametrize(
    ("program", "framework", "style"),
    [
        ('app.MapGrpcService<Cart>();\napp.MapGet("/", () => "Use a gRPC client");', ["grpc"], ["grpc"]),
        ('app.MapGrpcService<Cart>();\napp.MapGet("/carts", List);', ["aspnetcore"], ["grpc", "rest"]),
    ],
)
def test_a_dotnet_service_that_maps_only_grpc_is_a_grpc_service(tmp_path, program, framework, style):
    (service,) = found(tmp_path, {"Cart/Cart.csproj": WEB, "Cart/Program.cs": program}).services

    assert (ids(service, "framework"), ids(service, "api_style")) == (framework, style)


def test_a_dotnet_library_that_refers_to_the_framework_is_no_service(tmp_path):
    library = '<Project Sdk="Microsoft.NET.Sdk"><ItemGroup><FrameworkReference Include="Microsoft.AspNetCore.App" /></ItemGroup></Project>'

    assert paths(found(tmp_path / "a", {"Common/Common.csproj": library, "Common/Text.cs": ""})) == []
    assert paths(found(tmp_path / "b", {"Common/Common.csproj": library, "Common/Program.cs": ""})) == ["Common"]


def test_migrations_in_a_referenced_project_are_the_services_own(tmp_path):
    api = '<Project Sdk="Microsoft.NET.Sdk.Web"><ItemGroup><ProjectReference Include="..\\Data\\Data.csproj" /></ItemGroup></Project>'
    data = '<Project Sdk="Microsoft.NET.Sdk"><ItemGroup><PackageReference Include="Npgsql.EntityFrameworkCore.PostgreSQL" /></ItemGroup></Project>'
    files = {"Api/Api.csproj": api, "Api/Program.cs": "", "Data/Data.csproj": data, "Data/Db.cs": ""}

    (service,) = found(tmp_path / "a", files).services
    assert ids(service, "migration") == []
    (service,) = found(tmp_path / "b", {**files, "Data/Changes/ShopModelSnapshot.cs": ""}).services
    assert ids(service, "migration") == ["efcore"]
    assert str(service.migration.evidence[0]) == "Data/Changes/ShopModelSnapshot.cs"


def test_a_go_service_has_no_store_that_only_its_neighbours_container_runs(tmp_path):
    files = {
        "docker-compose.yml": "services:\n  db:\n    image: mariadb:10\n",
        "a/go.mod": "module a\n\nrequire github.com/go-chi/chi/v5 v5.0.5\nrequire cloud.google.com/go/firestore v1.5.0\n",
        "a/main.go": GO_MAIN,
    }

    (service,) = found(tmp_path, files).services
    assert ids(service, "databases") == ["firestore"]


def test_the_first_gorms_dialect_is_read_from_the_import(tmp_path):
    files = {"go.mod": "module a\n\nrequire github.com/jinzhu/gorm v1.9.16\nrequire github.com/labstack/echo/v4 v4.0.0\n"}

    (service,) = found(tmp_path / "a", {**files, "main.go": 'package main\nimport _ "github.com/jinzhu/gorm/dialects/sqlite"\n'}).services
    assert (ids(service, "databases"), str(service.databases.evidence[0])) == (["sqlite"], "main.go:2")
    (service,) = found(tmp_path / "b", {**files, "main.go": GO_MAIN}).services
    assert ids(service, "databases") == []


def test_laravels_store_is_the_one_the_environment_names_and_not_all_that_the_skeleton_lists(tmp_path):
    files = {
        "composer.json": '{"require": {"laravel/framework": "^12"}}',
        "artisan": "",
        "config/database.php": "'mysql' => ['driver' => 'mysql'],\n'pgsql' => ['driver' => 'pgsql'],\n",
        ".env.example": "APP_NAME=a\nDB_CONNECTION=sqlite\n",
    }

    (service,) = found(tmp_path, files).services
    assert (ids(service, "databases"), str(service.databases.evidence[0])) == (["sqlite"], ".env.example:2")


def test_a_commented_setting_is_not_configured(tmp_path):
    files = {**FASTAPI, "alembic.ini": "# sqlalchemy.url = mysql://localhost/shop\nsqlalchemy.url = postgresql+asyncpg://localhost/shop\n"}
    files["pyproject.toml"] = files["pyproject.toml"].replace('"asyncpg"', '"asyncpg", "aiomysql"')

    (service,) = found(tmp_path, files).services
    assert ids(service, "databases") == ["postgresql"]


def test_a_clojure_project_that_only_puts_components_together_is_the_service(tmp_path):
    files = {
        "deps.edn": '{:aliases {:dev {:extra-deps {a/api {:local/root "bases/api"}}}}}',
        "projects/shop/deps.edn": '{:deps {a/api {:local/root "../../bases/api"}} :aliases {:uberjar {:main a.main}}}',
        "bases/api/deps.edn": '{:paths ["src"] :deps {compojure/compojure {:mvn/version "1.7.0"}}}',
        "bases/api/src/a/main.clj": "(ns a.main)",
    }

    (service,) = found(tmp_path, files).services
    assert (service.path, ids(service, "language"), ids(service, "framework")) == ("projects/shop", ["clojure"], ["compojure"])


def test_a_frameworks_own_package_is_no_service_unless_an_image_runs_it(tmp_path):
    package = {"name": "parse-server", "scripts": {"start": "node bin/a"}, "dependencies": {"express": "5"}}
    own = {**package, "name": "fastify"}

    assert paths(found(tmp_path / "a", {"package.json": json.dumps(own), "index.js": ""})) == []
    assert paths(found(tmp_path / "b", {"package.json": json.dumps(package), "index.js": "", "Dockerfile": ""})) == ["."]


def test_a_client_of_grpc_serves_none(tmp_path):
    files = {"go.mod": "module a\n\nrequire google.golang.org/grpc v1.83.0\nrequire github.com/gorilla/mux v1.8.1\n"}

    (service,) = found(tmp_path / "a", {**files, "main.go": "package main\nfunc main() { grpc.NewClient(a) }\n"}).services
    assert ids(service, "api_style") == ["rest"]
    (service,) = found(tmp_path / "b", {**files, "main.go": "package main\nfunc main() { grpc.NewServer() }\n"}).services
    assert ids(service, "api_style") == ["grpc", "rest"]


def test_a_python_grpc_server_is_seen_through_its_helper_packages(tmp_path):
    files = {"requirements.in": "grpcio-health-checking==1.76.0\n", "Dockerfile": ""}

    (service,) = found(tmp_path / "a", {**files, "shop_server.py": "import grpc\nserver = grpc.server(pool)\n"}).services
    assert ids(service, "framework") == ["grpc"]
    assert paths(found(tmp_path / "b", {**files, "shop_client.py": "import grpc\nchannel = grpc.insecure_channel(a)\n"})) == []


def test_a_meteor_application_is_told_from_its_packages_file(tmp_path):
    files = {
        "package.json": '{"name": "boards", "scripts": {"start": "meteor run"}}',
        ".meteor/packages": "meteor-base\nmongo\n",
        "server/main.js": "",
    }

    (service,) = found(tmp_path, files).services
    assert (ids(service, "framework"), ids(service, "databases")) == (["meteor"], ["mongodb"])


def one(services, path):
    return next(service for service in services if service.path == path)


def test_each_project_of_sbt_has_what_its_own_settings_name(tmp_path):
    services = found(
        tmp_path,
        {
            "build.sbt": 'lazy val root = (project in file(".")).aggregate(core, tests)\n'
            'lazy val core = (project in file("modules/core")).settings(libraryDependencies ++= Seq(Libraries.http4sDsl, Libraries.skunk))\n'
            'lazy val tests = (project in file("modules/tests")).settings(libraryDependencies += Libraries.munit).dependsOn(core)\n',
            "project/Dependencies.scala": "object Libraries {\n"
            '  def http4s(artifact: String) = "org.http4s" %% s"http4s-$artifact" % "0.23"\n'
            '  val http4sDsl = http4s("dsl")\n  val skunk = "org.tpolecat" %% "skunk-core" % "0.6"\n'
            '  val munit = "org.scalameta" %% "munit" % "1.0"\n  val unused = "com.typesafe.slick" %% "slick" % "3"\n}\n',
            "project/plugins.sbt": 'addSbtPlugin("org.scalameta" % "sbt-scalafmt" % "2.5")\n',
            "modules/core/src/main/scala/shop/Main.scala": "object Main extends IOApp.Simple\n",
            "modules/tests/src/test/scala/shop/MainTest.scala": "class MainTest\n",
        },
    ).services

    assert [service.path for service in services] == ["modules/core"]
    (service,) = services
    assert (ids(service, "framework"), ids(service, "orm"), ids(service, "test")) == (["http4s"], ["skunk"], ["munit"])
    assert ids(service, "lint") == ["scalafmt"]
    assert str(service.orm.evidence[0]) == "project/Dependencies.scala:4"
    assert [(c.cmd, c.cwd) for c in service.verify["tests"]] == [("sbt test", ".")]


GRADLE = {
    "settings.gradle.kts": 'include("core", "server")\nrootProject.children.forEach { it.name = "shop-${it.name}" }\n',
    "build.gradle.kts": 'subprojects {\n    dependencies {\n        "testImplementation"("org.junit.jupiter:junit-jupiter:5.12")\n    }\n}\n',
    "server/build.gradle.kts": 'plugins { id("shop.spring") }\ndependencies { implementation(project(":shop-core")) }\n',
    "server/src/main/java/shop/ShopApplication.java": "@SpringBootApplication class ShopApplication {}\n",
    "core/build.gradle.kts": 'dependencies { implementation("org.jooq:jooq:3.20") }\n',
    "core/src/main/java/shop/Orders.java": "class Orders {}\n",
    "buildSrc/build.gradle.kts": "plugins { `kotlin-dsl` }\n",
}


@pytest.mark.parametrize(
    "files",
    [
        {
            "buildSrc/src/main/kotlin/shop.spring.gradle.kts": 'plugins { id("org.springframework.boot"); }\n'
            'dependencies { implementation("org.springframework.boot:spring-boot-starter-web") }\n'
        },
        {
            "buildSrc/build.gradle.kts": 'gradlePlugin { plugins { register("spring") { id = "shop.spring"\n implementationClass = "shop.SpringPlugin" } } }\n',
            "buildSrc/src/main/kotlin/shop/SpringPlugin.kt": "class SpringPlugin : Plugin<Project> {\n  override fun apply(target: Project) = with(target) {\n"
            '    pluginManager.apply("org.springframework.boot")\n'
            '    dependencies { "implementation"(libs.findLibrary("spring-web").get()) }\n  }\n}\n',
            "gradle/libs.versions.toml": '[libraries]\nspring-web = { module = "org.springframework.boot:spring-boot-starter-web", version = "4.0.0" }\n',
        },
        {
            "server/build.gradle.kts": 'apply(from = "$rootDir/gradle/spring.gradle")\ndependencies { implementation(project(":shop-core")) }\n',
            "gradle/spring.gradle": "dependencies {\n  implementation 'org.springframework.boot:spring-boot-starter-web'\n}\n",
        },
    ],
    ids=["a precompiled script", "a plugin class and the catalog", "an applied script"],
)
def test_what_a_build_of_gradle_says_elsewhere_counts_for_its_modules(tmp_path, files):
    services = found(tmp_path, {**GRADLE, **files}).services

    assert [service.path for service in services] == ["server"]
    (service,) = services
    assert (ids(service, "framework"), ids(service, "orm"), ids(service, "test")) == (["spring-boot"], ["jooq"], ["junit"])


def test_an_application_of_an_umbrella_keeps_its_data_in_its_neighbour(tmp_path):
    services = found(
        tmp_path,
        {
            "mix.exs": 'defmodule A.MixProject do\n  def project, do: [apps_path: "apps"]\n  defp deps do\n    [{:credo, "~> 1.7", only: [:dev, :test]}]\n  end\nend\n',
            "apps/web/mix.exs": "defmodule Web.MixProject do\n  def project, do: [app: :web, package: package()]\n"
            '  defp deps do\n    [{:phoenix, "~> 1.8"}, {:store, in_umbrella: true}]\n  end\nend\n',
            "apps/web/lib/web/endpoint.ex": "defmodule Web.Endpoint do\nend\n",
            "apps/web/test/web_test.exs": "",
            "apps/store/mix.exs": "defmodule Store.MixProject do\n  def project, do: [app: :store]\n"
            '  defp deps do\n    [{:ecto_sql, "~> 3.12"}, {:postgrex, ">= 0.0.0"}, {:oban, "~> 2.19"}]\n  end\nend\n',
        },
    ).services
    (service,) = services

    assert (service.path, ids(service, "framework"), ids(service, "orm"), ids(service, "databases")) == (
        "apps/web",
        ["phoenix"],
        ["ecto"],
        ["postgresql"],
    )
    assert (ids(service, "queue"), ids(service, "lint")) == (["oban"], ["credo"])


@pytest.mark.parametrize(
    "files",
    [
        {
            "Gemfile": 'gemspec\ngem "rails", "~> 8.0"\n',
            "shop.gemspec": 's.name = "shop"\ns.add_dependency "rails"\n',
            "docker-compose.yml": "",
        },
        {
            "web-core/pom.xml": "<project><groupId>io.dropwizard</groupId><artifactId>dropwizard-core</artifactId></project>",
            "web-e2e/pom.xml": "<project><groupId>io.dropwizard</groupId><artifactId>e2e</artifactId><dependencies><dependency>"
            "<groupId>io.dropwizard</groupId><artifactId>dropwizard-core</artifactId></dependency></dependencies></project>",
            "web-e2e/src/main/java/a/HelloApplication.java": "class HelloApplication {}",
        },
        {
            "package.json": '{"name": "@a/cli", "bin": {"a": "dist/a.js"}, "files": ["dist"], "scripts": {"dev": "node a.js"}}',
            "src/main.ts": "import http from 'http'\nhttp.createServer((req, res) => res.end('you may close this window')).listen(0)\n",
        },
        {
            "pyproject.toml": '[project]\nname = "lib"\nclassifiers = ["x"]\n[project.optional-dependencies]\nserver = ["fastapi"]\n[build-system]\n',
            "lib/main.py": "",
        },
    ],
    ids=["a Rails engine", "an end-to-end test of the framework", "a command that listens for its login", "a library with a server extra"],
)
def test_what_only_looks_like_a_service_is_not_claimed(tmp_path, files):
    assert found(tmp_path, files).services == ()


def test_a_tool_that_is_only_configured_is_not_claimed_and_one_that_a_hook_calls_is(tmp_path):
    (service,) = found(tmp_path, {**FASTAPI, "pyrightconfig.json": "{}"}).services
    assert ids(service, "typecheck") == ["mypy"]

    hooks = {
        ".pre-commit-config.yaml": "repos:\n  - repo: https://github.com/RobertCraigie/pyright-python\n    hooks:\n      - id: pyright\n"
    }
    (service,) = found(tmp_path, {**FASTAPI, "pyrightconfig.json": "{}", **hooks}).services
    assert ids(service, "typecheck") == ["mypy", "pyright"]


def test_a_service_of_quarkus_that_only_speaks_grpc_has_no_rest(tmp_path):
    pom = (
        "<project><groupId>a</groupId><artifactId>b</artifactId><dependencies><dependency><groupId>io.quarkus</groupId>"
        "<artifactId>quarkus-grpc</artifactId></dependency></dependencies></project>"
    )
    files = {"pom.xml": pom, "src/main/java/a/Places.java": "@GrpcService class Places {}", "src/main/resources/application.properties": ""}
    (service,) = found(tmp_path, files).services
    assert ids(service, "api_style") == ["grpc"]

    (service,) = found(tmp_path, {**files, "src/main/java/a/Health.java": '@Path("/health") class Health {}'}).services
    assert sorted(ids(service, "api_style")) == ["grpc", "rest"]


def test_an_image_whose_sources_use_a_framework_of_a_shared_package_is_a_service(tmp_path):
    files = {
        "package.json": '{"private": true, "workspaces": ["services/*"]}',
        "services/common/package.json": '{"name": "@a/common", "main": "dist/index.js", "types": "dist/index.d.ts", "dependencies": {"express": "4.21.1", "mongoose": "6.13.6"}}',
        "services/common/src/index.js": "import express from 'express';\nexport const service = express();\n",
        "services/api/package.json": '{"name": "@a/api", "main": "src/index.js", "dependencies": {"@a/common": "*"}}',
        "services/api/Dockerfile": "FROM node\n",
        "services/api/src/index.js": "import { service } from '@a/common';\nimport routes from './routes.js';\nservice.use(routes);\n",
        "services/api/src/routes.js": "import express from 'express';\nexport default express.Router();\n",
        "services/job/package.json": '{"name": "@a/job", "dependencies": {"@a/common": "*"}}',
        "services/job/Dockerfile": "FROM node\n",
        "services/job/src/index.js": "import { once } from '@a/common';\nonce();\n",
    }
    (service,) = found(tmp_path, files).services
    assert (service.path, ids(service, "framework"), service.uses) == ("services/api", ["express"], ("services/common",))


@pytest.mark.parametrize(("project", "services"), [("", ["."]), ('[project]\nname = "a"\ndependencies = []\n', [])])
def test_groups_of_a_project_that_is_no_package_are_what_it_installs(tmp_path, project, services):
    text = f'{project}[dependency-groups]\nmain = ["django", "psycopg"]\ndev = ["pytest"]\n'

    assert paths(found(tmp_path, {"pyproject.toml": text, "manage.py": "import django\n"})) == services


def test_a_server_of_jersey_is_known_and_may_keep_its_data_in_each_store_that_it_ships(tmp_path):
    stores = [
        "com.h2database:h2:2",
        "com.mysql:mysql-connector-j:9",
        "org.postgresql:postgresql:42",
        "com.microsoft.sqlserver:mssql-jdbc:13",
    ]
    needs = ["org.glassfish.jersey.containers:jersey-container-servlet:4", "org.liquibase:liquibase-core:5", *stores]
    build = "plugins { id 'java' }\ndependencies {\n" + "".join(f"  implementation '{one}'\n" for one in needs) + "}\n"
    main = "class Main { public static void main(String[] a) {} }"
    (service,) = found(tmp_path, {"build.gradle": build, "src/main/java/shop/Main.java": main}).services

    assert ids(service, "framework") == ["jersey"]
    assert sorted(ids(service, "databases")) == ["h2", "mssql", "mysql", "postgresql"]


@pytest.mark.parametrize(("scripts", "services"), [({}, ["apps/web"]), ({"start": "node server.js"}, ["apps/web", "packages/billing"])])
def test_routes_of_a_package_that_another_one_serves_make_no_second_service(tmp_path, scripts, services):
    web = {"name": "@shop/web", "scripts": {"start": "node server.js"}, "dependencies": {"hono": "4", "@shop/billing": "*"}}
    billing = {"name": "@shop/billing", "main": "index.ts", "scripts": scripts, "dependencies": {"hono": "4"}}
    files = {"package.json": '{"workspaces": ["apps/*", "packages/*"]}', "apps/web/server.js": "", "packages/billing/index.ts": ""}
    files |= {"apps/web/package.json": json.dumps(web), "packages/billing/package.json": json.dumps(billing)}

    assert paths(found(tmp_path, files)) == services


@pytest.mark.parametrize(("optional", "services"), [(", optional = true", []), ("", ["cli"])])
def test_a_command_that_only_a_feature_links_with_a_daemon_is_no_service(tmp_path, optional, services):
    files = {
        "cli/Cargo.toml": f'[package]\nname = "cli"\n[dependencies]\nrusqlite = "1"\ndaemon = {{ path = "../daemon"{optional} }}\n',
        "cli/src/main.rs": "fn main() {}",
        "daemon/Cargo.toml": '[package]\nname = "daemon"\n[dependencies]\ntonic = "0.14"\n',
        "daemon/src/lib.rs": "",
    }

    assert paths(found(tmp_path, files)) == services


def test_a_mapper_of_go_runs_on_each_dialect_that_the_program_imports(tmp_path):
    drivers = ["gorm.io/driver/mysql", "gorm.io/driver/postgres", "github.com/glebarez/sqlite", "gorm.io/driver/sqlserver"]
    module = (
        "module shop\nrequire (\n\tgithub.com/gin-gonic/gin v1.9\n\tgorm.io/gorm v1.25\n"
        + "".join(f"\t{one} v1.0\n" for one in drivers)
        + ")\n"
    )
    imports = "".join(f'\t"{one}"\n' for one in drivers[:3])
    files = {
        "go.mod": module,
        "main.go": f"package main\n\nimport (\n{imports})\n\nfunc main() {{}}\n",
        "main_test.go": 'package main\n\nimport "gorm.io/driver/sqlserver"\n',
        "migrations/one.go": "package migrations\n\nfunc Run() { db.AutoMigrate(&User{}) }\n",
        "config.yml": "database: mysql://localhost/shop\n",
    }
    (service,) = found(tmp_path, files).services

    assert sorted(ids(service, "databases")) == ["mysql", "postgresql", "sqlite"]
    assert ids(service, "migration") == ["gorm"]


@pytest.mark.parametrize(
    ("handlers", "styles"),
    [("res.render('a'); res.render('b')", ["html"]), ("res.render('a'); res.json({}); res.json({})", ["html", "rest"])],
)
def test_handlers_that_render_templates_serve_pages(tmp_path, handlers, styles):
    package = {"name": "a", "scripts": {"start": "node app.js"}, "dependencies": {"express": "5", "pug": "3"}}
    files = {"package.json": json.dumps(package), "app.js": handlers, **{f"views/{name}.pug": "" for name in "abc"}}
    (service,) = found(tmp_path, files).services

    assert ids(service, "api_style") == styles


def test_a_dotnet_service_has_the_runner_of_the_tests_that_refer_to_it_and_pages_where_it_has_some(tmp_path):
    web = '<Project Sdk="Microsoft.NET.Sdk.Web"></Project>'
    tests = '<Project Sdk="Microsoft.NET.Sdk"><ItemGroup><PackageReference Include="Microsoft.NET.Test.Sdk" /><PackageReference Include="{}" />{}</ItemGroup></Project>'
    files = {
        "src/Web/Web.csproj": web,
        "src/Web/Program.cs": "app.MapRazorPages();",
        "src/Web/Pages/Index.cshtml": "",
        "src/Api/Api.csproj": web,
        "src/Api/Program.cs": 'app.MapGet("/a", () => 1);',
        "tests/AllTests/AllTests.csproj": tests.format("xunit", ""),
        "tests/WebTests/WebTests.csproj": tests.format(
            "MSTest.TestFramework", '<ProjectReference Include="..\\..\\src\\Web\\Web.csproj" />'
        ),
    }
    api, site = found(tmp_path, files).services

    assert (ids(site, "test"), ids(site, "api_style")) == (["mstest"], ["html"])
    assert (ids(api, "test"), ids(api, "api_style")) == (["xunit"], ["rest"])


def test_the_packages_own_runner_comes_before_that_of_its_workspace(tmp_path):
    api = {
        "name": "api",
        "scripts": {"start": "node .", "test": "mocha"},
        "dependencies": {"express": "5"},
        "devDependencies": {"mocha": "11"},
    }
    files = {
        "package.json": '{"workspaces": ["apps/*"], "devDependencies": {"jest": "30"}}',
        "jest.config.js": "",
        "apps/api/package.json": json.dumps(api),
        "apps/api/src/server.js": "",
        "apps/api/test/a.test.js": "",
    }
    (service,) = found(tmp_path, files).services

    assert ids(service, "test") == ["mocha"]


def test_a_rule_of_layers_is_a_linter_and_a_condition_of_ci_runs_nothing(tmp_path):
    files = {
        **FASTAPI,
        "pyproject.toml": FASTAPI["pyproject.toml"].replace('"mypy"]', '"mypy", "import-linter", "flake8"]') + "[tool.importlinter]\n",
    }
    files[".github/workflows/ci.yml"] = "jobs:\n  test:\n    steps:\n      - if: hashFiles('reports/flake8.txt') != ''\n        run: true\n"
    (service,) = found(tmp_path, files).services

    assert sorted(ids(service, "lint")) == ["import-linter", "ruff"]


def test_a_package_that_is_asked_for_stays_so_where_an_exported_list_holds_it_as_well(tmp_path):
    exported = "fastapi==0.115\npytest==9.0.3\n    # via pytest-sugar\npluggy==1.6\n    # via pytest\n"
    (service,) = found(tmp_path, {**FASTAPI, "requirements.txt": exported}).services

    assert ids(service, "test") == ["pytest"]


def test_specs_of_a_bundled_library_are_no_runner_of_the_application(tmp_path):
    files = {
        "Gemfile": "gem 'rails'\n",
        "config/application.rb": "",
        "lib/plugins/a/spec/a_spec.rb": "",
        "test/unit/a_test.rb": "",
    }
    (service,) = found(tmp_path / "a", files).services
    assert ids(service, "test") == ["minitest"]
    (service,) = found(tmp_path / "b", {**files, "spec/a_spec.rb": ""}).services
    assert ids(service, "test") == ["rspec"]


@pytest.mark.parametrize(("packaging", "services"), [("war", ["webapp"]), ("jar", [])])
def test_an_archive_for_a_servlet_container_is_started_by_it(tmp_path, packaging, services):
    root = "<project><groupId>shop</groupId><artifactId>shop</artifactId><packaging>pom</packaging><modules><module>web</module><module>webapp</module></modules></project>"
    parent = "<parent><groupId>shop</groupId><artifactId>shop</artifactId></parent>"
    mvc = (
        "<dependencies><dependency><groupId>org.springframework</groupId><artifactId>spring-webmvc</artifactId></dependency></dependencies>"
    )
    uses = "<dependencies><dependency><groupId>shop</groupId><artifactId>web</artifactId></dependency></dependencies>"
    files = {
        "pom.xml": root,
        "web/pom.xml": f"<project>{parent}<artifactId>web</artifactId>{mvc}</project>",
        "web/src/main/java/shop/ShopController.java": "class ShopController {}",
        "webapp/pom.xml": f"<project>{parent}<artifactId>webapp</artifactId><packaging>{packaging}</packaging>{uses}</project>",
    }

    assert paths(found(tmp_path, files)) == services


@pytest.mark.parametrize(("path", "services"), [("frontend", []), ("server", ["server"])])
def test_a_frontend_that_serves_its_own_pages_is_no_service(tmp_path, path, services):
    package = {"name": "a", "scripts": {"start": "node api/index.js"}, "dependencies": {"express": "5", "react": "19"}}

    assert paths(found(tmp_path, {f"{path}/package.json": json.dumps(package), f"{path}/api/index.js": ""})) == services


def test_pages_beside_an_api_hide_no_api(tmp_path):
    files = {
        "Web.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"></Project>',
        "Program.cs": "app.MapControllers();",
        "Pages/Index.cshtml": "",
        "Orders.cs": "public sealed class OrdersController : ApiController {}",
    }
    (service,) = found(tmp_path, files).services

    assert ids(service, "api_style") == ["html", "rest"]


def test_a_program_that_links_the_server_to_print_its_api_is_no_server(tmp_path):
    services = found(
        tmp_path,
        {
            "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n',
            "crates/server/Cargo.toml": '[package]\nname = "server"\n[dependencies]\naxum = "0.8"\nsqlx = "0.8"\n',
            "crates/server/src/main.rs": "fn main() {}\n",
            "crates/server/src/lib.rs": "",
            "crates/openapi/Cargo.toml": '[package]\nname = "openapi"\n[dependencies]\nserver = { path = "../server" }\n',
            "crates/openapi/src/main.rs": "fn main() {}\n",
        },
    ).services
    assert [service.path for service in services] == ["crates/server"]


def test_a_client_library_with_examples_of_servers_is_no_service(tmp_path):
    crate = '[package]\nname = "client"\n[dependencies]\nreqwest = "0.12"\naxum = { version = "0.8", optional = true }\n'
    files = {"Cargo.toml": crate, "src/lib.rs": "", "examples/web/src/main.rs": "fn main() {}\n"}
    assert found(tmp_path / "client", files).services == ()
    assert len(found(tmp_path / "server", {**files, "src/main.rs": "fn main() {}\n"}).services) == 1
    below = {f"client/{path}": text for path, text in files.items()}
    assert found(tmp_path / "below", {**below, "Cargo.toml": '[workspace]\nmembers = ["client"]\n'}).services == ()


def test_the_program_of_a_pipeline_or_of_the_infrastructure_is_no_service(tmp_path):
    go = "module acme/build\n\nrequire github.com/99designs/gqlgen v0.17.0\n"
    files = {"go.mod": "module acme\n\nrequire github.com/go-chi/chi/v5 v5.0.0\n", "main.go": "package main\n\nfunc main() {}\n"}
    files |= {"pipe/go.mod": go, "pipe/main.go": "package main\n\nfunc main() {}\n"}
    assert [s.path for s in found(tmp_path / "two", files).services] == [".", "pipe"]
    assert [s.path for s in found(tmp_path / "dagger", {**files, "dagger.json": '{"source": "pipe"}'}).services] == ["."]
    assert [s.path for s in found(tmp_path / "pulumi", {**files, "pipe/Pulumi.yaml": "name: a\n"}).services] == ["."]


def test_spring_boot_that_is_started_by_hand_is_a_service(tmp_path):
    build = "plugins {\n  id 'org.springframework.boot' version '3.5.0'\n}\ndependencies {\n  implementation \"org.springframework.boot:spring-boot-starter-web\", {\n    exclude module: 'x'\n  }\n}\n"
    launcher = "class Launcher { public static void main(String[] a) { var app = new SpringApplication(Config.class); app.run(a); } }\n"
    (service,) = found(tmp_path, {"build.gradle": build, "src/main/java/a/Launcher.java": launcher}).services
    assert ids(service, "framework") == ["spring-boot"]


def test_a_service_whose_endpoints_stand_in_the_project_it_refers_to_is_no_plain_grpc(tmp_path):
    def project(sdk: str, *items: str) -> str:
        return f'<Project Sdk="{sdk}"><ItemGroup>{"".join(items)}</ItemGroup></Project>\n'

    grpc = '<PackageReference Include="Grpc.AspNetCore" />'
    files = {
        "src/Api/Api.csproj": project("Microsoft.NET.Sdk.Web", grpc, '<ProjectReference Include="..\\Core\\Core.csproj" />'),
        "src/Api/Program.cs": "app.MapGrpcService<A>();\n",
        "src/Core/Core.csproj": project("Microsoft.NET.Sdk"),
        "src/Core/Orders.cs": 'class Orders { void Map(IEndpointRouteBuilder b) { b.MapPost("/orders", Create); } }\n',
    }
    assert [ids(s, "framework") for s in found(tmp_path / "both", files).services] == [["aspnetcore"]]
    files["src/Core/Orders.cs"] = "class Orders {}\n"
    assert [ids(s, "framework") for s in found(tmp_path / "plain", files).services] == [["grpc"]]


def test_a_connection_string_of_postgresql_is_known_by_its_port(tmp_path):
    web = '<Project Sdk="Microsoft.NET.Sdk.Web"><ItemGroup>{}</ItemGroup></Project>\n'
    drivers = ("Npgsql", "MongoDB.Driver", "Microsoft.EntityFrameworkCore.SqlServer")
    files = {
        "Api.csproj": web.format("".join(f'<PackageReference Include="{name}" />' for name in drivers)),
        "Program.cs": 'app.MapGet("/a", A);\n',
        "appsettings.json": '{"Sql": {"ConnectionString": "Server=localhost;Port=5432;Database=a;User Id=b"}, "Mongo": "mongodb://localhost"}\n',
    }
    (service,) = found(tmp_path, files).services
    assert sorted(ids(service, "databases")) == ["mongodb", "postgresql"]


def test_the_servers_of_ci_tell_the_stores_that_a_driver_is_there_for(tmp_path):
    pyproject = '[project]\nname = "a"\ndependencies = ["fastapi", "sqlalchemy", "asyncpg", "aiomysql", "aiosqlite", "psycopg2"]\n'
    flow = "jobs:\n  test:\n    services:\n      a:\n        image: postgres:16\n      b:\n        image: mysql:8\n      c:\n        image: mongo:7\n"
    files = {"pyproject.toml": pyproject, "app/main.py": "from fastapi import FastAPI\napp = FastAPI()\n", ".github/workflows/ci.yml": flow}
    (service,) = found(tmp_path, files).services
    assert sorted(ids(service, "databases")) == ["mysql", "postgresql"]


def test_a_project_whose_scripts_are_of_hatch_is_managed_by_it(tmp_path):
    def manager(folder, more):
        files = {"pyproject.toml": f'[project]\nname = "a"\ndependencies = ["fastapi"]\n{more}', "app/main.py": "app = FastAPI()\n"}
        return ids(found(tmp_path / folder, files).services[0], "package_manager")

    assert manager("scripts", '[tool.hatch.envs.default.scripts]\ntest = "pytest"\n') == ["hatch"]
    assert manager("build", '[tool.hatch.build]\ninclude = ["app"]\n') == ["pip"]


def test_the_formatter_that_spotless_runs_is_told(tmp_path):
    build = 'plugins {\n  id("com.diffplug.spotless") version "8.0"\n  id("io.ktor.plugin") version "3.0"\n  application\n}\ndependencies {\n  implementation("io.ktor:ktor-server-core:3.0")\n}\nspotless {\n  kotlin {\n    ktlint()\n  }\n}\n'
    files = {"build.gradle.kts": build, "src/main/kotlin/App.kt": "fun main() {}\n"}
    assert sorted(ids(found(tmp_path, files).services[0], "lint")) == ["ktlint", "spotless"]


def test_mariadb_is_told_beside_mysql_where_the_deployment_runs_it(tmp_path):
    files = {**FASTAPI, "alembic.ini": "sqlalchemy.url = mysql://localhost/shop\n"}
    files["pyproject.toml"] = FASTAPI["pyproject.toml"].replace("asyncpg", "aiomysql")
    assert ids(found(tmp_path / "a", files).services[0], "databases") == ["mysql"]
    files["docker-compose.yml"] = "services:\n  db:\n    image: mariadb:11\n"
    assert ids(found(tmp_path / "b", files).services[0], "databases") == ["mysql", "mariadb"]


def test_the_tests_of_django_are_told_before_robots(tmp_path):
    files = {"requirements.txt": "django\nrobotframework\n", "manage.py": "", "shop/tests.py": "", "shop/settings.py": ""}
    assert ids(found(tmp_path, files).services[0], "test") == ["django-test"]


def test_the_package_of_a_new_spring_project_is_no_folder_of_examples(tmp_path):
    build = "plugins {\n  id 'org.springframework.boot' version '3.5.0'\n}\ndependencies {\n  implementation 'org.springframework.boot:spring-boot-starter-web'\n}\n"
    program = "package com.example.demo;\n@SpringBootApplication\nclass DemoApplication {}\n"
    path = "src/main/java/com/example/demo/DemoApplication.java"
    assert len(found(tmp_path / "one", {"build.gradle": build, path: program}).services) == 1
    files = {"settings.gradle": "include 'api'\n", "api/build.gradle": build, f"api/{path}": program}
    assert [s.path for s in found(tmp_path / "module", files).services] == ["api"]
