import pytest

from backend_agent import catalog
from backend_agent.verify import counts

RUNNERS = catalog.load("verify", "runners")
SAMPLES = [(r["id"], n, s) for r in RUNNERS for n, s in enumerate(r["samples"])]
FAMILIES = {"go-verbose": {"go-packages"}, "gotestsum": {"go-packages", "go-verbose"}, "sbt": {"scalatest"}, "go-packages": {"go-verbose"}}


def seen(runner: str, text: str) -> "counts.Counts | None":
    entry = next(r for r in counts._runners() if r.id == runner)
    return counts._of(entry, text) if entry.present.search(text) else None


def test_the_catalog_holds_the_runners_that_are_promised():
    assert {
        "pytest", "unittest", "jest", "vitest", "mocha", "node-test", "bun", "deno", "go-packages", "go-verbose", "go-json", "cargo",
        "nextest", "surefire", "gradle", "dotnet-vstest", "dotnet-mtp", "rspec", "minitest", "phpunit", "pest", "exunit", "sbt",
        "scalatest",
    } <= {r["id"] for r in RUNNERS}  # fmt: skip
    assert [r["id"] for r in RUNNERS] == sorted(r["id"] for r in RUNNERS)


@pytest.mark.parametrize(("runner", "number", "sample"), SAMPLES, ids=[f"{r}-{n}" for r, n, _ in SAMPLES])
def test_a_runner_reads_its_own_samples(runner, number, sample):
    found = counts.count(sample["output"])
    told = {k: v for k, v in found._asdict().items() if k in {"passed", "failed", "errors", "skipped"} and v}

    assert found.runner == runner
    assert told == sample["counts"]
    assert list(found.failing) == sample.get("failing", [])


@pytest.mark.parametrize(("runner", "number", "sample"), SAMPLES, ids=[f"{r}-{n}" for r, n, _ in SAMPLES])
def test_no_other_runner_sees_itself_in_a_sample(runner, number, sample):
    others = {r["id"] for r in RUNNERS} - {runner} - FAMILIES.get(runner, set())

    assert [name for name in others if seen(name, sample["output"]) is not None] == []


@pytest.mark.parametrize("runner", RUNNERS, ids=lambda r: r["id"])
def test_a_runner_leaves_near_misses_alone(runner):
    assert runner["misses"]
    assert [text for text in runner["misses"] if seen(runner["id"], text) is not None] == []


def test_colours_do_not_hide_a_summary():
    text = "\x1b[2m      Tests \x1b[22m \x1b[31m1 failed\x1b[39m\x1b[22m\x1b[2m | \x1b[22m\x1b[32m2 passed\x1b[39m\x1b[90m (3)\x1b[39m\n"

    found = counts.count(text)

    assert (found.runner, found.passed, found.failed) == ("vitest", 2, 1)


def test_two_runs_in_one_command_add_up():
    found = counts.count("3 passed in 0.10s\n...\n1 failed, 2 passed in 0.20s\n\nOK (2 tests, 4 assertions)\n")

    assert (found.runner, found.passed, found.failed) == ("phpunit + pytest", 7, 1)


def test_no_runner_means_no_count_and_not_zero():
    assert counts.count("all good, 0 problems, everything passed\nok\n") == counts.Counts()


def test_a_hundred_megabyte_line_costs_nothing():
    found = counts.count("x" * 20_000_000 + "\n1 passed in 0.10s\n")

    assert found.passed == 1


REPORT = """<?xml version="1.0"?><testsuite name="CartTest" tests="3">
<testcase classname="shop.CartTest" name="adds"/>
<testcase classname="shop.CartTest" name="bad"><failure message="no"/></testcase>
<testcase classname="shop.CartTest" name="later"><skipped/></testcase></testsuite>"""


@pytest.mark.parametrize("folder", ["target/surefire-reports", "build/test-results/test", "app/build/test-results/test"])
def test_reports_written_after_the_start_are_counted(tmp_path, folder):
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "TEST-x.xml").write_text(REPORT)

    found = counts.of_reports(str(tmp_path), 0)

    assert found == counts.Counts("junit-xml", 1, 1, 0, 1, "tests", ("shop.CartTest.bad",))


def test_old_and_broken_and_hostile_reports_are_no_counts(tmp_path):
    folder = tmp_path / "target" / "surefire-reports"
    folder.mkdir(parents=True)
    (folder / "TEST-broken.xml").write_text("<testsuite><testcase")
    (folder / "TEST-bomb.xml").write_text('<!DOCTYPE x [<!ENTITY a "b">]><testsuite><testcase name="a"/></testsuite>')

    assert counts.of_reports(str(tmp_path), 0) == counts.Counts()
    (folder / "TEST-x.xml").write_text(REPORT)
    assert counts.of_reports(str(tmp_path), 4_000_000_000) == counts.Counts()
