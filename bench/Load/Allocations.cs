using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace HotShelf.Load;

/// <summary>
/// Bytes that the whole server allocates for one request, by its own counter (<c>dotnet_gc_heap_total_allocated_bytes_total</c> of
/// <c>/metrics</c>) before and after many of them on one connection. What the scrape itself takes is measured first and taken off.
/// </summary>
internal static partial class Allocations
{
    private const int Warming = 5_000;
    private const int Counted = 20_000;

    public static async Task<double> PerRequestAsync(HttpClient client, IPEndPoint server, byte[] request)
    {
        using var connection = new LoadConnection();
        await connection.ConnectAsync(server);
        await connection.SendAsync(request, Warming);
        await TotalAsync(client);
        var start = await TotalAsync(client);
        var scrape = await TotalAsync(client) - start;
        var before = await TotalAsync(client);
        await connection.SendAsync(request, Counted);
        return (await TotalAsync(client) - before - scrape) / Counted;
    }

    private static async Task<double> TotalAsync(HttpClient client)
    {
        var text = await client.GetStringAsync("/metrics");
        var match = Total().Match(text);
        return match.Success ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : throw new InvalidOperationException("/metrics does not say how much was allocated.");
    }

    [GeneratedRegex(@"^dotnet_gc_heap_total_allocated[a-z_]*(?:\{[^}]*\})? ([0-9.eE+]+)", RegexOptions.Multiline)]
    private static partial Regex Total();
}
