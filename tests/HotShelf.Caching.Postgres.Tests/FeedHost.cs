using System.Collections.Concurrent;
using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Postgres.Tests;

public sealed record Item(int Id, string Name, string Category, long Version);

/// <summary>A process with a change feed, and a cache in memory, or over Redis.</summary>
internal sealed class FeedHost : IAsyncDisposable, IChangeFeedObserver, ILoggerProvider, ILogger
{
    private readonly IHost _host;

    private FeedHost(string connectionString, string? redis, Action<ChangeFeedBuilder> configure, Action<PostgresChangeFeedOptions>? options, TimeProvider? time, TimeSpan? remoteTimeout)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:db", connectionString)]);
        builder.Logging.AddProvider(this);
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddHotShelfCaching(cache =>
        {
            cache.Redis = redis;
            cache.MemoryOnly = redis is null;
            cache.Version = "one";
            cache.RemoteTimeout = remoteTimeout ?? cache.RemoteTimeout;
        });
        builder.Services.AddSingleton<IChangeFeedObserver>(this);
        builder.AddPostgresChangeFeed("db", configure, value =>
        {
            value.Heartbeat = TimeSpan.FromMilliseconds(200);
            options?.Invoke(value);
        });
        builder.Services.AddHealthChecks().AddCheck<ChangeFeedHealthCheck>("change-feed");
        _host = builder.Build();
    }

    public ConcurrentQueue<string> Removed { get; } = new();

    /// <summary>Called with each of them.</summary>
    public Action<string>? OnRemoved { get; set; }

    public ConcurrentQueue<(LogLevel Level, EventId Id, string Message)> Logged { get; } = new();

    /// <summary>Called with the name of each of them.</summary>
    public Action<string?>? OnLogged { get; set; }

    public HybridCache Cache => _host.Services.GetRequiredService<HybridCache>();

    public IChangeFeed Feed => _host.Services.GetRequiredService<IChangeFeed>();

    /// <summary>Keys <c>item:{id}</c>, tags <c>category:{category}</c>.</summary>
    public static void MapItems(ChangeFeedBuilder feed) => feed.Table<Item>("items", ["item", "list"], (change, to) =>
    {
        foreach (var row in change.Rows)
            to.Remove($"item:{row.Id}");
        foreach (var row in change.Rows.Where(row => row.Category is not null))
            to.RemoveTag($"category:{row.Category}");
    });

    /// <summary>Those, and keys <c>more:{id}</c> of a table <c>more</c>.</summary>
    public static void MapItemsAndMore(ChangeFeedBuilder feed)
    {
        MapItems(feed);
        feed.Table<ChangedRow>("more", ["more"], (change, to) => to.Remove($"more:{change.New!["id"]}"));
    }

    public static async Task<FeedHost> StartAsync(
        TestDatabase database, Action<ChangeFeedBuilder>? configure = null, string? redis = null, Action<PostgresChangeFeedOptions>? options = null, bool caughtUp = true,
        TimeProvider? time = null, TimeSpan? remoteTimeout = null)
    {
        var host = new FeedHost(database.ConnectionString, redis, configure ?? MapItems, options, time, remoteTimeout);
        await host._host.StartAsync();
        if (caughtUp)
            await host.CaughtUpAsync();
        return host;
    }

    public async Task CaughtUpAsync()
    {
        await Until.TrueAsync(() => Feed.CaughtUp.IsCompleted, () => $"caught up; logged: {string.Join(Environment.NewLine, Logged)}");
    }

    public async Task<string> ReadAsync(string key, string value, params string[] tags) => await Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(value), tags: tags);

    public async Task<bool> IsCachedAsync(string key) => (await Cache.TryGetAsync<string>(key)).Found;

    public Task<HealthReport> HealthAsync() => _host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

    public async Task<string> ProblemAsync()
    {
        await Until.TrueAsync(async () => (await HealthAsync()).Status == HealthStatus.Unhealthy, () => string.Join(Environment.NewLine, Logged));
        return (await HealthAsync()).Entries["change-feed"].Description!;
    }

    public Task StopAsync() => _host.StopAsync();

    public void OnInvalidated(IReadOnlyCollection<string> keys)
    {
        foreach (var key in keys)
        {
            Removed.Enqueue(key);
            OnRemoved?.Invoke(key);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }

    ILogger ILoggerProvider.CreateLogger(string categoryName) => this;

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => logLevel > LogLevel.Debug;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        OnLogged?.Invoke(eventId.Name);
        Logged.Enqueue((logLevel, eventId, $"{formatter(state, exception)} {exception}"));
    }

    void IDisposable.Dispose()
    {
    }
}
