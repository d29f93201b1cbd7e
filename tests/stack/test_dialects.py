"""One small manifest of each dialect: what it declares, in which scope, on which line."""

import pytest

from backend_agent.repository.files import Repository
from backend_agent.stack import manifests, units

CASES = {
    "PEP 621, groups and tools": (
        "pyproject.toml",
        '[project]\nname = "a"\ndependencies = ["fastapi>=0.1", "sqlalchemy[asyncio]"]\n[project.optional-dependencies]\npg = ["asyncpg"]\n'
        '[dependency-groups]\ndev = ["ruff"]\ntest = ["pytest"]\n[tool.uv]\ndev-dependencies = ["mypy"]\n'
        '[tool.pdm.dev-dependencies]\nlint = ["black"]\n[tool.hatch.envs.test]\ndependencies = ["coverage"]\n',
        {
            "fastapi": "runtime",
            "sqlalchemy": "runtime",
            "asyncpg": "optional",
            "ruff": "dev",
            "pytest": "test",
            "mypy": "dev",
            "black": "dev",
            "coverage": "test",
        },
    ),
    "Poetry": (
        "pyproject.toml",
        '[tool.poetry]\nname = "a"\n[tool.poetry.dependencies]\npython = "^3.12"\ndjango = "^5"\npsycopg = {version = "^3", optional = true}\n'
        '[tool.poetry.group.test.dependencies]\npytest = "*"\n[tool.poetry.dev-dependencies]\nblack = "*"\n',
        {"django": "runtime", "psycopg": "optional", "pytest": "test", "black": "dev"},
    ),
    "requirements": (
        "requirements.txt",
        "flask==3.0 ; python_version > '3.8'\n# no\nsqlalchemy \\\n  --hash=sha256:00\n",
        {"flask": "runtime", "sqlalchemy": "runtime"},
    ),
    "Pipfile": ("Pipfile", '[packages]\nflask = "*"\n[dev-packages]\npytest = "*"\n', {"flask": "runtime", "pytest": "dev"}),
    "setup.py": (
        "setup.py",
        "setup(name='a', install_requires=['flask'], extras_require={'dev': ['black']}, tests_require=['pytest'])\n",
        {"flask": "runtime", "black": "dev", "pytest": "test"},
    ),
    "setup.cfg": (
        "setup.cfg",
        "[metadata]\nname = a\n[options]\ninstall_requires =\n    flask>=3\n[options.extras_require]\ntest =\n    pytest\n",
        {"flask": "runtime", "pytest": "test"},
    ),
    "conda": (
        "environment.yml",
        "dependencies:\n  - python=3.12\n  - conda-forge::fastapi=0.1\n  - pip\n  - pip:\n    - sqlalchemy\n    - -r more.txt\n",
        {"fastapi": "runtime", "sqlalchemy": "runtime"},
    ),
    "npm": (
        "package.json",
        '{"dependencies": {"express": "^5"}, "devDependencies": {"jest": "^30"}, "optionalDependencies": {"pg": "^8"}}',
        {"express": "runtime", "jest": "dev", "pg": "optional"},
    ),
    "Deno": (
        "deno.json",
        '{"imports": {"oak": "jsr:@oak/oak@^17", "x": "npm:zod@4", "$fresh/": "https://deno.land/x/fresh@1.7/", "~/": "./"}}',
        {"@oak/oak": "runtime", "zod": "runtime", "deno:fresh": "runtime"},
    ),
    "Go": (
        "go.mod",
        "module a\n\nrequire (\n\tgithub.com/gin-gonic/gin v1.10.0\n\tgolang.org/x/text v0.1.0 // indirect\n)\ntool example.org/lint/cmd\n",
        {"github.com/gin-gonic/gin": "runtime", "golang.org/x/text": "runtime", "example.org/lint/cmd": "dev"},
    ),
    "Cargo": (
        "Cargo.toml",
        '[package]\nname = "a"\n[dependencies]\naxum = "0.8"\nsqlx = { version = "0.8", optional = true }\n[dev-dependencies]\ninsta = "1"\n'
        "[target.'cfg(unix)'.dependencies]\nnix = \"0.30\"\n",
        {"axum": "runtime", "sqlx": "optional", "insta": "dev", "nix": "runtime"},
    ),
    "Maven": (
        "pom.xml",
        "<project><dependencyManagement><dependencies><dependency><groupId>b</groupId><artifactId>bom</artifactId><type>pom</type><scope>import</scope>"
        "</dependency></dependencies></dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>web</artifactId></dependency>"
        "<dependency><groupId>j</groupId><artifactId>junit</artifactId><scope>test</scope></dependency></dependencies></project>",
        {"g:web": "runtime", "j:junit": "test"},
    ),
    "Gradle in Groovy": (
        "build.gradle",
        "dependencies {\n  implementation 'g:web:1'\n  testImplementation group: 'j', name: 'junit', version: '5'\n  implementation platform('b:bom:1')\n}\n",
        {"g:web": "runtime", "j:junit": "test", "b:bom": "optional"},
    ),
    "Gradle in Kotlin": (
        "build.gradle.kts",
        'dependencies {\n  implementation("g:web:1")\n  testImplementation(kotlin("test"))\n}\n',
        {"g:web": "runtime", "org.jetbrains.kotlin:kotlin-test": "test"},
    ),
    ".NET": (
        "Api.csproj",
        '<Project Sdk="Microsoft.NET.Sdk.Web"><ItemGroup><PackageReference Include="Dapper" />'
        '<PackageReference Include="StyleCop.Analyzers" PrivateAssets="all" /></ItemGroup></Project>',
        {"Dapper": "runtime", "StyleCop.Analyzers": "dev"},
    ),
    "Bundler": (
        "Gemfile",
        'gem "rails", "~> 8"\ngroup :test do\n  gem "rspec"\nend\ngem "rubocop", group: :development\n',
        {"rails": "runtime", "rspec": "test", "rubocop": "dev"},
    ),
    "a gemspec": (
        "a.gemspec",
        's.name = "a"\ns.add_dependency "rack", "~> 3"\ns.add_development_dependency "rake"\n',
        {"rack": "runtime", "rake": "dev"},
    ),
    "Composer": (
        "composer.json",
        '{"require": {"php": ">=8.3", "laravel/framework": "^12"}, "require-dev": {"phpunit/phpunit": "^12"}}',
        {"laravel/framework": "runtime", "phpunit/phpunit": "dev"},
    ),
    "Mix": (
        "mix.exs",
        'defp deps do\n  [{:phoenix, "~> 1.8"}, {:credo, "~> 1", only: [:dev, :test]}, {:mox, "~> 1", only: :test}, {:b, in_umbrella: true}]\nend\n',
        {"phoenix": "runtime", "credo": "dev", "mox": "test"},
    ),
    "sbt": (
        "build.sbt",
        'libraryDependencies ++= Seq("org.http4s" %% "http4s-dsl" % "0.23", "org.scalameta" %% "munit" % "1" % Test)\n',
        {"org.http4s:http4s-dsl": "runtime", "org.scalameta:munit": "test"},
    ),
    "Mill": ("build.mill", 'def mvnDeps = Seq(mvn"org.http4s::http4s-dsl:0.23")\n', {"org.http4s:http4s-dsl": "runtime"}),
    "deps.edn": (
        "deps.edn",
        '{:deps {ring/ring-core {:mvn/version "1.12"}} :aliases {:test {:extra-deps {lambdaisland/kaocha {:mvn/version "1"}}}}}',
        {"ring/ring-core": "runtime", "lambdaisland/kaocha": "test"},
    ),
    "Leiningen": (
        "project.clj",
        '(defproject a "0" :dependencies [[ring "1.9"]] :profiles {:dev {:dependencies [[midje "1"]]}})',
        {"ring": "runtime", "midje": "dev"},
    ),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_dialect_declares_its_packages_in_their_scopes(name):
    path, text, expected = CASES[name]
    manifest = manifests.parse(path, text)

    found = {one.name: one.scope for one in manifest.dependencies if "[" not in one.name and one.name != "php"}
    assert found == expected
    assert all(one.line >= 1 for one in manifest.dependencies)
    assert manifest.problems == []


def read(tmp_path, files):
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return {unit.path: unit for unit in units.read(Repository(str(tmp_path)))}


def test_files_that_a_requirements_file_takes_in_count_and_constraints_do_not(tmp_path):
    found = read(
        tmp_path,
        {"requirements.txt": "-r common/base.txt\n-c pins.txt\nflask\n", "common/base.txt": "sqlalchemy\n", "pins.txt": "celery==5\n"},
    )

    assert sorted(found["."].deps) == ["flask", "sqlalchemy"]
    assert found["."].deps["sqlalchemy"][1] == "common/base.txt"


def test_what_pip_compile_wrote_for_another_package_is_transitive(tmp_path):
    found = read(
        tmp_path, {"requirements.txt": "# pip-compile\nflask==3\n    # via -r requirements.in\nitsdangerous==2\n    # via flask\n"}
    )

    assert {name: dependency.direct for name, (dependency, _path) in found["."].deps.items()} == {"flask": True, "itsdangerous": False}


def test_members_of_a_workspace_refer_to_each_other(tmp_path):
    found = read(
        tmp_path,
        {
            "go.work": "go 1.25\nuse (\n\t./api\n\t./lib\n)\n",
            "api/go.mod": "module example.org/api\nrequire example.org/lib v0.0.0\nreplace example.org/lib => ../lib\n",
            "lib/go.mod": "module example.org/lib\nrequire gorm.io/gorm v1.30.0\n",
        },
    )

    assert [unit.path for unit in found["api"].closure()] == ["lib"]


def test_a_crate_inherits_what_its_workspace_declares(tmp_path):
    found = read(
        tmp_path,
        {
            "Cargo.toml": '[workspace]\nmembers = ["api"]\n[workspace.dependencies]\nweb = { package = "axum", version = "0.8" }\n',
            "api/Cargo.toml": '[package]\nname = "api"\n[dependencies]\nweb.workspace = true\n',
        },
    )

    assert "axum" in found["api"].deps
    assert found["api"].deps["axum"][0].version == "0.8"


@pytest.mark.parametrize(
    "files",
    [
        {"pnpm-workspace.yaml": "packages:\n  - apps/*\ncatalog:\n  express: ^5.1.0\n", "pnpm-lock.yaml": ""},
        {"package.json": '{"workspaces": ["apps/*"], "catalog": {"express": "^5.1.0"}}', "bun.lock": ""},
        {"package-lock.json": '{\n  "packages": {\n    "node_modules/express": {\n      "version": "5.1.0",\n'},
        {"yarn.lock": '"express@catalog:":\n  version "5.1.0"\n'},
        {"pnpm-lock.yaml": "packages:\n  express@5.1.0:\n    resolution: {}\n"},
        {"bun.lock": '{\n  "packages": {\n    "express": ["express@5.1.0", "", {}],\n'},
    ],
    ids=["a catalog of pnpm", "a catalog of bun", "npm's lock", "yarn's lock", "pnpm's lock", "bun's lock"],
)
def test_a_version_that_the_manifest_leaves_open_stands_in_a_catalog_or_a_lock(tmp_path, files):
    manifest = '{"name": "api", "dependencies": {"express": "catalog:"}}'
    found = read(tmp_path, {**files, "apps/api/package.json": manifest})

    assert found["apps/api"].deps["express"][0].version.lstrip("^") == "5.1.0"


def test_central_packages_and_props_above_a_project_count_for_it(tmp_path):
    found = read(
        tmp_path,
        {
            "Directory.Packages.props": '<Project><ItemGroup><PackageVersion Include="Dapper" Version="2.1.66" />'
            '<GlobalPackageReference Include="SonarAnalyzer.CSharp" Version="10" /></ItemGroup></Project>',
            "Directory.Build.props": '<Project><ItemGroup><PackageReference Include="Serilog" /></ItemGroup></Project>',
            "src/Api/Api.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"><ItemGroup><PackageReference Include="Dapper" />'
            '<ProjectReference Include="..\\\\Data\\\\Data.csproj" /></ItemGroup></Project>'.replace("\\\\", "\\"),
            "src/Data/Data.csproj": '<Project Sdk="Microsoft.NET.Sdk"></Project>',
        },
    )

    assert {"dapper", "serilog", "sonaranalyzer.csharp"} <= set(found["src/Api"].deps)
    assert found["src/Api"].deps["dapper"][0].version == "2.1.66"
    assert [unit.path for unit in found["src/Api"].closure()] == ["src/Data"]


def test_a_module_of_maven_has_what_its_parent_declares(tmp_path):
    found = read(
        tmp_path,
        {
            "pom.xml": "<project><groupId>a</groupId><artifactId>root</artifactId><packaging>pom</packaging><modules><module>api</module></modules>"
            "<dependencies><dependency><groupId>g</groupId><artifactId>log</artifactId></dependency></dependencies></project>",
            "api/pom.xml": "<project><parent><groupId>a</groupId><artifactId>root</artifactId></parent><artifactId>api</artifactId></project>",
        },
    )

    assert "g:log" in found["api"].deps
