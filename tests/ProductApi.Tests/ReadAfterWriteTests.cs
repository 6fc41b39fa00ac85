using System.Text.Json.Nodes;
using HotShelf.ProductApi.Tests.Harness;
using HotShelf.TestServers;

namespace HotShelf.ProductApi.Tests;

/// <summary>Once a write that was answered shows on both replicas, by number, price, list and batch, 200 reads over both all show it.</summary>
[Collection(FleetCollection.Name)]
public class ReadAfterWriteTests(Fleet fleet)
{
    [ServersFact]
    public async Task PutProduct_Answered_EveryReadShowsTheNewName()
    {
        var id = Fleet.NextProduct();
        using var read = await fleet.B.Client.GetAsync($"/products/{id}");
        var product = await read.JsonAsync();
        product["price"] = 8_100_000 + id;
        product["name"] = $"Renamed {id}";
        await WriteAndReadAsync("PUT", $"/products/{id}", product.ToJsonString(), 200, Paths(id, product), (path, answer) =>
            path.EndsWith("/price", StringComparison.Ordinal) ? answer["amount"]!.GetValue<decimal>() == 8_100_000 + id : Find(answer, id)?["name"]!.GetValue<string>() == $"Renamed {id}");
    }

    [ServersFact]
    public async Task PutPrice_Answered_EveryReadShowsTheNewPrice()
    {
        var id = Fleet.NextProduct();
        using var read = await fleet.B.Client.GetAsync($"/products/{id}");
        await WriteAndReadAsync("PUT", $"/products/{id}/price", $$"""{"amount":{{8_200_000 + id}}}""", 200, Paths(id, await read.JsonAsync()), (path, answer) =>
            (path.EndsWith("/price", StringComparison.Ordinal) ? answer["amount"] : Find(answer, id)?["price"])?.GetValue<decimal>() == 8_200_000 + id);
    }

    [ServersFact]
    public async Task Delete_Answered_NoReadShowsTheProduct()
    {
        var id = Fleet.NextProduct();
        using var read = await fleet.B.Client.GetAsync($"/products/{id}");
        var product = await read.JsonAsync();
        // On the first page of its category, so that the lists hold it until it goes.
        using var raised = await fleet.A.Client.SendAsync("PUT", $"/products/{id}/price", $$"""{"amount":{{8_300_000 + id}}}""", Keys.Write);
        Assert.Equal(200, (int)raised.StatusCode);
        await WriteAndReadAsync("DELETE", $"/products/{id}", null, 204, Paths(id, product), (_, answer) => answer["amount"] is null && Find(answer, id) is null);
    }

    [ServersFact]
    public async Task Post_Answered_EveryListShowsIt()
    {
        var sku = $"RAW-{Fleet.NextProduct():D5}";
        var body = new JsonObject { ["sku"] = sku, ["name"] = "Read after write", ["description"] = "A product.", ["category"] = "garden", ["price"] = 8_400_000, ["currency"] = "EUR", ["tags"] = new JsonArray() };
        await WriteAndReadAsync("POST", "/products", body.ToJsonString(), 201, ["/products?category=garden&sort=-price&pageSize=50", "/products?sort=-price&pageSize=50"],
            (_, answer) => answer["items"]!.AsArray().Any(item => item!["sku"]!.GetValue<string>() == sku));
    }

    private static string[] Paths(int id, JsonNode product) =>
    [
        $"/products/{id}", $"/products/{id}/price", $"/products/batch?ids=1,{id},2", $"/products?category={product["category"]}&sort=-price&pageSize=50", "/products?sort=-price&pageSize=50",
    ];

    private static JsonNode? Find(JsonNode answer, int id) =>
        answer["items"] is JsonArray items ? items.FirstOrDefault(item => item!["id"]!.GetValue<int>() == id) : answer["id"]?.GetValue<int>() == id ? answer : null;

    private async Task WriteAndReadAsync(string method, string path, string? body, int status, string[] paths, Func<string, JsonNode, bool> isNew)
    {
        var replicas = new[] { fleet.A, fleet.B };
        foreach (var warmed in paths)
        {
            foreach (var replica in replicas)
                (await replica.Client.GetAsync(warmed)).Dispose();
        }

        using var written = await fleet.A.Client.SendAsync(method, path, body, Keys.Write);
        Assert.Equal(status, (int)written.StatusCode);
        foreach (var read in paths)
        {
            // In 15 s nothing that was not removed ends by itself.
            foreach (var replica in replicas)
                await Until.TrueAsync(async () => isNew(read, (await ReadAsync(replica, read)).Body), $"{read} shows the write on replica {Array.IndexOf(replicas, replica)}", seconds: 15);
        }

        for (var i = 0; i < 200; i++)
        {
            var read = paths[i / 2 % paths.Length];
            var (answer, cacheStatus) = await ReadAsync(replicas[i % 2], read);
            Assert.True(isNew(read, answer), $"Read {i} of {read} on replica {i % 2} is of before the write: {cacheStatus}");
        }
    }

    private static async Task<(JsonNode Body, string Status)> ReadAsync(ApiHost replica, string path)
    {
        using var answer = await replica.Client.GetAsync(path);
        return (await answer.JsonAsync(), answer.CacheStatus());
    }
}
