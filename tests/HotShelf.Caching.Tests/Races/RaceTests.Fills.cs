using HotShelf.Caching.Internal.Flights;
using HotShelf.Caching.Tests.Fakes;
using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Tests.Races;

public abstract partial class RaceTests
{
    [RedisFact]
    public async Task Row1_TwoCallersMissTogether_OneFlight()
    {
        var (a, store) = await NodeAsync();
        var gate = store.HoldBefore(RemoteOperation.Get);
        var first = ReadAsync(a).AsTask();
        await gate.Reached;
        var second = a.Cache.GetOrCreateAsync("p:1", ValueTask<string> (_) => throw new InvalidOperationException("joined callers load nothing")).AsTask();
        gate.Open();
        Assert.Equal("old", await first);
        Assert.Equal("old", await second);
        Assert.Equal(1, store.Count(RemoteOperation.Get));
    }

    [RedisFact]
    public async Task Row1_TheLedgerIsReadForTheFirstTimeBetweenTwoMisses_OneFlight()
    {
        var (a, store) = await NodeAsync();
        var gate = store.HoldBefore(RemoteOperation.Get);
        var first = ReadAsync(a).AsTask();
        await gate.Reached;
        // Its fill asks for the position in the ledger.
        await ReadAsync(a, "p:2");
        var second = a.Cache.GetOrCreateAsync("p:1", ValueTask<string> (_) => throw new InvalidOperationException("joined callers load nothing")).AsTask();
        gate.Open();
        Assert.Equal("old", await first);
        Assert.Equal("old", await second);
    }

    [Fact]
    public void Row2_JoiningAFlightWhoseLastCallerHasLeft_IsRefusedAndReplaced()
    {
        var table = new FlightTable();
        var flight = table.JoinOrCreate<string>("k", HybridCacheEntryFlags.None, default, out _);
        flight.Leave();
        Assert.False(flight.TryJoin());
        Assert.True(flight.Abandoned.IsCancellationRequested);
        var next = table.JoinOrCreate<string>("k", HybridCacheEntryFlags.None, default, out var joined);
        Assert.False(joined);
        Assert.NotSame(flight, next);
        // The end of the abandoned one does not take the newcomer's place.
        table.Remove(flight);
        Assert.Same(next, table.JoinOrCreate<string>("k", HybridCacheEntryFlags.None, default, out _));
    }

