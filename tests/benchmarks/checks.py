"""What the checks cost: one edited file against a bare start of Python, and a whole repository against semgrep with rules for the same defects.

    python3 tests/benchmarks/checks.py [--runs N] [--files N] [--semgrep PATH | --no-semgrep] [--rules DIR] [--repository DIR …]
        [--limit-file RATIO] [--limit-whole RATIO]

Processor time of the whole process with its children, medians of N runs (5), taken in turns so that a busy machine is busy for all.

edited   the rules about the code on one file; `hooks.py edited`; `run_checklist.py --only checks` in a git project of 50 files with one changed
whole    `run_checklist.py --all --only checks` on N loose files (600) in eleven languages, cut from the cases of the tests: the first look at
         them, and the next (catalogs and expressions are compiled once for a user, before)
semgrep  the same files with rules of our own for the same defects. It is installed from PyPI into a folder that is removed
         afterwards, unless --semgrep names one; where that is impossible the comparison is named as left out.
public   the same files with the public rules on the same subjects: --rules names a checkout of github.com/semgrep/semgrep-rules, of which
         those are taken that serve a language of ours and a weakness that our checks are about, by number, or by name where they have none
--repository does the same, once, for a repository of yours: the first look, the next, and semgrep with either set of rules

Exits 1 where a limit is given and exceeded: --limit-file is the most for the hook over a bare start, --limit-whole the least for semgrep over us.
"""

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import venv

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SCRIPTS = os.path.join(ROOT, "scripts")
sys.path.insert(0, SCRIPTS)

from backend_agent import bootstrap  # noqa: E402

bootstrap.ensure()  # a Python without packages of its own starts as a user's does, without what they add to each start

import yaml  # noqa: E402

CASES = os.path.join(ROOT, "tests", "checks", "cases")
ENDINGS = {
    "python": "py", "javascript": "js", "typescript": "ts", "java": "java", "go": "go", "csharp": "cs", "php": "php", "ruby": "rb",
    "kotlin": "kt", "rust": "rs", "scala": "scala",
}  # fmt: skip

ONE_FILE = """
import sys
sys.path.insert(0, sys.argv[1])
from backend_agent import patterns
patterns.warm()
from backend_agent.facts import rules
from backend_agent.facts.source import SourceFile
with open(sys.argv[2], encoding="utf-8") as file:
    assert rules.extract(SourceFile("app/services/s3.py", file.read(), "python"))
"""

CHANGED = (
    "def work(session, name):\n    session.execute(f\"SELECT * FROM users WHERE name = '{name}'\")\n    return session\n\n\n"
    + "".join(
        f'def step_{n}(session, ids):\n    rows = session.query(Order).filter(Order.id.in_(ids)).all()\n    return {{"step": {n}, "rows": rows}}\n\n\n'
        for n in range(12)
    )
)

