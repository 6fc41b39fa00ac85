using HotShelf.Caching.Internal;
using HotShelf.Caching.Tests.Fakes;

namespace HotShelf.Caching.Simulation;

/// <summary>
/// One run: readers and writers on several nodes over an origin with versions, with faults, and then quiet. Afterwards every promise of safety and liveness is checked
/// against what was read when.
/// </summary>
internal sealed class Run
{
    private const int Keys = 6;
    private const int KeysOfATag = 3;
    private const long Millisecond = TimeSpan.TicksPerMillisecond;

    /// <summary>After it, and with everything well for as long, a change is visible everywhere: the longest delay of a push, and IncoherentLocal for a stream whose loss is not noticed yet.</summary>
    private static readonly long s_visibleAfter = TimeSpan.FromMilliseconds(1_500).Ticks;

    private readonly Schedule _schedule;
    private readonly Random _random;
    private readonly Timeline _timeline;
    private readonly SimulatedNetwork _network;
    private readonly SimulatedTime _serverTime;
    private readonly FakeRemoteServer _server;
    private readonly List<SimulatedNode> _nodes = [];
    private readonly int[] _origin = new int[Keys];
    private readonly List<Read> _reads = [];
    private readonly List<Change> _changes = [];
    private readonly Queue<FakeSnapshot> _snapshots = new();
    private long _wellSince;
    private int _unfinished;
    private int _loads;
    private string? _failure;

    public Run(Schedule schedule, TextWriter? trace = null)
    {
        _timeline = new Timeline { Trace = trace };
        _schedule = schedule;
        _random = new Random(schedule.Seed);
        RandomId.Source = new Random(schedule.Seed);
        _network = new SimulatedNetwork(_random, schedule.Mutation);
        _serverTime = new SimulatedTime(_timeline, static () => 0) { Offset = TimeSpan.FromMinutes(_random.Next(-60, 60)) };
        _server = new FakeRemoteServer(_serverTime, schedule.Mutation);
        for (var i = 0; i < schedule.Nodes; i++)
            _nodes.Add(new SimulatedNode(i, _timeline, _server, _network, Options()));
        foreach (var node in _nodes)
            node.Time.Offset = TimeSpan.FromMilliseconds(_random.Next(-5_000, 5_000));
    }

    private static readonly TimeSpan s_remoteTimeout = TimeSpan.FromMilliseconds(400);

    /// <summary>In a third of the runs short, so that what a read waits for beside it is seen.</summary>
    private TimeSpan LeaseWait => TimeSpan.FromMilliseconds(_schedule.Seed % 3 == 0 ? 300 : 5_000);

    private HotShelfCachingOptions Options()
    {
        var options = new HotShelfCachingOptions
        {
            RemoteTimeout = s_remoteTimeout,
            BreakerDuration = TimeSpan.FromMilliseconds(300),
            LeaseWait = LeaseWait,
            LeaseDuration = TimeSpan.FromSeconds(8),
            IncoherentLocal = TimeSpan.FromMilliseconds(500),
        };
        options.Default.Jitter = 0;
        options.Families["graced"] = new CachePolicy { Jitter = 0, Fresh = TimeSpan.FromSeconds(1), Grace = TimeSpan.FromSeconds(2), EagerRefresh = 0.5, FailSafeThrottle = TimeSpan.FromMilliseconds(200) };
        return options;
    }

    public long Events => _timeline.Events;

    /// <summary>Null when every promise was kept.</summary>
    public async Task<string?> RunAsync()
    {
        foreach (var node in _nodes)
            Schedule(node, _timeline.Now);
        foreach (var fault in _schedule.Faults)
            _timeline.At(fault.At, () => Inject(fault));
        Replicate();
        await _timeline.RunUntilAsync(_schedule.Length, AfterEach);
        // Quiet: all heals, and what waits ends.
        await _timeline.RunUntilAsync(_schedule.Length + 9_000 * Millisecond, AfterEach);
        CheckReads();
        CheckRest();
        if (_failure is null)
            await CheckConvergenceAsync();
        foreach (var node in _nodes)
            _ = node.Cache.DisposeAsync().AsTask();
        await _timeline.RunUntilAsync(_timeline.Now + 500 * Millisecond, static () => { });
        return _failure;
    }

