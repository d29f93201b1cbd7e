"""The hooks: what the guard holds back and lets through, what an edit and an end are told, and that they never block by accident."""

import json
import os
import subprocess
import sys

import pytest
import yaml

from backend_agent.hooks import guard, words

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
HOOKS = os.path.join(ROOT, "scripts", "hooks.py")
with open(os.path.join(ROOT, "scripts", "backend_agent", "catalog", "hooks", "destructive.yaml"), encoding="utf-8") as file:
    KNOWN = yaml.safe_load(file)
RULES = [*KNOWN["rules"], *KNOWN["statements"]]


def hook(name, event, cwd, **variables):
    environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "CLAUDE_PROJECT_DIR", "BACKEND_AGENT_POSTGRES"}}
    done = subprocess.run(
        [sys.executable, HOOKS, name],
        input=event if isinstance(event, bytes) else json.dumps({"cwd": str(cwd), **event}).encode(),
        env={**environment, **variables},
        capture_output=True,
        cwd=cwd,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def bash(command):
    return {"tool_name": "Bash", "tool_input": {"command": command}}


def held(command, folder="/", **variables):
    loss = guard.loss_of(command, str(folder), variables)
    return loss.rule if loss else ""


@pytest.mark.parametrize(("rule", "command"), [(rule["id"], text) for rule in RULES for text in rule["matches"]])
def test_every_rule_holds_back_its_examples(rule, command):
    assert held(command) == rule


@pytest.mark.parametrize("command", [text for rule in RULES for text in rule["misses"]])
def test_near_misses_pass(command):
    assert held(command) == ""


def test_every_rule_says_what_is_lost_and_has_both_kinds_of_example():
    assert all(rule["loses"] and rule["matches"] and rule["misses"] for rule in RULES)
    assert len({rule["id"] for rule in RULES}) == len(RULES)


@pytest.mark.parametrize(
    "command",
    [
        "git pull && npx prisma migrate reset",
        "cd api; CI=1 npx --yes prisma migrate reset --force | tee log 2>&1",
        "env NODE_ENV=development pnpm exec prisma migrate reset",
        "sh -c 'cd api && npx prisma migrate reset'",
        'bash -lc "docker compose exec api npx prisma migrate reset"',
        "docker compose -f dev.yml --profile db exec -T -u app api npx prisma migrate reset",
        "kubectl -n shop exec -it api-0 -c api -- npx prisma migrate reset",
        "sudo -u app timeout -k 5 60 nohup npx prisma migrate reset &",
        'echo "$(npx prisma migrate reset)"',
        "echo `npx prisma migrate reset`",
        "if true; then npx prisma migrate reset; fi",
        "ssh -p 22 host 'cd shop && npx prisma migrate reset'",
        "bash <<'END'\nnpx prisma migrate reset\nEND",
        "# it's a comment\nnpx prisma \\\n  migrate reset",
        "(npx prisma migrate reset)",
        "eval 'npx prisma migrate reset'",
    ],
)
def test_the_guard_sees_through_what_only_starts_another_program(command):
    assert held(command) == "prisma-reset"


@pytest.mark.parametrize(
    "command",
    [
        "git commit -m 'never run `dropdb shop`; DROP TABLE orders'",
        "git commit -F - <<'END'\ndropdb shop\nEND",
        "rg -n 'prisma migrate reset|db:drop' .",
        "echo npx prisma migrate reset >> README.md",
        "cat > reset.sh <<'END'\ndropdb shop\nEND",
        "man dropdb",
        "pytest -k 'drop or truncate'",
        "",
        "'",
        "&& ||",
    ],
)
def test_words_about_destruction_pass(command):
    assert held(command) == ""


def test_a_disposable_database_may_be_reset_by_any_way_of_saying_so():
    ours = {"BACKEND_AGENT_POSTGRES": "5999", "DATABASE_URL": "postgresql://postgres@127.0.0.1:5999/postgres"}

    assert held("python3 /x/backend-agent/scripts/with_postgres.py -- npx prisma migrate reset") == ""
    assert held("python3 scripts/with_postgres.py --version 16 -- sh -c 'alembic upgrade head && alembic downgrade base'") == ""
    assert held("npx prisma migrate reset", **ours) == ""
    assert held("psql -c 'DROP TABLE a'", **ours) == ""


def test_with_postgres_does_not_cover_what_goes_elsewhere():
    script = "python3 scripts/with_postgres.py"
    real = {"DATABASE_URL": "postgresql://u:p@db.example.com/shop"}

    assert held(f"{script} -- npx prisma migrate reset", **real) == "prisma-reset"
    assert held(f"DATABASE_URL=postgresql://db.example.com/shop {script} -- npx prisma migrate reset") == "prisma-reset"
    assert held(f"{script} --fresh -- npx prisma migrate reset", **real) == ""
    assert held(f"{script} -- sh -c 'DATABASE_URL=postgresql://db.example.com/shop npx prisma migrate reset'") == "prisma-reset"
    assert held(f"{script} -- dropdb -h db.example.com shop") == "dropdb"
    assert held(f"{script} -- psql postgresql://db.example.com/shop -c 'TRUNCATE a'") == "sql-truncate"
    assert held(f"{script} -- docker compose down -v") == "compose-volumes"
    assert held(f"{script} -- pytest; npx prisma migrate reset") == "prisma-reset"
    assert held("npx prisma migrate reset", BACKEND_AGENT_POSTGRES="5999", **real) == "prisma-reset"


def test_a_test_environment_is_spared_unless_a_url_sends_it_elsewhere():
    assert held("RAILS_ENV=test bin/rails db:reset") == ""
    assert held("export MIX_ENV=test; mix ecto.reset") == ""
    assert held("bin/rails db:reset", RAILS_ENV="test") == ""
    assert held("RAILS_ENV=test bin/rails db:reset", DATABASE_URL="postgresql://db.example.com/shop") == "rails-db"


def test_named_scripts_are_resolved_in_their_file(tmp_path):
    scripts = {"reset": "prisma migrate reset -f", "start": "node .", "all": "npm run reset", "pretest": "npm run all", "test": "jest"}
    (tmp_path / "package.json").write_text(json.dumps({"scripts": scripts}))
    (tmp_path / "Makefile").write_text(
        "TOOL ?= npx prisma\n.PHONY: fresh\nfresh: stop\n\techo done\nstop: # all\n\t@$(TOOL) migrate reset\nrun:\n\tgo run .\n"
    )
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "composer.json").write_text('{"scripts": {"reset": ["@php artisan migrate:fresh"]}}')

    for command in (
        "npm run reset",
        "yarn reset",
        "pnpm run all",
        "npm test",
        "make fresh",
        "make -C . stop",
        "cd api && npm --prefix .. run reset",
    ):
        assert held(command, tmp_path) == "prisma-reset", command
    assert held("cd api && composer reset", tmp_path) == "artisan-fresh"
    for command in ("npm start", "npm run nothing", "make run", "make nothing", "yarn install", "composer install"):
        assert held(command, tmp_path) == "", command


