import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from check_projects import MYSQL, POSTGRES, context, found

from backend_agent import catalog
from backend_agent.checks import migrations, run
from backend_agent.repository import changes

BASE = {**POSTGRES, "migrations/001_a.sql": "CREATE TABLE orders (id bigint PRIMARY KEY, state text, n integer);\n"}
ALEMBIC = (
    'from alembic import op\nimport sqlalchemy as sa\n\nrevision = "b2"\ndown_revision = "a1"\n\n\ndef upgrade() -> None:\n    {up}\n\n\n'
)
ALEMBIC += "def downgrade() -> None:\n    {down}\n"
GEM = {"Gemfile": 'gem "rails"\ngem "pg"\n', "config/application.rb": "require 'rails'\n"}
RAILS = "class X < ActiveRecord::Migration[7.1]\n{flag}\n  def change\n    {up}\n  end\nend\n"
DJANGO = "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    {flag}\n    dependencies = []\n    operations = [{up}]\n"
MIX = {
    "mix.exs": 'defmodule Shop.MixProject do\n  use Mix.Project\n  defp deps do\n    [{:phoenix, "~> 1.7"}, {:ecto_sql, "~> 3.0"}, {:postgrex, "~> 0.17"}]\n  end\nend\n',
    "lib/shop_web/endpoint.ex": "defmodule ShopWeb.Endpoint do\n  use Phoenix.Endpoint, otp_app: :shop\nend\n",
}
ECTO = "defmodule X do\n  use Ecto.Migration\n{flag}\n  def change do\n    {up}\n  end\nend\n"
COMPOSER = {"composer.json": '{"require": {"laravel/framework": "^11"}}', ".env.example": "DB_CONNECTION=pgsql\n", "artisan": "<?php\n"}
LARAVEL = "<?php\nreturn new class extends Migration {{\n    public function up(): void\n    {{\n        {up}\n    }}\n"
LARAVEL += "    public function down(): void\n    {{\n        {down}\n    }}\n}};\n"
NODE = {
    "package.json": '{"dependencies": {"express": "4", "pg": "8", "knex": "3", "typeorm": "0.3"}}',
    "src/app.js": "require('express')()\n",
}
KNEX = "exports.up = async (knex) => {{\n  {up}\n}};\n\nexports.down = async (knex) => {{\n  {down}\n}};\n"
TYPEORM = "import {{ MigrationInterface, QueryRunner }} from 'typeorm';\nexport class X implements MigrationInterface {{\n  {flag}\n"
TYPEORM += "  async up(queryRunner: QueryRunner): Promise<void> {{\n    {up}\n  }}\n"
TYPEORM += "  async down(queryRunner: QueryRunner): Promise<void> {{\n    {down}\n  }}\n}}\n"


SHOP = (
    '<Project Sdk="Microsoft.NET.Sdk.Web"><ItemGroup><PackageReference Include="Npgsql.EntityFrameworkCore.PostgreSQL" Version="9.0.0" />'
    "</ItemGroup></Project>\n"
)
EFCORE = "using Microsoft.EntityFrameworkCore.Migrations;\n\npublic partial class X : Migration\n{{\n"
EFCORE += "    protected override void Up(MigrationBuilder migrationBuilder)\n    {{\n        {up}\n    }}\n\n"
EFCORE += "    protected override void Down(MigrationBuilder migrationBuilder)\n    {{\n        {down}\n    }}\n}}\n"


def efcore(up: str, down: str = 'migrationBuilder.Sql("SELECT 1");') -> "dict[str, str]":
    return {"Shop.csproj": SHOP, "Program.cs": "var app = 1;\n", "Migrations/2_X.cs": EFCORE.format(up=up, down=down)}


def sql(text: str) -> "dict[str, str]":
    return {**BASE, "migrations/002_b.sql": text}


def alembic(up: str, down: str = 'op.execute("SELECT 1")') -> "dict[str, str]":
    return {**POSTGRES, "alembic/versions/b2.py": ALEMBIC.format(up=up, down=down)}


def rails(up: str, flag: str = "") -> "dict[str, str]":
    return {**GEM, "db/migrate/20260101000000_x.rb": RAILS.format(up=up, flag=flag)}


def django(up: str, flag: str = "") -> "dict[str, str]":
    manifest = {"requirements.txt": "django\npsycopg\n", "manage.py": "import django\n"}
    return {**manifest, "shop/migrations/0002_x.py": DJANGO.format(up=up, flag=flag)}


def ecto(up: str, flag: str = "") -> "dict[str, str]":
    return {**MIX, "priv/repo/migrations/2_x.exs": ECTO.format(up=up, flag=flag)}


