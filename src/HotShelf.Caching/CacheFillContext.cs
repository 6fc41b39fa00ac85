using System.Diagnostics.CodeAnalysis;
using HotShelf.Caching.Internal.Local;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching;

/// <summary>Lets a loader set the lifetimes and tags of the entry that it loads, depending on its result, and keep a stale value that the origin has not changed.</summary>
public sealed class CacheFillContext
{
    private List<string>? _tags;

    private readonly LocalEntry? _stale;

    // Of a value that was filled while Redis was away the tags are not known: kept, it could not be removed by them.
    internal CacheFillContext(string key, LocalEntry? stale = null) => (Key, _stale) = (key, stale is { Tags: not null } ? stale : null);

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

    /// <summary>The <see cref="Version"/> of the stale value; 0 when there is none or its version is not known.</summary>
    public long StaleVersion => _stale?.Times.Version ?? 0;

    internal bool HasStale => _stale is not null;

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

    /// <summary>The value that this load replaces: stale within its grace, or still fresh in an eager or requested refresh. An invalidated value is not offered, nor one that was loaded while Redis was away.</summary>
    /// <param name="value">The value, never null when the method returns true. A mutable value is a copy of the caller's own.</param>
    /// <returns>False when there is none of type <typeparamref name="T"/>; the loader then has to load.</returns>
    public bool TryGetStale<T>([NotNullWhen(true)] out T? value)
    {
        value = _stale is LocalEntry<T> stale ? stale.Read() : default;
        return value is not null;
    }

    /// <summary>
    /// Keeps the stale value, because the origin has not changed it: it is stored with new lifetimes and its tags and version as before. Return the result from the loader.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no stale value: call it only after <see cref="TryGetStale{T}"/> has returned true.</exception>
    public T NotModified<T>()
    {
        if (!TryGetStale<T>(out var value))
            throw new InvalidOperationException($"There is no stale value of type {typeof(T).Name} to keep. Call NotModified only after TryGetStale has returned true, and load the value otherwise.");
        (_tags ??= []).AddRange(_stale!.Stamps.Tags.Select(static stamp => stamp.Tag));
        if (Version == 0)
            Version = StaleVersion;
        return value;
    }

    /// <summary>Returns the result to the callers without storing it.</summary>
    public void DoNotStore() => MayStore = false;
}
