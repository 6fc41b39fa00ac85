using HotShelf.TestServers;

namespace HotShelf.Caching.Postgres.Tests;

/// <summary>What the feed's role may do, and the message that says what it must.</summary>
[Collection(nameof(FeedServer))]
public class RightsTests(FeedServer server)
{
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
    public async Task Start_RoleThatMayNotUseTheSchema_SaysWhichRightItLacks()
    {
        await using var database = await server.CreateAsync();
        var role = $"outside_{database.Name}";
        await database.ExecuteAsync($"create role {role} login replication; create schema apart; create table apart.things (id integer primary key); alter table apart.things owner to {role}; grant all on database {database.Name} to {role}");
        await using var limited = database.As(role);
        await using var host = await FeedHost.StartAsync(
            limited, feed => feed.Table<ChangedRow>("apart.things", ["thing"], (change, to) => to.Remove($"thing:{change.New!["id"]}")), caughtUp: false);
        var problem = await host.ProblemAsync();
        Assert.StartsWith($"Role {role} lacks a right (permission denied for schema apart): run GRANT USAGE ON SCHEMA", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("REPLICATION", problem, StringComparison.Ordinal);
        await database.ExecuteAsync($"grant usage on schema apart to {role}");
        await host.CaughtUpAsync();
    }

    [PostgresFact]
    public async Task Start_RoleThatMayNotConnect_SaysWhichRightItLacks()
    {
        await using var database = await server.CreateAsync();
        var role = $"outside_{database.Name}";
        await database.ExecuteAsync($"create role {role} login replication; alter table items owner to {role}; revoke connect on database {database.Name} from public");
        await using var limited = database.As(role);
        await using var host = await FeedHost.StartAsync(limited, caughtUp: false);
        Assert.StartsWith($"Role {role} lacks a right (permission denied for database \"{database.Name}\"): run ", await host.ProblemAsync(), StringComparison.Ordinal);
        await database.ExecuteAsync($"grant all on database {database.Name} to {role}");
        await host.CaughtUpAsync();
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

    /// <summary>The families must not be removed at each attempt.</summary>
    [PostgresFact]
    public async Task Start_RoleThatMayNotCopyASlot_SaysSoAndRemovesNothing()
    {
        await using var database = await server.CreateAsync();
        var role = $"copies_{database.Name}";
        await database.ExecuteAsync($"create role {role} login replication; alter table items owner to {role}; grant all on database {database.Name} to {role}; revoke execute on function pg_copy_logical_replication_slot(name, name, boolean) from public");
        await using var limited = database.As(role);
        await using var host = await FeedHost.StartAsync(limited, caughtUp: false);
        Assert.Contains("(permission denied for function pg_copy_logical_replication_slot)", await host.ProblemAsync(), StringComparison.Ordinal);
        await Until.TrueAsync(() => host.Logged.Count(log => log.Id.Name == "FeedCreatingSlot") > 1);
        Assert.DoesNotContain(host.Logged, log => log.Id.Name is "FeedReset" or "FeedDisconnected");
        await database.ExecuteAsync($"grant execute on function pg_copy_logical_replication_slot(name, name, boolean) to {role}");
        await host.CaughtUpAsync();
        Assert.Equal(1, await database.ScalarAsync<long>("select count(*) from pg_replication_slots where database = current_database()"));
    }
}
