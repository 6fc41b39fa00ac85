using HotShelf.CacheConsole.Components.Shared;
using HotShelf.CacheConsole.Viewing;
using HotShelf.Caching;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Cache;

/// <summary>An event as a sentence.</summary>
/// <param name="Icon">Its picture.</param>
/// <param name="Status">How it is to be taken.</param>
/// <param name="What">What happened.</param>
/// <param name="Detail">Of what, and how.</param>
internal sealed record EventLine(IconName Icon, Status Status, string What, string Detail)
{
    /// <summary>What is said behind the detail, outside of its link; null for nothing.</summary>
    public string? Remark { get; private init; }

    public static EventLine Of(CacheEvent one)
    {
        return one.Kind switch
        {
            CacheEventKind.Fill when one.Outcome == FillOutcome.Failed => new(IconName.Bad, Status.Bad, "Fill failed", Names(one)) { Remark = one.State },
            CacheEventKind.Fill => new(IconName.Bolt, Status.Neutral, one.Outcome == FillOutcome.NotStored ? "Filled, not stored" : "Filled", Names(one))
            {
                Remark = one.Duration is { } duration ? $"in {Humanize.Number(duration.TotalSeconds, NumberUnit.Seconds)}" : null,
            },
            CacheEventKind.Invalidation => Invalidation(one),
            CacheEventKind.Omitted => new(IconName.Neutral, Status.Neutral, "Summarized", $"{Humanize.Number(one.Count, NumberUnit.Count)} more {one.State}"),
            CacheEventKind.Circuit => one.State switch
            {
                "closed" => new(IconName.Good, Status.Good, "Redis connected again", "the circuit is closed"),
                "open" => new(IconName.Bad, Status.Bad, "Redis not used", "the circuit is open: answers come from memory and origin"),
                _ => new(IconName.Warning, Status.Warning, "Retrying Redis", $"the circuit is {one.State}"),
            },
            CacheEventKind.Stream => one.State switch
            {
                "lost" => new(IconName.Warning, Status.Warning, "Client tracking disconnected", "memory was emptied"),
                _ => new(IconName.Good, Status.Good, "Client tracking connected", "changes are received"),
            },
            CacheEventKind.NodeJoined => new(IconName.Nodes, Status.Good, "Node started", $"version {one.State}"),
            CacheEventKind.NodeLeft => new(IconName.Nodes, Status.Neutral, "Node stopped", "it shut down"),
            CacheEventKind.NodeLost => new(IconName.Nodes, Status.Warning, "Node lost", "it no longer reports"),
            CacheEventKind.VersionBumped => new(IconName.Up, Status.Warning, "Version bumped", "everything stored before is hidden"),
            CacheEventKind.Warming when one.State == CacheWarming.Requested => new(IconName.Fire, Status.Busy, "Warming requested", one.Action ?? ""),
            CacheEventKind.Warming => new(IconName.Fire, Status.Good, "Warmed", $"{Humanize.Number(one.Count, NumberUnit.Count)} keys ({one.Action})")
            {
                Remark = one.Duration is { } duration ? $"in {Humanize.Number(duration.TotalSeconds, NumberUnit.Seconds)}" : null,
            },
            CacheEventKind.Operator => new(IconName.Actions, Status.Busy, Humanize.Capital(one.Action ?? "acted"), Names(one)),
            _ => new(IconName.Neutral, Status.Neutral, one.Kind.ToString(), Names(one)),
        };
    }

    private static EventLine Invalidation(CacheEvent one)
    {
        var (icon, what) = (one.Scope, one.Source) switch
        {
            (_, InvalidationSource.Fleet) => (IconName.Restart, one.Count > 1 ? "Copies dropped" : "Copy dropped"),
            (InvalidationScope.Everything, _) => (IconName.Trash, "Everything invalidated"),
            (InvalidationScope.Family, _) => (IconName.Trash, "Family invalidated"),
            (InvalidationScope.Tag, _) => (IconName.Tag, "Tag invalidated"),
            _ => (IconName.Trash, one.Source == InvalidationSource.Feed ? "Changed in the database" : "Invalidated"),
        };
        var status = one.Scope is InvalidationScope.Everything or InvalidationScope.Family && one.Source != InvalidationSource.Fleet ? Status.Warning : Status.Neutral;
        var detail = one.Scope == InvalidationScope.Family ? one.Family ?? Names(one) : Names(one);
        return new EventLine(icon, status, what, detail);
    }

    private static string Names(CacheEvent one)
    {
        if (one.Names.Count == 0)
            return one.Family is { } family ? (one.Count > 1 ? $"{Humanize.Number(one.Count, NumberUnit.Count)} of {family}" : family) : "";
        var more = one.Count - one.Names.Count;
        return more > 0 ? $"{string.Join(", ", one.Names)} and {Humanize.Number(more, NumberUnit.Count)} more" : string.Join(", ", one.Names);
    }
}
