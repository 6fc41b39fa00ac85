using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace HotShelf.CacheConsole.Security;

/// <summary>Everything needs a signed-in browser unless it says otherwise.</summary>
internal static class CacheConsoleSecurity
{
    public static void AddCacheConsoleSecurity(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<BrowserToken>();
        services.AddSingleton<SessionCookie>();
        services.AddHostedService<LoginLink>();
        services.AddAuthentication(BrowserTokenHandler.SchemeName).AddScheme<AuthenticationSchemeOptions, BrowserTokenHandler>(BrowserTokenHandler.SchemeName, null);
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        services.AddAntiforgery(static antiforgery => antiforgery.Cookie.Name = "hotshelf-form");
        services.AddSingleton<SignInAttempts>();
    }
}
