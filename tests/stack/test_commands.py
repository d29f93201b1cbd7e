"""Verify commands: the project's own words first, nothing where there is nothing, from the right folder."""

from pathlib import Path

import pytest

from backend_agent import catalog
from backend_agent.repository.files import Repository
from backend_agent.stack import kinds, words
from backend_agent.stack.commands import kinds_of, verify_commands
from backend_agent.stack.services import Evidence, Service, Value
from backend_agent.stack.words import ci

CATALOG = catalog.load("verify", "commands")


def repository(tmp_path: Path, files: dict[str, str]) -> Repository:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Repository(str(tmp_path))


def service(path: str = ".", language: str = "python", manager: str = "", **values: str) -> Service:
    given = {name: Value((value,)) for name, value in values.items()}
    return Service(path, "backend", Value((language,)), Value(), package_manager=Value((manager,) if manager else ()), **given)


def first(found: dict[str, tuple], kind: str) -> tuple[str, str]:  # type: ignore[type-arg]
    return (found[kind][0].cmd, found[kind][0].cwd)


@pytest.mark.parametrize(("kind", "command"), [(kind, one) for kind, every in CATALOG["matches"].items() for one in every])
def test_a_command_of_the_catalog_has_its_kind(kind: str, command: str) -> None:
    assert kind in kinds_of(command)


@pytest.mark.parametrize(("kind", "command"), [(kind, one) for kind, every in CATALOG["misses"].items() for one in every])
def test_a_near_miss_of_the_catalog_has_not(kind: str, command: str) -> None:
    assert kind not in kinds_of(command)


UPLOADS = [(program, rule) for program, rule in CATALOG["uploads"].items()]


@pytest.mark.parametrize(("program", "rule"), UPLOADS, ids=[program for program, _ in UPLOADS])
def test_words_that_upload_match_their_examples_and_no_near_miss(program: str, rule: dict[str, list[str]]) -> None:
    assert [word for word in rule["matches"] if kinds.without_uploads(f"{program} {word}") != program] == []
    assert [word for word in rule["misses"] if kinds.without_uploads(f"{program} {word}") == program] == []


def test_a_line_of_ci_that_also_uploads_is_told_without_it_and_one_that_only_uploads_is_not_told(tmp_path: Path) -> None:
    steps = "      - run: ./mvnw -B verify org.sonarsource.scanner.maven:sonar-maven-plugin:sonar -Dsonar.projectKey=x\n      - run: mvn deploy\n"
    files = {".github/workflows/ci.yml": f"jobs:\n  test:\n    steps:\n{steps}", "pom.xml": "<project/>\n", "mvnw": "#!/bin/sh\n"}
    found = verify_commands(repository(tmp_path, files), service(language="java", manager="maven", test="junit"))
    told = {one.cmd for every in found.values() for one in every}
    assert first(found, "tests") == ("./mvnw -B verify", ".")
    assert not [cmd for cmd in told if "sonar" in cmd or "deploy" in cmd]


def test_a_make_target_that_runs_the_tests_wins_over_the_default_of_the_tool(tmp_path: Path) -> None:
    found = verify_commands(
        repository(tmp_path, {"Makefile": "PY = uv run\n\ntest:\n\t$(PY) pytest -q\n\nlint:\n\truff check .\n"}),
        service(manager="uv", test="pytest"),
    )
    assert first(found, "tests") == ("make test", ".")
    assert found["tests"][0].source == "Makefile:3"
    assert found["tests"][1].cmd == "uv run pytest"
    assert first(found, "lint") == ("make lint", ".")


def test_a_formatter_that_writes_comes_last_and_says_so(tmp_path: Path) -> None:
    package = '{"scripts": {"format": "prettier --write ."}}'
    found = verify_commands(repository(tmp_path, {"package.json": package}), service(language="typescript", manager="npm", lint="prettier"))
    assert [(one.cmd, one.writes) for one in found["format"]] == [("npx prettier --check .", False), ("npm run format", True)]


def test_nothing_is_claimed_where_there_is_nothing(tmp_path: Path) -> None:
    package = '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1", "start": "node ."}}'
    assert verify_commands(repository(tmp_path, {"package.json": package}), service(language="javascript", manager="npm")) == {}


def test_the_scripts_of_a_frontend_beside_it_say_nothing_about_a_python_service(tmp_path: Path) -> None:
    files = {
        "package.json": '{"scripts": {"test": "jest", "lint": "eslint ."}}',
        ".github/workflows/ci.yml": "jobs:\n  t:\n    steps:\n      - run: npm test\n",
    }
    assert verify_commands(repository(tmp_path, files), service()) == {}


def test_a_line_of_ci_is_taken_with_its_folder_and_through_the_project_s_environment(tmp_path: Path) -> None:
    flow = "jobs:\n  test:\n    defaults:\n      run:\n        working-directory: api\n    steps:\n      - run: |\n          pip install x\n          mypy src\n"
    found = verify_commands(repository(tmp_path, {".github/workflows/ci.yml": flow}), service("api", manager="poetry"))
    assert first(found, "types") == ("poetry run mypy src", "api")
    assert found["types"][0].source == ".github/workflows/ci.yml:9"
    assert set(found) == {"types"}


