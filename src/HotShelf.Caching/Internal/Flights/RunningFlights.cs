namespace HotShelf.Caching.Internal.Flights;

/// <summary>What runs in this process: look-ups and fills, refreshes, and fills that wait for another process.</summary>
internal sealed class RunningFlights
{
    private readonly FlightTable[] _all;

    public RunningFlights() => _all = [Reads, Refreshes, RequestedRefreshes];

    /// <summary>Look-ups and fills that callers wait for.</summary>
    public FlightTable Reads { get; } = new();

    /// <summary>Refreshes in the background.</summary>
    public FlightTable Refreshes { get; } = new();

    /// <summary>Requested refreshes. A caller does not join one in the background, which may leave the entry as it is.</summary>
    public FlightTable RequestedRefreshes { get; } = new();

    public KeyWaiters Waiters { get; } = new();

    public int Count => _all.Sum(static flights => flights.Count);

    /// <summary>After a change of a key: callers from now on must not get a value that a flight read or loaded before the change.</summary>
    public void Detach(ReadOnlySpan<char> key)
    {
        foreach (var flights in _all)
            flights.Detach(key);
    }

    /// <summary>Later callers do not join this flight.</summary>
    public void Remove(Flight flight)
    {
        foreach (var flights in _all)
            flights.Remove(flight);
    }

    /// <summary>After changes of any keys.</summary>
    public void DetachAll()
    {
        foreach (var flights in _all)
            flights.DetachAll();
    }
}
