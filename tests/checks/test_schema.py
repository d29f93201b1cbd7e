import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from check_projects import MYSQL, POSTGRES, context, found

from backend_agent.checks import schema

PARENT = "CREATE TABLE users (id bigint PRIMARY KEY);\n"
MODEL = """from sqlalchemy import Column, ForeignKey, Integer, Index
from app.db import Base


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    user_id = Column(Integer, ForeignKey("users.id")%s)
"""


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("migrations/001_a.sql", PARENT + "CREATE TABLE orders (id bigint PRIMARY KEY,\n user_id bigint REFERENCES users (id));\n", 3),
        ("migrations/001_a.sql", PARENT + "CREATE TABLE orders (id bigint, user_id bigint, FOREIGN KEY (user_id) REFERENCES users);\n", 2),
        ("app/models.py", MODEL % "", 13),
        (
            "migrations/001_a.sql",
            PARENT + "CREATE TABLE orders (a int, user_id bigint REFERENCES users);\nCREATE INDEX i ON orders (a, user_id);\n",
            2,
        ),
    ],
)
def test_a_foreign_key_that_no_index_begins_with_is_found_at_its_column(tmp_path, path, text, line):
    assert found(tmp_path, schema, {**POSTGRES, path: text}) == [("fk_without_index", path, line)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("migrations/001_a.sql", PARENT + "CREATE TABLE orders (user_id bigint REFERENCES users);\nCREATE INDEX i ON orders (user_id);\n"),
        ("migrations/001_a.sql", PARENT + "CREATE TABLE orders (user_id bigint REFERENCES users, a int, PRIMARY KEY (user_id, a));\n"),
        ("migrations/001_a.sql", PARENT + "CREATE TABLE profiles (user_id bigint UNIQUE REFERENCES users);\n"),
        ("app/models.py", MODEL % ", index=True"),
        (
            "migrations/001_a.sql",
            PARENT
            + "CREATE TABLE orders (user_id bigint REFERENCES users);\nCREATE INDEX i ON orders (user_id) WHERE user_id IS NOT NULL;\n",
        ),
    ],
)
def test_a_foreign_key_with_an_index_of_any_kind_is_silent(tmp_path, path, text):
    assert found(tmp_path, schema, {**POSTGRES, path: text}) == []


def test_mysql_indexes_foreign_keys_itself_and_an_unknown_database_is_unchecked(tmp_path):
    text = PARENT + "CREATE TABLE orders (user_id bigint, FOREIGN KEY (user_id) REFERENCES users (id));\n"
    made = context(tmp_path / "b", {"migrations/001_a.sql": text})

    assert found(tmp_path / "a", schema, {**MYSQL, "migrations/001_a.sql": text}) == []
    assert list(schema.run(made)) == []
    assert [check for check, _reason in made.gaps] == ["fk_without_index"]


def test_h2_alone_indexes_foreign_keys_itself(tmp_path):
    files = {
        "build.gradle": "plugins { id 'org.springframework.boot' version '3.3.0' }\ndependencies {\n"
        "  implementation 'org.springframework.boot:spring-boot-starter-data-jpa'\n  runtimeOnly 'com.h2database:h2'\n}\n",
        "src/main/java/shop/App.java": "package shop;\n@SpringBootApplication\npublic class App {}\n",
        "src/main/resources/schema.sql": PARENT + "CREATE TABLE orders (user_id bigint, FOREIGN KEY (user_id) REFERENCES users (id));\n",
    }

    assert found(tmp_path / "a", schema, files) == []
    both = files["build.gradle"].replace("h2'", "h2'\n  runtimeOnly 'org.postgresql:postgresql'")
    assert found(tmp_path / "b", schema, {**files, "build.gradle": both}, doubted=None)


def test_the_fix_names_a_table_that_has_the_index(tmp_path):
    text = PARENT + (
        "CREATE TABLE bills (user_id bigint REFERENCES users);\nCREATE INDEX i ON bills (user_id);\n"
        "CREATE TABLE orders (user_id bigint REFERENCES users);\n"
    )
    (finding,) = schema.run(context(tmp_path, {**POSTGRES, "migrations/001_a.sql": text}))

    assert "bills(user_id)" in finding.fix