def test_a_line_of_ci_for_another_service_is_not_ours(tmp_path: Path) -> None:
    flow = "jobs:\n  build:\n    steps:\n      - run: go test ./...\n        working-directory: other\n"
    assert "tests" not in verify_commands(repository(tmp_path, {".github/workflows/ci.yml": flow}), service("api", "go"))


def test_scripts_that_call_each_other_in_a_circle_end(tmp_path: Path) -> None:
    package = '{"scripts": {"a": "npm run b", "b": "npm run a && jest"}}'
    found = verify_commands(repository(tmp_path, {"package.json": package}), service(language="javascript", manager="npm"))
    assert {one.cmd for one in found["tests"]} == {"npm run a", "npm run b"}


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (".gitlab-ci.yml", "test:\n  script:\n    - cd api\n    - go test ./...\n", [("api", "go test ./...")]),
        (
            ".circleci/config.yml",
            "jobs:\n  b:\n    steps:\n      - run:\n          command: |\n            mix test\n",
            [(".", "mix test")],
        ),
        (".travis.yml", "script:\n  - yarn lint\n  - yarn test\n", [(".", "yarn lint"), (".", "yarn test")]),
        ("Jenkinsfile", "stage('t') { sh './gradlew test' }", [(".", "./gradlew test")]),
        (".github/workflows/a.yml", "jobs:\n  build:\n    runs-on: x\n    steps:\n      - run: make \\\n", [(".", "make \\")]),
    ],
)
def test_each_dialect_of_ci_gives_its_lines(tmp_path: Path, path: str, text: str, expected: list[tuple[str, str]]) -> None:
    assert [(one.folder, one.body[0]) for one in ci.lines(repository(tmp_path, {path: text}), path)] == expected


@pytest.mark.parametrize(
    ("path", "text", "name", "run"),
    [
        ("justfile", "check:\n    ruff check .\n", "check", "just check"),
        ("Taskfile.yml", "tasks:\n  test:\n    cmds:\n      - go test ./...\n", "test", "task test"),
        ("tox.ini", "[testenv:lint]\ncommands =\n    ruff check .\n", "lint", "tox -e lint"),
        ("noxfile.py", "@nox.session\ndef tests(session):\n    session.run('pytest')\n", "tests", "nox -s tests"),
        ("pyproject.toml", '[tool.poe.tasks]\nlint = "ruff check ."\n', "lint", "poe lint"),
        ("mix.exs", 'defp aliases do\n  [\n    ci: ["test"]\n  ]\nend\n', "ci", "mix ci"),
        ("scripts/test", "#!/usr/bin/env bash\npytest\n", "test", "./scripts/test"),
        (".cargo/config.toml", '[alias]\nlint = "clippy"\n', "lint", "cargo lint"),
        ("Rakefile", "task default: [:test]\n", "default", "bundle exec rake"),
    ],
)
def test_each_dialect_of_named_scripts_is_read(tmp_path: Path, path: str, text: str, name: str, run: str) -> None:
    assert (name, run) in [(one.name, one.run) for one in words.scripts(repository(tmp_path, {path: text}), ".")]


def test_the_tests_of_dotnet_run_where_the_solution_lies(tmp_path: Path) -> None:
    found = verify_commands(repository(tmp_path, {"App.sln": "", "src/Api/Api.csproj": ""}), service("src/Api", "csharp", test="xunit"))
    assert first(found, "tests") == ("dotnet test", ".")


def test_what_runs_before_a_start_is_no_build_and_what_a_wrapper_runs_is(tmp_path: Path) -> None:
    package = '{"scripts": {"prestart": "tsc", "with-env": "dotenv -e .env --", "build": "pnpm with-env next build"}}'
    found = verify_commands(repository(tmp_path, {"package.json": package}), service(language="typescript", manager="pnpm"))
    assert [one.cmd for one in found["build"]] == ["pnpm run build"]


def kept_in(database: str, path: Path, files: dict[str, str], language: str = "python", test: str = "pytest") -> bool:
    """Whether the tests command of a service that keeps its data in `database` is said to need it."""
    return verify_commands(repository(path, files), service(language=language, test=test, databases=database))["tests"][0].needs_db


