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

    /// <summary>Batches read from this key on: without Redis the removal of a tag hides more than that of a key, and would make up for it.</summary>
    private const int FirstOfBatches = 2;

    private const long Millisecond = TimeSpan.TicksPerMillisecond;

    /// <summary>After it, and with all nodes connected for as long, a change is visible everywhere: the longest delay of a push, or the time until the loss of a stream is noticed, and IncoherentLocal.</summary>
    private long VisibleAfter => Hasty(1_500).Ticks;

    private readonly Schedule _schedule;
    private readonly Random _random;
    private readonly Timeline _timeline;
    private readonly SimulatedNetwork _network;
    private readonly SimulatedTime _serverTime;
    private readonly FakeRemoteServer _server;
    private readonly List<SimulatedNode> _nodes = [];
    private readonly int[] _origin = new int[Keys];
    // By number, which is the value that is cached.
    private readonly List<Load> _loads = [];
    private readonly List<Read> _reads = [];
    private readonly List<Change> _changes = [];
    private readonly Queue<FakeSnapshot> _snapshots = new();
    private long _connectedSince;
    private int _unfinished;
    private string? _failure;

    public Run(Schedule schedule, TextWriter? trace = null)
    {
        _timeline = new Timeline { Trace = trace };
        _schedule = schedule;
        _random = new Random(schedule.Seed);
        RandomId.Source = new Random(schedule.Seed);
        _network = new SimulatedNetwork(_timeline, _random, schedule.Haste, schedule.Mutation);
        _serverTime = new SimulatedTime(_timeline, static () => 0) { Offset = TimeSpan.FromMinutes(_random.Next(-60, 60)) };
        _server = new FakeRemoteServer(_serverTime, schedule.Mutation);
        for (var i = 0; i < schedule.Nodes; i++)
            _nodes.Add(new SimulatedNode(i, _timeline, _server, _network, Options()));
        foreach (var node in _nodes)
            node.Time.Offset = TimeSpan.FromMilliseconds(_random.Next(-5_000, 5_000));
    }

    /// <summary>In some runs short, so that its end is seen; otherwise longer than a change may stay unseen.</summary>
    private TimeSpan Fresh => Hasty(_schedule.Seed % 5 < 2 ? 400 : 1_000);

    private TimeSpan Grace => Hasty(_schedule.Seed % 5 < 2 ? 600 : 2_000);

    private TimeSpan RemoteTimeout => Hasty(400);

    /// <summary>In a third of the runs short, so that what a read waits for beside it is seen.</summary>
    private TimeSpan LeaseWait => Hasty(_schedule.Seed % 3 == 0 ? 300 : 5_000);

    private TimeSpan Hasty(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds) / _schedule.Haste;

    private HotShelfCachingOptions Options()
    {
        var options = new HotShelfCachingOptions
        {
            RemoteTimeout = RemoteTimeout,
            BreakerDuration = Hasty(300),
            LeaseWait = LeaseWait,
            LeaseDuration = TimeSpan.FromSeconds(8),
            IncoherentLocal = Hasty(500),
        };
        options.Default.Jitter = 0;
        options.Families["graced"] = new CachePolicy { Jitter = 0, Fresh = Fresh, Grace = Grace, EagerRefresh = 0.5, FailSafeThrottle = Hasty(200) };
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
        // Quiet: all heals, and what waits ends. Then nothing is left to do for a second, in which each node has looked at the ledger of removed tags.
        await _timeline.RunUntilAsync(_schedule.Faults.Select(static fault => fault.At + fault.For).Append(_schedule.Length).Max(), AfterEach);
        _network.IsQuick = true;
        var end = _timeline.Now + 9_000 * Millisecond;
        for (var idleSince = _timeline.Now; _timeline.Now < end && _timeline.Now - idleSince < 1_100 * Millisecond;)
        {
            await _timeline.RunUntilAsync(_timeline.Now + 100 * Millisecond, AfterEach);
            if (!IsIdle)
                idleSince = _timeline.Now;
        }

        CheckReads();
        CheckRest();
        if (_failure is null)
            await CheckConvergenceAsync();
        foreach (var node in _nodes)
            _ = node.Cache.DisposeAsync().AsTask();
        await _timeline.RunUntilAsync(_timeline.Now + RemoteTimeout.Ticks + 100 * Millisecond, static () => { });
        return _failure;
    }

    private void Schedule(SimulatedNode node, long from) => node.At(from + _random.NextInt64(1_000, _schedule.Pace), () =>
    {
        if (_timeline.Now >= _schedule.Length)
            return;
        _ = ActAsync(node);
        Schedule(node, _timeline.Now);
    });

    private Task ActAsync(SimulatedNode node)
    {
        // In half of the runs most operations meet at two keys.
        var key = _random.Next(_schedule.Seed % 7 < 3 ? 1 : 4) > 0 ? _random.Next(2) : _random.Next(Keys);
        return _random.Next(40) switch
        {
            // The first node only reads: nothing but what it is told can end its copies.
            0 or 1 when node.Index > 0 => ChangeAsync(node, [key], () => node.Cache.RemoveAsync(Name(key))),
            2 or 3 when node.Index > 0 => ChangeVersionedAsync(node, key),
            4 when node.Index > 0 => RemoveTagAsync(node, key / KeysOfATag),
            5 => ReadManyAsync(node, key),
            6 or 7 => RefreshAsync(node, key),
            _ => ReadAsync(node, key),
        };
    }

    private static string Name(int key) => key % 2 == 0 ? $"plain:{key}" : $"graced:{key}";

    private static bool HasLifetime(int key) => key % 2 != 0;

    private static string Tag(int tag) => $"tag{tag}";

    private async ValueTask<int> LoadAsync(CacheFillContext? fill, int key)
    {
        if (_random.Next(2) == 0)
            await DelayAsync();
        var version = _origin[key];
        var load = _loads.Count;
        _loads.Add(new(key, version, _timeline.Now));
        await DelayAsync();
        if (fill is not null && key < 4)
            fill.Version = version + 1;
        return load;
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
        int[] keys = [.. Enumerable.Range(first, 3).Select(static key => FirstOfBatches + key % (Keys - FirstOfBatches))];
        return RecordAsync(node, keys, async () =>
        {
            var found = await node.Cache.GetOrCreateManyAsync<int, Run, Loaded>(
                keys, static key => "many:" + Name(key), this, static async (ids, run, _) =>
                {
                    var loaded = new Dictionary<int, Loaded>();
                    foreach (var id in ids)
                        loaded[id] = new(id, await run.LoadAsync(null, id));
                    return loaded;
                }, null, static value => [Tag(value.Key / KeysOfATag), "many" + value.Key], value => value.Key < 4 ? _loads[value.Number].Version + 1 : 0, CancellationToken.None);
            return Array.ConvertAll(keys, key => found[key].Number);
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
            var loads = await read();
            if (_timeline.Trace is not null)
                _timeline.Note($"node {node.Index} has read {string.Join(", ", keys.Select((key, i) => $"{Name(key)} {_loads[loads[i]].Version} (at least {due[i]})"))}");
            for (var i = 0; i < keys.Length; i++)
                _reads.Add(new(node.Index, keys[i], began, _timeline.Now, loads[i], due[i], IsBatch: keys.Length > 1));
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
            if (change.Key == key && (change.Node == node || now - change.At >= VisibleAfter && now - _connectedSince >= VisibleAfter))
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
        if (_timeline.Trace is not null)
            _timeline.Note($"node {node.Index} changes {string.Join(", ", keys.Select((key, i) => $"{Name(key)} to {versions[i]}"))}");
        _unfinished++;
        try
        {
            // The entries of batches are others, which only their tags remove.
            await node.Cache.RemoveByTagAsync([.. keys.Where(static key => key >= FirstOfBatches).Select(static key => "many" + key)]);
            await invalidate();
            for (var i = 0; i < keys.Length; i++)
                _changes.Add(new(node.Index, keys[i], versions[i], _timeline.Now));
            if (_timeline.Trace is not null)
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
                node.Link.BreakStream(Math.Min(fault.For, Hasty(400).Ticks), fault.For);
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
                node.Time.Offset += TimeSpan.FromTicks(fault.For) * _schedule.Haste * (fault.Target % 2 == 0 ? 10 : -10);
                break;
        }
    }

    /// <summary>A replica is up to a second behind.</summary>
    private void Replicate()
    {
        _snapshots.Enqueue(_server.Snapshot());
        if (_snapshots.Count > 5)
            _snapshots.Dequeue();
        _timeline.At(_timeline.Now + Hasty(200).Ticks, Replicate);
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

    private bool IsUp => _network.IsUp && _network.StoppedUntil <= _timeline.Now;

    private bool IsIdle => IsUp && _unfinished == 0 && _nodes.TrueForAll(static node => node.IsIdle);

    private void AfterEach()
    {
        if (!IsUp || !_nodes.TrueForAll(static node => node.IsConnected))
            _connectedSince = _timeline.Now;
    }

    private void CheckReads()
    {
        // A read waits for its loader (twice, when a tag that only the result told was removed meanwhile), for Redis at most two commands' time, and for a lease. A lease is held for as long as
        // another process' read takes; beyond that only when its holder is stopped. One that is not released, or that a failover has brought back, would be waited for longer.
        var stopped = _schedule.Faults.Where(fault => fault.Kind is FaultKind.StopNode).Sum(fault => fault.For);
        // Three waits, each ended up to an eighth of RemoteTimeout late.
        var remote = (2 * RemoteTimeout + 3 * RemoteTimeout / 8).Ticks + 20 * Millisecond;
        // In a hasty run the pauses between two polls, and between two attempts to release, are what takes longest.
        var pauses = _schedule.Haste > 1 ? 250 * Millisecond : 0;
        var longest = stopped + remote + Math.Min(LeaseWait.Ticks + pauses, stopped > 0 ? LeaseWait.Ticks + pauses : 2 * remote + 2 * pauses);
        foreach (var read in _reads)
        {
            if (_loads[read.Load].Version < read.Due)
                Fail($"node {read.Node} read version {_loads[read.Load].Version} of {Name(read.Key)} at {Seconds(read.Began)}, at least {read.Due} was due");
            CheckAge(read);
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

    /// <summary>A value of the family with a lifetime is not returned beyond it. The clock of a server that takes over may be three seconds behind.</summary>
    private void CheckAge(Read read)
    {
        var age = read.Began - _loads[read.Load].At;
        var oldest = (Fresh + Grace + Hasty(800)).Ticks + 3_000 * Millisecond * _schedule.Faults.Count(static fault => fault.Kind is FaultKind.FailOver or FaultKind.RestartEmpty);
        // The entries of batches are others, of a family without a lifetime.
        if (!read.IsBatch && HasLifetime(read.Key) && age > oldest)
            Fail($"node {read.Node} read a value of {Name(read.Key)} at {Seconds(read.Began)} that was loaded {Seconds(age)} before");
    }

    /// <summary>Once quiet, all nodes read what the origin has. Each key is loaded at most once more for all of them, and one without a lifetime not again, also when the ledger of removed tags is lost.</summary>
    private async Task CheckConvergenceAsync()
    {
        _network.IsUp = true;
        await CheckRoundAsync("first", mayLoad: 1);
        await CheckRoundAsync("second", mayLoad: 0);
        if (_schedule.Seed % 4 != 0 || _failure is not null)
            return;
        _server.ReplaceLedger(null);
        await _timeline.RunUntilAsync(_timeline.Now + 100 * Millisecond, static () => { });
        await CheckRoundAsync("third", mayLoad: 0);
    }

    /// <summary>All nodes read each key at the same time.</summary>
    private async Task CheckRoundAsync(string round, int mayLoad)
    {
        var before = _loads.Count;
        for (var key = 0; key < Keys; key++)
        {
            var began = _timeline.Now;
            var reading = _nodes.ConvertAll(node => node.Cache.GetOrCreateWithContextAsync(
                Name(key), (Run: this, key), static (fill, state, _) => state.Run.LoadAsync(fill, state.key), null, [Tag(key / KeysOfATag)], CancellationToken.None).AsTask());
            while (!reading.TrueForAll(static read => read.IsCompleted))
                await _timeline.RunUntilAsync(_timeline.Now + Millisecond / 4, static () => { });
            for (var node = 0; node < _nodes.Count; node++)
            {
                var load = await reading[node];
                CheckAge(new(node, key, began, _timeline.Now, load, Due: 0));
                if (_loads[load].Version != _origin[key])
                    Fail($"once quiet, node {node} reads version {_loads[load].Version} of {Name(key)}, the origin has {_origin[key]}");
            }
        }

        // Refreshes in the background end.
        await _timeline.RunUntilAsync(_timeline.Now + 20 * Millisecond, static () => { });
        foreach (var loads in _loads.Skip(before).GroupBy(static load => load.Key))
        {
            var most = HasLifetime(loads.Key) ? 1 : mayLoad;
            if (loads.Count() > most)
                Fail($"once quiet, the {round} round of reads loaded {Name(loads.Key)} {loads.Count()} times, at most {most} were due");
        }
    }

    private void Fail(string what) => _failure ??= what;

    private static string Seconds(long ticks) => $"{TimeSpan.FromTicks(ticks).TotalSeconds:F3} s";

    private sealed record Loaded(int Key, int Number);

    // At: when the origin was read.
    private readonly record struct Load(int Key, int Version, long At);

    // Load: the number of the load that it returned. Due: the least version that it may return.
    private readonly record struct Read(int Node, int Key, long Began, long Ended, int Load, int Due, bool IsBatch = false);

    // At: when it was acknowledged.
    private readonly record struct Change(int Node, int Key, int Version, long At);
}
