using StackExchange.Redis;

namespace HotShelf.Caching.Fleet;

/// <summary>
/// Estimates the memory of families: scans some keys and reads the head of each entry. SCAN returns keys in the order of their hashes, so the first
/// few thousand are a random sample.
/// </summary>
internal sealed partial class CacheFleet
{
    private const int KeysToSee = 5000;
    private const int ScanPage = 500;
    private const int ReadTogether = 250;

    public async ValueTask<UsageSample> SampleAsync(CancellationToken cancellationToken = default)
    {
        var primaries = await PrimariesAsync(cancellationToken).ConfigureAwait(false);
        var now = await NowAsync(cancellationToken).ConfigureAwait(false);
        var inRedis = 0L;
        var seen = 0L;
        var isComplete = true;
        var most = KeysToSee / primaries.Length;
        var entries = new List<(StoredEntry Entry, double Weight)>();
        foreach (var (server, info) in primaries)
        {
            var inServer = await QueryAsync(database => Task.FromResult(KeysOf(info.GetValueOrDefault($"db{database.Database}"))), cancellationToken).ConfigureAwait(false);
            // The client's enumeration blocks while it requests a page.
            var keys = await AdministerAsync(database => Task.Run(() => Scan(server, database.Database, most)), cancellationToken).ConfigureAwait(false);
            // Keys may be created and deleted during the scan.
            inServer = Math.Max(inServer, keys.Count);
            inRedis += inServer;
            seen += keys.Count;
            isComplete &= keys.Count < most;
            // Each entry of the sample stands for others of its own server.
            var weight = keys.Count < most ? 1 : (double)inServer / keys.Count;
            foreach (var some in keys.Where(key => storage.KeyOf(key) is not null).Chunk(ReadTogether))
                entries.AddRange((await QueryAsync(_ => storage.ReadHeadsAsync(some), cancellationToken).ConfigureAwait(false)).Select(entry => (entry, weight)));
        }

        return new UsageSample(now, inRedis, seen, isComplete, [.. entries.GroupBy(static item => item.Entry.Family).Select(family => Usage(family.Key, [.. family], now)).OrderByDescending(static usage => usage.Bytes)]);
    }

    private static List<RedisKey> Scan(IServer server, int database, int count) =>
        [.. server.Keys(database, default, ScanPage, 0L).Take(count)];

    private static FamilyUsage Usage(string family, (StoredEntry Entry, double Weight)[] entries, DateTimeOffset now)
    {
        var (fresh, stale, hidden) = (0L, 0L, 0L);
        var lifetimes = new LifetimeBands();
        foreach (var (entry, _) in entries.Where(static item => item.Entry.Rejected is null))
        {
            if (entry.HiddenBy is not null)
            {
                hidden++;
            }
            else if (entry.FreshUntil is null || entry.FreshUntil > now)
            {
                fresh++;
                lifetimes.Add(entry.FreshUntil is { } end ? end - now : TimeSpan.MaxValue);
            }
            else
            {
                stale++;
            }
        }

        return new FamilyUsage(
            family, entries.Length, (long)Math.Round(entries.Sum(static item => item.Weight)), (long)Math.Round(entries.Sum(static item => item.Entry.StoredBytes * item.Weight)), fresh, stale, hidden, lifetimes.All);
    }

    private sealed class LifetimeBands
    {
        private static readonly TimeSpan[] s_ends =
        [
            TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(30), TimeSpan.FromHours(1),
            TimeSpan.FromHours(6), TimeSpan.FromDays(1), TimeSpan.MaxValue,
        ];

        private readonly long[] _entries = new long[s_ends.Length];

        public IReadOnlyList<LifetimeBand> All => [.. s_ends.Zip(_entries, (end, entries) => new LifetimeBand(end, entries))];

        public void Add(TimeSpan lifetime) => _entries[Array.FindIndex(s_ends, end => lifetime <= end)]++;
    }
}