def laravel(up: str, down: str = "Schema::dropIfExists('x');") -> "dict[str, str]":
    return {**COMPOSER, "database/migrations/2_x.php": LARAVEL.format(up=up, down=down)}


def knex(up: str, down: str = "await knex.raw('SELECT 1');") -> "dict[str, str]":
    return {**NODE, "migrations/2_x.js": KNEX.format(up=up, down=down)}


def typeorm(up: str, down: str = "await queryRunner.query('SELECT 1');", flag: str = "") -> "dict[str, str]":
    return {**NODE, "src/migrations/2-x.ts": TYPEORM.format(up=up, down=down, flag=flag)}


BAD = {
    "locking_migration": [
        sql("ALTER TABLE orders ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();\n"),
        sql("ALTER TABLE orders ALTER COLUMN n TYPE bigint;\n"),
        sql("ALTER TABLE orders ALTER COLUMN state SET NOT NULL;\n"),
        sql("ALTER TABLE orders ADD COLUMN no bigserial;\n"),
        sql("ALTER TABLE orders ALTER n TYPE integer USING n::integer;\n"),
        alembic('op.alter_column("orders", "n", existing_type=sa.Integer(), type_=sa.BigInteger())'),
        alembic('op.add_column("orders", sa.Column("token", sa.UUID(), server_default=sa.text("gen_random_uuid()")))'),
        rails("change_column_null :orders, :state, false"),
        alembic('with op.batch_alter_table("orders") as batch_op:\n        batch_op.alter_column("state", nullable=False)'),
        typeorm('await queryRunner.query(`ALTER TABLE "orders" ALTER COLUMN "n" TYPE bigint`);'),
        efcore('migrationBuilder.AlterColumn<long>(name: "n", table: "orders", type: "bigint", nullable: false, oldType: "integer");'),
        efcore(
            'migrationBuilder.AlterColumn<string>(name: "s", table: "orders", type: "text", nullable: false, oldType: "text", oldNullable: true);'
        ),
        efcore('migrationBuilder.AddColumn<Guid>(name: "t", table: "orders", type: "uuid", defaultValueSql: "gen_random_uuid()");'),
        django('migrations.RunSQL("ALTER TABLE shop_order ALTER COLUMN n TYPE bigint", "SELECT 1")'),
        ecto("alter table(:orders) do\n      modify :n, :bigint, from: :integer\n    end"),
        knex("await knex.raw('ALTER TABLE orders ALTER COLUMN n TYPE bigint');"),
        laravel("DB::statement('ALTER TABLE orders ALTER COLUMN n TYPE bigint');"),
    ],
    "index_not_concurrent": [
        efcore('migrationBuilder.CreateIndex(name: "i", table: "orders", column: "state");'),
        efcore('migrationBuilder.AddUniqueConstraint(name: "u", table: "orders", column: "state");'),
        efcore('migrationBuilder.Sql(@"CREATE INDEX i ON orders (state)");'),
        sql("CREATE INDEX i ON orders (state);\n"),
        sql("ALTER TABLE orders ADD CONSTRAINT u UNIQUE (state);\n"),
        alembic('op.create_index("i", "orders", ["state"])'),
        rails("add_index :orders, :state"),
        rails("add_index :orders, :state, algorithm: :concurrently"),
        django('migrations.AddIndex(model_name="order", index=models.Index(fields=["state"], name="i"))'),
        ecto("create index(:orders, [:state])"),
        laravel("Schema::table('orders', function (Blueprint $table) {\n $table->index('state');\n });"),
        knex("await knex.schema.alterTable('orders', (table) => {\n table.index('state');\n });"),
        typeorm('await queryRunner.query(`CREATE INDEX "i" ON "orders" ("state")`);'),
    ],
    "constraint_not_valid": [
        sql("ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES users (id);\n"),
        sql("ALTER TABLE orders ADD CONSTRAINT c CHECK (n > 0);\n"),
        alembic('op.create_foreign_key("f", "orders", "users", ["n"], ["id"])'),
        rails("add_foreign_key :orders, :users"),
        ecto('create constraint(:orders, :c, check: "n > 0")'),
        typeorm('await queryRunner.query(`ALTER TABLE "orders" ADD CONSTRAINT "f" FOREIGN KEY ("n") REFERENCES "users"("id")`);'),
        django('migrations.AddConstraint("order", models.CheckConstraint(condition=models.Q(n__gt=0), name="c"))'),
        efcore('migrationBuilder.AddForeignKey(name: "f", table: "orders", column: "n", principalTable: "users", principalColumn: "id");'),
        efcore('migrationBuilder.AddCheckConstraint(name: "c", table: "orders", sql: "n > 0");'),
        efcore('migrationBuilder.Sql("ALTER TABLE orders ADD CONSTRAINT c CHECK (n > 0)");'),
    ],
    "backfill_in_migration": [
        efcore('migrationBuilder.Sql("UPDATE orders SET state = 1");'),
        efcore('migrationBuilder.Sql("DELETE FROM orders");'),
        efcore('migrationBuilder.Sql(@"UPDATE orders\n        SET state = 1 WHERE state IS NULL");'),
        sql("UPDATE orders SET state = 'new';\n"),
        sql("UPDATE orders SET state = 'new' WHERE state IS NULL;\n"),
        sql("DELETE FROM orders;\n"),
        alembic('op.execute("UPDATE orders SET state = 1")'),
        rails("Order.update_all(state: 1)"),
        knex("await knex('orders').update({ state: 1 });"),
        laravel("DB::table('orders')->update(['state' => 1]);"),
    ],
    "missing_down": [
        alembic('op.create_table("x")', "pass"),
        laravel("Schema::create('x', function ($table) {});", ""),
        knex("await knex.schema.createTable('x', (table) => {});", ""),
        typeorm("await queryRunner.query(`CREATE TABLE x (id int)`);", ""),
        efcore('migrationBuilder.DropColumn(name: "n", table: "orders");', ""),
        rails('execute "CREATE VIEW v AS SELECT 1"'),
        django('migrations.RunSQL("CREATE VIEW v AS SELECT 1")'),
        {**POSTGRES, "migrations/002_b.sql": "-- +goose Up\nCREATE TABLE x (id int);\n-- +goose Down\n"},
        {**POSTGRES, "migrations/002_b.up.sql": "CREATE TABLE x (id int);\n"},
    ],
    "missing_lock_timeout": [
        sql("ALTER TABLE orders ADD COLUMN a int;\n"),
        alembic('op.drop_column("orders", "state")'),
        rails("add_column :orders, :a, :integer"),
        efcore('migrationBuilder.AddColumn<int>(name: "a", table: "orders", nullable: true);'),
    ],
}

