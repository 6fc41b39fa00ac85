using System.Globalization;
using HotShelf.TestServers;
using Npgsql;

namespace HotShelf.Load;

/// <summary>
/// What the change feed costs writers: price updates a second by 16 clients of pgbench without it, beside pg_recvlogical, which reads the same and drops it, beside a worker that consumes it, and beside the worker and two replicas of the API. Measured in turn, on
/// a server that does not wait for its disk unless it is told to, so that the processors are what all of them share. The processor time of an update, of all processes together, says the same without the noise of what
/// else the machine does: on a machine of its own the updates a second are its inverse.
/// </summary>
internal static class FeedCost
{
    private const int Writers = 16;
    private const int Products = 10_000;

    // Until the runtime has compiled what the worker uses for the last time: a worker runs for weeks.
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(30);

    public static async Task MeasureAsync(string worker, string api, TimeSpan time, int rounds, bool onlyDelay, bool waitsForDisk)
    {
        Console.WriteLine($"{Environment.ProcessorCount} processors; load before: {File.ReadAllText("/proc/loadavg").Split(' ')[0]}");
        await using var redis = await RedisServer.StartAsync();
        await using var postgres = await PostgresServer.StartAsync(waitsForDisk ? ["fsync=on", "full_page_writes=on"] : []);
        string[] settings =
        [
            $"ConnectionStrings__cache={redis.ConnectionString}", $"ConnectionStrings__productdb={postgres.ConnectionString}", "Logging__LogLevel__Default=Warning",
            $"Api__Keys__admin={Guid.NewGuid():N}", "Worker__Warming__Products=0", "Catalog__SampleData=true", "ASPNETCORE_ENVIRONMENT=Development",
        ];
        var (feed, _) = await StartAsync(worker, settings);
        await using var feedProcess = feed;
        if (!onlyDelay)
        {
            await WriteAsync(postgres, s_warmUp);
            Console.WriteLine("price updates by 16 clients      updates/s   of without   processor us/update   of without   of that Redis    worker   caught up after ms (medians of rounds)");
            Show(await MeasureAsync(postgres, redis, feed, [], time, rounds), "without the feed", "pg_recvlogical, which drops all", "with the feed");
        }

        var (first, firstClient) = await StartAsync(api, settings);
        await using var firstProcess = first;
        var (second, secondClient) = await StartAsync(api, settings);
        await using var secondProcess = second;
        if (!onlyDelay)
        {
            Show(await MeasureAsync(postgres, redis, feed, [first, second], time, rounds), "without all of it", "pg_recvlogical, which drops all", "with the feed and two replicas");
            Console.WriteLine("Wanted: 0.70 with the feed, 0.50 with the whole system.");
        }

        await new FeedDelay(postgres, redis, feed, [firstClient, secondClient]).MeasureAsync(time);
        Console.WriteLine($"load after: {File.ReadAllText("/proc/loadavg").Split(' ')[0]}");
    }

    /// <summary>Each round: without the feed, with a program that reads the same and drops it, and with the feed and these replicas of the API. Round 0 warms up.</summary>
    private static async Task<List<Result[]>> MeasureAsync(PostgresServer postgres, RedisServer redis, ServerProcess feed, ServerProcess[] replicas, TimeSpan time, int rounds)
    {
        var results = new List<Result[]>();
        for (var round = 0; round <= rounds; round++)
        {
            // Stopped, not ended, so that it is as warm as when it runs for long.
            await SignalAsync("STOP", [feed, .. replicas]);
            await ExecuteAsync(postgres, "select pg_terminate_backend(active_pid) from pg_replication_slots where active");
            await DropSlotAsync(postgres);
            var without = await MeasureAsync(postgres, time, redis.ProcessId);
            Result dropped;
            await using (await ServerProcess.StartAsync(Path.Combine(Programs.PostgresBin!, "pg_recvlogical"),
                ["-h", "127.0.0.1", "-p", $"{postgres.Port}", "-U", "postgres", "-d", "postgres", "--slot", "dropped", "--create-slot", "--start", "-P", "pgoutput",
                 "-o", "proto_version=1", "-o", "publication_names=hotshelf", "--status-interval=1", "--fsync-interval=1", "-f", "/dev/null"]))
            {
                await Until.TrueAsync(() => SlotsAsync(postgres, "active"));
                dropped = await MeasureAsync(postgres, time, redis.ProcessId);
            }

            await DropSlotAsync(postgres);
            await SignalAsync("CONT", [feed, .. replicas]);
            await Until.TrueAsync(() => SlotsAsync(postgres, "active and not temporary"));
            // What a process does when it goes on after a pause is not what is measured.
            await CaughtUpAsync(postgres);
            var with = await MeasureAsync(postgres, time, redis.ProcessId, feed.ProcessId);
            if (round > 0)
                results.Add([without, dropped, with]);
        }

        return results;
    }

