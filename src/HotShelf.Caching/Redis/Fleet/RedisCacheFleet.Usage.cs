using HotShelf.Caching.Fleet;
using HotShelf.Caching.Internal;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Tags;
using StackExchange.Redis;

namespace HotShelf.Caching.Redis.Fleet;

/// <summary>
/// Estimates the memory of families: scans some keys and reads the head of each entry. SCAN returns keys in the order of their hashes, so the first
/// few thousand are a random sample.
/// </summary>
internal sealed partial class RedisCacheFleet
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
        var entries = new List<SampledEntry>();
        foreach (var (server, info) in primaries)
        {
            inRedis += await QueryAsync(database => Task.FromResult(KeysOf(info.GetValueOrDefault($"db{database.Database}"))), cancellationToken).ConfigureAwait(false);
            // The client's enumeration blocks while it requests a page.
            var keys = await QueryAsync(servers, database => Task.Run(() => Scan(server, database.Database, most)), cancellationToken).ConfigureAwait(false);
            seen += keys.Count;
            isComplete &= keys.Count < most;
            foreach (var some in keys.Select(key => (Key: key, Name: NameOf(key))).Where(item => item.Name is not null).Chunk(ReadTogether))
                entries.AddRange(await QueryAsync(database => Task.WhenAll(some.Select(item => HeadAsync(database, item.Key, item.Name!))), cancellationToken).ConfigureAwait(false));
        }

        var families = entries.Where(entry => entry.Bytes > 0).GroupBy(entry => FamilyOf(entry.Name)).ToArray();
        var stamps = await ReadStampsAsync([TagTable.EverythingName, .. families.Select(family => TagTable.FamilyName(family.Key))], cancellationToken).ConfigureAwait(false);
        // Keys may be created and deleted during the scan.
        inRedis = Math.Max(inRedis, seen);
        var share = isComplete ? 1 : (double)inRedis / seen;
        return new UsageSample(now, inRedis, seen, isComplete, [.. families.Select(family => Usage(family.Key, [.. family], share, stamps, now.ToUnixTimeMilliseconds())).OrderByDescending(usage => usage.Bytes)]);
    }

    private static List<RedisKey> Scan(IServer server, int database, int count) =>
        [.. server.Keys(database, default, ScanPage, 0L).Take(count)];

    /// <summary>The application's key of a physical key; null when it is not an entry of this version.</summary>
    private string? NameOf(RedisKey key)
    {
        var physical = ((string)key!).AsSpan();
        const string Sliding = "sliding:";
        if (physical.StartsWith(Sliding, StringComparison.Ordinal))
            physical = physical[Sliding.Length..];
        return physical.StartsWith(_keys.TrackedPrefix, StringComparison.Ordinal) && !_keys.IsOfTags(physical, out var name) ? name.ToString() : null;
    }

    private static async Task<SampledEntry> HeadAsync(IDatabase database, RedisKey key, string name)
    {
        var head = database.StringGetRangeAsync(key, 0, Frame.HeaderLength - 1);
        var length = database.StringLengthAsync(key);
        return new SampledEntry(name, (byte[]?)await head.ConfigureAwait(false) ?? [], await length.ConfigureAwait(false));
    }

    private static FamilyUsage Usage(string family, SampledEntry[] entries, double share, IReadOnlyDictionary<string, long> stamps, long now)
    {
        var (fresh, stale, hidden) = (0L, 0L, 0L);
        var lifetimes = new LifetimeBands();
        foreach (var entry in entries)
        {
            if (!FrameReader.TryReadHeader(entry.Head, out var frame))
                continue;
            if (frame.Stamps.Everything != 0 && (stamps[TagTable.EverythingName] > frame.Stamps.Everything || stamps[TagTable.FamilyName(family)] > frame.Stamps.Family))
            {
                hidden++;
            }
            else if (frame.FreshUntil > now)
            {
                fresh++;
                lifetimes.Add(frame.FreshUntil == CacheClock.Never ? TimeSpan.MaxValue : TimeSpan.FromMilliseconds(frame.FreshUntil - now));
            }
            else
            {
                stale++;
            }
        }

        return new FamilyUsage(family, entries.Length, (long)Math.Round(entries.Length * share), (long)Math.Round(entries.Sum(entry => entry.Bytes) * share), fresh, stale, hidden, lifetimes.All);
    }

    private readonly record struct SampledEntry(string Name, byte[] Head, long Bytes);

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
