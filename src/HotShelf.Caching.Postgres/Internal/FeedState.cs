namespace HotShelf.Caching.Postgres.Internal;

internal enum FeedPhase
{
    Starting,
    Consuming,
    StandingBy,
    Disconnected,
    Misconfigured,
}

/// <summary>What the slot's row in <c>pg_replication_slots</c> says, in bytes.</summary>
internal sealed record SlotFigures(bool IsActive, string? WalStatus, long RetainedBytes, long UnconfirmedBytes, long? SafeBytes);

/// <summary>What the feed's loop, its metrics and its health check share.</summary>
internal sealed class FeedState(TimeProvider time)
{
    private readonly TaskCompletionSource _caughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _started = time.GetTimestamp();
    private long _oldest;
    private long _heartbeat;

    public volatile FeedPhase Phase = FeedPhase.Starting;

    /// <summary>Why it does not consume; null when it does or another worker does.</summary>
    public volatile string? Problem;

    /// <summary>True while Redis does not confirm invalidations.</summary>
    public volatile bool IsRedisAway;

    public volatile SlotFigures? Slot;

    /// <summary>Completes when everything committed before this process began has been passed on, or another worker does that.</summary>
    public Task CaughtUp => _caughtUp.Task;

    public void SetCaughtUp() => _caughtUp.TrySetResult();

    /// <summary>The time of the oldest commit that Redis has not confirmed, as a local timestamp; 0 when there is none.</summary>
    public long Oldest
    {
        get => Volatile.Read(ref _oldest);
        set => Volatile.Write(ref _oldest, value);
    }

    /// <summary>When the heartbeat was sent that has not come back, as a local timestamp; 0 when there is none.</summary>
    public long Heartbeat => Volatile.Read(ref _heartbeat);

    /// <summary>How long the oldest change, or a heartbeat, has been on its way to the cache.</summary>
    public TimeSpan Lag => Max(Age(Oldest), Age(Heartbeat));

    /// <summary>How long this process has run.</summary>
    public TimeSpan Uptime => time.GetElapsedTime(_started);

    public void HeartbeatSent() => Interlocked.CompareExchange(ref _heartbeat, time.GetTimestamp(), 0);

    public void HeartbeatReturned() => Volatile.Write(ref _heartbeat, 0);

    public static string Describe(FeedPhase phase) => phase switch
    {
        FeedPhase.Starting => "starting",
        FeedPhase.Consuming => "consuming",
        FeedPhase.StandingBy => "standing by",
        FeedPhase.Disconnected => "disconnected",
        _ => "misconfigured",
    };

    private TimeSpan Age(long since) => since == 0 ? TimeSpan.Zero : Max(time.GetElapsedTime(since), TimeSpan.Zero);

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
