using HotShelf.Caching;
using HotShelf.Caching.Fleet;
using HotShelf.CacheConsole.Cache;
using HotShelf.CacheConsole.Components.Shared;
using HotShelf.CacheConsole.Data;
using HotShelf.CacheConsole.Overview;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Pages;

/// <summary>The whole system at a glance; every number leads to its page.</summary>
public sealed partial class Overview
{
    private const int ChangesListed = 9;

    private static readonly (CacheTier Tier, string Name, int Colour)[] s_tiers = [(CacheTier.L1, "Memory (L1)", 1), (CacheTier.L2, "Redis (L2)", 2), (CacheTier.Origin, "Origin", 4)];

    private IReadOnlyList<FleetMinute>? _minutes;
    private IReadOnlyList<CacheNode>? _nodes;
    private IReadOnlyList<HistoryPoint> _points = [];
    private IReadOnlyList<FamilyRow> _families = [];
    private IReadOnlyList<CacheEvent> _changes = [];
    private IReadOnlyList<Finding> _findings = [];
    private HistoryPoint? _latest;
    private HistoryPoint? _hour;
    private RedisTotals? _redis;
    private string? _problem;
    private DateTimeOffset? _at;
    private DateTimeOffset _from;
    private DateTimeOffset _to;

    [Inject]
    private FleetData Data { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    private Status Worst => _findings.Count > 0 ? _findings[0].Status : Status.Good;

    private string HealthySummary => _nodes!.All(static node => node.Coherence == "tracking") ? "Every node hears of changes, and Redis is in use." : "Redis is in use.";

    private string NodeSummary => string.Join(", ", _nodes!.GroupBy(static node => node.Application).OrderBy(static group => group.Key, StringComparer.Ordinal).Select(static group => $"{group.Count()} {group.Key}"));

    protected override async Task OnInitializedAsync()
    {
        await FollowAsync(Data.History(HistorySpan.Hour), Data.Nodes, Data.Servers, Data.Changes);
        Compute();
    }

    protected override void Changed() => Compute();

    private void Compute()
    {
        var now = Time.GetUtcNow();
        var history = Data.History(HistorySpan.Hour).Current;
        _minutes = history.Value;
        _nodes = Data.Nodes.Current.Value;
        _problem = history.Problem ?? Data.Nodes.Current.Problem;
        _at = history.At;
        _to = now;
        _from = now - HistorySpan.Hour.Length();
        _points = HistoryPoint.Of(_minutes ?? [], HistorySpan.Hour.MinutesPerPoint(), now);
        _latest = HistoryPoint.Latest(_minutes ?? [], now);
        _hour = HistoryPoint.Whole(_minutes ?? [], now);
        _families = FamilyRow.Of(_minutes ?? [], HistorySpan.Hour.MinutesPerPoint(), now);
        _redis = RedisTotals.Of(Data.Servers.Current.Value);
        _changes = [.. (Data.Changes.Current.Value ?? []).Take(ChangesListed)];
        _findings = Verdict.Of(_nodes, Data.Servers.Current.Value, HistoryPoint.Whole([.. (_minutes ?? []).TakeLast((int)Verdict.Window.TotalMinutes)], now), now);
    }
}
