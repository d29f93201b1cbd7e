"""No manifest, however broken, ends detection: a parser reads what it can, and says in one line what it cannot.

`pytest` runs a small, repeatable number of mutations. By hand: `python tests/stack/test_manifests_fuzz.py 100000 [seed]`.
"""

import os
import random
import signal
import sys
import time

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "scripts"))

from backend_agent.repository.files import Repository
from backend_agent.stack import manifests
from backend_agent.stack.detect import detect

SEEDS = {
    "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["fastapi>=0.1; python_version < \'4\'", "sqlalchemy[asyncio]"]\n'
    '[dependency-groups]\ndev = ["pytest", {include-group = "x"}]\n[tool.poetry.dependencies]\ndjango = {version = "^5", optional = true}\n',
    "requirements.txt": "-r base.txt\nflask==3.0 ; python_version > '3.8' \\\n  --hash=sha256:00\ngit+https://example.org/a.git#egg=a\n-e .\n",
    "Pipfile": '[packages]\nflask = "*"\n[dev-packages]\npytest = {version = "*"}\n',
    "setup.py": "from setuptools import setup\nsetup(name='a', install_requires=['flask', 'sqlalchemy>=2'], extras_require={'dev': ['pytest']})\n",
    "setup.cfg": "[metadata]\nname = a\n[options]\ninstall_requires =\n    flask\n    sqlalchemy>=2\n",
    "environment.yml": "name: a\ndependencies:\n  - python=3.12\n  - pip:\n    - flask\n",
    "package.json": '{"name": "a", "workspaces": ["apps/*"], "scripts": {"start": "node a.js"}, "dependencies": {"express": "^5"}, "engines": {"node": ">=20"}}',
    "project.json": '{"name": "a", "projectType": "application", "targets": {"build": {"executor": "@nx/node:build"}}}',
    "deno.jsonc": '{ // tasks\n "tasks": {"start": "deno run main.ts"}, "imports": {"oak": "jsr:@oak/oak@^17", "$fresh/": "https://deno.land/x/fresh@1/"}, }',
    "import_map.json": '{"imports": {"oak": "https://deno.land/x/oak@v12/mod.ts"}}',
    "go.mod": "module example.org/a\n\ngo 1.25\n\nrequire (\n\tgithub.com/gin-gonic/gin v1.10.0 // indirect\n)\nreplace example.org/b => ../b\n",
    "go.work": "go 1.25\nuse (\n\t./a\n\t./b\n)\n",
    "Cargo.toml": '[package]\nname = "a"\n[dependencies]\naxum = { version = "0.8", features = ["macros"] }\n[workspace]\nmembers = ["crates/*"]\n',
    "pom.xml": "<project><parent><groupId>a</groupId><artifactId>b</artifactId><relativePath>../pom.xml</relativePath></parent><artifactId>c</artifactId>"
    "<dependencies><dependency><groupId>g</groupId><artifactId>h</artifactId><version>${v}</version></dependency></dependencies></project>",
    "build.gradle": "plugins { id 'java'; id 'org.springframework.boot' version '4.0.0' }\ndependencies {\n  implementation 'a:b:1', 'c:d:2'\n"
    "  testImplementation project(':x')\n}\n",
    "build.gradle.kts": 'plugins { alias(libs.plugins.ktor) }\ndependencies { implementation(libs.bundles.a)\n implementation("a:b:$v") }\n',
    "settings.gradle.kts": 'rootProject.name = "a"\ninclude(":x", ":y:z")\nproject(":x").projectDir = file("q")\n',
    "build.sbt": 'lazy val a = (project in file("a")).dependsOn(b)\nlibraryDependencies ++= Seq("g" %% "h" % "1" % Test)\n',
    "build.mill": 'object a extends ScalaModule { def ivyDeps = Agg(ivy"g::h:1") }\n',
    "deps.edn": '{:deps {metosin/reitit {:mvn/version "0.7"} a/b {:local/root "../b"}} :aliases {:test {:extra-deps {k/k {:mvn/version "1"}}}}}',
    "project.clj": '(defproject a "0" :dependencies [[ring "1.9"] [a/b "2"]] :profiles {:dev {:dependencies [[c "3"]]}} :main a.core)',
    "a.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"><ItemGroup><PackageReference Include="Dapper" Version="2" />'
    '<ProjectReference Include="..\\b\\b.csproj" /></ItemGroup></Project>',
    "Gemfile": 'source "https://rubygems.org"\ngem "rails", "~> 8"\ngroup :test do\n  gem "rspec"\nend\n',
    "a.gemspec": 'Gem::Specification.new do |s|\n  s.name = "a"\n  s.add_dependency "rack", "~> 3"\nend\n',
    "composer.json": '{"name": "a/b", "type": "project", "require": {"laravel/framework": "^12"}, "require-dev": {"phpunit/phpunit": "*"}, "scripts": {"test": ["@php a"]}}',
    "mix.exs": 'defmodule A.MixProject do\n  def project, do: [app: :a, apps_path: "apps"]\n  defp deps do\n    [{:phoenix, "~> 1.8"}, {:b, path: "../b"}, {:credo, "~> 1", only: [:dev]}]\n  end\nend\n',
    "pubspec.yaml": "name: a\ndependencies:\n  shelf: ^1.4.0\ndev_dependencies:\n  test: any\n",
    "Package.swift": 'let package = Package(name: "a", dependencies: [.package(url: "https://github.com/vapor/vapor.git", from: "4.0.0")])\n',
}
BITS = ("{", "}", "[", "]", "(", ")", '"', "'", "\n", "\\", "#", "//", "/*", "<!--", "]]>", "<", ">", ":", ",", "=", "\x00", "\ufeff", "é", "null", "0", "-1", "1e999", "  ", "\t", "$", "@", "&x;", "*a", "---", "..", "/" * 40, "{" * 200, "(" * 200, "a" * 500)  # fmt: skip


