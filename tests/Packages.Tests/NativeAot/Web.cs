using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Caching.Hybrid;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddHotShelfCaching("cache", options => options.Json = AppJson.Default.Options);
builder.Services.AddHotShelfOutputCache();
builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, AppJson.Default));

var app = builder.Build();
app.UseOutputCache();
app.MapGet("/value/{id:int}", (int id, HybridCache cache) => cache.GetOrCreateAsync($"product:{id}", _ => new ValueTask<Product>(new Product(id, "Oak Chair")))).WithCacheHeaders("product");
app.MapGet("/either/{id:int}", async Task<Results<Ok<Product>, NotFound>> (int id, HybridCache cache) =>
    await cache.GetOrCreateAsync($"product:{id}", _ => new ValueTask<Product>(new Product(id, "Oak Chair"))) is { Id: < 100 } product ? TypedResults.Ok(product) : TypedResults.NotFound()).WithCacheHeaders("product");
app.MapGet("/time", () => TimeProvider.System.GetUtcNow().Ticks.ToString()).CacheOutput();
app.Run();

internal sealed record Product(int Id, string Name);

[JsonSerializable(typeof(Product))]
internal sealed partial class AppJson : JsonSerializerContext;
