using System.Collections.Immutable;

namespace HotShelf.Catalog;

/// <summary>How a write ended.</summary>
public enum WriteStatus
{
    /// <summary>It is committed.</summary>
    Done,

    /// <summary>There is nothing of that id.</summary>
    NotFound,

    /// <summary>The <see cref="WriteCondition"/> does not hold: it was changed since the version that the write was based on; nothing was written.</summary>
    Conflict,

    /// <summary>Another product has that SKU; nothing was written.</summary>
    Duplicate,
}

/// <summary>What a write did.</summary>
public sealed record WriteResult<T>
    where T : class
{
    /// <summary>How it ended.</summary>
    public required WriteStatus Status { get; init; }

    /// <summary>What is stored now (after a delete: what was removed) when <see cref="Status"/> is <see cref="WriteStatus.Done"/>.</summary>
    public T? Value { get; init; }

    /// <summary>The version that is stored, when <see cref="Status"/> is <see cref="WriteStatus.Conflict"/> and it is known.</summary>
    public long? CurrentVersion { get; init; }

    /// <summary>The version of <see cref="Value"/>: cached values of it and later ones are not stale. 0 after a delete and unless the write is done.</summary>
    public long Version { get; init; }

    /// <summary>The name of the change, by which the change feed knows what its writer has removed from the cache; null unless the write is done.</summary>
    public string? Change { get; init; }

    /// <summary>The products that are stale now; empty unless the write is done.</summary>
    public ImmutableArray<int> Products { get; init; } = [];

    /// <summary>The users whose profile is stale now; empty unless the write is done.</summary>
    public ImmutableArray<string> Profiles { get; init; } = [];

    /// <summary>The <see cref="ProductQuery.Scope"/> of every list that is stale now: the product's category before and after the write, and all together.</summary>
    public ImmutableArray<string> Listings { get; init; } = [];
}
