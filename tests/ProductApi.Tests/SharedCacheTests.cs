using System.Diagnostics;
using System.Globalization;
using HotShelf.ProductApi.Tests.Harness;
using HotShelf.TestServers;

namespace HotShelf.ProductApi.Tests;

/// <summary>Clients behind a real shared cache: after a price change none of them reads the old price longer than the answers say.</summary>
[Collection(FleetCollection.Name)]
public class SharedCacheTests(Fleet fleet)
{
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(10);

    // The shared cache counts whole seconds, and the poll and the answer take their time on a busy machine. The two together stay under the 30 seconds of a price that nothing configures.
    private static readonly TimeSpan s_tolerance = TimeSpan.FromSeconds(15);

    [SharedCacheFact]
    public async Task PriceChanged_BehindASharedCache_TheOldPriceIsGoneWithinThePriceLifetime()
    {
        await using var replica = await fleet.Servers.StartReplicaAsync(
            ("Caching:Families:price:Fresh", s_fresh.ToString("c", CultureInfo.InvariantCulture)), ("Caching:Families:price:Jitter", "0"));
        await using var shared = await VarnishServer.StartAsync(replica.Address);
        using var client = new HttpClient { BaseAddress = shared.Address };
        var id = Fleet.NextProduct();
        string[] paths = [$"/products/{id}", $"/products/{id}/price", $"/products/batch?ids={id}", $"/products?q={await NameOfAsync(replica, id)}&pageSize=100"];

        foreach (var path in paths)
        {
            (await client.GetAsync(path)).Dispose();
            using var kept = await client.GetAsync(path);
            // Two numbers: that of this request and that of the request which brought the kept answer.
            Assert.True(kept.Header("X-Varnish")!.Contains(' ', StringComparison.Ordinal), $"{path} is not kept: {kept.Header("Cache-Control")}");
        }

        using var change = await replica.Client.SendAsync("PUT", $"/products/{id}/price", """{"amount":4321.09}""", Keys.Write);
        var changed = Stopwatch.GetTimestamp();
        Assert.Equal(200, (int)change.StatusCode);
        foreach (var path in paths)
        {
            await Until.TrueAsync(async () => (await client.GetStringAsync(path)).Contains("4321.09", StringComparison.Ordinal), $"{path} shows the new price");
            Assert.True(Stopwatch.GetElapsedTime(changed) < s_fresh + s_tolerance, $"{path} showed the old price for {Stopwatch.GetElapsedTime(changed)}");
        }
    }

    [ServersFact]
    public async Task Lifetimes_OfEachRoute_AreAsDocumented()
    {
        var id = Fleet.NextProduct();
        var token = await fleet.A.Client.OpenSessionAsync("u0502");
        var kept = "^public, must-revalidate, max-age=0, s-maxage=(30|2[0-9])$";
        (string Path, string? Token, string Expected)[] routes =
        [
            ($"/products/{id}", null, kept), ("/products?pageSize=3", null, kept), ($"/products/batch?ids={id}", null, kept),
            ($"/products/{id}/price", null, "^public, max-age=(30|2[0-9])$"),
            ("/users/me/profile", token, "^private, no-cache$"), ("/sessions/current", token, "^private, no-store$"),
            ("/cache/node", null, "^no-store$"),
        ];
        foreach (var (path, session, expected) in routes)
        {
            using var answer = await fleet.A.Client.SendAsync("GET", path, token: session);
            Assert.Equal(200, (int)answer.StatusCode);
            Assert.Matches(expected, answer.Headers.NonValidated["Cache-Control"].ToString());
        }
    }

    private static async Task<string> NameOfAsync(ApiHost replica, int id) =>
        Uri.EscapeDataString((await (await replica.Client.GetAsync($"/products/{id}")).JsonAsync())["name"]!.GetValue<string>());
}