    private static void Show(List<Result[]> results, params string[] kinds)
    {
        foreach (var (i, name) in kinds.Index())
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name,-32} {Medians.Of(results.Select(round => round[i].PerSecond)),9:N0} {Medians.Of(results.Select(round => round[i].PerSecond / round[0].PerSecond)),12:0.00} {Medians.Of(results.Select(round => round[i].Microseconds)),21:0} {Medians.Of(results.Select(round => round[0].Microseconds / round[i].Microseconds)),12:0.00} {Medians.Of(results.Select(round => round[i].Redis)),15:0} {Medians.Of(results.Select(round => round[i].Worker)),9:0} {Medians.Of(results.Select(round => round[i].CaughtUp.TotalMilliseconds)),20:N0}"));
        }
    }

    private static async Task<Result> MeasureAsync(PostgresServer postgres, TimeSpan time, params int[] processes)
    {
        var (before, redisBefore, workerBefore) = (All(), Of(0), Of(1));
        var perSecond = await WriteAsync(postgres, time);
        var caughtUp = await CaughtUpAsync(postgres);
        var updates = perSecond * time.TotalSeconds;
        return new Result(
            perSecond, (All() - before).TotalMicroseconds / updates, (Of(0) - redisBefore).TotalMicroseconds / updates, (Of(1) - workerBefore).TotalMicroseconds / updates, caughtUp);

        // All that takes part was started by this process; what has ended of it are pgbench and its sessions of the server. Sessions that go on are its children still.
        TimeSpan All() => ProcessorTimes.Of(Environment.ProcessId) + ProcessorTimes.OfEndedChildren(Environment.ProcessId) + ProcessorTimes.OfEndedChildren(postgres.ProcessId);

        TimeSpan Of(int index) => index < processes.Length ? ProcessorTimes.Of(processes[index]) : TimeSpan.Zero;
    }

    private static async Task<(ServerProcess Process, HttpClient Client)> StartAsync(string program, string[] settings)
    {
        var address = $"http://127.0.0.1:{ServerProcess.FreePort()}";
        var process = await ServerProcess.StartAsync("env", [.. settings, $"ASPNETCORE_URLS={address}", "dotnet", program, $"--contentRoot={Path.GetDirectoryName(program)}"]);
        var client = new HttpClient { BaseAddress = new Uri(address) };
        await Until.TrueAsync(async () =>
        {
            try
            {
                return (await client.GetAsync("/ready")).IsSuccessStatusCode;
            }
            catch (HttpRequestException) when (process.IsRunning)
            {
                return false;
            }
        }, () => process.Output, seconds: 120);
        return (process, client);
    }

    public static Task<double> WriteAsync(PostgresServer postgres, TimeSpan time) => PgBench.MeasureAsync(postgres, Writers, time, $"""
        \set product random(1, {Products})
        \set cents random(0, 99999)
        update prices set amount = :cents / 100.0 where product_id = :product;
        """);

    public static async Task<TimeSpan> CaughtUpAsync(PostgresServer postgres)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using var read = source.CreateCommand("select pg_current_wal_lsn()::text");
        var position = (string)(await read.ExecuteScalarAsync())!;
        await Until.TrueAsync(async () =>
        {
            await using var confirmed = source.CreateCommand($"select coalesce(bool_and(confirmed_flush_lsn >= '{position}'), true) from pg_replication_slots where not temporary");
            return (bool)(await confirmed.ExecuteScalarAsync())!;
        }, "the feed has caught up", seconds: 300);
        return watch.Elapsed;
    }

    private static Task SignalAsync(string signal, ServerProcess[] processes) => Task.WhenAll(processes.Select(process => process.SignalAsync(signal)));

    private static async Task DropSlotAsync(PostgresServer postgres)
    {
        await Until.TrueAsync(() => SlotsAsync(postgres, "not active"));
        await ExecuteAsync(postgres, "select pg_drop_replication_slot(slot_name) from pg_replication_slots");
        await ExecuteAsync(postgres, "vacuum");
    }

    private static async Task<bool> SlotsAsync(PostgresServer postgres, string condition)
    {
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using var command = source.CreateCommand($"select count(*) from pg_replication_slots where {condition}");
        return await command.ExecuteScalarAsync() is 1L;
    }

    private static async Task ExecuteAsync(PostgresServer postgres, string sql)
    {
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private sealed record Result(double PerSecond, double Microseconds, double Redis, double Worker, TimeSpan CaughtUp);
}
