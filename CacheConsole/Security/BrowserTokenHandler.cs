using System.Security.Claims;
using System.Text.Encodings.Web;
using HotShelf.CacheConsole.Mcp;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Security;

/// <summary>Knows a signed-in browser by its cookie, and a program at <c>/mcp</c> by the token; sends others to the login page, and back to where they wanted to go.</summary>
internal sealed class BrowserTokenHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, SessionCookie cookie, BrowserToken token, SignInAttempts attempts, IOptions<FrontendOptions> frontend)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "BrowserToken";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var session = cookie.Read(Request.Cookies[SessionCookie.NameFor(Request)]);
        return Task.FromResult(
            frontend.Value.AuthMode == FrontendAuthMode.Unsecured || session is not null || (McpEndpoint.TokenOf(Request) is { } presented && token.Matches(presented))
                ? AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, "operator"), .. session?.Claims ?? []], SchemeName)), SchemeName))
                : AuthenticateResult.NoResult());
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        // A guess waits, whatever the answer would be.
        if (McpEndpoint.TokenOf(Request) is not null && !await attempts.WaitAsync(Context))
            Response.StatusCode = StatusCodes.Status429TooManyRequests;
        else if (HttpMethods.IsGet(Request.Method) && Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
            Response.Redirect($"{Request.PathBase}/login{QueryString.Create("returnUrl", $"{Request.Path}{Request.QueryString}")}");
        else
            Response.StatusCode = StatusCodes.Status401Unauthorized;
    }
}
