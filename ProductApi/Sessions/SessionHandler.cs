using System.Security.Claims;
using System.Text.Encodings.Web;
using HotShelf.ProductApi.Problems;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace HotShelf.ProductApi.Sessions;

/// <summary>Authenticates users by <c>Authorization: Bearer</c> with a session's token (RFC 6750).</summary>
internal sealed class SessionHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, SessionStore sessions)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    private const string Prefix = "Bearer ";

    /// <summary>The token of a request, or null.</summary>
    public static string? TokenOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? header[Prefix.Length..].Trim() : null;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (TokenOf(Request) is not { } token)
            return AuthenticateResult.NoResult();
        if (await sessions.FindAsync(token, Context.RequestAborted) is not { } session)
            return AuthenticateResult.Fail("no such session");
        Context.Features.Set(session);
        var identity = new ClaimsIdentity([new(ClaimTypes.NameIdentifier, session.UserId)], Scheme.Name);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var (challenge, detail) = TokenOf(Request) is null
            ? ("Bearer", "Send the token of an open session: Authorization: Bearer <token>.")
            : ("Bearer error=\"invalid_token\"", "There is no open session with this token. Open another one.");
        Response.Headers.WWWAuthenticate = challenge;
        return Problem.Of(ProblemType.Unauthenticated, detail).ExecuteAsync(Context);
    }
}

internal static class SessionExtensions
{
    /// <summary>Lets only users with an open session in.</summary>
    public static TBuilder RequireSession<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder =>
        builder.RequireAuthorization(new AuthorizationPolicyBuilder(SessionDefaults.Scheme).RequireAuthenticatedUser().Build());

    /// <summary>The session of this request, on endpoints that require one.</summary>
    public static Session GetSession(this HttpContext context) => context.Features.GetRequiredFeature<Session>();
}