def test_tests_of_a_service_with_a_database_need_it_where_nothing_says_otherwise(tmp_path: Path) -> None:
    assert kept_in("postgresql", tmp_path, {"app.py": "import psycopg\n", "tests/test_a.py": "def test_a(): pass\n"})


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tests.py", "class TestConfig(Config):\n    SQLALCHEMY_DATABASE_URI = 'sqlite://'\n"),
        ("tests/conftest.py", "engine = create_engine('sqlite:///:memory:')\n"),
        ("app/settings.py", "class Prod:\n    URI = 'postgresql://db'\n\nclass TestConfig:\n    URI = 'sqlite://'\n"),
        ("config/database.yml", "production:\n  adapter: postgresql\ntest:\n  adapter: sqlite3\n"),
        ("phpunit.xml", '<phpunit><php><env name="DB_CONNECTION" value="sqlite"/></php></phpunit>\n'),
        ("src/test/resources/application.properties", "spring.datasource.url=jdbc:h2:mem:test\n"),
        ("test/testdb/database.go", 'package testdb\n\nvar db, _ = gorm.Open("sqlite3", "x")\n'),
    ],
)
def test_tests_whose_configuration_names_a_database_in_the_process_need_no_server(tmp_path: Path, path: str, text: str) -> None:
    assert not kept_in("postgresql", tmp_path, {path: text, "test/README.md": "x"})


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tests/conftest.py", "engine = create_engine('postgresql+psycopg://localhost/test')\n"),
        ("app/settings.py", "class Dev:\n    URI = 'sqlite://'\n\nclass TestConfig:\n    URI = os.environ['DATABASE_URL']\n"),
        ("config/database.yml", "development:\n  adapter: sqlite3\ntest:\n  adapter: postgresql\n"),
    ],
)
def test_a_database_in_the_process_that_is_not_for_the_tests_says_nothing(tmp_path: Path, path: str, text: str) -> None:
    assert kept_in("postgresql", tmp_path, {path: text})


def test_a_ci_that_runs_the_tests_without_a_server_shows_that_they_need_none(tmp_path: Path) -> None:
    job = "jobs:\n  test:\n    steps:\n      - run: make test\n"
    files = {".github/workflows/ci.yml": job, "Makefile": "test:\n\tpytest\n"}
    assert not kept_in("postgresql", tmp_path / "without", files)
    files[".github/workflows/ci.yml"] = job.replace("    steps:", "    services:\n      db: {image: 'postgres:16'}\n    steps:")
    assert kept_in("postgresql", tmp_path / "with", files)


def test_spring_tests_on_h2_unless_its_configuration_names_a_server(tmp_path: Path) -> None:
    build = {"pom.xml": "<project><dependency><groupId>com.h2database</groupId></dependency></project>\n"}
    shipped = "src/main/resources/application.properties"
    maven = {"language": "java", "test": "junit"}
    for name, text, expected in (("h2", "database=h2\n", False), ("pg", "spring.datasource.url=jdbc:postgresql://db/x\n", True)):
        given = service(manager="maven", databases="postgresql", **maven)
        found = verify_commands(repository(tmp_path / name, {**build, shipped: text}), given)
        assert found["tests"][0].needs_db is expected


def test_what_a_loop_of_ci_runs_is_no_command_and_what_a_branch_runs_comes_later(tmp_path: Path) -> None:
    text = (
        "jobs:\n  test:\n    steps:\n      - run: |\n          for one in a b; do\n            pushd $one\n            go test\n            popd\n          done\n"
        '      - run: |\n          if [ -n "x" ]; then\n            go test ./some/...\n          fi\n          go test -race ./...\n'
    )
    found = verify_commands(repository(tmp_path, {".github/workflows/ci.yml": text}), service(language="go", manager="go", test="go-test"))

    assert [one.cmd for one in found["tests"]] == ["go test -race ./...", "go test ./some/...", "go test ./..."]


def test_a_chain_of_ci_is_taken_apart_and_what_only_prepares_is_left_out(tmp_path: Path) -> None:
    text = "jobs:\n  a:\n    steps:\n      - run: chmod +x gradlew && ./gradlew build\n      - run: cd api && npm ci && npm run lint\n"
    found = verify_commands(
        repository(tmp_path, {".github/workflows/ci.yml": text, "gradlew": ""}), service(language="java", manager="gradle", test="junit")
    )
    assert first(found, "tests") == ("./gradlew build", ".")

    text = "jobs:\n  a:\n    steps:\n      - run: uv sync && uv run ruff check . && uv run mypy app\n"
    found = verify_commands(repository(tmp_path, {".github/workflows/ci.yml": text}), service(manager="uv", lint="ruff", typecheck="mypy"))
    assert (first(found, "lint"), first(found, "types")) == (("uv run ruff check .", "."), ("uv run mypy app", "."))


def test_the_plain_check_of_every_change_comes_before_that_of_a_release_or_of_another_project(tmp_path: Path) -> None:
    files = {
        ".github/workflows/a-release.yml": "jobs:\n  a:\n    steps:\n      - run: ./mvnw verify -P release\n",
        ".github/workflows/test.yml": "jobs:\n  a:\n    steps:\n      - run: ./mvnw -B verify\n",
        "mvnw": "",
    }
    found = verify_commands(repository(tmp_path, files), service(language="java", manager="maven", test="junit"))
    assert first(found, "tests") == ("./mvnw -B verify", ".")

    text = "jobs:\n  a:\n    steps:\n      - run: dotnet test tests/Mobile/Mobile.csproj\n      - run: dotnet test Shop.slnf\n"
    found = verify_commands(
        repository(tmp_path, {".github/workflows/test.yml": text}), service("src/Shop", language="csharp", manager="nuget", test="xunit")
    )
    assert first(found, "tests") == ("dotnet test Shop.slnf", ".")


