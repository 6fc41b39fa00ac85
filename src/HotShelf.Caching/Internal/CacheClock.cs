namespace HotShelf.Caching.Internal;

/// <summary>
/// Two clocks in milliseconds: a steady clock for this process, and Redis' wall clock for shared times. Each node measures the offset of the server's
/// clock from its own steady clock, so that all nodes agree on when an entry is stale, independent of their wall clocks.
/// </summary>
internal sealed class CacheClock
{
    public const long Never = long.MaxValue;

    private readonly bool _isSystem;
    private readonly double _millisecondsPerTimestamp;
    private readonly Lock _observing = new();
    private long _serverOffset;
    private long _bestRoundTrip = long.MaxValue;
    private long _bestAt;

    public CacheClock(TimeProvider time)
    {
        Provider = time;
        _isSystem = ReferenceEquals(time, TimeProvider.System);
        _millisecondsPerTimestamp = 1000.0 / time.TimestampFrequency;
        _serverOffset = time.GetUtcNow().ToUnixTimeMilliseconds() - Now;
    }

    public TimeProvider Provider { get; }

    /// <summary>Steady milliseconds. The system's tick count costs a tenth of a timestamp; its resolution of some milliseconds is sufficient for lifetimes.</summary>
    public long Now => _isSystem ? Environment.TickCount64 : (long)(Provider.GetTimestamp() * _millisecondsPerTimestamp);

    /// <summary>Unix milliseconds by the server's clock; before the first answer by this machine's clock.</summary>
    public long ServerNow => Now + Volatile.Read(ref _serverOffset);

    /// <summary>Records the server's time (Unix microseconds) from an answer that took <paramref name="roundTrip"/>; faster answers are more accurate.</summary>
    public void Observe(long serverMicroseconds, TimeSpan roundTrip)
    {
        var took = (long)roundTrip.TotalMilliseconds;
        lock (_observing)
        {
            var now = Now;
            // The best measurement loses a millisecond of accuracy per second, so that a drifting or changed clock is detected.
            if (_bestRoundTrip != long.MaxValue && took > _bestRoundTrip + (now - _bestAt) / 1000)
                return;
            _bestRoundTrip = took;
            _bestAt = now;
            Volatile.Write(ref _serverOffset, serverMicroseconds / 1000 + took / 2 - now);
        }
    }

    /// <summary>The offset from server time to steady time, to convert several times at once.</summary>
    public long SteadyOffset => -Volatile.Read(ref _serverOffset);

    /// <summary><paramref name="time"/> plus <paramref name="offset"/>; <see cref="Never"/> stays <see cref="Never"/>.</summary>
    public static long Move(long time, long offset) => time == Never ? Never : time + offset;

    /// <summary><paramref name="start"/> plus <paramref name="span"/>; <see cref="Never"/> for <see cref="TimeSpan.MaxValue"/> and on overflow.</summary>
    public static long Add(long start, TimeSpan span) =>
        start == Never || span == TimeSpan.MaxValue || span.TotalMilliseconds >= Never - start ? Never : start + (long)span.TotalMilliseconds;
}
