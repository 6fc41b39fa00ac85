using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Faults;

/// <summary>A replica may be behind its primary, and does not report what it has not received: it answers nothing, also while the primary is away.</summary>
public sealed class ReplicaTests
{
    [RedisFact]
    public async Task Read_PrimaryIsAway_IsNotAnsweredByItsReplica()
    {
        await using var primary = await RedisServer.StartAsync("--repl-diskless-sync-delay", "0");
        await using var replica = await RedisServer.StartAsync();
        await replica.CommandAsync($"REPLICAOF 127.0.0.1 {primary.Port}");
        await Until.TrueAsync(async () => (await replica.CommandAsync("INFO replication")).Contains("master_link_status:up", StringComparison.Ordinal));
        await using var node = await Node.StartAsync($"{primary.ConnectionString},{replica.ConnectionString}", Node.Patient);
        await node.Cache.SetAsync("p:1", "stored", new() { LocalCacheExpiration = TimeSpan.FromMilliseconds(1) });
        await Until.TrueAsync(async () => !(await replica.CommandAsync("STRLEN {hs:v1:p:1}")).StartsWith(":0", StringComparison.Ordinal), "the replica has the value");
        await primary.KillAsync();
        await Until.TrueAsync(() => node.Inner.CoherenceName != "tracking");

        Assert.Equal("loaded", await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("loaded")));
    }
}
