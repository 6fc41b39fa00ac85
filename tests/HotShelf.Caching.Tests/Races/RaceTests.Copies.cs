using HotShelf.Caching.Tests.Fakes;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Races;

public abstract partial class RaceTests
{
    [RedisFact]
    public async Task Row7_PushOvertakesTheAnswer_NoStaleCopyIsBorn()
    {
        var (a, _) = await NodeAsync();
        var (b, storeOfB) = await NodeAsync();
        await ReadAsync(a);
        var answer = storeOfB.HoldAfter(RemoteOperation.Get);
        var reading = ReadAsync(b);
        await answer.Reached;
        var told = storeOfB.Stream.Told;
        _value = "new";
        await a.Cache.RemoveAsync("p:1");
        await Until.TrueAsync(() => storeOfB.Stream.Told > told);
        answer.Open();
        Assert.Equal("old", await Soon(reading));
        Assert.False(IsLocal(b));
        Assert.Equal("new", await ReadAsync(b));
    }

    [RedisFact]
    public async Task Row8_EchoBeforeTheAnswer_TheEntryIsVerifiedAndKept()
    {
        var (a, store) = await NodeAsync();
        var answer = store.HoldAfter(RemoteOperation.Store);
        var reading = ReadAsync(a);
        await answer.Reached;
        await Until.TrueAsync(() => store.Stream.Told > 0, what: "the echo");
        answer.Open();
        Assert.Equal("old", await Soon(reading));
        await Until.TrueAsync(() => IsLocal(a), what: "the verified entry is in L1");
    }

    [RedisFact]
    public async Task Row8_EchoBeforeTheAnswer_ReadsBeforeTheVerificationAreCounted()
    {
        var (a, store) = await NodeAsync();
        var answer = store.HoldAfter(RemoteOperation.Store);
        var verified = store.HoldAfter(RemoteOperation.FillId);
        var reading = ReadAsync(a);
        await answer.Reached;
        await Until.TrueAsync(() => store.Stream.Told > 0, what: "the echo");
        answer.Open();
        await Soon(reading);
        await verified.Reached;
        // From L2, whose copy the verified entry then replaces.
        await ReadAsync(a);
        verified.Open();
        await Until.TrueAsync(() => a.Inner.Local.Find("p:1")?.ReadsToTake == 2, () => $"2 reads, and not {a.Inner.Local.Find("p:1")?.ReadsToTake}");
    }

    [RedisFact]
    public async Task Row8_EchoAfterTheInsertion_DoesNotThrowTheEntryOut()
    {
        var (a, store) = await NodeAsync();
        store.Stream.Hold();
        await ReadAsync(a);
        Assert.True(IsLocal(a));
        await Until.TrueAsync(() => store.Stream.Held > 0, what: "the echo");
        store.Stream.Deliver();
        await Until.TrueAsync(() => store.Count(RemoteOperation.FillId) == 1, what: "the echo is verified");
        Assert.True(IsLocal(a));
    }

    [RedisFact]
    public async Task Row9_ForeignChangeInThePushOfOurEcho_TakesTheEntryOut()
    {
        var (a, storeOfA) = await NodeAsync();
        var (b, _) = await NodeAsync();
        storeOfA.Stream.Hold();
        await ReadAsync(a);
        await Until.TrueAsync(() => storeOfA.Stream.Held > 0, what: "the echo");
        var held = storeOfA.Stream.Held;
        _value = "new";
        await b.Cache.RemoveAsync("p:1");
        await Until.TrueAsync(() => storeOfA.Stream.Held > held, what: "the foreign change");
        storeOfA.Stream.Deliver(merged: true);
        await Until.TrueAsync(async () => await ReadAsync(a) == "new", what: "the verification found another frame");
    }

