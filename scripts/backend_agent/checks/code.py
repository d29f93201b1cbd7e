"""Rules about single places in the code: what the facts of `facts/rules` mean, why it matters, and what to write instead."""

import re

from backend_agent import catalog
from backend_agent.checks.finding import Check, Finding
from backend_agent.facts import rules
from backend_agent.facts.source import language_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from backend_agent.checks.run import Context

_ALL = tuple(sorted(rules.TABLES))

CHECKS = (
    Check(
        "raw_sql",
        "DB-1",
        "No SQL is put together from values",
        category="raw_sql",
        languages=_ALL,
        why="A value inside the text of a statement can change the statement: whoever controls the value reads or destroys the data.",
        fix="pass values as parameters; take names of columns and tables from a fixed list",
        sees="concatenation, interpolation and formatting within a function, through constants and helpers of the same file; `${}` in "
        "mappers of MyBatis",
        misses="a whole statement that comes in as a parameter, text built in another file, tests and migrations",
    ),
    Check(
        "hardcoded_secret",
        "SEC-1",
        "No secret is written in the code",
        category="hardcoded_secret",
        languages=_ALL,
        why="Whoever can read the repository, its history or its image has the secret, and it cannot be changed without a release.",
        fix="read it from the environment or a secret store, fail at the start when it is missing, and change the one that was committed",
        sees="literals under telling names, literals given to what signs or connects, addresses with a password, keys of known form",
        misses="dictionary words assigned to a variable, secrets in tests and in files that are not code",
    ),
    Check(
        "query_in_loop",
        "DB-2",
        "No query runs once for each element",
        "warning",
        category="query_in_loop",
        languages=_ALL,
        why="A round trip for each element makes the time grow with the data: a list of 1,000 waits 1,000 times.",
        fix="ask once before the loop: IN (…), a join, the ORM's eager loading, or one statement for many rows",
        sees="calls of databases and repositories inside loops and inside functions given to map or forEach",
        misses="queries behind a function that the loop calls, tests and migrations",
    ),
    Check(
        "blocking_async",
        "ARC-5",
        "Asynchronous code does not block",
        category="blocking_async",
        languages=("csharp", "javascript", "kotlin", "python", "rust", "tsx", "typescript"),
        why="A blocking call in an asynchronous function stops every other request of the process until it returns.",
        fix="await the asynchronous form, or run it in a thread",
        sees="known blocking calls, and methods of blocking clients made in the file, in asynchronous functions",
        misses="blocking calls behind a plain function",
    ),
    Check(
        "weak_password_hash",
        "SEC-5",
        "Passwords are hashed with a slow function",
        category="weak_password_hash",
        languages=_ALL,
        why="Fast hashes are tried by the billion a second: a stolen table of them is a table of passwords.",
        fix="argon2id, scrypt or bcrypt through the framework's password hasher",
        sees="fast hashes whose argument is named as a password, passwords that are set to one, and stored passwords that are compared as "
        "they are, in code or by a query",
        misses="passwords under another name",
    ),
    Check(
        "jwt_unverified",
        "SEC-6",
        "Tokens are verified before they are believed",
        category="jwt_unverified",
        languages=_ALL,
        why="Without the signature anybody can write a token for anybody.",
        fix="verify with the key and a fixed list of algorithms, without `none`",
        sees="decoding without verification, and the algorithm `none`",
        misses="verification that is switched off by a variable",
    ),
)

_IDIOM = {
    "python": "execute(\"… WHERE id = %s\", (id,)) or SQLAlchemy's bound parameters; psycopg's sql.Identifier for names",
    "javascript": "query('… WHERE id = $1', [id]) or the tagged template of the ORM; a fixed list for names",
    "java": "a PreparedStatement or named parameters (`… WHERE id = ?`); a fixed list for names",
    "go": 'db.QueryContext(ctx, "… WHERE id = $1", id); a fixed list or pgx.Identifier for names',
    "csharp": "SqlParameter, Dapper's @id, or FromSqlInterpolated; a fixed list for names",
    "php": "a prepared statement (`… WHERE id = ?`) or the query builder's bindings; a fixed list for names",
    "ruby": 'where(id: id) or where("id = ?", id); a fixed list and Arel for names',
    "kotlin": "a PreparedStatement or named parameters (`… WHERE id = ?`); a fixed list for names",
    "rust": 'sqlx::query!("… WHERE id = $1", id) or .bind(id); a fixed list for names',
    "scala": 'the sql"… $id" interpolator or a PreparedStatement; a fixed list for names',
}


