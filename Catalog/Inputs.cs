using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;

namespace HotShelf.Catalog;

/// <summary>Everything about a product that a writer decides. Check it with <see cref="CatalogRules.Validate(ProductInput)"/> first.</summary>
public sealed record ProductInput
{
    /// <inheritdoc cref="Product.Sku"/>
    [Required]
    public string? Sku { get; init; }

    /// <inheritdoc cref="Product.Name"/>
    [Required]
    public string? Name { get; init; }

    /// <inheritdoc cref="Product.Description"/>
    [Required]
    public string? Description { get; init; }

    /// <inheritdoc cref="Product.Category"/>
    [Required]
    public string? Category { get; init; }

    /// <inheritdoc cref="Product.Price"/>
    [Required]
    public decimal? Price { get; init; }

    /// <inheritdoc cref="Product.Currency"/>
    [Required]
    public string? Currency { get; init; }

    /// <inheritdoc cref="Product.Tags"/>
    public ImmutableArray<string>? Tags { get; init; }
}

/// <summary>A new price. Check it with <see cref="CatalogRules.Validate(PriceInput)"/> first.</summary>
public sealed record PriceInput
{
    /// <inheritdoc cref="CurrentPrice.Amount"/>
    [Required]
    public decimal? Amount { get; init; }

    /// <summary>An ISO 4217 code; null for the currency that the price has.</summary>
    public string? Currency { get; init; }
}

/// <summary>What a customer may change of their profile. Check it with <see cref="CatalogRules.Validate(ProfileInput)"/> first.</summary>
public sealed record ProfileInput
{
    /// <inheritdoc cref="UserProfile.DisplayName"/>
    [Required]
    public string? DisplayName { get; init; }

    /// <inheritdoc cref="UserProfile.Email"/>
    [Required]
    public string? Email { get; init; }

    /// <inheritdoc cref="UserProfile.Locale"/>
    [Required]
    public string? Locale { get; init; }

    /// <inheritdoc cref="UserProfile.FavouriteCategories"/>
    public ImmutableArray<string>? FavouriteCategories { get; init; }
}
