namespace HotShelf.Caching.Internal.Fleet;

/// <summary>So many events of a kind in a second; the others are only counted.</summary>
/// <param name="what">What kind.</param>
/// <param name="perSecond">How many.</param>
/// <param name="clock">Tells the seconds apart.</param>
internal sealed class EventBudget(string what, int perSecond, CacheClock clock)
{
    private readonly Lock _lock = new();
    private long _second;
    private int _left;
    private long _omitted;

    public string What => what;

    /// <summary>True when one more may be told.</summary>
    public bool TrySpend()
    {
        lock (_lock)
        {
            var second = clock.Now / 1000;
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

    /// <summary>One that was to be told is not, for another reason.</summary>
    public void Omit()
    {
        lock (_lock)
            _omitted++;
    }

    /// <summary>How many were left out since the last time.</summary>
    public long TakeOmitted()
    {
        lock (_lock)
            return (_omitted, _omitted = 0).Item1;
    }
}
