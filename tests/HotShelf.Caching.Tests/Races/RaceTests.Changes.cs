using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Races;

public abstract partial class RaceTests
{
    [RedisTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Row39_TheSameChangeToldTwiceByTag_IsFilledOnceAndReportedOnce(bool writerIsFirst)
    {
        var (writer, storeOfWriter) = await NodeAsync();
        var (feed, _) = await NodeAsync();
        var (first, second) = writerIsFirst ? (writer, feed) : (feed, writer);
        await ReadAsync(writer, "p:1", "t", "u");
        _value = "new";
        await first.Cache.RemoveByTagAsync(["t", "u"], "change");
        await Until.TrueAsync(async () => await ReadAsync(writer, "p:1", "t", "u") == "new");
        _value = "filled again";
        await ExpectNoReportAsync(storeOfWriter, () => second.Cache.RemoveByTagAsync(["t", "u"], ["change"]), "t:t", "t:u");
        Assert.Equal("new", await ReadAsync(writer, "p:1", "t", "u"));
        Assert.Equal("new", await ReadAsync(feed, "p:1", "t", "u"));
    }

    [RedisTheory]
    [InlineData("other")]
    [InlineData("")]
    [InlineData(null)]
    public async Task Row39_AnotherChangeOrNone_RemovesTheTagAgain(string? change)
    {
        var (a, _) = await NodeAsync();
        await a.Cache.RemoveByTagAsync(["t"], "change");
        await ReadAsync(a, "p:1", "t");
        _value = "new";
        await a.Cache.RemoveByTagAsync(["t"], change);
        Assert.Equal("new", await ReadAsync(a, "p:1", "t"));
    }

    [RedisFact]
    public async Task Row39_AnotherTagOfTheSameChange_IsRemoved()
    {
        var (a, _) = await NodeAsync();
        await a.Cache.RemoveByTagAsync(["t"], "change");
        await ReadAsync(a, "p:1", "u");
        _value = "new";
        await a.Cache.RemoveByTagAsync(["t", "u"], "change");
        Assert.Equal("new", await ReadAsync(a, "p:1", "u"));
    }

    [RedisFact]
    public async Task Row39_SeveralChangesOfWhichOneWasNotTold_RemoveTheTag_AndAllOfThemAreKnownThen()
    {
        var (a, storeOfA) = await NodeAsync();
        var (feed, _) = await NodeAsync();
        await a.Cache.RemoveByTagAsync(["t"], "first");
        await ReadAsync(a, "p:1", "t");
        _value = "new";
        await feed.Cache.RemoveByTagAsync(["t"], ["first", "second"]);
        await Until.TrueAsync(async () => await ReadAsync(a, "p:1", "t") == "new");
        await ExpectNoReportAsync(storeOfA, () => a.Cache.RemoveByTagAsync(["t"], "second"), "t:t");
        await ExpectNoReportAsync(storeOfA, () => feed.Cache.RemoveByTagAsync(["t"], ["second", "first"]), "t:t");
    }

    [RedisFact]
    public async Task Row39_AFillFromBeforeTheFirstRemoval_IsNotSavedByTheSecond()
    {
        var (writer, storeOfWriter) = await NodeAsync();
        var (feed, _) = await NodeAsync();
        // The writer's own node has not heard of the feed's removal when it tells the same change.
        storeOfWriter.Stream.Hold();
        var (old, release) = await BeginLoadAsync(writer, "p:1", "t");
        _value = "new";
        await feed.Cache.RemoveByTagAsync(["t"], "change");
        await writer.Cache.RemoveByTagAsync(["t"], "change");
        release.SetResult();
        Assert.Equal("old", await old);
        Assert.Equal("new", await ReadAsync(writer, "p:1", "t"));
        Assert.Equal("new", await ReadAsync(feed, "p:1", "t"));
    }

    [Fact]
    public async Task RemoveByTag_WithANameOfAChangeThatIsTooLong_SaysSo()
    {
        var (a, _) = await NodeAsync();
        var failure = await Assert.ThrowsAsync<ArgumentException>(async () => await a.Cache.RemoveByTagAsync(["t"], new string('x', 101)));
        Assert.Contains("at most 100 characters", failure.Message, StringComparison.Ordinal);
    }
}
