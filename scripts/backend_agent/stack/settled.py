"""Conventions of a field that need more than packages: what the sources, the tests and the templates of an ecosystem say."""

import re

from backend_agent.stack import values
from backend_agent.stack.services import Evidence, Value
from backend_agent.stack.units import Unit, within


def settle(unit: Unit, reader: "values.Reader", found: "dict[str, Value]", words: "values.Words") -> None:  # noqa: C901
    """Conventions of a field that need more than packages."""
    ecosystem = unit.ecosystem
    if ecosystem in {"node", "deno"}:
        typed = found["language"].ids == ("typescript",)
        if not typed:
            found["typecheck"] = Value()
        elif ecosystem == "deno":
            found["typecheck"] = Value(("deno",), (Evidence(unit.main, 0, "deno"),))
        elif not found.get("typecheck", Value()).ids:
            found["typecheck"] = Value(("tsc",), found["language"].evidence)
    if ecosystem == "python":
        _settle_python(unit, reader, found, words)
    if ecosystem == "php" and "laravel" in found["framework"].ids:
        _settle_laravel(reader, found)
    if ecosystem == "php" and "api-platform" in found["framework"].ids:
        styles = found["api_style"]
        ids = ("rest", *(i for i in styles.ids if i not in {"rest", "html"}))
        found["api_style"] = Value(ids, (*found["framework"].evidence[:1], *styles.evidence)[: len(ids)])
    if ecosystem == "php" and not found.get("test", Value()).ids:
        found["test"] = Value()
    if ecosystem == "jvm":
        _settle_jvm(reader, found)
    if ecosystem == "go" and found["api_style"].ids == ("rest",):
        shown = reader.in_code(r"(?:template\.(?:Must|ParseFiles|ParseGlob|ParseFS)\(|LoadHTMLGlob\(|\.ExecuteTemplate\()")
        if shown is not None and reader.in_code(r"json\.NewEncoder\(|json\.Marshal\(|\.JSON\(|render\.JSON|\.BindJSON|ShouldBind") is None:
            found["api_style"] = Value(("html",), (shown,))
    if ecosystem == "node":
        _settle_node(unit, reader, found)
    if ecosystem in {"node", "deno"} and not _own_tests(unit, reader, found.get("test", Value())):
        found["test"] = Value()
    if ecosystem == "ruby" and "rails" in found["framework"].ids:
        pages = [p for p in reader.own.ending(".erb", ".haml", ".slim") if "app/views/" in p and not re.search(r"layouts/|mailer", p)]
        if not pages or reader.in_code(r"config\.api_only\s*=\s*true"):
            found["api_style"] = Value(tuple("rest" if i == "html" else i for i in found["api_style"].ids), found["api_style"].evidence)
        if "rspec" in found.get("test", Value()).ids:
            found["test"] = Value(("rspec",), found["test"].evidence[:1])
    if ecosystem == "ruby" and "sinatra" in found["framework"].ids and reader.own.ending(".erb", ".haml", ".slim"):
        found["api_style"] = Value(("html",), found["api_style"].evidence)
    if ecosystem == "dotnet":
        _settle_dotnet(reader, found)
    if ecosystem == "elixir" and "ecto" in found.get("orm", Value()).ids and "phoenix" in found["framework"].ids:
        html = reader.own.ending(".heex", ".eex", ".leex")
        if html:
            found["api_style"] = Value(
                tuple(dict.fromkeys([*found["api_style"].ids, "html"])), (*found["api_style"].evidence, *found["framework"].evidence[:1])
            )


_RENDERS = re.compile(r"\b(?:res|reply|ctx|c)\.(?:render|view)\(")
_ANSWERS = re.compile(r"\b(?:res(?:\.status\([^)]*\))?|reply|ctx|c)\.(?:json|send)\(|\bctx\.body\s*=")


def _settle_node(unit: Unit, reader: "values.Reader", found: "dict[str, Value]") -> None:
    """The runner of the package's own scripts before one that its workspace holds for others; pages where the handlers render."""
    test = found.get("test", Value())
    if len(test.ids) > 1 and unit.path != ".":
        own = unit.path + "/"
        kept = [(i, e) for i, e in zip(test.ids, test.evidence, strict=False) if e.path.startswith(own)]
        if kept and len(kept) < len(test.ids):
            found["test"] = Value(tuple(i for i, _e in kept), tuple(e for _i, e in kept))
    pages = reader.own.ending(".pug", ".ejs", ".hbs", ".njk", ".handlebars", ".mustache", ".jade", ".edge")
    if "rest" in found.get("api_style", Value()).ids and len([p for p in pages if "mail" not in p]) > 2:
        texts = [text for _path, text in reader.sources()]
        rendered, answered = (sum(len(one.findall(text)) for text in texts) for one in (_RENDERS, _ANSWERS))
        if rendered:
            styles = ("html",) if rendered > answered else ("html", "rest")
            rest = tuple(i for i in found["api_style"].ids if i != "rest")
            found["api_style"] = Value(
                (*styles, *rest),
                (*(Evidence(pages[0], 0, "pages") for _i in styles), *found["api_style"].evidence)[: len(styles) + len(rest)],
            )


