using System.Buffers;
using System.ComponentModel;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Tests.Fakes;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.Caching.Tests.Frames;

/// <summary>
/// Frames are read from, and written to, pooled buffers. <see cref="PoisoningPool"/> and <see cref="PoisonedWhenDisposed"/> overwrite each one when it is returned: whoever still reads it gets
/// something else than was stored. All other tests of this project run over them as well.
/// </summary>
public sealed class PooledBufferTests : IAsyncLifetime
{
    private const string Key = "p:1";

    private static readonly HybridCacheEntryOptions s_bypass = new() { Flags = HybridCacheEntryFlags.DisableLocalCache };

    private readonly FakeRemoteServer _server = new(TimeProvider.System);

    /// <summary>Has no copier, because it contains itself: each reader deserializes the entry's own bytes.</summary>
    private sealed class Tree
    {
        public string Name { get; set; } = "";

        public List<Tree> Children { get; set; } = [];
    }

    /// <summary>A value that refers to the bytes that it was read from, and that all readers share.</summary>
    [ImmutableObject(true)]
    private sealed record Slice(ReadOnlyMemory<byte> Bytes);

    private sealed class SliceSerializer : IHybridCacheSerializer<Slice>
    {
        public Slice Deserialize(ReadOnlySequence<byte> source) => new(source.First);

        public void Serialize(Slice value, IBufferWriter<byte> target) => target.Write(value.Bytes.Span);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>Over the whole run until now, in all tests.</summary>
    public Task DisposeAsync()
    {
        Assert.Equal(0, Volatile.Read(ref PoisoningPool.Instance.ReturnedTwice));
        return Task.CompletedTask;
    }

    private static string Text(int length) => string.Concat(Enumerable.Range(0, length).Select(static i => (char)('a' + i % 23)));

