using System.Text;
using System.Text.Json.Nodes;
using HotShelf.Caching;
using HotShelf.ProductApi.Tests.Harness;
using HotShelf.TestServers;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.ProductApi.Tests;

[Collection(FleetCollection.Name)]
public class ProductWriteTests(Fleet fleet)
{
    private static int s_sku;

    [ServersFact]
    public async Task PutProduct_WhatGetGave_IsAcceptedAndNoReplicaAnswersTheOldValue()
    {
        var path = $"/products/{Fleet.NextProduct()}";
        for (var round = 0; round < 50; round++)
        {
            using var read = await fleet.B.Client.GetAsync(path);
            (await fleet.A.Client.GetAsync(path)).Dispose();
            var product = await read.JsonAsync();
            product["name"] = $"Name {round}";
            using var written = await fleet.A.Client.SendAsync("PUT", path, product.ToJsonString(), Keys.Write);
            Assert.Equal(200, (int)written.StatusCode);
            using var own = await fleet.A.Client.GetAsync(path);
            Assert.Equal($"Name {round}", (await own.JsonAsync())["name"]!.GetValue<string>());
            Assert.Equal(written.Header("ETag"), own.Header("ETag"));
            await Until.TrueAsync(async () =>
            {
                using var other = await fleet.B.Client.GetAsync(path);
                return (await other.JsonAsync())["name"]!.GetValue<string>() == $"Name {round}";
            });
        }
    }

    [ServersFact]
    public async Task Create_Update_Delete_LivesAndEnds()
    {
        using var created = await fleet.A.Client.SendAsync("POST", "/products", NewProduct(out _), Keys.NextWrite);
        Assert.Equal(201, (int)created.StatusCode);
        var location = created.Header("Location")!;
        using var read = await fleet.B.Client.GetAsync(location);
        Assert.Equal(created.Header("ETag"), read.Header("ETag"));

        using var deleted = await fleet.A.Client.SendAsync("DELETE", location, key: Keys.Write, headers: ("If-Match", created.Header("ETag")!));
        using var gone = await fleet.A.Client.GetAsync(location);
        using var again = await fleet.A.Client.SendAsync("DELETE", location, key: Keys.Write);
        Assert.Equal(204, (int)deleted.StatusCode);
        Assert.Equal("no-store", deleted.Header("Cache-Control"));
        Assert.Equal(404, (int)gone.StatusCode);
        Assert.Equal(404, (int)again.StatusCode);
    }

    [ServersFact]
    public async Task Create_TakenSku_409()
    {
        using var first = await fleet.A.Client.SendAsync("POST", "/products", NewProduct(out var sku), Keys.Write);
        using var second = await fleet.A.Client.SendAsync("POST", "/products", NewProduct(out _, sku), Keys.Write);
        Assert.Equal(201, (int)first.StatusCode);
        Assert.Equal(409, (int)second.StatusCode);
        Assert.Equal("urn:hotshelf:problem:duplicate-sku", (await second.JsonAsync())["type"]!.GetValue<string>());
    }

