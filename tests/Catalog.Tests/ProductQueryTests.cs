namespace HotShelf.Catalog.Tests;

public class ProductQueryTests
{
    [Theory]
    [InlineData(null, null, null, "p=1&n=20")]
    [InlineData(" Garden ", null, "ID", "c=garden&p=1&n=20")]
    [InlineData("garden", "  Red \t CHAIR ", "-Price", "c=garden&q=red%20chair&s=-price&p=1&n=20")]
    [InlineData(null, "a&n=99:{x}", null, "q=a%26n%3D99%3A%7Bx%7D&p=1&n=20")]
    public void Canonical_SameMeaning_SameText(string? category, string? text, string? sort, string expected)
    {
        Assert.True(ProductQuery.TryCreate(category, text, sort, null, "", null, out var query, out _));
        Assert.Equal(expected, query.Canonical);
        Assert.Equal($"product-list:{expected}", CatalogCacheKeys.ProductList(query));
    }

    [Theory]
    [InlineData("category", "Gärten", null, null, null, null, null)]
    [InlineData("q", null, "tab\0", null, null, null, null)]
    [InlineData("sort", null, null, "colour", null, null, null)]
    [InlineData("page", null, null, null, 0, null, null)]
    [InlineData("page", null, null, null, int.MaxValue, null, null)]
    [InlineData("pageSize", null, null, null, null, null, 0)]
    [InlineData("pageSize", null, null, null, null, null, 100_000)]
    [InlineData("cursor", null, null, null, null, "not one", null)]
    [InlineData("cursor", null, null, null, 1, "MHw1fA", null)]
    [InlineData("cursor", null, null, "name", null, "MHw1fA", null)]
    public void TryCreate_WrongInput_NamesTheParameter(string wrong, string? category, string? text, string? sort, int? page, string? cursor, int? pageSize)
    {
        Assert.False(ProductQuery.TryCreate(category, text, sort, page, cursor, pageSize, out _, out var errors));
        Assert.Equal(wrong, Assert.Single(errors).Key);
    }

    [Fact]
    public void TryCreate_LongestText_StaysWithinTheKeyLimit()
    {
        Assert.True(ProductQuery.TryCreate(new string('c', 40), new string('商', 80), "-updated", null, null, null, out var query, out _));
        Assert.True(CatalogCacheKeys.ProductList(query).Length < 1024);
    }
}
