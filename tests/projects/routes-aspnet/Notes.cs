public static class Notes
{
    private const string Root = "/notes";

    public static void MapNotes(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(Root).RequireAuthorization();
        group.MapGet("/", () => "all").AllowAnonymous();
        group.MapPost("/{id:int}", (int id) => id);
    }

    public static void MapLost(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/lost", () => "where");
    }
}
