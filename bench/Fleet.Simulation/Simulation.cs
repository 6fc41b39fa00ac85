using HotShelf.Caching;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Redis;
using HotShelf.Caching.Tests.Fakes;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.Fleet.Simulation;

/// <summary>
/// A fleet in one process: each node is the real cache with its memory, leases and coherence, over one Redis in memory that tells every node of every
/// change. Time is moved by hand, so seconds of a hundred nodes take as long as their work and no longer, and two runs give the same numbers.
/// </summary>
internal sealed class Simulation : IAsyncDisposable
{
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(50);

    private readonly Workload _workload;
    private readonly ManualTimeProvider _clock = new();
    private readonly List<ServiceProvider> _services = [];
    private readonly List<HybridCache> _nodes = [];
    private readonly double[] _upTo;
#pragma warning disable CA5394 // Not for secrets: a run has to be repeatable.
    private readonly Random _random = new(4711);
#pragma warning restore CA5394

    public Simulation(Workload workload, int shards = 3)
    {
        _workload = workload;
        Counts = new Counts(shards);
        var server = new FakeRemoteServer(_clock);
        for (var node = 0; node < workload.Nodes; node++)
        {
            var services = new ServiceCollection().AddLogging().AddMetrics()
                .AddSingleton<TimeProvider>(_clock)
                .AddSingleton<IRemoteStore>(new CountingStore(new FakeRemoteStore(server), new RedisKeys("hs", "v1"), Counts))
                .AddHotShelfCaching(options =>
                {
                    // Nothing expires in Redis meanwhile: what is counted comes of reads and writes alone.
                    options.Default = new CachePolicy { Fresh = TimeSpan.FromHours(10), Local = workload.Local, Jitter = 0 };
                    options.LocalSizeLimit = 1L << 30;
                })
                .BuildServiceProvider();
            _services.Add(services);
            _nodes.Add(services.GetRequiredService<HybridCache>());
        }

        var sum = 0.0;
        _upTo = [.. workload.Shares.Select(share => sum += share)];
    }

    public Counts Counts { get; }

    public long Loads { get; private set; }

    /// <summary>Every key in Redis, as after a warming.</summary>
    public async Task WarmAsync()
    {
        for (var key = 0; key < _workload.Keys; key++)
            await _nodes[0].GetOrCreateAsync($"product:{key}", Load);
    }

    /// <summary>Lets the fleet work for a time; reads and writes come at random, at the workload's rates.</summary>
    public async Task RunAsync(TimeSpan duration)
    {
        for (var passed = TimeSpan.Zero; passed < duration; passed += s_step)
        {
            _clock.Advance(s_step);
            for (var write = Arrivals(_workload.Writes); write > 0; write--)
                await _nodes[Next(_nodes.Count)].RemoveAsync(NextKey());
            foreach (var node in _nodes)
            {
                for (var read = Arrivals(_workload.ReadsPerNode); read > 0; read--)
                    await node.GetOrCreateAsync(NextKey(), Load);
            }
        }
    }

    /// <summary>Every node reads one key that is not cached, while the origin is slow. Returns the number of loads.</summary>
    public async Task<long> AskForOneColdKeyAsync()
    {
        var before = Loads;
        var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var asking = _nodes.Select(node => node.GetOrCreateAsync("cold:1", async _ =>
        {
            Loads++;
            return await answer.Task;
        }).AsTask()).ToList();
        answer.SetResult("loaded");
        // Waiters hear the push of the store; the clock only moves for those that would poll.
        while (!asking.All(one => one.IsCompleted))
        {
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            await Task.Yield();
        }

        await Task.WhenAll(asking);
        return Loads - before;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var services in _services)
            await services.DisposeAsync();
    }

    private ValueTask<string> Load(CancellationToken cancellationToken)
    {
        Loads++;
        return new("a product");
    }

    private string NextKey()
    {
        var rank = Array.BinarySearch(_upTo, NextDouble());
        return $"product:{Math.Min(rank < 0 ? ~rank : rank, _upTo.Length - 1)}";
    }

    // Poisson, by Knuth's method: the rates of one step are small.
    private int Arrivals(double perSecond)
    {
        var limit = Math.Exp(-perSecond * s_step.TotalSeconds);
        var count = -1;
        for (var product = 1.0; product > limit; product *= NextDouble())
            count++;
        return count;
    }

#pragma warning disable CA5394 // As above.
    private int Next(int below) => _random.Next(below);

    private double NextDouble() => _random.NextDouble();
#pragma warning restore CA5394
}
