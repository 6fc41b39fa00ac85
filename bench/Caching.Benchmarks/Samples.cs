using System.ComponentModel;

namespace HotShelf.Caching.Benchmarks;

/// <summary>About 560 bytes of JSON, mutable.</summary>
internal sealed class MutableProduct
{
    public int Id { get; set; }
    public string Sku { get; set; } = "";
    public string Name { get; set; } = "";
    public string Description { get; set; } = "";
    public decimal Price { get; set; }
    public List<string> Tags { get; set; } = [];

    public static MutableProduct Create(int id) => new()
    {
        Id = id,
        Sku = $"SKU-{id:D6}",
        Name = "A chair that does what chairs do",
        Description = string.Concat(Enumerable.Repeat("Solid oak, oiled by hand, made to last. ", 10)),
        Price = 129.5m,
        Tags = ["chair", "oak", "furniture"],
    };
}

/// <summary>The same, unchangeable.</summary>
[ImmutableObject(true)]
internal sealed record ImmutableProduct(int Id, string Sku, string Name, string Description, decimal Price)
{
    public static ImmutableProduct Create(int id)
    {
        var product = MutableProduct.Create(id);
        return new(id, product.Sku, product.Name, product.Description, product.Price);
    }
}
