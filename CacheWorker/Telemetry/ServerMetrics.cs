using System.Diagnostics.Metrics;

namespace HotShelf.CacheWorker.Telemetry;

/// <summary>
/// What Redis and Postgres say of themselves, in the worker's meter, so that dashboards and alerts need no exporter of their own. Each worker tells the
/// same of the same servers: take the maximum over workers. What is not known (a server away, a figure it does not tell) has no series.
/// </summary>
internal sealed class ServerMetrics
{
    private volatile RedisFigures? _redis;
    private volatile PostgresFigures? _postgres;

    public ServerMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(WorkerMetrics.MeterName);
        meter.CreateObservableGauge("hotshelf.redis.up", () => _redis is null ? 0 : 1, "{server}", "1 while the worker reaches a primary of Redis: is the cache's second tier there?");
        Gauge(meter, "hotshelf.redis.memory.used", () => _redis?.UsedMemory, "By", "Memory that Redis uses: how full is it?");
        Gauge(meter, "hotshelf.redis.memory.limit", () => _redis?.MemoryLimit, "By", "Redis' maxmemory; 0 for none.");
        Gauge(meter, "hotshelf.redis.clients", () => _redis?.Clients, "{client}", "Connections to Redis: does a client leak them?");
        Gauge(meter, "hotshelf.redis.keys", () => _redis?.Keys, "{key}", "Keys in Redis, of all applications.");
        Counter(meter, "hotshelf.redis.commands", () => _redis?.Commands, "{command}", "Commands that Redis processed: how busy is it?");
        Counter(meter, "hotshelf.redis.key.evicted", () => _redis?.Evicted, "{key}", "Keys Redis threw out because its memory was full: is it too small?");
        Counter(meter, "hotshelf.redis.key.expired", () => _redis?.Expired, "{key}", "Keys whose time was over.");
        meter.CreateObservableGauge("hotshelf.postgres.up", () => _postgres is null ? 0 : 1, "{server}", "1 while the worker reaches Postgres: is the origin there?");
        Gauge(meter, "hotshelf.postgres.connections", () => _postgres?.Connections, "{connection}", "Connections to all databases of the server.");
        Gauge(meter, "hotshelf.postgres.connection.limit", () => _postgres?.ConnectionLimit, "{connection}", "Postgres' max_connections: is there room for another replica's pool?");
        Gauge(meter, "hotshelf.postgres.size", () => _postgres?.Size, "By", "Size of the database on disk.");
        Counter(meter, "hotshelf.postgres.commits", () => _postgres?.Commits, "{transaction}", "Committed transactions: how much does the cache leave for the database?");
        Counter(meter, "hotshelf.postgres.rollbacks", () => _postgres?.Rollbacks, "{transaction}", "Transactions rolled back.");
        Counter(meter, "hotshelf.postgres.deadlocks", () => _postgres?.Deadlocks, "{deadlock}", "Deadlocks that Postgres broke.");
        Counter(meter, "hotshelf.postgres.blocks.hit", () => _postgres?.BlocksHit, "{block}", "Blocks found in Postgres' own buffers.");
        Counter(meter, "hotshelf.postgres.blocks.read", () => _postgres?.BlocksRead, "{block}", "Blocks that were not in Postgres' own buffers: does its working set fit?");
    }

    /// <summary>As last read; null while Redis is away.</summary>
    public RedisFigures? Redis { set => _redis = value; }

    /// <summary>As last read; null while Postgres is away.</summary>
    public PostgresFigures? Postgres { set => _postgres = value; }

    private static void Gauge(Meter meter, string name, Func<long?> value, string unit, string help) =>
        meter.CreateObservableGauge(name, () => Known(value), unit, help);

    private static void Counter(Meter meter, string name, Func<long?> value, string unit, string help) =>
        meter.CreateObservableCounter(name, () => Known(value), unit, help);

    private static IEnumerable<Measurement<long>> Known(Func<long?> value) => value() is { } known ? [new Measurement<long>(known)] : [];
}