def _own_tests(unit: Unit, reader: "values.Reader", test: Value) -> bool:
    """A runner that needs no package is another package's, where neither the scripts nor the files of this one are tests."""
    if not test.ids or not set(test.ids) <= {"bun-test", "node-test", "deno-test"} or unit.path == ".":
        return True
    own = unit.path + "/"
    return any(e.path.startswith(own) for e in test.evidence) or reader.own.first(r"[._](?:test|spec)\.[cm]?[jt]sx?$") is not None


def _settle_jvm(reader: "values.Reader", found: "dict[str, Value]") -> None:
    """Pages only where a controller returns them; a service that serves gRPC alone has no REST."""
    styles = found.get("api_style", Value())
    ids = styles.ids
    if "html" in ids and "rest" in ids and reader.in_code(r"@Controller\b|@CheckedTemplate|TemplateInstance|\bView\(|ModelAndView") is None:
        ids = tuple(i for i in ids if i != "html")
    if "grpc" in ids and "rest" in ids and reader.in_code(_JVM_HTTP) is None:
        ids = tuple(i for i in ids if i != "rest")
    if ids != styles.ids:
        found["api_style"] = Value(ids, tuple(e for i, e in zip(styles.ids, styles.evidence, strict=False) if i in ids))


_JVM_HTTP = (
    r"@(?:Rest)?Controller\b|@(?:Request|Get|Post|Put|Patch|Delete)Mapping|@Path\(|@(?:GET|POST|PUT|DELETE)\b|@(?:Get|Post|Put|Delete)\(|"
    r"\brouting\s*\{|\.route\(|Router\.router\(|HttpRoutes|endpoint\.(?:get|post|in)|RouterFunction|\bjersey\(\)|ResourceConfig|paths?Prefix\("
)


def _settle_python(unit: Unit, reader: "values.Reader", found: "dict[str, Value]", words: "values.Words") -> None:
    seek = re.compile(r"(^|/)(tests?/.*|test_\w+|\w+_test|tests)\.py$").search
    tests = any("test" in p and seek(p) for p in reader.own.ending(".py"))
    test = found.get("test", Value())
    if "django-orm" in found.get("orm", Value()).ids and not set(test.ids) - {"robot"} and tests:
        found["test"] = Value(("django-test",), (Evidence(next(p for p in reader.own.ending(".py") if "test" in p), 0, "tests"),))
    elif not test.ids and tests:
        path = next(p for p in reader.own.ending(".py") if "test" in p)
        uses = words.find(r"\bpytest\b", unit.path)
        found["test"] = Value(("pytest" if uses else "unittest",), (uses or Evidence(path, 0, "tests"),))
    framework = found["framework"].ids
    if "drf" in framework and "django" not in framework:
        found["framework"] = Value(("django", *framework), found["framework"].evidence)
    if set(framework) & {"flask"} and not reader.own.ending(".html", ".jinja2", ".j2"):
        styles = found["api_style"]
        found["api_style"] = Value(tuple("rest" if i == "html" else i for i in styles.ids), styles.evidence)
    elif {"flask-restful", "flask-restx", "flask-smorest", "apiflask"} & set(unit.deps):
        found["api_style"] = Value(("rest",), found["framework"].evidence[:1])
    elif "flask" in framework and reader.in_code(r"jsonify\(|Flask-RESTful|flask_restful|flask_restx|Blueprint\(['\"]api") is not None:
        styles = found["api_style"]
        if "rest" not in styles.ids:
            found["api_style"] = Value((*styles.ids, "rest"), (*styles.evidence, *found["framework"].evidence[:1]))


_DOTNET_HTTP = (
    r"\.Map(Get|Post|Put|Patch|Delete|Methods)\(\s*\"(?!/?\")|\.Map(Group|Controllers\w*|RazorPages|RazorComponents|Hub|DefaultControllerRoute)\b"
    r"|\[ApiController\]|: Controller(Base)?\b"
)
"""What serves HTTP; a page at `/` that says "use a gRPC client", as the template of a gRPC service has it, does not count."""


