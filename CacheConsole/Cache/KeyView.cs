using HotShelf.Caching;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Cache;

/// <summary>All that is known of one key at one time: what Redis holds, and who holds a copy.</summary>
/// <param name="Entry">Null when Redis holds nothing.</param>
/// <param name="Holders">One for each node.</param>
internal sealed record KeyView(StoredEntry? Entry, IReadOnlyList<CacheKeyHolder> Holders)
{
    public int Copies => Holders.Count(static holder => holder.Copy == CopyState.Fresh);

    public static async ValueTask<KeyView> ReadAsync(ICacheFleet fleet, string key, CancellationToken cancel)
    {
        var entry = fleet.DescribeAsync(key, withValue: false, cancel);
        var holders = await fleet.FindHoldersAsync(key, cancel);
        return new KeyView(await entry, holders);
    }

    /// <summary>Where the entry is in its life.</summary>
    public static string StateOf(StoredEntry entry, DateTimeOffset now) => entry switch
    {
        { Rejected: not null } => "unreadable",
        { HiddenBy: not null } => "hidden",
        { FreshUntil: { } fresh } when fresh <= now => entry.StaleUntil > now ? "stale" : "expired",
        _ => "fresh",
    };
}
