"""Migrations that are programs: constants, loops, branches per database, helpers of this and other files; and settings for all models."""

import pytest

from backend_agent.facts import collect, schema
from backend_agent.repository.files import Repository


@pytest.fixture
def tables(tmp_path, monkeypatch):
    monkeypatch.setenv("BACKEND_AGENT_CACHE", str(tmp_path / "cache"))

    def read(files):
        root = tmp_path / "project"
        for path, text in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        repository = Repository(str(root))
        result = schema.resolve(repository, collect.collect(repository, [schema])["schema"], True)
        assert repository.problems == []
        return {table.table: table for table in result.tables}

    return read


def names(table):
    return [column.name for column in table.columns]


ALEMBIC = """
import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None
TABLE = "jars"
STAMPED = ["jars", "shelves"]


def stamps():
    return (sa.Column("made", sa.DateTime, nullable=False), sa.Column("seen", sa.DateTime))


def shelf(name):
    op.create_table(name, sa.Column("id", sa.Integer, primary_key=True), *stamps())


def upgrade():
    dialect = op.get_bind().dialect.name
    shelf("shelves")
    op.create_table(TABLE, sa.Column("id", sa.Integer, primary_key=True), sa.Column("shelf_id", sa.Integer), *stamps())
    for table in STAMPED:
        op.add_column(table, sa.Column("gone", sa.DateTime))
        op.create_index(f"ix_{table}_gone", table, ["gone"])
    for table, column in {"jars": "note", "shelves": "label"}.items():
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column(column, sa.Text))
    if dialect == "sqlite":
        op.add_column(TABLE, sa.Column("only_sqlite", sa.Text))
    else:
        op.create_index("newest", TABLE, [sa.text("made DESC NULLS LAST"), "id"])
        op.create_index("lowered", TABLE, [sa.text("lower(note)")])
"""


def test_alembic_follows_constants_loops_helpers_and_the_branch_of_a_server(tables):
    found = tables({"alembic/versions/a1.py": ALEMBIC})
    assert names(found["jars"]) == ["id", "shelf_id", "made", "seen", "gone", "note"]
    assert names(found["shelves"]) == ["id", "made", "seen", "gone", "label"]
    assert found["jars"].indexes == (("gone",), ("made", "id"))


def test_an_alembic_name_that_is_not_known_makes_no_table(tables):
    text = ALEMBIC.replace('TABLE = "jars"', "TABLE = pick()").replace('STAMPED = ["jars", "shelves"]', "STAMPED = pick()")
    assert set(tables({"alembic/versions/a1.py": text})) == {"shelves"}


def test_sqlalchemy_sees_indexes_in_descending_order_and_names_made_by_a_function(tables):
    model = """
class Base(DeclarativeBase):
    @declared_attr.directive
    def __tablename__(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class GlassJar(Base):
    id: Mapped[int] = mapped_column(primary_key=True)
    made: Mapped[datetime] = mapped_column()
    name: Mapped[str] = mapped_column()
    __table_args__ = (Index("newest", "name", desc("made")), Index("last", made.desc()), Index("low", func.lower(name)))
"""
    found = tables({"app/models.py": "from sqlalchemy.orm import *\n" + model})
    assert found["glass_jar"].indexes == (("name", "made"), ("made",))


KNEX = """
const { makeShelves } = require("../tables");
const JARS = "jars";
const name = (table) => `${table}_by_note`;

exports.up = async (knex) => {
  await makeShelves(knex);
  await knex.schema.createTable(JARS, (table) => {
    table.increments("id");
    for (const column of ["note", "label"]) {
      table.string(column).notNullable();
    }
  }).raw("CREATE INDEX jars_label ON jars (label)");
  for (const table of [JARS, "shelves"]) {
    await knex.schema.alterTable(table, (t) => { t.timestamp(`${table}_seen`); });
  }
  if (knex.client.config.client === "sqlite3") {
    await knex.schema.dropTable(JARS);
  }
};
exports.down = async (knex) => knex.schema.dropTable(JARS);
"""
HELPER = """
async function makeShelves(knex) {
  await knex.schema.createTable("shelves", (table) => { table.increments("id"); });
}
module.exports = { makeShelves };
"""


def test_knex_follows_constants_loops_and_a_function_of_another_file(tables):
    found = tables({"db/migrations/1_jars.js": KNEX, "db/tables.js": HELPER})
    assert names(found["jars"]) == ["id", "note", "label", "jars_seen"]
    assert names(found["shelves"]) == ["id", "shelves_seen"]
    assert found["jars"].indexes == (("label",),)


def test_a_helper_that_no_migration_calls_makes_no_table(tables):
    text = KNEX.replace("await makeShelves(knex);", "")
    assert set(tables({"db/migrations/1_jars.js": text, "db/tables.js": HELPER})) == {"jars"}


def test_sequelize_drops_an_index_by_the_name_that_it_made_up(tables):
    one = """
module.exports = {
  async up(queryInterface, Sequelize) {
    await queryInterface.createTable("glassJars", { id: { type: Sequelize.INTEGER, primaryKey: true }, shelfId: { type: Sequelize.INTEGER } });
    await queryInterface.addIndex("glassJars", ["shelfId"]);
    await queryInterface.addIndex("glassJars", ["shelfId", "id"]);
  },
};
"""
    two = 'module.exports = { async up(queryInterface) { await queryInterface.removeIndex("glassJars", "glass_jars_shelf_id"); } };\n'
    assert tables({"migrations/1-a.js": one, "migrations/2-b.js": two})["glassJars"].indexes == (("shelfId", "id"),)