def test_a_script_that_runs_what_we_do_not_know_is_taken_by_its_name_where_ci_calls_it(tmp_path: Path) -> None:
    files = {
        "run-tests.sh": "#!/bin/sh\n$TEST_COMMAND --all\n",
        "lint-one.sh": '#!/bin/sh\nservice="$1"\ncd "$service"\ngolangci-lint run\n',
        ".github/workflows/ci.yml": "jobs:\n  a:\n    steps:\n      - run: ./run-tests.sh\n      - run: ./lint-one.sh shop\n",
    }
    found = verify_commands(repository(tmp_path, files), service(language="go", manager="go"))

    assert first(found, "tests") == ("./run-tests.sh", ".")
    assert "lint" not in found


def test_a_make_target_is_followed_into_a_shell_script_of_the_same_name(tmp_path: Path) -> None:
    files = {
        "Makefile": "test:\n\t./scripts/test.sh shop\n",
        "scripts/test.sh": '#!/bin/sh\ncd "./services/$1"\nenv $(cat .env | xargs) go test ./...\n',
    }
    assert first(verify_commands(repository(tmp_path, files), service(language="go", manager="go")), "tests") == ("make test", ".")


def test_tests_of_a_crate_run_in_its_workspace_and_those_of_an_nx_project_by_its_name(tmp_path: Path) -> None:
    files = {"Cargo.toml": '[workspace]\nmembers = ["server"]\n', "server/Cargo.toml": '[package]\nname = "server"\n'}
    found = verify_commands(repository(tmp_path, files), service("server", language="rust", manager="cargo", test="cargo-test"))
    assert first(found, "tests") == ("cargo test", ".")

    files = {"nx.json": "{}", "package.json": "{}", "apps/api/project.json": '{"name": "shop-api", "projectType": "application"}'}
    found = verify_commands(
        repository(tmp_path, files), service("apps/api", language="typescript", manager="npm", test="jest", lint="eslint")
    )
    assert (first(found, "tests"), first(found, "lint")) == (("npx nx test shop-api", "."), ("npx nx lint shop-api", "."))


@pytest.mark.parametrize(
    ("files", "language", "expected"),
    [
        ({"deps.edn": '{:aliases {:test {:extra-paths ["test"] :main-opts ["-m" "kaocha.runner"]}}}'}, "clojure", "clojure -M:test"),
        ({"deps.edn": "{:aliases {:test {:exec-fn cognitect.test-runner.api/test}}}"}, "clojure", "clojure -X:test"),
        ({"build.clj": '(ns build)\n(defn test "Run all." [opts]\n  opts)\n'}, "clojure", "clojure -T:build test"),
        ({"bb.edn": '{:tasks {test {:doc "all" :task (shell "clojure -M:test")}}}'}, "clojure", "bb test"),
        ({"magefile.go": 'package main\n\nfunc Test() error {\n\treturn sh.RunV("go", "test", "./...")\n}\n'}, "go", "mage test"),
        ({"mise.toml": '[tasks.test]\nrun = "uv run pytest"\n'}, "python", "mise run test"),
        ({"Taskfile.yml": "tasks:\n  py:test:\n    cmds:\n      - poetry run pytest\n"}, "python", "task py:test"),
    ],
)
def test_more_dialects_of_named_tasks_are_read(tmp_path: Path, files: dict[str, str], language: str, expected: str) -> None:
    assert first(verify_commands(repository(tmp_path, files), service(language=language)), "tests") == (expected, ".")


@pytest.mark.parametrize(("command", "checking"), CATALOG["checking"].items())
def test_a_command_that_writes_has_a_form_that_only_checks(command: str, checking: str) -> None:
    assert kinds.checking(command, ()) == checking


def package(scripts: str) -> str:
    return f'{{"name": "@shop/api", "scripts": {{{scripts}}}}}'


def test_a_script_that_writes_is_told_after_what_checks_the_same_files(tmp_path: Path) -> None:
    text = package('"lint": "eslint \\"{src,test}/**/*.ts\\" --fix", "format": "prettier --write \\"src/**/*.ts\\""')
    found = verify_commands(repository(tmp_path, {"package.json": text}), service(language="typescript", manager="npm", lint="eslint"))
    assert first(found, "lint") == ('npx eslint "{src,test}/**/*.ts"', ".")
    assert [one.cmd for one in found["lint"]] == ['npx eslint "{src,test}/**/*.ts"', "npx eslint .", "npm run lint"]
    assert first(found, "format") == ('npx prettier --check "src/**/*.ts"', ".")
    assert [one.writes for one in found["format"]] == [False, True]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cargo +${{ steps.toolchain.outputs.name }} test --workspace", "cargo test --workspace"),
        ("cargo test ${{ matrix.flags }}", ""),
        ('cargo test --message "', ""),
        ("cargo llvm-cov report --html", ""),
    ],
)
def test_a_line_of_ci_is_told_where_a_person_can_type_it(tmp_path: Path, line: str, expected: str) -> None:
    text = f"jobs:\n  test:\n    steps:\n      - run: {line}\n"
    found = verify_commands(repository(tmp_path, {".github/workflows/ci.yml": text}), service(language="rust", manager="cargo"))
    assert [one.cmd for one in found.get("tests", ())] == ([expected] if expected else [])


