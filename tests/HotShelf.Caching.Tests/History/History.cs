using System.Collections.Concurrent;
using System.Diagnostics;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Tests.History;

/// <summary>
/// Runs readers and writers on several nodes over an origin with versions, and checks afterwards what each read was allowed to return. On the
/// node that wrote, no read that began after the write's acknowledgement returns an older version, whatever Redis did. On other nodes, none that
/// began later than the acknowledgement and <see cref="Bound"/>; for a write acknowledged while Redis was disturbed, later than its recovery and
/// the bound. Once quiet, every node agrees with the origin.
/// </summary>
/// <param name="nodes">The fleet; the first node only reads, so that nothing but what it is told can end its copies.</param>
/// <param name="writePause">Longest pause of a writer, in milliseconds.</param>
/// <param name="readers">Readers on each node.</param>
internal sealed class History(IReadOnlyList<Node> nodes, int writePause = 8, int readers = 1)
{
    /// <summary>IncoherentLocal (1 s), for the moment between the loss of a stream and its discovery, and as much again for a busy machine.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(2);

    private const int Keys = 24;
    private const int KeysOfATag = 6;

    private readonly int[] _origin = new int[Keys];
    private readonly ConcurrentBag<List<ReadRecord>> _reads = [];
    private readonly ConcurrentBag<WriteRecord> _writes = [];
    private readonly ConcurrentBag<(long From, long Until)> _disturbances = [];
    private long _count;

    public long Reads => Volatile.Read(ref _count);

    public long Writes => _writes.Count;

    public static string KeyOf(int key) => $"p:{key}";

    /// <summary>Runs for a time; <paramref name="disturb"/> is called again and again meanwhile and returns when what it did is over.</summary>
    public async Task RunAsync(TimeSpan time, Func<Random, Task>? disturb)
    {
        using var over = new CancellationTokenSource(time);
        var tasks = new List<Task>();
        for (var node = 0; node < nodes.Count; node++)
        {
            var (index, seed) = (node, node);
            for (var reader = 0; reader < readers; reader++)
            {
                var random = new Random(seed + 1000 * reader);
                tasks.Add(Task.Run(() => ReadAsync(index, random, over.Token), CancellationToken.None));
            }

            if (node > 0)
                tasks.Add(Task.Run(() => WriteAsync(index, new Random(100 + seed), over.Token), CancellationToken.None));
        }

        if (disturb is not null)
            tasks.Add(Task.Run(() => DisturbAsync(disturb, over.Token), CancellationToken.None));
        await Task.WhenAll(tasks);
    }

    /// <summary>What was read although it must not have been; empty when every promise was kept.</summary>
    public List<string> Violations()
    {
        var perKey = _writes.ToLookup(write => write.Key);
        var own = new Dictionary<(int Key, int Node), (long At, int Version)[]>();
        var foreign = new Dictionary<int, (long At, int Version)[]>();
        for (var key = 0; key < Keys; key++)
        {
            foreign[key] = Rising(perKey[key].Select(write => (VisibleFrom(write.Acknowledged), write.Version)));
            for (var node = 0; node < nodes.Count; node++)
                own[(key, node)] = Rising(perKey[key].Where(write => write.Node == node).Select(write => (write.Acknowledged, write.Version)));
        }

        var found = new List<string>();
        foreach (var read in _reads.SelectMany(reads => reads))
        {
            var least = Math.Max(Floor(own[(read.Key, read.Node)], read.Began), Floor(foreign[read.Key], read.Began));
            if (read.Version < least)
                found.Add($"node {read.Node} read version {read.Version} of key {read.Key} at {Stopwatch.GetElapsedTime(0, read.Began).TotalSeconds:F3} s, at least {least} was due ({(Floor(own[(read.Key, read.Node)], read.Began) > read.Version ? "its own write" : "another node's")})");
        }

        return found;
    }

    /// <summary>Keys on which some node still differs from the origin a while after the last write.</summary>
    public async Task<List<string>> DisagreementsAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (true)
        {
            var found = new List<string>();
            for (var key = 0; key < Keys; key++)
            {
                for (var node = 0; node < nodes.Count; node++)
                {
                    if (await LookAsync(node, key) is var version && version != Volatile.Read(ref _origin[key]))
                        found.Add($"node {node} has version {version} of key {key}, the origin {_origin[key]}");
                }
            }

            if (found.Count == 0 || limit.IsCancellationRequested)
                return found;
            await Task.Delay(20, CancellationToken.None);
        }
    }

