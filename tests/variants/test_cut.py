"""What an agent copies is cut from code that runs, and nobody edits it by hand."""

import re
from pathlib import Path

import carried
import cut
import pytest
import yaml

STACKS = sorted(path.parent for path in cut.VARIANTS.glob("*/service.yaml"))


@pytest.mark.parametrize("folder", STACKS, ids=lambda folder: folder.name)
class TestStacks:
    def test_the_generated_files_are_current(self, folder: Path) -> None:
        for name, text in cut.written(folder).items():
            assert (folder / name).read_text(encoding="utf-8") == text, f"run: python3 tests/variants/cut.py {folder.name}"

    def test_every_region_of_the_contract_is_there_and_short(self, folder: Path) -> None:
        found = cut.regions(folder / "app")

        assert [name for name in cut.TITLES if name not in found] == []
        assert {
            one.place: len(one.text.splitlines()) for name in cut.TITLES for one in found[name] if len(one.text.splitlines()) > 90
        } == {}
        assert [one.place for name in cut.TITLES for one in found[name] if len(one.text.splitlines()) < 5] == []

    def test_the_code_tour_leads_through_five_files_that_are_there(self, folder: Path) -> None:
        tour = yaml.safe_load((folder / "about.yaml").read_text(encoding="utf-8"))["tour"]
        readme = (folder / "app" / "README.md").read_text(encoding="utf-8")

        assert len(tour) == 5
        assert [stop["file"] for stop in tour if not (folder / "app" / stop["file"]).is_file()] == []
        assert [stop["file"] for stop in tour if stop["file"] not in readme] == []

    def test_no_lock_file_names_a_host(self, folder: Path) -> None:
        locks = [path for name in ("*.lock", "package-lock.json", "*.sum") for path in (folder / "app").glob(name)]

        assert locks or (folder / "app" / "pom.xml").exists()
        assert [
            path.name
            for path in locks
            if "https://" in path.read_text(encoding="utf-8").replace("registry+https://github.com/rust-lang/crates.io-index", "")
            and "resolved" in path.read_text(encoding="utf-8")
        ] == []

    def test_snippets_begin_with_their_place_and_stay_short(self, folder: Path) -> None:
        text = (folder / "snippets.md").read_text(encoding="utf-8")

        for title in cut.TITLES.values():
            first = text.partition(f"## {title}\n\n")[2].splitlines()
            assert first[0].startswith("`app/"), title
            assert first[2].startswith("```"), title
            path, _, lines = first[0].strip("`").rpartition(":")
            assert (folder / path).is_file()
            assert lines.replace("-", "").isdigit()
        imports = re.findall(r"^(?:import|use|from|package) .*\n|^\t(?:\w+ )?\"[\w./-]+\"\n", text, re.MULTILINE)
        # Characters are what a reader pays for, and a formatter's line breaks are none. The imports make the pieces complete.
        assert len(text) - sum(map(len, imports)) < 31_000


def app(tmp_path: Path, text: str) -> Path:
    (tmp_path / "service.py").write_text(text)
    return tmp_path


def test_a_region_is_cut_without_its_marks_and_margin(tmp_path: Path) -> None:
    text = "class A:\n    # region: outer\n\n    def f(self):\n        # region: inner\n        return 1\n        # endregion: inner\n\n    # endregion: outer\n"

    found = cut.regions(app(tmp_path, text))

    assert found["outer"][0].text == "def f(self):\n    return 1"
    assert found["outer"][0].place == "service.py:4-7"
    assert found["inner"][0].text == "return 1"


@pytest.mark.parametrize(
    ("text", "says"),
    [("# region: a\n", "does not end"), ("# endregion: a\n", "without a beginning"), ("# region: a\n# region: a\n", "begins twice")],
)
def test_a_mark_without_its_other_half_is_an_error_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(cut.CutError, match=rf"service\.py:\d: .*{says}"):
        cut.regions(app(tmp_path, text))


