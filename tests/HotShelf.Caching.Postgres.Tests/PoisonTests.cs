using HotShelf.TestServers;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HotShelf.Caching.Postgres.Tests;

/// <summary>A mapping that fails is set aside, whatever it throws, and removes its families; the feed goes on.</summary>
[Collection(nameof(FeedServer))]
public class PoisonTests(FeedServer server)
{
    [PostgresFact]
    public async Task Mapping_WithANegativeVersion_IsPoisonAndDoesNotStopTheFeed()
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<Item>("items", ["item"], (change, to) => to.Remove($"item:{change.New!.Id}", change.New.Version)));
        await host.ReadAsync("item:99", "other");
        await database.ExecuteAsync("update items set version = -5 where id = 13");
        await Until.TrueAsync(async () => !await host.IsCachedAsync("item:99"));
        Assert.DoesNotContain("-5", Assert.Single(host.Logged, log => log.Id.Name == "FeedPoison").Message, StringComparison.Ordinal);
        await database.ExecuteAsync("update items set version = 2 where id = 15");
        await Until.TrueAsync(() => host.Removed.Contains("item:15"));
        Assert.Single(host.Logged, log => log.Id.Name == "FeedConnected");
    }

    [PostgresFact]
    public async Task Mapping_ThatLeavesAFailedTransactionOpen_DoesNotEndTheSession()
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<Item>("items", ["item"], async (changes, to, connection, cancellationToken) =>
        {
            var id = changes.SelectMany(change => change.Rows).Last().Id;
            to.Remove($"item:{id}");
            if (id != 13)
                return;
            await connection.BeginTransactionAsync(cancellationToken);
            await using var wrong = new NpgsqlCommand("select no_such_column from items", connection);
            await wrong.ExecuteScalarAsync(cancellationToken);
        }));
        await SetAsideAsync(database, host);
    }

    [PostgresFact]
    public async Task Mapping_ThatThrows_RemovesTheFamiliesAndDoesNotStopTheFeed()
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<Item>("items", ["item"], (change, to) =>
            to.Remove(change.New!.Id == 13 ? throw new InvalidOperationException($"unlucky {new string('x', 10_000)}") : $"item:{change.New.Id}")));
        await host.ReadAsync("item:99", "other");
        await database.ExecuteAsync("update items set name = 'x' where id in (12, 13, 14)");
        await Until.TrueAsync(async () => !await host.IsCachedAsync("item:99"));
        var logged = Assert.Single(host.Logged, log => log.Id.Name == "FeedPoison");
        Assert.Contains("table items failed", logged.Message, StringComparison.Ordinal);
        Assert.Contains("unlucky", logged.Message, StringComparison.Ordinal);
        Assert.All(host.Feed.GetStatus().Events, entry => Assert.InRange(entry.Reason.Length, 1, 501));
        await database.ExecuteAsync("update items set name = 'x' where id = 15");
        await Until.TrueAsync(() => host.Removed.Contains("item:15"));
    }

    /// <summary>As by the time limit of an HTTP call of the mapping's own.</summary>
    [PostgresFact]
    public async Task Mapping_ThatEndsAsCancelled_IsSetAside()
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<Item>("items", ["item"], (changes, to, _, _) =>
        {
            var id = changes.SelectMany(change => change.Rows).Last().Id;
            to.Remove($"item:{id}");
            return id == 13 ? throw new TaskCanceledException() : ValueTask.CompletedTask;
        }));
        await SetAsideAsync(database, host);
    }

    /// <summary>The server says of a deadlock, and of much else, that trying again may help.</summary>
    [PostgresFact]
    public async Task Mapping_ThatFailsForAMomentAlways_IsSetAside()
    {
        await using var database = await server.CreateAsync();
        var calls = 0;
        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<Item>("items", ["item"], async (changes, to, connection, cancellationToken) =>
        {
            var id = changes.SelectMany(change => change.Rows).Last().Id;
            to.Remove($"item:{id}");
            if (id != 13)
                return;
            calls++;
            await DeadlockAsync(connection, cancellationToken);
        }));
        await SetAsideAsync(database, host);
        Assert.Equal(3, calls);
    }

    [PostgresFact]
    public async Task Mapping_ThatFailsForAMomentOnce_IsTriedAgain()
    {
        await using var database = await server.CreateAsync();
        var calls = 0;
        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<Item>("items", ["item"], async (changes, to, connection, cancellationToken) =>
        {
            if (calls++ == 0)
                await DeadlockAsync(connection, cancellationToken);
            to.Remove($"item:{changes.SelectMany(change => change.Rows).Last().Id}");
        }));
        await host.ReadAsync("item:99", "other");
        await database.ExecuteAsync("update items set name = 'x' where id = 13");
        await Until.TrueAsync(() => host.Removed.Contains("item:13"));
        Assert.True(await host.IsCachedAsync("item:99"));
        Assert.DoesNotContain(host.Logged, log => log.Level >= LogLevel.Error);
        Assert.Single(host.Logged, log => log.Id.Name == "FeedConnected");
    }

    [PostgresFact]
    public async Task Observer_ThatThrows_DoesNotEndTheSession()
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database);
        host.OnRemoved = key => throw new InvalidOperationException(key);
        await database.ExecuteAsync("update items set name = 'x' where id = 13");
        await Until.TrueAsync(() => host.Removed.Contains("item:13"));
        await database.ExecuteAsync("update items set name = 'x' where id = 15");
        await Until.TrueAsync(() => host.Removed.Contains("item:15"));
        Assert.Single(host.Removed, "item:13");
        Assert.Contains(host.Logged, log => log.Id.Name == "FeedObserverFailed");
        Assert.Single(host.Logged, log => log.Id.Name == "FeedConnected");
    }

    /// <summary>The server sends an error in place of the row, for ever.</summary>
    [PostgresFact]
    public async Task Row_ThatTheServerCannotDecode_RemovesTheFamiliesAndDoesNotStopTheFeed()
    {
        await using var admin = await server.CreateAsync();
        await admin.ExecuteAsync("create database bytes encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0");
        await using var database = await TestDatabase.CreateAsync(server.Server.ConnectionStringFor("bytes"));
        await using var host = await FeedHost.StartAsync(database);
        await host.ReadAsync("item:99", "other");
        await database.ExecuteAsync("update items set name = E'\\351' where id = 13");
        await database.ExecuteAsync("update items set name = 'x' where id = 14");
        await Until.TrueAsync(async () => !await host.IsCachedAsync("item:99"));
        await Until.TrueAsync(() => host.Feed.GetStatus() is { State: "consuming", Events: [{ Kind: "reset", Reason: "undecodable" }, ..] });
        await database.ExecuteAsync("update items set name = 'x' where id = 15");
        await Until.TrueAsync(() => host.Removed.Contains("item:15"));
        Assert.Contains(host.Logged, log => log.Id.Name == "FeedSlotUndecodable");
    }

    /// <summary>Item 13 is set aside, with everything of its family, and a later change is not.</summary>
    private static async Task SetAsideAsync(TestDatabase database, FeedHost host)
    {
        await host.ReadAsync("item:99", "other");
        await database.ExecuteAsync("update items set name = 'x' where id = 13");
        await Until.TrueAsync(async () => !await host.IsCachedAsync("item:99"));
        await database.ExecuteAsync("update items set name = 'x' where id = 15");
        await Until.TrueAsync(() => host.Removed.Contains("item:15"));
        Assert.Equal("FeedPoison", Assert.Single(host.Logged, log => log.Level >= LogLevel.Error).Id.Name);
        Assert.Single(host.Logged, log => log.Id.Name == "FeedConnected");
    }

    private static async Task DeadlockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("do $$ begin raise 'deadlock' using errcode = 'deadlock_detected'; end $$", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
