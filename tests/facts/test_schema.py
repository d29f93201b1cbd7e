"""Tables, keys and indexes of one small project per tool, and silence where there is none."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend_agent.facts import collect, schema
from backend_agent.facts.schema import chains, sql
from backend_agent.facts.source import SourceFile, kind_of
from backend_agent.repository.files import Repository


@pytest.fixture
def tables(tmp_path, monkeypatch):
    monkeypatch.setenv("BACKEND_AGENT_CACHE", str(tmp_path / "cache"))

    def read(files, snapshots=True):
        root = tmp_path / "project"
        for path, text in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        repository = Repository(str(root))
        result = schema.resolve(repository, collect.collect(repository, [schema])["schema"], snapshots)
        assert repository.problems == []
        return {table.table: table for table in result.tables}

    return read


SHELF_SQL = """
CREATE TABLE shelves (id BIGSERIAL PRIMARY KEY, label VARCHAR(40) NOT NULL UNIQUE);
CREATE TABLE jars (
  id BIGSERIAL PRIMARY KEY,
  shelf_id BIGINT NOT NULL REFERENCES shelves(id),
  note TEXT
);
CREATE INDEX jars_note ON jars (note);
"""

PROJECTS = {
    "sql migrations": {"migrations/0001_shelves.sql": SHELF_SQL},
    "goose": {"migrations/1_a.sql": f"-- +goose Up\n{SHELF_SQL}\n-- +goose Down\nDROP TABLE jars;\nDROP TABLE shelves;\n"},
    "flyway": {"src/main/resources/db/migration/V1__shelves.sql": SHELF_SQL},
    "rails": {
        "db/migrate/20240101000000_create_shelves.rb": """
class CreateShelves < ActiveRecord::Migration[7.1]
  def change
    create_table :shelves do |t|
      t.string :label, null: false, index: { unique: true }
    end
    create_table :jars do |t|
      t.references :shelf, null: false, foreign_key: true, index: false
      t.text :note, index: true
    end
  end
end
"""
    },
    "alembic": {
        "migrations/versions/aa_shelves.py": """
import sqlalchemy as sa
from alembic import op
revision = "aa"
down_revision = None

