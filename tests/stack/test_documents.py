"""Notes on a README: only what cannot work, with what to run instead."""

import pytest

from backend_agent.repository.files import Repository
from backend_agent.stack.detect import detect

SERVICE = {
    "pyproject.toml": '[project]\nname = "billing"\ndependencies = ["flask"]\n[dependency-groups]\ndev = ["pytest"]\n',
    "uv.lock": "",
    "app.py": "from flask import Flask\n",
    "tests/test_app.py": "",
    "Makefile": "billing-check:\n\tuv run pytest -q\n",
    ".github/workflows/ci.yml": "jobs:\n  test:\n    steps:\n      - run: make billing-check\n",
}


def notes(tmp_path, files):
    for path, text in {**SERVICE, **files}.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return list(detect(Repository(str(tmp_path))).notes)


def test_a_command_that_cannot_work_is_named_with_what_ci_runs(tmp_path):
    assert notes(tmp_path, {"README.md": "# Billing\n\n```sh\n$ python setup.py test\n```\n"}) == [
        "README.md:4 tells `python setup.py test`; there is no setup.py. CI runs `make billing-check`."
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("    make tests\n", "no Makefile has a target 'tests'. CI runs `make billing-check`."),
        ("Run `npm run lint` first.\n", "there is no package.json."),
        ("```\npip install -r requirements-dev.txt && pytest\n```\n", "there is no requirements-dev.txt."),
        ("```\n./scripts/setup.sh\n```\n", "there is no scripts/setup.sh."),
        ("```\njust test\n```\n", "there is no justfile. CI runs `make billing-check`."),
    ],
)
def test_what_is_missing_is_named(tmp_path, text, reason):
    (note,) = notes(tmp_path, {"README.md": text})

    assert note.endswith(reason)


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("`make billing-check`, then `make -C docs html`\n", {}),
        ("```\nmake run\n```\n", {"Makefile": "include common.mk\n"}),
        ("```\npython app.py\npython -m billing\n./billing --port 80\n```\n", {}),
        ("```\nnpm run lint\nyarn jest\n```\n", {"web/package.json": '{"scripts": {"lint": "eslint ."}}'}),
        ("```\npip install -r requirements-$ENV.txt\npython <your script>.py\n```\n", {}),
        ("The old `setup.py` is gone; make sure to read on.\n", {}),
    ],
    ids=["targets that are there", "an include", "what runs", "a script in another folder", "placeholders", "prose"],
)
def test_what_may_work_is_left_alone(tmp_path, text, files):
    assert notes(tmp_path, {"README.md": text, **files}) == []
