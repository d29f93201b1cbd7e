"""Which files facts are collected of."""

import pytest

from backend_agent.facts import code, collect
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
