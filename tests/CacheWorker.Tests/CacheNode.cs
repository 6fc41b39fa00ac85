using System.Diagnostics.Metrics;
using HotShelf.Caching.Fleet;
using HotShelf.Catalog;
using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Tests;

/// <summary>What an API replica has of the cache and the catalog, without its HTTP.</summary>
internal sealed class CacheNode : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly MeterListener _meters = new();
    private readonly NpgsqlDataSource _dataSource;
    private readonly ConnectionMultiplexer _redis;
    private long _queries;

    private CacheNode(NpgsqlDataSource dataSource, ConnectionMultiplexer redis, Action<FleetOptions>? configure, Action<HotShelf.Caching.HotShelfCachingOptions>? cache)
    {
        (_dataSource, _redis) = (dataSource, redis);
        var services = new ServiceCollection().AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(Logs));
        services.AddSingleton(dataSource).AddSingleton<IConnectionMultiplexer>(redis).AddCatalog().Configure<CatalogSetupOptions>(setup => setup.SampleData = true).AddHotShelfCaching(options =>
        {
            // A machine that is busy is not a Redis that is away.
            options.RemoteTimeout = TimeSpan.FromSeconds(10);
            cache?.Invoke(options);
        }).AddHotShelfFleet(configure);
        _services = services.BuildServiceProvider();
        var factory = _services.GetRequiredService<IMeterFactory>();
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "hotshelf.catalog.queries" && instrument.Meter.Scope == factory)
                listener.EnableMeasurementEvents(instrument);
        };
        _meters.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref _queries, count));
        _meters.Start();
    }

    public LogCollector Logs { get; } = new(LogLevel.Debug);

    public IProductReader Products => _services.GetRequiredService<IProductReader>();

    public IPriceReader Prices => _services.GetRequiredService<IPriceReader>();

    public IProfileReader Profiles => _services.GetRequiredService<IProfileReader>();

    public HybridCache Cache => _services.GetRequiredService<HybridCache>();

    public ICacheFleet Fleet => _services.GetRequiredService<ICacheFleet>();

    public ICatalogWriter Writer => _services.GetRequiredService<ICatalogWriter>();

    public HotShelf.Caching.ICacheInspector Inspector => _services.GetRequiredService<HotShelf.Caching.ICacheInspector>();

    public NpgsqlDataSource DataSource => _dataSource;

    /// <summary>SQL queries of this node so far.</summary>
    public long Queries => Interlocked.Read(ref _queries);

    public HotShelf.Caching.CacheFamilyStatistics Totals => Inspector.GetStatistics().Total;

    public static async Task<CacheNode> StartAsync(PostgresServer postgres, RedisServer redis, Action<FleetOptions>? configure = null, Action<HotShelf.Caching.HotShelfCachingOptions>? cache = null)
    {
        var node = new CacheNode(NpgsqlDataSource.Create(postgres.ConnectionString), await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString), configure, cache);
        foreach (var service in node._services.GetServices<IHostedService>())
            await service.StartAsync(default);
        // A node's first read may miss while its stream of changes is being set up; what is measured here is the time after that.
        await Until.TrueAsync(() => node.Inspector.GetStatistics().Coherence == "tracking");
        return node;
    }

    /// <summary>Ends what runs in the background, which delivers what was counted.</summary>
    public async Task StopAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>())
            await service.StopAsync(default);
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = _dataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Returns when the slot has advanced beyond all that is committed now: Redis has confirmed it.</summary>
    public async Task FollowedAsync(int seconds = 30, Func<string>? otherwise = null)
    {
        var position = await ScalarAsync("select pg_current_wal_lsn()::text");
        await Until.TrueAsync(
            async () => await ScalarAsync($"select coalesce(bool_and(confirmed_flush_lsn >= '{position}'), false) from pg_replication_slots where not temporary") is true,
            otherwise ?? (() => "the slot advances"), seconds);
    }

    public async Task<object?> ScalarAsync(string sql)
    {
        await using var command = _dataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _meters.Dispose();
        await StopAsync();
        await _services.DisposeAsync();
        await _redis.CloseAsync();
        await _dataSource.DisposeAsync();
    }
}
