using System.Globalization;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;
using HotShelf.Caching.Internal.Telemetry;

namespace HotShelf.Caching.Internal;

/// <summary>Diagnostics for operators.</summary>
internal sealed partial class HotShelfCache
{
    internal string RemoteState => _remote?.Circuit.State switch
    {
        null => "none",
        CircuitState.Closed => "closed",
        CircuitState.Open => "open",
        _ => "half-open",
    };

    internal string CoherenceName => NameOf(Coherence);

    internal static string NameOf(CoherenceState state) => state switch
    {
        CoherenceState.Tracking => "tracking",
        CoherenceState.Lost => "lost",
        _ => "none",
    };

    public CacheStatistics GetStatistics()
    {
        var families = _families.All.Select(family => Describe(family.Name, family.Counters)).Where(family => family.LocalHits + family.RemoteHits + family.Stale + family.Misses + family.Joined + family.Fills + family.Errors > 0).ToArray();
        var all = _families.All.Select(family => family.Counters).ToArray();
        var total = new CacheFamilyStatistics("*", families.Sum(family => family.LocalHits), families.Sum(family => family.RemoteHits), families.Sum(family => family.Stale),
            families.Sum(family => family.Misses), families.Sum(family => family.Joined), families.Sum(family => family.Fills), families.Sum(family => family.Errors),
            HitRatioOf(all));
        return new CacheStatistics(total, families, _local.Count, _local.Size, RemoteState, CoherenceName, _invalidations.PendingCount)
        {
            ServerTime = DateTimeOffset.FromUnixTimeMilliseconds(_clock.ServerNow),
            StreamRoundTrip = _remote?.Store.StreamRoundTrip,
        };
    }

    public LocalCopy? FindLocal(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return _local.Find(key) is { } entry ? new LocalCopy(this, entry) : null;
    }

    public IEnumerable<LocalCopy> EnumerateLocal() => _local.Each().Select(entry => new LocalCopy(this, entry));

    public IReadOnlyDictionary<string, string> GetValueTypes()
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (type, shape) in _values.Known)
            names[shape.ToString("x16", CultureInfo.InvariantCulture)] = NameOf(type);
        return names;
    }

    /// <summary>A tag whose stamp must be read again does not make a copy outdated.</summary>
    internal bool IsFresh(LocalEntry entry) =>
        _clock.Now < Math.Min(LocalEnd(entry), entry.Times.FreshUntil) && _tags.Check(entry) != TagVerdict.Hidden;

    internal DateTimeOffset? LocalUntil(LocalEntry entry) => FromSteady(LocalEnd(entry));

    private static long LocalEnd(LocalEntry entry) => Math.Min(entry.Times.LocalUntil, entry.Times.StaleUntil);

    private static string NameOf(Type type) => type switch
    {
        { IsArray: true } => NameOf(type.GetElementType()!) + "[]",
        { IsGenericType: true } => $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>",
        _ => type.Name,
    };

    public async ValueTask<CacheEntryDescription?> DescribeAsync(string key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_names.IsUsable(key))
            return null;
        var family = _families.Of(key);
        var copy = _local.Find(key);
        var bytes = _remote is null ? null
            : (await _remote.RunAsync(new RemoteKey(key, family.Policy.Sliding), static (store, key) => store.PeekAsync(key)).ConfigureAwait(false)).Value;
        if (bytes is null)
        {
            return copy is null ? null : new CacheEntryDescription(key, family.Name, true, false, FromSteady(copy.Times.Created), FromSteady(copy.Times.FreshUntil), FromSteady(copy.Times.StaleUntil),
                copy.PayloadBytes, 0, false, copy.PayloadBytes == 0, TagsOf(copy.Stamps), _tags.Check(copy) == TagVerdict.Hidden, null);
        }

        var rejection = FrameReader.TryRead(key, bytes, out var frame);
        if (rejection != FrameRejection.None)
            return new CacheEntryDescription(key, family.Name, copy is not null, true, null, null, null, 0, bytes.Length, false, false, [], false, rejection.ToString());
        var hidden = await _tagSync.CheckAsync(frame.Stamps, key, family, CacheClock.Never).ConfigureAwait(false) != TagVerdict.Current;
        return new CacheEntryDescription(key, family.Name, copy is not null, true, FromUnix(frame.Created), FromUnix(frame.FreshUntil), FromUnix(frame.StaleUntil),
            frame.RawLength, bytes.Length, frame.IsCompressed, frame.IsNull, TagsOf(frame.Stamps), hidden, null);
    }

    private static string[] TagsOf(Stamps stamps) => Array.ConvertAll(stamps.Tags ?? [], tag => tag.Tag);

    private static DateTimeOffset? FromUnix(long milliseconds) => milliseconds == CacheClock.Never ? null : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private DateTimeOffset? FromSteady(long milliseconds) => milliseconds == CacheClock.Never ? null : FromUnix(_clock.ServerNow + milliseconds - _clock.Now);

    private static CacheFamilyStatistics Describe(string name, FamilyCounters counters) =>
        new(name, counters.LocalHits.Value, counters.RemoteHits.Value, counters.LocalStale.Value + counters.RemoteStale.Value, counters.Misses.Value,
            counters.Joined.Value, counters.Fills.Value, counters.Failures.Value, counters.Window.Ratio(counters.Answered, counters.Asked));

    private static double? HitRatioOf(FamilyCounters[] all)
    {
        var answered = 0L;
        var asked = 0L;
        foreach (var counters in all)
        {
            var (familyAnswered, familyAsked) = counters.Window.Since(counters.Answered, counters.Asked);
            answered += familyAnswered;
            asked += familyAsked;
        }

        return asked <= 0 ? null : (double)answered / asked;
    }
}
