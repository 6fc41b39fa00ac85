namespace HotShelf.Caching.Internal;

/// <summary>
/// Two clocks in milliseconds: a steady one for what happens in this process, and Redis' wall clock for what is shared. Each node measures
/// how far its own wall clock is from the server's, so that nodes whose clocks differ agree on when an entry is stale.
/// </summary>
internal sealed class CacheClock(TimeProvider time)
{
    public const long Never = long.MaxValue;

    private readonly bool _isSystem = ReferenceEquals(time, TimeProvider.System);
    private readonly double _millisecondsPerTimestamp = 1000.0 / time.TimestampFrequency;
    private long _serverOffset;
    private long _bestRoundTrip = long.MaxValue;

    public TimeProvider Provider => time;

    /// <summary>Steady milliseconds. The system's tick count costs a tenth of a timestamp, and its few milliseconds of resolution are enough for lifetimes.</summary>
    public long Now => _isSystem ? Environment.TickCount64 : (long)(time.GetTimestamp() * _millisecondsPerTimestamp);

    /// <summary>Unix milliseconds by the server's clock, as far as it is known.</summary>
    public long ServerNow => time.GetUtcNow().ToUnixTimeMilliseconds() + Volatile.Read(ref _serverOffset);

    /// <summary>Takes note of the server's time (Unix microseconds) in an answer that took <paramref name="roundTrip"/>; quicker answers count for more.</summary>
    public void Observe(long serverMicroseconds, TimeSpan roundTrip)
    {
        var took = (long)roundTrip.TotalMilliseconds;
        // The best measurement ages, so that a clock that drifts or is set is noticed.
        var best = Volatile.Read(ref _bestRoundTrip);
        if (best != long.MaxValue && took > best + 1)
        {
            Volatile.Write(ref _bestRoundTrip, best + 1);
            return;
        }

        Volatile.Write(ref _bestRoundTrip, took);
        Volatile.Write(ref _serverOffset, serverMicroseconds / 1000 + took / 2 - time.GetUtcNow().ToUnixTimeMilliseconds());
    }

    /// <summary>What to add to a time of the server to get a steady time; for several times at once.</summary>
    public long SteadyOffset => Now - ServerNow;

    /// <summary><paramref name="time"/> moved by <paramref name="offset"/>; for ever stays for ever.</summary>
    public static long Move(long time, long offset) => time == Never ? Never : time + offset;

    /// <summary><paramref name="start"/> plus <paramref name="span"/>, where <see cref="TimeSpan.MaxValue"/> and overflow are for ever.</summary>
    public static long Add(long start, TimeSpan span) =>
        start == Never || span == TimeSpan.MaxValue || span.TotalMilliseconds >= Never - start ? Never : start + (long)span.TotalMilliseconds;
}
