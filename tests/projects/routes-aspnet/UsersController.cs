[Route("api/[controller]")]
public abstract class Base : ControllerBase
{
    [HttpGet("ping")]
    public string Ping() => "pong";
}

public class UsersController : Base
{
    [Authorize]
    [HttpDelete("{id}")]
    public string Remove(int id) => "";

    [HttpGet("/top/[action]")]
    public string Best() => "";
}