def test_a_table_rebuilt_under_its_name_keeps_the_keys_that_point_at_it(tables):
    found = tables(
        {
            "migrations/1.sql": "CREATE TABLE shelves (id int primary key);"
            "CREATE TABLE jars (id int primary key, shelf_id int REFERENCES shelves(id), lid_id int REFERENCES lids(id));"
            "CREATE TABLE lids (id int primary key);",
            "migrations/2.sql": "CREATE TABLE __new_shelves (id int primary key, label text); DROP TABLE shelves;"
            "ALTER TABLE __new_shelves RENAME TO shelves; DROP TABLE lids;",
        }
    )
    assert [fk.references for fk in found["jars"].foreign_keys] == ["shelves"]
    assert names(found["shelves"]) == ["id", "label"]


GORM = """package model

import "gorm.io/gorm"

type Shelf struct {
	ID   uint `gorm:"primarykey"`
	Jars []GlassJar
}

type GlassJar struct {
	ID      uint `gorm:"primarykey"`
	ShelfID uint `gorm:"index"`
}

func open() {
	db, _ := gorm.Open(dialector, &gorm.Config{SETTINGS})
	db.AutoMigrate(&Shelf{}, &GlassJar{})
}
"""


def test_gorm_settings_for_all_models_rule_names_and_constraints(tables):
    plain = tables({"model/model.go": GORM.replace("SETTINGS", "")})
    assert [(fk.references, fk.enforced) for fk in plain["glass_jars"].foreign_keys] == [("shelves", True)]
    settings = (
        'DisableForeignKeyConstraintWhenMigrating: true, NamingStrategy: schema.NamingStrategy{TablePrefix: "t_", SingularTable: true}'
    )
    found = tables({"model/model.go": GORM.replace("SETTINGS", settings)})
    assert set(found) == {"t_shelf", "t_glass_jar"}
    assert [(fk.references, fk.enforced) for fk in found["t_glass_jar"].foreign_keys] == [("t_shelf", False)]


def test_a_step_without_tables_counts_and_sqlx_is_known_by_its_manifest(tmp_path):
    root = tmp_path / "project"
    files = {
        "Cargo.toml": '[dependencies]\nsqlx = { version = "0.8", features = ["postgres"] }\n',
        "migrations/1_setup.up.sql": "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;\n",
        "migrations/1_setup.down.sql": "DROP FUNCTION touch;\n",
        "migrations/2_jars.up.sql": "CREATE TABLE jars (id int primary key);\n",
        "migrations/2_jars.down.sql": "DROP TABLE jars;\n",
        "migrations/3_fill.up.sql": "INSERT INTO jars VALUES (1);\n",
        "migrations/3_fill.down.sql": "DELETE FROM jars;\n",
    }
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    repository = Repository(str(root))
    result = schema.resolve(repository, collect.collect(repository, [schema])["schema"])
    assert [(m.file, m.tool) for m in result.migrations] == [(f"migrations/{n}.up.sql", "sqlx") for n in ("1_setup", "2_jars", "3_fill")]
    assert [table.orm for table in result.tables] == ["sqlx"]


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("enterprises", "enterprise"),
        ("houses", "house"),
        ("addresses", "address"),
        ("statuses", "status"),
        ("boxes", "box"),
        ("analyses", "analysis"),
    ],
)
def test_rails_names_the_column_of_a_key_by_the_singular_of_its_target(tables, many, one):
    text = f"""
class A < ActiveRecord::Migration[7.1]
  def change
    create_table :{many}
    create_table :jars do |t|
      t.bigint :{one}_id
    end
    add_foreign_key :jars, :{many}
  end
end
"""
    assert [fk.columns for fk in tables({"db/migrate/20240101000000_a.rb": text})["jars"].foreign_keys] == [(f"{one}_id",)]


LARAVEL = """<?php
use Illuminate\\Database\\Migrations\\Migration;
use Illuminate\\Support\\Facades\\Schema;

return new class extends Migration {
    protected $jars = 'jars';
    private array $stamps = ['jars' => ['seen', 'gone'], 'shelves' => ['seen']];

    public function up(): void
    {
        $tableNames = config('permission.table_names');
        Schema::create('shelves', function (Blueprint $table) {
            $table->id();
        });
        Schema::create($this->jars, function (Blueprint $table) {
            $table->id();
        });
        foreach ($this->stamps as $table => $columns) {
            foreach ($columns as $column) {
                $newColumn = sprintf('%s_at', $column);
                Schema::table($table, function (Blueprint $table) use ($column, $newColumn) {
                    $table->timestamp($newColumn)->nullable();
                    $table->index([$newColumn], "by_{$column}");
                });
            }
        }
        foreach ($this->listed() as $listed) {
            Schema::table($listed, function (Blueprint $table) { $table->string('note'); });
        }
        foreach (unknown() as $other) {
            Schema::table($other, function (Blueprint $table) { $table->string('never'); });
        }
        if (DB::getDriverName() === 'sqlite') {
            Schema::drop('shelves');
        } else {
            Schema::table('shelves', function (Blueprint $table) { $table->string('label')->unique(); });
        }
        Schema::create($tableNames['roles'], function (Blueprint $table) { $table->id(); });
    }

    private function listed(): array
    {
        return ['jars'];
    }
};
"""