SQL = {
    "python": ("def $F(..., $X, ...): ...", ["$C.execute($Q, ...)", "$C.executemany($Q, ...)", "text($Q)", "$M.objects.raw($Q, ...)"]),
    "javascript": (
        "function $F(..., $X, ...) { ... }",
        ["$C.query($Q, ...)", "$C.execute($Q, ...)", "$C.raw($Q, ...)", "$C.$queryRawUnsafe($Q)"],
    ),
    "typescript": ("function $F(..., $X, ...) { ... }", ["$C.query($Q, ...)", "$C.execute($Q, ...)", "$C.raw($Q, ...)"]),
    "java": ("$T $F(..., $P $X, ...) { ... }", ["$C.executeQuery($Q)", "$C.execute($Q)", "$C.prepareStatement($Q)", "$C.createQuery($Q)"]),
    "go": ("func $F(..., $X $T, ...) { ... }", ["$C.Query($Q, ...)", "$C.Exec($Q, ...)", "$C.QueryRow($Q, ...)", "$C.Where($Q, ...)"]),
    "csharp": ("$T $F(..., $P $X, ...) { ... }", ["new SqlCommand($Q, ...)", "$C.Execute($Q, ...)", "$C.FromSqlRaw($Q, ...)"]),
    "php": ("function $F(..., $X, ...) { ... }", ["$C->query($Q)", "$C->exec($Q)", "mysqli_query($C, $Q)", "DB::select($Q, ...)"]),
    "ruby": ("def $F(..., $X, ...)\n  ...\nend", ["$C.where($Q)", "$C.execute($Q)", "$C.find_by_sql($Q)", "$C.order($Q)"]),
    "kotlin": ("fun $F(..., $X: $T, ...) { ... }", ["$C.executeQuery($Q)", "$C.execute($Q)", "$C.prepareStatement($Q)"]),
    "scala": ("def $F(..., $X: $T, ...) = { ... }", ["$C.executeQuery($Q)", "$C.executeUpdate($Q)", "SQL($Q)"]),
}
"""Per language: where a parameter comes in, and what gets SQL."""
LITERALS = {
    "python": ['jwt.encode($P, "...", ...)', '$C.connect(..., password="...", ...)', 'SECRET_KEY = "..."'],
    "javascript": ['jwt.sign($P, "...", ...)', 'session({..., secret: "...", ...})', 'new Pool({..., password: "...", ...})'],
    "java": ['Algorithm.HMAC256("...")', 'DriverManager.getConnection($U, $V, "...")'],
    "go": ['$T.SignedString([]byte("..."))'],
    "csharp": ['new SymmetricSecurityKey(Encoding.UTF8.GetBytes("..."))'],
    "php": ['JWT::encode($P, "...", ...)'],
    "ruby": ['JWT.encode($P, "...", ...)'],
}
LOOPS = {
    "python": ("for $I in $Y:\n  ...", ["$C.execute(...)", "$C.get(...)", "$M.objects.get(...)"]),
    "javascript": ("for (const $I of $Y) { ... }", ["$C.query(...)", "$C.findUnique(...)", "$C.findOne(...)"]),
    "java": ("for ($T $I : $Y) { ... }", ["$C.findById(...)", "$C.executeQuery(...)"]),
    "go": ("for $I, $V := range $Y { ... }", ["$C.Query(...)", "$C.QueryRow(...)", "$C.First(...)"]),
    "csharp": ("foreach ($T $I in $Y) { ... }", ["$C.Find(...)", "$C.QuerySingleAsync(...)"]),
    "php": ("foreach ($Y as $I) { ... }", ["$C->query(...)", "User::find(...)"]),
}


def semgrep_rules() -> str:
    """Rules for the same defects as a person would write them for semgrep: parameters that flow into SQL, literals that sign, queries in loops."""
    rules: list[dict[str, object]] = []

    def rule(name: str, language: str, **more: object) -> None:
        rules.append({"id": f"{name}-{language}", "languages": [language], "severity": "ERROR", "message": name, **more})

    for language, (inside, sinks) in SQL.items():
        source = {"patterns": [{"pattern-inside": inside}, {"pattern": "$X"}]}
        sink = {"patterns": [{"pattern-either": [{"pattern": pattern} for pattern in sinks]}, {"focus-metavariable": "$Q"}]}
        rule("sql", language, mode="taint", **{"pattern-sources": [source], "pattern-sinks": [sink]})
    for language, patterns in LITERALS.items():
        rule("secret", language, **{"pattern-either": [{"pattern": pattern} for pattern in patterns]})
    for language, (inside, calls) in LOOPS.items():
        rule("loop", language, patterns=[{"pattern-inside": inside}, {"pattern-either": [{"pattern": call} for call in calls]}])
    asynchronous = [{"pattern": "requests.$M(...)"}, {"pattern": "time.sleep(...)"}, {"pattern": "open(...)"}]
    rule("async", "python", patterns=[{"pattern-inside": "async def $F(...):\n  ..."}, {"pattern-either": asynchronous}])
    rule(
        "hash",
        "python",
        **{"pattern-either": [{"pattern": "hashlib.md5(<... password ...>)"}, {"pattern": "hashlib.sha256(<... password ...>)"}]},
    )
    rule("token", "python", pattern='jwt.decode(..., options={..., "verify_signature": False, ...}, ...)')
    return yaml.safe_dump({"rules": rules}, width=1000)


WEAKNESSES = frozenset(
    f"CWE-{number}" for number in (89, 259, 285, 306, 321, 327, 328, 347, 362, 390, 532, 547, 564, 639, 755, 798, 862, 863, 915, 916)
)
"""SQL injection, secrets in code and logs, weak hashes and tokens, mass assignment, missing guards, races, swallowed errors."""
SUBJECTS = re.compile(
    r"jwt|md5|sha-?1\b|timeout|mass-?assign|n-plus|except|sleep|naive|datetime|transaction|password|hardcoded|pagina|limit|global|sqli?\b"
)
LANGUAGES = frozenset({*ENDINGS, *ENDINGS.values(), "c#", "C#", "golang"})


