using HotShelf.CacheConsole.Cache;
using HotShelf.CacheConsole.Components.Shared;
using HotShelf.Caching;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Tests.Cache;

public sealed class EventTests
{
    [Theory]
    [InlineData(CacheEventKind.Fill)]
    [InlineData(CacheEventKind.Invalidation)]
    [InlineData(CacheEventKind.Omitted)]
    [InlineData(CacheEventKind.Circuit)]
    [InlineData(CacheEventKind.Stream)]
    [InlineData(CacheEventKind.NodeJoined)]
    [InlineData(CacheEventKind.NodeLeft)]
    [InlineData(CacheEventKind.NodeLost)]
    [InlineData(CacheEventKind.VersionBumped)]
    [InlineData(CacheEventKind.Warming)]
    [InlineData(CacheEventKind.Operator)]
    public void Line_EveryKind_HasASentence(CacheEventKind kind)
    {
        var line = EventLine.Of(Event(kind));
        Assert.NotEmpty(line.What);
        Assert.NotEqual(kind.ToString(), line.What);
    }

    [Fact]
    public void Line_AFill_TellsItsKeyAndHowLongItTook()
    {
        var line = EventLine.Of(Event(CacheEventKind.Fill) with { Names = ["product:42"], Count = 1, Duration = TimeSpan.FromMilliseconds(12), Outcome = FillOutcome.Stored });
        Assert.Equal(("product:42", "in 12 ms"), (line.Detail, line.Remark));
    }

    [Fact]
    public void Line_MoreNamesThanAreTold_CountsTheRest() =>
        Assert.Equal("a:1, a:2 and 48 more", EventLine.Of(Event(CacheEventKind.Invalidation) with { Names = ["a:1", "a:2"], Count = 50, Scope = InvalidationScope.Key, Source = InvalidationSource.Feed }).Detail);

    [Fact]
    public void Line_AnOpenCircuit_IsBadAndAClosedOneGood()
    {
        Assert.Equal(Status.Bad, EventLine.Of(Event(CacheEventKind.Circuit) with { State = "open" }).Status);
        Assert.Equal(Status.Good, EventLine.Of(Event(CacheEventKind.Circuit) with { State = "closed" }).Status);
    }

    [Fact]
    public void Filter_Changes_LeavesTrafficOut()
    {
        var filter = new EventFilter(EventSort.Changes, null, null);
        Assert.False(filter.Allows(Event(CacheEventKind.Fill)));
        Assert.False(filter.Allows(Event(CacheEventKind.Invalidation) with { Scope = InvalidationScope.Key }));
        Assert.True(filter.Allows(Event(CacheEventKind.Invalidation) with { Scope = InvalidationScope.Tag, Source = InvalidationSource.Tag }));
        Assert.True(filter.Allows(Event(CacheEventKind.NodeLost)));
    }

    [Fact]
    public void Filter_FamilyAndText_BothHaveToFit()
    {
        var fill = Event(CacheEventKind.Fill) with { Family = "product", Names = ["product:42"], Application = "ProductApi" };
        Assert.True(new EventFilter(EventSort.Fills, "product", "T:42").Allows(fill));
        Assert.True(new EventFilter(EventSort.All, null, "productapi").Allows(fill));
        Assert.False(new EventFilter(EventSort.All, "price", "42").Allows(fill));
        Assert.False(new EventFilter(EventSort.All, null, "43").Allows(fill));
        Assert.False(new EventFilter(EventSort.Invalidations, null, null).Allows(fill));
    }

    [Fact]
    public void Cause_AWriteToldByAllNodes_IsOneRowWithItsTagsCopiesAndFills()
    {
        CacheEvent[] events =
        [
            // The clock of the other replica is a little ahead.
            Copy(-4, "api-2", "price:5"), Key(0, "api-1", "price:5", "product:5"), Tag(1, "api-1"), Fill(9, "worker", "price:5"), Tag(12, "worker"), Copy(14, "worker", "product:5"), Fill(40, "api-1", "price:77"),
            // The same again a second later is another cause.
            Key(1000, "api-2", "price:6"), Tag(1001, "api-2"),
        ];
        var causes = Cause.Of(events);
        Assert.Equal([["price:6"], ["price:77"], ["price:5", "product:5"]], causes.Select(cause => cause.First.Names));
        Assert.Equal("with listing:books; 2 copies dropped; 1 filled again", causes[2].Summary);
        Assert.Equal(["api-1 host/1", "worker host/1"], causes[2].Nodes);
        Assert.Equal([true, false, true], causes.Select(cause => cause.IsChange));
        Assert.Equal(events.Length, causes.Sum(cause => 1 + cause.Others.Count));
    }

    [Fact]
    public void Cause_TheFeedIsFasterThanTheNodeThatWrote_IsOneRowAllTheSame()
    {
        var cause = Assert.Single(Cause.Of([Tag(0, "worker"), Key(5, "api", "price:5"), Tag(6, "api")]));
        Assert.Equal(["price:5"], cause.First.Names);
        Assert.Equal(["worker host/1", "api host/1"], cause.Nodes);
        // Two writes of the same category are two rows, whoever tells first.
        Assert.Equal(2, Cause.Of([Key(0, "api", "price:5"), Tag(1, "api"), Key(300, "api", "price:6"), Tag(301, "api"), Tag(310, "worker"), Tag(320, "worker")]).Count);
    }

