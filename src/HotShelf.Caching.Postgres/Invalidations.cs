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

    /// <summary>Removes an entry unless it was made of <paramref name="version"/> or a later one, so that a change that the writer has invalidated itself costs nothing.</summary>
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