def test_laravel_follows_loops_over_literals_made_up_names_and_the_branch_of_a_server(tables):
    found = tables({"database/migrations/2024_01_01_000000_jars.php": LARAVEL})
    assert set(found) == {"shelves", "jars", "roles"}
    assert names(found["jars"]) == ["id", "seen_at", "gone_at", "note"]
    assert names(found["shelves"]) == ["id", "seen_at", "label"]
    assert found["jars"].indexes == (("seen_at",), ("gone_at",))
    assert found["shelves"].unique == (("label",),)
    assert found["roles"].line == 38


TORTOISE = """
from tortoise import fields
from tortoise.models import Model


class Stamped:
    made = fields.DatetimeField(auto_now_add=True)


class Base(Model):
    id = fields.BigIntField(pk=True)

    class Meta:
        abstract = True


class Shelf(Base, Stamped):
    label = fields.CharField(max_length=40, unique=True, index=True)

    class Meta:
        table = "shelves"


class Jar(Base, Stamped):
    shelf = fields.ForeignKeyField("models.Shelf", related_name="jars")
    note = fields.TextField(null=True)
    tags = fields.ManyToManyField("models.Tag", related_name="jars")

    class Meta:
        unique_together = ("shelf", "note")


class Tag(Model):
    name = fields.CharField(max_length=20, index=True)
"""


def test_tortoise_models_give_tables_with_inherited_fields_and_links(tables):
    found = tables({"app/models.py": TORTOISE})
    assert set(found) == {"shelves", "jar", "tag", "jar_tag"}
    assert sorted(names(found["jar"])) == ["id", "made", "note", "shelf_id"]
    assert [(fk.columns, fk.references, fk.enforced) for fk in found["jar"].foreign_keys] == [(("shelf_id",), "shelves", True)]
    assert (found["jar"].unique, found["jar"].indexes) == ((("shelf_id", "note"),), ())
    assert (found["shelves"].unique, found["shelves"].indexes) == ((("label",),), (("label",),))
    assert found["jar_tag"].unique == (("jar_id", "tag_id"),)
    assert {c.name: c.null for c in found["jar"].columns}["note"] is True
    assert found["tag"].primary_key == ("id",)
    assert found["tag"].orm == "tortoise"


PEEWEE = """
from peewee import CharField, CompositeKey, ForeignKeyField, Model, TextField


class BaseModel(Model):
    made = CharField()

    class Meta:
        database = db


class Shelf(BaseModel):
    label = CharField(unique=True)


class Jar(BaseModel):
    code = CharField(primary_key=True)
    shelf = ForeignKeyField(Shelf, backref="jars")
    lid_id = ForeignKeyField(Shelf, column_name="lid", index=False, null=True)
    note = TextField(index=True)

    class Meta:
        table_name = "jars"
        indexes = ((("shelf", "note"), True), (("note", "code"), False))


class JarTag(BaseModel):
    jar = ForeignKeyField(Jar)
    name = CharField()

    class Meta:
        primary_key = CompositeKey("jar", "name")
"""


def test_peewee_models_give_tables_with_the_keys_that_peewee_makes(tables):
    found = tables({"app/models.py": PEEWEE})
    assert set(found) == {"shelf", "jars", "jartag"}
    assert names(found["jars"]) == ["made", "code", "shelf_id", "lid", "note"]
    assert found["jars"].primary_key == ("code",)
    assert found["jars"].unique == (("shelf_id", "note"),)
    assert found["jars"].indexes == (("shelf_id",), ("note",), ("note", "code"))
    assert [(fk.columns, fk.references) for fk in found["jars"].foreign_keys] == [(("shelf_id",), "shelf"), (("lid",), "shelf")]
    assert found["jartag"].primary_key == ("jar_id", "name")


def test_a_form_with_fields_is_no_model_of_tortoise_or_peewee(tables):
    text = "from peewee import chunked\nfrom wtforms import CharField\n\n\nclass JarForm(Form):\n    name = CharField()\n"
    assert tables({"app/forms.py": text}) == {}


def test_aerich_gives_its_migrations(tables):
    one = """
from tortoise import BaseDBAsyncClient


async def upgrade(db: BaseDBAsyncClient) -> str:
    return \"\"\"
        CREATE TABLE IF NOT EXISTS "jars" ("id" BIGSERIAL NOT NULL PRIMARY KEY, "note" TEXT);
        CREATE INDEX "by_note" ON "jars" ("note");\"\"\"


async def downgrade(db: BaseDBAsyncClient) -> str:
    return \"\"\"DROP TABLE "jars";\"\"\"
"""
    two = one.replace(
        'CREATE TABLE IF NOT EXISTS "jars" ("id" BIGSERIAL NOT NULL PRIMARY KEY, "note" TEXT);', 'ALTER TABLE "jars" ADD "seen" INT;'
    )
    two = two.replace('CREATE INDEX "by_note" ON "jars" ("note");', "")
    found = tables({"migrations/models/0_init.py": one, "migrations/models/10_seen.py": two})
    assert names(found["jars"]) == ["id", "note", "seen"]
    assert found["jars"].indexes == (("note",),)
    assert found["jars"].orm == "aerich"


