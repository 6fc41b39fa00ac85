namespace HotShelf.CacheConsole.Mcp;

/// <summary>The pages' questions for programs, at <c>/mcp</c> (Model Context Protocol, streamable HTTP). It changes nothing. The token of the login link opens it: as a bearer token, or as <c>?t=</c>.</summary>
internal static class McpEndpoint
{
    public const string Path = "/mcp";

    public static void AddMcp(this IHostApplicationBuilder builder) =>
        builder.Services.AddMcpServer().WithHttpTransport(static http => http.Stateless = true).WithTools<CacheTools>();

    public static void MapMcp(this WebApplication app) => app.MapMcp(Path);

    /// <summary>The token that a request to the endpoint presents; null without one, and for other paths.</summary>
    public static string? TokenOf(HttpRequest request) =>
        !request.Path.StartsWithSegments(Path, StringComparison.Ordinal) ? null
        : request.Headers.Authorization.ToString() is ['B' or 'b', 'e', 'a', 'r', 'e', 'r', ' ', .. var bearer] ? bearer.Trim()
        : request.Query["t"];
}
