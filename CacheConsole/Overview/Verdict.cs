using HotShelf.CacheConsole.Cache;
using HotShelf.CacheConsole.Components.Shared;
using HotShelf.CacheConsole.Data;
using HotShelf.CacheConsole.Viewing;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Overview;

/// <summary>One thing that is not as it should be.</summary>
/// <param name="Status">How bad.</param>
/// <param name="Text">What, and what follows from it.</param>
/// <param name="Link">The page that says more.</param>
internal sealed record Finding(Status Status, string Text, string Link);

/// <summary>Whether the cache is healthy, from what its nodes and Redis say of themselves. The limits are those of the alert rules.</summary>
internal static class Verdict
{
    /// <summary>Below this share of answered reads, of at least <see cref="ReadsThatCount"/> in <see cref="Window"/>, something is wrong.</summary>
    public const double LowestHitRatio = 0.8;

    /// <summary>Fewer reads say nothing about a ratio.</summary>
    public const long ReadsThatCount = 200;

    /// <summary>A cache is cold after a start: nothing is said of its ratio before it has had this long.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    /// <summary>A copy in memory may be older than a change by this much before it is told.</summary>
    public static readonly TimeSpan LongestLag = TimeSpan.FromMilliseconds(100);

    /// <summary>A change of the database may wait for this long until Redis has confirmed its invalidations.</summary>
    public static readonly TimeSpan LongestFeedLag = TimeSpan.FromSeconds(30);

    /// <summary>A worker that has just started is about to consume the feed, or to take it over: that none does is said when each has had this long.</summary>
    public static readonly TimeSpan FeedStart = TimeSpan.FromMinutes(2);

    /// <param name="nodes">The nodes; null while they are not known.</param>
    /// <param name="servers">Redis; null while it is not known.</param>
    /// <param name="window">What was counted in <see cref="Window"/>.</param>
    /// <param name="now">The time.</param>
    /// <param name="workers">The workers; null while they are not known.</param>
    /// <param name="workerSeen">When a worker was last known; null when none ever was: a cache without a feed has none.</param>
    public static IReadOnlyList<Finding> Of(
        IReadOnlyList<CacheNode>? nodes, IReadOnlyList<RedisServerFigures>? servers, HistoryPoint? window, DateTimeOffset now, IReadOnlyList<WorkerState>? workers = null, DateTimeOffset? workerSeen = null)
    {
        var findings = new List<Finding>();
        if (nodes is not null)
            OfNodes(nodes, findings);
        foreach (var server in servers ?? [])
            OfServer(server, findings);
        foreach (var worker in workers ?? [])
            OfWorker(worker, findings);
        // A worker that does not answer may be the one that consumes; one with a problem is named above.
        var isNobodyReading = workers is { Count: 0 }
            ? now - workerSeen >= FeedStart
            : workers?.All(worker => worker.Feed is { IsConsuming: false, Problem: null } && now - worker.Node.StartedAt >= FeedStart) == true;
        if (isNobodyReading)
            findings.Add(new(Status.Bad, "No worker reads the changes of the database", "cache/feed"));
        var isWarm = nodes?.Any(node => now - node.StartedAt >= Window) == true;
        if (isWarm && window?.Counts is { } counts && counts.Asked >= ReadsThatCount && counts.HitRatio < LowestHitRatio)
            findings.Add(new(Status.Warning, $"Only {Humanize.Number(counts.HitRatio.Value, NumberUnit.Percent)} of reads were answered from the cache in the last {Window.TotalMinutes:0} minutes", "cache/families"));
        if (window?.Counts is { Fills: >= 10 } fills && fills.FillErrors > fills.Fills * 0.1)
            findings.Add(new(Status.Bad, $"{Humanize.Number((double)fills.FillErrors / fills.Fills, NumberUnit.Percent)} of fills fail: the origin is away or refuses", "cache/families"));
        return [.. findings.OrderByDescending(static finding => finding.Status)];
    }

    private static void OfNodes(IReadOnlyList<CacheNode> nodes, List<Finding> findings)
    {
        if (nodes.Count == 0)
        {
            findings.Add(new(Status.Bad, "No node of the cache is alive", "cache/nodes"));
            return;
        }

        Add(nodes.Where(static node => node.RemoteState == "open"), Status.Bad, "without Redis: answers come from memory and origin");
        Add(nodes.Where(static node => node.Coherence == "lost"), Status.Bad, "have lost client tracking and keep copies for a second at most");
        Add(nodes.Where(static node => node.PendingInvalidations > 0), Status.Warning, "have invalidations that are not yet sent to Redis");
        Add(nodes.Where(static node => node.CoherenceLag > LongestLag), Status.Warning, $"receive changes later than {Humanize.Number(LongestLag.TotalSeconds, NumberUnit.Seconds)}");
        var versions = nodes.Select(static node => node.CacheVersion).Distinct().Count();
        if (versions > 1)
            findings.Add(new(Status.Warning, $"{versions} versions of the cache are in use side by side", "cache/nodes"));

        void Add(IEnumerable<CacheNode> some, Status status, string what)
        {
            if (some.Count() is var count and > 0)
                findings.Add(new(status, $"{count} of {nodes.Count} nodes {what}", "cache/nodes"));
        }
    }

    private static void OfWorker(WorkerState worker, List<Finding> findings)
    {
        if (worker.Audit is { Open: > 0 } audit)
            findings.Add(new(Status.Bad, $"{audit.Open} cached {(audit.Open == 1 ? "entry is" : "entries are")} older than the database for longer than promised, by the audit of {NodeNames.Of(worker.Node)}", "cache/feed"));
        if (worker.Feed is { Problem: { } problem } feed)
            findings.Add(new(feed.State == "consuming" ? Status.Warning : Status.Bad, $"The change feed of {NodeNames.Of(worker.Node)} is {feed.State}: {problem}", "cache/feed"));
        if (worker.Feed?.LagSeconds > LongestFeedLag.TotalSeconds)
            findings.Add(new(Status.Warning, $"The change feed of {NodeNames.Of(worker.Node)} is {Humanize.Number(worker.Feed.LagSeconds, NumberUnit.Seconds)} behind the database", "cache/feed"));
    }

    private static void OfServer(RedisServerFigures server, List<Finding> findings)
    {
        if (server is { MaximumMemory: > 0, UsedMemory: { } used } && used > server.MaximumMemory * 0.95)
            findings.Add(new(Status.Warning, $"Redis {server.EndPoint} is full and evicts entries", "cache/redis"));
        if (server is { MaximumMemory: > 0, EvictionPolicy: "noeviction" })
            findings.Add(new(Status.Warning, $"Redis {server.EndPoint} refuses to store when it is full (noeviction)", "cache/redis"));
    }
}
