"""Routes of ASP.NET Core: controllers and minimal APIs across files, and who guards them."""

import pathlib

import pytest

import route_projects


def test_every_route_of_a_project_is_found_with_its_full_path_and_guard() -> None:
    route_projects.check("routes-aspnet")


def test_a_fallback_policy_makes_a_route_neither_open_nor_guarded(tmp_path: pathlib.Path) -> None:
    text = 'var app = Build();\noptions.FallbackPolicy = policy;\napp.MapGet("/a", () => "a");\napp.MapGet("/b", () => "b").AllowAnonymous();\n'
    assert route_projects.of(tmp_path, {"Program.cs": text}) == {"GET /a": "?", "GET /b": "open"}


def test_an_extension_method_that_nobody_calls_has_routes_at_their_own_paths_with_unknown_guards(tmp_path: pathlib.Path) -> None:
    text = (
        "public static class Endpoints {\n  public static void MapNotes(this IEndpointRouteBuilder app) {\n"
        '    app.MapGet("/notes", () => "x");\n    app.MapPost("/notes", () => "x").RequireAuthorization();\n  }\n}\n'
    )
    found = route_projects.of(tmp_path, {"src/Endpoints.cs": text})
    assert found == {"GET /notes": "?", "POST /notes": "RequireAuthorization"}
    assert [u.line for u in route_projects.resolve(str(tmp_path))[1]] == [2]


def test_attributes_of_the_repository_that_stand_for_a_route_are_followed(tmp_path: pathlib.Path) -> None:
    attributes = (
        "public class VersionedAttribute : Attribute, IRouteTemplateProvider {\n"
        '  public VersionedAttribute(int version, string resource = "[controller]") { Template = $"api/v{version}/{resource}"; }\n'
        "  public string Template { get; }\n}\n"
        'public class V2Attribute : VersionedAttribute { public V2Attribute(string resource = "[controller]") : base(2, resource) { } }\n'
        "public class ByIdAttribute : Attribute, IActionHttpMethodProvider, IRouteTemplateProvider {\n"
        '  public IEnumerable<string> HttpMethods => new[] { "GET" };\n  public string Template => "{id:int}";\n}\n'
        'public class RemoveAttribute : HttpDeleteAttribute { public RemoveAttribute() : base("{id}") { } }\n'
    )
    controller = (
        "[V2]\npublic class NotesController : RestController<Note> {\n  [ById] public Note One(int id) => null;\n"
        '  [Remove] public void Gone(int id) { }\n  [HttpPut("bulk")] public void Put(List<Note> all) { }\n'
        '  [HttpPut("{id}")] public void Put(Note one) { }\n}\n[V2("tags/all")]\npublic class TagController : ControllerBase {\n'
        "  [HttpGet] public string All() => null;\n  public override void OnActionExecuting(Context context) { }\n}\n"
    )
    found = route_projects.of(tmp_path, {"Attributes.cs": attributes, "Notes.cs": controller})
    assert sorted(found) == [
        "DELETE /api/v2/Notes/{id}", "GET /api/v2/Notes/{id:int}", "GET /api/v2/tags/all", "PUT /api/v2/Notes/bulk", "PUT /api/v2/Notes/{id}",
    ]  # fmt: skip


def test_a_method_that_overrides_one_with_a_route_keeps_it_unless_it_is_no_action(tmp_path: pathlib.Path) -> None:
    text = (
        'public abstract class Base : ControllerBase {\n  [HttpGet("{id}")] public virtual string One(int id) => null;\n'
        '  [HttpPut] public virtual string Put(int id) => null;\n}\n[Route("a")]\npublic class AController : Base {\n'
        "  public override string One(int id) => null;\n  [NonAction] public override string Put(int id) => null;\n}\n"
    )
    assert sorted(route_projects.of(tmp_path, {"A.cs": text})) == ["GET /a/{id}"]


def test_prefixes_and_guards_that_a_repository_names_itself_are_followed(tmp_path: pathlib.Path) -> None:
    files = {
        "src/Web/Constants.cs": 'public static class Constants\n{\n    public const string PrefixApi = "/api";\n}\n',
        "src/Core/Constants.cs": "internal static class Constants\n{\n    public const int Depth = 3;\n}\n",
        "src/Web/ApiController.cs": "[ApiController]\n[Route(Constants.PrefixApi)]\npublic abstract class ApiController : Controller { }\n",
        "src/Web/ApiV1Attribute.cs": (
            'public class ApiV1Attribute : RouteAttribute\n{\n    protected const string Base = "api/v1/[controller]";\n    public ApiV1Attribute() : base(Base) { }\n}\n'
        ),
        "src/Web/AdminAttribute.cs": 'public class AdminAttribute : AuthorizeAttribute\n{\n    public AdminAttribute() { base.Roles = "admin"; }\n}\n',
        "src/Web/MaybeAttribute.cs": "public class MaybeAttribute : AdminAttribute, IAllowAnonymous { }\n",
        "src/Web/NotesController.cs": (
            'public class NotesController : ApiController\n{\n    [HttpGet("notes")]\n    [Admin]\n    public string All(Note note) { return Mapper.Map(note, new Dto()); }\n'
            '    [HttpGet("free")]\n    [Maybe]\n    public string Free() { return ""; }\n}\n'
        ),
        "src/Web/TasksController.cs": '[ApiV1]\npublic class TasksController : Controller\n{\n    [HttpGet]\n    public string All() { return ""; }\n}\n',
    }
    expected = {"GET /api/notes": "Admin", "GET /api/free": "open", "GET /api/v1/Tasks": "open"}
    assert route_projects.of(tmp_path, files) == expected


@pytest.mark.parametrize(("body", "expected"), [("context.Response.StatusCode = 401;", "?"), ("context.User = Read(context);", "open")])
def test_a_middleware_that_refuses_nobody_leaves_the_routes_as_they_are(tmp_path: pathlib.Path, body: str, expected: str) -> None:
    files = {
        "Program.cs": 'var app = builder.Build();\napp.UseMiddleware<TokenMiddleware>();\napp.MapGet("/a", () => 1);\n',
        "TokenMiddleware.cs": f"public class TokenMiddleware\n{{\n    public Task Invoke(HttpContext context) {{ {body} return next(context); }}\n}}\n",
    }
    assert route_projects.of(tmp_path, files) == {"GET /a": expected}
