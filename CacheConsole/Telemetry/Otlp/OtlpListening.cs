using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace HotShelf.CacheConsole.Telemetry.Otlp;

/// <summary>
/// The receiver has ports of its own: whoever may send telemetry does not reach the pages by that, and the other way round. A connection is marked by
/// the port that it came in by, not by what a request says of itself.
/// </summary>
internal static class OtlpListening
{
    private const string DefaultPages = "http://localhost:18888";

    /// <summary>Listens on the receiver's ports besides the addresses of the pages.</summary>
    public static void ListenForOtlp(this IWebHostBuilder host, OtlpOptions options)
    {
        var (http, grpc) = (PortOf(options.HttpEndpointUrl), PortOf(options.GrpcEndpointUrl));
        string[] receiver = [.. new[] { options.HttpEndpointUrl, options.GrpcEndpointUrl }.OfType<string>()];
        if (receiver.Length == 0)
            return;
        // An orchestrator that gives every endpoint to the server names the receiver's among the pages' addresses too.
        var pages = PagesOf(host).Where(url => PortOf(url) is not { } port || (port != http && port != grpc));
        host.UseUrls([.. pages, .. receiver]);
        // Said by the addresses now; the server warns of ports that these override.
        host.UseSetting(WebHostDefaults.HttpPortsKey, "").UseSetting(WebHostDefaults.HttpsPortsKey, "");
        host.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint =>
        {
            if (endpoint.EndPoint is not IPEndPoint { Port: var port })
                return;
            if (port == http)
                endpoint.UseOtlp(HttpProtocols.Http1);
            else if (port == grpc)
                endpoint.UseOtlp(HttpProtocols.Http2);
        }));
    }

    /// <summary>As the server itself would choose: addresses before ports before the default.</summary>
    private static string[] PagesOf(IWebHostBuilder host)
    {
        string[] addresses =
        [
            .. Setting(WebHostDefaults.HttpPortsKey).Select(static port => $"http://*:{port}"),
            .. Setting(WebHostDefaults.HttpsPortsKey).Select(static port => $"https://*:{port}"),
        ];
        return Setting(WebHostDefaults.ServerUrlsKey) is { Length: > 0 } urls ? urls : addresses.Length > 0 ? addresses : [DefaultPages];

        string[] Setting(string key) => host.GetSetting(key)?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
    }

    /// <summary>The port of an address without TLS; null for everything else.</summary>
    public static int? PortOf(string? url)
    {
        try
        {
            return url is not null && BindingAddress.Parse(url) is { Scheme: "http", IsUnixPipe: false, PathBase: "", Port: > 0 and var port } ? port : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Marks every connection that comes in here as one for the receiver.</summary>
    public static void UseOtlp(this ListenOptions endpoint, HttpProtocols protocols)
    {
        // Without TLS nothing negotiates the protocol, so each has a port of its own.
        endpoint.Protocols = protocols;
        endpoint.Use(static next => connection =>
        {
            connection.Features.Set(Mark.Instance);
            return next(connection);
        });
    }

    public static bool IsOtlpConnection(this HttpContext http) => http.Features.Get<Mark>() is not null;

    private sealed class Mark
    {
        public static Mark Instance { get; } = new();
    }
}
