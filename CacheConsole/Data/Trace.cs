namespace HotShelf.CacheConsole.Data;

/// <summary>Readings as this console has made them, since it started: at most <paramref name="bound"/> of them, at least <paramref name="apart"/> from each other.</summary>
internal sealed class Trace<T>(int bound, TimeSpan apart)
{
    private readonly Lock _lock = new();
    private readonly Queue<Reading<T>> _readings = new();
    private DateTimeOffset _last;

    public void Add(DateTimeOffset at, T value)
    {
        lock (_lock)
        {
            if (at - _last < apart)
                return;
            _last = at;
            if (_readings.Count == bound)
                _readings.Dequeue();
            _readings.Enqueue(new Reading<T>(at, value));
        }
    }

    /// <summary>Those since <paramref name="from"/>, the oldest first.</summary>
    public IReadOnlyList<Reading<T>> Since(DateTimeOffset from)
    {
        lock (_lock)
            return [.. _readings.SkipWhile(reading => reading.At < from)];
    }
}

/// <summary>What was read at one time.</summary>
internal sealed record Reading<T>(DateTimeOffset At, T Value);
