namespace HotShelf.Caching.Internal.Remote;

internal enum CircuitState
{
    Closed,
    Open,
    HalfOpen,
}

/// <summary>
/// A circuit breaker: after a number of consecutive failures no caller uses Redis. A probe in the background, not a caller, detects when Redis answers
/// again.
/// </summary>
internal sealed class Circuit(int threshold)
{
    private int _failures;
    private int _state;

    public CircuitState State => (CircuitState)Volatile.Read(ref _state);

    public bool IsClosed => Volatile.Read(ref _state) == (int)CircuitState.Closed;

    public void Succeeded()
    {
        if (Volatile.Read(ref _failures) != 0)
            Volatile.Write(ref _failures, 0);
    }

    /// <summary>True when this failure opened the circuit.</summary>
    public bool Failed() =>
        Interlocked.Increment(ref _failures) >= threshold
        && Interlocked.CompareExchange(ref _state, (int)CircuitState.Open, (int)CircuitState.Closed) == (int)CircuitState.Closed;

    /// <summary>Lets operations through again, without a probe.</summary>
    public void Close() => EndProbe(succeeded: true);

    public void BeginProbe() => Volatile.Write(ref _state, (int)CircuitState.HalfOpen);

    public void EndProbe(bool succeeded)
    {
        Volatile.Write(ref _failures, 0);
        Volatile.Write(ref _state, (int)(succeeded ? CircuitState.Closed : CircuitState.Open));
    }
}
