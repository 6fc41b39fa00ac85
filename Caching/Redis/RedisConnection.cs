using StackExchange.Redis;

namespace HotShelf.Caching.Redis;

/// <summary>The data connection: one that the application registered, or one of our own, made at first use and never waited for at start.</summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Func<Task<IConnectionMultiplexer>> _connect;
    private readonly bool _isOwn;
    private Task<IDatabase>? _connecting;
    private volatile IDatabase? _database;
    private volatile IConnectionMultiplexer? _multiplexer;

    private RedisConnection(Func<Task<IConnectionMultiplexer>> connect, bool isOwn)
    {
        _connect = connect;
        _isOwn = isOwn;
    }

    /// <summary>The database once connected; null before.</summary>
    public IDatabase? Database => _database;

    /// <summary>True while the client has a server to talk to.</summary>
    public bool IsConnected => _multiplexer is { IsConnected: true };

    /// <summary>True when the server is a Redis Cluster.</summary>
    public bool IsCluster { get; private set; }

    /// <summary>Uses a connection of the application, which stays the application's.</summary>
    public static RedisConnection Shared(IConnectionMultiplexer multiplexer) => new(() => Task.FromResult(multiplexer), isOwn: false);

    /// <summary>Connects by itself, in the background, for as long as it takes.</summary>
    public static RedisConnection Own(ConfigurationOptions configuration) => new(
        async () =>
        {
            configuration.AbortOnConnectFail = false;
            return await ConnectionMultiplexer.ConnectAsync(configuration).ConfigureAwait(false);
        },
        isOwn: true);

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

    /// <summary>The multiplexer once connected.</summary>
    public async ValueTask<IConnectionMultiplexer> MultiplexerAsync()
    {
        await DatabaseAsync().ConfigureAwait(false);
        return _multiplexer!;
    }

    public ValueTask DisposeAsync()
    {
        if (_isOwn)
            _multiplexer?.Dispose();
        return default;
    }

    private async Task<IDatabase> ConnectAsync()
    {
        var multiplexer = await _connect().ConfigureAwait(false);
        // Continuations must not run on the reader's thread: one that blocks would stop every answer of the process. Later versions of the
        // client never do, and keep the property only for those who still set it.
#pragma warning disable CS0618
        multiplexer.PreserveAsyncOrder = false;
#pragma warning restore CS0618
        _multiplexer = multiplexer;
        IsCluster = IsClusterNode(multiplexer);
        multiplexer.ConnectionRestored += (_, _) => IsCluster = IsClusterNode(multiplexer);
        return _database = multiplexer.GetDatabase();
    }

    private static bool IsClusterNode(IConnectionMultiplexer multiplexer) =>
        multiplexer.GetEndPoints().Select(endPoint => multiplexer.GetServer(endPoint)).Any(server => server.IsConnected && server.ServerType == ServerType.Cluster);
}
