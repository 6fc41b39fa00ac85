namespace HotShelf.Caching.Fleet;

/// <summary>A limit on events of one kind per second; events beyond it are only counted.</summary>
/// <param name="what">The kind.</param>
/// <param name="perSecond">The maximum per second.</param>
/// <param name="time">The clock.</param>
internal sealed class EventBudget(string what, int perSecond, TimeProvider time)
{
    private readonly Lock _lock = new();
    private long _second;
    private int _left;
    private long _omitted;

    public string What => what;

    /// <summary>True when another event may be recorded.</summary>
    public bool TrySpend()
    {
        lock (_lock)
        {
            var second = time.GetTimestamp() / time.TimestampFrequency;
            if (second != _second)
                (_second, _left) = (second, perSecond);
            if (_left == 0)
            {
                _omitted++;
                return false;
            }

            _left--;
            return true;
        }
    }

    /// <summary>Counts an event that was dropped for another reason.</summary>
    public void Omit()
    {
        lock (_lock)
            _omitted++;
    }

    /// <summary>The number of dropped events since the last call.</summary>
    public long TakeOmitted()
    {
        lock (_lock)
            return (_omitted, _omitted = 0).Item1;
    }
}