def test_folders_of_builds_and_packages_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "a.ts").write_text("// region: a\nx\n// endregion: a\n")

    assert cut.regions(tmp_path) == {}


@pytest.mark.parametrize(
    ("file", "text", "name", "version"),
    [
        ("requirements.lock", "fastapi==0.140.0 \\\n    --hash=sha256:0\n", "fastapi", "0.140.0"),
        ("requirements.lock", "psycopg[binary]==3.3.9 ; python_version > '3'\n", "psycopg", "3.3.9"),
        (
            "package-lock.json",
            '{"packages": {"node_modules/@a/b": {"version": "1.2.3"}, "node_modules/x/node_modules/@a/b": {"version": "9"}}}',
            "@a/b",
            "1.2.3",
        ),
        ("go.mod", "module x\n\ngo 1.26\n\nrequire (\n\tgithub.com/go-chi/chi/v5 v5.2.4\n)\n", "github.com/go-chi/chi/v5", "v5.2.4"),
        ("Cargo.lock", '[[package]]\nname = "axum"\nversion = "0.8.9"\n', "axum", "0.8.9"),
        (
            "pom.xml",
            "<parent><artifactId>p</artifactId><version>4.1.1</version></parent><dependency><artifactId>starter</artifactId></dependency>",
            "starter",
            "by Boot 4.1.1",
        ),
        (
            "pom.xml",
            "<properties><a.version>7</a.version></properties><dependency><artifactId>a</artifactId><version>${a.version}</version></dependency>",
            "a",
            "7",
        ),
    ],
)
def test_versions_come_from_the_lock_file(tmp_path: Path, file: str, text: str, name: str, version: str) -> None:
    (tmp_path / file).write_text(text)

    assert cut.versions(tmp_path)[name] == version


@pytest.mark.parametrize(
    ("file", "text", "piece"),
    [
        (
            "a.py",
            "import os\nfrom uuid import UUID, uuid4\n\n\nclass Orders:\n    # region: a\n    def find(self, id: UUID) -> None:\n        pass\n    # endregion: a\n",
            "from uuid import UUID\n\n\nclass Orders:  # …\n    def find(self, id: UUID) -> None:\n        pass",
        ),
        (
            "a.go",
            'package shop\n\nimport (\n\t"fmt"\n\t"os"\n)\n\n// region: a\n// os is not used\nfunc F() string { return fmt.Sprint("os.x") }\n// endregion: a\n',
            'package shop\n\nimport "fmt"\n\n// os is not used\nfunc F() string { return fmt.Sprint("os.x") }',
        ),
        (
            "a.rs",
            "use std::{fmt::Write, sync::{Arc, Mutex}};\n\nimpl Shop {\n    // region: a\n    fn held(&self) -> Arc<u8> {\n        Arc::new(1)\n    }\n    // endregion: a\n}\nstatic X: Mutex<u8>;\n",
            "use std::{fmt::Write, sync::Arc};\n\nimpl Shop { // …\n    fn held(&self) -> Arc<u8> {\n        Arc::new(1)\n    }\n}",
        ),
        (
            "a.ts",
            "import type { A, B } from './a.js';\nimport { C } from './c.js';\n\nexport class S {\n  // region: a\n  f(a: A) {}\n  // endregion: a\n}\n",
            "import type { A } from './a.js';\n\nexport class S { // …\n  f(a: A) {}\n}",
        ),
        (
            "A.java",
            "package shop;\n\nimport java.util.List;\nimport java.util.UUID;\n\n// region: a\nrecord A(UUID id) {}\n// endregion: a\n",
            "package shop;\n\nimport java.util.UUID;\n\nrecord A(UUID id) {}",
        ),
    ],
)
def test_a_piece_carries_the_imports_it_uses_and_the_class_around_it(tmp_path: Path, file: str, text: str, piece: str) -> None:
    (tmp_path / file).write_text(text)
    one = cut.regions(tmp_path)["a"][0]

    assert carried.whole(file, text.splitlines(), one.first, one.last, one.text) == piece
