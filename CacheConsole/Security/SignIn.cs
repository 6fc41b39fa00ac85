using System.Globalization;
using HotShelf.CacheConsole.Components.Pages;
using HotShelf.CacheConsole.Viewing;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Security;

/// <summary>The login link, the page for those who come without one, and signing out.</summary>
internal static class SignIn
{
    public static void MapSignIn(this IEndpointRouteBuilder app)
    {
        app.MapGet("/login", OpenLink).AllowAnonymous();
        app.MapPost("/login", Submit).AllowAnonymous();
        app.MapPost("/logout", SignOut);
    }

    private static IResult OpenLink(HttpContext http, [FromQuery(Name = "t")] string? token, string? returnUrl, BrowserToken expected, IOptions<FrontendOptions> options)
    {
        if (options.Value.AuthMode == FrontendAuthMode.Unsecured)
            return Results.LocalRedirect(Local(returnUrl));
        return token is null ? Page(http, returnUrl, refused: false) : Enter(http, token, returnUrl, expected);
    }

    private static IResult Submit(HttpContext http, [FromForm] string? token, [FromForm] string? returnUrl, BrowserToken expected) => Enter(http, token?.Trim(), returnUrl, expected);

    // Takes a form that it does not need, because reading one is what checks the antiforgery token.
    private static RedirectHttpResult SignOut(HttpContext http, [FromForm] IFormCollection form)
    {
        _ = form;
        http.Response.Cookies.Delete(SessionCookie.NameFor(http.Request));
        return TypedResults.LocalRedirect("/login");
    }

    private static IResult Enter(HttpContext http, string? token, string? returnUrl, BrowserToken expected)
    {
        var attempts = http.RequestServices.GetRequiredService<SignInAttempts>();
        if (attempts.AreExhausted(http))
        {
            http.Response.Headers.RetryAfter = SignInAttempts.Window.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            return Results.Text("Too many wrong tokens from this address. Wait a minute, then try again.", statusCode: StatusCodes.Status429TooManyRequests);
        }

        if (!expected.Matches(token))
        {
            attempts.Failed(http);
            Log.SignInRefused(http.RequestServices.GetRequiredService<ILogger<BrowserToken>>(), http.Connection.RemoteIpAddress?.ToString() ?? "an unknown address");
            return Page(http, returnUrl, refused: true);
        }

        http.Response.Cookies.Append(SessionCookie.NameFor(http.Request), http.RequestServices.GetRequiredService<SessionCookie>().Issue(), new CookieOptions
        {
            HttpOnly = true,
            // Not Strict: a link in a chat must open the page that it names. Nothing that a link can ask for changes anything.
            SameSite = SameSiteMode.Lax,
            // Behind a proxy that ends TLS the request itself is plain.
            Secure = http.Request.IsHttps || http.RequestServices.GetRequiredService<IOptions<FrontendOptions>>().Value.PublicUrl?.Scheme == Uri.UriSchemeHttps,
            IsEssential = true,
            MaxAge = SessionCookie.Lifetime,
        });
        return Results.LocalRedirect(Local(returnUrl));
    }

    private static RazorComponentResult<LoginPage> Page(HttpContext http, string? returnUrl, bool refused) =>
        new(new { Viewer = Viewer.Of(http), ReturnUrl = Local(returnUrl), Refused = refused }) { StatusCode = refused ? StatusCodes.Status401Unauthorized : StatusCodes.Status200OK };

    /// <summary>Only a path of ours: not another site's page, not this one again.</summary>
    internal static string Local(string? returnUrl) =>
        returnUrl is ['/', ..] and not ['/', '/' or '\\', ..] && !returnUrl.StartsWith("/login", StringComparison.OrdinalIgnoreCase) && !returnUrl.Any(char.IsControl) ? returnUrl : "/";
}
