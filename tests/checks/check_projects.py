"""Small projects for the tests of checks: files by path, and the findings of one module in them."""

import os
from types import ModuleType

from backend_agent.checks import run
from backend_agent.repository import changes
from backend_agent.repository.files import Repository

_MAIN = {"app/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}
POSTGRES = {**_MAIN, "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["fastapi", "sqlalchemy", "alembic", "psycopg"]\n'}
MYSQL = {**_MAIN, "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["fastapi", "sqlalchemy", "alembic", "pymysql"]\n'}


def context(tmp_path, files: "dict[str, str]") -> run.Context:
    for name, text in files.items():
        path = tmp_path / name
        os.makedirs(path.parent, exist_ok=True)
        path.write_text(text)
    return run.Context(Repository(str(tmp_path)))


def found(
    tmp_path, module: ModuleType, files: "dict[str, str]", check: str = "", doubted: "bool | None" = False
) -> "list[tuple[str, str, int]]":
    """(check, path, line) of every finding of a module, or of one check of it. Each must also be found when its file alone is the change:
    what a check gathers from other files, it has to gather from files that nobody touched. `doubted` gives the questions instead of the
    findings, None both."""
    made = context(tmp_path, files)
    rows = _rows(made, module, check, doubted)
    for path in {row[1] for row in rows}:
        change = changes.Change({path: changes.Changed(path, "modified")})
        alone = _rows(run.Context(made.repository, change), module, check, doubted)
        assert {row for row in rows if row[1] == path} <= set(alone), f"only {path} changed"
    return rows


def _rows(made: run.Context, module: ModuleType, check: str, doubted: "bool | None") -> "list[tuple[str, str, int]]":
    rows = (f for f in module.run(made) if not check or f.check == check)
    return sorted((f.check, f.path, f.line) for f in rows if doubted is None or bool(f.doubt) == doubted)