def test_what_ci_adds_behind_the_dashes_of_a_script_counts(tmp_path: Path) -> None:
    ci_file = "jobs:\n  test:\n    steps:\n      - run: npm run build -- --noEmit\n"
    files = {"package.json": package('"build": "tsc"'), ".github/workflows/ci.yml": ci_file}
    found = verify_commands(repository(tmp_path, files), service(language="typescript", manager="npm", typecheck="tsc"))
    assert first(found, "types") == ("npm run build -- --noEmit", ".")
    assert first(found, "build") == ("npm run build", ".")


def test_the_tasks_that_the_gradle_action_runs_are_lines_of_ci(tmp_path: Path) -> None:
    text = (
        "jobs:\n  test:\n    steps:\n      - uses: gradle/gradle-build-action@v3\n        with:\n          arguments: build --stacktrace\n"
    )
    found = verify_commands(
        repository(tmp_path, {"ci.yml": "", ".github/workflows/ci.yml": text}), service(language="java", manager="gradle")
    )
    assert first(found, "tests") == ("./gradlew build --stacktrace", ".")


def test_a_script_of_the_workspace_for_another_package_is_not_ours(tmp_path: Path) -> None:
    root = '{"scripts": {"build:web": "nx build @shop/web", "build:api": "nx build @shop/api", "test": "lerna run test:watch"}}'
    files = {"package.json": root, "apps/api/package.json": package('"start": "node ."'), "nx.json": "{}", "pnpm-lock.yaml": ""}
    found = verify_commands(repository(tmp_path, files), service("apps/api", "typescript", "pnpm"))
    assert [one.cmd for one in found["build"]] == ["pnpm run build:api"]
    assert "tests" not in found


def test_the_runner_of_a_workspace_is_no_command_of_a_package_without_tests(tmp_path: Path) -> None:
    files = {"apps/api/package.json": package(""), "apps/api/src/app.ts": "", "apps/web/package.json": "{}", "apps/web/src/app.spec.ts": ""}
    held = repository(tmp_path, files)
    assert "tests" not in verify_commands(held, service("apps/api", "typescript", "npm", test="jest"))
    assert first(verify_commands(held, service("apps/web", "typescript", "npm", test="jest")), "tests") == ("npx jest", "apps/web")


def test_scripts_of_composer_call_each_other_by_an_at_sign(tmp_path: Path) -> None:
    text = '{"scripts": {"stan": ["@stan-src", "@stan-tests"], "stan-src": "phpstan analyse", "stan-tests": "phpstan analyse -c tests"}}'
    found = verify_commands(repository(tmp_path, {"composer.json": text}), service(language="php", manager="composer"))
    assert first(found, "types") == ("composer stan", ".")


def test_targets_named_by_variables_and_with_dots_are_read(tmp_path: Path) -> None:
    makefile = (
        "BIN := shop\nCHECKS += test.unit test.pylint\nCHECKS += test.shell\n\nbuild: $(BIN)\n\n$(BIN): main.go\n\tgo build -o $(BIN) ./cmd\n\n"
        "ci.test: test\n\ntest: test.unit test.pylint test.shell\n\n$(CHECKS):\n\t./run $@\n"
    )
    ci_file = "jobs:\n  test:\n    steps:\n      - run: make V=1 ci.test\n"
    held = repository(tmp_path, {"Makefile": makefile, ".github/workflows/ci.yml": ci_file})
    assert first(verify_commands(held, service(language="go", manager="go")), "build") == ("make build", ".")
    found = verify_commands(held, service(language="python"))
    assert [one.cmd for one in found["tests"]] == ["make test.unit"]
    assert first(found, "lint") == ("make test.pylint", ".")


def test_a_project_of_moonrepo_runs_its_tasks_by_its_name(tmp_path: Path) -> None:
    text = (
        'id: "shop"\ntasks:\n  test:\n    command: "go test ./..."\n    deps:\n      - "install"\n  install:\n    script: "go mod tidy"\n'
    )
    assert first(verify_commands(repository(tmp_path, {"moon.yml": text}), service(language="go")), "tests") == ("moon run shop:test", ".")