    [RedisFact]
    public async Task Set_WhileAReaderHoldsAnOlderAnswer_IsNotOverwritten()
    {
        var (a, store) = await NodeAsync();
        await a.Cache.SetAsync("p:1", "old", new() { Flags = Microsoft.Extensions.Caching.Hybrid.HybridCacheEntryFlags.DisableLocalCacheWrite });
        // The stream is late: nothing but the store itself can keep the older answer out.
        store.Stream.Hold();
        var setting = store.HoldBefore(RemoteOperation.SetMany);
        var set = a.Cache.SetAsync("p:1", "new").AsTask();
        await setting.Reached;
        var answer = store.HoldAfter(RemoteOperation.Get);
        var reading = ReadAsync(a);
        await answer.Reached;
        setting.Open();
        await set;
        answer.Open();
        Assert.Equal("old", await Soon(reading));
        Assert.Equal("new", await ReadAsync(a));
    }

    [RedisFact]
    public async Task Row13_StreamLostAndBack_NothingFromBetweenLivesOn()
    {
        var (a, storeOfA) = await NodeAsync();
        var (b, _) = await NodeAsync();
        Assert.Equal("old", await ReadAsync(a));
        storeOfA.Stream.Lose();
        _value = "between";
        await b.Cache.RemoveAsync("p:1");
        Assert.Equal("between", await ReadAsync(a));
        var copy = a.Inner.Local.Find("p:1")!;
        Assert.InRange(copy.Times.LocalUntil - copy.Times.Created, 0, 1_500);
        _value = "new";
        await b.Cache.RemoveAsync("p:1");
        storeOfA.Stream.Restore();
        Assert.Equal("new", await ReadAsync(a));
    }

    [RedisFact]
    public async Task Row13_LoadThatBeganBeforeTheStreamWasLost_IsNotJoinedAfterwards()
    {
        var (a, storeOfA) = await NodeAsync();
        var (b, _) = await NodeAsync();
        var (old, release) = await BeginLoadAsync(a);
        storeOfA.Stream.Lose();
        _value = "new";
        await b.Cache.RemoveAsync("p:1");
        storeOfA.Stream.Restore();
        Assert.Equal("new", await Soon(ReadAsync(a)));
        release.SetResult();
        Assert.Equal("old", await old);
        Assert.Equal("new", await ReadAsync(a));
    }

    [RedisFact]
    public async Task Row13_EntryMadeBeforeTheStreamWasLost_GetsNoLongLife()
    {
        var (a, store) = await NodeAsync();
        var storing = store.HoldBefore(RemoteOperation.Store);
        var reading = ReadAsync(a);
        await storing.Reached;
        store.Stream.Lose();
        storing.Open();
        await Soon(reading);
        Assert.True(a.Inner.Local.Find("p:1") is not { } copy || copy.Times.LocalUntil - copy.Times.Created <= 1_500, "a copy of before the loss lives long");
    }

    [RedisFact]
    public async Task Row13_StreamLostBeforeAVerifiedInsertion_TheCopyIsNotInserted()
    {
        var (a, store) = await NodeAsync();
        await ReadAsync(a);
        await UntilLocalAsync(a);
        var made = a.Inner.Local.Find("p:1")!;
        store.Stream.Lose();
        await a.Inner.LocalCoherence.VerifyThenInsertAsync(made, HotShelf.Caching.Internal.EntrySettings.From(made.Family, null));
        Assert.False(IsLocal(a));
    }

    [RedisFact]
    public async Task Row17_NodesWhoseClocksDiffer_AgreeOnLifetimes()
    {
        var (ahead, _) = await NodeAsync(new SkewedTimeProvider(TimeSpan.FromHours(3)));
        var (behind, _) = await NodeAsync(new SkewedTimeProvider(TimeSpan.FromHours(-3)));
        // Each measures the server's clock with its first lease.
        await ReadAsync(ahead, "p:a");
        await ReadAsync(behind, "p:b");
        foreach (var (filler, reader) in new[] { (ahead, behind), (behind, ahead) })
        {
            var key = filler == ahead ? "p:1" : "p:2";
            await ReadAsync(filler, key);
            var observation = CacheObservation.Begin();
            Assert.Equal("old", await reader.Cache.GetOrCreateAsync(key, ValueTask<string> (_) => throw new InvalidOperationException("it is fresh")));
            Assert.InRange(observation.TimeToLive, TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(5.1));
            Assert.InRange(observation.Age, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        }
    }
}
