using HotShelf.Catalog;
using HotShelf.ProductApi.Http;
using HotShelf.ProductApi.Products;

namespace HotShelf.ProductApi.Operations;

/// <summary>
/// What the load programme compares with: <c>/bare/{id}</c> writes a product's bytes as <c>GET /products/{id}</c> does, through the same server and
/// middleware, without cache and headers. Mapped only in development with <c>Api:BareEndpoint=true</c>.
/// </summary>
internal static class BareEndpoint
{
    public static void MapBareEndpoint(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment() || !app.Configuration.GetValue<bool>("Api:BareEndpoint"))
            return;
        var products = app.Services.GetRequiredService<IProductReader>();
        var contents = app.Services.GetRequiredService<ProductContents>();
        byte[]? body = null;
        app.MapGet("/bare/{id}", async (HttpContext http) =>
        {
            if (body is null && RouteNumbers.TryReadId((string)http.GetRouteValue("id")!, out var id, out _) && await products.FindAsync(id, http.RequestAborted) is { } product)
                body = contents.Products[product].Body.ToArray();
            http.Response.ContentType = "application/json; charset=utf-8";
            http.Response.ContentLength = body!.Length;
            await http.Response.Body.WriteAsync(body, http.RequestAborted);
        }).ExcludeFromDescription();
    }
}