SAFE = {
    "locking_migration": [
        efcore('migrationBuilder.AddColumn<int>(name: "a", table: "orders", type: "integer", nullable: false, defaultValue: 0);'),
        efcore('migrationBuilder.AlterColumn<string>(name: "s", table: "orders", type: "text", nullable: true, oldType: "text");'),
        efcore('migrationBuilder.CreateTable(name: "bills", columns: t => new { Id = t.Column<int>() });'),
        django('migrations.RunSQL("ALTER TABLE shop_order ADD COLUMN a int DEFAULT 0", "SELECT 1")'),
        ecto("alter table(:orders) do\n      add :a, :integer\n    end"),
        ecto("alter table(:orders) do\n      modify :n, :integer, from: :integer, default: 0\n    end"),
        knex("await knex.raw('ALTER TABLE orders ADD COLUMN a int DEFAULT 0');"),
        laravel("DB::statement('ALTER TABLE orders ADD COLUMN a int DEFAULT 0');"),
        sql("ALTER TABLE orders ADD COLUMN at timestamptz NOT NULL DEFAULT now();\n"),
        sql("ALTER TABLE orders ADD COLUMN a int DEFAULT 0;\n"),
        sql("ALTER TABLE orders ALTER COLUMN state TYPE varchar(200);\n"),
        sql("CREATE TABLE bills (id int);\nALTER TABLE bills ALTER COLUMN id TYPE bigint;\n"),
        sql(
            "ALTER TABLE orders ADD CONSTRAINT c CHECK (state IS NOT NULL) NOT VALID;\nALTER TABLE orders VALIDATE CONSTRAINT c;\n"
            "ALTER TABLE orders ALTER COLUMN state SET NOT NULL;\n"
        ),
        alembic('op.alter_column("orders", "n", existing_type=sa.String(10), type_=sa.String(20))'),
        rails("safety_assured { change_column_null :orders, :state, false }"),
        {**MYSQL, "migrations/002_b.sql": "ALTER TABLE orders MODIFY n bigint;\nALTER TABLE orders ADD COLUMN x bigint AUTO_INCREMENT;\n"},
        sql("-- ALTER TABLE orders ALTER COLUMN n TYPE bigint;\nSELECT 'ALTER TABLE orders ALTER COLUMN n TYPE bigint';\n"),
    ],
    "index_not_concurrent": [
        efcore('migrationBuilder.CreateIndex(name: "i", table: "orders", column: "n").Annotation("Npgsql:CreatedConcurrently", true);'),
        efcore(
            'migrationBuilder.CreateTable(name: "bills", columns: t => new { Id = t.Column<int>() });\n'
            '        migrationBuilder.CreateIndex(name: "i", table: "bills", column: "id");'
        ),
        efcore('migrationBuilder.Sql("CREATE INDEX CONCURRENTLY i ON orders (state)", suppressTransaction: true);'),
        sql("CREATE INDEX CONCURRENTLY i ON orders (state);\n"),
        sql("CREATE TABLE bills (id int);\nCREATE INDEX i ON bills (id);\n"),
        sql("ALTER TABLE orders ADD CONSTRAINT u UNIQUE USING INDEX i;\n"),
        alembic('with op.get_context().autocommit_block():\n        op.create_index("i", "orders", ["n"], postgresql_concurrently=True)'),
        rails("add_index :orders, :state, algorithm: :concurrently", "  disable_ddl_transaction!"),
        django('AddIndexConcurrently("order", models.Index(fields=["state"], name="i"))', "atomic = False"),
        ecto("create index(:orders, [:state], concurrently: true)", "  @disable_ddl_transaction true"),
        laravel("Schema::create('orders', function (Blueprint $table) {\n $table->string('state')->index();\n });"),
        knex("await knex.schema.createTable('orders', (table) => {\n table.index('state');\n });"),
        typeorm('await queryRunner.query(`CREATE INDEX CONCURRENTLY "i" ON "orders" ("state")`);', flag="transaction = false;"),
        {**MYSQL, "migrations/002_b.sql": "CREATE INDEX i ON orders (state);\n"},
    ],
    "constraint_not_valid": [
        sql("ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES users (id) NOT VALID;\n"),
        sql("ALTER TABLE orders ADD COLUMN user_id bigint REFERENCES users (id);\n"),
        sql("ALTER TABLE orders VALIDATE CONSTRAINT f;\n"),
        alembic('op.create_foreign_key("f", "orders", "users", ["n"], ["id"], postgresql_not_valid=True)'),
        rails("add_foreign_key :orders, :users, validate: false"),
        ecto('create constraint(:orders, :c, check: "n > 0", validate: false)'),
        efcore('migrationBuilder.Sql("ALTER TABLE orders ADD CONSTRAINT c CHECK (n > 0) NOT VALID");'),
        efcore('migrationBuilder.DropForeignKey(name: "f", table: "orders");'),
        django('AddConstraintNotValid("order", models.CheckConstraint(condition=models.Q(n__gt=0), name="c"))'),
    ],
    "backfill_in_migration": [
        sql("UPDATE orders SET state = 'new' WHERE id = 7;\n"),
        sql("UPDATE orders SET state = 'new' WHERE id IN (SELECT id FROM orders WHERE state IS NULL LIMIT 1000);\n"),
        sql("CREATE TABLE bills (id int);\nUPDATE bills SET id = 1;\n"),
        sql("UPDATE orders SET state = 'new' WHERE id BETWEEN 1 AND 1000;\n"),
        rails("Order.in_batches.update_all(state: 1)"),
        rails("create_table :categories do |t|\n      t.string :name\n    end\n    Category.update_all(name: 1)"),
        alembic('op.execute("INSERT INTO orders (id) VALUES (1)")'),
    ],
    "missing_down": [
        alembic('op.create_table("x")', 'op.drop_table("x")'),
        alembic('op.create_table("x")', "pass  # the data cannot come back"),
        alembic('op.create_table("x")', 'raise NotImplementedError("the data is gone")'),
        laravel("Schema::create('x', function ($table) {});"),
        knex("await knex.schema.createTable('x', (table) => {});", "await knex.schema.dropTable('x');"),
        efcore('migrationBuilder.DropColumn(name: "n", table: "orders");'),
        rails("drop_table :bills do |t|\n      t.string :name\n    end"),
        rails("reversible do |dir|\n      dir.up { execute 'SELECT 1' }\n    end"),
        rails("add_column :orders, :a, :integer"),
        django("migrations.RunPython(forwards, migrations.RunPython.noop)"),
        {**POSTGRES, "migrations/002_b.up.sql": "CREATE TABLE x (id int);\n", "migrations/002_b.down.sql": "DROP TABLE x;\n"},
        {**POSTGRES, "db/V2__b.sql": "CREATE TABLE x (id int);\n"},
    ],
    "missing_lock_timeout": [
        sql("SET lock_timeout = '2s';\nALTER TABLE orders ADD COLUMN a int;\n"),
        sql("CREATE TABLE bills (id int);\n"),
        {**sql("ALTER TABLE orders ADD COLUMN a int;\n"), "app/database_config.py": 'OPTIONS = "-c lock_timeout=2000"\n'},
        sql("CREATE INDEX CONCURRENTLY i ON orders (state);\n"),
    ],
}


