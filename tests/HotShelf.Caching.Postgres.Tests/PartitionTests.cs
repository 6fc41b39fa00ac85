using HotShelf.TestServers;

namespace HotShelf.Caching.Postgres.Tests;

/// <summary>A change in a partition, of any level and whenever it was made, is a change of the mapped table above it.</summary>
[Collection(nameof(FeedServer))]
public class PartitionTests(FeedServer server)
{
    private const string Orders = """
        create table orders (id integer, region text, note text, body text, primary key (id, region)) partition by list (region);
        create table orders_eu partition of orders for values in ('eu');
        create table orders_us partition of orders for values in ('us') partition by range (id);
        create table orders_us_1 partition of orders_us for values from (0) to (100);
        """;

    [PostgresFact]
    public async Task Truncate_OfAPartition_RemovesTheFamiliesOfTheTable()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync(Orders);
        await using var host = await FeedHost.StartAsync(database, Map);
        foreach (var table in new[] { "orders_eu", "orders_us_1", "orders_us", "orders" })
        {
            await host.ReadAsync("order:9", "nine");
            await database.ExecuteAsync($"truncate {table}");
            await Until.TrueAsync(async () => !await host.IsCachedAsync("order:9"), $"the family goes with {table}");
        }
    }

    [PostgresFact]
    public async Task Change_InAPartitionOfAnyLevelAndColumnOrder_IsAChangeOfTheTable()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync($"create schema other; {Orders} create table other.apart (body text, region text not null, note text, id integer not null, primary key (id, region))");
        await using var host = await FeedHost.StartAsync(database, Map);
        await database.ExecuteAsync("insert into orders values (1, 'eu'), (2, 'us'); insert into orders_us_1 values (3, 'us')");
        await database.ExecuteAsync("create table orders_us_2 partition of orders_us for values from (100) to (200)");
        await database.ExecuteAsync("insert into orders values (101, 'us')");
        await database.ExecuteAsync("alter table orders attach partition other.apart for values in ('xx')");
        await database.ExecuteAsync("insert into orders values (4, 'xx')");
        await Until.TrueAsync(() => new[] { 1, 2, 3, 101, 4 }.All(id => host.Removed.Contains($"order:{id}")), () => string.Join(' ', host.Removed));
        Assert.DoesNotContain(host.Logged, log => log.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
    }

    [PostgresFact]
    public async Task Partition_MadeInTheTransactionThatFillsIt_MissesNothing()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync(Orders);
        await using var host = await FeedHost.StartAsync(database, Map);
        await host.ReadAsync("order:1", "nobody");
        await database.ExecuteAsync("begin; create table orders_asia partition of orders for values in ('asia'); insert into orders values (1, 'asia'); commit");
        await Until.TrueAsync(async () => !await host.IsCachedAsync("order:1"));
        await database.ExecuteAsync("insert into orders values (2, 'asia')");
        await Until.TrueAsync(() => host.Removed.Contains("order:2"));
    }

    [PostgresFact]
    public async Task Partition_GoneBeforeItsChangesWereRead_MissesNoneOfThem()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync($"{Orders} insert into orders values (1, 'eu')");
        await using (await FeedHost.StartAsync(database, Map))
        {
        }

        await database.ExecuteAsync("delete from orders where id = 1");
        await database.ExecuteAsync("drop table orders_eu");
        var read = new TaskCompletionSource();
        await using var host = await FeedHost.StartAsync(database, feed => Map(feed.StartAfter((_, _) => read.Task)), caughtUp: false);
        await host.ReadAsync("order:1", "one");
        read.SetResult();
        await host.CaughtUpAsync();
        Assert.False(await host.IsCachedAsync("order:1"));
        Assert.DoesNotContain(host.Logged, log => log.Id.Name == "FeedReset");
    }

    [PostgresFact]
    public async Task Column_LargeAndUnchanged_IsTakenFromTheOldRow()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync($"{Orders} insert into orders select 1, 'eu', 'old', string_agg(md5(n::text), '') from generate_series(1, 1000) n");
        await using var host = await FeedHost.StartAsync(database, feed =>
            feed.Table<ChangedRow>("orders", ["order"], (change, to) => to.Remove($"order:{change.New!["body"]!.Length}")).NeedsOld("note"));
        await database.ExecuteAsync("update orders set note = 'new'");
        await Until.TrueAsync(() => host.Removed.Contains("order:32000"), () => string.Join(Environment.NewLine, host.Logged));
    }

    [PostgresFact]
    public async Task Publication_ThroughTheRoot_IsCorrected()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync($"{Orders} create publication hotshelf for table orders with (publish_via_partition_root = true)");
        await using (await FeedHost.StartAsync(database, Map))
            Assert.False(await database.ScalarAsync<bool>("select pubviaroot from pg_publication"));
        // What is right stays as it is.
        await using var host = await FeedHost.StartAsync(database, Map);
        Assert.DoesNotContain(host.Logged, log => log.Id.Name is "FeedReset" or "FeedSetupSql");
    }

    [PostgresFact]
    public async Task Publication_ThatContainsWhatIsAbove_IsNotChanged()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync($"{Orders} create schema apart; create table apart.later (id integer primary key) partition by range (id); create table apart.later_1 partition of apart.later for values from (0) to (10); create publication hotshelf for table orders, tables in schema apart");
        await using var host = await FeedHost.StartAsync(database, feed =>
        {
            feed.Table<ChangedRow>("orders_us", ["order"], (change, to) => to.Remove($"order:{change.New!["id"]}"));
            feed.Table<ChangedRow>("apart.later", ["later"], (change, to) => to.Remove($"later:{change.New!["id"]}"));
        });
        Assert.Equal(1, await database.ScalarAsync<long>("select count(*) from pg_publication_rel"));
        await database.ExecuteAsync("insert into apart.later values (1); insert into orders values (1, 'eu'), (2, 'us')");
        await Until.TrueAsync(() => host.Removed.Contains("order:2"));
        Assert.DoesNotContain("order:1", host.Removed);
    }

    [PostgresFact]
    public async Task Start_PartitionMappedBesideItsTable_SaysToMapOne()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync(Orders);
        await using var host = await FeedHost.StartAsync(database, feed =>
        {
            Map(feed);
            feed.Table<ChangedRow>("orders_us_1", ["order"], (change, to) => to.Remove("x:1"));
        }, caughtUp: false);
        Assert.Equal("orders_us_1 is a partition of orders, which is mapped too: map only orders, and do all there.", await host.ProblemAsync());
    }

    private static void Map(ChangeFeedBuilder feed) =>
        feed.Table<ChangedRow>("orders", ["order"], (change, to) => to.Remove($"order:{change.Rows.First()["id"]}"));
}
