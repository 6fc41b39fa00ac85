using HotShelf.Catalog;
using HotShelf.ProductApi.Http;
using HotShelf.ProductApi.Problems;

namespace HotShelf.ProductApi.Products;

internal static partial class ProductEndpoints
{
    private static async Task<IResult> CreateAsync(HttpContext http, ICatalogWriter catalog, ProductContents contents)
    {
        var (input, problem) = await ReadProductAsync(http.Request);
        if (input is null)
            return problem!;
        var written = await catalog.CreateProductAsync(input, http.RequestAborted);
        if (written is not { Status: WriteStatus.Done, Value: { } product })
            return Refused(written, 0);
        http.Response.Headers.Location = $"/products/{product.Id}";
        return new Written(StatusCodes.Status201Created, contents.Products[product]);
    }

    private static async Task<IResult> UpdateAsync(string id, HttpContext http, ICatalogWriter catalog, ProductContents contents)
    {
        if (!RouteNumbers.TryReadId(id, out var number, out var problem) || !EntityVersion.TryReadCondition(http.Request, out var condition, out problem))
            return problem!;
        (var input, problem) = await ReadProductAsync(http.Request);
        if (input is null)
            return problem!;
        var written = await catalog.UpdateProductAsync(number, input, condition, http.RequestAborted);
        return written is { Status: WriteStatus.Done, Value: { } product } ? new Written(StatusCodes.Status200OK, contents.Products[product]) : Refused(written, number);
    }

    private static async Task<IResult> DeleteAsync(string id, HttpContext http, ICatalogWriter catalog)
    {
        if (!RouteNumbers.TryReadId(id, out var number, out var problem) || !EntityVersion.TryReadCondition(http.Request, out var condition, out problem))
            return problem!;
        var written = await catalog.DeleteProductAsync(number, condition, http.RequestAborted);
        http.Response.Headers.CacheControl = "no-store";
        return written.Status == WriteStatus.Done ? TypedResults.NoContent() : Refused(written, number);
    }

    private static async Task<IResult> SetPriceAsync(string id, HttpContext http, ICatalogWriter catalog, ProductContents contents)
    {
        if (!RouteNumbers.TryReadId(id, out var number, out var problem) || !EntityVersion.TryReadCondition(http.Request, out var condition, out problem))
            return problem!;
        (var input, problem) = await JsonBody.ReadAsync(http.Request, ApiJson.Types.PriceInput);
        if (input is null)
            return problem!;
        if (CatalogRules.Validate(input) is { Count: > 0 } errors)
            return Problem.Validation(errors);
        var written = await catalog.SetPriceAsync(number, input, condition, http.RequestAborted);
        return written is { Status: WriteStatus.Done, Value: { } price } ? new Written(StatusCodes.Status200OK, contents.Prices[price]) : Refused(written, number);
    }

    private static async ValueTask<JsonBody<ProductInput>> ReadProductAsync(HttpRequest request)
    {
        var body = await JsonBody.ReadAsync(request, ApiJson.Types.ProductInput);
        return body.Value is { } input && CatalogRules.Validate(input) is { Count: > 0 } errors ? new(null, Problem.Validation(errors)) : body;
    }

    private static ProblemResult Refused<T>(WriteResult<T> written, int id)
        where T : class => written.Status switch
        {
            WriteStatus.NotFound => NoProduct(id),
            WriteStatus.Duplicate => Problem.Of(ProblemType.DuplicateSku, "The sku belongs to another product; choose another one."),
            _ => Problem.Of(ProblemType.PreconditionFailed, written.CurrentVersion is { } current
                ? $"The ETag is {EntityVersion.Tag(current)} now. Read it again, and change what is there."
                : "Read it again, and change what is there."),
        };
}
