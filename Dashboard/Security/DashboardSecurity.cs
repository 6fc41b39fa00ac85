using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace HotShelf.Dashboard.Security;

/// <summary>Everything needs a signed-in browser unless it says otherwise.</summary>
internal static class DashboardSecurity
{
    public const string SignInLimit = "sign-in";

    public static void AddDashboardSecurity(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<BrowserToken>();
        services.AddSingleton<SessionCookie>();
        services.AddHostedService<LoginLink>();
        services.AddAuthentication(BrowserTokenHandler.SchemeName).AddScheme<AuthenticationSchemeOptions, BrowserTokenHandler>(BrowserTokenHandler.SchemeName, null);
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        services.AddAntiforgery(static antiforgery => antiforgery.Cookie.Name = "hotshelf-form");
        services.AddRateLimiter(static limiter =>
        {
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            // Tokens of our own cannot be guessed; a chosen one might.
            limiter.AddPolicy(SignInLimit, static context => RateLimitPartition.GetFixedWindowLimiter(context.Connection.RemoteIpAddress?.ToString() ?? "",
                static _ => new FixedWindowRateLimiterOptions { PermitLimit = 20, Window = TimeSpan.FromMinutes(1) }));
        });
    }
}
