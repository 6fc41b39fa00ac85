using System.Collections.Immutable;
using System.ComponentModel;

namespace HotShelf.Catalog;

/// <summary>One page of a list of products.</summary>
[ImmutableObject(true)]
public sealed record ProductPage
{
    /// <summary>The products, in the order asked for.</summary>
    public required ImmutableArray<Product> Items { get; init; }

    /// <summary>The page's number from 1; null when the list was asked for by cursor.</summary>
    public required int? Page { get; init; }

    /// <summary>How many products a page has at most.</summary>
    public required int PageSize { get; init; }

    /// <summary>How many products match in all.</summary>
    public required int Total { get; init; }

    /// <summary>The cursor that continues after the last item; null on the last page.</summary>
    public required string? Next { get; init; }
}
