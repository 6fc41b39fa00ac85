using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Cache;

/// <summary>All Redis servers of the cache together.</summary>
internal sealed record RedisTotals(long Used, long Limit, long Keys)
{
    /// <summary>Null when none has answered.</summary>
    public static RedisTotals? Of(IReadOnlyList<RedisServerFigures>? servers) => servers is not { Count: > 0 }
        ? null
        : new RedisTotals(
            servers.Sum(static server => server.UsedMemory ?? 0),
            // One without a limit has none for all.
            servers.Any(static server => server.MaximumMemory is null or 0) ? 0 : servers.Sum(static server => server.MaximumMemory!.Value),
            servers.Sum(static server => server.Keys ?? 0));
}