    [RedisFact]
    public async Task Row3_TwoProcessesMissTogether_OneLoadsAndTheOtherGetsItsValueByPush()
    {
        // Without a running clock the poll never comes: only the push can end the wait.
        var (a, _) = await NodeAsync();
        var (b, storeOfB) = await NodeAsync(new ManualTimeProvider());
        var (read, release) = await BeginLoadAsync(a);
        var waiting = b.Cache.GetOrCreateAsync("p:1", ValueTask<string> (_) => throw new InvalidOperationException("the other process loads")).AsTask();
        await Until.TrueAsync(() => storeOfB.Count(RemoteOperation.Acquire) >= 2);
        release.SetResult();
        Assert.Equal("old", await read);
        Assert.Equal("old", await waiting.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [RedisFact]
    public async Task Row3_HolderTakesTooLong_TheWaiterLoadsForItselfAndStoresNothing()
    {
        var (a, _) = await NodeAsync();
        var (b, storeOfB) = await NodeAsync(configure: options => options.LeaseWait = TimeSpan.FromMilliseconds(30));
        var (read, release) = await BeginLoadAsync(a);
        Assert.Equal("own", await Soon(b.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("own"))));
        Assert.Equal(0, storeOfB.Count(RemoteOperation.Store));
        release.SetResult();
        Assert.Equal("old", await read);
    }

    [RedisFact]
    public async Task Row3_HolderFails_TheWaiterIsWokenAndLoads()
    {
        var (a, _) = await NodeAsync();
        var (b, storeOfB) = await NodeAsync(new ManualTimeProvider());
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var fail = new TaskCompletionSource<string>();
        var failing = a.Cache.GetOrCreateAsync("p:1", async _ =>
        {
            began.SetResult();
            return await fail.Task;
        }).AsTask();
        await began.Task;
        var waiting = ReadAsync(b);
        await Until.TrueAsync(() => storeOfB.Count(RemoteOperation.Acquire) >= 2);
        fail.SetException(new TimeoutException());
        await Assert.ThrowsAsync<TimeoutException>(() => failing);
        Assert.Equal("old", await Soon(waiting));
    }

    [RedisFact]
    public async Task Row4_StoreBetweenTheQuestionAndTheWait_IsNotMissed()
    {
        var (a, _) = await NodeAsync();
        var (b, storeOfB) = await NodeAsync(new ManualTimeProvider());
        var (read, release) = await BeginLoadAsync(a);
        var answer = storeOfB.HoldAfter(RemoteOperation.Acquire);
        var waiting = ReadAsync(b);
        // B has been told "held" and does not know it yet; A stores, and its push finds no waiter.
        await answer.Reached;
        var told = storeOfB.Stream.Told;
        release.SetResult();
        await read;
        await Until.TrueAsync(() => storeOfB.Stream.Told > told);
        answer.Open();
        Assert.Equal("old", await Soon(waiting));
    }

    [RedisFact]
    public async Task Row5_InvalidationElsewhereWhileAFillStores_TheStoreFindsItsLeaseGone()
    {
        var (a, storeOfA) = await NodeAsync();
        var (b, _) = await NodeAsync();
        var store = storeOfA.HoldBefore(RemoteOperation.Store);
        var old = ReadAsync(a).AsTask();
        await store.Reached;
        _value = "new";
        await b.Cache.RemoveAsync("p:1");
        store.Open();
        Assert.Equal("old", await old);
        Assert.Equal("new", await ReadAsync(b));
        Assert.Equal("new", await ReadAsync(a));
    }

    [RedisFact]
    public async Task Row6_CallerAfterAnInvalidationHere_DoesNotMeetAFlightThatReadBeforeIt()
    {
        var (a, store) = await NodeAsync();
        await ReadAsync(a);
        // Nothing but the invalidation itself may detach the flight.
        store.Stream.Hold();
        var invalidation = store.HoldBefore(RemoteOperation.Invalidate);
        _value = "new";
        var removing = a.Cache.RemoveAsync("p:1").AsTask();
        await invalidation.Reached;
        // A read between the first detachment and Redis: it gets what Redis still holds, and stays under way.
        var answer = store.HoldAfter(RemoteOperation.Get);
        var between = ReadAsync(a).AsTask();
        await answer.Reached;
        invalidation.Open();
        await removing;
        var after = ReadAsync(a);
        answer.Open();
        Assert.Equal("old", await between);
        Assert.Equal("new", await Soon(after));
        Assert.Equal("new", await ReadAsync(a));
    }

    [RedisFact]
    public async Task Row6_CallerAfterAnInvalidationElsewhere_DoesNotMeetALoadFromBefore()
    {
        var (a, _) = await NodeAsync();
        var (b, storeOfB) = await NodeAsync();
        // Nothing is stored under the key: only the poke makes the server tell of it.
        var (old, release) = await BeginLoadAsync(b);
        _value = "new";
        var told = storeOfB.Stream.Told;
        await a.Cache.RemoveAsync("p:1");
        await Until.TrueAsync(() => storeOfB.Stream.Told > told, what: "the poke was told");
        Assert.Equal("new", await Soon(ReadAsync(b)));
        release.SetResult();
        Assert.Equal("old", await old);
        Assert.Equal("new", await ReadAsync(b));
        Assert.Equal("new", await ReadAsync(a));
    }

    [RedisFact]
    public async Task Row6_SlidingEntry_CallerAfterAnInvalidationElsewhere_DoesNotMeetALoadFromBefore()
    {
        static void Sliding(HotShelfCachingOptions options) => options.Families["s"] = new CachePolicy { Sliding = TimeSpan.FromMinutes(5) };
        var (a, _) = await NodeAsync(configure: Sliding);
        var (b, storeOfB) = await NodeAsync(configure: Sliding);
        var (old, release) = await BeginLoadAsync(b, "s:1");
        _value = "new";
        var told = storeOfB.Stream.Told;
        await a.Cache.RemoveAsync("s:1");
        await Until.TrueAsync(() => storeOfB.Stream.Told > told, what: "the poke was told");
        Assert.Equal("new", await Soon(ReadAsync(b, "s:1")));
        release.SetResult();
        Assert.Equal("old", await old);
        Assert.Equal("new", await ReadAsync(b, "s:1"));
    }

    [RedisFact]
    public async Task Row16_InvalidationDuringABackgroundRefresh_Wins()
    {
        var (a, storeOfA) = await NodeAsync();
        var (b, _) = await NodeAsync();
        await ReadAsync(a, "graced:1");
        await a.Cache.ExpireAsync("graced:1");
        var store = storeOfA.HoldBefore(RemoteOperation.Store);
        Assert.Equal("old", await ReadAsync(a, "graced:1"));
        await store.Reached;
        _value = "new";
        await b.Cache.RemoveAsync("graced:1");
        Assert.Equal("new", await ReadAsync(b, "graced:1"));
        store.Open();
        await Until.TrueAsync(() => a.Inner.RunningFlights == 0);
        await Until.TrueAsync(async () => await ReadAsync(a, "graced:1") == "new");
        Assert.Equal("new", await ReadAsync(b, "graced:1"));
    }
}
