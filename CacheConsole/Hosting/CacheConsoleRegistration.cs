using HotShelf.CacheConsole.Security;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Hosting;

/// <summary>Options and pages.</summary>
internal static class CacheConsoleRegistration
{
    public static void AddCacheConsoleOptions(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<CacheConsoleOptions>().BindConfiguration(CacheConsoleOptions.SectionName)
            .Validate(static options => options.AspireDashboardUrl is null or { IsAbsoluteUri: true, Scheme: "http" or "https" },
                $"{CacheConsoleOptions.SectionName}:{nameof(CacheConsoleOptions.AspireDashboardUrl)} is not an address such as https://dashboard.example.com.")
            .ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<FrontendOptions>, FrontendOptionsValidator>();
        builder.Services.AddOptions<FrontendOptions>().BindConfiguration(FrontendOptions.SectionName).ValidateOnStart();
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