def cases(table):
    return [pytest.param(check, files, id=f"{check}-{number}") for check, rows in table.items() for number, files in enumerate(rows)]


@pytest.mark.parametrize(("check", "files"), cases(BAD))
def test_a_bad_step_is_found_once(tmp_path, check, files):
    assert len(found(tmp_path, migrations, files, check)) == 1


@pytest.mark.parametrize(("check", "files"), cases(SAFE))
def test_its_safe_twin_is_silent(tmp_path, check, files):
    assert found(tmp_path, migrations, files, check) == []


MODEL = 'from app.db import Base\nfrom sqlalchemy import Column, Integer, String\n\n\nclass Order(Base):\n    __tablename__ = "orders"\n'
MODEL += "    id = Column(Integer, primary_key=True)\n    state = Column(String)\n"
DROP = {**BASE, "migrations/002_b.sql": "ALTER TABLE orders DROP COLUMN state;\n"}


@pytest.mark.parametrize(
    "files",
    [
        {**DROP, "app/models.py": MODEL},
        {**DROP, "migrations/002_b.sql": "ALTER TABLE orders RENAME COLUMN state TO status;\n", "app/models.py": MODEL},
        {**BASE, "migrations/002_b.sql": "DROP TABLE orders;\n", "app/db.py": 'QUERY = "SELECT id FROM orders"\n'},
        {**BASE, "migrations/002_b.sql": "DROP TABLE orders;\n", "app/models.py": MODEL},
    ],
)
def test_what_the_code_still_names_is_not_dropped(tmp_path, files):
    assert [f[1] for f in found(tmp_path, migrations, files, "drop_in_same_release")] == ["migrations/002_b.sql"]


