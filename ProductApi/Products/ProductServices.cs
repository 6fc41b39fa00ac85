using HotShelf.Caching.AspNetCore;
using HotShelf.ProductApi.Security;

namespace HotShelf.ProductApi.Products;

/// <summary>Registers what the products' endpoints need beside the catalog.</summary>
internal static class ProductServices
{
    public static void AddProducts(this IServiceCollection services)
    {
        services.AddSingleton<ProductContents>();
        services.AddSingleton<PageLinks>();
        services.AddSingleton<ProductReads>();
        // Anybody else who sends no-cache is answered from the cache: otherwise each visitor could send every request to the database.
        services.Configure<HttpCachingOptions>(static options => options.MayRevalidate = static http => ValueTask.FromResult(http.HasScope(Scopes.Admin)));
    }
}
