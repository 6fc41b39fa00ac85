namespace HotShelf.Caching;

/// <summary>Where a read was answered.</summary>
public enum CacheTier
{
    /// <summary>Nothing was read yet.</summary>
    None,

    /// <summary>In this process' memory.</summary>
    L1,

    /// <summary>In Redis.</summary>
    L2,

    /// <summary>By the loader.</summary>
    Origin,
}

/// <summary>How a read was answered.</summary>
public enum CacheResult
{
    /// <summary>Nothing was read yet.</summary>
    None,

    /// <summary>A fresh value was there.</summary>
    Hit,

    /// <summary>A stale value inside its grace was there.</summary>
    Stale,

    /// <summary>The loader ran, for this caller or for one that it joined.</summary>
    Miss,

    /// <summary>The cache was not asked: the key or the flags rule it out.</summary>
    Bypass,
}

/// <summary>
/// What the latest cache read of this asynchronous flow did; for HTTP headers, logs and tests. Begin one around the work, then look at it.
/// Reads nobody observes cost nothing for it.
/// </summary>
public sealed class CacheObservation
{
    private static readonly AsyncLocal<CacheObservation?> s_current = new();
    private static bool s_used;

    private CacheObservation()
    {
    }

    /// <summary>The observation of this flow, or null when none was begun.</summary>
    public static CacheObservation? Current => s_used ? s_current.Value : null;

    /// <summary>How the latest read was answered.</summary>
    public CacheResult Result { get; private set; }

    /// <summary>Where the latest read was answered.</summary>
    public CacheTier Tier { get; private set; }

    /// <summary>The family of the latest read.</summary>
    public string Family { get; private set; } = "";

    /// <summary>True when this read waited for a fill that another caller had started.</summary>
    public bool Joined { get; private set; }

    /// <summary>True when a miss was stored, so that the next read can hit.</summary>
    public bool Stored { get; private set; }

    /// <summary>Time since the fill.</summary>
    public TimeSpan Age { get; private set; }

    /// <summary>Freshness left; negative for a stale value; <see cref="TimeSpan.MaxValue"/> for an entry that does not expire.</summary>
    public TimeSpan TimeToLive { get; private set; }

    /// <summary>A number that changes with each fill of an entry; with the key, a strong validator (RFC 9110 section 8.8.3). Zero when the value is not stored.</summary>
    public long FillId { get; private set; }

    /// <summary>Starts to observe the reads of this asynchronous flow and of what it calls.</summary>
    public static CacheObservation Begin()
    {
        var observation = new CacheObservation();
        s_used = true;
        s_current.Value = observation;
        return observation;
    }

    /// <summary>For work in the background: its reads are not those of the caller who set it off.</summary>
    internal static void Suppress()
    {
        if (s_used)
            s_current.Value = null;
    }

    internal void Record(string family, CacheTier tier, CacheResult result, bool joined = false, bool stored = false, TimeSpan age = default, TimeSpan timeToLive = default, long fillId = 0)
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
}
