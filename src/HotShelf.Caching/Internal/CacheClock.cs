namespace HotShelf.Caching.Internal;

/// <summary>
/// Two clocks in milliseconds: a steady one for what happens in this process, and Redis' wall clock for what is shared. Each node measures how far the
/// server's clock is from its own steady one, so that nodes agree on when an entry is stale, whatever their wall clocks say or jump to.
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

    /// <summary>Steady milliseconds. The system's tick count costs a tenth of a timestamp, and its few milliseconds of resolution are enough for lifetimes.</summary>
    public long Now => _isSystem ? Environment.TickCount64 : (long)(Provider.GetTimestamp() * _millisecondsPerTimestamp);

    /// <summary>Unix milliseconds by the server's clock, as far as it is known; before the first answer by the wall clock of this machine.</summary>
    public long ServerNow => Now + Volatile.Read(ref _serverOffset);

    /// <summary>Takes note of the server's time (Unix microseconds) in an answer that took <paramref name="roundTrip"/>; quicker answers are more exact.</summary>
    public void Observe(long serverMicroseconds, TimeSpan roundTrip)
    {
        var took = (long)roundTrip.TotalMilliseconds;
        lock (_observing)
        {
            var now = Now;
            // The best measurement loses a millisecond a second, so that a clock that drifts or is set is noticed.
            if (_bestRoundTrip != long.MaxValue && took > _bestRoundTrip + (now - _bestAt) / 1000)
                return;
            _bestRoundTrip = took;
            _bestAt = now;
            Volatile.Write(ref _serverOffset, serverMicroseconds / 1000 + took / 2 - now);
        }
    }

    /// <summary>What to add to a time of the server to get a steady time; for several times at once.</summary>
    public long SteadyOffset => -Volatile.Read(ref _serverOffset);

    /// <summary><paramref name="time"/> moved by <paramref name="offset"/>; for ever stays for ever.</summary>
    public static long Move(long time, long offset) => time == Never ? Never : time + offset;

    /// <summary><paramref name="start"/> plus <paramref name="span"/>, where <see cref="TimeSpan.MaxValue"/> and overflow are for ever.</summary>
    public static long Add(long start, TimeSpan span) =>
        start == Never || span == TimeSpan.MaxValue || span.TotalMilliseconds >= Never - start ? Never : start + (long)span.TotalMilliseconds;
}
