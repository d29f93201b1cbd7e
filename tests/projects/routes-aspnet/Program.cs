var app = WebApplication.CreateBuilder(args).Build();
var api = app.MapGroup("/api");
api.MapNotes();
app.MapGet("/health", () => "ok");
app.MapMethods("/bulk", new[] { "PUT", "PATCH" }, () => "ok").RequireAuthorization();
app.Run();