@pytest.mark.parametrize(
    "files",
    [
        {**DROP, "app/models.py": MODEL.replace("    state = Column(String)\n", "")},
        {**DROP, "app/models.py": MODEL.replace("Column(String)", "Column(\n        'encrypted_state',\n        String,\n    )")},
        {**DROP, "app/models.py": MODEL, "migrations/003_c.sql": "ALTER TABLE orders ADD COLUMN state text;\n"},
        {**BASE, "migrations/002_b.sql": "DROP TABLE orders;\n", "app/db.py": 'QUERY = "SELECT id FROM orders_archive"\n'},
        {**BASE, "migrations/002_b.sql": "DROP TABLE orders;\n", "tests/test_db.py": 'QUERY = "SELECT id FROM orders"\n'},
    ],
)
def test_what_no_code_names_may_go(tmp_path, files):
    assert found(tmp_path, migrations, files, "drop_in_same_release") == []


def test_the_line_is_that_of_the_step_also_within_code(tmp_path):
    files = alembic(
        'op.execute(\n        """\n        SELECT 1;\n        ALTER TABLE orders ALTER COLUMN n TYPE bigint;\n        """\n    )'
    )

    assert found(tmp_path, migrations, files, "locking_migration") == [("locking_migration", "alembic/versions/b2.py", 12)]


def test_a_folder_that_names_its_database_wins(tmp_path):
    files = efcore('migrationBuilder.Sql("DELETE FROM orders");')
    text = files.pop("Migrations/2_X.cs")
    files |= {"util/SqliteMigrations/Migrations/2_X.cs": text, "util/PostgresMigrations/Migrations/2_X.cs": text}

    assert [path for _check, path, _line in found(tmp_path, migrations, files, "backfill_in_migration")] == [
        "util/PostgresMigrations/Migrations/2_X.cs"
    ]


def test_a_loose_migration_in_code_tells_its_database_by_what_it_imports(tmp_path):
    text = ALEMBIC.format(up='op.create_index("i", "orders", ["state"])', down="op.drop_index('i')")
    files = {"alembic/versions/b2.py": text.replace("import sqlalchemy as sa\n", "from sqlalchemy.dialects import postgresql\n")}

    assert [f[0] for f in found(tmp_path / "told", migrations, files, "index_not_concurrent")] == ["index_not_concurrent"]
    assert found(tmp_path / "not", migrations, {"alembic/versions/b2.py": text}, "index_not_concurrent") == []


def test_a_database_that_cannot_be_told_is_unchecked_and_not_found(tmp_path):
    made = context(tmp_path, {"migrations/002_b.sql": "CREATE INDEX i ON orders (state);\n"})

    assert list(migrations.run(made)) == []
    assert "index_not_concurrent" in {check for check, _reason in made.gaps}


def test_only_the_newest_of_a_folder_is_asked_for_a_lock_timeout_when_all_are_looked_at(tmp_path):
    files = {**BASE, **{f"migrations/2026-0{n}_x/up.sql": f"ALTER TABLE orders ADD COLUMN a{n} int;\n" for n in range(1, 5)}}

    assert found(tmp_path, migrations, files, "missing_lock_timeout") == [("missing_lock_timeout", "migrations/2026-04_x/up.sql", 1)]