def _settle_dotnet(reader: "values.Reader", found: "dict[str, Value]") -> None:
    """Plain gRPC services; tests stand in projects of their own that refer to the service."""
    styles = found.get("api_style", Value())
    if "grpc" in styles.ids and found["framework"].ids == ("aspnetcore",) and reader.in_code_near(_DOTNET_HTTP) is None:
        at = styles.evidence[styles.ids.index("grpc") : styles.ids.index("grpc") + 1]
        found["framework"] = Value(("grpc",), at)
        found["api_style"] = Value(("grpc",), at)
    if not found.get("migration", Value()).ids and "efcore" in found.get("orm", Value()).ids:
        folders = [u.path for u in reader.unit.closure() if u.path != "."]
        snapshot = next((p for p in reader.repository.index.matching(r"ModelSnapshot\.cs$") if any(within(p, f) for f in folders)), "")
        if snapshot:
            found["migration"] = Value(("efcore",), (Evidence(snapshot, 0, "present"),))
    if not found.get("test", Value()).ids:
        found["test"] = _dotnet_runner(reader)
    pages = reader.own.ending(".cshtml")
    if pages and found["framework"].ids and "grpc" not in found["framework"].ids:
        data = reader.in_code(
            r"\bApiController\b|\.Map(?:Get|Post|Put|Patch|Delete)\(\s*\"|\bControllerBase\b|\[ProducesResponseType|\[FromBody\]"
        )
        ids = ("html", "rest") if data else ("html",)
        found["api_style"] = Value(ids, (Evidence(pages[0], 0, "pages"), *((data,) if data else ())))


def _dotnet_runner(reader: "values.Reader") -> Value:
    """The runner of the test projects: of those that refer to the service, or else of any."""
    own, rest = [], []
    for path in reader.repository.index.ending(".csproj", ".fsproj"):
        if re.search(r"(?i)tests?\b|specs?\b", path):
            text = reader.repository.read(path)
            if reader.unit.main.rpartition("/")[2] in text:
                own.append((path, text))
            elif "Microsoft.NET.Test.Sdk" in text:
                rest.append((path, text))
    for path, text in own + rest:
        for id_, name in (("xunit", "xunit"), ("nunit", "nunit"), ("mstest", "mstest"), ("tunit", "tunit")):
            match = re.search(rf"(?i)PackageReference\s+Include=\"{name}|Sdk=\"{name}\.Sdk", text)
            if match:
                return Value((id_,), (Evidence(path, text.count("\n", 0, match.start()) + 1, name),))
    return Value()


def _settle_laravel(reader: "values.Reader", found: "dict[str, Value]") -> None:
    stores = found["databases"]
    template = {i for i, e in zip(stores.ids, stores.evidence, strict=False) if e.path.endswith("config/database.php")}
    told = _laravel_store(reader)
    if template and told is not None:  # config/database.php of the skeleton names every store there is
        kept = [(i, e) for i, e in zip(stores.ids, stores.evidence, strict=False) if i not in template and i != told[0]]
        pairs = [told, *kept]
        found["databases"] = Value(tuple(i for i, _e in pairs), tuple(e for _i, e in pairs))
    path = next((p for p in reader.own.containing("app/Jobs/") if re.search(r"(^|/)app/Jobs/", p)), None)
    if path is not None and not found.get("queue", Value()).ids:
        found["queue"] = Value(("laravel-queue",), (Evidence(path, 0, "app/Jobs"),))
    if reader.own.first(r"routes/api[\w.]*\.php$") is None and reader.own.first(r"\.blade\.php$") is not None:
        found["api_style"] = Value(("html",), found["api_style"].evidence)


def _laravel_store(reader: "values.Reader") -> "tuple[str, Evidence] | None":
    """What the environment's example chooses: `DB_CONNECTION=mysql`."""
    folder = "" if reader.unit.path == "." else reader.unit.path + "/"
    for name in (".env.example", ".env", ".env.dist"):
        text = reader.repository.read(folder + name) if reader.repository.exists(folder + name) else ""
        match = re.search(r"(?m)^DB_CONNECTION=[\"']?(mysql|mariadb|pgsql|sqlite|sqlsrv|mongodb)\b", text)
        if match:
            store = {"pgsql": "postgresql", "sqlsrv": "mssql"}.get(match[1], match[1])
            return store, Evidence(folder + name, text.count("\n", 0, match.start()) + 1, match[0])
    return None