def revision(name: str, parent: str, more: str = "") -> str:
    return f'from alembic import op\nrevision = "{name}"\ndown_revision = {parent}\n{more}\n\ndef upgrade():\n    op.execute("SELECT 1")\n'


def alembic(*rows: "tuple[str, str, str]") -> "dict[str, str]":
    return {f"alembic/versions/{name}.py": revision(name, parent, more) for name, parent, more in rows}


def test_two_alembic_revisions_on_one_parent_are_two_heads(tmp_path):
    files = alembic(("aaa1", "None", ""), ("bbb2", '"aaa1"', ""), ("ccc3", '"aaa1"', ""))

    assert [path for _c, path, _l in found(tmp_path, schema, files)] == ["alembic/versions/bbb2.py", "alembic/versions/ccc3.py"]


@pytest.mark.parametrize(
    "rows",
    [
        [("aaa1", "None", ""), ("bbb2", '"aaa1"', ""), ("ccc3", '"bbb2"', "")],
        [("aaa1", "None", ""), ("bbb2", '"aaa1"', ""), ("ccc3", '"aaa1"', ""), ("ddd4", '("bbb2", "ccc3")', "")],
        [("aaa1", "None", ""), ("bbb2", '"aaa1"', 'branch_labels = ("shop",)'), ("ccc3", '"aaa1"', "")],
    ],
)
def test_a_line_a_merge_and_labelled_branches_have_no_heads_too_many(tmp_path, rows):
    assert found(tmp_path, schema, alembic(*rows)) == []


def django(*rows: "tuple[str, str, str]") -> "dict[str, str]":
    head = "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
    body = "    {more}\n    dependencies = [{parent}]\n    operations = []\n"
    return {
        f"shop/migrations/{name}.py": head + body.format(more=more, parent=", ".join(f'("shop", "{p}")' for p in parent.split()))
        for name, parent, more in rows
    }


def test_two_django_migrations_on_one_parent_are_two_heads(tmp_path):
    files = django(("0001_initial", "", ""), ("0002_a", "0001_initial", ""), ("0002_b", "0001_initial", ""))

    assert [path for _c, path, _l in found(tmp_path, schema, files)] == ["shop/migrations/0002_a.py", "shop/migrations/0002_b.py"]


def labelled(rows):
    """The app's label is another than its folder's name."""
    return {path: text.replace('("shop", ', '("shop_orders", ') for path, text in django(*rows).items()}


def test_an_app_with_a_label_of_its_own_has_its_line(tmp_path):
    line = [("0001_initial", "", ""), ("0002_a", "0001_initial", ""), ("0003_b", "0002_a", "")]

    assert found(tmp_path, schema, labelled(line)) == []


def test_an_app_with_a_label_of_its_own_has_two_heads(tmp_path):
    files = labelled([("0001_initial", "", ""), ("0002_a", "0001_initial", ""), ("0002_b", "0001_initial", "")])

    assert [path for _c, path, _l in found(tmp_path, schema, files)] == ["shop/migrations/0002_a.py", "shop/migrations/0002_b.py"]


@pytest.mark.parametrize(
    "rows",
    [
        [("0001_initial", "", ""), ("0002_a", "0001_initial", ""), ("0003_b", "0002_a", "")],
        [("0001_initial", "", ""), ("0002_a", "0001_initial", ""), ("0002_b", "0001_initial", ""), ("0003_merge", "0002_a 0002_b", "")],
        [
            ("0001_initial", "", ""),
            ("0002_a", "0001_initial", ""),
            ("0001_squashed_0002", "", 'replaces = [("shop", "0001_initial"), ("shop", "0002_a")]'),
            ("0003_b", "0002_a", ""),
        ],
    ],
)
def test_a_line_a_merge_and_a_squash_are_one_head(tmp_path, rows):
    assert found(tmp_path, schema, django(*rows)) == []


