using HotShelf.CacheConsole.Actions;
using HotShelf.CacheConsole.Cache;
using HotShelf.CacheConsole.Data;
using HotShelf.Caching;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Tests.Cache;

public sealed class ActionCostTests
{
    [Fact]
    public async Task Of_WhatIsKnown_NamesEntriesBytesAndNodes()
    {
        var fleet = new FakeFleet
        {
            Nodes = [Minutes.Node(), Minutes.Node("n2")],
            Usage = new UsageSample(Minutes.Start, 3000, 3000, false, [new FamilyUsage("price", 100, 1200, 2048, 100, 0, 0, []), new FamilyUsage("session", 1, 1, 100, 1, 0, 0, [])]),
        };
        var data = FakeFleet.Data(fleet);
        foreach (var source in (ILive[])[data.Nodes, data.Usage])
        {
            source.Watch(() => { });
            await source.FirstAsync(TimeSpan.FromSeconds(30));
        }

        Assert.Equal("About 1.2 k entries in Redis (2 KiB) and their copies on 2 nodes.", ActionCost.Of(data, "price"));
        Assert.StartsWith("About 1.2 k entries in Redis (2.1 KiB)", ActionCost.Of(data, null), StringComparison.Ordinal);
        Assert.StartsWith("About 0 entries in Redis", ActionCost.Of(data, "other"), StringComparison.Ordinal);
        Assert.Contains("not counted", ActionCost.OfTag(data), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_WhatIsNotKnown_SaysSo()
    {
        Assert.StartsWith("An unknown number of entries", ActionCost.Of(FakeFleet.Data(new FakeFleet()), null), StringComparison.Ordinal);
        Assert.Contains("not known", ActionCost.OfKey(null), StringComparison.Ordinal);
        Assert.StartsWith("Nothing", ActionCost.OfKey(new KeyView(null, [])), StringComparison.Ordinal);
        Assert.Contains("1 copy in the memory of 2 nodes", ActionCost.OfKey(new KeyView(null, [new(Minutes.Node(), CopyState.Fresh, null, 1), new(Minutes.Node("n2"), CopyState.None, null, 0)])), StringComparison.Ordinal);
        Assert.Contains("not known", ActionCost.OfWarming([]), StringComparison.Ordinal);
    }

    [Fact]
    public void Effect_OnWhatNoDatabaseHas_IsTold()
    {
        const string Gone = "such as sessions, is gone: users sign in again";
        var entry = new StoredEntry { Key = "session:1", Family = "session", StoredBytes = 1 };
        Assert.Contains(Gone, ActionEffectText.OfKey(new KeyView(entry with { IsSliding = true }, [])), StringComparison.Ordinal);
        Assert.DoesNotContain(Gone, ActionEffectText.OfKey(new KeyView(entry, [])), StringComparison.Ordinal);
        Assert.DoesNotContain(Gone, ActionEffectText.OfKey(null), StringComparison.Ordinal);
        Assert.Contains(Gone, ActionEffectText.OfFamily, StringComparison.Ordinal);
        Assert.All([ActionEffectText.OfEverything, ActionEffectText.OfVersion], text => Assert.Contains("Sessions kept in this Redis end", text, StringComparison.Ordinal));
    }

    [Fact]
    public void OfWarming_AfterAnother_TellsWhatThatTook() =>
        Assert.Equal("At most one read of the database for each key. The latest warming filled 500 in 2 s.",
            ActionCost.OfWarming([
                new CacheEvent { At = default, Kind = CacheEventKind.Warming, State = CacheWarming.Requested },
                new CacheEvent { At = default, Kind = CacheEventKind.Warming, State = CacheWarming.Done, Count = 500, Duration = TimeSpan.FromSeconds(2) },
            ]));
}