def test_a_table_of_clickhouse_gives_way_to_the_one_of_its_name(tables):
    found = tables(
        {
            "prisma/migrations/1_a/migration.sql": 'CREATE TABLE "event" ("id" UUID NOT NULL, "name" TEXT, CONSTRAINT "pk" PRIMARY KEY ("id"));',
            "db/clickhouse/migrations/01_event.sql": "CREATE TABLE shop.event (id UUID, browser String) ENGINE = MergeTree ORDER BY id;"
            "CREATE TABLE shop.clicks (id UUID, at DateTime) ENGINE = MergeTree ORDER BY id;",
        }
    )
    assert names(found["event"]) == ["id", "name"]
    assert {table.table.rpartition(".")[2]: table.orm for table in found.values()} == {"event": "prisma", "clicks": "clickhouse"}


SEA_ORM = """
use sea_orm_migration::prelude::*;

impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(
            Table::create().table(JarTag::Table)
                .col(ColumnDef::new(JarTag::JarId).integer().not_null())
                .col(ColumnDef::new(JarTag::TagId).integer().not_null())
                .primary_key(Index::create().table(JarTag::Table).col(JarTag::JarId).col(JarTag::TagId))
                .foreign_key(ForeignKey::create().from(JarTag::Table, JarTag::JarId).to(Jars::Table, Jars::Id))
                .to_owned(),
        ).await?;
        manager.create_index(Index::create().name("by_tag").table(JarTag::Table).col(JarTag::TagId).to_owned()).await
    }
}
"""


def test_the_primary_key_of_a_sea_orm_table_is_no_further_index(tables):
    found = tables({"migration/src/m20240101_000001_jar_tag.rs": SEA_ORM})["jar_tag"]
    assert found.primary_key == ("jar_id", "tag_id")
    assert found.indexes == (("tag_id",),)
    assert [(fk.columns, fk.references) for fk in found.foreign_keys] == [(("jar_id",), "jars")]


def test_django_models_point_at_the_app_of_the_class_that_they_import(tables):
    found = tables(
        {
            "manage.py": "import django\n",
            "shop/shelves/models.py": "from django.db import models\n\n\nclass Shelf(models.Model):\n    label = models.CharField(max_length=9)\n",
            "shop/jars/models.py": """
from django.contrib.auth.models import Group, User
from django.db import models

from shop.shelves.models import Shelf


class Jar(models.Model):
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE)
    owner = models.ForeignKey(User, on_delete=models.CASCADE)
    group = models.ForeignKey(Group, on_delete=models.CASCADE)
    lid = models.ForeignKey("Lid", on_delete=models.CASCADE)


class Lid(models.Model):
    jar = models.ForeignKey("jars.Jar", on_delete=models.CASCADE)
""",
        }
    )
    assert [fk.references for fk in found["jars_jar"].foreign_keys] == ["shelves_shelf", "auth_user", "auth_group", "jars_lid"]
    assert [fk.references for fk in found["jars_lid"].foreign_keys] == ["jars_jar"]


def test_sequelize_classes_have_the_columns_of_their_base_and_none_for_an_association(tables):
    found = tables(
        {
            "models/base.ts": """
import { Column, CreatedAt, DataType, Model, PrimaryKey } from "sequelize-typescript";
class IdModel<T> extends Model<T> {
  @PrimaryKey
  @Column(DataType.UUID)
  id: string;

  @CreatedAt
  createdAt: Date;
}
export default IdModel;
""",
            "models/jar.ts": """
import { BelongsTo, Column, ForeignKey, Table } from "sequelize-typescript";
import IdModel from "./base";
@Table({ tableName: "jars" })
class Jar extends IdModel<Jar> {
  @BelongsTo(() => Shelf, "shelfId")
  shelf: Shelf;

  @ForeignKey(() => Shelf)
  @Column
  shelfId: string;
}
@Table({ tableName: "shelves" })
export class Shelf extends IdModel<Shelf> {}
""",
        }
    )
    assert names(found["jars"]) == ["id", "createdAt", "shelfId"]
    assert [(fk.columns, fk.references) for fk in found["jars"].foreign_keys] == [(("shelfId",), "shelves")]


def test_an_index_of_another_kind_covers_no_lookup(tables):
    model = """
class Jar(Base):
    __tablename__ = "jars"
    id: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column()
    __table_args__ = (Index("by_words", "words", postgresql_using="gin"), Index("by_hash", "words", postgresql_using="hash"))
"""
    assert tables({"app/models.py": "from sqlalchemy.orm import *\n" + model})["jars"].indexes == (("words",),)


RAILS = """
class Jars < ActiveRecord::Migration[7.1]
  STAMPED = %w[jars shelves].freeze

  def change
    create_table :shelves
    create_table :jars, id: false do |t|
      t.bigint :code, null: false
      %i[note label].each do |name|
        t.string name
      end
    end
    add_primary_key :jars, [:code]
    STAMPED.each do |table|
      add_column table, :seen_at, :datetime
      add_index table, :seen_at, name: "#{table}_by_seen"
    end
    remove_index :shelves, name: "shelves_by_seen"
    [["jars", "shelf_id"]].each { |table, column| add_column table, column, :bigint }
    found_elsewhere.each { |table| add_column table, :never, :string }
    create_table "#{prefix}_lids"
  end
end
"""


def test_rails_follows_loops_over_literals_and_leaves_what_is_made_up_when_it_runs(tables):
    found = tables({"db/migrate/20240101000000_jars.rb": RAILS})
    assert set(found) == {"jars", "shelves"}
    assert names(found["jars"]) == ["code", "note", "label", "seen_at", "shelf_id"]
    assert found["jars"].primary_key == ("code",)
    assert (found["jars"].indexes, found["shelves"].indexes) == ((("seen_at",),), ())


