namespace HotShelf.CacheWorker.Feed;

/// <summary>What a batch of rows makes stale, each thing once.</summary>
internal sealed record Invalidation(IReadOnlyCollection<string> Keys, IReadOnlyCollection<string> Tags, IReadOnlyCollection<string> Families)
{
    public static Invalidation Of(IReadOnlyCollection<OutboxRow> rows)
    {
        var families = rows.Where(row => row.IsWholeFamily).Select(row => row.Family).ToHashSet(StringComparer.Ordinal);
        var tags = rows.SelectMany(row => row.Tags).ToHashSet(StringComparer.Ordinal);
        // A key whose whole family goes is gone with it.
        var keys = rows.Where(row => row.Key is not null && !families.Contains(row.Family)).Select(row => row.Key!).ToHashSet(StringComparer.Ordinal);
        return new Invalidation(keys, tags, families);
    }
}
