namespace HotShelf.Caching.Fleet;

/// <summary>What Redis holds for a key, decoded.</summary>
public sealed record StoredEntry
{
    /// <summary>The key as the application knows it.</summary>
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

    /// <summary>True for an entry that lives on when it is read; it is in no L1.</summary>
    public bool IsSliding { get; init; }

    /// <summary>When it was filled; null when the frame cannot be read.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>When it becomes stale; null for never.</summary>
    public DateTimeOffset? FreshUntil { get; init; }

    /// <summary>When it can no longer be served; null for never.</summary>
    public DateTimeOffset? StaleUntil { get; init; }

    /// <summary>How long Redis keeps it from now on; null for ever.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>Fingerprint of the value's type, 16 hexadecimal digits.</summary>
    public string? Shape { get; init; }

    /// <summary>The type's name, from a node that knows the fingerprint; null when none does.</summary>
    public string? Type { get; init; }

    /// <summary>Its tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>What hides it: <c>*</c>, <c>family</c>, or the name of a tag; null when nothing does.</summary>
    public string? HiddenBy { get; init; }

    /// <summary>Why the frame cannot be read; null when it can.</summary>
    public string? Rejected { get; init; }

    /// <summary>The value, when it was asked for and can be read.</summary>
    public StoredValue? Value { get; init; }
}

/// <summary>A value as its serializer wrote it.</summary>
/// <param name="Bytes">The bytes, decompressed.</param>
/// <param name="Text">As text, when they are UTF-8: JSON for most types.</param>
public sealed record StoredValue(ReadOnlyMemory<byte> Bytes, string? Text);