def test_a_many_to_many_field_of_a_package_has_its_table(tables):
    fields = '[("id", models.AutoField(primary_key=True)), ("jars", sortedm2m.fields.SortedManyToManyField(to="shop.Shelf"))]'
    text = f"""from django.db import migrations, models
import sortedm2m.fields


class Migration(migrations.Migration):
    initial = True
    operations = [migrations.CreateModel(name="Shelf", fields={fields})]
"""
    found = tables({"shop/migrations/0001_initial.py": text, "manage.py": "import django\n"})
    assert set(found) == {"shop_shelf", "shop_shelf_jars"}


def test_django_tables_get_back_their_own_name_and_migrations_may_lie_in_a_folder_of_another_name(tables):
    head = "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
    one = f"""{head}    initial = True
    operations = [
        migrations.CreateModel(
            name="Shelf",
            fields=[("id", models.AutoField(primary_key=True)), ("jars", models.ManyToManyField(to="shop.Shelf"))],
            options={{"db_table": "old_shelf"}},
        ),
    ]
"""
    two = f"""{head}    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AlterModelTable(name="shelf", table=None),
        migrations.AddField("shelf", "label", models.TextField()),
        AddIndexConcurrently("shelf", models.Index(fields=["label"], name="by_label")),
        AddIndexConcurrently("shelf", models.Index(fields=["-id", "label"], name="by_both")),
        RemoveIndexConcurrently("shelf", "by_label"),
    ]
"""
    found = tables({"shop/db_migrations/0001_initial.py": one, "shop/db_migrations/0002_name.py": two, "manage.py": "import django\n"})
    assert set(found) == {"shop_shelf", "shop_shelf_jars"}
    assert found["shop_shelf"].indexes == (("id", "label"),)


SHELVES = """
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "shelves")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(unique)]
    pub label: String,
}
"""
JARS = """
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "jars")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_name = "stands_on")]
    pub shelf_id: i32,
    #[sea_orm(column_type = "Text", nullable)]
    pub note: Option<String>, // what was written on it
    pub sealed_at: Option<DateTimeWithTimeZone>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::jar_shelves::Entity",
        from = "Column::ShelfId",
        to = "super::jar_shelves::Column::Id",
        on_delete = "Cascade"
    )]
    Shelf,
    #[sea_orm(has_many = "super::lids::Entity")]
    Lids,
}
"""


def test_entities_of_sea_orm_are_tables_with_their_keys(tables):
    found = tables({"src/entity/jar_shelves.rs": SHELVES, "src/entity/jars.rs": JARS})

    assert names(found["jars"]) == ["id", "stands_on", "note", "sealed_at"]
    assert [(c.type, c.null) for c in found["jars"].columns] == [("uuid", False), ("int", False), ("text", True), ("timestamptz", True)]
    assert [(fk.columns, fk.references) for fk in found["jars"].foreign_keys] == [(("stands_on",), "shelves")]
    assert (found["shelves"].name, found["shelves"].primary_key, found["shelves"].unique) == ("JarShelves", ("id",), (("label",),))


USERS = """
const mongoose = require('mongoose');

const shelfSchema = mongoose.Schema({ label: { type: String, required: true, unique: true } }, { timestamps: true });
const jarSchema = new mongoose.Schema({
  name: String,
  weight: { type: Number, index: true },
  shelf: { type: mongoose.SchemaTypes.ObjectId, ref: 'Shelf', required: true },
  tags: [String],
  lids: [{ type: mongoose.Schema.Types.ObjectId, ref: 'Lid' }],
});
jarSchema.index({ shelf: 1, name: -1 }, { unique: true });
module.exports = { Shelf: mongoose.model('Shelf', shelfSchema), Jar: mongoose.model('Jar', jarSchema) };
"""
CATS = """
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';

@Schema({ collection: 'all_cats', timestamps: true })
export class Cat {
  @Prop({ required: true })
  name: string;

  @Prop()
  age: number;

  @Prop([String])
  tags: string[];
}
export const CatSchema = SchemaFactory.createForClass(Cat);
CatSchema.index({ name: 1 });
"""


def test_collections_of_mongoose_are_tables_whose_references_nothing_enforces(tables):
    found = tables({"src/models.js": USERS, "src/cat.schema.ts": CATS})

    assert [(c.name, c.type, c.null) for c in found["jars"].columns] == [
        ("_id", "objectid", False), ("name", "varchar", True), ("weight", "numeric", True),
        ("shelf", "objectid", False), ("tags", "array", True), ("lids", "array", True),
    ]  # fmt: skip
    assert [(fk.columns, fk.references, fk.enforced) for fk in found["jars"].foreign_keys] == [(("shelf",), "shelves", False)]
    assert (found["jars"].unique, found["jars"].indexes) == ((("shelf", "name"),), (("weight",),))
    assert (names(found["shelves"]), found["shelves"].unique) == (["_id", "label", "createdAt", "updatedAt"], (("label",),))
    assert (names(found["all_cats"]), found["all_cats"].name) == (["_id", "name", "age", "tags", "createdAt", "updatedAt"], "Cat")