def test_a_limit_that_the_code_which_migrates_sets_is_one(tmp_path):
    files = {**BASE, "migrations/002_b.sql": "ALTER TABLE orders ADD COLUMN a int;\n"}
    limit = 'package x\n\nfunc up(c *sql.Conn) { c.Exec("set lock_timeout = 15000") }\n'

    assert found(tmp_path / "1", migrations, {**files, "migrate/migrate.go": limit}, "missing_lock_timeout") == []
    asked = found(tmp_path / "2", migrations, {**files, "engine/lock/conn.go": limit}, "missing_lock_timeout", doubted=True)
    assert asked == [("missing_lock_timeout", "migrations/002_b.sql", 1)]


def test_a_value_of_an_enum_needs_no_way_back(tmp_path):
    down = {
        f"migrations/00{n}_x.sql": f"-- +goose Up\nCREATE TABLE x{n} (id int);\n-- +goose Down\nDROP TABLE x{n};\n" for n in range(1, 4)
    }
    added = {"migrations/009_y.sql": "-- +goose Up\nALTER TYPE state ADD VALUE 'read';\n-- +goose Down\n"}
    made = {"migrations/009_y.sql": "-- +goose Up\nALTER TABLE x1 ADD COLUMN state text;\n-- +goose Down\n"}

    assert found(tmp_path / "1", migrations, {**POSTGRES, **down, **added}, "missing_down") == []
    assert [path for _check, path, _line in found(tmp_path / "2", migrations, {**POSTGRES, **down, **made}, "missing_down")] == list(made)


def test_a_table_that_another_file_of_the_change_makes_has_no_rows(tmp_path):
    files = {**BASE, "migrations/002_b.sql": "CREATE TABLE bills (id int);\n", "migrations/003_c.sql": "CREATE INDEX i ON bills (id);\n"}
    made = context(tmp_path, files)
    added = {path: changes.Changed(path, "added") for path in ("migrations/002_b.sql", "migrations/003_c.sql")}

    assert list(migrations.run(run.Context(made.repository, changes.Change(added)))) == []
    del added["migrations/002_b.sql"]
    assert [f.check for f in migrations.run(run.Context(made.repository, changes.Change(added)))] == [
        "index_not_concurrent",
        "missing_lock_timeout",
    ]


def test_a_table_made_on_the_same_day_may_have_no_rows(tmp_path):
    files = {
        **POSTGRES,
        "migrations/20260401101500_a.sql": "CREATE TABLE bills (id int);\n",
        "migrations/20260401111500_b.sql": "CREATE INDEX i ON bills (id);\n",
        "migrations/20260402111500_c.sql": "CREATE INDEX j ON bills (id);\n",
    }
    check = "index_not_concurrent"

    assert found(tmp_path / "1", migrations, files, check) == [(check, "migrations/20260402111500_c.sql", 1)]
    assert found(tmp_path / "2", migrations, files, check, doubted=True) == [(check, "migrations/20260401111500_b.sql", 1)]


def test_a_drop_counts_while_it_is_new(tmp_path):
    code = {"app.py": 'def one(db):\n    return db.execute("SELECT state FROM orders LIMIT 1")\n'}
    dropped = {"migrations/002_b.sql": "ALTER TABLE orders DROP COLUMN state;\n"}
    later = {"migrations/003_c.sql": "CREATE TABLE y (id int);\n"}
    check = "drop_in_same_release"

    assert found(tmp_path / "1", migrations, {**BASE, **code, **dropped}, check) == [(check, "migrations/002_b.sql", 1)]
    assert found(tmp_path / "2", migrations, {**BASE, **code, **dropped, **later}, check) == []


def test_a_table_that_two_histories_make_is_asked_about_and_not_told(tmp_path):
    code = {"app.py": 'def one(db):\n    return db.execute("SELECT state FROM orders LIMIT 1")\n'}
    dropped = {"migrations/002_b.sql": "ALTER TABLE orders DROP COLUMN state;\n"}
    other = {"reports/migrations/001_a.sql": "CREATE TABLE orders (id bigint, state text);\n"}
    check = "drop_in_same_release"

    files = {**BASE, **code, **dropped, **other}
    assert found(tmp_path / "1", migrations, files, check) == []
    assert found(tmp_path / "2", migrations, files, check, doubted=True) == [(check, "migrations/002_b.sql", 1)]


def test_sql_beside_sqlite_is_of_postgresql_where_its_words_say_so(tmp_path):
    both = {**POSTGRES, "requirements.txt": "flask\npsycopg\naiosqlite\n"}
    plain = {**both, "migrations/001_a.sql": "CREATE TABLE t (id int);\n", "migrations/002_b.sql": "CREATE INDEX i ON t (id);\n"}
    check = "index_not_concurrent"
    told = {**plain, "migrations/003_c.sql": "ALTER TABLE t ADD COLUMN a jsonb;\n"}

    assert found(tmp_path / "1", migrations, told, check) == [(check, "migrations/002_b.sql", 1)]
    assert found(tmp_path / "2", migrations, plain, check) == []