def public_rules(folder: str) -> "tuple[str, int]":
    """The public rules for the subjects of our checks, as one file, and how many they are."""
    rules: list[dict[str, object]] = []
    for at, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in {".git", ".github", "stats", "scripts", "ai", "generic"})
        for name in sorted(n for n in files if n.endswith((".yaml", ".yml")) and ".test." not in n):
            with open(os.path.join(at, name), encoding="utf-8") as file:
                content = yaml.load(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
            for rule in (content.get("rules") or ()) if isinstance(content, dict) else ():
                if not LANGUAGES.isdisjoint(rule.get("languages", ())) and _of_a_subject(rule):
                    rules.append({**rule, "id": f"{rule['id']}-{len(rules)}"})
    return yaml.safe_dump({"rules": rules}, width=10_000), len(rules)


def _of_a_subject(rule: "dict[str, Any]") -> bool:
    told = rule.get("metadata", {}).get("cwe", [])
    numbers = {one.split(":")[0].strip() for one in ([told] if isinstance(told, str) else told)}
    return not WEAKNESSES.isdisjoint(numbers) or (not numbers and SUBJECTS.search(rule["id"]) is not None)


def loose_files(folder: str, count: int) -> int:
    """Files of loose code, without manifest or git; returns how many lines they have."""
    texts = []
    for check in sorted(os.listdir(CASES)):
        for name in sorted(n for n in os.listdir(os.path.join(CASES, check)) if n.endswith(".yaml")):
            with open(os.path.join(CASES, check, name), encoding="utf-8") as file:
                for sides in yaml.safe_load(file).values():
                    texts += [(name[:-5], text) for side in ("bad", "safe") for text in sides[side]]
    lines = 0
    for number in range(count):
        language, text = texts[number * 7 % len(texts)]
        more = [t for other, t in texts[number % 50 :] if other == language][:12] if language in {"python", "javascript", "ruby"} else []
        whole = "\n".join([text, *more]) + "\n"
        lines += whole.count("\n")
        os.makedirs(os.path.join(folder, language), exist_ok=True)
        with open(os.path.join(folder, language, f"part_{number}.{ENDINGS[language]}"), "w", encoding="utf-8") as file:
            file.write(whole)
    return lines


def cost(call: "list[str]", folder: str, given: bytes = b"", codes: "tuple[int, ...]" = (0, 1), **environment: str) -> float:
    """Seconds of processor time of a command and its children."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"} | environment
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(call, cwd=folder, env=kept, input=given, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode in codes, (call, done.returncode, done.stderr.decode()[-400:])
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def medians(calls: "dict[str, tuple[list[str], str, bytes]]", runs: int) -> "dict[str, float]":
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(runs + 2):  # the first two fill caches
        for name, (call, folder, given) in calls.items():
            one = cost(call, folder, given)
            if number > 1:
                taken[name].append(one)
    return {name: statistics.median(times) for name, times in taken.items()}


def edited(folder: str, runs: int) -> "dict[str, float]":
    import startup  # the project of 50 files

    startup.project(folder)
    for call in (
        ["git", "init", "-q"],
        ["git", "add", "-A"],
        ["git", "-c", "user.email=a@b", "-c", "user.name=n", "commit", "-qm", "first"],
    ):
        subprocess.run(call, cwd=folder, check=True, capture_output=True)
    path = os.path.join(folder, "app", "services", "s3.py")
    with open(path, "w", encoding="utf-8") as file:
        file.write(CHANGED)
    event = json.dumps({"tool_name": "Edit", "tool_input": {"file_path": path}, "cwd": folder}).encode()
    script = os.path.join(folder, "..", "one_file.py")
    with open(script, "w", encoding="utf-8") as file:
        file.write(ONE_FILE)
    return medians(
        {
            "bare": ([sys.executable, "-c", "pass"], folder, b""),
            "rules": ([sys.executable, script, SCRIPTS, path], folder, b""),
            "hook": ([sys.executable, os.path.join(SCRIPTS, "hooks.py"), "edited"], folder, event),
            "checklist": ([sys.executable, os.path.join(SCRIPTS, "run_checklist.py"), "--only", "checks"], folder, b""),
        },
        runs,
    )


def semgrep_of(folder: str, named: str) -> "tuple[str, str]":
    """(path of semgrep, "") or ("", why there is none)."""
    if named:
        return (named, "") if os.path.isfile(named) else ("", f"{named} is no file")
    try:
        venv.create(folder, with_pip=True)
        python = os.path.join(folder, "Scripts" if sys.platform == "win32" else "bin", "python")
        done = subprocess.run([python, "-m", "pip", "install", "-q", "semgrep"], capture_output=True, check=False, timeout=900)
    except (OSError, subprocess.SubprocessError) as error:
        return "", str(error)[:200]
    if done.returncode:
        return "", (done.stderr.decode().strip().split("\n") or ["pip failed"])[-1][:200]
    return os.path.join(os.path.dirname(python), "semgrep"), ""


def whole(folder: str, runs: int, semgrep: str, rules: "dict[str, str]", base: str) -> "dict[str, float]":
    """Seconds of our first look at a folder, of the next, and of semgrep with each file of rules."""
    ours = [sys.executable, os.path.join(SCRIPTS, "run_checklist.py"), ".", "--all", "--only", "checks", "--format", "jsonl"]
    theirs = [semgrep, "scan", "--metrics=off", "--disable-version-check", "--no-git-ignore", "--quiet", "--config"]
    seed = os.path.join(base, "seed")
    for _ in range(2):  # compiles, and fills the caches of catalogs and expressions
        cost(ours, folder, BACKEND_AGENT_CACHE=seed)
    taken: dict[str, list[float]] = {"first": [], "next": []}
    for number in range(runs):
        with tempfile.TemporaryDirectory() as cache:
            for part in ("catalog", "patterns", "python"):
                if os.path.isdir(os.path.join(seed, part)):
                    shutil.copytree(os.path.join(seed, part), os.path.join(cache, part))
            taken["first"].append(cost(ours, folder, BACKEND_AGENT_CACHE=cache))
            taken["next"].append(cost(ours, folder, BACKEND_AGENT_CACHE=cache))
        for name, path in rules.items() if semgrep and number < max(1, runs // 2) else ():
            path_of_both = os.path.dirname(semgrep) + os.pathsep + os.environ["PATH"]
            taken.setdefault(name, []).append(cost([*theirs, path, "."], folder, PATH=path_of_both))
    return {name: statistics.median(times) for name, times in taken.items()}


def told(what: str, taken: "dict[str, float]", more: str) -> float:
    """Print what a folder took; how much longer semgrep takes with our rules than we do at the first look, 0 where it was not asked."""
    for name, seconds in taken.items():
        ratio = f"  {seconds / taken['first']:5.1f} × the first look" if name not in {"first", "next"} else ""
        print(f"{what:7} {name:9} {seconds:7.2f} s   {more}{ratio}")
    return taken["semgrep"] / taken["first"] if "semgrep" in taken else 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--files", type=int, default=600)
    parser.add_argument("--semgrep", default="")
    parser.add_argument("--no-semgrep", action="store_true")
    parser.add_argument("--rules", default="", metavar="DIR")
    parser.add_argument("--repository", default=[], metavar="DIR", nargs="+")
    parser.add_argument("--limit-file", type=float, default=0.0)
    parser.add_argument("--limit-whole", type=float, default=0.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as base:
        shop, loose = os.path.join(base, "shop"), os.path.join(base, "loose")
        os.makedirs(shop)
        os.makedirs(loose)
        one = edited(shop, options.runs)
        for name, taken in one.items():
            print(f"edited  {name:9} {taken * 1000:7.1f} ms  {taken / one['bare']:6.2f} × a bare start")
        lines = loose_files(loose, options.files)
        path, why = ("", "--no-semgrep") if options.no_semgrep else semgrep_of(os.path.join(base, "semgrep"), options.semgrep)
        rules = {"semgrep": os.path.join(base, "own.yaml")}
        with open(rules["semgrep"], "w", encoding="utf-8") as file:
            file.write(semgrep_rules())
        if options.rules:
            text, count = public_rules(options.rules)
            if not count:
                parser.error(f"no rules of semgrep below {options.rules}")
            rules["public"] = os.path.join(base, "public.yaml")
            with open(rules["public"], "w", encoding="utf-8") as file:
                file.write(text)
            print(f"public  {count} rules on the same subjects")
        ratio = told("whole", whole(loose, options.runs, path, rules, base), f"{options.files} files, {lines} lines")
        if not ratio:
            print(f"whole   not compared with semgrep: {why}")
        for repository in options.repository:
            folder = os.path.abspath(repository)
            told("yours", whole(folder, 1, path, rules, base), os.path.basename(folder))
    slow = options.limit_file and one["hook"] / one["bare"] > options.limit_file
    return 1 if slow or (options.limit_whole and ratio and ratio < options.limit_whole) else 0


if __name__ == "__main__":
    sys.exit(main())
