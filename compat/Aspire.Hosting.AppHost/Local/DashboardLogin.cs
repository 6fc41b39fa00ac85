using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Local;

/// <summary>
/// The token of the dashboard's login link: <c>AppHost:BrowserToken</c>, as for real Aspire's dashboard, else one that is generated and kept, so that a browser
/// stays signed in over runs.
/// </summary>
internal static class DashboardLogin
{
    public static string TokenOf(IServiceProvider services)
    {
        var token = services.GetRequiredService<IConfiguration>()["AppHost:BrowserToken"] is { Length: > 0 } chosen
            ? chosen
            : services.GetRequiredService<AppHostSpace>().Secrets.GetOrAdd("AppHost:BrowserToken", static () => RandomNumberGenerator.GetHexString(32, lowercase: true));
        services.GetRequiredService<SecretValues>().Add(token);
        return token;
    }

    /// <summary>The ready link; null without a dashboard, and before it has a port.</summary>
    public static string? LinkOf(IServiceProvider services) =>
        Telemetry.Find(services)?.Receiver is { } dashboard
        && dashboard.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(static endpoint => endpoint is { Name: "http" or "https", AllocatedEndpoint: not null }) is { } endpoint
            ? $"{endpoint.AllocatedEndpoint!.UriString}/login?t={Uri.EscapeDataString(TokenOf(services))}"
            : null;
}
