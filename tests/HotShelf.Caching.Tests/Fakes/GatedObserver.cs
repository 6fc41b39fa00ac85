using HotShelf.Caching.Internal.Remote;

namespace HotShelf.Caching.Tests.Fakes;

/// <summary>Stands between the stream and the cache: holds what is told, merges it, or loses it with or without saying so.</summary>
internal sealed class GatedObserver(IRemoteObserver cache) : IRemoteObserver
{
    private readonly Lock _lock = new();
    private readonly Queue<(string Told, Action<IRemoteObserver> Push)> _held = new();
    private readonly Dictionary<string, int> _tellings = new(StringComparer.Ordinal);
    private bool _holds;
    private bool _loses;
    private int _told;

    /// <summary>How many changes came, delivered or not.</summary>
    public int Told => Volatile.Read(ref _told);

    /// <summary>How many changes of this key came, delivered or not.</summary>
    public int TellingsOf(string key)
    {
        lock (_lock)
            return _tellings.GetValueOrDefault("k" + key);
    }

    /// <summary>How many removals of this tag came, delivered or not.</summary>
    public int TellingsOfTag(string name)
    {
        lock (_lock)
            return _tellings.GetValueOrDefault("t" + name);
    }

    public int Held
    {
        get { lock (_lock) return _held.Count; }
    }

    /// <summary>From now on what is told waits.</summary>
    public void Hold()
    {
        lock (_lock)
            _holds = true;
    }

    /// <summary>Delivers what waits, in its order, and goes on at once from then on; merged, a key is told once, as Redis does with the changes of one turn.</summary>
    public void Deliver(bool merged = false)
    {
        var seen = new HashSet<string>();
        while (Next() is var (told, push))
        {
            if (!merged || seen.Add(told))
                push(cache);
        }
    }

    /// <summary>The stream breaks, and the cache is told so.</summary>
    public void Lose()
    {
        Drop(true);
        cache.OnStreamChanged(CoherenceState.Lost);
    }

    public void Restore()
    {
        Drop(false);
        cache.OnStreamChanged(CoherenceState.Tracking);
    }

    /// <summary>For deliberately broken builds: changes are dropped silently.</summary>
    public void Drop(bool drops)
    {
        lock (_lock)
        {
            _loses = drops;
            _held.Clear();
        }
    }

    public void OnKeyChanged(ReadOnlySpan<char> key)
    {
        var name = key.ToString();
        Tell("k" + name, observer => observer.OnKeyChanged(name));
    }

    public void OnTagChanged(string name) => Tell("t" + name, observer => observer.OnTagChanged(name));

    public void OnEverythingChanged() => Tell("*", observer => observer.OnEverythingChanged());

    public void OnStreamChanged(CoherenceState state)
    {
        if (!_loses)
            cache.OnStreamChanged(state);
    }

    public void OnConnectionLost() => cache.OnConnectionLost();

    private void Tell(string told, Action<IRemoteObserver> push)
    {
        lock (_lock)
        {
            Interlocked.Increment(ref _told);
            _tellings[told] = _tellings.GetValueOrDefault(told) + 1;
            if (_loses)
                return;
            if (_holds)
            {
                _held.Enqueue((told, push));
                return;
            }
        }

        push(cache);
    }

    private (string Told, Action<IRemoteObserver> Push)? Next()
    {
        lock (_lock)
        {
            if (_held.TryDequeue(out var next))
                return next;
            _holds = false;
            return null;
        }
    }
}
