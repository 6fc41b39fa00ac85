using HotShelf.CacheConsole.Components.Pages;
using HotShelf.CacheConsole.Viewing;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Security;

/// <summary>
/// The login link, the sign-in page, and signing out. Neither form carries an antiforgery token: <see cref="SameOrigin"/> refuses what another site's page
/// sends, and a token would make a form that was open during a restart fail.
/// </summary>
internal static class SignIn
{
    private const string WrongToken = "This is not the token of this console. A restart may have made a new one.";
    private const string TooManyWrong = "Too many wrong tokens from this address. Wait a few seconds, then try again.";
    private const string NoForm = "The form did not arrive whole. Enter the token again.";
    private const string StaleForm = "The form was too old, so nothing was done. Sign in again.";
    private const string SessionEnded = "Your session has ended. Sign in again.";

    /// <summary>A form that fails the antiforgery check, as one from before a restart, leads to the sign-in page.</summary>
    public static void UseStaleForms(this IApplicationBuilder app) => app.Use(static (http, next) =>
        http.Features.Get<IAntiforgeryValidationFeature>() is { IsValid: false } ? Page(http, http.Request.Path, StaleForm, StatusCodes.Status400BadRequest).ExecuteAsync(http) : next(http));

    public static void MapSignIn(this IEndpointRouteBuilder app)
    {
        app.MapGet("/login", OpenLinkAsync).AllowAnonymous();
        app.MapPost("/login", (Delegate)SubmitAsync).AllowAnonymous();
        app.MapPost("/logout", SignOut).AllowAnonymous();
    }

    private static async Task<IResult> OpenLinkAsync(HttpContext http, [FromQuery(Name = "t")] string? token, string? returnUrl, SessionCookie sessions, IOptions<FrontendOptions> options)
    {
        if (options.Value.AuthMode == FrontendAuthMode.Unsecured)
            return Results.LocalRedirect(Local(returnUrl));
        if (token is not null)
            return await EnterAsync(http, token, returnUrl);
        var hasEnded = http.Request.Cookies[SessionCookie.NameFor(http.Request)] is { } session && sessions.Read(session) is null;
        return Page(http, returnUrl, hasEnded ? SessionEnded : null, StatusCodes.Status200OK);
    }

    private static async Task<IResult> SubmitAsync(HttpContext http)
    {
        IFormCollection form;
        try
        {
            form = await http.Request.ReadFormAsync(http.RequestAborted);
        }
        catch (Exception exception) when (exception is InvalidOperationException or InvalidDataException or IOException)
        {
            // No form, or one that breaks off or is too large.
            return Page(http, null, NoForm, StatusCodes.Status400BadRequest);
        }

        return await EnterAsync(http, form["token"].ToString().Trim(), form["returnUrl"]);
    }

    private static RedirectHttpResult SignOut(HttpContext http, SessionCookie sessions, EndedSessions ended)
    {
        var name = SessionCookie.NameFor(http.Request);
        if (sessions.Read(http.Request.Cookies[name]) is { } session)
        {
            ended.Add(session);
            // Afterwards: the page that asks must not be loaded again before it has its answer.
            http.Response.OnCompleted(() =>
            {
                ended.Tell(session);
                return Task.CompletedTask;
            });
        }

        http.Response.Cookies.Delete(name);
        return TypedResults.LocalRedirect("/login");
    }

    private static async Task<IResult> EnterAsync(HttpContext http, string token, string? returnUrl)
    {
        var services = http.RequestServices;
        if (!services.GetRequiredService<BrowserToken>().Matches(token))
        {
            return await services.GetRequiredService<SignInAttempts>().WaitAsync(http)
                ? Page(http, returnUrl, WrongToken, StatusCodes.Status401Unauthorized)
                : Page(http, returnUrl, TooManyWrong, StatusCodes.Status429TooManyRequests);
        }

        http.Response.Cookies.Append(SessionCookie.NameFor(http.Request), services.GetRequiredService<SessionCookie>().Issue(), new CookieOptions
        {
            HttpOnly = true,
            // Not Strict: a link in a chat must open the page that it names. Nothing that a link can ask for changes anything.
            SameSite = SameSiteMode.Lax,
            // Behind a proxy that ends TLS the request itself is plain.
            Secure = http.Request.IsHttps || services.GetRequiredService<IOptions<FrontendOptions>>().Value.PublicUrl?.Scheme == Uri.UriSchemeHttps,
            IsEssential = true,
            MaxAge = SessionCookie.Lifetime,
        });
        return Results.LocalRedirect(Local(returnUrl));
    }

    private static RazorComponentResult<LoginPage> Page(HttpContext http, string? returnUrl, string? problem, int status) =>
        new(new { Viewer = Viewer.Of(http), ReturnUrl = Local(returnUrl), Problem = problem }) { StatusCode = status };

    /// <summary>Only a path of ours: not another site's page, not this one again.</summary>
    internal static string Local(string? returnUrl) =>
        returnUrl is ['/', ..] and not ['/', '/' or '\\', ..] && !returnUrl.StartsWith("/login", StringComparison.OrdinalIgnoreCase) && !returnUrl.Any(char.IsControl) ? returnUrl : "/";
}
