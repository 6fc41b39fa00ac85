using System.Diagnostics.Metrics;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>What one feed is made of.</summary>
internal sealed class ChangeFeedParts : IAsyncDisposable
{
    private readonly CacheSender _sender;
    private readonly Escalations _escalations;
    private readonly LiveVersions _versions;
    private readonly IChangeFeedObserver[] _observers;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public ChangeFeedParts(
        string connectionString, PostgresChangeFeedOptions options, ChangeFeedBuilder feed, Func<CancellationToken, Task>? start, HybridCache cache, CacheStorage storage,
        HotShelfCachingOptions caching, IEnumerable<IChangeFeedObserver> observers,
        IMeterFactory meters, TimeProvider time, ILogger logger)
    {
        (Options, Start, _observers, _time, _logger) = (options, start, [.. observers], time, logger);
        Database = new FeedDatabase(connectionString, options);
        State = new FeedState(time);
        History = new FeedHistory(feed.Tables, time);
        Metrics = new FeedMetrics(meters, Database.Slot, State, History, time);
        _escalations = new Escalations(options, Metrics, logger);
        var shared = caching.MemoryOnly || !storage.IsConfigured ? null : storage;
        SharesCache = shared is not null;
        string[] families = [.. feed.Tables.SelectMany(table => table.Families).Distinct()];
        _versions = new LiveVersions(shared, caching.Prefix, caching.Version, Database, families, time, logger);
        _sender = new CacheSender(cache, shared, _versions, State, Metrics, time, logger);
        Catalog = new FeedCatalog(Database, feed.Tables, logger);
        Reset = new FeedReset(Database, _sender, _versions, families, State, Metrics, logger);
        Setup = new FeedSetup(Database, Catalog, options, Reset, State, logger);
    }

    public PostgresChangeFeedOptions Options { get; }

    public FeedDatabase Database { get; }

    /// <summary>True when the consumer of the slot, whichever process that is, removes from the cache of this process too.</summary>
    public bool SharesCache { get; }

    public FeedState State { get; }

    public FeedHistory History { get; }

    public FeedMetrics Metrics { get; }

    public FeedCatalog Catalog { get; }

    public FeedReset Reset { get; }

    public FeedSetup Setup { get; }

    public Func<CancellationToken, Task>? Start { get; }

    public FeedSession CreateSession(Dictionary<(string Schema, string Name), TableMapping> tables, SlotRow slot) =>
        new(
            Database, new TransactionReader(tables, Database.ReadRelationAsync, Database.HeartbeatPrefix, State.NumberOf, Options.MaximumKeys, _escalations), slot, _sender, _versions, Reset, _observers, State, _escalations, Metrics, _time, _logger);

    public ValueTask DisposeAsync() => Database.DisposeAsync();
}
