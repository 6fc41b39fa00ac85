using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using HotShelf.TestServers;
using Npgsql;

namespace HotShelf.Load;

/// <summary>
/// How soon a change by foreign SQL is visible through two replicas of the API, whose memory holds the value before: at 100 changes a second, as a COPY and a TRUNCATE, and after Redis, PostgreSQL or the worker were
/// away. From the answer to the commit until both replicas have answered with the new value.
/// </summary>
internal sealed class FeedDelay(PostgresServer postgres, RedisServer redis, ServerProcess worker, HttpClient[] replicas)
{
    private const int Writers = 4;
    private const int PerSecond = 100;
    private const int Bulk = 100_000;

    // Longer than PostgreSQL needs to write a slot's position to its disk twice.
    private static readonly TimeSpan s_writing = TimeSpan.FromSeconds(30);
    private static readonly ManualResetEvent s_never = new(false);

    public async Task MeasureAsync(TimeSpan time)
    {
        Console.WriteLine();
        Console.WriteLine("visible through both replicas, ms                       p50      p99      max");
        // Until the runtime has compiled what a change needs for good, which takes most of the processors in the first half minute.
        await ManyAsync(TimeSpan.FromSeconds(30), first: 1);
        Show($"{PerSecond} changes/s by foreign SQL (5 and 50 wanted)", await ManyAsync(time, first: 2_001));
        Show($"COPY of {Bulk:N0} rows", [await CopyAsync()]);
        Show("TRUNCATE", [await TruncateAsync()]);
        Show("after Redis was frozen for 2 s (1,000 wanted)", [await AwayAsync(9_001, redis.PauseAsync, redis.ResumeAsync)]);
        Show("after a restart of Redis (1,000 wanted)", [await AwayAsync(9_002, () => Task.CompletedTask, redis.RestartAsync)]);
        Show("after the worker was frozen for 2 s (1,000 wanted)", [await AwayAsync(9_003, () => worker.SignalAsync("STOP"), () => worker.SignalAsync("CONT"))]);
        Show("after a restart of PostgreSQL (1,000 wanted)", [await AfterRestartAsync(9_004)]);
        await FeedCost.WriteAsync(postgres, s_writing);
        await FeedCost.CaughtUpAsync(postgres);
        Show("the same after the most writing (1,000 wanted)", [await AfterRestartAsync(9_005)]);
    }

    private async Task<List<double>> ManyAsync(TimeSpan time, int first)
    {
        var next = first - 1;
        var watch = Stopwatch.StartNew();
        var delays = await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            await using var connection = new NpgsqlConnection(postgres.ConnectionString);
            await connection.OpenAsync();
            var found = new List<double>();
            for (var round = 0; watch.Elapsed < time; round++)
            {
                var product = first + Interlocked.Increment(ref next) % 2_000;
                await Task.WhenAll(replicas.Select(replica => AmountAsync(replica, product)));
                found.Add(await ChangeAsync(connection, product, 1_000 + round));
                var due = TimeSpan.FromSeconds((double)(round + 1) * Writers / PerSecond) - watch.Elapsed;
                if (due > TimeSpan.Zero)
                    await Task.Delay(due);
            }

            return found;
        }));
        return [.. delays.SelectMany(some => some)];
    }

    private async Task<double> ChangeAsync(NpgsqlConnection connection, int product, decimal amount)
    {
        await using var update = new NpgsqlCommand($"update prices set amount = {amount.ToString(CultureInfo.InvariantCulture)} where product_id = {product}", connection);
        await update.ExecuteNonQueryAsync();
        return await VisibleAsync(product, amount);
    }

    private async Task<double> VisibleAsync(int product, decimal? amount)
    {
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(replicas.Select(async replica =>
        {
            while (await AmountAsync(replica, product) != amount)
            {
                if (watch.Elapsed > TimeSpan.FromMinutes(1))
                    throw new TimeoutException($"Product {product} is stale after a minute.");
                // Reading without a pause would take the processors from what is measured. A timer would come up to 4 ms late, as its clock ticks that rarely.
                await Task.Run(() => s_never.WaitOne(TimeSpan.FromMilliseconds(1)));
            }
        }));
        return watch.Elapsed.TotalMilliseconds;
    }

    private async Task<double> CopyAsync()
    {
        // One of its changes is of a price that both replicas hold.
        await Task.WhenAll(replicas.Select(replica => AmountAsync(replica, 9_000)));
        await using var connection = new NpgsqlConnection(postgres.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var copy = await connection.BeginTextImportAsync("copy products (id, sku, name, description, category) from stdin"))
        {
            for (var id = 20_001; id <= 20_000 + Bulk; id++)
                await copy.WriteAsync($"{id}\tCOPY-{id}\tname\ttext\tgarden\n");
        }

        await ExecuteAsync(connection, "insert into prices (product_id, amount, currency) select id, 7, 'EUR' from products where id > 20000; update prices set amount = 6 where product_id = 9000");
        await transaction.CommitAsync();
        return await VisibleAsync(9_000, 6);
    }

    private async Task<double> TruncateAsync()
    {
        await using var connection = new NpgsqlConnection(postgres.ConnectionString);
        await connection.OpenAsync();
        await VisibleAsync(20_002, 7);
        await ExecuteAsync(connection, "create table kept as select * from prices where product_id <= 10000; begin; truncate prices; insert into prices (product_id, amount, currency) select product_id, 8, currency from kept; commit");
        return await VisibleAsync(20_002, null);
    }

    private async Task<double> AwayAsync(int product, Func<Task> leave, Func<Task> comeBack)
    {
        await using var connection = new NpgsqlConnection(postgres.ConnectionString);
        await connection.OpenAsync();
        await Task.WhenAll(replicas.Select(replica => AmountAsync(replica, product)));
        await leave();
        await ExecuteAsync(connection, $"update prices set amount = 9 where product_id = {product}");
        await Task.Delay(TimeSpan.FromSeconds(2));
        await comeBack();
        return await VisibleAsync(product, 9);
    }

    private async Task<double> AfterRestartAsync(int product)
    {
        await Task.WhenAll(replicas.Select(replica => AmountAsync(replica, product)));
        await postgres.RestartAsync();
        await using var connection = new NpgsqlConnection(postgres.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        return await ChangeAsync(connection, product, 10);
    }

    /// <summary>The price as a replica answers; null when there is none, -1 when it fails.</summary>
    private static async Task<decimal?> AmountAsync(HttpClient replica, int product)
    {
        using var answer = await replica.GetAsync(new Uri($"/products/{product}/price", UriKind.Relative));
        if (answer.StatusCode == System.Net.HttpStatusCode.NotFound)
            return null;
        return answer.IsSuccessStatusCode ? JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync()).RootElement.GetProperty("amount").GetDecimal() : -1;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static void Show(string what, List<double> delays)
    {
        delays.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-52} {At(0.5),8:0.0} {At(0.99),8:0.0} {delays[^1],8:0.0}"));

        double At(double share) => delays[(int)Math.Ceiling(share * delays.Count) - 1];
    }
}