def test_a_script_that_calls_itself_ends(tmp_path):
    (tmp_path / "package.json").write_text('{"scripts": {"a": "npm run b", "b": "npm run a"}}')
    (tmp_path / "Makefile").write_text("a: b\n\t$(MAKE) a\nb: a\n\tmake b\n")

    assert held("npm run a", tmp_path) == ""
    assert held("make a", tmp_path) == ""


def test_sql_files_that_reach_a_client_are_read(tmp_path):
    (tmp_path / "down.sql").write_text("-- undo\nDROP TABLE orders;\n")
    (tmp_path / "up.sql").write_text("CREATE TABLE orders (id int); -- DROP TABLE orders;\n")

    for command in ("psql -f {}", "psql < {}", "cat {} | psql shop"):
        assert held(command.format("down.sql"), tmp_path) == "sql-drop"
        assert held(command.format("up.sql"), tmp_path) == ""
    assert held("cat down.sql", tmp_path) == ""


def test_the_refusal_names_the_loss_the_host_and_the_way_out_but_no_credential(tmp_path):
    (tmp_path / ".env").write_text('DATABASE_URL="postgresql://admin:hunter2@db.example.com:5432/shop?sslkey=abc"\n')

    code, said, _ = hook("guard", bash("npx prisma migrate reset"), tmp_path)
    answer = json.loads(said)["hookSpecificOutput"]

    assert code == 0
    assert answer["hookEventName"] == "PreToolUse"
    assert answer["permissionDecision"] == "deny"
    for wanted in ("every table", "db.example.com", "with_postgres.py", "ask the user"):
        assert wanted in answer["permissionDecisionReason"]
    assert "hunter2" not in said
    assert "admin" not in said


def test_a_password_in_the_command_is_not_repeated(tmp_path):
    for command in ("psql postgresql://u:hunter2@h/shop -c 'DROP TABLE a'", "mysqladmin --password=hunter2 drop shop"):
        code, said, _ = hook("guard", bash(command), tmp_path)
        assert (code, "deny" in said, "hunter2" in said) == (0, True, False)


@pytest.mark.parametrize(
    "event",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"tool_input": 3}',
        b'{"tool_input": {"command": 3}}',
        b'{"cwd": 3, "tool_input": {"command": "ls"}}',
    ],
    ids=range(8),
)
@pytest.mark.parametrize("name", ["guard", "edited"])
def test_an_event_that_makes_no_sense_is_met_with_silence(name, event, tmp_path):
    assert hook(name, event, tmp_path) == (0, "", "")


