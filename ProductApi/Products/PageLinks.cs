using System.Globalization;
using System.Runtime.CompilerServices;
using HotShelf.Catalog;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Primitives;

namespace HotShelf.ProductApi.Products;

/// <summary>The <c>Link</c> headers of lists (RFC 8288): made once per page, as its bytes are.</summary>
internal sealed class PageLinks
{
    private readonly ConditionalWeakTable<ProductPage, string> _links = [];

    /// <summary>Where the next page is: the same query, going on by cursor instead of by page.</summary>
    public StringValues Of(ProductPage page, ProductQuery query) =>
        _links.TryGetValue(page, out var link) ? link : _links.GetValue(page, page => Next(page, query));

    private static string Next(ProductPage page, ProductQuery query)
    {
        var next = new QueryBuilder();
        if (query.Category is { } category)
            next.Add("category", category);
        if (query.Text is { } text)
            next.Add("q", text);
        if (query.Sort != ProductSort.Id)
            next.Add("sort", ProductQuery.SortNames[(int)query.Sort]);
        if (query.PageSize != ProductQuery.DefaultPageSize)
            next.Add("pageSize", query.PageSize.ToString(CultureInfo.InvariantCulture));
        next.Add("cursor", page.Next!);
        return $"</products{next}>; rel=\"next\"";
    }
}