@pytest.mark.parametrize(
    ("files", "given", "kind", "expected"),
    [
        ({".golangci.yml": "version: 2\nformatters:\n  enable:\n    - gofmt\n"}, {"language": "go"}, "format", "golangci-lint fmt --diff"),
        ({".golangci.yml": "version: 2\nlinters:\n  enable:\n    - revive\n"}, {"language": "go"}, "format", ""),
        (
            {"go.mod": "module shop\n\ntool honnef.co/go/tools/cmd/staticcheck\n"},
            {"language": "go", "lint": "staticcheck"},
            "lint",
            "go tool staticcheck ./...",
        ),
        ({"go.mod": "module shop\n"}, {"language": "go", "lint": "staticcheck"}, "lint", "staticcheck ./..."),
        ({"config/application.rb": "", "bin/rails": ""}, {"language": "ruby", "test": "minitest"}, "tests", "bin/rails test"),
        ({"Rakefile": ""}, {"language": "ruby", "test": "minitest"}, "tests", "bundle exec rake test"),
        (
            {"pom.xml": "<artifactId>maven-failsafe-plugin</artifactId>"},
            {"language": "java", "manager": "maven", "test": "junit"},
            "tests",
            "mvn verify",
        ),
        ({"pom.xml": "<project/>"}, {"language": "java", "manager": "maven", "test": "junit"}, "tests", "mvn test"),
    ],
)
def test_the_default_of_a_tool_follows_what_the_project_declares(
    tmp_path: Path, files: dict[str, str], given: dict[str, str], kind: str, expected: str
) -> None:
    found = verify_commands(repository(tmp_path, files), service(**given))
    assert (found[kind][0].cmd if kind in found else "") == expected


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("", "mvn checkstyle:check"),
        ("<executions><execution><phase>validate</phase></execution></executions>", "mvn validate"),
        ("<executions><execution><goals><goal>check</goal></goals></execution></executions>", "mvn verify -DskipTests"),
    ],
)
def test_a_plugin_of_maven_runs_in_the_phase_it_is_bound_to(tmp_path: Path, block: str, expected: str) -> None:
    pom = f"<project><plugin><artifactId>maven-checkstyle-plugin</artifactId>{block}</plugin></project>"
    lint = Value(("checkstyle",), (Evidence("pom.xml", 1, "plugin:maven-checkstyle-plugin 3.6"),))
    held = service(language="java", manager="maven")._replace(lint=lint)
    assert first(verify_commands(repository(tmp_path, {"pom.xml": pom}), held), "lint") == (expected, ".")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("go test -race -json ./... 2>&1 | tee /tmp/log | go tool gotestfmt", "go test -race ./..."),
        ("go test -json ./... > report.json", "go test ./..."),
        ("vendor/bin/phpstan analyse --error-format=checkstyle | cs2pr", "vendor/bin/phpstan analyse --error-format=checkstyle"),
        ("psql < schema.sql | grep users", "psql < schema.sql"),
        ("pytest -k 'a > b'", "pytest -k 'a > b'"),
    ],
)
def test_a_line_of_ci_is_told_without_the_report_that_it_writes(line: str, expected: str) -> None:
    assert kinds.without_uploads(line) == expected


@pytest.mark.parametrize(
    ("scripts", "kind", "expected"),
    [
        ('"test": "jest", "test:unit": "jest --watch"', "tests", ["npm test"]),
        ('"test": "jest", "test:once": "jest --watch=false"', "tests", ["npm test", "npm run test:once"]),
        ('"test": "jest", "test:coveralls": "jest && coveralls"', "tests", ["npm test"]),
        ('"build": "tsc -p .", "up": "tsc -p . && docker compose up"', "build", ["npm run build", "npm run up"]),
        ('"up": "tsc -p . && docker compose up", "compile": "tsc -p ."', "build", ["npm run compile", "npm run up"]),
    ],
)
def test_a_script_that_never_ends_or_reports_is_no_check_and_one_that_also_builds_comes_last(
    tmp_path: Path, scripts: str, kind: str, expected: list[str]
) -> None:
    found = verify_commands(repository(tmp_path, {"package.json": package(scripts)}), service(language="typescript", manager="npm"))
    assert [one.cmd for one in found[kind]] == expected


@pytest.mark.parametrize(
    ("manager", "line", "expected"),
    [
        ("npm", "eslint 'src/**'", "npx eslint 'src/**'"),
        ("pnpm", "eslint src", "pnpm exec eslint src"),
        ("npm", "npx eslint src", "npx eslint src"),
        ("npm", "npm run lint", "npm run lint"),
    ],
)
def test_a_tool_that_ci_finds_among_the_packages_is_told_with_its_runner(tmp_path: Path, manager: str, line: str, expected: str) -> None:
    files = {".travis.yml": f"script:\n  - {line}\n", "package.json": package('"lint": "eslint ."' if "run" in line else "")}
    found = verify_commands(repository(tmp_path, files), service(language="javascript", manager=manager))
    assert first(found, "lint") == (expected, ".")


def test_a_formatter_of_maven_that_a_phase_applies_is_asked_to_check(tmp_path: Path) -> None:
    execution = "<executions><execution><phase>process-sources</phase><goals><goal>apply</goal></goals></execution></executions>"
    pom = f"<project><plugin><artifactId>spotless-maven-plugin</artifactId>{execution}</plugin></project>"
    lint = Value(("spotless",), (Evidence("pom.xml", 1, "plugin:spotless-maven-plugin 2.43"),))
    held = service(language="java", manager="maven")._replace(lint=lint)
    assert first(verify_commands(repository(tmp_path, {"pom.xml": pom}), held), "format") == ("mvn spotless:check", ".")


