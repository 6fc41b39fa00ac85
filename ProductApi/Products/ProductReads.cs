using HotShelf.Catalog;
using HotShelf.ProductApi.Http;

namespace HotShelf.ProductApi.Products;

/// <summary>
/// The catalog's reads. What they need is given once, not per request: an endpoint that asks for services opens a scope of them, which costs more
/// than a hit.
/// </summary>
internal sealed class ProductReads(IProductReader products, IPriceReader prices, ProductContents contents, PageLinks links)
{
    public async ValueTask<IResult> FindAsync(string id, HttpContext http)
    {
        if (!RouteNumbers.TryReadId(id, out var number, out var problem))
            return problem;
        return await products.FindAsync(number, http.RequestAborted) is { } product ? contents.Products[product] : ProductEndpoints.NoProduct(number);
    }

    public async ValueTask<IResult> ListAsync(HttpContext http)
    {
        if (!ProductRequests.TryReadList(http.Request.Query, out var list, out var problem))
            return problem;
        var page = await products.ListAsync(list, http.RequestAborted);
        if (page.Next is not null)
            http.Response.Headers.Link = links.Of(page, list);
        return contents.Pages[page];
    }

    public async ValueTask<IResult> FindManyAsync(HttpContext http)
    {
        if (!ProductRequests.TryReadBatch(http.Request.Query, out var ids, out var problem))
            return problem;
        return contents.Batch(ids, await products.FindManyAsync(ids, http.RequestAborted));
    }

    public async ValueTask<IResult> FindPriceAsync(string id, HttpContext http)
    {
        if (!RouteNumbers.TryReadId(id, out var number, out var problem))
            return problem;
        return await prices.FindAsync(number, http.RequestAborted) is { } price ? contents.Prices[price] : ProductEndpoints.NoProduct(number);
    }
}
