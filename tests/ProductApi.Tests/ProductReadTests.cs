using System.Globalization;
using HotShelf.ProductApi.Tests.Harness;
using HotShelf.TestServers;

namespace HotShelf.ProductApi.Tests;

[Collection(FleetCollection.Name)]
public class ProductReadTests(Fleet fleet)
{
    [ServersFact]
    public async Task GetProduct_ColdThenWarm_MissThenLocalHitThenRemoteHitOnTheOtherReplica()
    {
        var path = $"/products/{Fleet.NextProduct()}";
        using var miss = await fleet.A.Client.GetAsync(path);
        using var remote = await fleet.B.Client.GetAsync(path);
        // When Redis tells of A's own store before it answers it, A has no copy yet: the next read or two may come from L2, never from the origin.
        using var local = await WhenLocalAsync(path);

        Assert.Equal("hotshelf; fwd=miss; stored; detail=origin", miss.CacheStatus());
        Assert.Matches(@"^hotshelf; hit; ttl=3[3-6]\d\d; detail=l2$", remote.CacheStatus());
        Assert.Equal(await miss.Content.ReadAsStringAsync(), await local.Content.ReadAsStringAsync());
        Assert.Equal(await miss.Content.ReadAsStringAsync(), await remote.Content.ReadAsStringAsync());
        Assert.Equal(miss.Header("ETag"), remote.Header("ETag"));
        Assert.Equal("public, must-revalidate, max-age=0, s-maxage=30", local.Header("Cache-Control"));
        Assert.NotNull(local.Header("Age"));
    }

    [ServersFact]
    public async Task GetProduct_Known_HasTheDocumentedMembersAndNoOthers()
    {
        using var response = await fleet.A.Client.GetAsync("/products/42");
        var product = (await response.JsonAsync()).AsObject();
        Assert.Equal(["category", "currency", "description", "id", "name", "price", "sku", "tags", "updatedAt"], product.Select(member => member.Key).Order());
        Assert.Equal(42, product["id"]!.GetValue<int>());
    }

    [ServersFact]
    public async Task GetProduct_IfNoneMatch_304ForTheSameTagWeakTagListAndStar()
    {
        using var first = await fleet.A.Client.GetAsync("/products/43");
        var tag = first.Header("ETag")!;
        foreach (var header in new[] { tag, $"W/{tag}", $"\"other\", {tag}", "*" })
        {
            using var same = await fleet.A.Client.SendAsync("GET", "/products/43", headers: ("If-None-Match", header));
            Assert.Equal(304, (int)same.StatusCode);
            Assert.Empty(await same.Content.ReadAsByteArrayAsync());
            Assert.Equal(tag, same.Header("ETag"));
            Assert.NotEmpty(same.CacheStatus());
            Assert.NotNull(same.Header("Cache-Control"));
        }

        foreach (var header in new[] { "\"other\"", "not a tag", "", "\"", tag.Trim('"') })
        {
            using var other = await fleet.A.Client.SendAsync("GET", "/products/43", headers: ("If-None-Match", header));
            Assert.Equal(200, (int)other.StatusCode);
        }
    }