def upgrade():
    op.create_table("shelves", sa.Column("id", sa.BigInteger(), nullable=False), sa.Column("label", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id"), sa.UniqueConstraint("label"))
    op.create_table("jars", sa.Column("id", sa.BigInteger(), nullable=False), sa.Column("shelf_id", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True), sa.ForeignKeyConstraint(["shelf_id"], ["shelves.id"]), sa.PrimaryKeyConstraint("id"))
    op.create_index("jars_note", "jars", ["note"])
"""
    },
    "prisma": {
        "prisma/schema.prisma": """
datasource db {
  provider = "postgresql"
  url = env("DATABASE_URL")
}
model Shelf {
  id    BigInt @id
  label String @unique
  jars  Jar[]
  @@map("shelves")
}
model Jar {
  id      BigInt  @id
  shelfId BigInt  @map("shelf_id")
  note    String?
  shelf   Shelf   @relation(fields: [shelfId], references: [id])
  @@index([note])
  @@map("jars")
}
"""
    },
    "knex": {
        "migrations/1_shelves.js": """
exports.up = async (knex) => {
  await knex.schema.createTable("shelves", (t) => { t.bigIncrements("id"); t.string("label").notNullable().unique(); });
  await knex.schema.createTable("jars", (t) => {
    t.bigIncrements("id");
    t.bigInteger("shelf_id").notNullable().references("id").inTable("shelves");
    t.text("note").index();
  });
};
exports.down = async (knex) => { await knex.schema.dropTable("jars"); };
"""
    },
    "laravel": {
        "database/migrations/2024_01_01_000000_create_shelves.php": """<?php
return new class extends Migration {
    public function up(): void {
        Schema::create('shelves', function (Blueprint $table) { $table->id(); $table->string('label')->unique(); });
        Schema::create('jars', function (Blueprint $table) {
            $table->id();
            $table->foreignId('shelf_id')->constrained();
            $table->text('note')->nullable()->index();
        });
    }
    public function down(): void { Schema::dropIfExists('jars'); }
};
"""
    },
    "ecto": {
        "priv/repo/migrations/20240101000000_create_shelves.exs": """
defmodule Shop.Repo.Migrations.CreateShelves do
  use Ecto.Migration
  def change do
    create table(:shelves) do
      add :label, :string, null: false
    end
    create unique_index(:shelves, [:label])
    create table(:jars) do
      add :shelf_id, references(:shelves), null: false
      add :note, :text
    end
    create index(:jars, [:note])
  end
end
"""
    },
    "jpa": {
        "src/main/java/shop/App.java": "package shop;\n@SpringBootApplication\npublic class App {}\n",
        "src/main/java/shop/Shelf.java": """package shop;
import jakarta.persistence.*;
@Entity
@Table(name = "shelves")
public class Shelf {
    @Id @GeneratedValue private Long id;
    @Column(nullable = false, unique = true, length = 40) private String label;
    @OneToMany(mappedBy = "shelf") private List<Jar> jars = new ArrayList<>();
    public String getLabel() { return label; }
}
""",
        "src/main/java/shop/Jar.java": """package shop;
import jakarta.persistence.*;
/** @Entity in a comment is none. */
@Entity
@Table(name = "jars", indexes = {@Index(name = "jars_note", columnList = "note")})
public class Jar {
    @Id private Long id;
    @ManyToOne(optional = false) private Shelf shelf;
    private String note;
    private static final int LIMIT = 3;
    @Transient private String shown;
}
""",
    },
    "kotlin jpa": {
        "build.gradle.kts": 'plugins { id("org.springframework.boot") version "3.4.0" }\n// spring-boot',
        "src/main/kotlin/Jar.kt": """
import jakarta.persistence.*

@Entity
@Table(name = "shelves")
class Shelf(
    @Id @GeneratedValue val id: Long? = null,
    @field:Column(nullable = false, unique = true) var label: String,
)

@Entity
@Table(name = "jars", indexes = [Index(columnList = "note")])
class Jar(@Id val id: Long, @ManyToOne @JoinColumn(name = "shelf_id", nullable = false) val shelf: Shelf, var note: String?) {
    fun shown(): String { val text = note; return text ?: "" }
}
""",
    },
    "exposed": {
        "src/main/kotlin/Tables.kt": """
import org.jetbrains.exposed.dao.id.LongIdTable

object Shelves : LongIdTable("shelves") { val label = varchar("label", 40).uniqueIndex() }

object Jars : LongIdTable("jars") {
    val shelf = reference("shelf_id", Shelves)
    val note = text("note").nullable().index()
}
"""
    },
    "liquibase xml": {
        "src/main/resources/db/changelog/master.xml": """<?xml version="1.0" encoding="UTF-8"?>
<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog">
  <include file="z.xml" relativeToChangelogFile="true"/>
  <include file="a.xml" relativeToChangelogFile="true"/>
</databaseChangeLog>
""",
        "src/main/resources/db/changelog/z.xml": """<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog">
  <changeSet id="1" author="a">
    <createTable tableName="shelves">
      <column name="id" type="bigint"><constraints primaryKey="true"/></column>
      <column name="label" type="varchar(40)"><constraints nullable="false" unique="true"/></column>
    </createTable>
    <createTable tableName="jars">
      <column name="id" type="bigint"><constraints primaryKey="true"/></column>
      <column name="shelf_id" type="bigint"><constraints nullable="false"/></column>
    </createTable>
  </changeSet>
</databaseChangeLog>
""",
        "src/main/resources/db/changelog/a.xml": """<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog">
  <changeSet id="2" author="a">
    <addColumn tableName="jars"><column name="note" type="text"/></addColumn>
    <createIndex tableName="jars" indexName="jars_note"><column name="note"/></createIndex>
    <addForeignKeyConstraint baseTableName="jars" baseColumnNames="shelf_id" constraintName="f" referencedTableName="shelves"
      referencedColumnNames="id"/>
  </changeSet>
  <changeSet id="3" author="a" dbms="oracle"><dropTable tableName="jars"/></changeSet>
</databaseChangeLog>
""",
    },
    "liquibase yaml": {
        "src/main/resources/db/changelog/changes.yaml": """
databaseChangeLog:
  - changeSet:
      id: 1
      author: a
      changes:
        - createTable:
            tableName: shelves
            columns:
              - column: {name: id, type: bigint, constraints: {primaryKey: true}}
              - column: {name: label, type: varchar(40), constraints: {nullable: false, unique: true}}
        - createTable:
            tableName: jars
            columns:
              - column: {name: id, type: bigint, constraints: {primaryKey: true}}
              - column: {name: shelf_id, type: bigint, constraints: {nullable: false, foreignKeyName: f, references: shelves(id)}}
              - column: {name: note, type: text}
        - createIndex: {tableName: jars, indexName: jars_note, columns: [{column: {name: note}}]}
"""
    },
}


@pytest.mark.parametrize("tool", PROJECTS)
def test_each_tool_gives_the_same_two_tables(tables, tool):
    found = tables(PROJECTS[tool])
    assert sorted(found) == ["jars", "shelves"]
    jars, shelves = found["jars"], found["shelves"]
    assert {c.name for c in jars.columns} == {"id", "shelf_id", "note"}
    assert {c.name: c.null for c in jars.columns} == {"id": False, "shelf_id": False, "note": True}
    assert (jars.primary_key, shelves.primary_key) == (("id",), ("id",))
    assert [(fk.columns, fk.references, fk.enforced) for fk in jars.foreign_keys] == [(("shelf_id",), "shelves", True)]
    assert jars.indexes == (("note",),)
    assert shelves.unique == (("label",),)
    assert jars.line > 0
    assert jars.file in PROJECTS[tool]


SILENT = {
    "Shape.java": "package a;\nimport jakarta.persistence.EntityManager;\npublic class Shape { private String name; }\n",
    "Box.kt": 'class Box(val name: String)\nfun table() = Table("exposed")\n',
    "shape.py": "class Shape:\n    name = 'x'\n\ndef find(db):\n    return db.execute('SELECT 1 FROM shapes')\n",
    "shape.ts": "export class Shape { name = 'x'; table() { return `create`; } }\n",
    "shape.go": "package a\ntype Shape struct { Name string }\n",
    "shape.rs": "pub struct Shape { name: String }\n",
    "shape.php": "<?php class Shape { public string $table = 'x'; }\n",
    "shape.rb": "class Shape\n  def table; :x; end\nend\n",
    "shape.cs": "public class Shape { public string Name { get; set; } }\n",
    "shape.ex": "defmodule Shape do\n  def table, do: :x\nend\n",
    "migrations/report.sql": "SELECT * FROM shapes JOIN boxes USING (id);\nUPDATE shapes SET a = 1;\n",
    "config/db/settings.xml": "<settings><table name='x'/></settings>\n",
    "config/db/settings.yaml": "tables:\n  - x\n",
}


def test_a_class_that_is_no_model_and_a_query_are_no_table(tables):
    assert tables(SILENT) == {}


def test_a_written_schema_file_does_not_hide_later_migrations(tables):
    files = {
        "db/schema.sql": "CREATE TABLE shelves (id int primary key);\nCREATE TABLE jars (id int primary key);\n",
        "migrations/1_a.sql": "CREATE TABLE shelves (id int primary key);\nCREATE TABLE jars (id int primary key);\n",
        "migrations/2_b.sql": "ALTER TABLE jars ADD COLUMN note text;\n",
    }
    assert [c.name for c in tables(files)["jars"].columns] == ["id", "note"]


def test_of_schema_files_per_database_one_is_read(tables):
    files = {f"db/{name}/schema.sql": f"CREATE TABLE jars (id int primary key, from_{name} text);" for name in ("mysql", "postgres", "h2")}
    assert [c.name for c in tables(files)["jars"].columns] == ["id", "from_postgres"]


def test_jpa_reads_links_elements_embedded_fields_and_inherited_columns(tables):
    found = tables(
        {
            "App.java": "@SpringBootApplication class App {}",
            "Model.java": """
import jakarta.persistence.*;
@MappedSuperclass abstract class Base { @Id Long id; java.time.Instant createdAt; }
@Embeddable class Address { String zipCode; @Column(name = "town") String city; }
@Entity class Person extends Base {
    @Embedded Address address;
    @ManyToMany Set<Club> clubs;
    @ElementCollection @CollectionTable(name = "nicknames", joinColumns = @JoinColumn(name = "person_id")) List<String> nick;
    @OneToOne @JoinColumn(name = "boss_id") Person boss;
}
@Entity class Club extends Base { @ManyToMany(mappedBy = "clubs") Set<Person> members; boolean open; }
""",
        }
    )
    assert [c.name for c in found["person"].columns] == ["id", "created_at", "zip_code", "town", "boss_id"]
    assert found["person"].unique == (("boss_id",),)
    assert {fk.references for fk in found["person_clubs"].foreign_keys} == {"person", "club"}
    assert found["person_clubs"].primary_key == ("members_id", "clubs_id")
    assert [c.name for c in found["nicknames"].columns] == ["person_id", "nick"]
    assert {c.name: c.null for c in found["club"].columns}["open"] is False


def test_an_xml_changelog_with_entities_is_refused():
    bomb = (
        '<!DOCTYPE x [<!ENTITY a "aa">]><databaseChangeLog><changeSet id="1"><dropTable tableName="&a;"/></changeSet></databaseChangeLog>'
    )
    assert schema.extract(SourceFile("db/changelog/a.xml", bomb, "xml")) == {}


PIECES = st.lists(
    st.sampled_from(
        [
            "CREATE",
            "TABLE",
            "ALTER",
            "ADD",
            "DROP",
            "COLUMN",
            "PRIMARY",
            "KEY",
            "FOREIGN",
            "REFERENCES",
            "UNIQUE",
            "INDEX",
            "ON",
            "(",
            ")",
            ",",
            ";",
            ".",
            "'",
            '"',
            "`",
            "[",
            "]",
            "{",
            "}",
            "$",
            "$$",
            "::",
            "a",
            "b",
            "x",
            "int",
            "NOT",
            "NULL",
            "DEFAULT",
            "@Entity",
            "@Table",
            "@Column",
            "class",
            "struct",
            "def",
            "do",
            "end",
            "Schema::create",
            "migrationBuilder",
            "table!",
            "->",
            "|",
            "=",
            ":",
            "\n",
            "\\",
            "#",
            "/*",
            "*/",
            "--",
            "op.create_table(",
            "sa.Column(",
            "t.string(",
            "models.Model",
            "@Id",
            "@ManyToOne",
            "jakarta.persistence.",
            "gorm",
            "MigrationTrait",
            "async",
            "fn",
            "up",
            "object",
            "T",
            ":",
            "Table",
            "exposed",
            "val",
            "databaseChangeLog",
            "-",
            "changeSet:",
            "function",
            "up",
            "addSql(",
            "DbSet<",
            ">",
            "create_table",
            ":",
        ]
    ),
    max_size=60,
)
QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@QUIET
@given(PIECES)
def test_no_text_makes_the_sql_reader_or_the_chains_raise(pieces):
    text = " ".join(pieces)
    assert isinstance(sql.operations(text), list)
    assert isinstance(chains.chain(text), list)
    assert isinstance(chains.statements(text), list)
    chains.value(text)


ENDINGS = ["py", "js", "ts", "tsx", "go", "rs", "java", "kt", "cs", "rb", "php", "ex", "exs", "sql", "prisma"]
PATHS = [f"db/migrate/1_a.{e}" for e in ENDINGS] + [f"app/models.{e}" for e in ENDINGS] + ["db/changelog/a.xml", "db/changelog/a.yaml"]


@QUIET
@given(PIECES)
def test_no_text_makes_an_extract_raise(pieces):
    text = " ".join(pieces)
    for path in PATHS:
        source = SourceFile(path, text, kind_of(path) or "")
        if schema.wants(path, source.language, text):
            assert schema.extract(source) is None or isinstance(schema.extract(source), dict)


def test_no_beginning_of_a_real_file_makes_an_extract_raise():
    for files in PROJECTS.values():
        for path, text in files.items():
            for end in range(0, len(text), 23):
                source = SourceFile(path, text[:end], kind_of(path) or "")
                if source.language and schema.wants(path, source.language, source.text):
                    schema.extract(source)


def test_a_table_made_from_a_query_and_a_key_made_from_an_index_are_seen(tables):
    text = """CREATE TABLE jars AS SELECT shelf_id, s.label, count(*) AS amount FROM shelves s GROUP BY 1, 2;
CREATE UNIQUE INDEX jars_key ON jars (shelf_id, label);
ALTER TABLE jars ADD CONSTRAINT jars_pkey PRIMARY KEY USING INDEX jars_key;
"""
    jars = tables({"migrations/1_jars.sql": text})["jars"]
    assert [c.name for c in jars.columns] == ["shelf_id", "label", "amount"]
    assert (jars.primary_key, jars.unique) == (("shelf_id", "label"), ())


def test_diesel_orders_versions_without_their_hyphens_and_its_schema_file_yields_to_the_migrations(tables):
    files = {
        "migrations/20160101000000_a/up.sql": "CREATE TABLE jars (id int PRIMARY KEY, note text);",
        "migrations/2017-01-01-000000_b/up.sql": "CREATE INDEX jars_note ON jars (note);",
        "src/schema.rs": "diesel::table! {\n    jars (id) {\n        id -> Int4,\n        note -> Nullable<Text>,\n    }\n}\n",
    }
    assert tables(files)["jars"].indexes == (("note",),)


def test_a_made_up_constraint_name_outlives_a_renamed_table_and_does_not_name_a_foreign_key(tables):
    text = """CREATE TABLE shelves (id int PRIMARY KEY);
CREATE TABLE pots (id int PRIMARY KEY, shelf_id int UNIQUE REFERENCES shelves);
ALTER TABLE pots RENAME TO jars;
ALTER TABLE jars DROP CONSTRAINT pots_shelf_id_key;
"""
    jars = tables({"migrations/1_jars.sql": text})["jars"]
    assert jars.unique == ()
    assert [fk.references for fk in jars.foreign_keys] == ["shelves"]


def test_a_laravel_migration_may_call_its_own_methods(tables):
    text = """<?php
class CreateJars extends Migration {
    private function jars(): void { Schema::create('jars', static function (Blueprint $table) { $table->id(); }); }
    public function up() { $this->jars(); $this->jars(); }
    public function down() { Schema::drop('jars'); }
}
"""
    assert list(tables({"database/migrations/2024_01_01_000000_jars.php": text})) == ["jars"]


def test_a_pydantic_model_beside_django_models_is_no_table(tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "models.py").write_text(
        "from django.db import models\nfrom pydantic import BaseModel, Field\n\n\n"
        "class Conf(BaseModel):\n    value: str = Field('x')\n\n\nclass Order(models.Model):\n    total = models.IntegerField()\n"
    )
    repository = Repository(str(tmp_path))
    facts = {"shop/models.py": schema.extract(SourceFile("shop/models.py", repository.read("shop/models.py"), "python"))}

    assert [t.table for t in schema.resolve(repository, facts).tables] == ["shop_order"]


def test_migrations_that_a_dump_does_not_know_are_run_on_top_of_it(tables):
    files = {
        "db/schema.rb": "ActiveRecord::Schema[8.0].define(version: 2026_01_02_000000) do\n"
        '  create_table "notes", force: :cascade do |t|\n    t.string "title"\n  end\nend\n',
        "db/migrate/20260102000000_create_notes.rb": "class CreateNotes < ActiveRecord::Migration[8.0]\n  def change\n"
        "    create_table :notes do |t|\n      t.string :title\n    end\n  end\nend\n",
        "db/migrate/20260103000000_create_tags.rb": "class CreateTags < ActiveRecord::Migration[8.0]\n  def change\n"
        "    create_table :tags do |t|\n      t.references :note, foreign_key: true\n    end\n    add_column :notes, :body, :text\n  end\nend\n",
    }
    found = tables(files)
    assert sorted(found) == ["notes", "tags"]
    assert [c.name for c in found["notes"].columns] == ["id", "title", "body"]


def test_raw_sql_of_db_migrate_is_read_upwards(tables):
    migration = (
        "exports.up = function (db, cb) {\n  db.runSql(`CREATE TABLE notes (id serial PRIMARY KEY, title text NOT NULL);`, cb);\n};\n"
    )
    down = "exports.down = function (db, cb) {\n  db.runSql('DROP TABLE notes;', cb);\n};\n"
    assert list(tables({"src/migrations/20260101000000-notes.js": migration + down})) == ["notes"]


def test_files_that_hold_nothing_but_tables_are_read_where_nothing_else_is(tables):
    plain = {
        "db/tables/users.sql": "create table users (id int primary key);\n",
        "db/tables/notes.sql": "create table notes (id int, user_id int references users (id));\n",
    }
    assert {name: len(table.foreign_keys) for name, table in tables(plain).items()} == {"notes": 1, "users": 0}
