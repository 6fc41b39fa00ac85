using System.Net;
using System.Net.Sockets;
using HotShelf.TestServers;
using Microsoft.Extensions.Options;

namespace HotShelf.Caching.Postgres.Tests;

/// <summary>Each wrong set-up has one message that says what to set.</summary>
[Collection(nameof(FeedServer))]
public class SetupTests(FeedServer server)
{
    [PostgresFact]
    public async Task Start_WalLevelReplica_SaysWhatToSet()
    {
        await using var own = await PostgresServer.StartAsync("wal_level=replica");
        await using var database = await TestDatabase.CreateAsync(own.ConnectionString);
        await using var host = await FeedHost.StartAsync(database, caughtUp: false);
        Assert.StartsWith("wal_level is 'replica'; the change feed needs 'logical': run ALTER SYSTEM SET wal_level = 'logical' and restart PostgreSQL", await host.ProblemAsync(), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Start_WithOneFreeSlot_SaysWhatToSetAndRemovesNothing()
    {
        await using var own = await PostgresServer.StartAsync("max_replication_slots=1");
        await using var database = await TestDatabase.CreateAsync(own.ConnectionString);
        await using var host = await FeedHost.StartAsync(database, caughtUp: false);
        Assert.Equal(
            "PostgreSQL has 1 free replication slots, and the change feed needs 2 while it creates its own: raise max_replication_slots and restart it, or drop unused slots.", await host.ProblemAsync());
        Assert.DoesNotContain(host.Logged, log => log.Id.Name == "FeedReset");
    }

    [PostgresFact]
    public async Task Start_RoleWithoutReplication_SaysWhatToRun()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync($"create role writer_{database.Name} login; alter table items owner to writer_{database.Name}; grant all on database {database.Name} to writer_{database.Name}");
        await using var limited = database.As($"writer_{database.Name}");
        await using var host = await FeedHost.StartAsync(limited, caughtUp: false);
        Assert.Contains($"run ALTER ROLE writer_{database.Name} REPLICATION", await host.ProblemAsync(), StringComparison.Ordinal);
        await database.ExecuteAsync($"alter role writer_{database.Name} replication");
        await host.CaughtUpAsync();
    }

    [PostgresFact]
    public async Task Start_RoleThatMayNotReadTheSystemIdentifier_Consumes()
    {
        await using var database = await server.CreateAsync();
        var role = $"closed_{database.Name}";
        await database.ExecuteAsync($"create role {role} login replication; alter table items owner to {role}; grant all on database {database.Name} to {role}; revoke execute on function pg_control_system() from public");
        await using var limited = database.As(role);
        await using var host = await FeedHost.StartAsync(limited);
    }

    [PostgresFact]
    public async Task Start_RoleThatDoesNotOwnTheTable_SaysWhatTheOwnerRuns()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync($"create role reader_{database.Name} login replication; grant all on database {database.Name} to reader_{database.Name}");
        await using var limited = database.As($"reader_{database.Name}");
        await using var host = await FeedHost.StartAsync(limited, caughtUp: false);
        Assert.Contains("let the owner of the tables run \"CREATE PUBLICATION hotshelf FOR TABLE public.items", await host.ProblemAsync(), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Start_TableMissing_WaitsForIt()
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<ChangedRow>("later", ["later"], (change, to) => to.Remove($"later:{change.New!["id"]}")), caughtUp: false);
        Assert.Equal($"Table later does not exist in database {database.Name}: create it, or name it with its schema.", await host.ProblemAsync());
        await database.ExecuteAsync("create table later (id integer primary key)");
        await host.CaughtUpAsync();
        await database.ExecuteAsync("insert into later values (5)");
        await Until.TrueAsync(() => host.Removed.Contains("later:5"));
    }

