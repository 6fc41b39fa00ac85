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
