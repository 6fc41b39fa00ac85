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
    public void Groups_SameTagsOnTwoNodes_AreOneRowAndTwiceOnOneNodeAreTwo()
    {
        CacheEvent Tag(int at, string node, string tag = "listing:books") => Event(CacheEventKind.Invalidation) with
        {
            At = Minutes.Start.AddMilliseconds(at),
            NodeId = node,
            Application = node,
            Process = "host/1",
            Scope = InvalidationScope.Tag,
            Source = InvalidationSource.Tag,
            Names = [tag],
        };
        var rows = EventGroups.Of([Tag(1510, "worker"), Tag(1500, "api"), Tag(20, "worker"), Tag(5, "api", "listing:toys"), Tag(0, "api")]);
        Assert.Equal([1500, 0, 5], rows.Select(row => (row.At - Minutes.Start).TotalMilliseconds));
        Assert.Equal("host/1, then worker host/1", rows[0].Process);
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

    private static CacheEvent Event(CacheEventKind kind) => new() { At = Minutes.Start, Kind = kind, Action = "warm", Actor = "console", State = "tracking", Count = 1 };
}
