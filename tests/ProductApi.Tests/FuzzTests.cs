using System.Net.Sockets;
using System.Text;
using HotShelf.ProductApi.Tests.Harness;
using HotShelf.TestServers;
using Xunit.Abstractions;

namespace HotShelf.ProductApi.Tests;

/// <summary>Thousands of malformed requests, byte for byte over sockets: never a 5xx, never a stack trace, and the replica still answers afterwards.</summary>
[Collection(FleetCollection.Name)]
public class FuzzTests(Fleet fleet, ITestOutputHelper output)
{
    private const int Requests = 4000;
    private static readonly string[] s_methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "get", "X", ""];
    private static readonly string[] s_paths =
    [
        "/products/{0}", "/products/{0}/price", "/products?{0}", "/products?page={0}", "/products?pageSize={0}", "/products?q={0}", "/products?category={0}&sort={0}", "/products?cursor={0}",
        "/products/batch?ids={0}", "/users/me/profile", "/sessions/current", "/sessions", "/cache/entries/{0}", "/cache/tags/{0}/invalidate", "/cache/families/{0}/invalidate", "/{0}", "/openapi/{0}.json", "{0}",
    ];

    private static readonly string[] s_values =
    [
        "1", "0", "-1", "2147483648", "1e9", "NaN", "%00", "%0d%0aX: 1", "%", "%zz", "%ff%fe", "%ED%A0%80", "..", "../..", "..%2f..%2f", "'; drop table products;--", "a'\"<script>", "🙂", "\u0001", "[]", "{}", "*", "::", "%2F", "//", "1,2,,3", ",", "+", "%20",
        "MHw0Mnw", "NHw5OTk5OTk5OTk5OTk5OTk5fDE", "\"or\" & | ! ( :*", "page", "&&&=&", "%F0%9F%99%82",
    ];

    private static readonly string[] s_bodies =
    [
        "", "{", "}", "null", "[]", "[[[[[[[[", "\"", "{\"amount\":1e400}", "{\"amount\":{}}", "{\"amount\":[1]}", "{\"sku\":\"\\ud800\"}", "{\"name\":\"\\u0000\"}", "{\"tags\":[null]}", "{\"tags\":null}", "{\"tags\":{}}", "{\"price\":1,\"price\":2}", "\u00ff\u00fe", "{\"userId\":[]}", "{\"description\":null,\"category\":\"x\"}",
        "{\"sku\":\"FUZ-1\",\"name\":\"\\ud800x\",\"description\":\"\",\"category\":\"garden\",\"price\":1,\"currency\":\"EUR\",\"tags\":[\"\\udc00\"]}",
        "{\"displayName\":\"x\",\"email\":\"@\",\"locale\":\"\",\"favouriteCategories\":[\"\"]}", "<xml/>", "true", "-0", "{\"amount\":0.00000000000000000000000000000000001}",
    ];

    private static readonly string[] s_headers =
    [
        "If-None-Match: {0}", "If-Match: {0}", "If-Match: \"a99999999999999999999999\"", "Cache-Control: {0}", "Authorization: {0}", "Authorization: Bearer {0}", "X-Api-Key: {0}", "Accept: {0}", "Content-Type: {0}", "X-Forwarded-For: {0}", "X-Forwarded-Proto: {0}",
        "traceparent: {0}", "Range: bytes={0}", "Cookie: {0}", "Accept-Encoding: {0}", "Transfer-Encoding: {0}", "Expect: {0}", "Upgrade: {0}", "Host: {0}", "Content-Length: {0}",
    ];

    [ServersFact]
    public async Task Malformed_Thousands_No5xxNoStackTraceAndStillAlive()
    {
        const int Seed = 20261122;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var counts = new Dictionary<int, int>();
        await Parallel.ForEachAsync(Enumerable.Range(0, Requests), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) =>
        {
            var request = Build(new Random(Seed + number));
            var answer = await SendAsync(request);
            var status = answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? int.Parse(answer.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture) : 0;
            lock (counts)
                counts[status] = counts.GetValueOrDefault(status) + 1;
            Assert.True(status < 500, $"Request {number}:\n{request}\n---\n{answer}");
            Assert.DoesNotContain("   at ", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("Exception", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("HotShelf.", answer, StringComparison.Ordinal);
        });
        output.WriteLine(string.Join(", ", counts.OrderBy(count => count.Key).Select(count => $"{count.Key}: {count.Value}")));
        using var alive = await fleet.A.Client.GetAsync("/products/42");
        Assert.Equal(200, (int)alive.StatusCode);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 64 * 1024 * 1024);
    }

    private static string Build(Random random)
    {
        string Value() => random.Next(12) == 0 ? new string((char)random.Next(33, 126), random.Next(1, 9000)) : random.Next(6) == 0 ? Noise(random) : Pick(random, s_values);
        var body = Pick(random, s_bodies);
        var text = new StringBuilder()
            .Append(Pick(random, s_methods)).Append(' ').AppendFormat(null, Pick(random, s_paths), Value()).Append(" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        if (random.Next(3) > 0)
            text.Append("X-Api-Key: ").Append(Keys.Admin).Append("\r\n");
        if (random.Next(3) > 0)
            text.Append("Content-Type: application/json\r\n");
        for (var i = random.Next(3); i > 0; i--)
            text.AppendFormat(null, Pick(random, s_headers), Value()).Append("\r\n");
        return text.Append("Content-Length: ").Append(Encoding.Latin1.GetByteCount(body)).Append("\r\n\r\n").Append(body).ToString();
    }

    private static string Pick(Random random, string[] values) => values[random.Next(values.Length)];

    private static string Noise(Random random)
    {
        var bytes = new byte[random.Next(1, 40)];
        random.NextBytes(bytes);
        return Encoding.Latin1.GetString(bytes).Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);
    }

    private async Task<string> SendAsync(string request)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var client = new TcpClient();
        await client.ConnectAsync(fleet.A.Address.Host, fleet.A.Address.Port, limit.Token);
        var stream = client.GetStream();
        try
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(request), limit.Token);
            client.Client.Shutdown(SocketShutdown.Send);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            return await reader.ReadToEndAsync(limit.Token);
        }
        catch (IOException)
        {
            // The server has closed a connection that makes no sense to it.
            return "";
        }
    }
}
