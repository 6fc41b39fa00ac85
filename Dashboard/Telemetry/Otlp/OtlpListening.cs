using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace HotShelf.Dashboard.Telemetry.Otlp;

/// <summary>
/// The receiver has ports of its own: whoever may send telemetry does not reach the pages by that, and the other way round. A connection is marked by
/// the port that it came in by, not by what a request says of itself.
/// </summary>
internal static class OtlpListening
{
    /// <summary>Listens on the receiver's ports besides the addresses of the pages.</summary>
    public static void ListenForOtlp(this IWebHostBuilder host, OtlpOptions options)
    {
        int?[] ports = [options.HttpPort, options.GrpcPort];
        var added = ports.OfType<int>().Select(port => $"http://{options.Host}:{port}").ToArray();
        if (added.Length == 0)
            return;
        var pages = host.GetSetting(WebHostDefaults.ServerUrlsKey) is { Length: > 0 } urls ? urls : "http://localhost:18888";
        host.UseUrls([.. pages.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), .. added]);
        host.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint =>
        {
            var port = (endpoint.EndPoint as IPEndPoint)?.Port;
            if (port is not null && port == options.HttpPort)
                endpoint.UseOtlp(HttpProtocols.Http1);
            else if (port is not null && port == options.GrpcPort)
                endpoint.UseOtlp(HttpProtocols.Http2);
        }));
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
