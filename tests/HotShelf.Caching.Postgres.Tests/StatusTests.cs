using System.Text.Json;
using HotShelf.Caching.Postgres.Internal;
using HotShelf.TestServers;

namespace HotShelf.Caching.Postgres.Tests;

[Collection(nameof(FeedServer))]
public class StatusTests(FeedServer server)
{
    [PostgresFact]
    public async Task Status_AfterChanges_NamesTablesDelaysAndWhatRemovedFamilies()
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<Item>("items", ["item"], (change, to) =>
            to.Remove(change.Rows.First().Id == 13 ? throw new InvalidOperationException("unlucky") : $"item:{change.Rows.First().Id}")), options: options => options.MaximumKeys = 100);
        await database.ExecuteAsync("update items set name = 'x' where id < 3");
        await database.ExecuteAsync("update items set name = 'x' where id = 13");
        await database.ExecuteAsync("insert into items select n, 'new', 'a' from generate_series(101, 300) n");
        await database.ExecuteAsync("delete from items where id = 5");
        await database.ExecuteAsync("truncate items");
        await Until.TrueAsync(() => host.Feed.GetStatus() is { Events: [{ Reason: "truncate" }, ..], LagSeconds: 0, SlotState: not null, Delay: not null });

        var status = host.Feed.GetStatus();
        Assert.Equal(("db", "consuming", null, true), (status.Name, status.State, status.Problem, status.RedisConfirms));
        Assert.Equal(new { Inserts = 200L, Updates = 3L, Deletes = 1L, Truncates = 1L, Escalations = 3L, Poison = 1L }, Assert.Single(status.Tables) switch
        {
            { Table: "items" } table => new { table.Inserts, table.Updates, table.Deletes, table.Truncates, table.Escalations, table.Poison },
            var other => throw new Xunit.Sdk.XunitException(other.Table),
        });
        // A new slot means that changes may have been missed.
        Assert.Equal(1, status.Resets);
        Assert.Equal(
            [("escalation", "items", "truncate"), ("escalation", "items", "limit"), ("poison", "items", "InvalidOperationException: unlucky"), ("reset", null, "missing")],
            status.Events.Select(entry => (entry.Kind, entry.Table, entry.Reason)));
        Assert.Matches("^[0-9A-F]+/[0-9A-F]+$", status.Events[0].Position);
        Assert.InRange(status.Delay!.P50, 0, status.Delay.P99);
        Assert.Equal("reserved", status.SlotState!.WalStatus);
        Assert.Contains("\"Truncates\":1", JsonSerializer.Serialize(status), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Status_OfUpdatesBeyondTheLimit_CountsEachOnce()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync("alter table items replica identity full; insert into items select n, 'new', 'a' from generate_series(101, 300) n");
        await using var host = await FeedHost.StartAsync(database, options: options => options.MaximumKeys = 100);
        await database.ExecuteAsync("update items set name = 'x'; delete from items");
        await Until.TrueAsync(() => host.Feed.GetStatus().Tables.Single().Deletes > 0);
        Assert.Equal((300, 300), (host.Feed.GetStatus().Tables.Single().Updates, host.Feed.GetStatus().Tables.Single().Deletes));
    }

    /// <summary>Creating a slot waits for the transactions that run, which may take hours.</summary>
    [PostgresFact]
    public async Task Status_WhileASlotIsCreated_IsStarting()
    {
        await using var database = await server.CreateAsync();
        await using var first = await FeedHost.StartAsync(database);
        await using var second = await FeedHost.StartAsync(database);
        await using var running = await database.BeginAsync("update items set name = 'x' where id = 1");
        await database.ExecuteAsync("alter publication hotshelf drop table items");
        // The one that drops the slot, and the one that finds it gone.
        foreach (var host in new[] { first, second })
        {
            await Until.TrueAsync(() => host.Logged.Count(log => log.Id.Name == "FeedCreatingSlot") == (host == first ? 2 : 1));
            Assert.Equal(("starting", null), (host.Feed.GetStatus().State, host.Feed.GetStatus().Problem));
        }

        await running.ExecuteAsync("commit");
        await Until.TrueAsync(() => new[] { first, second }.Select(host => host.Feed.GetStatus().State).Order().SequenceEqual(["consuming", "standing by"]));
    }

    /// <summary>A heartbeat of an earlier process is from before what has to come first.</summary>
    [PostgresFact]
    public async Task CaughtUp_AfterAnOldHeartbeat_IsNotReachedYet()
    {
        await using var database = await server.CreateAsync();
        await using (await FeedHost.StartAsync(database))
        {
        }

        // Not the end of the log, where other databases of this server write too: the feed stops before it.
        var written = await database.ScalarAsync<string>("select pg_logical_emit_message(true, 'hotshelf.' || slot_name, '')::text from pg_replication_slots where database = current_database()");
        await database.ExecuteAsync("insert into items select n, 'new', 'a' from generate_series(1001, 5000) n");
        using var read = new ManualResetEventSlim();
        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<Item>("items", ["item"], (change, to) =>
        {
            if (change.New!.Id == 4000)
                read.Wait();
            to.Remove($"item:{change.New.Id}");
        }), caughtUp: false);
        await Until.TrueAsync(() => database.ScalarAsync<bool>($"select confirmed_flush_lsn >= '{written}' from pg_replication_slots where database = current_database()"));
        Assert.False(host.Feed.CaughtUp.IsCompleted);
        read.Set();
        await host.CaughtUpAsync();
        // The feed has caught up before the cache tells of it.
        await Until.TrueAsync(() => host.Removed.Contains("item:5000"));
    }

    [Fact]
    public void Lag_OfAFeedThatIsSteadilyBehind_IsThatOfTheOldestHeartbeat()
    {
        var time = new Clock();
        var state = new FeedState(time);
        var first = state.HeartbeatSent();
        time.Seconds += 5;
        state.HeartbeatSent();
        time.Seconds += 55;
        Assert.Equal(TimeSpan.FromSeconds(60), state.Lag);
        Assert.Equal(0, new FeedState(time).NumberOf(first));
        state.HeartbeatReturned(state.NumberOf(first));
        Assert.Equal(TimeSpan.FromSeconds(55), state.Lag);
    }

    [PostgresFact]
    public async Task Status_OfTheWorkerThatWaits_SaysSo()
    {
        await using var database = await server.CreateAsync();
        await using var first = await FeedHost.StartAsync(database);
        await using var second = await FeedHost.StartAsync(database);
        Assert.Equal(("standing by", 0d), (second.Feed.GetStatus().State, second.Feed.GetStatus().LagSeconds));
    }

    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; } = 1;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