    private void Schedule(SimulatedNode node, long from) => node.At(from + _random.Next(100, 60_000) * 10L, () =>
    {
        if (_timeline.Now >= _schedule.Length)
            return;
        _ = ActAsync(node);
        Schedule(node, _timeline.Now);
    });

    private Task ActAsync(SimulatedNode node)
    {
        var key = _random.Next(Keys);
        return _random.Next(40) switch
        {
            // The first node only reads: nothing but what it is told can end its copies.
            0 or 1 when node.Index > 0 => ChangeAsync(node, [key], () => node.Cache.RemoveAsync(Name(key))),
            2 or 3 when node.Index > 0 => ChangeVersionedAsync(node, key),
            4 when node.Index > 0 => RemoveTagAsync(node, key / KeysOfATag),
            5 => ReadManyAsync(node, key),
            6 => RefreshAsync(node, key),
            _ => ReadAsync(node, key),
        };
    }

    private static string Name(int key) => key % 2 == 0 ? $"plain:{key}" : $"graced:{key}";

    private static string Tag(int tag) => $"tag{tag}";

    private async ValueTask<int> LoadAsync(CacheFillContext? fill, int key)
    {
        _loads++;
        if (_random.Next(2) == 0)
            await DelayAsync();
        var version = _origin[key];
        await DelayAsync();
        if (fill is not null && key < 4)
            fill.Version = version + 1;
        return version;
    }

    private Task DelayAsync()
    {
        var ended = new TaskCompletionSource();
        _timeline.At(_timeline.Now + _random.Next(1, 60_000), ended.SetResult);
        return ended.Task;
    }

    private Task ReadAsync(SimulatedNode node, int key) => RecordAsync(node, [key], async () =>
        [await node.Cache.GetOrCreateWithContextAsync(Name(key), (Run: this, key), static (fill, state, _) => state.Run.LoadAsync(fill, state.key), null, [Tag(key / KeysOfATag)], CancellationToken.None)]);

    private Task RefreshAsync(SimulatedNode node, int key) => RecordAsync(node, [key], async () =>
        [await node.Cache.RefreshAsync(Name(key), (Run: this, key), static (fill, state, _) => state.Run.LoadAsync(fill, state.key), null, [Tag(key / KeysOfATag)], CancellationToken.None)]);

    private Task ReadManyAsync(SimulatedNode node, int first)
    {
        int[] keys = [first, (first + 1) % Keys, (first + 2) % Keys];
        return RecordAsync(node, keys, async () =>
        {
            var found = await node.Cache.GetOrCreateManyAsync<int, Run, Loaded>(
                keys, static key => "many:" + Name(key), this, static async (ids, run, _) =>
                {
                    var loaded = new Dictionary<int, Loaded>();
                    foreach (var id in ids)
                        loaded[id] = new(id, await run.LoadAsync(null, id));
                    return loaded;
                }, null, static value => [Tag(value.Key / KeysOfATag), "many" + value.Key], static value => value.Key < 4 ? value.Version + 1 : 0, CancellationToken.None);
            return Array.ConvertAll(keys, key => found[key].Version);
        });
    }

    private async Task RecordAsync(SimulatedNode node, int[] keys, Func<Task<int[]>> read)
    {
        var began = _timeline.Now;
        // Of the changes that had to be visible then: the latest on this node, and on others.
        var due = Array.ConvertAll(keys, key => Due(node.Index, key, began));
        _unfinished++;
        try
        {
            var versions = await read();
            _timeline.Note($"node {node.Index} has read {string.Join(", ", keys.Select((key, i) => $"{Name(key)} {versions[i]} (at least {due[i]})"))}");
            for (var i = 0; i < keys.Length; i++)
                _reads.Add(new(node.Index, keys[i], began, _timeline.Now, versions[i], due[i]));
        }
        catch (Exception exception)
        {
            Fail($"node {node.Index}: a read of {Name(keys[0])} failed: {exception.GetType().Name}: {exception.Message}");
        }
        finally
        {
            _unfinished--;
        }
    }

    private int Due(int node, int key, long now)
    {
        var due = 0;
        foreach (var change in _changes)
        {
            if (change.Key == key && (change.Node == node || now - change.At >= s_visibleAfter && now - _wellSince >= s_visibleAfter))
                due = Math.Max(due, change.Version);
        }

        return due;
    }

