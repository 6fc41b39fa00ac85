using System.Net.Http.Json;
using HotShelf.TestServers;
using Microsoft.Playwright;
using Npgsql;

namespace HotShelf.CacheConsole.Tests.Browser;

/// <summary>The whole running system, processes as in production, and a browser: one for all tests of the collection.</summary>
public sealed class ConsoleSystem : IAsyncLifetime
{
    private const string Key = "test-key-0123456789abcdef";
    private readonly List<ServerProcess> _processes = [];
    private RedisServer? _redis;
    private PostgresServer? _postgres;
    private NpgsqlDataSource? _database;
    private ConsoleProcess? _console;
    private IPlaywright? _playwright;

    public HttpClient Api { get; private set; } = null!;

    public Uri Console => _console!.Address;

    public RedisServer Redis => _redis!;

    public IBrowser Browser { get; private set; } = null!;

    /// <summary>The settings of a console of this system.</summary>
    public string[] ConsoleSettings => [$"ConnectionStrings__cache={_redis!.ConnectionString}", $"Api={Api.BaseAddress}", $"Api__Key={Key}"];

    public async Task InitializeAsync()
    {
        if (Chromium.Missing is not null)
            return;
        _redis = await RedisServer.StartAsync("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru");
        _postgres = await PostgresServer.StartAsync();
        await using (var connection = new NpgsqlConnection(_postgres.ConnectionString))
        {
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("create database productdb", connection);
            await command.ExecuteNonQueryAsync();
        }

        _database = NpgsqlDataSource.Create(_postgres.ConnectionStringFor("productdb"));

        string[] shared =
        [
            $"ConnectionStrings__cache={_redis.ConnectionString}", $"ConnectionStrings__productdb={_postgres.ConnectionStringFor("productdb")}", "ASPNETCORE_ENVIRONMENT=Development", "Catalog__SampleData=true",
            // Counts and events arrive soon; nothing but the tests fills a key.
            "Fleet__Interval=00:00:00.500", "Fleet__PopularityInterval=00:00:00.500", "Worker__Warming__Products=50", "Worker__Warming__Newest=50",
        ];
        Api = await StartAsync("ProductApi", [.. shared, $"Api__Keys__admin={Key}"]);
        Api.DefaultRequestHeaders.Add("X-Api-Key", Key);
        await StartAsync("CacheWorker", shared);
        _console = await ConsoleProcess.StartAsync(ConsoleSettings);
        _playwright = await Playwright.CreateAsync();
        Browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Program, Args = Chromium.Arguments, Timeout = 120_000 });
        await UseAsync();
    }

    public async Task DisposeAsync()
    {
        if (Browser is not null)
            await Browser.DisposeAsync();
        _playwright?.Dispose();
        if (_console is not null)
            await _console.DisposeAsync();
        foreach (var process in _processes)
            await process.DisposeAsync();
        if (_database is not null)
            await _database.DisposeAsync();
        if (_redis is not null)
            await _redis.DisposeAsync();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
    }

    /// <summary>What customers and a shop keeper do, so that every page has something to show.</summary>
    public async Task UseAsync()
    {
        for (var round = 0; round < 3; round++)
        {
            for (var id = 1; id <= 30; id++)
            {
                await GetAsync($"/products/{id}");
                await GetAsync($"/products/{id}/price");
            }

            await GetAsync("/products?pageSize=5");
        }

        using var changed = await Api.PutAsJsonAsync(new Uri("/products/3/price", UriKind.Relative), new { amount = 12.5 });
        changed.EnsureSuccessStatusCode();
        // Only the change feed tells of this one.
        await using var command = _database!.CreateCommand("update prices set amount = amount + 1 where product_id = 4");
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Where the answer came from, as <c>Cache-Status</c> tells it.</summary>
    public async Task<string> GetAsync(string path)
    {
        using var answer = await Api.GetAsync(new Uri(path, UriKind.Relative));
        answer.EnsureSuccessStatusCode();
        return answer.Headers.TryGetValues("Cache-Status", out var values) ? string.Join(',', values) : "";
    }

    /// <summary>A page of a browser that is signed in, and notes what its console says.</summary>
    internal async Task<BrowserPage> OpenAsync(string path, ConsoleProcess? console = null)
    {
        var context = await Browser.NewContextAsync(new() { ViewportSize = new() { Width = 1440, Height = 900 }, TimezoneId = "Europe/Berlin", ColorScheme = ColorScheme.Light });
        context.SetDefaultTimeout(BrowserPage.Patience);
        context.SetDefaultNavigationTimeout(BrowserPage.Patience);
        var page = new BrowserPage(context, await context.NewPageAsync());
        await page.Page.GotoAsync($"{console?.Address ?? Console}login?t={ConsoleProcess.Token}&returnUrl={Uri.EscapeDataString("/" + path)}");
        await page.LiveAsync();
        return page;
    }

    private async Task<HttpClient> StartAsync(string program, string[] environment)
    {
        var address = new Uri($"http://127.0.0.1:{ServerProcess.FreePort()}");
        var process = await ServerProcess.StartAsync("env", [.. environment, $"ASPNETCORE_URLS={address}", "dotnet", Path.Combine(AppContext.BaseDirectory, $"{program}.dll")], workingDirectory: AppContext.BaseDirectory);
        _processes.Add(process);
        var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
        await Until.TrueAsync(() => ConsoleProcess.AnswersAsync(http, "/ready", process), () => $"{program} is ready: {process.Output}", seconds: 120);
        return http;
    }
}

/// <summary>Tests of the running console, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class ConsoleCollection : ICollectionFixture<ConsoleSystem>
{
    public const string Name = "console";
}