def test_documents_beside_a_relational_database_are_not_its_tables(tables):
    assert list(tables({"src/models.js": USERS, "db/migrations/1_jars.sql": "CREATE TABLE lids (id int PRIMARY KEY);"})) == ["lids"]


EF = {
    "Data/ShopContext.cs": "public class ShopContext(DbContextOptions o) : DbContext(o)\n{\n"
    "    public DbSet<Order> Orders { get; init; } = null!;\n    public DbSet<Person> People => Set<Person>();\n}\n",
    "Domain/Entity.cs": "public abstract class Entity\n{\n    public int Id { get; set; }\n}\n",
    "Domain/Order.cs": "public class Order : Entity\n{\n    public string? Number { get; set; }\n    public decimal Total { get; set; }\n"
    "    [NotMapped]\n    public string Shown { get; set; }\n    public int CustomerId { get; set; }\n"
    "    public Person? Customer { get; set; }\n    public List<Line> Lines { get; } = new();\n}\n",
    "Domain/Person.cs": "public class Person\n{\n    [Key]\n    public Guid Number { get; set; }\n}\n",
}


def test_entity_framework_makes_columns_keys_and_indexes_of_properties(tables):
    found = tables(EF)

    assert names(found["Orders"]) == ["Id", "Number", "Total", "CustomerId"]
    assert found["Orders"].primary_key == ("Id",)
    assert [(fk.columns, fk.references) for fk in found["Orders"].foreign_keys] == [(("CustomerId",), "People")]
    assert found["Orders"].indexes == (("CustomerId",),)
    assert found["People"].primary_key == ("Number",)


def test_a_class_that_two_files_declare_has_no_known_columns(tables):
    more = {**EF, "Contracts/Order.cs": "public class Order\n{\n    public string Note { get; set; }\n}\n"}

    assert "Orders" not in tables(more)


NAMED = {
    "pom.xml": "<dependency>spring-boot</dependency>",
    "src/main/java/shop/Names.java": (
        'package shop;\n\npublic class Names {\n    private static final String PREFIX = "shop_";\n'
        '    public static final String ORDERS = PREFIX + "orders";\n    public static final String BUYER = "buyer_no";\n}\n'
    ),
    "src/main/java/shop/Base.java": (
        "package shop;\n\nimport jakarta.persistence.*;\n\n@MappedSuperclass\npublic abstract class Base<D extends Data & Versioned> implements Kept {\n"
        "    @Id\n    private Long id;\n}\n"
    ),
    "src/main/java/shop/Order.java": (
        "package shop;\n\nimport jakarta.persistence.*;\nimport static shop.Names.BUYER;\n\n@Entity\n@Table(name = Names.ORDERS, indexes = "
        '@Index(columnList = BUYER + ", place"))\npublic class Order<D extends Data> extends Base<D> {\n    @Column(name = BUYER)\n'
        "    private String buyer;\n    private String place;\n    @Column(name = Lost.NAME)\n    private String lost;\n}\n"
    ),
    "src/main/java/shop/OrderInfo.java": (
        "package shop;\n\nimport jakarta.persistence.*;\n\n@Entity\n@Table(name = Names.ORDERS)\npublic class OrderInfo extends Base<Data> {\n"
        "    private String note;\n}\n"
    ),
}


def test_names_of_jpa_are_followed_to_their_constants_and_two_classes_may_share_a_table(tables):
    found = tables(NAMED)
    assert list(found) == ["shop_orders"]
    assert [c.name for c in found["shop_orders"].columns] == ["id", "buyer_no", "place", "name", "note"]
    assert found["shop_orders"].primary_key == ("id",)
    assert found["shop_orders"].indexes == (("buyer_no", "place"),)


SCRIPTS = {
    "app/models.py": (
        "from sqlalchemy import Column, Integer\nfrom sqlalchemy.orm import declarative_base\n\nBase = declarative_base()\n\n"
        + "".join(
            f"class T{n}(Base):\n    __tablename__ = 't{n}'\n    id = Column(Integer, primary_key=True)\n    a_id = Column(Integer)\n\n"
            for n in range(3)
        )
    ),
    "sql/all-idx.sql": "create index i on t1 (a_id);\n",
    "sql/all.sql": "".join(f"create table t{n} (id int primary key, a_id int references t0 (id));\n" for n in range(3)),
}


def test_sql_files_that_make_the_tables_of_the_models_say_the_keys_and_indexes(tables):
    found = tables(SCRIPTS)
    assert found["t1"].indexes == (("a_id",),)
    assert [k.references for k in found["t2"].foreign_keys] == ["t0"]


def test_a_sql_file_of_some_other_tables_leaves_the_models_as_they_are(tables):
    files = {**SCRIPTS, "sql/all.sql": "create table t1 (id int primary key, a_id int references t9 (id));\n"}
    assert not any(t.foreign_keys for t in tables(files).values())


