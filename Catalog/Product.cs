using System.Collections.Immutable;
using System.ComponentModel;

namespace HotShelf.Catalog;

/// <summary>A product as it is sold, with its current price. Immutable, so that every caller may be given the same cached object.</summary>
[ImmutableObject(true)]
public sealed record Product
{
    /// <summary>The number that names the product; at least 1.</summary>
    public required int Id { get; init; }

    /// <summary>Stock keeping unit, unique among all products: 3 to 32 of <c>A-Z</c>, <c>0-9</c> and <c>-</c>.</summary>
    public required string Sku { get; init; }

    /// <summary>1 to 200 characters.</summary>
    public required string Name { get; init; }

    /// <summary>Plain text of up to 4,000 characters.</summary>
    public required string Description { get; init; }

    /// <summary>The category's slug, such as <c>garden</c> or <c>home-audio</c>: up to 40 characters, lower case.</summary>
    public required string Category { get; init; }

    /// <summary>The current price, in units of <see cref="Currency"/>, at most two decimals.</summary>
    public required decimal Price { get; init; }

    /// <summary>ISO 4217 code, such as <c>EUR</c>.</summary>
    public required string Currency { get; init; }

    /// <summary>Up to 20 words to find the product by.</summary>
    public required ImmutableArray<string> Tags { get; init; }

    /// <summary>When the product's own data last changed; its price has a time of its own (<see cref="CurrentPrice.AsOf"/>).</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>
    /// Grows with every change of the product or its price, also with changes made directly in the database. It is the database's own: writes name the version they
    /// were based on, and it makes a strong ETag.
    /// </summary>
    public required long Version { get; init; }
}
