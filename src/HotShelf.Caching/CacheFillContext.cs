namespace HotShelf.Caching;

/// <summary>What a loader may say about the entry it fills, knowing its result.</summary>
public sealed class CacheFillContext
{
    private List<string>? _tags;

    internal CacheFillContext(string key) => Key = key;

    /// <summary>The key that is filled.</summary>
    public string Key { get; }

    /// <summary>Lifetime of this one entry instead of its policy's (<see cref="CachePolicy.Fresh"/>); zero or less stores nothing.</summary>
    public TimeSpan? Expiration { get; set; }

    /// <summary>Lifetime of this one entry in L1 instead of its policy's (<see cref="CachePolicy.Local"/>).</summary>
    public TimeSpan? LocalCacheExpiration { get; set; }

    /// <summary>Grace of this one entry instead of its policy's (<see cref="CachePolicy.Grace"/>).</summary>
    public TimeSpan? Grace { get; set; }

    internal bool MayStore { get; private set; } = true;

    internal IReadOnlyList<string> Tags => _tags ?? (IReadOnlyList<string>)[];

    /// <summary>Tags the entry, beside the tags that the caller gave.</summary>
    /// <exception cref="ArgumentException"><paramref name="tag"/> is blank or <c>"*"</c>.</exception>
    public void AddTag(string tag)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(tag);
        if (tag == "*")
            throw new ArgumentException("The tag \"*\" is reserved for all entries and cannot be assigned to one.", nameof(tag));
        (_tags ??= []).Add(tag);
    }

    /// <summary>The result goes to the callers and is not stored.</summary>
    public void DoNotStore() => MayStore = false;
}
