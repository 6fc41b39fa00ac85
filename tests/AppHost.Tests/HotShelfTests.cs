using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using HotShelf.TestServers;

namespace HotShelf.AppHostTests;

/// <summary>What HotShelf promises, asked of the whole system as AppHost.cs composes it: Redis, PostgreSQL, two replicas and the worker.</summary>
[Collection(nameof(HotShelfApplication))]
public class HotShelfTests(HotShelfApplication shelf)
{
    [ServersFact]
    public async Task Get_TwiceOfAProductThatIsNotWarmed_IsAMissThenAHit()
    {
        using var first = await GetAsync(shelf.Client, 4_042);
        using var second = await GetAsync(shelf.Client, 4_042);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
        Assert.Contains("fwd=miss", StatusOf(first), StringComparison.Ordinal);
        Assert.Contains("; hit", StatusOf(second), StringComparison.Ordinal);
    }

    [ServersFact]
    public async Task Put_ThenReadsOfEveryReplica_NeverTheOldValue()
    {
        var replicas = await shelf.ReplicasAsync();
        JsonNode product;
        foreach (var replica in replicas)
            (await GetAsync(replica, 77)).Dispose();
        product = (await shelf.Client.GetFromJsonAsync<JsonNode>("/products/77", shelf.Limit))!;
        for (var round = 0; round < 3; round++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"Renamed {round}");
            product["name"] = name;
            using var put = await shelf.Client.PutAsJsonAsync("/products/77", product, shelf.Limit);
            Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync(shelf.Limit));
            // The replica that wrote answers with the new value at once, the other one within milliseconds.
            foreach (var replica in replicas)
                await Until.TrueAsync(async () => (await replica.GetFromJsonAsync<JsonNode>("/products/77", shelf.Limit))!["name"]!.GetValue<string>() == name, "the new value", seconds: 10);
            for (var i = 0; i < 200; i++)
                Assert.Equal(name, (await replicas[i % 2].GetFromJsonAsync<JsonNode>("/products/77", shelf.Limit))!["name"]!.GetValue<string>());
        }

        foreach (var replica in replicas)
            replica.Dispose();
    }

    [ServersFact]
    public async Task Get_SixtyFourAtOnceOfAColdProduct_AreOneQuery()
    {
        var replicas = await shelf.ReplicasAsync();
        foreach (var replica in replicas)
            (await GetAsync(replica, 4_500)).Dispose();
        var before = await shelf.QueriesAsync("product");
        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => GetAsync(replicas[i % 2], 4_501)));
        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
        // A scrape may be answered with the one before.
        await Until.TrueAsync(async () => await shelf.QueriesAsync("product") > before, "the query is counted", seconds: 10);
        Assert.Equal(before + 1, await shelf.QueriesAsync("product"));
        foreach (var disposable in (IEnumerable<IDisposable>)[.. answers, .. replicas])
            disposable.Dispose();
    }

    [ServersFact]
    public async Task Commands_OfTheOperator_Work()
    {
        (await GetAsync(shelf.Client, 4_600)).Dispose();
        foreach (var command in (string[])["invalidate-product", "invalidate-product-list", "invalidate-price", "invalidate-user-profile"])
            await shelf.ExecuteAsync("cache", command);

        using (var read = await GetAsync(shelf.Client, 4_600))
            Assert.Contains("fwd=miss", StatusOf(read), StringComparison.Ordinal);
        for (var id = 4_601; id <= 4_620; id++)
            (await GetAsync(shelf.Client, id)).Dispose();
        await shelf.ExecuteAsync("cache", "bump-version");
        // The worker may be quicker with one or another of them, never with all.
        var missed = 0;
        for (var id = 4_601; id <= 4_620; id++)
        {
            using var read = await GetAsync(shelf.Client, id);
            missed += StatusOf(read).Contains("fwd=miss", StringComparison.Ordinal) ? 1 : 0;
        }

        Assert.NotEqual(0, missed);
        await shelf.ExecuteAsync("cacheworker", "warm");
    }

    private Task<HttpResponseMessage> GetAsync(HttpClient client, int id) => client.GetAsync(new Uri($"/products/{id}", UriKind.Relative), shelf.Limit);

    private static string StatusOf(HttpResponseMessage answer) => string.Join(", ", answer.Headers.TryGetValues("Cache-Status", out var values) ? values : []);
}