    [ServersTheory]
    [InlineData("/products/{0}")]
    [InlineData("/products/{0}/price")]
    [InlineData("/products?category=kitchen&pageSize=13")]
    [InlineData("/products/batch?ids={0}")]
    public async Task Get_Everywhere_HeadersPreconditionsAndHeadAreAlike(string route)
    {
        // Asked for by no other test: an entry that is older may be refreshed, or end, between two of the requests.
        var path = string.Format(CultureInfo.InvariantCulture, route, Fleet.NextProduct());
        (await fleet.A.Client.GetAsync(path)).Dispose();
        using var get = await fleet.A.Client.GetAsync(path);
        var tag = get.Header("ETag")!;
        using var head = await fleet.A.Client.SendAsync("HEAD", path);
        using var same = await fleet.A.Client.SendAsync("GET", path, headers: ("If-None-Match", $"\"x\", W/{tag}"));
        using var any = await fleet.A.Client.SendAsync("HEAD", path, headers: ("If-None-Match", "*"));
        using var agreed = await fleet.A.Client.SendAsync("GET", path, headers: ("If-Match", tag));
        using var refused = await fleet.A.Client.SendAsync("GET", path, headers: ("If-Match", $"W/{tag}"));
        Assert.Equal([200, 200, 304, 304, 200, 412], new[] { get, head, same, any, agreed, refused }.Select(answer => (int)answer.StatusCode));
        foreach (var answer in new[] { get, head, same, any, agreed })
        {
            Assert.Equal(tag, answer.Header("ETag"));
            Assert.Contains("; hit; ", answer.CacheStatus(), StringComparison.Ordinal);
            Assert.Equal(get.Header("Cache-Control"), answer.Header("Cache-Control"));
            // A batch is put together for each request, so it is not compressed.
            Assert.Equal(path.Contains("batch", StringComparison.Ordinal) ? null : "Accept-Encoding", answer.Header("Vary"));
            Assert.InRange(int.Parse(answer.Header("Age")!, CultureInfo.InvariantCulture), 0, 60);
        }

        Assert.Equal(get.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        Assert.Equal("urn:hotshelf:problem:precondition-failed", (await refused.JsonAsync())["type"]!.GetValue<string>());
        Assert.Equal("no-store", refused.Header("Cache-Control"));
    }

    [ServersFact]
    public async Task Batch_SomeMissing_IsKeptNoLongerThanThePriceAndTheMissing()
    {
        using var response = await fleet.A.Client.GetAsync("/products/batch?ids=1,77777777");
        Assert.Matches("^public, must-revalidate, max-age=0, s-maxage=[1-3]?[0-9]$", response.Header("Cache-Control"));
    }

    [ServersFact]
    public async Task HeadProduct_Known_HeadersOfGetWithoutBody()
    {
        using var get = await fleet.A.Client.GetAsync("/products/44");
        using var head = await fleet.A.Client.SendAsync("HEAD", "/products/44");
        Assert.Equal(200, (int)head.StatusCode);
        Assert.Equal(get.Header("ETag"), head.Header("ETag"));
        Assert.Equal((await get.Content.ReadAsByteArrayAsync()).Length, head.Content.Headers.ContentLength);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [ServersFact]
    public async Task GetProduct_Unknown_404IsCachedBriefly()
    {
        var path = $"/products/{90_000_000 + Fleet.NextProduct()}";
        using var first = await fleet.A.Client.GetAsync(path);
        using var second = await fleet.A.Client.GetAsync(path);
        Assert.Equal(404, (int)first.StatusCode);
        Assert.Equal("application/problem+json", first.Content.Headers.ContentType!.MediaType);
        Assert.Contains("; hit; ", second.CacheStatus(), StringComparison.Ordinal);
        Assert.Matches("^public, must-revalidate, max-age=0, s-maxage=[1-3]?[0-9]$", second.Header("Cache-Control"));
    }

    [ServersTheory]
    [InlineData("/products/0", "id")]
    [InlineData("/products/-1", "id")]
    [InlineData("/products/abc", "id")]
    [InlineData("/products/4 2", "id")]
    [InlineData("/products/42x", "id")]
    [InlineData("/products/99999999999", "id")]
    [InlineData("/products/0/price", "id")]
    [InlineData("/products?page=0", "page")]
    [InlineData("/products?page=-1", "page")]
    [InlineData("/products?page=x", "page")]
    [InlineData("/products?page=1&page=2", "page")]
    [InlineData("/products?page=100000", "page")]
    [InlineData("/products?pageSize=0", "pageSize")]
    [InlineData("/products?pageSize=100000", "pageSize")]
    [InlineData("/products?sort=colour", "sort")]
    [InlineData("/products?category=No%20Such!", "category")]
    [InlineData("/products?cursor=made-up", "cursor")]
    [InlineData("/products?cursor=MHw0Mnw&page=2", "cursor")]
    [InlineData("/products/batch", "ids")]
    [InlineData("/products/batch?ids=", "ids")]
    [InlineData("/products/batch?ids=1,x", "ids")]
    [InlineData("/products/batch?ids=0", "ids")]
    public async Task Get_BadInput_400NamesTheParameter(string path, string parameter)
    {
        using var response = await fleet.A.Client.GetAsync(path);
        var problem = await response.JsonAsync();
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("urn:hotshelf:problem:validation", problem["type"]!.GetValue<string>());
        Assert.NotEmpty(problem["errors"]![parameter]!.AsArray());
        Assert.Equal("no-store", response.Header("Cache-Control"));
    }

    [ServersFact]
    public async Task Batch_MoreThan100_400()
    {
        using var allowed = await fleet.A.Client.GetAsync($"/products/batch?ids={string.Join(',', Enumerable.Range(1, 100))}");
        using var refused = await fleet.A.Client.GetAsync($"/products/batch?ids={string.Join(',', Enumerable.Range(1, 101))}");
        Assert.Equal(200, (int)allowed.StatusCode);
        Assert.Equal(100, (await allowed.JsonAsync())["items"]!.AsArray().Count);
        Assert.Equal(400, (int)refused.StatusCode);
    }

    [ServersFact]
    public async Task Batch_KnownUnknownAndRepeated_InOrderOnceAndMissingNamed()
    {
        using var response = await fleet.A.Client.GetAsync("/products/batch?ids=7,3,7,88888888&ids=5");
        var batch = await response.JsonAsync();
        Assert.Equal([7, 3, 5], batch["items"]!.AsArray().Select(item => item!["id"]!.GetValue<int>()));
        Assert.Equal([88888888], batch["missing"]!.AsArray().Select(item => item!.GetValue<int>()));
        using var again = await fleet.A.Client.SendAsync("GET", "/products/batch?ids=7,3,7,88888888&ids=5", headers: ("If-None-Match", response.Header("ETag")!));
        Assert.Equal(304, (int)again.StatusCode);
    }

    [ServersFact]
    public async Task List_ByCursor_WalksTheWholeCategoryOnceInOrder()
    {
        var seen = new List<int>();
        var path = "/products?category=bedding&sort=-price&pageSize=100";
        var total = 0;
        for (var next = path; next is not null;)
        {
            using var response = await fleet.A.Client.GetAsync(next);
            var page = await response.JsonAsync();
            total = page["total"]!.GetValue<int>();
            seen.AddRange(page["items"]!.AsArray().Select(item => item!["id"]!.GetValue<int>()));
            Assert.Equal(page["next"] is null, response.Header("Link") is null);
            next = response.Header("Link") is { } link ? link[1..link.IndexOf('>', StringComparison.Ordinal)] : null;
        }

        Assert.Equal(total, seen.Count);
        Assert.Equal(total, seen.Distinct().Count());
    }

    [ServersFact]
    public async Task List_SameQueryWrittenOtherwise_OneEntry()
    {
        using var first = await fleet.A.Client.GetAsync("/products?category=garden&pageSize=7");
        using var second = await fleet.A.Client.GetAsync("/products?pageSize=7&category=GARDEN&page=1&sort=id&q=");
        Assert.Contains("; hit; ", second.CacheStatus(), StringComparison.Ordinal);
        Assert.Equal(first.Header("ETag"), second.Header("ETag"));
    }

    [ServersFact]
    public async Task NoCache_Admin_ReadsAnewAndOthersAreAnsweredFromTheCache()
    {
        var path = $"/products/{Fleet.NextProduct()}";
        (await fleet.A.Client.GetAsync(path)).Dispose();
        foreach (var key in new[] { null, "made-up-key-of-nobody", Keys.Write })
        {
            using var other = await fleet.A.Client.SendAsync("GET", path, key: key, headers: ("Cache-Control", "no-cache"));
            Assert.Contains("; hit; ", other.CacheStatus(), StringComparison.Ordinal);
        }

        using var admin = await fleet.A.Client.SendAsync("GET", path, key: Keys.Admin, headers: ("Cache-Control", "no-cache"));
        Assert.Contains("fwd=miss", admin.CacheStatus(), StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> WhenLocalAsync(string path)
    {
        HttpResponseMessage? response = null;
        await Until.TrueAsync(async () =>
        {
            response?.Dispose();
            response = await fleet.A.Client.GetAsync(path);
            Assert.Matches(@"^hotshelf; hit; ttl=3[3-6]\d\d; detail=l[12]$", response.CacheStatus());
            return response.CacheStatus().EndsWith("l1", StringComparison.Ordinal);
        }, "a copy in A's memory");
        return response!;
    }
}
