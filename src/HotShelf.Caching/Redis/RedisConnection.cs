using StackExchange.Redis;

namespace HotShelf.Caching.Redis;

/// <summary>The data connection: one that the application registered, or the cache's own, which connects in the background at first use.</summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Func<Task<IConnectionMultiplexer>> _connect;
    private readonly bool _isOwn;
    private Task<IDatabase>? _connecting;
    private volatile IDatabase? _database;
    private volatile IConnectionMultiplexer? _multiplexer;
    private int _disposed;

    private RedisConnection(ConfigurationOptions configuration, Func<Task<IConnectionMultiplexer>> connect, bool isOwn)
    {
        Configuration = configuration;
        _connect = connect;
        _isOwn = isOwn;
    }

    /// <summary>How it is connected.</summary>
    public ConfigurationOptions Configuration { get; }

    /// <summary>The database when connected; null before.</summary>
    public IDatabase? Database => _database;

    /// <summary>True while the client is connected to a server.</summary>
    public bool IsConnected => _multiplexer is { IsConnected: true };

    /// <summary>True when the server is a Redis Cluster.</summary>
    public bool IsCluster { get; private set; }

    /// <summary>Called when a connection to a server is lost: another server may have taken over when it is back.</summary>
    public Action? Lost { get; set; }

    /// <summary>Uses a connection of the application. It is not disposed with the cache.</summary>
    public static RedisConnection Shared(IConnectionMultiplexer multiplexer, ConfigurationOptions configuration) => new(configuration, () => Task.FromResult(multiplexer), isOwn: false);

    /// <summary>Connects in the background and retries until connected.</summary>
    public static RedisConnection Own(ConfigurationOptions configuration) =>
        new(configuration, async () => await ConnectionMultiplexer.ConnectAsync(configuration).ConfigureAwait(false), isOwn: true);

    public ValueTask<IDatabase> DatabaseAsync()
    {
        if (_database is { } database)
            return new(database);
        lock (_lock)
        {
            if (_connecting is null || _connecting.IsFaulted || _connecting.IsCanceled)
                _connecting = ConnectAsync();
            return new(_connecting);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0 && _multiplexer is { } multiplexer)
            await CloseAsync(multiplexer).ConfigureAwait(false);
    }

    private async Task<IDatabase> ConnectAsync()
    {
        var multiplexer = await _connect().ConfigureAwait(false);
        multiplexer.ConnectionRestored += OnRestored;
        multiplexer.ConnectionFailed += OnFailed;
        _multiplexer = multiplexer;
        if (Volatile.Read(ref _disposed) != 0)
        {
            await CloseAsync(multiplexer).ConfigureAwait(false);
            throw new ObjectDisposedException(nameof(RedisConnection));
        }

        IsCluster = IsClusterNode(multiplexer);
        return _database = multiplexer.GetDatabase();
    }

    private void OnRestored(object? sender, ConnectionFailedEventArgs restored)
    {
        if (_multiplexer is { } multiplexer)
            IsCluster = IsClusterNode(multiplexer);
    }

    private void OnFailed(object? sender, ConnectionFailedEventArgs failed)
    {
        if (failed.ConnectionType == ConnectionType.Interactive)
            Lost?.Invoke();
    }

    private async Task CloseAsync(IConnectionMultiplexer multiplexer)
    {
        // The application's connection would keep the cache, and its copies, for as long as it lives itself.
        multiplexer.ConnectionRestored -= OnRestored;
        multiplexer.ConnectionFailed -= OnFailed;
        if (!_isOwn)
            return;
        // Dispose alone would block the thread until the connection is closed.
        await multiplexer.CloseAsync().ConfigureAwait(false);
        multiplexer.Dispose();
    }

    private static bool IsClusterNode(IConnectionMultiplexer multiplexer) =>
        multiplexer.GetEndPoints().Select(endPoint => multiplexer.GetServer(endPoint)).Any(server => server.IsConnected && server.ServerType == ServerType.Cluster);
}