    [PostgresFact]
    public async Task Start_TableNamedInAnotherCase_SaysHowToWriteIt()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync("create table \"Customers\" (\"Id\" integer primary key)");
        await using (var wrong = await FeedHost.StartAsync(database, feed => feed.Table<ChangedRow>("Customers", ["customer"], (change, to) => to.Remove("x:1")), caughtUp: false))
        {
            Assert.StartsWith(
                $"""Table Customers does not exist in database {database.Name}, but public."Customers" does: write Table("public.\"Customers\"").""", await wrong.ProblemAsync(), StringComparison.Ordinal);
        }

        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<ChangedRow>("\"Customers\"", ["customer"], (change, to) => to.Remove($"customer:{change.New!["Id"]}")));
        await database.ExecuteAsync("insert into \"Customers\" values (1)");
        await Until.TrueAsync(() => host.Removed.Contains("customer:1"));
    }

    [PostgresFact]
    public async Task Start_TableNameThatIsNone_SaysHowToWriteIt()
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<ChangedRow>("order items", ["order"], (change, to) => to.Remove("x:1")), caughtUp: false);
        Assert.Contains("write it as in SQL, in quotes", await host.ProblemAsync(), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Start_TableMappedUnderTwoNames_SaysToMapItOnce()
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database, feed =>
        {
            FeedHost.MapItems(feed);
            feed.Table<ChangedRow>("public.items", ["item"], (change, to) => to.Remove("x:1"));
        }, caughtUp: false);
        Assert.Equal("items and public.items are the same table: map it once, and do all there.", await host.ProblemAsync());
    }

    [PostgresFact]
    public async Task Start_TableWithChildrenByInheritance_SaysWhatToMap()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync("create table more () inherits (items)");
        await using var host = await FeedHost.StartAsync(database, caughtUp: false);
        Assert.StartsWith("Table items has children by INHERITS", await host.ProblemAsync(), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Start_SeveralHosts_SaysToNameThePrimary()
    {
        await using var database = await server.CreateAsync();
        await using var several = new TestDatabase(database.ConnectionString.Replace("Host=127.0.0.1", "Host=127.0.0.1,localhost", StringComparison.Ordinal));
        await using var host = await FeedHost.StartAsync(several, caughtUp: false);
        Assert.Contains("give the change feed a connection string with the host of the primary", await host.ProblemAsync(), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Start_NamesThatNeedQuotes_AreQuoted()
    {
        await using var database = await server.CreateAsync();
        var role = $"Role-{database.Name}";
        await database.ExecuteAsync($"create role \"{role}\" login; alter table items owner to \"{role}\"; grant all on database {database.Name} to \"{role}\"");
        await using var limited = database.As(role);
        await using var host = await FeedHost.StartAsync(limited, options: options => (options.Publication, options.Slot) = ("1feed", $"1{database.Name}"), caughtUp: false);
        Assert.Contains($"run ALTER ROLE \"{role}\" REPLICATION", await host.ProblemAsync(), StringComparison.Ordinal);
        await database.ExecuteAsync($"alter role \"{role}\" replication");
        await host.CaughtUpAsync();
        await database.ExecuteAsync("update items set name = 'x' where id = 1");
        await Until.TrueAsync(() => host.Removed.Contains("item:1"));
    }

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

    [PostgresFact]
    public async Task Start_RowTypeWithoutColumn_NamesBoth()
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<Wrong>("items", ["item"], (change, to) => to.Remove("x:1")), caughtUp: false);
        Assert.Equal("Wrong.Colour has no column in table items, which has id, name, category, version: rename or remove it.", await host.ProblemAsync());
    }

    [PostgresFact]
    public async Task Start_View_SaysWhatToMap()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync("create view shown as select * from items");
        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<ChangedRow>("shown", ["item"], (change, to) => to.Remove("x:1")), caughtUp: false);
        Assert.Contains("map the tables that it depends on", await host.ProblemAsync(), StringComparison.Ordinal);
    }

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
        foreach (var sql in problem.Split('\n').Skip(1))
            await database.ExecuteAsync(sql);
        await host.CaughtUpAsync();
        Assert.False(await host.IsCachedAsync("item:1"));
        await database.ExecuteAsync("insert into facts values (1)");
        await database.ExecuteAsync("update facts set id = 2");
        await Until.TrueAsync(() => host.Removed.Contains("fact:1"));
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
        foreach (var sql in problem.Split('\n').Skip(1))
            await database.ExecuteAsync(sql);
        await host.CaughtUpAsync();
        Assert.False(await host.IsCachedAsync("more:1"));
        Assert.Contains(host.Logged, log => log.Id.Name == "FeedReset" && log.Message.Contains("(publication)", StringComparison.Ordinal));
    }

    /// <summary>PostgreSQL judges a change by what was published when it was made. Whoever consumes when that transaction ends removes the families.</summary>
    [ServersTheory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task VerifyOnly_PublicationCompletedWhileATransactionRuns_RemovesTheFamiliesAfterItToo(bool hasRedis, bool isTakenOver)
    {
        await using var redis = hasRedis ? await RedisServer.StartAsync() : null;
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync("create table more (id integer primary key, name text); insert into more values (1, 'old')");
        await using (await FeedHost.StartAsync(database, redis: redis?.ConnectionString))
        {
        }

        await using var host = await FeedHost.StartAsync(database, FeedHost.MapItemsAndMore, redis?.ConnectionString, options => options.VerifyOnly = true, caughtUp: false);
        var problem = await host.ProblemAsync();
        await using var connection = new Npgsql.NpgsqlConnection(database.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using (var begin = new Npgsql.NpgsqlCommand("begin; update more set name = 'new'", connection))
            await begin.ExecuteNonQueryAsync();
        foreach (var sql in problem.Split('\n').Skip(1))
            await database.ExecuteAsync(sql);
        // What others change meanwhile is passed on.
        await host.CaughtUpAsync();
        await using var standby = await FeedHost.StartAsync(database, FeedHost.MapItemsAndMore, redis?.ConnectionString, options => options.VerifyOnly = true);
        var consumer = isTakenOver ? standby : host;
        if (isTakenOver)
            await host.StopAsync();
        await Until.TrueAsync(() => consumer.Logged.Any(log => log.Id.Name == "FeedConnected"));
        await consumer.ReadAsync("more:1", await database.ScalarAsync<string>("select name from more"));
        await using (var commit = new Npgsql.NpgsqlCommand("commit", connection))
            await commit.ExecuteNonQueryAsync();
        await Until.TrueAsync(async () => !await consumer.IsCachedAsync("more:1"));
        await Until.TrueAsync(() => consumer.Feed.GetStatus().Resets == (isTakenOver ? 1 : 2));
        // In its session: nobody else gets the slot meanwhile.
        await database.ExecuteAsync("update items set name = 'x' where id = 1");
        await Until.TrueAsync(() => consumer.Removed.Contains("item:1"));
        Assert.Single(consumer.Logged, log => log.Id.Name == "FeedConnected");
    }

    [PostgresFact]
    public async Task VerifyOnly_PublicationCompletedBesideAWorkerThatDoesNotMapTheTable_RemovesTheFamiliesWhenItTakesOver()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync("create table more (id integer primary key, name text)");
        await using var before = await FeedHost.StartAsync(database);
        await using var host = await FeedHost.StartAsync(database, FeedHost.MapItemsAndMore, options: options => options.VerifyOnly = true, caughtUp: false);
        foreach (var sql in (await host.ProblemAsync()).Split('\n').Skip(1))
            await database.ExecuteAsync(sql);
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

    // PgBouncer answers the parameters of a replication connection like this. The test needs none installed; see "A pooler" in the package's readme.
    [Theory]
    [InlineData("unsupported startup parameter: replication")]
    [InlineData("unsupported startup parameter in options: wal_sender_timeout")]
    public async Task Start_ThroughAPooler_SaysToConnectDirectly(string refusal)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var end = new CancellationTokenSource();
        var refusing = RefuseAsync(listener, refusal, end.Token);
        await using var database = new TestDatabase($"Host=127.0.0.1;Port={((IPEndPoint)listener.LocalEndpoint).Port};Username=app;Database=db;SSL Mode=Disable");
        await using var host = await FeedHost.StartAsync(database, caughtUp: false);
        Assert.EndsWith("give the change feed a connection string with host and port of PostgreSQL itself.", await host.ProblemAsync(), StringComparison.Ordinal);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => refusing);
    }

    [Fact]
    public async Task Start_OptionsOutOfRange_NamesTheKeys()
    {
        await using var database = new TestDatabase("Host=127.0.0.1;Port=1;Username=app;Database=db");
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => FeedHost.StartAsync(database, options: options => (options.MaximumKeys, options.Slot) = (1, "My Slot")));
        Assert.Contains("ChangeFeed:MaximumKeys is 1; it must be from 100 to 1000000.", failure.Message, StringComparison.Ordinal);
        Assert.Contains("ChangeFeed:Slot is 'My Slot'; it must be 1 to 63 of a-z, 0-9 and _.", failure.Message, StringComparison.Ordinal);
    }

    private static async Task RefuseAsync(TcpListener listener, string refusal, CancellationToken end)
    {
        while (true)
        {
            using var client = await listener.AcceptTcpClientAsync(end);
            await client.GetStream().ReadAtLeastAsync(new byte[1024], 8, throwOnEndOfStream: false, end);
            var fields = $"SFATAL\0C08P01\0M{refusal}\0\0";
            byte[] answer = [(byte)'E', .. BitConverter.GetBytes(IPAddress.HostToNetworkOrder(fields.Length + 4)), .. System.Text.Encoding.ASCII.GetBytes(fields)];
            await client.GetStream().WriteAsync(answer, end);
        }
    }

    private sealed record Wrong(int Id, string Colour);
}