DOCTRINE = {
    "config/packages/doctrine.yaml": "doctrine:\n    orm:\n        naming_strategy: doctrine.orm.naming_strategy.underscore_number_aware\n",
    "src/Entity/Dated.php": (
        "<?php\nnamespace App\\Entity;\n\nuse Doctrine\\ORM\\Mapping as ORM;\n\ntrait Dated\n{\n    #[ORM\\Column(type: 'datetime_immutable', nullable: true)]\n"
        "    private ?\\DateTimeImmutable $madeAt = null;\n}\n"
    ),
    "src/Entity/Post.php": (
        "<?php\nnamespace App\\Entity;\n\nuse Doctrine\\DBAL\\Types\\Types;\nuse Doctrine\\ORM\\Mapping as ORM;\n\n"
        "#[ORM\\Entity(repositoryClass: PostRepository::class)]\n#[ORM\\Table(name: '`shop_post`', indexes: [new ORM\\Index(columns: ['title', 'made_at'])])]\n"
        "#[ORM\\UniqueConstraint(fields: ['author', 'title'])]\nclass Post\n{\n    use Dated;\n\n    #[ORM\\Id, ORM\\GeneratedValue, ORM\\Column]\n    private ?int $id = null;\n\n"
        "    #[ORM\\Column(type: Types::STRING, unique: true)]\n    private string $title;\n\n    #[ORM\\ManyToOne(targetEntity: Author::class)]\n"
        "    #[ORM\\JoinColumn(nullable: false)]\n    private ?Author $author = null;\n\n    #[ORM\\ManyToMany(targetEntity: Tag::class)]\n"
        "    #[ORM\\JoinTable(name: 'post_tag')]\n    private Collection $tags;\n\n    #[ORM\\OneToMany(targetEntity: Comment::class, mappedBy: 'post')]\n"
        "    private Collection $comments;\n\n    private array $notKept = [];\n\n    public function __construct(#[ORM\\Embedded] private Money $price) {}\n}\n"
    ),
    "src/Entity/Money.php": (
        "<?php\nnamespace App\\Entity;\n\nuse Doctrine\\ORM\\Mapping as ORM;\n\n#[ORM\\Embeddable]\nclass Money\n{\n    #[ORM\\Column(type: 'decimal')]\n    public string $amount;\n}\n"
    ),
    "src/Entity/Author.php": (
        '<?php\nnamespace App\\Entity;\n\nuse Doctrine\\ORM\\Mapping as ORM;\n\n/**\n * An author.\n *\n * @ORM\\Entity(repositoryClass="App\\Repository\\AuthorRepository")\n */\n'
        'class Author extends Person\n{\n    /**\n     * @ORM\\Id\n     * @ORM\\Column(type="guid")\n     */\n    private $id;\n\n'
        '    /**\n     * @ORM\\OneToOne(targetEntity="App\\Entity\\Tag")\n     * @ORM\\JoinColumn(name="best", nullable=true)\n     */\n    private $bestTag;\n}\n'
    ),
    "src/Entity/Person.php": (
        "<?php\nnamespace App\\Entity;\n\nuse Doctrine\\ORM\\Mapping as ORM;\n\n#[ORM\\MappedSuperclass]\nabstract class Person\n{\n    #[ORM\\Column(length: 90)]\n"
        "    protected string $firstName;\n}\n"
    ),
    "src/Entity/Tag.php": (
        "<?php\nnamespace App\\Entity;\n\nuse Doctrine\\ORM\\Mapping as ORM;\n\n#[ORM\\Entity]\nclass Tag\n{\n    #[ORM\\Id]\n    #[ORM\\Column(type: 'integer')]\n    private int $id;\n}\n"
    ),
}


def test_entities_of_doctrine_are_tables_with_their_keys(tables):
    found = tables(DOCTRINE)
    assert sorted(found) == ["author", "post_tag", "shop_post", "tag"]
    post = found["shop_post"]
    assert {(c.name, c.type, c.null) for c in post.columns} == {
        ("id", "int", False), ("title", "varchar", False), ("made_at", "timestamp", True), ("author_id", "uuid", False), ("price_amount", "numeric", False),
    }  # fmt: skip
    assert post.primary_key == ("id",)
    assert [(k.columns, k.references) for k in post.foreign_keys] == [(("author_id",), "author")]
    assert set(post.indexes) == {("title", "made_at"), ("author_id",)}
    assert set(post.unique) == {("title",), ("author_id", "title")}
    assert names(found["author"]) == ["first_name", "id", "best"]
    assert found["author"].unique == (("best",),)
    assert found["post_tag"].primary_key == ("post_id", "tag_id")
    assert {k.references for k in found["post_tag"].foreign_keys} == {"shop_post", "tag"}


def test_where_migrations_of_doctrine_build_what_is_not_read_the_entities_are_believed(tables):
    step = (
        "<?php\nfinal class Version2024 extends AbstractMigration\n{\n    public function up(Schema $schema): void\n    {\n"
        "        $this->addSql('CREATE TABLE tag (id INT NOT NULL, gone INT NOT NULL)');\n        %s\n    }\n}\n"
    )
    whole = tables({**DOCTRINE, "migrations/Version2024.php": step % ""})
    assert names(whole["tag"]) == ["id", "gone"]
    part = tables({**DOCTRINE, "migrations/Version2024.php": step % "$schema->getTable('tag')->dropColumn('gone');"})
    assert names(part["tag"]) == ["id"]