def test_the_switch_turns_all_hooks_off(tmp_path):
    assert hook("guard", bash("dropdb shop"), tmp_path, BACKEND_AGENT_HOOKS="off") == (0, "", "")


def test_no_wrong_use_ends_with_2_which_clients_take_for_a_refusal(tmp_path):
    code, _, said = hook("gaurd", bash("ls"), tmp_path)

    assert code == 1
    assert "guard, edited, stop" in said


def test_a_long_hostile_command_is_read_quickly():
    for text in (
        "'" * 50_000,
        "$(" * 20_000,
        "a=" * 30_000,
        '"\\' * 30_000,
        "<<A\n" * 20_000,
        "psql -c '" + "drop;" * 15_000 + "'",
        "bash -c " * 9_000,
    ):
        held(text)
    assert words.pipelines("a;" * 10) != ([], [])


def repository(tmp_path):
    tmp_path.mkdir()

    def git(*arguments):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments], cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / "pyproject.toml").write_text('[project]\nname = "a"\nversion = "1"\ndependencies = ["flask>=3"]\n')
    (tmp_path / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "a")
    git("checkout", "-q", "-b", "work")
    return tmp_path


def test_the_end_is_held_once_where_backend_code_changed_and_no_report_speaks_of_it(tmp_path):
    project = repository(tmp_path / "p")
    report = tmp_path / "report.json"

    assert hook("stop", {}, project, BACKEND_AGENT_REPORT=str(report)) == (0, "", "")
    (project / "app.py").write_text("from flask import Flask\napp = Flask('b')\n")
    code, said, _ = hook("stop", {}, project, BACKEND_AGENT_REPORT=str(report))
    answer = json.loads(said)

    assert (code, answer["decision"]) == (0, "block")
    assert "app.py changed" in answer["reason"]
    assert f'--report "{report}"' in answer["reason"]
    assert hook("stop", {"stop_hook_active": True}, project, BACKEND_AGENT_REPORT=str(report)) == (0, "", "")


def test_the_end_is_free_once_a_report_speaks_of_this_state(tmp_path):
    project = repository(tmp_path / "p")
    report = tmp_path / "report.json"
    (project / "app.py").write_text("from flask import Flask\napp = Flask('b')\n")
    run = [sys.executable, os.path.join(ROOT, "scripts", "run_checklist.py"), ".", "--only", "checks", "--report", str(report)]
    subprocess.run(run, cwd=project, capture_output=True, check=False)

    assert report.exists()
    assert hook("stop", {}, project, BACKEND_AGENT_REPORT=str(report)) == (0, "", "")
    (project / "app.py").write_text("from flask import Flask\napp = Flask('c')\n")
    assert "block" in hook("stop", {}, project, BACKEND_AGENT_REPORT=str(report))[1]


def test_the_end_is_free_without_git_and_where_only_pages_changed(tmp_path):
    (tmp_path / "app.py").write_text("import flask\n")
    assert hook("stop", {}, tmp_path) == (0, "", "")
    project = repository(tmp_path / "p")
    (project / "README.md").write_text("new\n")
    assert hook("stop", {}, project) == (0, "", "")


def test_an_edit_that_brings_nothing_is_answered_with_silence(tmp_path):
    project = repository(tmp_path / "p")
    bad = "def one(cursor, name):\n    cursor.execute(f\"select * from orders where name = '{name}'\")\n"
    (project / "other.py").write_text(bad)
    (project / "fine.py").write_text("def two():\n    return 2\n")

    assert hook("edited", {"tool_input": {"file_path": str(project / "fine.py")}}, project) == (0, "", "")
    assert hook("edited", {"tool_input": {"file_path": str(project / "README.md")}}, project) == (0, "", "")
    assert hook("edited", {"tool_input": {"file_path": "/etc/nothing.py"}}, project) == (0, "", "")


def test_the_printed_settings_name_existing_hooks_and_are_silent_once_the_skill_is_gone():
    done = subprocess.run([sys.executable, HOOKS, "settings"], capture_output=True, text=True, check=True)
    hooks = json.loads(done.stdout)["hooks"]
    commands = [one["command"] for entries in hooks.values() for entry in entries for one in entry["hooks"]]

    assert set(hooks) == {"PreToolUse", "PostToolUse", "Stop"}
    assert [command.split()[-1] for command in commands] == ["guard", "edited", "stop"]
    for command in commands:
        gone = command.replace(HOOKS, HOOKS + ".gone")
        assert subprocess.run(["sh", "-c", gone], input=b"{}", capture_output=True, check=False).returncode == 0