    [ServersFact]
    public async Task Put_IfMatch_OneOfTwoConcurrentEditorsWins()
    {
        var path = $"/products/{Fleet.NextProduct()}";
        using var read = await fleet.A.Client.GetAsync(path);
        var tag = read.Header("ETag")!;
        var product = await read.JsonAsync();
        string Edited(int editor)
        {
            var copy = product.DeepClone();
            copy["name"] = $"Editor {editor}";
            return copy.ToJsonString();
        }

        var body = product.ToJsonString();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? fleet.A : fleet.B).Client.SendAsync("PUT", path, Edited(i), Keys.Write, headers: ("If-Match", tag))));
        Assert.Equal([200, 412, 412, 412, 412, 412, 412, 412], answers.Select(answer => (int)answer.StatusCode).Order());

        foreach (var (header, expected) in new[] { ("*", 200), ("\"not-ours\"", 412), ("nonsense", 400), ("\"a1\", \"a2\"", 400) })
        {
            using var answer = await fleet.A.Client.SendAsync("PUT", path, body, Keys.Write, headers: ("If-Match", header));
            Assert.Equal(expected, (int)answer.StatusCode);
        }

        using var current = await fleet.A.Client.GetAsync(path);
        using var weak = await fleet.A.Client.SendAsync("PUT", path, body, Keys.Write, headers: ("If-Match", $"W/{current.Header("ETag")}"));
        Assert.Equal(412, (int)weak.StatusCode);
    }

    [ServersFact]
    public async Task PutPrice_Amount_KeepsTheCurrencyAndChangesProductPriceAndLists()
    {
        var id = Fleet.NextProduct();
        using var before = await fleet.B.Client.GetAsync($"/products/{id}");
        var category = (await before.JsonAsync())["category"]!.GetValue<string>();
        var list = $"/products?category={category}&sort=-price&pageSize=3";
        (await fleet.B.Client.GetAsync(list)).Dispose();
        (await fleet.B.Client.GetAsync($"/products/{id}/price")).Dispose();

        using var written = await fleet.A.Client.SendAsync("PUT", $"/products/{id}/price", """{"amount":9999999.99}""", Keys.Write);
        Assert.Equal(200, (int)written.StatusCode);
        await Until.TrueAsync(async () =>
        {
            using var price = await fleet.B.Client.GetAsync($"/products/{id}/price");
            using var product = await fleet.B.Client.GetAsync($"/products/{id}");
            using var dearest = await fleet.B.Client.GetAsync(list);
            return (await price.JsonAsync())["amount"]!.GetValue<decimal>() == 9999999.99m
                && (await product.JsonAsync())["price"]!.GetValue<decimal>() == 9999999.99m
                && (await dearest.JsonAsync())["items"]!.AsArray().Any(item => item!["id"]!.GetValue<int>() == id);
        }, "the other replica shows the new price everywhere", seconds: 15);
    }

    [ServersFact]
    public async Task PutPrice_WithoutCurrency_KeepsTheStoredOneWhateverIsCached()
    {
        foreach (var sql in new[] { "update prices set currency = 'CHF' where product_id = {0}", "insert into prices (product_id, amount, currency) values ({0}, 1, 'CHF')" })
        {
            var id = Fleet.NextProduct();
            if (sql.StartsWith("insert", StringComparison.Ordinal))
                await fleet.Servers.SqlAsync($"delete from prices where product_id = {id}");
            (await fleet.A.Client.GetAsync($"/products/{id}/price")).Dispose();
            await fleet.Servers.SqlAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, id));

            using var written = await fleet.A.Client.SendAsync("PUT", $"/products/{id}/price", """{"amount":20}""", Keys.Write);
            Assert.Equal(200, (int)written.StatusCode);
            Assert.Equal("CHF", (await written.JsonAsync())["currency"]!.GetValue<string>());
        }
    }

    [ServersTheory]
    [InlineData(null, 401, "unauthenticated")]
    [InlineData("no-such-key-at-all-here", 401, "unauthenticated")]
    [InlineData("", 401, "unauthenticated")]
    [InlineData(Keys.Sessions, 403, "forbidden")]
    public async Task Write_WithoutScope_Refused(string? key, int status, string problem)
    {
        foreach (var (method, path) in new[] { ("POST", "/products"), ("PUT", "/products/1"), ("DELETE", "/products/1"), ("PUT", "/products/1/price"), ("GET", "/cache/stats"), ("POST", "/cache/tags/x/invalidate") })
        {
            using var response = await fleet.A.Client.SendAsync(method, path, method is "GET" or "DELETE" ? null : "{}", key);
            Assert.Equal(status, (int)response.StatusCode);
            Assert.Equal($"urn:hotshelf:problem:{problem}", (await response.JsonAsync())["type"]!.GetValue<string>());
            Assert.Equal(status == 401, response.Headers.WwwAuthenticate.Count > 0);
        }
    }

    [ServersTheory]
    [InlineData("""{"amount":-1}""", 400, "validation")]
    [InlineData("""{"amount":1.005}""", 400, "validation")]
    [InlineData("""{"amount":1e30}""", 400, "validation")]
    [InlineData("""{"amount":"cheap"}""", 400, "validation")]
    [InlineData("""{"amount":1,"amount":2}""", 400, "validation")]
    [InlineData("""{"amount":1,"currency":"euro"}""", 400, "validation")]
    [InlineData("{}", 400, "validation")]
    [InlineData("[]", 400, "malformed-body")]
    [InlineData("null", 400, "malformed-body")]
    [InlineData("", 400, "malformed-body")]
    [InlineData("{\"amount\":1", 400, "malformed-body")]
    [InlineData("amount=1", 400, "malformed-body")]
    public async Task PutPrice_BadBody_SaysWhatIsWrong(string body, int status, string problem)
    {
        using var response = await fleet.A.Client.SendAsync("PUT", "/products/45/price", body, Keys.Write);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal($"urn:hotshelf:problem:{problem}", (await response.JsonAsync())["type"]!.GetValue<string>());
    }

    [ServersTheory]
    [InlineData("application/json; charset=\"utf-8\"", 200)]
    [InlineData("application/json; charset=\"utf-16\"", 415)]
    public async Task PutPrice_CharsetInQuotes_IsReadAsWithout(string type, int expected)
    {
        using var content = new StringContent("""{"amount":19.99}""");
        content.Headers.Remove("Content-Type");
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/products/{Fleet.NextProduct()}/price") { Content = content, Headers = { { "X-Api-Key", Keys.Write } } };
        using var response = await fleet.A.Client.SendAsync(request);
        Assert.Equal(expected, (int)response.StatusCode);
    }

    [ServersFact]
    public async Task PutProduct_NotJsonOrTooLarge_415And413()
    {
        using var form = await fleet.A.Client.SendAsync(new HttpRequestMessage(HttpMethod.Put, "/products/45") { Headers = { { "X-Api-Key", Keys.Write } }, Content = new FormUrlEncodedContent([]) });
        Assert.Equal(415, (int)form.StatusCode);
        var request = new HttpRequestMessage(HttpMethod.Put, "/products/45") { Headers = { { "X-Api-Key", Keys.Write } }, Content = new ByteArrayContent(new byte[10_000_000]) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.ExpectContinue = true;
        using var large = await fleet.A.Client.SendAsync(request);
        Assert.Equal(413, (int)large.StatusCode);
        Assert.Equal("urn:hotshelf:problem:body-too-large", (await large.JsonAsync())["type"]!.GetValue<string>());
    }

    [ServersFact]
    public async Task PostProduct_Empty_NamesEveryField()
    {
        using var response = await fleet.A.Client.SendAsync("POST", "/products", "{}", Keys.Write);
        var errors = (await response.JsonAsync())["errors"]!.AsObject().Select(error => error.Key).ToList();
        foreach (var field in new[] { "sku", "name", "description", "category", "price", "currency" })
            Assert.Contains(field, errors);
    }

    [ServersFact]
    public async Task GetProduct_64FirstRequestsOverBothReplicas_OneFill()
    {
        var path = $"/products/{Fleet.NextProduct()}";
        long Fills() => new[] { fleet.A, fleet.B }.Sum(replica => replica.Services.GetRequiredService<ICacheInspector>().GetStatistics().Families.Where(family => family.Family == "product").Sum(family => family.Fills));
        var before = Fills();
        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => (i % 2 == 0 ? fleet.A : fleet.B).Client.GetAsync(path)));
        Assert.All(answers, answer => Assert.Equal(200, (int)answer.StatusCode));
        Assert.Equal(1, Fills() - before);
    }

    private static string NewProduct(out string sku, string? given = null)
    {
        sku = given ?? $"TST-{Interlocked.Increment(ref s_sku):D5}";
        return new JsonObject
        {
            ["sku"] = sku,
            ["name"] = "Größe & \"Maß\" 茶",
            ["description"] = new StringBuilder().Append('x', 300).ToString(),
            ["category"] = "garden",
            ["price"] = 12.5,
            ["currency"] = "EUR",
            ["tags"] = new JsonArray("new"),
        }.ToJsonString();
    }
}
