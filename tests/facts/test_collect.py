"""Which files facts are collected of."""

import pytest

from backend_agent.facts import code, collect, routes
from backend_agent.repository.files import Repository


@pytest.mark.parametrize(
    ("mark", "theirs"),
    [
        ("vendor/modules.txt", "vendor/example.com/mux/mux.go"),
        ("api/vendor/modules.txt", "api/vendor/example.com/mux/mux.go"),
        ("vendor/autoload.php", "vendor/acme/router/src/Router.php"),
    ],
)
def test_packages_that_a_manager_puts_into_the_repository_are_not_read(tmp_path, mark, theirs):
    for name in (mark, theirs, "main.go", "vendored/own.go"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("<?php\nfunction a() {}\n" if name.endswith(".php") else "package a\n\nfunc A() {}\n")

    assert list(collect.collect(Repository(str(tmp_path)), [code])["code"]) == ["main.go", "vendored/own.go"]


def test_a_folder_that_only_has_the_name_is_read(tmp_path):
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "invoices.go").write_text("package vendor\n\nfunc Pay() {}\n")

    assert list(collect.collect(Repository(str(tmp_path)), [code])["code"]) == ["vendor/invoices.go"]


def test_a_picture_written_as_one_word_is_no_reason_to_wait(tmp_path):
    """An expression that begins with a word would begin at each of its letters: minutes for a file of seeds."""
    picture = "AB01" * 50_000
    (tmp_path / "Seeds.cs").write_text(
        f'public class Seeds\n{{\n    static readonly string Photo = "{picture}";\n    public void Plant(Db db) {{ db.Add(Photo); }}\n}}\n'
    )

    (functions,) = collect.collect(Repository(str(tmp_path)), [code, routes])["code"].values()
    assert [name for name in str(functions).split("'") if name == "Plant"] == ["Plant"]
