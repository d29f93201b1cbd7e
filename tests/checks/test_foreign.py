"""Code of others and generated code is left out, and that is said."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from check_projects import context

from backend_agent.checks import foreign, run

SLOW = "import time\n\n\nasync def wait():\n    time.sleep(1)\n"


def places(tmp_path, files):
    outcome = run.outcome(context(tmp_path, files))
    return [f.path for f in outcome.findings if f.check == "blocking_async"], outcome.notes


@pytest.mark.parametrize(
    "path", ["vendor/a/wait.py", "api/third_party/wait.py", "src/App_Packages/a/wait.py", "overrides/laravel/framework/src/wait.py"]
)
def test_a_copy_of_a_package_is_left_out_and_told(tmp_path, path):
    assert places(tmp_path, {path: SLOW, "app/wait.py": SLOW}) == (
        ["app/wait.py"],
        (f"1 file was not looked at, being code of others or generated: {path}",),
    )


@pytest.mark.parametrize("path", ["app/vendoring/wait.py", "app/vendor.py", "overrides/wait.py"])
def test_what_only_sounds_like_it_is_looked_at(tmp_path, path):
    assert places(tmp_path, {path: SLOW}) == ([path], ())


@pytest.mark.parametrize(
    ("attributes", "path", "left_out"),
    [
        ("*.gen.py linguist-generated\n", "app/api.gen.py", True),
        ("*.gen.py linguist-generated=true\n", "api.gen.py", True),
        ("client/** linguist-vendored\n", "client/a/wait.py", True),
        ("/client/ text linguist-vendored=true\n", "client/wait.py", True),
        ("client/**/models/* linguist-generated\n", "client/models/wait.py", True),
        ("client/** -linguist-vendored\n", "client/wait.py", False),
        ("client/** linguist-generated=false\n", "client/wait.py", False),
        ("# client/** linguist-vendored\n", "client/wait.py", False),
        ("client/** linguist-documentation\n", "client/wait.py", False),
        ("client/** linguist-vendored\n", "app/client/wait.py", False),
    ],
)
def test_gitattributes_say_what_is_not_ours(tmp_path, attributes, path, left_out):
    found, notes = places(tmp_path, {".gitattributes": attributes, path: SLOW})

    assert (found == [], bool(notes)) == (left_out, left_out)


def test_the_note_counts(tmp_path):
    assert foreign.note(frozenset({"vendor/b.py", "vendor/a.py"})) == (
        "2 files were not looked at, being code of others or generated: vendor/a.py and more"
    )


FILLS = """class AddNameToBlobs < ActiveRecord::Migration[6.0]
  def up
    add_column :blobs, :service, :string
    Blob.update_all(service: "local")
  end
end
"""


@pytest.mark.parametrize("first", ["# This migration comes from storage (originally 20190112182829)\n", ""])
def test_a_migration_that_an_engine_of_rails_brought_is_left_out(tmp_path, first):
    gems, path = 'gem "rails"\ngem "pg"\n', "db/migrate/20201115123024_add_name_to_blobs.storage.rb"
    outcome = run.outcome(context(tmp_path, {"Gemfile": gems, path: first + FILLS}))
    assert [f.path for f in outcome.findings if f.check == "backfill_in_migration"] == ([] if first else [path])
