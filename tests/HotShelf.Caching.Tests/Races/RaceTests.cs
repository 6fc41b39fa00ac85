using HotShelf.Caching.Tests.Fakes;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Races;

/// <summary>Every race of Caching/Internal/README.md, forced: one test or more for each row of its table, over a fake store and over real Redis.</summary>
public abstract partial class RaceTests : IAsyncLifetime
{
    private readonly List<Node> _nodes = [];
    private string _value = "old";

    public abstract Task InitializeAsync();

    public virtual async Task DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }

    private protected abstract Task<(Node Node, GatedStore Store)> StartAsync(TimeProvider? time, Action<HotShelfCachingOptions> configure);

    /// <summary>A node whose time-outs and polls never help: only what the design says can end a wait.</summary>
    private async Task<(Node Node, GatedStore Store)> NodeAsync(TimeProvider? time = null, Action<HotShelfCachingOptions>? configure = null)
    {
        var started = await StartAsync(time, options =>
        {
            options.RemoteTimeout = TimeSpan.FromSeconds(60);
            options.LeaseWait = TimeSpan.FromSeconds(60);
            options.LeaseDuration = TimeSpan.FromSeconds(120);
            options.Families["graced"] = new CachePolicy { Jitter = 0, Grace = TimeSpan.FromHours(1) };
            configure?.Invoke(options);
        });
        _nodes.Add(started.Node);
        return started;
    }

    private ValueTask<string> ReadAsync(Node node, string key = "p:1", params string[] tags) => node.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(_value), tags: tags);

    private static bool IsLocal(Node node, string key = "p:1") => node.Inner.Local.Find(key) is not null;

    /// <summary>Reads until the copy is in L1. A fill may leave none, as when Redis does not answer whether it is still stored; then a later read brings it.</summary>
    private static Task UntilLocalAsync(Node node, string key = "p:1") =>
        Until.TrueAsync(async () => (await node.Cache.TryGetAsync<string>(key)).Found && IsLocal(node, key), what: "the copy is in L1");

    /// <summary>Starts a load that stands still once it has begun, with what the origin holds at that moment.</summary>
    private async Task<(Task<string> Read, TaskCompletionSource Release)> BeginLoadAsync(Node node, string key = "p:1", params string[] tags)
    {
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var read = node.Cache.GetOrCreateAsync(key, async _ =>
        {
            var loaded = _value;
            began.TrySetResult();
            await release.Task;
            return loaded;
        }, tags: tags).AsTask();
        await began.Task.WaitAsync(TimeSpan.FromSeconds(60));
        return (read, release);
    }

    private static Task<T> Soon<T>(ValueTask<T> task) => task.AsTask().WaitAsync(TimeSpan.FromSeconds(60));
}

[Trait("Backend", "fake")]
public sealed class FakeRaceTests : RaceTests
{
    private readonly FakeRemoteServer _server = new(TimeProvider.System);

    public override Task InitializeAsync() => Task.CompletedTask;

    private protected override Task<(Node Node, GatedStore Store)> StartAsync(TimeProvider? time, Action<HotShelfCachingOptions> configure)
    {
        var store = new GatedStore(new FakeRemoteStore(_server));
        return Task.FromResult((Node.Over(store, time, configure), store));
    }
}

[Trait("Backend", "redis")]
public sealed class RedisRaceTests(RedisRaceTests.Server server) : RaceTests, IClassFixture<RedisRaceTests.Server>
{
    private readonly string _prefix = $"t{Guid.NewGuid():N}";

    public override Task InitializeAsync() => Task.CompletedTask;

    private protected override async Task<(Node Node, GatedStore Store)> StartAsync(TimeProvider? time, Action<HotShelfCachingOptions> configure)
    {
        GatedStore? store = null;
        var node = await Node.OverAsync(server.Redis!.ConnectionString, inner => store = new GatedStore(inner), options =>
        {
            options.Prefix = _prefix;
            configure(options);
        }, time);
        return (node, store!);
    }

    public sealed class Server : IAsyncLifetime
    {
        internal RedisServer? Redis { get; private set; }

        public async Task InitializeAsync() => Redis = RedisServer.Missing is null ? await RedisServer.StartAsync() : null;

        public async Task DisposeAsync()
        {
            if (Redis is not null)
                await Redis.DisposeAsync();
        }
    }
}
