using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace HotShelf.Catalog.Tests;

public class ProductQueryTests
{
    [Theory]
    [InlineData(null, null, null, "p.1~n.20")]
    [InlineData(" Garden ", null, "ID", "c.garden~p.1~n.20")]
    [InlineData("garden", "  Red \t CHAIR ", "-Price", "c.garden~q.cmVkIGNoYWly~s.-price~p.1~n.20")]
    [InlineData(null, "a&n=99:{x}", null, "q.YSZuPTk5Ont4fQ~p.1~n.20")]
    public void Canonical_SameMeaning_SameText(string? category, string? text, string? sort, string expected)
    {
        Assert.True(ProductQuery.TryCreate(category, text, sort, null, "", null, out var query, out _));
        Assert.Equal(expected, query.Canonical);
        Assert.Equal($"product-list:{expected}", CatalogCacheKeys.ProductList(query));
        Assert.True(ProductQuery.TryParse(query.Canonical, out var parsed));
        Assert.Equal(query, parsed);
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

    [Theory]
    [InlineData(7)]
    [InlineData(30)]
    [InlineData(100)]
    public void TryCreate_PageBeyondTheLast_NamesTheLast(int size)
    {
        Assert.False(ProductQuery.TryCreate(null, null, null, 10_001, null, size, out _, out var errors));
        var last = int.Parse(errors["page"][0].Split("to ")[1].Split(';')[0], CultureInfo.InvariantCulture);
        Assert.True(ProductQuery.TryCreate(null, null, null, last, null, size, out _, out _));
        Assert.False(ProductQuery.TryCreate(null, null, null, last + 1, null, size, out _, out _));
    }

    [Fact]
    public void TryCreate_LongestText_StaysWithinTheKeyLimit()
    {
        Assert.True(ProductQuery.TryCreate(new string('c', 40), new string('商', 80), "-updated", null, null, null, out var query, out _));
        Assert.True(CatalogCacheKeys.ProductList(query).Length < 1024);
    }

    [Theory]
    [InlineData(ProductSort.Price, "price", "5.00", true)]
    [InlineData(ProductSort.Price, "price", "5", false)]
    [InlineData(ProductSort.Price, "price", "05.00", false)]
    [InlineData(ProductSort.Price, "price", "5.", false)]
    [InlineData(ProductSort.Price, "price", "5.000", false)]
    [InlineData(ProductSort.Updated, "updated", "638000000000000000", true)]
    [InlineData(ProductSort.Updated, "updated", "0638000000000000000", false)]
    public void TryCreate_Cursor_OnlyInTheFormInWhichItIsWritten(ProductSort sort, string name, string value, bool isAccepted)
    {
        var cursor = Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{(int)sort}|1|{value}"));
        Assert.Equal(isAccepted, ProductQuery.TryCreate(null, null, name, null, cursor, null, out _, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("p.1")]
    [InlineData("p.1~n.20~p.1")]
    [InlineData("c.Garden~p.1~n.20")]
    [InlineData("p.01~n.20")]
    [InlineData("n.20~p.1")]
    [InlineData("x.1~p.1~n.20")]
    public void TryParse_AnythingElse_IsRefused(string text) => Assert.False(ProductQuery.TryParse(text, out _));
}
