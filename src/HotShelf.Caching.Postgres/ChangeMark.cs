namespace HotShelf.Caching.Postgres;

/// <summary>
/// Names a transaction for a writer that removes from the cache what its change makes stale, and for the change feed that reads the same change: whichever removes second by a tag then costs nothing.
/// The writer runs <see cref="Sql"/> with a new mark in its transaction, and passes the mark to <see cref="HybridCacheExtensions.RemoveByTagAsync(Microsoft.Extensions.Caching.Hybrid.HybridCache, IEnumerable{string}, string, CancellationToken)"/>
/// after the commit. Keys with versions need no mark.
/// </summary>
public static class ChangeMark
{
    /// <summary>Writes the mark <c>$1</c> into the transaction, as a logical decoding message (<c>pg_logical_emit_message</c>): no table is written, and no right is needed.</summary>
    public const string Sql = $"select pg_logical_emit_message(true, '{Prefix}', $1)";

    internal const string Prefix = "hotshelf.change";

    // Longer ones are not ours.
    internal const int MaximumLength = 100;

    /// <summary>A new mark, which no other transaction has: 32 random digits.</summary>
    public static string Create() => Guid.NewGuid().ToString("N");
}
