namespace HotShelf.Caching.Postgres;

/// <summary>What changes make stale, each thing once. Not safe for concurrent use.</summary>
public sealed class Invalidations
{
    internal Invalidations()
    {
    }

    // The version that makes an older entry stale; 0 removes the entry whatever its version.
    internal Dictionary<string, long> Keys { get; } = new(StringComparer.Ordinal);

    internal HashSet<string> Tags { get; } = new(StringComparer.Ordinal);

    internal HashSet<string> Families { get; } = new(StringComparer.Ordinal);

    internal int Count => Keys.Count + Tags.Count + Families.Count;

    /// <summary>Removes an entry.</summary>
    public void Remove(string key) => Remove(key, 0);

    /// <summary>
    /// Removes an entry unless it was made of <paramref name="version"/> or a later one, so that a change that the writer has invalidated itself costs nothing. For the row after the change only: an entry of one
    /// that is gone, by a delete or from its old key, has the old row's version and would stay. <see cref="Remove{TRow}"/> observes that.
    /// </summary>
    /// <param name="key">The entry's key.</param>
    /// <param name="version">The version of the row, from a number that grows with each change; 0 removes the entry whatever its version.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="version"/> is negative.</exception>
    public void Remove(string key, long version)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        // ThrowIfNegative would put the version into the log.
        if (version < 0)
            throw new ArgumentOutOfRangeException(nameof(version), "A version is not negative.");
        Keys[key] = !Keys.TryGetValue(key, out var other) ? version : version == 0 || other == 0 ? 0 : Math.Max(version, other);
    }

    /// <summary>
    /// Removes a changed row's entry: unless it was made of the row's version after the change, or a later one; whatever its version when the row is gone, by a delete or from its old key.
    /// </summary>
    /// <param name="change">The change.</param>
    /// <param name="key">The key of a row's entry.</param>
    /// <param name="version">The version of a row, from a number that grows with each change.</param>
    public void Remove<TRow>(RowChange<TRow> change, Func<TRow, string> key, Func<TRow, long> version)
        where TRow : class
    {
        ArgumentNullException.ThrowIfNull(change);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(version);
        if (change.New is { } row)
            Remove(key(row), version(row));
        if (change.Old is { } old && (change.New is null || key(old) != key(change.New)))
            Remove(key(old));
    }

    /// <summary>Removes all entries with a tag.</summary>
    public void RemoveTag(string tag)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(tag);
        Tags.Add(tag);
    }

    /// <summary>Removes all entries of a family: those whose key begins with <paramref name="family"/> and <c>':'</c>; of <c>default</c> those whose key has none.</summary>
    public void RemoveFamily(string family)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(family);
        Families.Add(family);
    }

    internal void Add(Invalidations other)
    {
        foreach (var (key, version) in other.Keys)
            Remove(key, version);
        Tags.UnionWith(other.Tags);
        Families.UnionWith(other.Families);
    }

    internal void Clear()
    {
        Keys.Clear();
        Tags.Clear();
        Families.Clear();
    }
}
