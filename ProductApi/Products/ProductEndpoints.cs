using HotShelf.Catalog;
using HotShelf.ProductApi.Http;
using HotShelf.ProductApi.Problems;
using HotShelf.ProductApi.Security;

namespace HotShelf.ProductApi.Products;

/// <summary>Products, their lists and their prices.</summary>
internal static partial class ProductEndpoints
{
    private static readonly string[] s_get = [HttpMethods.Get, HttpMethods.Head];

    public static void MapProducts(this IEndpointRouteBuilder app)
    {
        var products = app.MapGroup("/products").WithTags("Products");
        products.MapMethods("/{id}", s_get, FindAsync).WithName("GetProduct").WithSummary("A product by its number.")
            .WithCacheHeaders(CatalogCacheKeys.ProductFamily, options => options.Keys = KeyOf(CatalogCacheKeys.Product));
        products.MapMethods("/", s_get, ListAsync).WithName("ListProducts").WithSummary("A page of products, by category, text and order.")
            .WithCacheHeaders(CatalogCacheKeys.ProductListFamily, options => options.Keys = static http =>
                ProductRequests.TryReadList(http.Request.Query, out var list, out _) ? [CatalogCacheKeys.ProductList(list)] : []);
        products.MapMethods("/batch", s_get, FindManyAsync).WithName("GetProducts").WithSummary("Up to 100 products by their numbers.")
            .WithCacheHeaders(CatalogCacheKeys.ProductFamily, options => options.Keys = static http =>
                ProductRequests.TryReadBatch(http.Request.Query, out var ids, out _) ? ids.Select(CatalogCacheKeys.Product) : []);
        products.MapMethods("/{id}/price", s_get, FindPriceAsync).WithName("GetPrice").WithSummary("What a product costs now.")
            .WithCacheHeaders(CatalogCacheKeys.PriceFamily, options => options.Keys = KeyOf(CatalogCacheKeys.Price));

        products.MapPost("/", CreateAsync).WithName("CreateProduct").WithSummary("Adds a product.").RequireScope(Scopes.Write);
        products.MapPut("/{id}", UpdateAsync).WithName("UpdateProduct").WithSummary("Replaces a product and its price.").RequireScope(Scopes.Write);
        products.MapDelete("/{id}", DeleteAsync).WithName("DeleteProduct").WithSummary("Removes a product.").RequireScope(Scopes.Write);
        products.MapPut("/{id}/price", SetPriceAsync).WithName("SetPrice").WithSummary("Changes a product's price.").RequireScope(Scopes.Write);
    }

    private static async ValueTask<IResult> FindAsync(string id, IProductReader products, ProductContents contents, CancellationToken cancellationToken)
    {
        if (!RouteNumbers.TryReadId(id, out var number, out var problem))
            return problem;
        return await products.FindAsync(number, cancellationToken) is { } product ? contents.Products[product] : NoProduct(number);
    }

    private static async ValueTask<IResult> ListAsync(HttpContext http, IProductReader products, ProductContents contents, CancellationToken cancellationToken)
    {
        if (!ProductRequests.TryReadList(http.Request.Query, out var list, out var problem))
            return problem;
        var page = await products.ListAsync(list, cancellationToken);
        if (page.Next is { } next)
            http.Response.Headers.Link = PageLinks.Next(http.Request.Query, next);
        return contents.Pages[page];
    }

    private static async ValueTask<IResult> FindManyAsync(HttpContext http, IProductReader products, ProductContents contents, CancellationToken cancellationToken)
    {
        if (!ProductRequests.TryReadBatch(http.Request.Query, out var ids, out var problem))
            return problem;
        return contents.Batch(ids, await products.FindManyAsync(ids, cancellationToken));
    }

    private static async ValueTask<IResult> FindPriceAsync(string id, IPriceReader prices, ProductContents contents, CancellationToken cancellationToken)
    {
        if (!RouteNumbers.TryReadId(id, out var number, out var problem))
            return problem;
        return await prices.FindAsync(number, cancellationToken) is { } price ? contents.Prices[price] : NoProduct(number);
    }

    private static ProblemResult NoProduct(int id) => Problem.NotFound($"There is no product {id}.");

    private static Func<HttpContext, IEnumerable<string>> KeyOf(Func<int, string> key) => http =>
        http.GetRouteValue("id") is string text && RouteNumbers.TryReadId(text, out var id, out _) ? [key(id)] : [];
}