def test_a_column_that_a_later_migration_adds_is_found_where_it_is_added(tmp_path):
    files = {
        "migrations/001_a.sql": PARENT + "CREATE TABLE orders (id bigint PRIMARY KEY);\n",
        "migrations/002_b.sql": "-- who\nALTER TABLE orders ADD COLUMN user_id bigint REFERENCES users (id);\n",
    }

    assert found(tmp_path, schema, {**POSTGRES, **files}) == [("fk_without_index", "migrations/002_b.sql", 2)]


def test_a_model_that_no_migration_makes_may_have_its_index_in_one_that_is_not_read(tmp_path):
    files = {**POSTGRES, "app/models.py": MODEL % "", "migrations/001_a.sql": PARENT}

    assert found(tmp_path / "1", schema, files) == []
    assert found(tmp_path / "2", schema, files, doubted=True) == [("fk_without_index", "app/models.py", 13)]


def test_a_partial_index_that_sequelize_builds_is_one(tmp_path):
    up = "'use strict';\n\nmodule.exports = {\n  async up(queryInterface) {\n    await queryInterface.addIndex('Orders', %s, {\n"
    up += "      concurrently: true, where: { deletedAt: null },\n    });\n  },\n};\n"
    made = (
        "'use strict';\n\nmodule.exports = {\n  async up(queryInterface, Sequelize) {\n    await queryInterface.createTable('Orders', {\n"
    )
    made += "      id: { type: Sequelize.INTEGER, primaryKey: true },\n"
    made += "      userId: { type: Sequelize.INTEGER, references: { model: 'Users', key: 'id' } },\n    });\n  },\n};\n"
    files = {"package.json": '{"dependencies": {"express": "4", "pg": "8", "sequelize": "6"}}', "migrations/01-orders.js": made}
    files["src/app.js"] = "require('express')()\n"

    assert found(tmp_path / "1", schema, {**files, "migrations/02-i.js": up % "['userId']"}) == []
    assert [line for _c, _p, line in found(tmp_path / "2", schema, {**files, "migrations/02-i.js": up % "['id']"})] == [7]


def test_a_key_of_a_table_in_a_chain_is_told_at_its_own_column(tmp_path):
    text = (
        "exports.up = (knex) => knex.schema\n"
        '  .createTable("users", (table) => {\n    table.increments("id");\n    table.string("author");\n  })\n'
        '  .createTable("posts", (table) => {\n    table.increments("id");\n    table\n      .integer("author")\n'
        '      .references("users.id");\n  });\n'
    )
    app = 'const app = require("express")();\napp.get("/a", (req, res) => res.json(1));\n'
    packages = '{"dependencies": {"express": "4", "knex": "3", "pg": "8"}}'
    files = {"package.json": packages, "app.js": app, "migrations/20240101_a.js": text}

    assert found(tmp_path, schema, files) == [("fk_without_index", "migrations/20240101_a.js", 9)]


def test_a_database_that_compose_starts_counts_beside_an_example_of_settings(tmp_path):
    files = {
        "artisan": "#!/usr/bin/env php\n",
        "composer.json": '{"require": {"laravel/framework": "^11.0"}}',
        ".env.example": "DB_CONNECTION=sqlite\n",
        "routes/web.php": "<?php\nRoute::get('/orders', [OrderController::class, 'index']);\n",
        "database/migrations/2024_01_01_000000_orders.php": "<?php\nreturn new class extends Migration {\n    public function up() {\n"
        "        Schema::create('users', function (Blueprint $table) { $table->id(); });\n"
        "        Schema::create('orders', function (Blueprint $table) { $table->id(); $table->foreignId('user_id')->constrained(); });\n"
        "    }\n};\n",
    }
    compose = "services:\n  db:\n    image: mysql:8.0\n"

    assert [check for check, _path, _line in found(tmp_path / "a", schema, files, doubted=None)] == ["fk_without_index"]
    assert found(tmp_path / "b", schema, {**files, "docker-compose.yml": compose}, doubted=None) == []
