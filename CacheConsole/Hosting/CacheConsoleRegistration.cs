using HotShelf.CacheConsole.Actions;
using HotShelf.CacheConsole.Data;
using HotShelf.CacheConsole.Security;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Hosting;

/// <summary>Settings, sign-in, what pages read and can do, and the pages.</summary>
internal static class CacheConsoleRegistration
{
    /// <summary>
    /// The console runs alone anywhere with two settings: <c>--Redis host:6379,password=…</c> for <c>ConnectionStrings:cache</c>, and
    /// <c>--Api http://host:port</c> for the service <c>productapi</c>. Both may come from any source, as every setting.
    /// </summary>
    public static void AddStandaloneSettings(this IHostApplicationBuilder builder)
    {
        var aliases = new Dictionary<string, string?>();
        if (builder.Configuration["Redis"] is { Length: > 0 } redis)
            aliases["ConnectionStrings:cache"] = redis;
        if (builder.Configuration["Api"] is { Length: > 0 } api)
            aliases["Services:productapi:http:0"] = api;
        builder.Configuration.AddInMemoryCollection(aliases);
    }

    public static void AddCacheConsoleOptions(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<CacheConsoleOptions>().BindConfiguration(CacheConsoleOptions.SectionName)
            .Validate(static options => options.AspireDashboardUrl is null or { IsAbsoluteUri: true, Scheme: "http" or "https" },
                $"{CacheConsoleOptions.SectionName}:{nameof(CacheConsoleOptions.AspireDashboardUrl)} is not an address such as https://dashboard.example.com.")
            .ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<FrontendOptions>, FrontendOptionsValidator>();
        builder.Services.AddOptions<FrontendOptions>().BindConfiguration(FrontendOptions.SectionName).ValidateOnStart();
    }

    /// <summary>Everything needs a signed-in browser unless it says otherwise.</summary>
    public static void AddCacheConsoleSecurity(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<BrowserToken>();
        services.AddSingleton<SessionCookie>();
        services.AddSingleton<EndedSessions>();
        services.AddScoped<CircuitHandler, SessionCircuit>();
        services.AddHostedService<LoginLink>();
        services.AddAuthentication(BrowserTokenHandler.SchemeName).AddScheme<AuthenticationSchemeOptions, BrowserTokenHandler>(BrowserTokenHandler.SchemeName, null);
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        services.AddAntiforgery(static antiforgery => antiforgery.Cookie.Name = "hotshelf-form");
        services.AddSingleton<SignInAttempts>();
    }

    /// <summary>What pages read, and what they can do.</summary>
    public static void AddFleetConsole(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<NodeClient>();
        services.AddSingleton<FleetReader>();
        services.AddSingleton<FleetData>();
        services.AddHostedService(static provider => provider.GetRequiredService<FleetData>());
        services.AddSingleton<EventFeed>();
        services.AddHostedService(static provider => provider.GetRequiredService<EventFeed>());
        services.AddSingleton<ApiAddress>();
        services.AddHttpClient<ApiClient>(static (provider, http) =>
        {
            http.BaseAddress = new Uri($"https+http://{ApiAddress.Service}");
            if (provider.GetRequiredService<ApiAddress>().Key is { Length: > 0 } key)
                http.DefaultRequestHeaders.Add("X-Api-Key", key);
        });
        services.AddSingleton<AuditTrail>();
        services.AddTransient<OperatorActions>();
        services.AddSingleton(static provider => new Live<ApiHealth>(
            TimeSpan.FromSeconds(2), provider.GetRequiredService<TimeProvider>(), cancel => provider.GetRequiredService<ApiClient>().HealthAsync(cancel)));
    }

    public static void AddCacheConsolePages(this WebApplicationBuilder builder)
    {
        // Files of a build are found in every environment, not only in development; a published console has them in wwwroot.
        builder.WebHost.UseStaticWebAssets();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents(static circuits =>
        {
            // A laptop that slept comes back to its page; beyond these the page loads anew by itself.
            circuits.DisconnectedCircuitMaxRetained = 50;
            circuits.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(3);
        });
        // What is protected lives as long as its circuit, in this process: no key files, and none to share between replicas.
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
    }

    /// <summary>The pages, each first drawn on the server and then kept live over a WebSocket.</summary>
    public static void MapPages<TRoot>(this WebApplication app) => app.MapRazorComponents<TRoot>().AddInteractiveServerRenderMode(static server =>
    {
        // SecurityHeaders says who may frame a page.
        server.ContentSecurityFrameAncestorsPolicy = null;
    });
}
