using System.Diagnostics;
using HotShelf.Catalog.Tests;
using HotShelf.TestServers;

namespace HotShelf.CacheWorker.Tests;

[Collection(nameof(CatalogServer))]
public class ChangeFeedTests(CatalogServer server)
{
    private const string NoPolling = "00:05:00";

    [PostgresFact]
    public async Task Change_InTheDatabase_ReachesTheCacheByNotification()
    {
        await using var catalog = await server.CreateAsync();
        await using var worker = await FeedHost.StartAsync(catalog, null, ("PollInterval", NoPolling));
        await DrainedAsync(catalog);
        var watch = Stopwatch.StartNew();
        await catalog.ExecuteAsync("update products set name = 'X' where id = 11");
        await Until.TrueAsync(() => worker.Cache.Keys.Contains("product:11"));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"took {watch.Elapsed}");
        Assert.Contains(worker.Cache.Told, told => told.Tags.Contains("listing:garden") && told.Tags.Contains("listing:_all"));
        await DrainedAsync(catalog);
        // The seed left each family as a whole.
        Assert.Contains(worker.Cache.Told, told => told.Families.Contains("product"));
    }

    [PostgresFact]
    public async Task TwoWorkers_ManyRows_EachRowIsProcessedOnce()
    {
        await using var catalog = await server.CreateAsync();
        await catalog.TakeOutboxAsync();
        await catalog.ExecuteAsync("update products set description = description || '.'");
        await using var first = await FeedHost.StartAsync(catalog, null, ("BatchSize", "100"));
        await using var second = await FeedHost.StartAsync(catalog, null, ("BatchSize", "100"));
        await DrainedAsync(catalog);
        var keys = first.Cache.Keys.Concat(second.Cache.Keys).ToList();
        Assert.Equal(10_000, keys.Count);
        Assert.Equal(10_000, keys.Distinct().Count());
        Assert.NotEmpty(first.Cache.Told);
        Assert.NotEmpty(second.Cache.Told);
    }

    [PostgresFact]
    public async Task Worker_KilledInTheMiddleOfABatch_LosesNothingAndHoldsUpNobodyElse()
    {
        await using var catalog = await server.CreateAsync();
        await catalog.TakeOutboxAsync();
        var doomed = new RecordingInvalidator { Gate = new TaskCompletionSource() };
        await catalog.ExecuteAsync("update products set name = 'one' where id = 1");
        await using var first = await FeedHost.StartAsync(catalog, doomed, ("PollInterval", NoPolling), ("RetryDelay", "00:01:00"));
        await doomed.AtGate.Task.WaitAsync(TimeSpan.FromSeconds(10));

        // The first worker has product:1 in hand; the second is not held up by it.
        await using var second = await FeedHost.StartAsync(catalog);
        await catalog.ExecuteAsync("update products set name = 'two' where id = 2");
        await Until.TrueAsync(() => second.Cache.Keys.Contains("product:2"));
        Assert.DoesNotContain("product:1", second.Cache.Keys);

        // What the server sees of a kill -9.
        await catalog.ExecuteAsync("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'");
        await Until.TrueAsync(() => second.Cache.Keys.Contains("product:1"));
        await DrainedAsync(catalog);
        Assert.Empty(doomed.Told);
    }

    [PostgresFact]
    public async Task Listener_ConnectionKilled_IsReplacedAndCatchesUpAtOnce()
    {
        await using var catalog = await server.CreateAsync();
        await using var worker = await FeedHost.StartAsync(catalog, null, ("PollInterval", NoPolling), ("RetryDelay", "00:00:00.050"));
        await DrainedAsync(catalog);
        await ListeningAsync(catalog);
        await catalog.ExecuteAsync("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%'; update products set name = 'gone' where id = 3");
        await Until.TrueAsync(() => worker.Cache.Keys.Contains("product:3"), seconds: 5);
        await ListeningAsync(catalog);
        await catalog.ExecuteAsync("update products set name = 'back' where id = 4");
        await Until.TrueAsync(() => worker.Cache.Keys.Contains("product:4"), seconds: 5);
    }

    [PostgresFact]
    public async Task Change_WithoutAnyNotification_IsFoundByPolling()
    {
        await using var catalog = await server.CreateAsync();
        await using var worker = await FeedHost.StartAsync(catalog, null, ("PollInterval", "00:00:00.100"));
        await DrainedAsync(catalog);
        await catalog.ExecuteAsync("insert into cache_outbox (family, key) values ('product', 'product:5')");
        await Until.TrueAsync(() => worker.Cache.Keys.Contains("product:5"), seconds: 5);
    }

    [PostgresFact]
    public async Task Cache_Away_RowsWaitAndAreTakenAtItsReturn()
    {
        await using var catalog = await server.CreateAsync();
        await catalog.TakeOutboxAsync();
        var cache = new RecordingInvalidator { IsAway = true };
        await using var worker = await FeedHost.StartAsync(catalog, cache, ("RetryDelay", "00:00:00.020"));
        await catalog.ExecuteAsync("update prices set amount = 3 where product_id = 5");
        await Until.TrueAsync(() => cache.CallsWhileAway > 0);
        Assert.Equal(3, await catalog.ScalarAsync<long>("select count(*) from cache_outbox"));
        cache.IsAway = false;
        await Until.TrueAsync(() => cache.Keys.Contains("price:5"), seconds: 5);
        await DrainedAsync(catalog);
        Assert.Equal(0, await catalog.ScalarAsync<long>("select coalesce(sum(attempts), 0)::bigint from cache_outbox"));
        Assert.Equal(0, await catalog.ScalarAsync<long>("select count(*) from cache_outbox_failed"));
    }

    [PostgresFact]
    public async Task Row_RefusedAgainAndAgain_IsSetAsideAndTheOthersGetThrough()
    {
        await using var catalog = await server.CreateAsync();
        await catalog.TakeOutboxAsync();
        var cache = new RecordingInvalidator { Poison = "product:13" };
        await catalog.ExecuteAsync("update products set name = 'X' where id between 1 and 50");
        await using var worker = await FeedHost.StartAsync(catalog, cache, ("MaximumAttempts", "3"));
        await DrainedAsync(catalog);
        Assert.Equal(49, cache.Keys.Distinct().Count());
        Assert.Equal("product:13", await catalog.ScalarAsync<string>("select key from cache_outbox_failed"));
        Assert.Equal(3, await catalog.ScalarAsync<int>("select attempts from cache_outbox_failed"));
        Assert.Contains("malformed", await catalog.ScalarAsync<string>("select error from cache_outbox_failed"), StringComparison.Ordinal);
        await catalog.ExecuteAsync("update products set name = 'Y' where id = 12");
        await Until.TrueAsync(() => cache.Keys.Count(key => key == "product:12") >= 2, seconds: 5);
    }

    [PostgresFact]
    public async Task Stop_WithABatchInHand_FinishesIt()
    {
        await using var catalog = await server.CreateAsync();
        await catalog.TakeOutboxAsync();
        var cache = new RecordingInvalidator { Gate = new TaskCompletionSource() };
        await catalog.ExecuteAsync("update products set name = 'last' where id = 6");
        await using var worker = await FeedHost.StartAsync(catalog, cache);
        await cache.AtGate.Task.WaitAsync(TimeSpan.FromSeconds(10));
        var stopping = worker.StopAsync();
        cache.Gate.SetResult();
        await stopping.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Contains("product:6", cache.Keys);
        Assert.Equal(0, await catalog.ScalarAsync<long>("select count(*) from cache_outbox"));
    }

    [PostgresFact]
    public async Task Database_RestartedUnderneath_IsFollowedAgain()
    {
        await using var own = await PostgresServer.StartAsync();
        await using var catalog = new TestCatalog(own.ConnectionString);
        await catalog.Initializer.InitializeAsync();
        await using var worker = await FeedHost.StartAsync(catalog, null, ("RetryDelay", "00:00:00.050"));
        await DrainedAsync(catalog);
        await own.RestartAsync();
        await Until.TrueAsync(async () =>
        {
            try
            {
                await catalog.ExecuteAsync("update products set name = name || '!' where id = 7");
                return true;
            }
            catch (Npgsql.NpgsqlException)
            {
                // A pooled connection of before the restart.
                return false;
            }
        });
        await Until.TrueAsync(() => worker.Cache.Keys.Contains("product:7"), seconds: 10);
    }

    [PostgresFact]
    public async Task Start_SettingOutOfRange_NamesTheKey()
    {
        await using var catalog = await server.CreateAsync();
        var failure = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(
            () => FeedHost.StartAsync(catalog, null, ("BatchSize", "0"), ("PollInterval", "01:00:00")));
        Assert.Contains("Worker:Feed:BatchSize is 0; it must be from 1 to 10000.", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Worker:Feed:PollInterval", failure.Message, StringComparison.Ordinal);
    }

    private static Task DrainedAsync(TestCatalog catalog) =>
        Until.TrueAsync(async () => await catalog.ScalarAsync<long>("select count(*) from cache_outbox") == 0);

    private static Task ListeningAsync(TestCatalog catalog) => Until.TrueAsync(async () =>
        await catalog.ScalarAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and query ilike 'listen%'") > 0);
}