    [Fact]
    public void Cause_SameTagsOnTwoNodes_AreOneRowAndTwiceOnOneNodeAreTwo()
    {
        var causes = Cause.Of([Tag(1510, "worker"), Tag(1500, "api"), Tag(20, "worker"), Tag(5, "other", "listing:toys"), Tag(0, "api")]);
        Assert.Equal([1500, 5, 0], causes.Select(cause => (cause.First.At - Minutes.Start).TotalMilliseconds));
        Assert.Equal(["api host/1", "worker host/1"], causes[0].Nodes);
    }

    [Fact]
    public void Cause_AFillThatReplacesCopies_IsOneRow()
    {
        var cause = Assert.Single(Cause.Of([Copy(0, "api-2", "list:1"), Fill(3, "api-1", "list:1")]));
        Assert.Equal((CacheEventKind.Fill, "1 copy dropped"), (cause.First.Kind, cause.Summary));
    }

    [Fact]
    public void Cause_AnOutageToldByEveryNode_IsOneRow()
    {
        CacheEvent Circuit(int at, string node, string state) => At(at, node, CacheEventKind.Circuit) with { State = state };
        var causes = Cause.Of([Circuit(0, "api-1", "open"), Tag(10, "api-1"), Circuit(40, "api-2", "open"), Circuit(900, "api-1", "closed"), Circuit(1900, "api-2", "closed")]);
        Assert.Equal(["closed", null, "open"], causes.Select(cause => cause.First.State));
        Assert.Equal(["api-1 host/1", "api-2 host/1"], causes[^1].Nodes);
    }

    [Theory]
    [InlineData("product-list:q.b2Fr~p.1~n.20", "q: oak")]
    [InlineData("product-list:q.w7xiZXI", "q: über")]
    [InlineData("product-list:c.books~p.1~n.20", null)]
    [InlineData("product-list:c.toys~s.name", null)]
    [InlineData("product:4711", null)]
    [InlineData("user-profile:alice", null)]
    public void Key_WithEncodedText_IsShownDecoded(string key, string? decoded) => Assert.Equal(decoded, KeyText.Decoded(key));

    [Fact]
    public void Node_WithAnInstanceId_HasTheNameOfAspiresDashboardEverywhere()
    {
        var node = Minutes.Node() with { Application = "productapi", Instance = "chefrmdm" };
        Assert.Equal("productapi-chefrmdm", NodeNames.Of(node));
        Assert.Equal("productapi-chefrmdm", NodeNames.Of(Event(CacheEventKind.Fill) with { Application = "productapi", Process = "chefrmdm" }));
        Assert.Equal("productapi host/1", NodeNames.Of(node with { Instance = null }));
        Assert.NotEqual(NodeNames.ColourOf("productapi-chefrmdm"), NodeNames.ColourOf("productapi-cpmyqqja"));
        Assert.Equal(NodeNames.ColourOf("productapi-chefrmdm"), NodeNames.ColourOf("productapi-chefrmdm"));
    }

    [Fact]
    public void Lifetimes_Bars_AreAsLongAsTheirCountBesideTheLargest()
    {
        var bars = Bar.OfLifetimes([new(TimeSpan.FromMinutes(1), 5), new(TimeSpan.FromHours(1), 10), new(TimeSpan.MaxValue, 0)]);
        Assert.Equal(["up to 1 min", "up to 1 h", "more than 1 h"], bars.Select(bar => bar.Label));
        Assert.Equal([0.5, 1, 0], bars.Select(bar => bar.Share));
    }

    [Fact]
    public void Value_Json_GetsLinesAndBytesBecomeDigits()
    {
        Assert.Equal("{\n  \"id\": 1\n}", ReadableValue.Of(new StoredValue("""{"id":1}"""u8.ToArray(), """{"id":1}""")).Text);
        Assert.Equal("not json", ReadableValue.Of(new StoredValue("not json"u8.ToArray(), "not json")).Text);
        Assert.Equal("00ff", ReadableValue.Of(new StoredValue(new byte[] { 0, 255 }, null)).Text);
        Assert.True(ReadableValue.Of(new StoredValue(new byte[ReadableValue.Limit], null)).IsCut);
    }

    private static CacheEvent Key(int at, string node, params string[] keys) => At(at, node, CacheEventKind.Invalidation) with { Scope = InvalidationScope.Key, Source = InvalidationSource.Local, Names = keys };

    private static CacheEvent Tag(int at, string node, string tag = "listing:books") => At(at, node, CacheEventKind.Invalidation) with { Scope = InvalidationScope.Tag, Source = InvalidationSource.Tag, Names = [tag] };

    private static CacheEvent Copy(int at, string node, string key) => At(at, node, CacheEventKind.Invalidation) with { Scope = InvalidationScope.Key, Source = InvalidationSource.Fleet, Names = [key] };

    private static CacheEvent Fill(int at, string node, string key) => At(at, node, CacheEventKind.Fill) with { Names = [key], Outcome = FillOutcome.Stored };

    private static CacheEvent At(int at, string node, CacheEventKind kind) =>
        new() { Id = $"{at}-{node}-{kind}", At = Minutes.Start.AddMilliseconds(at), Kind = kind, NodeId = node, Application = node, Process = "host/1", Count = 1 };

    private static CacheEvent Event(CacheEventKind kind) => new() { At = Minutes.Start, Kind = kind, Action = "warm", Actor = "console", State = "tracking", Count = 1 };
}
