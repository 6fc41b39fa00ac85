namespace HotShelf.Caching.Internal.Flights;

/// <summary>Fills of this process that wait for a change of a key, because another process holds its lease. Several may wait for one key.</summary>
internal sealed class KeyWaiters
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Waiters> _byKey = new(StringComparer.Ordinal);
    private volatile int _count;

    /// <summary>Returns a task that completes with the next change of the key.</summary>
    public Task Enter(string key)
    {
        lock (_lock)
        {
            if (!_byKey.TryGetValue(key, out var waiters))
                _byKey[key] = waiters = new Waiters();
            waiters.Count++;
            _count = _byKey.Count;
            return waiters.Change.Task;
        }
    }

    /// <summary>Stops waiting. After the change this has no effect.</summary>
    public void Leave(string key, Task change)
    {
        lock (_lock)
        {
            if (_byKey.TryGetValue(key, out var waiters) && waiters.Change.Task == change && --waiters.Count == 0)
                _byKey.Remove(key);
            _count = _byKey.Count;
        }
    }

    public void Wake(ReadOnlySpan<char> key)
    {
        // Called for every change of any key, mostly without waiters. A fill that registers now tries the lease again before it waits.
        if (_count == 0)
            return;
        lock (_lock)
        {
            if (_byKey.GetAlternateLookup<ReadOnlySpan<char>>().Remove(key, out _, out var waiters))
                waiters.Change.TrySetResult();
            _count = _byKey.Count;
        }
    }

    public void WakeAll()
    {
        lock (_lock)
        {
            foreach (var waiters in _byKey.Values)
                waiters.Change.TrySetResult();
            _byKey.Clear();
            _count = 0;
        }
    }

    private sealed class Waiters
    {
        public TaskCompletionSource Change { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Count { get; set; }
    }
}
