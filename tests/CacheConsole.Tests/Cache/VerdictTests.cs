using HotShelf.CacheConsole.Cache;
using HotShelf.CacheConsole.Components.Shared;
using HotShelf.CacheConsole.Data;
using HotShelf.CacheConsole.Overview;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Tests.Cache;

public sealed class VerdictTests
{
    private static readonly DateTimeOffset s_now = Minutes.Start.AddMinutes(10);

    [Fact]
    public void Of_NodesThatAreWell_FindsNothing() => Assert.Empty(Verdict.Of([Minutes.Node(), Minutes.Node("n2", lag: TimeSpan.FromMilliseconds(2))], [], Window(90, 10), s_now));

    [Fact]
    public void Of_WhatIsNotKnown_SaysNothing() => Assert.Empty(Verdict.Of(null, null, null, s_now));

    [Theory]
    [InlineData("open", "tracking", "1 of 2 nodes without Redis", Status.Bad)]
    [InlineData("closed", "lost", "1 of 2 nodes have lost client tracking", Status.Bad)]
    public void Of_ANodeInTrouble_IsCounted(string remote, string coherence, string text, Status status)
    {
        var finding = Assert.Single(Verdict.Of([Minutes.Node(), Minutes.Node("n2", remote, coherence)], [], null, s_now));
        Assert.StartsWith(text, finding.Text, StringComparison.Ordinal);
        Assert.Equal((status, "cache/nodes"), (finding.Status, finding.Link));
    }

    [Fact]
    public void Of_SeveralFindings_TheWorstIsFirst()
    {
        var findings = Verdict.Of([Minutes.Node(pending: 3, version: "v2"), Minutes.Node("n2", remote: "open")], [], null, s_now);
        Assert.Equal([Status.Bad, Status.Warning, Status.Warning], findings.Select(finding => finding.Status));
    }

    [Fact]
    public void Of_NoNode_IsBad() => Assert.Equal(Status.Bad, Assert.Single(Verdict.Of([], [], null, s_now)).Status);

    [Fact]
    public void Of_ALowHitRatio_CountsOnceTheCacheHadTimeToWarm()
    {
        Assert.Single(Verdict.Of([Minutes.Node()], [], Window(50, 200), s_now));
        Assert.Empty(Verdict.Of([Minutes.Node()], [], Window(50, 200), s_now.AddSeconds(-1)));
        Assert.Empty(Verdict.Of([Minutes.Node()], [], Window(5, 20), s_now));
    }

    [Fact]
    public void Of_AnInconsistentEntryOrAFeedThatDoesNotRun_IsBad()
    {
        var feed = Minutes.Feed;
        var audit = new AuditReport(3, 600, 600, 1, 0, s_now, []);
        Assert.Empty(Of(feed, audit));
        Assert.Equal("more than 2 nines", audit.Nines);
        Assert.Equal("2.7 nines", (audit with { Consistent = 599, Ratio = 599 / 600.0 }).Nines);
        Assert.Equal(Status.Bad, Assert.Single(Of(feed, audit with { Open = 2 })).Status);
        Assert.Contains("wal_level", Assert.Single(Of(feed with { State = "misconfigured", Problem = "wal_level is replica" }, audit)).Text, StringComparison.Ordinal);
        Assert.Equal(Status.Warning, Assert.Single(Of(feed with { Problem = "ALTER TABLE waits" }, audit)).Status);
        Assert.Equal(Status.Warning, Assert.Single(Of(feed with { LagSeconds = 31 }, audit)).Status);
        Assert.Empty(Of(null, null));

        static IReadOnlyList<Finding> Of(FeedStatus? feed, AuditReport? audit) => Verdict.Of([Minutes.Node()], [], null, s_now, [new WorkerState(Minutes.Node("w"), feed, audit)]);
    }

    [Fact]
    public void Of_TwoWorkersWithTheSameTrouble_AreToldApart()
    {
        var feed = Minutes.Feed with { LagSeconds = 31 };
        var audit = new AuditReport(3, 600, 599, 599 / 600.0, 1, s_now, []);
        var findings = Verdict.Of([Minutes.Node()], [], null, s_now, [new WorkerState(Minutes.Node("w1") with { Instance = "a" }, feed, audit), new WorkerState(Minutes.Node("w2") with { Instance = "b" }, feed, audit)]);
        Assert.Equal(4, findings.Select(finding => finding.Text).Distinct().Count());
    }

    [Fact]
    public void Of_WorkersOfWhichNoneConsumes_IsBadOnceEachHadTimeToBegin()
    {
        var waits = Minutes.Feed with { State = "standing by" };
        var finding = Assert.Single(Of(s_now, waits, Minutes.Feed with { State = "starting" }));
        Assert.Equal(new Finding(Status.Bad, "No worker reads the changes of the database", "cache/feed"), finding);
        Assert.Empty(Of(Minutes.Start.AddSeconds(119), waits, waits));
        Assert.Empty(Of(s_now, waits, Minutes.Feed));
        // It may be the one that consumes.
        Assert.Empty(Of(s_now, waits, null));
        Assert.Contains("wal_level", Assert.Single(Of(s_now, waits, waits with { State = "misconfigured", Problem = "wal_level is replica" })).Text, StringComparison.Ordinal);
        static IReadOnlyList<Finding> Of(DateTimeOffset now, params FeedStatus?[] feeds) => Verdict.Of([Minutes.Node()], [], null, now, [.. feeds.Select((feed, index) => new WorkerState(Minutes.Node($"w{index}"), feed, null))]);
    }

    [Fact]
    public void Of_NoWorkerAnyMore_IsBadOnceAnotherHadTimeToCome()
    {
        Assert.Equal(new Finding(Status.Bad, "No worker reads the changes of the database", "cache/feed"), Assert.Single(Of(s_now.AddSeconds(-120))));
        Assert.Empty(Of(s_now.AddSeconds(-119)));
        // A cache without a feed.
        Assert.Empty(Of(null));
        Assert.Empty(Verdict.Of([Minutes.Node()], [], null, s_now, null, Minutes.Start));

        static IReadOnlyList<Finding> Of(DateTimeOffset? seen) => Verdict.Of([Minutes.Node()], [], null, s_now, [], seen);
    }

    [Fact]
    public void Of_AFullRedis_IsNamed()
    {
        var server = new RedisServerFigures { EndPoint = "redis:6379", RoundTrip = TimeSpan.Zero, UsedMemory = 97, MaximumMemory = 100, EvictionPolicy = "noeviction" };
        Assert.Equal(2, Verdict.Of([Minutes.Node()], [server], null, s_now).Count);
        Assert.Empty(Verdict.Of([Minutes.Node()], [server with { UsedMemory = 50, EvictionPolicy = "allkeys-lru" }], null, s_now));
        Assert.Empty(Verdict.Of([Minutes.Node()], [server with { MaximumMemory = 0 }], null, s_now));
    }

    private static HistoryPoint? Window(long hits, long misses) => HistoryPoint.Whole([Minutes.Of(0, Minutes.Family("product", l1: hits, misses: misses))], s_now);
}
