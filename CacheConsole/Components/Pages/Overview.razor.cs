using HotShelf.CacheConsole.Cache;
using HotShelf.CacheConsole.Components.Shared;
using HotShelf.CacheConsole.Data;
using HotShelf.CacheConsole.Overview;
using HotShelf.Caching;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Components.Pages;

/// <summary>The whole system at a glance; every number leads to its page.</summary>
public sealed partial class Overview
{
    private const int ChangesListed = 6;
    private const int HotListed = 5;

    private static readonly (CacheTier Tier, string Name, int Colour)[] s_tiers = [(CacheTier.L1, "Memory (L1)", 1), (CacheTier.L2, "Redis (L2)", 2), (CacheTier.Origin, "Origin", 4)];

    private IReadOnlyList<CacheNode>? _nodes;
    private IReadOnlyList<FamilyRow> _families = [];
    private IReadOnlyList<Cause> _changes = [];
    private IReadOnlyList<HotKey> _hot = [];
    private IReadOnlyList<Finding> _findings = [];
    private HistoryPoint? _latest;
    private HistoryPoint? _whole;
    private RedisTotals? _redis;

    private Status Worst => _findings.Count > 0 ? _findings[0].Status : Status.Good;

    private string HealthySummary => _nodes!.All(static node => node.Coherence == "tracking") ? "Every node receives changes, and Redis is in use." : "Redis is in use.";

    private string NodeSummary => string.Join(", ", _nodes!.GroupBy(static node => node.Application).OrderBy(static group => group.Key, StringComparer.Ordinal).Select(static group => $"{group.Count()} {group.Key}"));

    private protected override IEnumerable<ILive> Others => [Data.Nodes, Data.Servers, Data.Workers, Data.Changes, Data.HotKeys, Data.History(HistorySpan.Hour)];

    protected override void Changed()
    {
        base.Changed();
        var minutes = Minutes ?? [];
        _nodes = Data.Nodes.Current.Value;
        _latest = HistoryPoint.Latest(minutes, ReadAt);
        _whole = HistoryPoint.Whole(minutes, ReadAt);
        _families = FamilyRow.Of(minutes, Window.MinutesPerPoint, ReadAt);
        var servers = Data.Servers.Current.Problem is null ? Data.Servers.Current.Value : null;
        _redis = RedisTotals.Of(servers);
        _hot = [.. (Data.HotKeys.Current.Value ?? []).OrderByDescending(static key => key.Reads).Take(HotListed)];
        // What concerns everybody is kept apart in Redis; the keys of a write are among the traffic.
        _changes = [.. Cause.Of((Data.Changes.Current.Value ?? []).Concat(Feed.Snapshot()).DistinctBy(static one => one.Id)).Where(static cause => cause.IsChange).Take(ChangesListed)];
        var window = (Data.History(HistorySpan.Hour).Current.Value ?? []).TakeLast((int)Verdict.Window.TotalMinutes).ToArray();
        _findings = Verdict.Of(_nodes, servers, HistoryPoint.Whole(window, ReadAt), To, Data.Workers.Current.Value, Data.WorkerSeen);
    }
}

/// <summary>All Redis servers of the cache together.</summary>
internal sealed record RedisTotals(long Used, long Limit, long Keys)
{
    /// <summary>Null when none has answered.</summary>
    public static RedisTotals? Of(IReadOnlyList<RedisServerFigures>? servers) => servers is not { Count: > 0 }
        ? null
        : new RedisTotals(
            servers.Sum(static server => server.UsedMemory ?? 0),
            // One without a limit has none for all.
            servers.Any(static server => server.MaximumMemory is null or 0) ? 0 : servers.Sum(static server => server.MaximumMemory!.Value),
            servers.Sum(static server => server.Keys ?? 0));
}
