namespace HotShelf.Caching;

/// <summary>A decoded entry in Redis.</summary>
public sealed record StoredEntry
{
    /// <summary>The application's key.</summary>
    public required string Key { get; init; }

    /// <summary>Its family.</summary>
    public required string Family { get; init; }

    /// <summary>Size of the frame in Redis, in bytes.</summary>
    public required int StoredBytes { get; init; }

    /// <summary>Size of the serialized value before compression, in bytes.</summary>
    public int RawBytes { get; init; }

    /// <summary>True when the payload is compressed.</summary>
    public bool Compressed { get; init; }

    /// <summary>True for a negative entry.</summary>
    public bool IsNull { get; init; }

    /// <summary>True for a sliding entry, which each read renews; it is not kept in L1.</summary>
    public bool IsSliding { get; init; }

    /// <summary>When it was filled; null when the frame cannot be read.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>When it becomes stale; null for never.</summary>
    public DateTimeOffset? FreshUntil { get; init; }

    /// <summary>When it can no longer be served; null for never.</summary>
    public DateTimeOffset? StaleUntil { get; init; }

    /// <summary>The remaining TTL in Redis; null for no expiry.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>Fingerprint of the value's type, 16 hexadecimal digits.</summary>
    public string? Shape { get; init; }

    /// <summary>The type's name, as reported by a node that uses it; null when unknown.</summary>
    public string? Type { get; init; }

    /// <summary>Its tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The removal that hides it: <c>*</c>, <c>family</c>, or the name of a tag; null for a visible entry.</summary>
    public string? HiddenBy { get; init; }

    /// <summary>Why the frame cannot be read; null when it can.</summary>
    public string? Rejected { get; init; }

    /// <summary>The value, when requested and readable.</summary>
    public StoredValue? Value { get; init; }
}

/// <summary>A serialized value.</summary>
/// <param name="Bytes">The bytes, decompressed.</param>
/// <param name="Text">As text, when they are UTF-8: JSON for most types.</param>
public sealed record StoredValue(ReadOnlyMemory<byte> Bytes, string? Text);