    [Theory]
    [InlineData(10)]
    [InlineData(10_000)]
    public async Task JoinedRead_EachCallerGetsTheValue(int length)
    {
        var store = new GatedStore(new FakeRemoteStore(_server));
        await using var node = Node.Over(store);
        await node.Cache.SetAsync(Key, Text(length), s_bypass);
        var gate = store.HoldAfter(RemoteOperation.Get);
        var readers = Enumerable.Range(0, 8).Select(_ => ReadAsync<string>(node, Key)).ToArray();
        await gate.Reached;
        gate.Open();
        Assert.All(await Task.WhenAll(readers), value => Assert.Equal(Text(length), value));
        Assert.Equal(1, store.Count(RemoteOperation.Get));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(10_000)]
    public async Task CopyInL1OfValueThatIsDeserializedForEachReader_OutlivesTheFrame(int length)
    {
        await using var writer = Node.Over(new FakeRemoteStore(_server));
        await using var node = Node.Over(new FakeRemoteStore(_server));
        await writer.Cache.SetAsync(Key, new Tree { Name = Text(length) });
        for (var read = 0; read < 3; read++)
        {
            Assert.Equal(Text(length), (await node.Cache.GetOrCreateAsync(Key, NotAHit<Tree>)).Name);
            Assert.Equal(Text(length), (await writer.Cache.GetOrCreateAsync(Key, NotAHit<Tree>)).Name);
            await writer.Cache.SetAsync($"p:other{read}", Text(length));
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(10_000)]
    public async Task ValueThatKeepsItsBytes_OutlivesTheFrame(int length)
    {
        static void Register(IServiceCollection services) => services.AddSingleton<IHybridCacheSerializer<Slice>>(new SliceSerializer());
        await using var node = Node.Over(new FakeRemoteStore(_server), register: Register);
        var bytes = System.Text.Encoding.ASCII.GetBytes(Text(length));
        await node.Cache.SetAsync(Key, new Slice(bytes), s_bypass);
        var value = await ReadAsync<Slice>(node, Key);
        var another = await ReadAsync<Slice>(node, Key);
        Assert.Equal(bytes, value.Bytes.ToArray());
        Assert.Equal(bytes, another.Bytes.ToArray());
    }

    [Fact]
    public async Task StoreThatIsSentAfterItsTimeOut_StillHasItsFrame()
    {
        var sent = new SentFrames(new FakeRemoteStore(_server));
        var store = new GatedStore(sent);
        await using var node = Node.Over(store, configure: static options => options.RemoteTimeout = TimeSpan.FromMilliseconds(50));
        await node.Cache.SetAsync(Key, "before");
        var gate = store.HoldBefore(RemoteOperation.SetMany);
        var late = node.Cache.SetAsync(Key, "late").AsTask();
        await gate.Reached;
        await late;
        // These rent whatever was returned.
        for (var i = 0; i < 20; i++)
            await node.Cache.SetAsync($"p:other{i}", "other");
        gate.Open();
        await Until.TrueAsync(() => sent.Frames.Any(static frame => frame.Key == Key && frame.Value == "late"), "the late command is sent with the frame that it was given");
    }

    [Fact]
    public async Task ReadThatIsAnsweredAfterItsTimeOut_ChangesNothing()
    {
        var store = new GatedStore(new FakeRemoteStore(_server));
        await using var node = Node.Over(store, configure: static options => options.RemoteTimeout = TimeSpan.FromMilliseconds(50));
        await node.Cache.SetAsync(Key, "stored", s_bypass);
        var gate = store.HoldAfter(RemoteOperation.Get);
        Assert.Equal("loaded", await node.Cache.GetOrCreateAsync(Key, static _ => ValueTask.FromResult("loaded"), s_bypass));
        gate.Open();
        await Until.TrueAsync(async () => await node.Cache.GetOrCreateAsync(Key, static _ => ValueTask.FromResult("loaded"), s_bypass) is "stored" or "loaded", "reads go on");
    }

    [RedisFact]
    public async Task ManyReadersAndWritersOverRealRedis_EveryValueIsWhole()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var node = await Node.OverAsync(redis.ConnectionString, static inner => new PoisoningStore(inner), Node.Patient);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
            {
                var number = i % 8;
                // Every third write compresses.
                var value = number % 3 == 0 ? Text(5_000 + number) : Text(20 + number);
                if (worker % 4 == 0)
                    await node.Cache.SetAsync($"p:{number}", value, s_bypass);
                else
                    Assert.Equal(value, await node.Cache.GetOrCreateAsync($"p:{number}", _ => ValueTask.FromResult(value), s_bypass));
                if (worker % 4 == 1)
                    Assert.All((await node.Cache.GetOrCreateManyAsync([1, 2, 3], static id => $"p:{id}", 0, LoadManyAsync, s_bypass)).Values, static text => Assert.StartsWith("abc", text, StringComparison.Ordinal));
            }
        })));
    }

    private static ValueTask<IReadOnlyDictionary<int, string>> LoadManyAsync(IReadOnlyList<int> ids, int state, CancellationToken token) =>
        new(ids.ToDictionary(static id => id, static id => id % 3 == 0 ? Text(5_000 + id) : Text(20 + id)));

    private static ValueTask<T> NotAHit<T>(CancellationToken token) => throw new InvalidOperationException("The value is not found.");

    private static Task<T> ReadAsync<T>(Node node, string key) => node.Cache.GetOrCreateAsync(key, NotAHit<T>, s_bypass).AsTask();

    /// <summary>Records what the frames contain when they are sent.</summary>
    private sealed class SentFrames(IRemoteStore inner) : InterceptingStore(inner)
    {
        public System.Collections.Concurrent.ConcurrentQueue<(string Key, string Value)> Frames { get; } = [];

        protected override Task<T> RunAsync<T>(RemoteOperation operation, string key, Func<Task<T>> call) => call();

        protected override Task SetManyInnerAsync(IReadOnlyList<StoreRequest> requests)
        {
            foreach (var request in requests)
                Frames.Enqueue((request.Key.Name, FrameReader.TryRead(request.Key.Name, request.Frame, out var frame) == FrameRejection.None ? System.Text.Encoding.UTF8.GetString(frame.Payload.Span) : "damaged"));
            return base.SetManyInnerAsync(requests);
        }
    }

    /// <summary>Overwrites the client's buffers before they go back to its pool.</summary>
    private sealed class PoisoningStore(IRemoteStore inner) : InterceptingStore(inner)
    {
        protected override async Task<T> RunAsync<T>(RemoteOperation operation, string key, Func<Task<T>> call) =>
            await call() is var answer && answer is IMemoryOwner<byte> owner ? (T)(object)new Poisoned(owner) : answer;

        private sealed class Poisoned(IMemoryOwner<byte> owner) : IMemoryOwner<byte>
        {
            public Memory<byte> Memory => owner.Memory;

            public void Dispose()
            {
                owner.Memory.Span.Fill(0xDB);
                owner.Dispose();
            }
        }
    }
}
