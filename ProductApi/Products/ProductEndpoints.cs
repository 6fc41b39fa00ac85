using HotShelf.Caching.AspNetCore;
using HotShelf.Catalog;
using HotShelf.ProductApi.Http;
using HotShelf.ProductApi.OpenApi;
using HotShelf.ProductApi.Problems;
using HotShelf.ProductApi.Security;
using Microsoft.OpenApi;

namespace HotShelf.ProductApi.Products;

/// <summary>Products, their lists and their prices.</summary>
internal static partial class ProductEndpoints
{
    public static void MapProducts(this IEndpointRouteBuilder app)
    {
        var products = app.MapGroup("/products").WithTags("Products");
        MapReads(products, app.ServiceProvider.GetRequiredService<ProductReads>());
        MapWrites(products);
    }

    private static void MapReads(RouteGroupBuilder products, ProductReads reads)
    {
        products.MapGet("/{id}", reads.FindAsync).WithName("GetProduct").WithSummary("A product by its number.")
            .Produces<ProductResponse>().Problems(400, 404).Cacheable().Examples(response: ProductExamples.Product)
            .WithCacheHeaders(CatalogCacheKeys.ProductFamily, options => ShowsPrice(options).Keys = KeyOf(CatalogCacheKeys.Product));
        products.MapGet("/", reads.ListAsync).WithName("ListProducts").WithSummary("A page of products, by category, text and order.")
            .Query("category", JsonSchemaType.String, "Only this category.", "furniture")
            .Query("q", JsonSchemaType.String, $"Only products with these words, as a web search reads them; at most {ProductQuery.MaximumTextLength} characters.", "oak chair")
            .Query("sort", JsonSchemaType.String, $"The order: {string.Join(", ", ProductQuery.SortNames)}; a minus turns it round. Default id.", "-price")
            .Query("page", JsonSchemaType.Integer, "The page's number; not together with cursor. Default 1.", 1, minimum: 1)
            .Query("pageSize", JsonSchemaType.Integer, $"Products on a page. Default {ProductQuery.DefaultPageSize}.", 20, 1, ProductQuery.MaximumPageSize)
            .Query("cursor", JsonSchemaType.String, "The next of the page before, in the same order.")
            .Produces<ProductListResponse>().Problems(400).Cacheable().Examples(response: ProductExamples.List)
            .WithCacheHeaders(CatalogCacheKeys.ProductListFamily, options => ShowsPrice(options).Keys = static http =>
                ProductRequests.TryReadList(http.Request.Query, out var list, out _) ? [CatalogCacheKeys.ProductList(list)] : []);
        products.MapGet("/batch", reads.FindManyAsync).WithName("GetProducts").WithSummary($"Up to {ProductRequests.MaximumBatch} products by their numbers.")
            .Query("ids", JsonSchemaType.String, "Numbers of products, separated by commas.", "1,2,3", required: true)
            .Produces<ProductBatchResponse>().Problems(400).Cacheable().Examples(response: ProductExamples.Batch)
            .WithCacheHeaders(CatalogCacheKeys.ProductFamily, options => ShowsPrice(options).Keys = static http =>
                ProductRequests.TryReadBatch(http.Request.Query, out var ids, out _) ? ids.Select(CatalogCacheKeys.Product) : []);
        products.MapGet("/{id}/price", reads.FindPriceAsync).WithName("GetPrice").WithSummary("What a product costs now.")
            .Produces<PriceResponse>().Problems(400, 404).Cacheable().Examples(response: ProductExamples.Price)
            .WithCacheHeaders(CatalogCacheKeys.PriceFamily, options => (options.Private, options.Keys) = (false, KeyOf(CatalogCacheKeys.Price)));
    }

    private static void MapWrites(RouteGroupBuilder products)
    {
        products.MapPost("/", CreateAsync).WithName("CreateProduct").WithSummary("Adds a product.").RequireScope(Scopes.Write)
            .TakesJson<ProductInput>().Produces<ProductResponse>(StatusCodes.Status201Created).Problems(400, 409, 413, 415)
            .Examples(ProductExamples.Input, ProductExamples.Product);
        products.MapPut("/{id}", UpdateAsync).WithName("UpdateProduct").WithSummary("Replaces a product and its price. Takes what GET gave.").RequireScope(Scopes.Write)
            .TakesJson<ProductInput>().IfMatch().Produces<ProductResponse>().Problems(400, 404, 409, 412, 413, 415)
            .Examples(ProductExamples.Input, ProductExamples.Product);
        products.MapDelete("/{id}", DeleteAsync).WithName("DeleteProduct").WithSummary("Removes a product and its prices.").RequireScope(Scopes.Write)
            .IfMatch().Produces(StatusCodes.Status204NoContent).Problems(400, 404, 412);
        products.MapPut("/{id}/price", SetPriceAsync).WithName("SetPrice").WithSummary("Changes a product's price; without a currency it stays in the one it has.").RequireScope(Scopes.Write)
            .TakesJson<PriceInput>().IfMatch().Produces<PriceResponse>().Problems(400, 404, 412, 413, 415)
            .Examples("""{"amount":19.99}""", ProductExamples.Price);
    }

    internal static ProblemResult NoProduct(int id) => Problem.NotFound($"There is no product {id}.");

    // The product lives for an hour and the price beside it for 30 seconds: no copy outside our reach may live longer than the price. Callers with a session or a key get the same.
    private static CacheHeadersOptions ShowsPrice(CacheHeadersOptions options)
    {
        options.AlwaysRevalidate = true;
        options.SharedFamily = CatalogCacheKeys.PriceFamily;
        options.Private = false;
        return options;
    }

    private static Func<HttpContext, IEnumerable<string>> KeyOf(Func<int, string> key) => http =>
        http.GetRouteValue("id") is string text && RouteNumbers.TryReadId(text, out var id, out _) ? [key(id)] : [];
}
