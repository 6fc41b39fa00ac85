using System.ComponentModel;

namespace HotShelf.Catalog;

/// <summary>What a product costs now.</summary>
[ImmutableObject(true)]
public sealed record CurrentPrice
{
    /// <summary>The product's <see cref="Product.Id"/>.</summary>
    public required int ProductId { get; init; }

    /// <summary>In units of <see cref="Currency"/>, at most two decimals; 0 or more.</summary>
    public required decimal Amount { get; init; }

    /// <summary>ISO 4217 code, such as <c>EUR</c>.</summary>
    public required string Currency { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset AsOf { get; init; }

    /// <summary>The product's <see cref="Product.Version"/>, which a change of price moves too.</summary>
    public required long Version { get; init; }
}
