using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Tests.Fakes;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Tags;

/// <summary>The ledger of removed tags: what is lost, when, and who knows it still.</summary>
public sealed class LedgerTests : IAsyncLifetime
{
    private readonly SkewedTimeProvider _serverTime = new();
    private readonly FakeRemoteServer _server;
    private readonly List<Node> _nodes = [];
    private string _value = "old";

    public LedgerTests() => _server = new(_serverTime);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }

    [Fact]
    public async Task Lost_WhileARemovalIsOnItsWayToTheNodeThatRestores_TheRemovalIsRecordedAgain()
    {
        var (a, storeOfA) = Start();
        var (b, storeOfB) = Start();
        await ReadAsync(a);
        storeOfA.HoldPushes();
        await b.Cache.RemoveByTagAsync("t");
        _value = "new";
        // The node that removed is gone, and with it the ledger. The other one restores what it knows.
        storeOfB.LoseStream();
        await b.DisposeAsync();
        _server.ReplaceLedger(null, reports: false);
        await Until.TrueAsync(() => _server.CopyLedger() is not null, what: "the ledger is restored");
        storeOfA.DeliverPushes();
        await Until.TrueAsync(() => _server.CopyLedger()!.Removals.ContainsKey("t:t"), what: "the removal is recorded again");
        Assert.Equal("new", await ReadAsync(a));
        Assert.Equal("new", await ReadAsync(Start().Node));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Lost_AfterARemovalWhoseChangeIsToldAgain_NothingRemovedIsServed(bool isKnown)
    {
        var (a, _) = Start();
        await ReadAsync(a);
        _value = "new";
        var (b, _) = Start();
        await b.Cache.RemoveByTagAsync(["t"], "change");
        if (!isKnown)
        {
            await a.DisposeAsync();
            await b.DisposeAsync();
        }

        // Redis has evicted the ledger, and still knows the change.
        _server.ReplaceLedger(null);
        var (c, _) = Start();
        await c.Cache.RemoveByTagAsync(["t"], "change");
        Assert.Equal("new", await ReadAsync(c));
        if (isKnown)
            Assert.Equal("new", await ReadAsync(a));
    }

    [Fact]
    public async Task SetBack_ByAFailover_TheRemovalsLostAreRecordedAgain()
    {
        var (a, storeOfA) = Start();
        await ReadAsync(a);
        await a.Cache.RemoveByTagAsync("earlier");
        var before = _server.CopyLedger();
        await a.Cache.RemoveByTagAsync("t");
        _value = "new";
        storeOfA.LoseStream();
        _server.ReplaceLedger(before, reports: false);
        storeOfA.RestoreStream();
        await Until.TrueAsync(() => _server.CopyLedger()!.Removals.ContainsKey("t:t"), what: "the removal is recorded again");
        Assert.Equal("new", await ReadAsync(Start().Node));
    }

    [Fact]
    public async Task SetBack_ToWhereTheTagWasRemovedBefore_ARemovalThatWasOnlyReportedIsRecordedAgain()
    {
        var server = new FakeRemoteStore(_server);
        var store = new FaultyStore(server);
        var a = Start(store);
        var (b, _) = Start();
        await a.Cache.RemoveByTagAsync("t");
        await ReadAsync(a);
        var before = _server.CopyLedger();
        // The removal is reported to the node, which cannot read its time.
        store.Fails = operation => operation == RemoteOperation.ReadTags;
        await b.Cache.RemoveByTagAsync("t");
        _value = "new";
        await b.DisposeAsync();
        server.LoseStream();
        _server.ReplaceLedger(before, reports: false);
        store.Fails = null;
        server.RestoreStream();
        await Until.TrueAsync(() => _server.CopyLedger()!.Removals["t:t"] > before!.Last, what: "the removal is recorded again");
        Assert.Equal("new", await ReadAsync(a));
    }

    [Fact]
    public async Task SetBack_ToWhereTheTagWasRemovedBefore_WhileARemovalWaitsForItsAnswer_ItIsRecordedAgain()
    {
        var server = new FakeRemoteStore(_server);
        var store = new GatedStore(server);
        var a = Start(store);
        await a.Cache.RemoveByTagAsync("t");
        await ReadAsync(a);
        var before = _server.CopyLedger();
        _server.ReplaceLedger(null, reports: false);
        server.HoldPushes();
        var answer = store.HoldAfter(RemoteOperation.RemoveTags);
        var removing = a.Cache.RemoveByTagAsync("t").AsTask();
        await answer.Reached;
        _value = "new";
        server.LoseStream();
        _server.ReplaceLedger(before, reports: false);
        server.RestoreStream();
        answer.Open();
        await removing;
        Assert.Equal("new", await ReadAsync(a));
        Assert.InRange(_server.CopyLedger()!.Removals["t:t"], before!.Last + 1, long.MaxValue);
    }

    [Fact]
    public async Task Lost_WhileTheOnlyNodesStreamIsLost_NothingRemovedMeanwhileIsServed()
    {
        var (a, storeOfA) = Start();
        var (b, _) = Start();
        await ReadAsync(a);
        storeOfA.LoseStream();
        await b.Cache.RemoveByTagAsync("t");
        _value = "new";
        await b.DisposeAsync();
        _server.ReplaceLedger(null, reports: false);
        storeOfA.RestoreStream();
        Assert.Equal("new", await ReadAsync(a));
    }

    [Fact]
    public async Task Lost_NodeWithoutKnowledgeMakesItAnew_TheNodesWithKnowledgeTakeThatBack()
    {
        var (a, storeOfA) = Start();
        await ReadAsync(a);
        await a.Cache.RemoveByTagAsync("other");
        storeOfA.HoldPushes();
        _server.ReplaceLedger(null, reports: false);
        var (late, _) = Start();
        await Until.TrueAsync(() => _server.CopyLedger() is not null);
        storeOfA.DeliverPushes();
        await Until.TrueAsync(() => _server.CopyLedger()!.Removals.ContainsKey("t:other"), what: "the ledger is whole again");
        _value = "unused";
        Assert.Equal("old", await ReadAsync(a));
        await Until.TrueAsync(async () => (await late.Cache.TryGetAsync<string>("p:1")).Found, what: "the late node sees the entry of before");
    }

    [Fact]
    public async Task Lost_AndTheServersClockIsBehind_ARemovalIsLaterThanWhatWasFilledBefore()
    {
        var (a, _) = Start();
        await a.Cache.RemoveByTagAsync("earlier");
        await ReadAsync(a);
        LoseLedgerToAServerWhoseClockIsBehind();
        await a.Cache.RemoveByTagAsync("t");
        _value = "new";
        Assert.Equal("new", await ReadAsync(a));
        Assert.Equal("new", await ReadAsync(Start().Node));
    }

    [Fact]
    public async Task Lost_AndTheServersClockIsBehind_ARemovalByWhoKnowsNothingIsMadeLater()
    {
        var (a, _) = Start();
        await a.Cache.RemoveByTagAsync("earlier");
        await ReadAsync(a);
        var position = _server.CopyLedger()!.Last;
        LoseLedgerToAServerWhoseClockIsBehind();
        _server.RemoveTags(["t:t"], [], generation: 0, position: 0);
        _value = "new";
        Assert.Equal("new", await ReadAsync(a));
        await Until.TrueAsync(() => _server.CopyLedger()!.Removals["t:t"] > position, what: "the removal has a later time");
        Assert.Equal("new", await ReadAsync(Start().Node));
    }

    [Fact]
    public async Task Lost_AndTheServersClockIsBehind_NoNodeSawAllChanges_WhatWasFilledBeforeIsHidden()
    {
        var (a, storeOfA) = Start();
        await a.Cache.RemoveByTagAsync("earlier");
        await ReadAsync(a);
        // A removal of the tag meanwhile would be lost with the ledger.
        storeOfA.LoseStream();
        LoseLedgerToAServerWhoseClockIsBehind();
        _value = "new";
        storeOfA.RestoreStream();
        Assert.Equal("new", await ReadAsync(a));
    }

    [Fact]
    public async Task Memory_ManyOtherTagsRemoved_HideNothingAndAreForgotten()
    {
        var node = await Node.StartAsync(null);
        _nodes.Add(node);
        var loads = 0;
        ValueTask<int> Read(int i) => node.Cache.GetOrCreateAsync($"p:{i}", _ => ValueTask.FromResult(++loads), tags: [$"own{i}"]);
        for (var i = 0; i < 1000; i++)
            await Read(i);
        for (var i = 0; i < 150_000; i++)
            await node.Cache.GetOrCreateAsync("q", _ => ValueTask.FromResult(0), new() { Expiration = TimeSpan.Zero }, tags: [$"used{i}"]);
        for (var i = 0; i < 150_000; i++)
            await node.Cache.RemoveByTagAsync($"removed{i}");
        for (var i = 0; i < 1000; i++)
            await Read(i);
        Assert.Equal(1000, loads);
        Assert.InRange(node.Inner.Tags.Count, 0, 100_001);
        await node.Cache.RemoveByTagAsync("own7");
        await Read(7);
        Assert.Equal(1001, loads);
    }

    private void LoseLedgerToAServerWhoseClockIsBehind()
    {
        _serverTime.Ahead -= TimeSpan.FromSeconds(3);
        _server.ReplaceLedger(null, reports: false);
    }

    private (Node Node, FakeRemoteStore Store) Start()
    {
        var store = new FakeRemoteStore(_server);
        return (Start(store), store);
    }

    private Node Start(IRemoteStore store)
    {
        var node = Node.Over(store);
        _nodes.Add(node);
        return node;
    }

    private ValueTask<string> ReadAsync(Node node) => node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult(_value), tags: ["t"]);
}