def run(context: "Context") -> "Iterable[Finding]":
    """A finding per fact; the order does not matter."""
    for path, rows in context.facts(rules).items():
        for one, row in _read(path, rows):
            if not _for_nobody(context, one):
                yield one._replace(doubt=_doubt(context, path, row)) if row[0] in _DOUBTED else one
        yield from _given(context, path, rows)
    for path in context.scope:
        if path.endswith(".xml") and "java" in context.languages():
            yield from _mapped(path, context.repository.read(path))


_FILES_OF_NODE = re.compile(
    r"`(?:readFileSync|writeFileSync|appendFileSync|readdirSync|statSync|mkdirSync|unlinkSync|copyFileSync|rmSync)`"
)
_LONGEST_FUNCTION = 80


def _for_nobody(context: "Context", found: Finding) -> bool:
    """Whether a file of Node is read where no request waits: in a project whose routes are known, outside of their handlers and of the
    functions on their way.
    """
    if found.check != "blocking_async" or not context.change.whole or not _FILES_OF_NODE.search(found.message):
        return False
    endpoints = [endpoint for backend in context.backends for endpoint in backend.endpoints]
    for endpoint in endpoints:
        route = endpoint.route
        if route.handler_file == found.path and route.handler_line <= found.line <= max(route.handler_end, route.handler_line):
            return False
        if any(hop.file == found.path and hop.line <= found.line <= hop.line + _LONGEST_FUNCTION for hop in endpoint.hops):
            return False
    return bool(endpoints)


_DOUBTED = frozenset({"query_in_loop", "blocking_async"})
_STAND_IN = re.compile(r"(?i)(?:^|[/_.-])(?:mocks?|fakes?|stubs?|dummy)(?:[/_.-][^/]*)?\.\w+$")


def _doubt(context: "Context", path: str, row: "list[Any]") -> str:
    """What the file and the project leave open. The modules that know are not needed where a hook looks at one file."""
    if row[0] == "blocking_async":
        return "whether it runs outside of tests" if _STAND_IN.search(path) else (row[4][-1] if len(row) > 4 else "")
    from backend_agent.checks import _rounds

    return _rounds.doubt(context, path, row[4])


def _given(context: "Context", path: str, rows: "list[list[Any]]") -> "Iterable[Finding]":
    """Parameters that become a piece of SQL, where a caller gives what a request says."""
    known = next(check for check in CHECKS if check.id == "raw_sql")
    for _rule, line, end, detail, *_ in (row for row in rows if row[0] == "sql_given"):
        name, _, position = detail.rpartition(":")
        caller = _asked_by(context, path, name, int(position))
        if caller:
            given = f"a parameter of {name} becomes a piece of SQL, and {caller} gives it what the request says"
            message = f"{given}: a value can change the statement"
            fix = "choose the column and direction from a fixed list by what the request says"
            yield Finding(known.id, known.item, known.severity, path, line, end, message, fix, known.category)


def _asked_by(context: "Context", path: str, name: str, position: int) -> str:
    """The place of a call of a function whose argument is read from a request; "" where there is none."""
    ending = path[path.rfind(".") :]
    asked = re.compile(catalog.load("rules", rules.TABLES[language_of(path) or ""])["sql"]["asked"])
    called = re.compile(rf"\.{re.escape(name)}\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)")
    for other in context.repository.paths:
        if not other.endswith(ending) or other.endswith("_test.go"):
            continue
        text = context.repository.read(other)
        for match in called.finditer(text) if f".{name}(" in text else ():
            given = re.split(r",(?![^()]*\))", match[1])
            value = given[position].strip() if position < len(given) else ""
            held = re.compile(rf"\b{re.escape(value)}\s*:?=\s*([^\n]*)") if value.isidentifier() else None
            source = [m[1] for m in held.finditer(text, 0, match.start())][-1:] if held else [value]
            if any(asked.search(one) for one in source):
                return f"{other}:{text.count(chr(10), 0, match.start()) + 1}"
    return ""


_SUBSTITUTED = re.compile(r"\$\{\s*([\w.]+)\s*\}")
_NAMES_OF_SQL = re.compile(r"(?i)(?:\b(?:from|join|into|update|table|as|on)\s+[`\"\[]?|\.|`)$")
_MADE_BY_BUILDERS = re.compile(
    r"(?i)^(?:criterion|criteria|ew|page|sqlSegment)\b|orderByClause|sqlSegment|(?:table|column|schema|field|prefix|db|database)(?:_?name)?s?$"
)


