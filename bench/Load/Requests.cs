using System.Globalization;
using System.Text;

namespace HotShelf.Load;

/// <summary>The requests of each kind of traffic, as bytes made before the clock runs.</summary>
internal sealed class Requests(string key)
{
    public const int Products = 10_000;
    public const string ListPath = "/products?category=garden&pageSize=50";
    public const string Brotli = "Accept-Encoding: br";
    private const int Hot = 42;

    public static string BatchPath { get; } = $"/products/batch?ids={string.Join(',', Enumerable.Range(1, 20))}";

    public byte[] Bare { get; } = Get($"/bare/{Hot}");

    public byte[] Hit { get; } = Get($"/products/{Hot}");

    public byte[] List { get; } = Get(ListPath);

    public byte[] BrotliList { get; } = Get(ListPath, Brotli);

    public byte[] Batch { get; } = Get(BatchPath);

    public static byte[] BareBytes(int length) => Get($"/bare/bytes/{length}");

    public static byte[] NotModified(string entityTag) => Get($"/products/{Hot}", $"If-None-Match: {entityTag}");

    /// <summary>Every product in turn, read anew each time.</summary>
    public byte[][] Misses() => [.. Enumerable.Range(1, Products).Select(id => Get($"/products/{id}", "Cache-Control: no-cache", $"X-Api-Key: {key}"))];

    /// <summary>Products as customers ask for them: a few very often, most seldom (Zipf with exponent 1), 1 in 100 a new price.</summary>
    public byte[][] Mixed(int count)
    {
        var random = new Random(42);
        var weights = new double[Products];
        var sum = 0.0;
        for (var i = 0; i < Products; i++)
            weights[i] = sum += 1.0 / (i + 1);
        var requests = new byte[count][];
        for (var i = 0; i < count; i++)
        {
            var rank = Array.BinarySearch(weights, random.NextDouble() * sum);
            // Ranks are spread over the numbers, so that hot products are not neighbours.
            var id = (int)((rank < 0 ? ~rank : rank) * 7919L % Products) + 1;
            requests[i] = i % 100 == 99 ? PutPrice(id, random.Next(100, 100_000) / 100m) : Get($"/products/{id}");
        }

        return requests;
    }

    private static byte[] Get(string path, params string[] headers) =>
        Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n");

    private byte[] PutPrice(int id, decimal amount)
    {
        var body = string.Create(CultureInfo.InvariantCulture, $$"""{"amount":{{amount}}}""");
        return Encoding.ASCII.GetBytes($"PUT /products/{id}/price HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }
}
