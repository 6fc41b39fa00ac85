namespace HotShelf.Caching.Internal.Telemetry;

/// <summary>The counters of one family. The hit path increments one of them; instruments read them when metrics are collected.</summary>
internal sealed class FamilyCounters
{
    public ThreadCounter LocalHits { get; } = new();

    public StripedCounter RemoteHits { get; } = new();

    public StripedCounter LocalStale { get; } = new();

    public StripedCounter RemoteStale { get; } = new();

    public StripedCounter Misses { get; } = new();

    public StripedCounter Failures { get; } = new();

    public StripedCounter Joined { get; } = new();

    public StripedCounter LeaseWaits { get; } = new();

    public StripedCounter Fills { get; } = new();

    /// <summary>Hit ratio of the last minute; updated once a second by <see cref="HitRatioWindow"/>.</summary>
    public HitRatioWindow Window { get; } = new();

    public long Answered => LocalHits.Value + RemoteHits.Value + LocalStale.Value + RemoteStale.Value;

    public long Asked => Answered + Misses.Value + Failures.Value;
}
