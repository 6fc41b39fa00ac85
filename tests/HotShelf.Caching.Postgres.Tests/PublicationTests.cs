using HotShelf.TestServers;

namespace HotShelf.Caching.Postgres.Tests;

/// <summary>What a publication lacks, or lacked, removes the families.</summary>
[Collection(nameof(FeedServer))]
public class PublicationTests(FeedServer server)
{
    [PostgresFact]
    public async Task Publication_WithoutAMappedTable_IsCompletedAndTheFamiliesAreRemoved()
    {
        await using var database = await server.CreateAsync();
        await using (await FeedHost.StartAsync(database))
            await database.ExecuteAsync("create table more (id integer primary key)");
        await using var host = await FeedHost.StartAsync(database, FeedHost.MapItemsAndMore);
        Assert.Contains(host.Logged, log => log.Id.Name == "FeedReset" && log.Message.Contains("(publication)", StringComparison.Ordinal));
        await database.ExecuteAsync("insert into more values (1)");
        await Until.TrueAsync(() => host.Removed.Contains("more:1"));
    }

    [PostgresTheory]
    [InlineData("items where (id > 50)", "a row filter")]
    [InlineData("items (id, name)", "a list of columns")]
    public async Task Start_PublicationOfAPart_SaysHowToPublishAll(string part, string what)
    {
        await using var database = await server.CreateAsync();
        await using (await FeedHost.StartAsync(database))
            await database.ExecuteAsync($"alter publication hotshelf set table {part}; update items set name = 'x' where id = 1");
        await using var host = await FeedHost.StartAsync(database, caughtUp: false);
        await host.ReadAsync("item:1", "from before");
        Assert.Equal(
            $"Publication hotshelf has {what} for public.items, so that changes are missed: run ALTER PUBLICATION hotshelf DROP TABLE public.items; ALTER PUBLICATION hotshelf ADD TABLE public.items;",
            await host.ProblemAsync());
        await database.ExecuteAsync("alter publication hotshelf drop table items; alter publication hotshelf add table items");
        await host.CaughtUpAsync();
        Assert.False(await host.IsCachedAsync("item:1"));
        Assert.Contains(host.Logged, log => log.Id.Name == "FeedReset" && log.Message.Contains("(publication)", StringComparison.Ordinal));
    }

    [PostgresTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Slot_FromBeforeItsPublication_IsReplacedAndTheFamiliesAreRemoved(bool verifyOnly)
    {
        await using var database = await server.CreateAsync();
        var slot = $"hotshelf_{database.Name}";
        // As after a restore of the database beside a running feed: what the slot has to send is from before the publication.
        await database.ExecuteAsync($"select pg_create_logical_replication_slot('{slot}', 'pgoutput')");
        await database.ExecuteAsync("update items set name = 'x' where id = 1");
        await database.ExecuteAsync("create publication hotshelf for table items with (publish_via_partition_root = true)");
        await using var host = await FeedHost.StartAsync(database, options: options => options.VerifyOnly = verifyOnly, caughtUp: false);
        if (verifyOnly)
        {
            await host.ReadAsync("item:2", "from before");
            Assert.Contains($"pg_drop_replication_slot('{slot}')", await host.ProblemAsync(), StringComparison.Ordinal);
            await database.ExecuteAsync($"select pg_drop_replication_slot('{slot}'); select pg_create_logical_replication_slot('{slot}', 'pgoutput')");
        }

        await host.CaughtUpAsync();
        Assert.False(await host.IsCachedAsync("item:2"));
        Assert.Contains(host.Logged, log => log.Id.Name == "FeedReset" && log.Message.Contains("(publication)", StringComparison.Ordinal));
        await database.ExecuteAsync("update items set name = 'x' where id = 3");
        await Until.TrueAsync(() => host.Removed.Contains("item:3"));
    }
}