    private Task ChangeVersionedAsync(SimulatedNode node, int key)
    {
        if (key >= 4)
            return ChangeAsync(node, [key], () => node.Cache.RemoveAsync(Name(key)));
        return ChangeAsync(node, [key], async () =>
        {
            var version = _origin[key] + 1;
            await node.Cache.RemoveOlderAsync([new(Name(key), version)], CancellationToken.None);
            if (_random.Next(2) == 0)
                await _nodes[_random.Next(1, _nodes.Count)].Cache.RemoveOlderAsync([new(Name(key), version)], CancellationToken.None);
        });
    }

    private Task RemoveTagAsync(SimulatedNode node, int tag) =>
        ChangeAsync(node, [.. Enumerable.Range(tag * KeysOfATag, KeysOfATag)], () => node.Cache.RemoveByTagAsync(Tag(tag)));

    private async Task ChangeAsync(SimulatedNode node, int[] keys, Func<ValueTask> invalidate)
    {
        var versions = Array.ConvertAll(keys, key => ++_origin[key]);
        _timeline.Note($"node {node.Index} changes {string.Join(", ", keys.Select((key, i) => $"{Name(key)} to {versions[i]}"))}");
        _unfinished++;
        try
        {
            // The entries of batches are others, which only their tags remove.
            await node.Cache.RemoveByTagAsync([.. keys.Select(key => "many" + key)]);
            await invalidate();
            for (var i = 0; i < keys.Length; i++)
                _changes.Add(new(node.Index, keys[i], versions[i], _timeline.Now));
            _timeline.Note($"node {node.Index} has invalidated {string.Join(", ", keys.Select(Name))}");
        }
        catch (Exception exception)
        {
            Fail($"node {node.Index}: an invalidation failed: {exception.GetType().Name}: {exception.Message}");
        }
        finally
        {
            _unfinished--;
        }
    }

    private void Inject(Fault fault)
    {
        _timeline.Note(fault.ToString());
        var node = _nodes[fault.Target % _nodes.Count];
        var until = _timeline.Now + fault.For;
        switch (fault.Kind)
        {
            case FaultKind.BreakConnection:
                node.Link.BreakConnection();
                break;
            case FaultKind.BreakStream:
                node.Link.BreakStream(Math.Min(fault.For, 400 * Millisecond), fault.For);
                break;
            case FaultKind.StopServer:
                _network.StoppedUntil = Math.Max(_network.StoppedUntil, until);
                break;
            case FaultKind.SlowServer:
                _network.SlowUntil = Math.Max(_network.SlowUntil, until);
                break;
            case FaultKind.StopNode:
                node.PausedUntil = Math.Max(node.PausedUntil, until);
                break;
            case FaultKind.RestartEmpty:
                // Its replicas are empty then, too.
                _snapshots.Clear();
                Replace(null, fault.For);
                break;
            case FaultKind.FailOver:
                Replace(_snapshots.TryPeek(out var behind) ? behind : null, fault.For);
                break;
            case FaultKind.EvictEntry:
                _server.SetByForeigner(new(Name(fault.Target % Keys), null), null);
                break;
            case FaultKind.EvictLease:
                _server.ForgetLease(Name(fault.Target % Keys));
                break;
            case FaultKind.EvictLedger:
                _server.ReplaceLedger(null);
                break;
            default:
                node.Time.Offset += TimeSpan.FromTicks(fault.For * 10);
                break;
        }
    }

    /// <summary>A replica is up to a second behind.</summary>
    private void Replicate()
    {
        _snapshots.Enqueue(_server.Snapshot());
        if (_snapshots.Count > 5)
            _snapshots.Dequeue();
        _timeline.At(_timeline.Now + 200 * Millisecond, Replicate);
    }

    /// <summary>Another server takes over, with an older state or none.</summary>
    private void Replace(FakeSnapshot? state, long after)
    {
        if (!_network.IsUp)
            return;
        _network.IsUp = false;
        foreach (var node in _nodes)
        {
            node.Link.BreakConnection();
            node.Link.BreakStream(1, after);
        }

        _timeline.At(_timeline.Now + after, () =>
        {
            _server.Become(state);
            // The other server has a clock of its own.
            _serverTime.Offset += TimeSpan.FromMilliseconds(_random.Next(-3_000, 3_000));
            _network.IsUp = true;
        });
    }

