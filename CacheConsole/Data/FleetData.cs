using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Data;

/// <summary>Everything that the pages follow of the cache's fleet.</summary>
internal sealed class FleetData
{
    /// <summary>Lines of <see cref="Changes"/>.</summary>
    public const int ChangesShown = 100;

    /// <summary>Keys of <see cref="HotKeys"/>.</summary>
    public const int HotKeysShown = 200;

    private readonly Dictionary<HistorySpan, Live<IReadOnlyList<FleetMinute>>> _histories;

    public FleetData(ICacheFleet fleet, TimeProvider time)
    {
        _histories = Enum.GetValues<HistorySpan>().ToDictionary(
            static span => span,
            span => new Live<IReadOnlyList<FleetMinute>>(TimeSpan.FromSeconds(span == HistorySpan.Day ? 20 : 2), time, cancel => fleet.GetHistoryAsync(span.Length(), cancel)));
        Nodes = new(TimeSpan.FromSeconds(2), time, fleet.GetNodesAsync);
        Changes = new(TimeSpan.FromSeconds(2), time, cancel => fleet.GetChangesAsync(ChangesShown, cancel));
        HotKeys = new(TimeSpan.FromSeconds(5), time, cancel => fleet.GetHotKeysAsync(HotKeysShown, cancel));
        // A look through many keys: as often as an estimate needs it.
        Usage = new(TimeSpan.FromSeconds(30), time, fleet.SampleAsync);
        Version = new(TimeSpan.FromSeconds(5), time, fleet.GetVersionAsync);
        Servers = new(TimeSpan.FromSeconds(2), time, async cancel =>
        {
            var servers = await fleet.GetServersAsync(cancel);
            ServerTrace.Add(time.GetUtcNow(), servers);
            return servers;
        });
    }

    public Live<IReadOnlyList<CacheNode>> Nodes { get; }

    public Live<IReadOnlyList<CacheEvent>> Changes { get; }

    public Live<IReadOnlyList<RedisServerFigures>> Servers { get; }

    public ServerTrace ServerTrace { get; } = new();

    public Live<IReadOnlyList<HotKey>> HotKeys { get; }

    public Live<UsageSample> Usage { get; }

    public Live<CacheVersion> Version { get; }

    public Live<IReadOnlyList<FleetMinute>> History(HistorySpan span) => _histories[span];
}
