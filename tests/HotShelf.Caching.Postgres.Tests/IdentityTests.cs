using HotShelf.TestServers;

namespace HotShelf.Caching.Postgres.Tests;

/// <summary>Tables get the replica identity that their mappings need.</summary>
[Collection(nameof(FeedServer))]
public class IdentityTests(FeedServer server)
{
    [PostgresFact]
    public async Task Start_TableLocked_SaysByWhomAndStartsAfterwards()
    {
        await using var database = await server.CreateAsync();
        await using var report = new Npgsql.NpgsqlConnection(database.ConnectionString + ";Pooling=false;Application Name=report");
        await report.OpenAsync();
        await using (var read = new Npgsql.NpgsqlCommand("begin; select count(*) from items", report))
            await read.ExecuteNonQueryAsync();
        await using var host = await FeedHost.StartAsync(database, feed =>
            feed.Table<ChangedRow>("items", ["item"], (change, to) => to.Remove($"item:{change.Old!["category"]}")).NeedsOld("category"), caughtUp: false);
        var problem = await host.ProblemAsync();
        Assert.StartsWith("\"ALTER TABLE public.items REPLICA IDENTITY FULL\" waits for a lock that process ", problem, StringComparison.Ordinal);
        Assert.Contains($"process {report.ProcessID} (report, user postgres) holds", problem, StringComparison.Ordinal);
        await using (var end = new Npgsql.NpgsqlCommand("commit", report))
            await end.ExecuteNonQueryAsync();
        await host.CaughtUpAsync();
        await database.ExecuteAsync("update items set name = 'x' where id = 1");
        await Until.TrueAsync(() => host.Removed.Contains("item:a"));
    }

    [PostgresTheory]
    [InlineData("id integer")]
    [InlineData("id integer primary key deferrable")]
    public async Task Table_WithoutIdentity_GetsOneBeforeItIsPublished(string columns)
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync($"create table facts ({columns}); insert into facts values (1)");
        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<ChangedRow>("facts", ["fact"], (change, to) => to.Remove($"fact:{change.Old!["id"]}")));
        await database.ExecuteAsync("update facts set id = 2");
        await Until.TrueAsync(() => host.Removed.Contains("fact:1"));
    }

    [PostgresTheory]
    [InlineData("update items set category = 'b' where id = 1")]
    [InlineData("delete from items where id = 1")]
    public async Task Change_FromBeforeTheIdentityWasSet_RemovesTheFamilies(string change)
    {
        await using var database = await server.CreateAsync();
        await using (await FeedHost.StartAsync(database))
        {
        }

        await database.ExecuteAsync(change);
        var read = new TaskCompletionSource();
        await using var host = await FeedHost.StartAsync(database, feed => feed.StartAfter((_, _) => read.Task).Table<ChangedRow>("items", ["list"], (change, to) =>
        {
            foreach (var row in change.Rows)
                to.Remove($"list:{row["category"]}");
        }).NeedsOld("category"), caughtUp: false);
        await host.ReadAsync("list:a", "of category a");
        read.SetResult();
        await host.CaughtUpAsync();
        Assert.False(await host.IsCachedAsync("list:a"));
        // No more than these: the slot is as good as before.
        Assert.DoesNotContain(host.Logged, log => log.Id.Name == "FeedReset");
        await Until.TrueAsync(() => database.ScalarAsync<bool>("select relreplident = 'f' from pg_class where relname = 'items'"));
        await database.ExecuteAsync("update items set category = 'b' where id = 2");
        await Until.TrueAsync(() => host.Removed.Contains("list:a") && host.Removed.Contains("list:b"));
    }
}
