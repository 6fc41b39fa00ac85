using System.Collections.Immutable;
using System.ComponentModel;

namespace HotShelf.Catalog;

/// <summary>What a customer told us about themselves.</summary>
[ImmutableObject(true)]
public sealed record UserProfile
{
    /// <summary>1 to 64 of letters, digits, <c>_</c> and <c>-</c>.</summary>
    public required string UserId { get; init; }

    /// <summary>1 to 100 characters.</summary>
    public required string DisplayName { get; init; }

    /// <summary>Up to 254 characters.</summary>
    public required string Email { get; init; }

    /// <summary>Language and perhaps country, such as <c>de</c> or <c>en-GB</c>.</summary>
    public required string Locale { get; init; }

    /// <summary>Up to 20 slugs of categories.</summary>
    public required ImmutableArray<string> FavouriteCategories { get; init; }

    /// <summary>When the profile last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Grows with every change; the database's own.</summary>
    public required long Version { get; init; }
}
