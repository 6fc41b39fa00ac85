using HotShelf.TestServers;

namespace HotShelf.Catalog.Tests;

[Collection(nameof(CatalogServer))]
public class ReadersTests(CatalogServer server)
{
    [PostgresFact]
    public async Task FindAsync_SeededProduct_IsComplete()
    {
        await using var catalog = await server.CreateAsync();
        var product = await catalog.Products.FindAsync(42);
        Assert.NotNull(product);
        Assert.Equal(42, product.Id);
        Assert.InRange(product.Description.Length, 200, 2000);
        Assert.NotEmpty(product.Tags);
        Assert.Equal("EUR", product.Currency);
        Assert.True(product.Price > 0);
        var price = await catalog.Prices.FindAsync(42);
        Assert.Equal(product.Price, price!.Amount);
        Assert.Equal(product.Version, price.Version);
        Assert.Null(await catalog.Products.FindAsync(99_999_999));
        Assert.NotNull(await catalog.Profiles.FindAsync("u0001"));
    }

    [PostgresFact]
    public async Task FindManyAsync_SomeMissing_ReturnsThoseThatExist()
    {
        await using var catalog = await server.CreateAsync();
        var found = await catalog.Products.FindManyAsync([1, 2, 77_777, 3]);
        Assert.Equal([1, 2, 3], found.Keys.Order());
    }

    [PostgresTheory]
    [InlineData("id")]
    [InlineData("name")]
    [InlineData("-name")]
    [InlineData("price")]
    [InlineData("-price")]
    [InlineData("updated")]
    [InlineData("-updated")]
    public async Task ListAsync_FollowedByCursor_YieldsEveryProductOnceInTheOrderOfPages(string sort)
    {
        await using var catalog = await server.CreateAsync();
        var byPage = new List<int>();
        for (var page = 1; page <= 6; page++)
            byPage.AddRange((await catalog.Products.ListAsync(Query("garden", null, sort, page, null))).Items.Select(product => product.Id));
        var byCursor = new List<int>();
        string? next = null;
        do
        {
            var page = await catalog.Products.ListAsync(Query("garden", null, sort, null, next));
            byCursor.AddRange(page.Items.Select(product => product.Id));
            Assert.Equal(500, page.Total);
            next = page.Next;
        }
        while (next is not null);
        Assert.Equal(500, byCursor.Distinct().Count());
        Assert.Equal(byCursor, byPage);
    }

    [PostgresTheory]
    [InlineData("-price", "update prices set amount = 9999999999.99 where product_id <= 150")]
    [InlineData("-name", "update products set name = repeat(U&'\\+01F600', 200) where id <= 150")]
    public async Task ListAsync_ValuesThatOnlySqlCanWrite_AreFollowedByCursor(string sort, string sql)
    {
        await using var catalog = await server.CreateAsync();
        Assert.Equal(150, await catalog.ExecuteAsync(sql));
        var first = await catalog.Products.ListAsync(Query(null, null, sort, null, null));
        var second = await catalog.Products.ListAsync(Query(null, null, sort, null, first.Next));
        Assert.Equal(Enumerable.Range(1, 150), first.Items.Concat(second.Items.Take(50)).Select(product => product.Id).Order());
    }

    [PostgresFact]
    public async Task ListAsync_Text_FindsWordsInEveryForm()
    {
        await using var catalog = await server.CreateAsync();
        var page = await catalog.Products.ListAsync(Query(null, "kettles", null, null, null));
        Assert.True(page.Total > 20);
        Assert.All(page.Items, product => Assert.Contains("kettle", product.Name + product.Description, StringComparison.OrdinalIgnoreCase));
        // Whatever a caller types is a search, never an error.
        foreach (var text in (string[])["\" or & | ! ( :*", "'; drop table products; --", "<->", "a", "%"])
            _ = await catalog.Products.ListAsync(Query(null, text, "price", null, null));
    }

    [PostgresTheory]
    [InlineData("handmade")]
    [InlineData("sustainable")]
    [InlineData("staff-pick")]
    public async Task ListAsync_Text_FindsTags(string tag)
    {
        await using var catalog = await server.CreateAsync();
        var page = await catalog.Products.ListAsync(Query(null, tag, null, null, null));
        Assert.Equal(await catalog.ScalarAsync<long>($"select count(*) from products where '{tag}' = any (tags)"), page.Total);
        Assert.True(page.Total > 20);
        Assert.All(page.Items, product => Assert.Contains(tag, product.Tags));
    }

    private static ProductQuery Query(string? category, string? text, string? sort, int? page, string? cursor)
    {
        Assert.True(ProductQuery.TryCreate(category, text, sort, page, cursor, 100, out var query, out _));
        return query;
    }
}
