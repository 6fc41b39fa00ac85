using System.Security.Cryptography;

namespace HotShelf.AppHost;

/// <summary>The way between Aspire's dashboard and the cache console, for a local run.</summary>
internal static class SignInLink
{
    /// <summary>The console's link signs in, as that of Aspire's dashboard does, and its menu leads back. Where it is deployed the console makes a token by itself.</summary>
    public static IResourceBuilder<ProjectResource> WithSignInLink(this IResourceBuilder<ProjectResource> console)
    {
        if (!console.ApplicationBuilder.ExecutionContext.IsRunMode)
            return console;
        var token = RandomNumberGenerator.GetHexString(32, lowercase: true);
        if (console.ApplicationBuilder.Configuration["ASPNETCORE_URLS"]?.Split(';')[0] is { Length: > 0 } dashboard)
            console.WithEnvironment("CacheConsole__AspireDashboardUrl", dashboard);
#pragma warning disable ASPIREMCP001 // For evaluation: only a local run uses it, and nothing else depends on it.
        console.WithMcpServer($"/mcp?t={token}");
#pragma warning restore ASPIREMCP001
        return console
            .WithEnvironment("CacheConsole__Frontend__BrowserToken", token)
            .WithUrlForEndpoint("http", url => (url.DisplayText, url.Url) = ("Cache console", $"/login?t={token}"));
    }
}