def mutated(text: str, chance: random.Random) -> str:
    """One to six small harms: characters lost, doubled, swapped or put in, lines moved, the end cut off."""
    for _ in range(chance.randint(1, 6)):
        at, kind = chance.randint(0, len(text)), chance.randint(0, 5)
        to = min(len(text), at + chance.randint(1, 20))
        if kind == 0:
            text = text[:at] + text[to:]
        elif kind == 1:
            text = text[:at] + chance.choice(BITS) + text[at:]
        elif kind == 2:
            text = text[:to] + text[at:to] * chance.randint(1, 9) + text[to:]
        elif kind == 3:
            lines = text.split("\n")
            chance.shuffle(lines)
            text = "\n".join(lines)
        elif kind == 4:
            text = text[:at]
        else:
            other = chance.choice(list(SEEDS.values()))
            text = text[:at] + other[: chance.randint(0, len(other))] + text[at:]
    return text


def broken(count: int, seed: int) -> "list[tuple[str, str, str]]":
    """(path, error, text) of every mutation that a parser did not survive; one that takes a second counts as hung."""
    chance, failures = random.Random(seed), []
    names = sorted(SEEDS)
    for number in range(count):
        path = names[number % len(names)]
        text = mutated(SEEDS[path], chance)
        begun = time.process_time()
        try:
            manifest = manifests.parse(path, text)
            assert manifest is not None
            assert all(isinstance(dependency.name, str) for dependency in manifest.dependencies)
        except Exception as error:  # a fuzzer names whatever comes
            failures.append((path, f"{type(error).__name__}: {error}", text))
        if time.process_time() - begun > 1:
            failures.append((path, "takes more than a second", text))
    return failures


def test_every_dialect_has_a_seed_that_it_understands():
    read = {name for name in SEEDS if manifests.dialect(name)}
    functions = {manifests.dialect(name) for name in SEEDS}

    assert read == set(SEEDS)
    assert {*manifests.BY_NAME.values(), *manifests.BY_ENDING.values()} <= functions
    assert all(manifests.parse(name, text).problems == [] for name, text in SEEDS.items())


@pytest.mark.parametrize("seed", range(4))
def test_a_parser_survives_every_mutation_of_its_manifest(seed):
    assert broken(700, seed) == []


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_a_manifest_of_nothing_or_of_noise_is_survived(name):
    for text in (
        "",
        "\n",
        "\ufeff",
        "\x00" * 50,
        "{" * 3000,
        "[" * 3000,
        "(" * 3000,
        "<a>" * 3000,
        '"' * 999,
        "- " * 2000,
        "null",
        "[]",
        "3",
    ):
        assert manifests.parse(name, text) is not None


def test_broken_manifests_do_not_end_the_detection_of_their_neighbours(tmp_path):
    chance = random.Random(7)
    for name, text in SEEDS.items():
        folder = tmp_path / name.replace(".", "-")
        folder.mkdir()
        (folder / name).write_text(mutated(text, chance), encoding="utf-8", newline="")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "pyproject.toml").write_text('[project]\nname = "shop"\ndependencies = ["fastapi"]\n', encoding="utf-8")
    (tmp_path / "shop" / "main.py").write_text("from fastapi import FastAPI\napp = FastAPI()\n", encoding="utf-8")

    assert "shop" in [service.path for service in detect(Repository(str(tmp_path)), False).services]


if __name__ == "__main__":
    amount, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    if hasattr(signal, "alarm"):
        signal.alarm(3600)
    start = time.process_time()
    failed = broken(amount, first)
    for where, reason, content in failed[:20]:
        print(where, reason, repr(content[:300]))
    print(f"{amount:,} mutated manifests of {len(SEEDS)} dialects, {len(failed)} failures, {time.process_time() - start:.1f} s of CPU")
    sys.exit(bool(failed))
