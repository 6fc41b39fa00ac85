using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;

namespace HotShelf.Caching.Fleet;

/// <summary>Finds the address at which this process answers HTTP, from the settings of its web server.</summary>
internal static class FleetAddress
{
    /// <summary>Null in a process without these settings, and when the port is chosen at start (0).</summary>
    public static Uri? Of(IConfiguration? configuration)
    {
        var listened = configuration?["urls"] is { Length: > 0 } urls ? urls : string.Join(';', (configuration?["http_ports"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Select(port => $"http://*:{port}"));
        // No Uri yet: * and + are not hosts.
        var first = listened.Split(';').FirstOrDefault(static url => url.StartsWith("http://", StringComparison.OrdinalIgnoreCase))?["http://".Length..].TrimEnd('/');
        var colon = first?.LastIndexOf(':') ?? -1;
        if (colon <= 0 || !int.TryParse(first.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
            return null;
        var host = first![..colon] is "*" or "+" or "0.0.0.0" or "[::]" ? Machine() : first[..colon];
        return Uri.TryCreate($"http://{host}:{port}", UriKind.Absolute, out var address) ? address : null;
    }

    // In a container its name stands for its address, but often only in the container itself.
    private static string Machine()
    {
        try
        {
            return Array.Find(Dns.GetHostAddresses(Dns.GetHostName()), static address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address))?.ToString() ?? "localhost";
        }
        catch (SocketException)
        {
            return "localhost";
        }
    }
}
