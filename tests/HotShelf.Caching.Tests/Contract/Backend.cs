using HotShelf.Caching.Tests.Fakes;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.Caching.Tests.Contract;

/// <summary>What the contract suite runs over. One node serves all tests of a class, each with keys of its own; tests about options or counts start their own.</summary>
public abstract class Backend : IAsyncLifetime
{
    private int _next;

    internal Node Node { get; private set; } = null!;

    public HybridCache Cache => Node.Cache;

    /// <summary>True when there is an L2 that other nodes share.</summary>
    public virtual bool IsShared => true;

    public virtual async Task InitializeAsync() => Node = await StartNodeAsync();

    public virtual async Task DisposeAsync() => await Node.DisposeAsync();

    /// <summary>A further node over the same L2.</summary>
    internal abstract Task<Node> StartNodeAsync(Action<HotShelfCachingOptions>? configure = null, Action<IServiceCollection>? register = null);

    public string Key(string family = "plain") => $"{family}:{Interlocked.Increment(ref _next)}";

    public static void Policies(HotShelfCachingOptions options)
    {
        options.Default.Jitter = 0;
        options.Families["graced"] = new CachePolicy { Jitter = 0, Grace = TimeSpan.FromHours(1), FailSafeThrottle = TimeSpan.Zero };
        options.Families["negative"] = new CachePolicy { Jitter = 0, Negative = TimeSpan.FromMinutes(1) };
        options.Families["sliding"] = new CachePolicy { Jitter = 0, Fresh = TimeSpan.FromHours(1), Sliding = TimeSpan.FromMinutes(10) };
        options.Families["narrow"] = new CachePolicy { Jitter = 0, MaximumConcurrentFills = 1, MaximumQueuedFills = 0, Grace = TimeSpan.FromHours(1) };
        options.MaximumPayloadBytes = 4096;
        options.MaximumKeyLength = 100;
        Node.Patient(options);
    }
}

public sealed class MemoryBackend : Backend
{
    public override bool IsShared => false;

    internal override Task<Node> StartNodeAsync(Action<HotShelfCachingOptions>? configure = null, Action<IServiceCollection>? register = null) =>
        Node.StartAsync(null, Policies + configure, register);
}

public sealed class FakeBackend : Backend
{
    private readonly FakeRemoteServer _server = new(TimeProvider.System);

    internal override Task<Node> StartNodeAsync(Action<HotShelfCachingOptions>? configure = null, Action<IServiceCollection>? register = null) =>
        Task.FromResult(Node.Over(new FakeRemoteStore(_server), null, Policies + configure, register));
}

public sealed class RedisBackend : Backend
{
    private RedisServer? _server;

    internal RedisServer Server => _server!;

    public override async Task InitializeAsync()
    {
        // Without the server its tests are skipped (RedisFact).
        if (RedisServer.Missing is not null)
            return;
        _server = await RedisServer.StartAsync();
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        if (_server is null)
            return;
        await base.DisposeAsync();
        await _server.DisposeAsync();
    }

    internal override Task<Node> StartNodeAsync(Action<HotShelfCachingOptions>? configure = null, Action<IServiceCollection>? register = null) =>
        Node.StartAsync(_server!.ConnectionString, Policies + configure, register);
}

[Trait("Backend", "memory")]
public sealed class MemoryContractTests(MemoryBackend backend) : HybridCacheContract<MemoryBackend>(backend);

[Trait("Backend", "fake")]
public sealed class FakeContractTests(FakeBackend backend) : HybridCacheContract<FakeBackend>(backend);

[Trait("Backend", "redis")]
public sealed class RedisContractTests(RedisBackend backend) : HybridCacheContract<RedisBackend>(backend);
