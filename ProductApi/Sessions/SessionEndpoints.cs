using System.ComponentModel.DataAnnotations;
using HotShelf.Catalog;
using HotShelf.ProductApi.Http;
using HotShelf.ProductApi.OpenApi;
using HotShelf.ProductApi.Problems;
using HotShelf.ProductApi.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HotShelf.ProductApi.Sessions;

/// <summary>Who opens a session.</summary>
internal sealed record SessionRequest([property: Required] string? UserId);

/// <summary>A new session; the token is shown this once.</summary>
internal sealed record SessionCreatedResponse(string Token, string UserId, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, int IdleSeconds);

/// <summary>An open session. It ends at <paramref name="ExpiresAt"/>, or after <paramref name="IdleSeconds"/> without a request.</summary>
internal sealed record SessionResponse(string UserId, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, int IdleSeconds);

/// <summary>Opening, showing and ending sessions.</summary>
internal static class SessionEndpoints
{
    public static void MapSessions(this IEndpointRouteBuilder app)
    {
        var sessions = app.MapGroup("/sessions").WithTags("Sessions");
        sessions.MapPost("/", OpenAsync).WithName("OpenSession").WithSummary("Opens a session for a user who has logged in.").RequireScope(Scopes.Sessions)
            .TakesJson<SessionRequest>().Produces<SessionCreatedResponse>(StatusCodes.Status201Created).Problems(400, 413, 415)
            .Examples("""{"userId":"user-0001"}""", """{"token":"q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA","userId":"user-0001","createdAt":"2026-01-31T12:00:00+00:00","expiresAt":"2026-02-01T00:00:00+00:00","idleSeconds":1200}""");
        sessions.MapGet("/current", Show).WithName("GetSession").WithSummary("The caller's session.").RequireSession()
            .Produces<SessionResponse>().Examples(response: """{"userId":"user-0001","createdAt":"2026-01-31T12:00:00+00:00","expiresAt":"2026-02-01T00:00:00+00:00","idleSeconds":1200}""");
        sessions.MapDelete("/current", EndAsync).WithName("EndSession").WithSummary("Ends the caller's session on every replica at once.").RequireSession()
            .Produces(StatusCodes.Status204NoContent);
    }

    private static async Task<IResult> OpenAsync(HttpContext http, SessionStore sessions)
    {
        http.Response.Headers.CacheControl = PrivateNoStore;
        var (request, problem) = await JsonBody.ReadAsync(http.Request, ApiJson.Types.SessionRequest);
        if (request is null)
            return problem!;
        if (!CatalogRules.IsUserId(request.UserId))
            return Problem.Validation("userId", "userId must be 1 to 64 letters, digits, '_' and '-'");
        var (token, session) = await sessions.OpenAsync(request.UserId!, http.RequestAborted);
        http.Response.Headers.Location = "/sessions/current";
        return TypedResults.Json(
            new SessionCreatedResponse(token, session.UserId, session.CreatedAt, session.ExpiresAt, (int)SessionDefaults.Idle.TotalSeconds),
            ApiJson.Types.SessionCreatedResponse, statusCode: StatusCodes.Status201Created);
    }

    private static JsonHttpResult<SessionResponse> Show(HttpContext http)
    {
        http.Response.Headers.CacheControl = PrivateNoStore;
        http.Response.Headers.Vary = "Authorization";
        var session = http.GetSession();
        return TypedResults.Json(
            new SessionResponse(session.UserId, session.CreatedAt, session.ExpiresAt, (int)SessionDefaults.Idle.TotalSeconds), ApiJson.Types.SessionResponse);
    }

    private static async Task<IResult> EndAsync(HttpContext http, SessionStore sessions)
    {
        http.Response.Headers.CacheControl = PrivateNoStore;
        await sessions.EndAsync(SessionHandler.TokenOf(http.Request)!);
        return TypedResults.NoContent();
    }

    private const string PrivateNoStore = "private, no-store";
}