    private void AfterEach()
    {
        if (!_network.IsUp || _network.StoppedUntil > _timeline.Now || !_nodes.TrueForAll(static node => node.IsWell))
            _wellSince = _timeline.Now;
    }

    private void CheckReads()
    {
        // A read waits for its loader (twice, when a tag that only the result told was removed meanwhile), for Redis at most two commands' time, and for a lease. A lease is held for as long as
        // another process' read takes; beyond that only when its holder is stopped. One that is not released, or that a failover has brought back, would be waited for longer.
        var stopped = _schedule.Faults.Where(fault => fault.Kind is FaultKind.StopNode).Sum(fault => fault.For);
        // Three waits, each ended up to an eighth of RemoteTimeout late.
        var remote = (2 * s_remoteTimeout + 3 * s_remoteTimeout / 8).Ticks + 20 * Millisecond;
        var longest = stopped + remote + Math.Min(LeaseWait.Ticks, stopped > 0 ? LeaseWait.Ticks : 2 * remote);
        foreach (var read in _reads)
        {
            if (read.Version < read.Due)
                Fail($"node {read.Node} read version {read.Version} of {Name(read.Key)} at {Seconds(read.Began)}, at least {read.Due} was due");
            if (read.Ended - read.Began > longest)
                Fail($"node {read.Node}: a read of {Name(read.Key)} at {Seconds(read.Began)} took {Seconds(read.Ended - read.Began)}");
        }

        if (_unfinished > 0)
            Fail($"{_unfinished} operations never ended");
    }

    private void CheckRest()
    {
        foreach (var node in _nodes)
        {
            if (!node.IsWell)
                Fail($"node {node.Index} has not recovered: {node.Cache.Coherence}, circuit {(node.Cache.Remote!.IsClosed ? "closed" : "open")}, {node.Cache.PendingInvalidationCount} invalidations pending");
            if (node.Cache.RunningFlights > 0 || node.Cache.Leases!.Unreleased > 0)
                Fail($"node {node.Index} has {node.Cache.RunningFlights} flights and {node.Cache.Leases!.Unreleased} leases to release");
        }

        if (_server.LeaseCount > 0)
            Fail($"{_server.LeaseCount} leases are still held");
    }

    /// <summary>Once quiet, all nodes read what the origin has, each key is loaded at most once more, and then all hit.</summary>
    private async Task CheckConvergenceAsync()
    {
        _network.IsUp = true;
        foreach (var (round, mayLoad) in (IEnumerable<(string, int)>)[("first", Keys), ("second", 0)])
        {
            var before = _loads;
            for (var key = 0; key < Keys; key++)
            {
                foreach (var node in _nodes)
                {
                    var reading = node.Cache.GetOrCreateWithContextAsync(Name(key), (Run: this, key), static (fill, state, _) => state.Run.LoadAsync(fill, state.key), null, [Tag(key / KeysOfATag)], CancellationToken.None).AsTask();
                    while (!reading.IsCompleted && _timeline.Now < long.MaxValue / 2)
                        await _timeline.RunUntilAsync(_timeline.Now + Millisecond / 4, static () => { });
                    if (await reading != _origin[key])
                        Fail($"once quiet, node {node.Index} reads version {await reading} of {Name(key)}, the origin has {_origin[key]}");
                }
            }

            // An eager refresh is a load too.
            if (_loads - before > mayLoad + Keys / 2)
                Fail($"once quiet, the {round} round of reads loaded {_loads - before} times, at most {mayLoad} were due");
        }
    }

    private void Fail(string what) => _failure ??= what;

    private static string Seconds(long ticks) => $"{TimeSpan.FromTicks(ticks).TotalSeconds:F3} s";

    private sealed record Loaded(int Key, int Version);

    // Due: the least version that it may return.
    private readonly record struct Read(int Node, int Key, long Began, long Ended, int Version, int Due);

    // At: when it was acknowledged.
    private readonly record struct Change(int Node, int Key, int Version, long At);
}