def _mapped(path: str, text: str) -> "Iterable[Finding]":
    """Mappers of MyBatis: `${name}` puts a value into the statement, `#{name}` binds it."""
    if "<mapper" not in text or "${" not in text:
        return
    known = next(check for check in CHECKS if check.id == "raw_sql")
    bare = re.sub(r"(?s)<!--.*?-->", lambda match: re.sub(r"[^\n]", " ", match.group()), text)
    for match in _SUBSTITUTED.finditer(bare):
        if _MADE_BY_BUILDERS.search(match.group(1)) or _NAMES_OF_SQL.search(bare[max(match.start() - 40, 0) : match.start()]):
            continue
        line = bare.count("\n", 0, match.start()) + 1
        message = f"`${{{match.group(1)}}}` is put into the text of the statement: a value can change it"
        fix = f"#{{{match.group(1)}}}, which is bound; a fixed list for names of columns and directions"
        yield Finding(known.id, known.item, known.severity, path, line, line, message, fix, known.category)


def findings(path: str, rows: "list[list[Any]]") -> "list[Finding]":
    """The findings of one file, from its facts."""
    return [one for one, _row in _read(path, rows)]


def _read(path: str, rows: "list[list[Any]]") -> "list[tuple[Finding, list[Any]]]":
    known = {check.id: check for check in CHECKS}
    language = rules.TABLES.get(language_of(path) or "", "")
    return [(_finding(known[row[0]], path, row, language), row) for row in rows if row[0] in known]


def _finding(check: Check, path: str, row: "list[Any]", language: str) -> Finding:
    _rule, line, end, detail, *evidence = row
    message, fix = _words(check, detail, language)
    doubt = evidence[0][-1] if evidence else ""
    return Finding(check.id, check.item, check.severity, path, line, end, message, fix, check.category, doubt=doubt)


_ASYNC = {
    "python": "await an asynchronous client (httpx.AsyncClient, asyncio.sleep, aiofiles), or asyncio.to_thread(…)",
    "javascript": "await the promise form (fs.promises, bcrypt.hash, util.promisify(exec))",
    "csharp": "await the …Async form instead of .Result, .Wait() or the blocking call",
    "kotlin": "delay(…), or withContext(Dispatchers.IO) { … }",
    "rust": "tokio::time::sleep, tokio::fs, or tokio::task::spawn_blocking",
}


_WAITING = {
    "": "every other request waits",
    "csharp": "a thread of the pool is held, and under load requests wait for one,",
    "kotlin": "the thread of its dispatcher is held, and what else runs there waits,",
    "rust": "a thread of the runtime is held, and the tasks on it wait",
}


def _words(check: Check, detail: str, language: str) -> "tuple[str, str]":
    named = f"`{detail}`" if detail else ""
    if check.id == "weak_password_hash" and detail == "=":
        return "the stored password is compared as it is: whoever reads the table has all passwords", check.fix
    if check.id == "weak_password_hash" and detail == "where":
        what = "the query asks for the password: it is stored as it is, or under a hash that is the same for the same password"
        return what, "find the account by its name, and let the password hasher compare"
    if check.id == "jwt_unverified" and re.search(r"(?i)algorithms?$", detail):
        return f"`none` is among {named}: a token needs no signature, and anybody can write one for anybody", check.fix
    if check.id == "raw_sql":
        given = f"{named} gets SQL" if named else "SQL"
        return f"{given} that is put together from values: a value can change the statement", _IDIOM.get(language, check.fix)
    secret = f"what `{detail[:-2]}` is given" if detail.endswith("()") else named
    messages = {
        "hardcoded_secret": f"{secret} is a secret in the code: everybody with the repository or the image has it",
        "query_in_loop": f"{named} asks the database once for each element of a loop: the time grows with the data",
        "blocking_async": f"{named} blocks in an asynchronous function: {_WAITING.get(language, _WAITING[''])} until it returns",
        "weak_password_hash": f"{named} is too fast for a password: a stolen table can be tried by the billion a second",
        "jwt_unverified": f"{named} takes a token without checking its signature: anybody can write one for anybody",
    }
    return messages[check.id], _ASYNC.get(language, check.fix) if check.id == "blocking_async" else check.fix
