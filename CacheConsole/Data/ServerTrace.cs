using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Data;

/// <summary>Redis' figures of the last minutes, as often as they were read; bounded to <see cref="Bound"/> readings.</summary>
internal sealed class ServerTrace
{
    /// <summary>Ten minutes, read every two seconds; longer while no page follows.</summary>
    public const int Bound = 300;

    private readonly Lock _lock = new();
    private readonly Queue<ServerReading> _readings = new(Bound);

    public IReadOnlyList<ServerReading> Readings
    {
        get
        {
            lock (_lock)
                return [.. _readings];
        }
    }

    public void Add(DateTimeOffset at, IReadOnlyList<RedisServerFigures> servers)
    {
        lock (_lock)
        {
            if (_readings.Count == Bound)
                _readings.Dequeue();
            _readings.Enqueue(new ServerReading(at, servers));
        }
    }
}

/// <summary>What all servers said at one time.</summary>
internal sealed record ServerReading(DateTimeOffset At, IReadOnlyList<RedisServerFigures> Servers);
