using HotShelf.Catalog;
using HotShelf.ProductApi.Http;
using HotShelf.ProductApi.Products;
using HotShelf.ServiceDefaults.Requests;

namespace HotShelf.ProductApi.Operations;

/// <summary>
/// What the load programme compares with: <c>/bare/{id}</c> writes a product's bytes as <c>GET /products/{id}</c> does, and <c>/bare/bytes/{length}</c> as many as another
/// answer has, through the same server and middleware, without cache and headers. Logged as hits are. Mapped only with <c>Api:BareEndpoint=true</c>.
/// </summary>
internal static class BareEndpoint
{
    private const int MaximumLength = 1024 * 1024;

    public static void MapBareEndpoint(this WebApplication app)
    {
        if (!app.Configuration.GetValue<bool>("Api:BareEndpoint"))
            return;
        var products = app.Services.GetRequiredService<IProductReader>();
        var contents = app.Services.GetRequiredService<ProductContents>();
        byte[]? body = null;
        app.MapGet("/bare/{id}", async (HttpContext http) =>
        {
            if (body is null && RouteNumbers.TryReadId((string)http.GetRouteValue("id")!, out var id, out _) && await products.FindAsync(id, http.RequestAborted) is { } product)
                body = contents.Products[product].Body.ToArray();
            await WriteAsync(http, body);
        }).LogSuccessAtDebug().ExcludeFromDescription();
        var zeros = new byte[MaximumLength];
        app.MapGet("/bare/bytes/{length}", (HttpContext http) =>
            WriteAsync(http, RouteNumbers.TryRead((string)http.GetRouteValue("length")!, out var length) && length <= MaximumLength ? zeros.AsMemory(0, length) : default))
            .LogSuccessAtDebug().ExcludeFromDescription();
    }

    private static Task WriteAsync(HttpContext http, ReadOnlyMemory<byte> body)
    {
        http.Response.ContentType = "application/json; charset=utf-8";
        http.Response.ContentLength = body.Length;
        return http.Response.Body.WriteAsync(body, http.RequestAborted).AsTask();
    }
}
