using HotShelf.TestServers;

namespace HotShelf.Caching.Postgres.Tests;

/// <summary>An administrator prepares the database; the feed says what to run.</summary>
[Collection(nameof(FeedServer))]
public class VerifyOnlyTests(FeedServer server)
{
    [PostgresFact]
    public async Task VerifyOnly_NothingPrepared_PrintsTheSqlThatPreparesIt()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync("create table facts (id integer)");
        await using var host = await FeedHost.StartAsync(database, feed =>
        {
            FeedHost.MapItems(feed);
            feed.Table<ChangedRow>("facts", ["fact"], (change, to) => to.Remove($"fact:{change.Rows.First()["id"]}"));
        }, options: options => options.VerifyOnly = true, caughtUp: false);
        var problem = await host.ProblemAsync();
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from pg_publication"));
        await host.ReadAsync("item:1", "from before the slot");
        await RunPrintedAsync(database, problem);
        await host.CaughtUpAsync();
        Assert.False(await host.IsCachedAsync("item:1"));
        await database.ExecuteAsync("insert into facts values (1)");
        await database.ExecuteAsync("update facts set id = 2");
        await Until.TrueAsync(() => host.Removed.Contains("fact:1"));
    }

    [PostgresFact]
    public async Task VerifyOnly_PublicationCompletedElsewhere_RemovesTheFamilies()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync("create table more (id integer primary key, name text)");
        await using (await FeedHost.StartAsync(database))
        {
        }

        await using var host = await FeedHost.StartAsync(database, FeedHost.MapItemsAndMore, options: options => options.VerifyOnly = true, caughtUp: false);
        var problem = await host.ProblemAsync();
        await host.ReadAsync("more:1", "none");
        await database.ExecuteAsync("insert into more values (1)");
        await RunPrintedAsync(database, problem);
        await host.CaughtUpAsync();
        Assert.False(await host.IsCachedAsync("more:1"));
        Assert.Contains(host.Logged, log => log.Id.Name == "FeedReset" && log.Message.Contains("(publication)", StringComparison.Ordinal));
    }

    /// <summary>PostgreSQL judges a change by what was published when it was made. Whoever consumes when that transaction ends removes the families.</summary>
    [ServersTheory]
    [InlineData(false, false, false)]
    [InlineData(true, false, false)]
    [InlineData(true, true, false)]
    [InlineData(true, false, true)]
    [InlineData(true, true, true)]
    public async Task VerifyOnly_PublicationCompletedWhileATransactionRuns_RemovesTheFamiliesAfterItToo(bool hasRedis, bool isTakenOver, bool losesKeys)
    {
        await using var redis = hasRedis ? await RedisServer.StartAsync() : null;
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync("create table more (id integer primary key, name text); insert into more values (1, 'old')");
        await using (await FeedHost.StartAsync(database, redis: redis?.ConnectionString))
        {
        }

        await using var host = await FeedHost.StartAsync(database, FeedHost.MapItemsAndMore, redis?.ConnectionString, options => options.VerifyOnly = true, caughtUp: false);
        var problem = await host.ProblemAsync();
        await using var connection = await database.BeginAsync("update more set name = 'new'");
        await RunPrintedAsync(database, problem);
        // What others change meanwhile is passed on.
        await host.CaughtUpAsync();
        await using var standby = losesKeys && !isTakenOver ? null : await FeedHost.StartAsync(database, FeedHost.MapItemsAndMore, redis?.ConnectionString, options => options.VerifyOnly = true);
        var consumer = isTakenOver ? standby! : host;
        var sessions = 1;
        if (losesKeys)
            await redis!.CommandAsync("FLUSHALL");
        if (losesKeys && isTakenOver)
            await Until.TrueAsync(async () => (await redis!.CommandAsync("KEYS feed:*:repeat")).Contains("repeat", StringComparison.Ordinal), "the worker writes down what it has to do");
        if (isTakenOver)
        {
            await host.StopAsync();
        }
        else if (losesKeys)
        {
            await database.ExecuteAsync("select pg_terminate_backend(active_pid) from pg_replication_slots where database = current_database()");
            sessions = 2;
        }

        await Until.TrueAsync(() => consumer.Logged.Count(log => log.Id.Name == "FeedConnected") == sessions);
        await consumer.ReadAsync("more:1", await database.ScalarAsync<string>("select name from more"));
        await connection.ExecuteAsync("commit");
        await Until.TrueAsync(async () => !await consumer.IsCachedAsync("more:1"));
        await Until.TrueAsync(() => consumer.Feed.GetStatus().Resets == (isTakenOver ? 1 : 2));
        // In its session: nobody else gets the slot meanwhile.
        await database.ExecuteAsync("update items set name = 'x' where id = 1");
        await Until.TrueAsync(() => consumer.Removed.Contains("item:1"));
        Assert.Equal(sessions, consumer.Logged.Count(log => log.Id.Name == "FeedConnected"));
    }

    /// <summary>The transaction that changes the table has a later id than the one that publishes it, as any snapshot does not tell until a later one has ended.</summary>
    [PostgresFact]
    public async Task VerifyOnly_PublicationCompletedBeforeALaterTransactionEnds_RemovesTheFamiliesAfterItToo()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync("create table more (id integer primary key, name text); insert into more values (1, 'old')");
        await using (await FeedHost.StartAsync(database))
        {
        }

        await using var host = await FeedHost.StartAsync(database, FeedHost.MapItemsAndMore, options: options => options.VerifyOnly = true, caughtUp: false);
        await using var publishing = await database.BeginAsync(string.Concat(Printed(await host.ProblemAsync())));
        await using var changing = await database.BeginAsync("update more set name = 'new'");
        await publishing.ExecuteAsync("commit");
        await Until.TrueAsync(() => host.Logged.Any(log => log.Id.Name == "FeedConnected"));
        await host.ReadAsync("more:1", await database.ScalarAsync<string>("select name from more"));
        await changing.ExecuteAsync("commit");
        await Until.TrueAsync(async () => !await host.IsCachedAsync("more:1"));
        await Until.TrueAsync(() => host.Feed.GetStatus().Resets == 2);
    }

    [PostgresFact]
    public async Task VerifyOnly_PublicationCompletedBesideAWorkerThatDoesNotMapTheTable_RemovesTheFamiliesWhenItTakesOver()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync("create table more (id integer primary key, name text)");
        await using var before = await FeedHost.StartAsync(database);
        await using var host = await FeedHost.StartAsync(database, FeedHost.MapItemsAndMore, options: options => options.VerifyOnly = true, caughtUp: false);
        await RunPrintedAsync(database, await host.ProblemAsync());
        await host.CaughtUpAsync();
        Assert.Contains(host.Logged, log => log.Id.Name == "FeedStandingBy");
        await host.ReadAsync("more:1", "none");
        await database.ExecuteAsync("insert into more values (1)");
        await database.ExecuteAsync("update items set name = 'x' where id = 1");
        await Until.TrueAsync(() => before.Removed.Contains("item:1"));
        await before.StopAsync();
        await Until.TrueAsync(() => host.Logged.Any(log => log.Id.Name == "FeedConnected"));
        Assert.False(await host.IsCachedAsync("more:1"));
    }

    /// <summary>What the feed has printed: a statement a line, below the first.</summary>
    private static IEnumerable<string> Printed(string problem) => problem.Split('\n').Skip(1);

    /// <summary>Runs that, as an administrator would.</summary>
    private static async Task RunPrintedAsync(TestDatabase database, string problem)
    {
        foreach (var sql in Printed(problem))
            await database.ExecuteAsync(sql);
    }
}
