namespace HotShelf.Caching.Internal.Flights;

/// <summary>What runs in this process: look-ups and fills, refreshes, and fills that wait for another process.</summary>
internal sealed class RunningFlights
{
    /// <summary>Look-ups and fills that callers wait for.</summary>
    public FlightTable Reads { get; } = new();

    /// <summary>Refreshes in the background.</summary>
    public FlightTable Refreshes { get; } = new();

    /// <summary>Requested refreshes. A caller does not join one in the background, which may leave the entry as it is.</summary>
    public FlightTable RequestedRefreshes { get; } = new();

    public KeyWaiters Waiters { get; } = new();

    public int Count => Reads.Count + Refreshes.Count + RequestedRefreshes.Count;

    /// <summary>After a change of a key: callers from now on must not get a value that a flight read or loaded before the change.</summary>
    public void Detach(ReadOnlySpan<char> key)
    {
        Reads.Detach(key);
        Refreshes.Detach(key);
        RequestedRefreshes.Detach(key);
    }

    /// <summary>Later callers do not join this flight.</summary>
    public void Remove(Flight flight)
    {
        Reads.Remove(flight);
        Refreshes.Remove(flight);
        RequestedRefreshes.Remove(flight);
    }

    /// <summary>After changes of any keys.</summary>
    public void DetachAll()
    {
        Reads.DetachAll();
        Refreshes.DetachAll();
        RequestedRefreshes.DetachAll();
    }
}