SEQUELIZE = "module.exports = {{ async up(queryInterface, Sequelize) {{\n    {up}\n  }}, async down() {{ throw new Error('x') }} }};\n"
PGM = "exports.up = (pgm) => {{\n  {up}\n}};\n"
MIKRO = "import {{ Migration }} from '@mikro-orm/migrations';\nexport class X extends Migration {{\n  async up() {{\n    {up}\n  }}\n{down}\n}}\n"


@pytest.mark.parametrize(
    ("base", "path", "text"),
    [
        (BASE, "migrations/002_b.sql", "ALTER TABLE orders ADD COLUMN code text NOT NULL;\n"),
        (
            POSTGRES,
            "alembic/versions/b2.py",
            alembic('op.add_column("orders", sa.Column("code", sa.String(), nullable=False))')["alembic/versions/b2.py"],
        ),
        (GEM, "db/migrate/2_x.rb", RAILS.format(flag="", up="add_column :orders, :code, :string, null: false")),
        (
            MIX,
            "priv/repo/migrations/2_x.exs",
            ECTO.format(flag="", up="alter table(:orders) do\n      add :code, :string, null: false\n    end"),
        ),
        (
            NODE,
            "migrations/2_x.js",
            KNEX.format(
                up="await knex.schema.alterTable('orders', (table) => {\n table.string('code').notNullable();\n });", down="throw 1;"
            ),
        ),
        (
            NODE,
            "migrations/2_x.js",
            SEQUELIZE.format(up="await queryInterface.addColumn('orders', 'code', { type: Sequelize.STRING, allowNull: false });"),
        ),
        (NODE, "migrations/2_x.js", PGM.format(up="pgm.addColumn('orders', { code: { type: 'text', notNull: true } });")),
    ],
)
def test_a_column_that_must_be_given_and_has_no_default_fails_on_rows(tmp_path, base, path, text):
    made = context(tmp_path, {**base, path: text})
    change = changes.Change({path: changes.Changed(path, "added")})

    told = [f for f in migrations.run(run.Context(made.repository, change)) if f.check == "locking_migration"]
    assert [(f.path, f.doubt, "as soon as orders has a row" in f.message) for f in told] == [(path, "", True)]
    assert [f.doubt for f in migrations.run(made) if f.check == "locking_migration"] == ["whether orders had rows when this ran"]


@pytest.mark.parametrize(
    "text",
    [
        "ALTER TABLE orders ADD COLUMN code text NOT NULL DEFAULT '';\n",
        "DELETE FROM orders;\nALTER TABLE orders ADD COLUMN code text NOT NULL;\n",
        "TRUNCATE orders;\nALTER TABLE orders ADD COLUMN code text NOT NULL;\n",
        "ALTER TABLE orders ADD COLUMN code bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL;\n",
    ],
)
def test_a_column_with_a_default_or_on_an_emptied_table_does_not_fail(tmp_path, text):
    made = context(tmp_path, sql(text))
    change = changes.Change({"migrations/002_b.sql": changes.Changed("migrations/002_b.sql", "added")})

    assert not [f for f in migrations.run(run.Context(made.repository, change)) if "as soon as" in f.message]


@pytest.mark.parametrize(
    ("down", "lines"),
    [("  async down() {}", [6]), ("", [1]), ("  async down() {\n  }", [6]), ("  async down() { this.addSql('SELECT 1'); }", [])],
)
def test_mikro_orm_has_ways_down(tmp_path, down, lines):
    text = MIKRO.format(up="this.addSql('create table x (id int)');", down=down)

    assert [line for _c, _p, line in found(tmp_path, migrations, {**NODE, "src/migrations/Migration1.ts": text}, "missing_down")] == lines


def test_one_way_down_may_serve_the_ways_up_of_several_databases(tmp_path):
    ups = {f"migrations/2026050{n}_x.{d}.up.sql": f"CREATE TABLE x{n} (id int);\n" for n in (1, 2, 3) for d in ("postgres", "mysql")}
    downs = {f"migrations/2026050{n}_x.down.sql": f"DROP TABLE x{n};\n" for n in (1, 2, 3)}

    assert found(tmp_path / "1", migrations, {**POSTGRES, **ups, **downs}, "missing_down") == []
    del downs["migrations/20260503_x.down.sql"]
    paths = [path for _check, path, _line in found(tmp_path / "2", migrations, {**POSTGRES, **ups, **downs}, "missing_down")]
    assert paths == ["migrations/20260503_x.mysql.up.sql", "migrations/20260503_x.postgres.up.sql"]


