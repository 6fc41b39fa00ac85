using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching;

/// <summary>Lets a loader set the lifetimes and tags of the entry that it loads, depending on its result.</summary>
public sealed class CacheFillContext
{
    private List<string>? _tags;

    internal CacheFillContext(string key) => Key = key;

    /// <summary>The key that is loaded.</summary>
    public string Key { get; }

    /// <summary>Lifetime of this entry instead of its policy's (<see cref="CachePolicy.Fresh"/>); zero or less stores nothing.</summary>
    public TimeSpan? Expiration { get; set; }

    /// <summary>Lifetime of this entry in L1 instead of its policy's (<see cref="CachePolicy.Local"/>).</summary>
    public TimeSpan? LocalCacheExpiration { get; set; }

    /// <summary>Grace of this entry instead of its policy's (<see cref="CachePolicy.Grace"/>).</summary>
    public TimeSpan? Grace { get; set; }

    /// <summary>
    /// The origin's version of the result, such as a row version; a later version is a greater number. More than 0; default 0, unknown. With it
    /// <see cref="HybridCacheExtensions.RemoveOlderAsync(HybridCache, string, long, CancellationToken)"/> removes only older values, and an older value is never stored over a newer one.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The version is negative.</exception>
    public long Version
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    internal bool MayStore { get; private set; } = true;

    internal IReadOnlyList<string> Tags => _tags ?? (IReadOnlyList<string>)[];

    /// <summary>Adds a tag to the entry, in addition to the tags of the call.</summary>
    /// <exception cref="ArgumentException"><paramref name="tag"/> is blank or <c>"*"</c>.</exception>
    public void AddTag(string tag)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(tag);
        if (tag == "*")
            throw new ArgumentException("The tag \"*\" is reserved for all entries and cannot be assigned to one.", nameof(tag));
        (_tags ??= []).Add(tag);
    }

    /// <summary>Returns the result to the callers without storing it.</summary>
    public void DoNotStore() => MayStore = false;
}