    private ValueTask<int> LookAsync(int node, int key) => nodes[node].Cache.GetOrCreateAsync(KeyOf(key), async _ =>
    {
        var version = Volatile.Read(ref _origin[key]);
        // A slow origin: what was read may be outdated before it is stored.
        await Task.Delay(Random.Shared.Next(0, 4), CancellationToken.None);
        return version;
    }, tags: [$"t{key / KeysOfATag}"]);

    private async Task ReadAsync(int node, Random random, CancellationToken over)
    {
        var reads = new List<ReadRecord>();
        _reads.Add(reads);
        while (!over.IsCancellationRequested)
        {
            for (var i = 0; i < 20; i++)
            {
                var key = random.Next(Keys);
                var began = Stopwatch.GetTimestamp();
                var version = await LookAsync(node, key);
                reads.Add(new(node, key, began, version));
                Interlocked.Increment(ref _count);
            }

            await Task.Delay(1, CancellationToken.None);
        }
    }

    private async Task WriteAsync(int node, Random random, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            if (random.Next(8) == 0)
                await RemoveTagAsync(node, random.Next(Keys / KeysOfATag));
            else
                await ChangeAsync(node, [random.Next(Keys)], (cache, keys) => cache.RemoveAsync(KeyOf(keys[0])));
            await Task.Delay(random.Next(1, writePause), CancellationToken.None);
        }
    }

    private Task RemoveTagAsync(int node, int tag) =>
        ChangeAsync(node, [.. Enumerable.Range(tag * KeysOfATag, KeysOfATag)], (cache, _) => cache.RemoveByTagAsync($"t{tag}"));

    /// <summary>Changes the origin, invalidates, and notes when that was acknowledged.</summary>
    private async Task ChangeAsync(int node, int[] keys, Func<HybridCache, int[], ValueTask> invalidate)
    {
        var versions = Array.ConvertAll(keys, key => Interlocked.Increment(ref _origin[key]));
        await invalidate(nodes[node].Cache, keys);
        var acknowledged = Stopwatch.GetTimestamp();
        for (var i = 0; i < keys.Length; i++)
            _writes.Add(new(node, keys[i], versions[i], acknowledged));
    }

    private async Task DisturbAsync(Func<Random, Task> disturb, CancellationToken over)
    {
        var random = new Random(7);
        while (!over.IsCancellationRequested)
        {
            var from = Stopwatch.GetTimestamp();
            await disturb(random);
            await Until.TrueAsync(
                () => nodes.All(IsWell),
                () => $"every node has recovered: {string.Join("; ", nodes.Select(static node => $"circuit {node.Inner.RemoteState}, stream {node.Inner.CoherenceName}, {node.Inner.GetStatistics().PendingInvalidations} invalidations pending"))}",
                seconds: 60);
            _disturbances.Add((from, Stopwatch.GetTimestamp()));
            await Task.Delay(random.Next(50, 400), CancellationToken.None);
        }
    }

    private static bool IsWell(Node node) => node.Inner is { RemoteState: "closed", CoherenceName: "tracking" } && node.Inner.GetStatistics().PendingInvalidations == 0;

    private long VisibleFrom(long acknowledged)
    {
        var disturbed = _disturbances.Where(disturbance => disturbance.From <= acknowledged && acknowledged <= disturbance.Until).Select(disturbance => disturbance.Until);
        return disturbed.Append(acknowledged).Max() + (long)(Bound.TotalSeconds * Stopwatch.Frequency);
    }

    /// <summary>From which moment on which version is the least allowed.</summary>
    private static (long At, int Version)[] Rising(IEnumerable<(long At, int Version)> writes)
    {
        var ordered = writes.Order().ToArray();
        for (var i = 1; i < ordered.Length; i++)
            ordered[i].Version = Math.Max(ordered[i].Version, ordered[i - 1].Version);
        return ordered;
    }

    private static int Floor((long At, int Version)[] rising, long began)
    {
        var (low, high) = (0, rising.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (rising[middle].At < began)
                low = middle + 1;
            else
                high = middle;
        }

        return low == 0 ? 0 : rising[low - 1].Version;
    }

    private readonly record struct ReadRecord(int Node, int Key, long Began, int Version);

    private readonly record struct WriteRecord(int Node, int Key, int Version, long Acknowledged);
}
