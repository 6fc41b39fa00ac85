using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Npgsql;

namespace HotShelf.Deploy.Tests.Running;

/// <summary>
/// Readers and writers of prices, through the gateway. Prices only grow, so an answer with a lower price than one that was confirmed before the read began
/// is stale, by the time since then.
/// </summary>
internal sealed class PriceTraffic(Uri gateway, string key, NpgsqlDataSource database) : IAsyncDisposable
{
    // Products of one category (see SeedCategory.All), so that a list shows them.
    private const int First = 6;
    private const int Step = 20;
    private const int Products = 20;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<int, List<(long At, decimal Amount)>> _confirmed = new();
    private readonly List<Task> _tasks = [];
    private int _amount = 100_000;

    public ConcurrentQueue<string> Failures { get; } = new();

    /// <summary>Stale answers: what was read, which writer had changed it, how late it was, and when it was read.</summary>
    public ConcurrentQueue<(string Read, string Writer, TimeSpan Age, long At)> Stale { get; } = new();

    public long Reads => Interlocked.Read(ref _reads);

    public long Writes => Interlocked.Read(ref _writes);

    private long _reads;
    private long _writes;

    public void Start(int readers)
    {
        for (var reader = 0; reader < readers; reader++)
        {
            var random = new Random(reader);
            _tasks.Add(Task.Run(() => RunAsync(http => ReadAsync(http, random))));
        }

        // Even places are changed through the API, odd ones in the database: those reach the cache by the change feed alone.
        _tasks.Add(Task.Run(() => RunAsync(http => WriteAsync(http))));
        _tasks.Add(Task.Run(() => RunAsync(_ => WriteBesideAsync())));
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_tasks);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task RunAsync(Func<HttpClient, Task> step)
    {
        using var http = new HttpClient { BaseAddress = gateway, Timeout = TimeSpan.FromSeconds(60) };
        http.DefaultRequestHeaders.Add("X-Api-Key", key);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await step(http);
            }
            catch (HttpRequestException failure)
            {
                Failures.Enqueue(failure.Message);
            }

            await Task.Delay(10);
        }
    }

    private async Task ReadAsync(HttpClient http, Random random)
    {
        var id = First + (random.Next(Products) * Step);
        var (path, shown) = random.Next(4) switch
        {
            0 => ($"/products/{id}", "product"),
            1 => ("/products?category=home-audio&pageSize=20", "list"),
            _ => ($"/products/{id}/price", "price"),
        };
        var began = Stopwatch.GetTimestamp();
        var confirmed = _confirmed.ToDictionary(pair => pair.Key, pair => Last(pair.Value));
        using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
        Interlocked.Increment(ref _reads);
        if (!answer.IsSuccessStatusCode)
        {
            Failures.Enqueue($"GET {path}: {(int)answer.StatusCode}");
            return;
        }

        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        foreach (var (product, amount) in shown switch
        {
            "price" => [(id, body["amount"]!.GetValue<decimal>())],
            "product" => [(id, body["price"]!.GetValue<decimal>())],
            _ => body["items"]!.AsArray().Select(item => (item!["id"]!.GetValue<int>(), item["price"]!.GetValue<decimal>())),
        })
        {
            if (confirmed.TryGetValue(product, out var known) && amount < known.Amount)
                Stale.Enqueue((shown, WrittenByApi(product) ? "API" : "database", Stopwatch.GetElapsedTime(FirstAbove(product, amount), began), began));
        }
    }

    private async Task WriteAsync(HttpClient http)
    {
        var id = NextId(0);
        var amount = NextAmount();
        using var answer = await http.PutAsJsonAsync(new Uri($"/products/{id}/price", UriKind.Relative), new { amount });
        if (answer.IsSuccessStatusCode)
            Confirm(id, amount);
        else
            Failures.Enqueue($"PUT price: {(int)answer.StatusCode}");
    }

    private async Task WriteBesideAsync()
    {
        var id = NextId(1);
        var amount = NextAmount();
        await using var command = database.CreateCommand(string.Create(CultureInfo.InvariantCulture, $"update prices set amount = {amount} where product_id = {id}"));
        await command.ExecuteNonQueryAsync();
        Confirm(id, amount);
    }

    private void Confirm(int id, decimal amount)
    {
        Interlocked.Increment(ref _writes);
        var writes = _confirmed.GetOrAdd(id, _ => []);
        lock (writes)
            writes.Add((Stopwatch.GetTimestamp(), amount));
    }

    /// <summary>When a price that is higher than what was read had been confirmed for the first time: since then it is stale.</summary>
    private long FirstAbove(int id, decimal amount)
    {
        var writes = _confirmed[id];
        lock (writes)
            return writes.First(write => write.Amount > amount).At;
    }

    private static (long At, decimal Amount) Last(List<(long At, decimal Amount)> writes)
    {
        lock (writes)
            return writes[^1];
    }

    private decimal NextAmount() => Interlocked.Increment(ref _amount) / 100m;

    private static int NextId(int half) => First + (((Random.Shared.Next(Products / 2) * 2) + half) * Step);

    private static bool WrittenByApi(int id) => (id - First) / Step % 2 == 0;
}
