using System.Runtime.CompilerServices;

namespace HotShelf.Caching;

/// <summary>The tier that answered a read.</summary>
public enum CacheTier
{
    /// <summary>Nothing was read yet.</summary>
    None,

    /// <summary>The memory of this process.</summary>
    L1,

    /// <summary>Redis.</summary>
    L2,

    /// <summary>The loader.</summary>
    Origin,
}

/// <summary>The result of a read.</summary>
public enum CacheResult
{
    /// <summary>Nothing was read yet.</summary>
    None,

    /// <summary>A fresh value was cached.</summary>
    Hit,

    /// <summary>A stale value within its grace was cached.</summary>
    Stale,

    /// <summary>The loader ran, for this caller or for one that it joined.</summary>
    Miss,

    /// <summary>The cache was not used, because of an invalid key or the flags of the call.</summary>
    Bypass,
}

/// <summary>
/// The result of the latest cache read in the current asynchronous flow, for HTTP headers, logs and tests. Begin an observation before the work, and read it afterwards.
/// Reads without an observation have no extra cost. Of a batch, and of all reads with <see cref="BeginCombined"/>, it is the worst, not stored before stale before stored now before found, with the
/// greatest age and the least remaining freshness of all.
/// </summary>
public sealed class CacheObservation
{
    private static readonly AsyncLocal<CacheObservation?> s_current = new();
    private static bool s_used;

    private BatchState _batch;
    private int _batches;

    private CacheObservation()
    {
    }

    /// <summary>The observation of the current flow, or null.</summary>
    public static CacheObservation? Current => s_used ? s_current.Value : null;

    /// <summary>The result of the latest read.</summary>
    public CacheResult Result { get; private set; }

    /// <summary>The tier that answered the latest read.</summary>
    public CacheTier Tier { get; private set; }

    /// <summary>The family of the latest read.</summary>
    public string Family { get; private set; } = "";

    /// <summary>True when this read waited for a fill that another caller had started.</summary>
    public bool Joined { get; private set; }

    /// <summary>True when a miss was stored, so that the next read can hit.</summary>
    public bool Stored { get; private set; }

    /// <summary>Time since the fill.</summary>
    public TimeSpan Age { get; private set; }

    /// <summary>Remaining freshness; negative for a stale value; <see cref="TimeSpan.MaxValue"/> for an entry that does not expire.</summary>
    public TimeSpan TimeToLive { get; private set; }

    /// <summary>A number that changes with each fill of an entry; with the key, a strong validator (RFC 9110 section 8.8.3). Zero when the value is not stored.</summary>
    public long FillId { get; private set; }

    /// <summary>Starts to observe the reads of the current asynchronous flow and of the code that it calls.</summary>
    public static CacheObservation Begin()
    {
        var observation = new CacheObservation();
        s_used = true;
        s_current.Value = observation;
        return observation;
    }

    /// <summary>As <see cref="Begin"/>, but the reads are observed as one: for an answer that is put together from several values, which may be used no longer than the first of them to expire.</summary>
    public static CacheObservation BeginCombined()
    {
        var observation = Begin();
        observation.BeginBatch();
        return observation;
    }

    /// <summary>From now on reads are entries of one batch.</summary>
    internal void BeginBatch()
    {
        // One that a loader reads, or one beside it, belongs to the same.
        if (Interlocked.Increment(ref _batches) == 1)
            _batch = BatchState.Empty;
    }

    internal void EndBatch()
    {
        if (Interlocked.Decrement(ref _batches) == 0)
            _batch = BatchState.None;
    }

    internal void Record(string family, CacheTier tier, CacheResult result, bool joined = false, bool stored = false, TimeSpan age = default, TimeSpan timeToLive = default, long fillId = 0)
    {
        if (_batch == BatchState.None)
            Set(family, tier, result, joined, stored, age, timeToLive, fillId);
        else
            Combine(family, tier, result, joined, stored, age, timeToLive, fillId);
    }

    /// <summary>Locked, because reads that are combined may run beside each other.</summary>
    [MethodImpl(MethodImplOptions.Synchronized)]
    private void Combine(string family, CacheTier tier, CacheResult result, bool joined, bool stored, TimeSpan age, TimeSpan timeToLive, long fillId)
    {
        if (_batch == BatchState.Begun)
        {
            var (worse, expiresFirst) = (Rank(result, stored) - Rank(Result, Stored), timeToLive < TimeToLive);
            if (expiresFirst)
                TimeToLive = timeToLive;
            Age = age = age > Age ? age : Age;
            if (worse < 0 || worse == 0 && !expiresFirst)
                return;
            timeToLive = TimeToLive;
        }

        if (_batch == BatchState.Empty)
            _batch = BatchState.Begun;
        Set(family, tier, result, joined, stored, age, timeToLive, fillId);
    }

    private void Set(string family, CacheTier tier, CacheResult result, bool joined, bool stored, TimeSpan age, TimeSpan timeToLive, long fillId)
    {
        Family = family;
        Tier = tier;
        Result = result;
        Joined = joined;
        Stored = stored;
        Age = age;
        TimeToLive = timeToLive;
        FillId = fillId;
    }

    private static int Rank(CacheResult result, bool stored) => result switch
    {
        CacheResult.Hit => 0,
        CacheResult.Miss when stored => 1,
        CacheResult.Stale => 2,
        CacheResult.Miss => 3,
        _ => 4,
    };

    private enum BatchState
    {
        None,
        Empty,
        Begun,
    }
}
