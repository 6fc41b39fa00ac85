using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Data;

/// <summary>Everything that the pages follow of the cache's fleet. It is read slowly without a page too, so that a page that opens during an outage shows what was before.</summary>
internal sealed class FleetData : IHostedService
{
    /// <summary>Lines of <see cref="Changes"/>.</summary>
    public const int ChangesShown = 100;

    /// <summary>Keys of <see cref="HotKeys"/>.</summary>
    public const int HotKeysShown = 200;

    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(15);

    private readonly NodeClient _client;
    private readonly Dictionary<HistorySpan, Live<IReadOnlyList<FleetMinute>>> _histories;

    public FleetData(ICacheFleet fleet, FleetReader reader, NodeClient client, TimeProvider time)
    {
        Reader = reader;
        _client = client;
        _histories = HistorySpan.All.ToDictionary(
            static span => span,
            span => new Live<IReadOnlyList<FleetMinute>>(TimeSpan.FromSeconds(span.Length > TimeSpan.FromHours(6) ? 20 : 2), time, cancel => reader.HistoryAsync(span, cancel),
                span == HistorySpan.Hour ? s_idle : null));
        Nodes = new(TimeSpan.FromSeconds(2), time, reader.NodesAsync, s_idle);
        Changes = new(TimeSpan.FromSeconds(2), time, cancel => fleet.GetChangesAsync(ChangesShown, cancel), s_idle);
        HotKeys = new(TimeSpan.FromSeconds(5), time, cancel => fleet.GetHotKeysAsync(HotKeysShown, cancel), s_idle);
        // A look through many keys: as often as an estimate needs it.
        Usage = new(TimeSpan.FromSeconds(30), time, fleet.SampleAsync, TimeSpan.FromMinutes(5));
        Version = new(TimeSpan.FromSeconds(5), time, fleet.GetVersionAsync, s_idle);
        Servers = new(TimeSpan.FromSeconds(2), time, async cancel =>
        {
            var servers = await fleet.GetServersAsync(cancel);
            ServerTrace.Add(time.GetUtcNow(), servers);
            return servers;
        }, s_idle);
        Workers = new(TimeSpan.FromSeconds(2), time, async cancel =>
        {
            var workers = await WorkerState.ReadAsync(client, client.Known, cancel);
            if (workers.Select(static worker => worker.Feed).FirstOrDefault(static feed => feed?.IsConsuming == true) is { } consuming)
                FeedTrace.Add(time.GetUtcNow(), new FeedPoint(consuming.LagSeconds, consuming.SlotState?.UnconfirmedBytes));
            return workers;
        }, s_idle);
    }

    /// <summary>Whether nodes and histories come from Redis or from the nodes themselves.</summary>
    public FleetReader Reader { get; }

    public Live<IReadOnlyList<CacheNode>> Nodes { get; }

    /// <summary>The change feed and the audit of each worker, asked at its own address.</summary>
    public Live<IReadOnlyList<WorkerState>> Workers { get; }

    /// <inheritdoc cref="NodeClient.WorkerSeen"/>
    public DateTimeOffset? WorkerSeen => _client.WorkerSeen;

    /// <summary>A day of the feed that consumes, every ten seconds. Not its whole status, which has events with their reasons.</summary>
    public Trace<FeedPoint> FeedTrace { get; } = new(8_640, TimeSpan.FromSeconds(10));

    public Live<IReadOnlyList<CacheEvent>> Changes { get; }

    public Live<IReadOnlyList<RedisServerFigures>> Servers { get; }

    /// <summary>Ten minutes, read every two seconds; longer while no page follows.</summary>
    public Trace<IReadOnlyList<RedisServerFigures>> ServerTrace { get; } = new(300, TimeSpan.Zero);

    public Live<IReadOnlyList<HotKey>> HotKeys { get; }

    public Live<UsageSample> Usage { get; }

    public Live<CacheVersion> Version { get; }

    public Live<IReadOnlyList<FleetMinute>> History(HistorySpan span) => _histories[span];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Nodes.Start();
        Changes.Start();
        Servers.Start();
        Workers.Start();
        HotKeys.Start();
        Usage.Start();
        Version.Start();
        History(HistorySpan.Hour).Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <param name="LagSeconds">The age of the oldest change on its way.</param>
/// <param name="UnconfirmedBytes">WAL that the slot has not confirmed; null when it is not known.</param>
internal readonly record struct FeedPoint(double LagSeconds, long? UnconfirmedBytes);