def test_a_recipe_of_just_with_defaults_is_a_command_and_one_that_wants_an_argument_is_not(tmp_path: Path) -> None:
    recipes = (
        'lint *args=".": env\n    $BIN/ruff check {{ args }}\n\ntest name="all" extra=\'a:b\':\n    pytest -k {{ name }}\n\n'
        "format +paths:\n    ruff format --check {{ paths }}\n\ntypes folder:\n    mypy {{ folder }}\n"
    )
    found = verify_commands(repository(tmp_path, {"justfile": recipes}), service())
    assert first(found, "lint") == ("just lint", ".")
    assert first(found, "tests") == ("just test", ".")
    assert "format" not in found
    assert "types" not in found


def test_a_script_that_formats_on_its_way_to_the_types_is_no_type_check(tmp_path: Path) -> None:
    scripts = (
        '[tool.hatch.envs.default.scripts]\nlint = ["ruff format .", "mypy app"]\nlint-check = ["ruff format --check .", "mypy app"]\n'
    )
    found = verify_commands(repository(tmp_path, {"pyproject.toml": scripts}), service(manager="hatch", typecheck="mypy"))
    assert first(found, "types") == ("hatch run lint-check", ".")
    assert first(found, "format") == ("hatch run lint-check", ".")


def test_what_a_composite_action_runs_is_a_line_of_ci(tmp_path: Path) -> None:
    action = "runs:\n  using: composite\n  steps:\n    - shell: bash\n      run: |\n        pip install hatch\n        hatch run cov -x\n"
    files = {
        ".github/actions/test/action.yml": action,
        "pyproject.toml": '[tool.hatch.envs.default.scripts]\ncov = "pytest --cov app {args}"\n',
    }
    found = verify_commands(repository(tmp_path, files), service(manager="hatch"))
    assert found["tests"][0].cmd.startswith("hatch run cov")


def test_a_job_that_checks_another_repository_out_says_nothing_of_this_one(tmp_path: Path) -> None:
    def job(repository: str) -> str:
        return f"    steps:\n      - uses: actions/checkout@v4\n        with:\n{repository}      - run: cargo test --verbose\n"

    sdk = "jobs:\n  sdk:\n" + job("          repository: acme/sdk-rust\n") + "  own:\n    steps:\n      - run: cargo test --locked\n"
    own = "jobs:\n  own:\n" + job("          repository: ${{ github.event.pull_request.head.repo.full_name }}\n")
    beside = "jobs:\n  own:\n" + job("          repository: acme/fixtures\n          path: fixtures\n")
    for number, (text, cmd) in enumerate(((sdk, "cargo test --locked"), (own, "cargo test --verbose"), (beside, "cargo test --verbose"))):
        found = verify_commands(repository(tmp_path / str(number), {".github/workflows/ci.yml": text}), service(language="rust"))
        assert first(found, "tests") == (cmd, ".")


def test_a_run_of_one_test_class_is_not_the_tests(tmp_path: Path) -> None:
    steps = "      - run: ./gradlew test --tests MigrationTest\n      - run: ./gradlew build -Dpg.version=${{ matrix.pg }}\n"
    files = {".github/workflows/ci.yml": f"jobs:\n  test:\n    steps:\n{steps}", "build.gradle": "", "gradlew": "#!/bin/sh\n"}
    found = verify_commands(repository(tmp_path, files), service(language="java", manager="gradle", test="junit"))
    assert first(found, "tests") == ("./gradlew build", ".")


def test_a_matrix_of_features_does_not_hide_the_linter(tmp_path: Path) -> None:
    steps = (
        "      - run: cargo clippy --all-targets ${{ matrix.features }} -- -D warnings\n      - run: cargo test -p ${{ matrix.crate }}\n"
    )
    found = verify_commands(
        repository(tmp_path, {".github/workflows/ci.yml": f"jobs:\n  a:\n    steps:\n{steps}"}), service(language="rust", lint="clippy")
    )
    assert first(found, "lint") == ("cargo clippy --all-targets -- -D warnings", ".")
    assert "tests" not in found


def test_what_rails_prepares_in_ci_is_left_to_the_person(tmp_path: Path) -> None:
    steps = "      - run: bin/rails test:system\n      - run: bin/rails db:setup test\n"
    files = {
        ".github/workflows/ci.yml": f"jobs:\n  test:\n    steps:\n{steps}",
        "bin/rails": "#!/usr/bin/env ruby\n",
        "config/application.rb": "",
    }
    found = verify_commands(repository(tmp_path, files), service(language="ruby", manager="bundler", test="minitest"))
    assert [one.cmd for one in found["tests"]] == ["bin/rails test"]


