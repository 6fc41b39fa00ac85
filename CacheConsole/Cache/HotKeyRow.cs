using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Cache;

/// <summary>A key with its place in the ranking, and its reads beside those of the first (0 to 1).</summary>
internal sealed record HotKeyRow(HotKey Key, int Rank, double Share)
{
    public static IReadOnlyList<HotKeyRow> Of(IReadOnlyList<HotKey> keys)
    {
        var most = keys.Select(static key => key.Reads).DefaultIfEmpty().Max();
        return [.. keys.OrderByDescending(static key => key.Reads).Select((key, i) => new HotKeyRow(key, i + 1, most > 0 ? key.Reads / most : 0))];
    }
}