def test_a_word_of_mysql_in_one_of_many_files_does_not_hide_postgresql(tmp_path):
    files = {f"migrations/00{n}_x.sql": f"CREATE TABLE x{n} (id bigserial, a jsonb);\n" for n in range(1, 8)}
    files["migrations/008_y.sql"] = 'INSERT INTO x1 (a) VALUES (\'{"hint": "use `code` here"}\');\n'
    files["migrations/009_z.sql"] = "CREATE INDEX i ON x1 (a);\n"

    assert found(tmp_path, migrations, files, "index_not_concurrent") == [("index_not_concurrent", "migrations/009_z.sql", 1)]


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("await queryRunner.query(`CREATE INDEX CONCURRENTLY i ON orders (a)`);", [5]),
        ("await queryRunner.commitTransaction();\n    await queryRunner.query(`CREATE INDEX CONCURRENTLY i ON orders (a)`);", []),
        ("await this.runOutsideTransaction(() => queryRunner.query(`CREATE INDEX CONCURRENTLY i ON orders (a)`));", []),
    ],
)
def test_typeorm_may_end_its_transaction_itself(tmp_path, body, lines):
    assert [line for _c, _p, line in found(tmp_path, migrations, typeorm(body), "index_not_concurrent")] == lines


def test_typeorm_ways_down_need_no_parameter_and_rows_may_be_changed_by_the_manager(tmp_path):
    text = typeorm("await queryRunner.manager\n      .query('UPDATE orders SET a = 1');")["src/migrations/2-x.ts"]
    text = text.replace("down(queryRunner: QueryRunner)", "down()").replace("await queryRunner.query('SELECT 1');", "return")
    files = {**NODE, "src/migrations/2-x.ts": text}

    assert [c for c, _p, _l in found(tmp_path / "1", migrations, files, "backfill_in_migration")] == ["backfill_in_migration"]
    assert found(tmp_path / "2", migrations, files, "missing_down", doubted=True) == [("missing_down", "src/migrations/2-x.ts", 8)]


def test_a_migration_in_code_may_tell_its_database_by_its_neighbours(tmp_path):
    bare = {"Shop.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"></Project>\n', "Program.cs": "var app = 1;\n"}
    step = EFCORE.format(
        up='migrationBuilder.CreateIndex(name: "i", table: "orders", column: "state");', down='migrationBuilder.Sql("SELECT 1");'
    )
    first = EFCORE.format(up='migrationBuilder.CreateTable(name: "t", x: "{0}");', down='migrationBuilder.DropTable(name: "t");')
    check = "index_not_concurrent"

    ours = {**bare, "Migrations/1_A.cs": first.replace("{0}", "Npgsql:ValueGenerationStrategy"), "Migrations/2_B.cs": step}
    assert [c for c, _p, _l in found(tmp_path / "1", migrations, ours, check)] == [check]
    other = {**ours, "Migrations/1_A.cs": first.replace("{0}", "SqlServer:Identity")}
    assert found(tmp_path / "2", migrations, other, check) == []


def test_numbered_files_are_taken_by_their_number(tmp_path):
    files = {f"migrations/{n}_x.sql": f"ALTER TABLE orders ADD COLUMN a{n} int;\n" for n in (2, 9, 10, 100)}
    files["migrations/1_a.sql"] = BASE["migrations/001_a.sql"]

    assert found(tmp_path, migrations, {**POSTGRES, **files}, "missing_lock_timeout") == [
        ("missing_lock_timeout", "migrations/100_x.sql", 1)
    ]


def test_migrations_that_nobody_reads_are_said_to_be_unchecked(tmp_path):
    text = "import { Kysely } from 'kysely'\nexport async function up(db: Kysely<any>) {\n"
    text += "  await db.schema.alterTable('orders').addColumn('a', 'integer').execute()\n}\n"
    made = context(tmp_path, {**NODE, "src/migrations/1_x.ts": text})

    assert migrations.applies(made)
    assert list(migrations.run(made)) == []
    assert ("locking_migration", "no reader for migrations of kysely") in made.gaps


def test_a_project_that_never_writes_ways_down_is_left_alone(tmp_path):
    files = {**POSTGRES, **{f"migrations/00{n}_x.up.sql": f"CREATE TABLE x{n} (id int);\n" for n in range(5)}}

    assert found(tmp_path, migrations, files, "missing_down") == []


@pytest.mark.parametrize("name", ["volatile", "serial", "rewriting"])
def test_the_patterns_match_their_examples_and_not_the_near_misses(name):
    entry = catalog.load("checks", "migrations")[name]
    pattern = re.compile(entry["pattern"])

    assert [text for text in entry["matches"] if not pattern.search(text)] == []
    assert [text for text in entry["misses"] if pattern.search(text)] == []
