using System.Globalization;

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
    // Of a feed that is half a day behind: those after them are not measured.
    private const int MaximumHeartbeats = 10_000;

    private readonly Lock _lock = new();
    private readonly string _process = $"{Guid.NewGuid():n}-";
    private readonly Queue<(long Number, long Sent)> _heartbeats = new();
    private readonly TaskCompletionSource _caughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _started = time.GetTimestamp();
    private long _oldest;
    private long _lastHeartbeat;

    public volatile FeedPhase Phase = FeedPhase.Starting;

    /// <summary>Why it does not consume; null when it does or another worker does.</summary>
    public volatile string? Problem;

    /// <summary>While it consumes: what has to be done for a table that lacks the replica identity it needs; null when none does.</summary>
    public volatile string? IdentityProblem;

    /// <summary>While it consumes: which column a table lacks that its mapping needs; null when none does.</summary>
    public volatile string? ColumnProblem;

    /// <summary>While it consumes: what is wrong with a table.</summary>
    public string? TableProblem => ColumnProblem ?? IdentityProblem;

    /// <summary>True while Redis does not confirm invalidations.</summary>
    public volatile bool IsRedisAway;

    public volatile SlotFigures? Slot;

    /// <summary>Completes when everything committed before this process began has been passed on, or another worker does that.</summary>
    public Task CaughtUp => _caughtUp.Task;

    public void SetCaughtUp() => _caughtUp.TrySetResult();

    /// <summary>The last commit that this process, or the consumer before it, has sent to the cache; null when there is none, another worker consumes, or the cache was emptied since. Only one loop at a time sets it.</summary>
    public CommitRecord? LastSent { get; set; }

    /// <summary>The time of the oldest commit that Redis has not confirmed, as a local timestamp; 0 when there is none.</summary>
    public long Oldest
    {
        get => Volatile.Read(ref _oldest);
        set => Volatile.Write(ref _oldest, value);
    }

    /// <summary>When the oldest heartbeat was sent that has not come back, as a local timestamp; 0 when there is none.</summary>
    public long Heartbeat
    {
        get { lock (_lock) return _heartbeats.TryPeek(out var oldest) ? oldest.Sent : 0; }
    }

    /// <summary>How long the oldest change, or a heartbeat, has been on its way to the cache.</summary>
    public TimeSpan Lag => Max(Age(Oldest), Age(Heartbeat));

    /// <summary>How long this process has run.</summary>
    public TimeSpan Uptime => time.GetElapsedTime(_started);

    /// <summary>A heartbeat is about to be sent; returns what it has to say.</summary>
    public string HeartbeatSent()
    {
        lock (_lock)
        {
            _lastHeartbeat++;
            if (_heartbeats.Count < MaximumHeartbeats)
                _heartbeats.Enqueue((_lastHeartbeat, time.GetTimestamp()));
            return string.Create(CultureInfo.InvariantCulture, $"{_process}{_lastHeartbeat}");
        }
    }

    /// <summary>The number of a heartbeat of this process by what it says; 0 when it is of another one.</summary>
    public long NumberOf(string heartbeat) =>
        heartbeat.StartsWith(_process, StringComparison.Ordinal) && long.TryParse(heartbeat.AsSpan(_process.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <summary>This one and those before it have come back.</summary>
    public void HeartbeatReturned(long number)
    {
        lock (_lock)
        {
            while (_heartbeats.TryPeek(out var oldest) && oldest.Number <= number)
                _heartbeats.Dequeue();
        }
    }

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