def test_the_parts_of_a_composer_script_that_ci_calls_are_called_by_ci(tmp_path: Path) -> None:
    scripts = '{"scripts": {"test:lint": ["rector --dry-run", "pint --test"], "test": ["@test:lint", "pest"], "lint": ["rector", "pint"]}}'
    flow = "jobs:\n  a:\n    steps:\n      - run: composer test\n"
    found = verify_commands(
        repository(tmp_path, {"composer.json": scripts, ".github/workflows/ci.yml": flow}), service(language="php", manager="composer")
    )
    assert first(found, "lint") == ("composer test:lint", ".")
    assert first(found, "tests") == ("composer test", ".")


@pytest.mark.parametrize(
    ("settings", "needs"),
    [
        ('DATABASES = {"default": url(os.environ.get("DATABASE_URL", default="sqlite:///db.sqlite3"))}\n', False),
        ('DB_ENGINE = os.getenv("DB_ENGINE", "sqlite")\n', False),
        ('DATABASES = {"default": url(os.environ["DATABASE_URL"])}\n', True),
        ('DATABASES = {"default": url(os.environ.get("DATABASE_URL", default="postgres://localhost/a"))}\n', True),
    ],
)
def test_tests_of_a_service_that_falls_back_to_sqlite_need_no_server(tmp_path: Path, settings: str, needs: bool) -> None:
    one = service(manager="uv", test="pytest")._replace(databases=Value(("postgresql", "sqlite")))
    found = verify_commands(repository(tmp_path, {"app/settings.py": settings}), one)
    assert found["tests"][0].needs_db is needs


def test_unit_tests_need_no_server_where_the_others_have_a_script_of_their_own(tmp_path: Path) -> None:
    def needs(scripts: str) -> bool:
        one = service(language="typescript", manager="npm")._replace(databases=Value(("postgresql",)))
        return verify_commands(repository(tmp_path, {"package.json": scripts}), one)["tests"][0].needs_db

    assert not needs('{"scripts": {"test:unit": "vitest run", "test:integration": "vitest run -c it.ts"}}')
    assert needs('{"scripts": {"test:unit": "vitest run"}}')


@pytest.mark.parametrize(
    ("files", "stores", "needs"),
    [
        ({"tests/conftest.py": 'pytest_plugins = ["pytest_databases.docker.postgres"]\nURL = "sqlite://"\n'}, ("postgresql",), True),
        ({"tests/conftest.py": 'URLS = ["sqlite:///a.db", "postgresql://localhost/a"]\n'}, ("postgresql", "sqlite"), False),
        ({"tests/__init__.py": 'URL = "postgresql:///a"\n', "tests/test_url.py": 'parse("sqlite://")\n'}, ("postgresql",), True),
        (
            {
                "app/settings/test/__init__.py": 'ENGINE = "django.db.backends.sqlite3"\n',
                "app/settings/test/postgresql.py": 'ENGINE = "django.db.backends.postgresql"\n',
            },
            ("mysql", "postgresql"),
            False,
        ),
    ],
)
def test_what_sets_the_tests_up_tells_whether_they_need_a_server(
    tmp_path: Path, files: dict[str, str], stores: tuple[str, ...], needs: bool
) -> None:
    one = service(manager="uv", test="pytest")._replace(databases=Value(stores))
    assert verify_commands(repository(tmp_path, files), one)["tests"][0].needs_db is needs


@pytest.mark.parametrize(("body", "needs"), [("func TestAdd(t *testing.T) {}\n", False), ("var pool = pgx.Connect()\n", True)])
def test_tests_of_go_that_speak_of_no_store_need_none(tmp_path: Path, body: str, needs: bool) -> None:
    one = service(language="go", test="go-test")._replace(databases=Value(("postgresql",)))
    found = verify_commands(repository(tmp_path, {"go.mod": "module a\n", "a_test.go": f"package a\n\n{body}"}), one)
    assert found["tests"][0].needs_db is needs


@pytest.mark.parametrize(("library", "needs"), [("de.flapdoodle.embed", False), ("org.testcontainers", True)])
def test_a_build_tells_where_its_tests_keep_their_data(tmp_path: Path, library: str, needs: bool) -> None:
    pom = f"<project><dependency><groupId>{library}</groupId></dependency></project>\n"
    one = service(language="java", manager="maven", test="junit")._replace(databases=Value(("mongodb",)))
    assert verify_commands(repository(tmp_path, {"pom.xml": pom}), one)["tests"][0].needs_db is needs


def test_unit_tests_beside_a_script_for_those_of_the_database_need_no_server(tmp_path: Path) -> None:
    scripts = '{"scripts": {"test": "RUN_AI=false vitest run", "test-db": "RUN_DB=true vitest run"}}'
    one = service(language="typescript", manager="pnpm")._replace(databases=Value(("postgresql",)))
    assert not verify_commands(repository(tmp_path, {"package.json": scripts, "pnpm-lock.yaml": ""}), one)["tests"][0].needs_db


def test_dotnet_format_checks_the_solution(tmp_path: Path) -> None:
    one = service("src/Api", "csharp", "nuget", lint="dotnet-format")
    found = verify_commands(repository(tmp_path, {"src/A.sln": "", "src/Api/Api.csproj": "<Project/>"}), one)
    assert first(found, "format") == ("dotnet format --verify-no-changes", "src")
