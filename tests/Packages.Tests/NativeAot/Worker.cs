using System.Text.Json.Serialization;
using HotShelf.Caching;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var builder = Host.CreateApplicationBuilder(args);
builder.AddHotShelfCaching("cache", options =>
{
    options.Json = AppJson.Default.Options;
    options.Families["product"] = new CachePolicy { Fresh = TimeSpan.FromMinutes(1), Local = args.Contains("--no-local") ? TimeSpan.Zero : TimeSpan.FromMinutes(1) };
});
builder.Services.AddCached<IProducts, Products>();

using var host = builder.Build();
await host.StartAsync();
var products = host.Services.GetRequiredService<IProducts>();
var cache = host.Services.GetRequiredService<HybridCache>();
Console.WriteLine(await products.FindAsync(1));
Console.WriteLine(await products.FindAsync(1));
await products.RenameAsync(1, "Pine Chair");
Console.WriteLine(await products.FindAsync(1));
await cache.RemoveByTagAsync("color:red");
Console.WriteLine(await products.FindAsync(1));
foreach (var (id, product) in await cache.GetOrCreateManyAsync([1, 2], static id => $"product:{id}", 0, static (missing, _, _) =>
{
    Console.WriteLine($"missing: {string.Join(',', missing)}");
    return new ValueTask<IReadOnlyDictionary<int, Product>>(missing.ToDictionary(static id => id, static id => new Product(id, "Table", new Size(1, 2, 3), ["blue"])));
}))
    Console.WriteLine($"{id}: {product.Name}");
await host.StopAsync();

[CachedService]
public interface IProducts
{
    [Cached("product:{id}", Tags = ["color:{result.Colors}"])]
    ValueTask<Product> FindAsync(int id, CancellationToken token = default);

    [Invalidates("product:{id}")]
    ValueTask RenameAsync(int id, string name, CancellationToken token = default);
}

public sealed record Product(int Id, string Name, Size Size, IReadOnlyList<string> Colors)
{
    public override string ToString() => $"{Name} {Size.Width}x{Size.Height} {string.Join('/', Colors)}";
}

public sealed record Size(int Width, int Height, int Depth);

internal sealed class Products : IProducts
{
    private string _name = "Oak Chair";

    public ValueTask<Product> FindAsync(int id, CancellationToken token)
    {
        Console.WriteLine("loading");
        return new(new Product(id, _name, new Size(10, 20, 30), ["red"]));
    }

    public ValueTask RenameAsync(int id, string name, CancellationToken token)
    {
        _name = name;
        return ValueTask.CompletedTask;
    }
}

[JsonSerializable(typeof(Product))]
internal sealed partial class AppJson : JsonSerializerContext;
