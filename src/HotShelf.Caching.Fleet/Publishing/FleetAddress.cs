using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;

namespace HotShelf.Caching.Fleet;

/// <summary>Finds the address at which this process answers HTTP, from the settings of its web server.</summary>
internal static class FleetAddress
{
    private const string All = "[::]";
    private const string AllOfIPv4 = "0.0.0.0";

    /// <summary>As it listens, which may be at <see cref="All"/> or <see cref="AllOfIPv4"/>. Null in a process without these settings, and when the port is chosen at start (0).</summary>
    public static Uri? Of(IConfiguration? configuration)
    {
        var listened = configuration?["urls"] is { Length: > 0 } urls ? urls : string.Join(';', (configuration?["http_ports"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Select(port => $"http://*:{port}"));
        // No Uri yet: * and + are not hosts.
        var first = listened.Split(';').FirstOrDefault(static url => url.StartsWith("http://", StringComparison.OrdinalIgnoreCase))?["http://".Length..].TrimEnd('/');
        var colon = first?.LastIndexOf(':') ?? -1;
        if (colon <= 0 || !int.TryParse(first.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
            return null;
        var host = first![..colon] is "*" or "+" ? All : first[..colon];
        return Uri.TryCreate($"http://{host}:{port}", UriKind.Absolute, out var address) ? address : null;
    }

    /// <summary>Where it is reached: of a process that listens on all addresses at <paramref name="local"/>, or at the machine's first address when that is not known.</summary>
    public static Uri? Reached(Uri? listened, IPAddress? local)
    {
        if (listened is not { Host: All or AllOfIPv4 })
            return listened;
        var isHeard = local is not null && (listened.Host == All || local.AddressFamily == AddressFamily.InterNetwork);
        return new UriBuilder(listened) { Host = isHeard ? local!.ToString() : Machine() }.Uri;
    }

    /// <summary>The machine's own address on the way to a server; null when that is on this machine or cannot be found.</summary>
    public static async Task<IPAddress?> TowardsAsync(EndPoint server)
    {
        if (server is not (IPEndPoint or DnsEndPoint))
            return null;
        using var socket = new Socket(SocketType.Dgram, ProtocolType.Udp);
        try
        {
            // This sends nothing: it only chooses the way.
            await socket.ConnectAsync(server).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            return null;
        }

        var local = ((IPEndPoint)socket.LocalEndPoint!).Address;
        if (local.IsIPv4MappedToIPv6)
            local = local.MapToIPv4();
        return IPAddress.IsLoopback(local) || local.IsIPv6LinkLocal ? null : local;
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
