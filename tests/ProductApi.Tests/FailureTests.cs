using HotShelf.ProductApi.Tests.Harness;
using HotShelf.TestServers;

namespace HotShelf.ProductApi.Tests;

/// <summary>What callers see while a server is away. Each test has servers of its own, because it kills them.</summary>
[Collection("servers of their own")]
public class FailureTests
{
    [ServersFact]
    public async Task Database_Killed_CachedIsAnsweredTheRestIs503WithRetryAfter()
    {
        await using var servers = await ApiServers.StartAsync();
        await using var replica = await servers.StartReplicaAsync(("Caching:Families:product:Fresh", "00:00:01"), ("Caching:Families:product:Local", "00:00:01"), ("Caching:Families:product:Jitter", "0"));
        (await replica.Client.GetAsync("/products/1")).Dispose();
        await servers.Postgres.KillAsync();

        using var other = await replica.Client.GetAsync("/products/2");
        Assert.Equal(503, (int)other.StatusCode);
        Assert.NotNull(other.Header("Retry-After"));
        var problem = await other.JsonAsync();
        Assert.Equal("urn:hotshelf:problem:unavailable", problem["type"]!.GetValue<string>());
        Assert.EndsWith("Try again shortly.", problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        using var write = await replica.Client.SendAsync("PUT", "/products/1/price", """{"amount":1,"currency":"EUR"}""", Keys.Write);
        Assert.Equal(503, (int)write.StatusCode);
        // The connection may have been lost during the commit.
        Assert.Contains("It may have happened: read, then try again.", (await write.JsonAsync())["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        await Until.TrueAsync(async () =>
        {
            using var stale = await replica.Client.GetAsync("/products/1");
            Assert.Equal(200, (int)stale.StatusCode);
            return stale.CacheStatus().Contains("detail=stale", StringComparison.Ordinal);
        }, "the stale product is served");

        await servers.Postgres.RestartAsync();
        await Until.TrueAsync(async () => (await replica.Client.GetAsync("/products/2")).IsSuccessStatusCode, "the database is used again");
    }

    [ServersFact]
    public async Task Database_KilledAfterAWrite_ListsAreStaleOnEveryReplicaPricesAre503AndAllIsFreshAgain()
    {
        const string List = "/products?category=garden&pageSize=5";
        await using var servers = await ApiServers.StartAsync();
        await using var one = await servers.StartReplicaAsync();
        await using var two = await servers.StartReplicaAsync();
        using var before = await one.Client.GetAsync(List);
        var old = await before.Content.ReadAsStringAsync();
        var id = (await before.JsonAsync())["items"]![0]!["id"]!.GetValue<int>();
        using (var write = await one.Client.SendAsync("PUT", $"/products/{id}/price", """{"amount":4321.09}""", Keys.Write))
            Assert.Equal(200, (int)write.StatusCode);
        await servers.Postgres.KillAsync();

        // The second replica has never read the list.
        foreach (var replica in new[] { one, two, one })
        {
            using var stale = await replica.Client.GetAsync(List);
            Assert.Equal(200, (int)stale.StatusCode);
            Assert.Matches("hit; ttl=(0|-[0-9]+); detail=stale", stale.CacheStatus());
            Assert.Equal("public, no-cache", stale.Header("Cache-Control"));
            Assert.Equal(old, await stale.Content.ReadAsStringAsync());
        }

        // An old price is worse than none.
        using var price = await one.Client.GetAsync($"/products/{id}/price");
        Assert.Equal(503, (int)price.StatusCode);
        Assert.NotNull(price.Header("Retry-After"));

        await servers.Postgres.RestartAsync();
        await Until.TrueAsync(async () => (await one.Client.GetAsync($"/products/{id}/price")).IsSuccessStatusCode, "the database is used again");
        foreach (var replica in new[] { two, one })
        {
            using var fresh = await replica.Client.GetAsync(List);
            Assert.DoesNotContain("stale", fresh.CacheStatus(), StringComparison.Ordinal);
            Assert.Contains("4321.09", await fresh.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [ServersFact]
    public async Task Database_AllConnectionsEnded_NoReadFails()
    {
        await using var servers = await ApiServers.StartAsync();
        await using var replica = await servers.StartReplicaAsync();
        // Many connections stay in the pool, and each of them is broken when it is used next.
        await Task.WhenAll(Enumerable.Range(1, 40).Select(async id => (await replica.Client.GetAsync($"/products/{id}")).Dispose()));
        await servers.SqlAsync("select count(pg_terminate_backend(pid)) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()");
        var answers = await Task.WhenAll(Enumerable.Range(101, 40).Select(id => replica.Client.GetAsync(id % 2 == 0 ? $"/products/{id}" : $"/products?pageSize={id - 60}")));
        Assert.All(answers, answer => Assert.Equal(200, (int)answer.StatusCode));
    }

    [ServersFact]
    public async Task Redis_KilledUnderLoad_NoRequestFailsSessionsAre503AndHitsComeBack()
    {
        await using var servers = await ApiServers.StartAsync();
        await using var replica = await servers.StartReplicaAsync(("Caching:RemoteTimeout", "00:00:00.5"));
        var token = await replica.Client.OpenSessionAsync("u0001");
        using var stop = new CancellationTokenSource();
        var statuses = new System.Collections.Concurrent.ConcurrentBag<int>();
        var load = Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var id = worker; !stop.IsCancellationRequested; id += 8)
            {
                using var response = await replica.Client.GetAsync($"/products/{(id % 500) + 1}");
                statuses.Add((int)response.StatusCode);
            }
        })));
        await servers.Redis.KillAsync();
        await Until.TrueAsync(async () =>
        {
            using var session = await replica.Client.SendAsync("GET", "/sessions/current", token: token);
            Assert.Contains((int)session.StatusCode, new[] { 200, 503 });
            return (int)session.StatusCode == 503;
        }, "a session cannot be looked up");
        await servers.Redis.RestartAsync();
        await Until.TrueAsync(async () =>
        {
            using var hit = await replica.Client.GetAsync("/products/1");
            return hit.CacheStatus().Contains("; hit;", StringComparison.Ordinal);
        }, "hits are back", seconds: 60);
        await stop.CancelAsync();
        await load;
        Assert.All(statuses, status => Assert.Equal(200, status));
    }

    [ServersFact]
    public async Task Stop_WhileARequestRuns_ItIsAnsweredFirst()
    {
        await using var servers = await ApiServers.StartAsync();
        await using var replica = await servers.StartReplicaAsync();
        await using var connection = new Npgsql.NpgsqlConnection(servers.Database);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var command = new Npgsql.NpgsqlCommand("lock table products in access exclusive mode", connection, transaction))
            await command.ExecuteNonQueryAsync();
        var running = replica.Client.GetAsync("/products/7");
        await Until.TrueAsync(async () =>
        {
            await using var command = new Npgsql.NpgsqlCommand("select count(*) from pg_stat_activity where wait_event_type = 'Lock'", connection, transaction);
            return (long)(await command.ExecuteScalarAsync())! > 0;
        }, "the request waits for the lock");
        var stopping = replica.StopAsync();
        await transaction.RollbackAsync();
        using var answer = await running;
        Assert.Equal(200, (int)answer.StatusCode);
        await stopping;
    }
}
