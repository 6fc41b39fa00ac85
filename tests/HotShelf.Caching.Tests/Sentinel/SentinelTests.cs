using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Sentinel;

/// <summary>The fleet's promises on a primary with a replica that real Sentinels fail over, the servers' own addresses in the connection string.</summary>
public sealed class SentinelTests
{
    [Fact]
    public async Task Start_ConnectionStringNamesSentinels_FailsWithTheCorrectForm()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(async () => await Node.StartAsync("127.0.0.1:26379,serviceName=main,password=s3cret"));
        Assert.Contains("Name the servers they watch instead", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", failure.Message, StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task Failover_OrderedThenByDeath_ReadsContinueAndChangesOnTheNewPrimaryAreReported()
    {
        await using var sentinel = await RedisSentinel.StartAsync();
        var nodes = await Node.StartManyAsync(2, sentinel.ConnectionString, options => options.Default.Local = TimeSpan.FromMinutes(10));
        var value = "first";
        async Task<string> ReadAsync(Node node, int key) => await node.Cache.GetOrCreateAsync($"p:{key}", _ => ValueTask.FromResult(Volatile.Read(ref value)));
        async Task HeardAsync(RedisServer primary, string next)
        {
            // Written by one node, stored on the new primary, read by the other; then changed there by a stranger, and heard by both.
            // The origin has it too: a node repeats its latest removals after a failover, and a value that was set since is then loaded again.
            var stored = $"stored before {next}";
            Volatile.Write(ref value, stored);
            await Until.TrueAsync(async () =>
            {
                await nodes[0].Cache.SetAsync("p:1", stored);
                return !(await primary.CommandAsync("STRLEN {hs:v1:p:1}")).StartsWith(":0", StringComparison.Ordinal);
            }, "what a node stores lies on the new primary", seconds: 60);
            await Until.TrueAsync(() => nodes.All(node => node.Inner is { CoherenceName: "tracking", RemoteState: "closed" }), "both nodes listen again", seconds: 60);
            await Until.TrueAsync(async () => await ReadAsync(nodes[1], 1) == stored);
            Volatile.Write(ref value, next);
            await primary.CommandAsync("DEL {hs:v1:p:1}");
            foreach (var node in nodes)
                await Until.TrueAsync(async () => await ReadAsync(node, 1) == next);
        }

        for (var key = 0; key < 20; key++)
        {
            foreach (var node in nodes)
                Assert.Equal("first", await ReadAsync(node, key));
        }

        using var stop = new CancellationTokenSource();
        var readers = Task.WhenAll(nodes.Select(node => Task.Run(async () =>
        {
            // Whatever happens to Redis, a read is answered; one that throws fails the test.
            for (var read = 0; !stop.IsCancellationRequested; read++)
            {
                Assert.NotNull(await ReadAsync(node, 2 + read % 18));
                await Task.Delay(1, CancellationToken.None);
            }
        })));

        await HeardAsync(await sentinel.FailOverAsync(), "second");
        var dying = await sentinel.PrimaryAsync();
        await dying.KillAsync();
        await HeardAsync(await sentinel.PromotedAsync(dying), "third");

        await stop.CancelAsync();
        await readers;
        foreach (var node in nodes)
            await node.DisposeAsync();
    }
}