TYPEORM = {
    "src/migrations/1700000000002-Notes.ts": (
        "import { MigrationInterface, QueryRunner } from 'typeorm'\n\nexport class Notes1700000000002 implements MigrationInterface {\n"
        "  private async make(queryRunner: QueryRunner): Promise<void> {\n"
        '    await queryRunner.query(`create table "note" ("id" uuid primary key, "team" varchar)`)\n  }\n'
        "  public async up(queryRunner: QueryRunner): Promise<void> {\n    await this.make(queryRunner)\n  }\n}\n"
    ),
    "src/more/migrations/1700000000001-Teams.ts": (
        "import { MigrationInterface, QueryRunner } from 'typeorm'\n\nexport class Teams1700000000001 implements MigrationInterface {\n"
        '  async up(queryRunner: QueryRunner) {\n    await queryRunner.query(`create table "team" ("id" uuid primary key)`)\n  }\n}\n'
    ),
    "src/more/migrations/1700000000003-Link.ts": (
        "import { MigrationInterface, QueryRunner } from 'typeorm'\n\nexport class Link1700000000003 implements MigrationInterface {\n"
        '  async up(queryRunner: QueryRunner) {\n    await queryRunner.query(`alter table "note" add column "team_id" uuid`)\n'
        '    await queryRunner.query(`alter table "note" add constraint "f" foreign key ("team_id") references "team" ("id")`)\n  }\n}\n'
    ),
}


def test_typeorm_runs_the_migrations_of_two_folders_in_one_order_and_the_methods_that_they_call(tables):
    found = tables(TYPEORM)
    assert names(found["note"]) == ["id", "team", "team_id"]
    assert [(k.columns, k.references) for k in found["note"].foreign_keys] == [(("team_id",), "team")]


STEPS_IN_GO = """package database

var migrations = []func(tx *sql.Tx) error{
	func(tx *sql.Tx) error {
		// CREATE TABLE never (id int)
		_, err := tx.Exec(`
			CREATE TYPE kind AS ENUM ('a');
			CREATE TABLE notes (id serial primary key, old text, kind kind);
		`)
		return err
	},
	func(tx *sql.Tx) error {
		_, err := tx.Exec("CREATE INDEX notes_kind ON notes (kind)")
		return err
	},
	func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE notes SET kind = 'a'; ALTER TABLE notes DROP COLUMN old, ADD COLUMN made timestamp`)
		return err
	},
}
"""
STEP_OF_GOOSE = """package migrations

func init() { goose.AddMigrationContext(Up2, Down2) }

func Up2(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `ALTER TABLE notes RENAME TO papers`)
	return err
}

func Down2(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `DROP TABLE papers`)
	return err
}
"""


def test_migrations_in_go_are_the_statements_that_they_execute_in_their_order(tables):
    found = tables({"internal/database/migrations.go": STEPS_IN_GO})
    assert {name: names(table) for name, table in found.items()} == {"notes": ["id", "kind", "made"]}
    assert found["notes"].indexes == (("kind",),)


def test_steps_of_goose_in_go_run_between_those_in_sql_and_their_way_back_does_not(tables):
    files = {
        "db/migrations/001_notes.sql": "-- +goose Up\nCREATE TABLE notes (id int primary key);\n-- +goose Down\nDROP TABLE notes;\n",
        "db/migrations/002_papers.go": STEP_OF_GOOSE,
        "db/migrations/003_more.sql": "-- +goose Up\nALTER TABLE papers ADD COLUMN title text;\n",
    }
    assert {name: names(table) for name, table in tables(files).items()} == {"papers": ["id", "title"]}


def test_a_query_of_go_that_makes_no_table_is_no_migration(tables):
    text = 'package store\n\nfunc all(db *sql.DB) { db.Exec(`SELECT 1 FROM a -- CREATE TABLE x (id int)`); db.Exec("DROP TABLE gone") }\n'
    assert tables({"store/all.go": text}) == {}


MADE_BY_PYTHON = '''
def init_db(cursor):
    cursor.execute("""
        CREATE TABLE IF NOT EXISTS cards (
            id SERIAL PRIMARY KEY,
            user_id INTEGER REFERENCES users(id)
        )
    """)
    cursor.execute("CREATE INDEX ix_cards_user ON cards (user_id)")
'''


def test_tables_that_a_program_makes_itself_are_tables_where_nothing_better_is_known(tables):
    found = tables({"app/database.py": MADE_BY_PYTHON, "src/db.js": "db.exec(`CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)`)\n"})
    assert {name: names(table) for name, table in found.items()} == {"cards": ["id", "user_id"], "notes": ["id", "body"]}
    assert found["cards"].indexes == (("user_id",),)


def test_a_text_that_names_a_statement_and_is_not_executed_makes_no_table(tables):
    assert tables({"app/help.py": 'HELP = "CREATE TABLE makes a table"\nprint(HELP)\n'}) == {}


def test_models_are_better_than_what_a_program_makes_itself(tables):
    model = (
        "from sqlalchemy import Column, Integer\nfrom sqlalchemy.orm import DeclarativeBase\n\n\nclass Base(DeclarativeBase):\n    pass\n\n\n"
        'class Card(Base):\n    __tablename__ = "cards"\n    id = Column(Integer, primary_key=True)\n    limit = Column(Integer)\n'
    )
    found = tables({"app/models.py": model, "app/database.py": MADE_BY_PYTHON})
    assert {name: names(table) for name, table in found.items()} == {"cards": ["id", "limit"]}


def test_a_table_that_a_program_makes_itself_stands_beside_its_documents(tables):
    document = "const mongoose = require('mongoose');\nmodule.exports = mongoose.model('Note', new mongoose.Schema({ body: String, user: String }));\n"
    made = "sequelize.query(`CREATE TABLE IF NOT EXISTS phrases (username varchar(200), phrase varchar(200))`);\n"
    assert set(tables({"models/note.js": document, "db.js": made})) == {"notes", "phrases"}
