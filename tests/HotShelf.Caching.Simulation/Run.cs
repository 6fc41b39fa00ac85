using HotShelf.Caching.Internal;
using HotShelf.Caching.Tests.Fakes;

namespace HotShelf.Caching.Simulation;

/// <summary>
/// One run: readers and writers on several nodes over an origin with versions, with faults, and then quiet. Afterwards every promise of safety and liveness is checked
/// against what was read when.
/// </summary>
internal sealed class Run
{
    private const long Millisecond = TimeSpan.TicksPerMillisecond;

    private readonly Schedule _schedule;
    private readonly Random _random;
    private readonly Timeline _timeline;
    private readonly SimulatedNetwork _network;
    private readonly SimulatedTime _serverTime;
    private readonly FakeRemoteServer _server;
    private readonly List<SimulatedNode> _nodes = [];
    private readonly int[] _origin = new int[SharedKeys.Count];
    private readonly Limits _limits;
    private readonly History _history;
    private readonly Queue<FakeSnapshot> _snapshots = new();
    private long _connectedSince;
    private int _unfinished;

    public Run(Schedule schedule, TextWriter? trace = null)
    {
        _timeline = new Timeline { Trace = trace };
        _schedule = schedule;
        _limits = new Limits(schedule);
        _history = new History(_limits);
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

    private HotShelfCachingOptions Options()
    {
        var options = new HotShelfCachingOptions
        {
            RemoteTimeout = _limits.RemoteTimeout,
            BreakerDuration = _limits.Hasty(300),
            LeaseWait = _limits.LeaseWait,
            LeaseDuration = TimeSpan.FromSeconds(8),
            IncoherentLocal = _limits.Hasty(500),
        };
        options.Default.Jitter = 0;
        options.Families["graced"] = new CachePolicy { Jitter = 0, Fresh = _limits.Fresh, Grace = _limits.Grace, EagerRefresh = 0.5, FailSafeThrottle = _limits.Hasty(200) };
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

        _history.CheckReads();
        CheckRest();
        if (_history.Failure is null)
            await CheckConvergenceAsync();
        foreach (var node in _nodes)
            _ = node.Cache.DisposeAsync().AsTask();
        await _timeline.RunUntilAsync(_timeline.Now + _limits.RemoteTimeout.Ticks + 100 * Millisecond, static () => { });
        return _history.Failure;
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
        var key = _random.Next(_schedule.Seed % 7 < 3 ? 1 : 4) > 0 ? _random.Next(2) : _random.Next(SharedKeys.Count);
        return _random.Next(40) switch
        {
            // The first node only reads: nothing but what it is told can end its copies.
            0 or 1 when node.Index > 0 => ChangeAsync(node, [key], () => node.Cache.RemoveAsync(SharedKeys.Name(key))),
            2 or 3 when node.Index > 0 => ChangeVersionedAsync(node, key),
            4 when node.Index > 0 => RemoveTagAsync(node, key),
            5 => ReadManyAsync(node, key),
            6 or 7 => RefreshAsync(node, key),
            _ => ReadAsync(node, key),
        };
    }

    private async ValueTask<int> LoadAsync(CacheFillContext? fill, int key)
    {
        if (_random.Next(2) == 0)
            await DelayAsync();
        var version = _origin[key];
        var load = _history.AddLoad(key, version, _timeline.Now);
        await DelayAsync();
        if (fill is not null && SharedKeys.HasVersion(key))
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
        [await node.Cache.GetOrCreateWithContextAsync(SharedKeys.Name(key), (Run: this, key), static (fill, state, _) => state.Run.LoadAsync(fill, state.key), null, [SharedKeys.Tag(key)], CancellationToken.None)]);

    private Task RefreshAsync(SimulatedNode node, int key) => RecordAsync(node, [key], async () =>
        [await node.Cache.RefreshAsync(SharedKeys.Name(key), (Run: this, key), static (fill, state, _) => state.Run.LoadAsync(fill, state.key), null, [SharedKeys.Tag(key)], CancellationToken.None)]);

    private Task ReadManyAsync(SimulatedNode node, int first)
    {
        int[] keys = [.. Enumerable.Range(first, 3).Select(static key => SharedKeys.FirstOfBatches + key % (SharedKeys.Count - SharedKeys.FirstOfBatches))];
        return RecordAsync(node, keys, async () =>
        {
            var found = await node.Cache.GetOrCreateManyAsync<int, Run, Loaded>(
                keys, static key => "many:" + SharedKeys.Name(key), this, static async (ids, run, _) =>
                {
                    var loaded = new Dictionary<int, Loaded>();
                    foreach (var id in ids)
                        loaded[id] = new(id, await run.LoadAsync(null, id));
                    return loaded;
                }, null, static value => [SharedKeys.Tag(value.Key), "many" + value.Key], value => SharedKeys.HasVersion(value.Key) ? _history.VersionOf(value.Number) + 1 : 0, CancellationToken.None);
            return Array.ConvertAll(keys, key => found[key].Number);
        });
    }

    private async Task RecordAsync(SimulatedNode node, int[] keys, Func<Task<int[]>> read)
    {
        var began = _timeline.Now;
        var due = Array.ConvertAll(keys, key => _history.Due(node.Index, key, began, _connectedSince));
        _unfinished++;
        try
        {
            var loads = await read();
            if (_timeline.Trace is not null)
                _timeline.Note($"node {node.Index} has read {string.Join(", ", keys.Select((key, i) => $"{SharedKeys.Name(key)} {_history.VersionOf(loads[i])} (at least {due[i]})"))}");
            for (var i = 0; i < keys.Length; i++)
                _history.AddRead(new(node.Index, keys[i], began, _timeline.Now, loads[i], due[i], IsBatch: keys.Length > 1));
        }
        catch (Exception exception)
        {
            _history.Fail($"node {node.Index}: a read of {SharedKeys.Name(keys[0])} failed: {exception.GetType().Name}: {exception.Message}");
        }
        finally
        {
            _unfinished--;
        }
    }

    private Task ChangeVersionedAsync(SimulatedNode node, int key)
    {
        if (!SharedKeys.HasVersion(key))
            return ChangeAsync(node, [key], () => node.Cache.RemoveAsync(SharedKeys.Name(key)));
        return ChangeAsync(node, [key], async () =>
        {
            var version = _origin[key] + 1;
            await node.Cache.RemoveOlderAsync([new(SharedKeys.Name(key), version)], CancellationToken.None);
            if (_random.Next(2) == 0)
                await _nodes[_random.Next(1, _nodes.Count)].Cache.RemoveOlderAsync([new(SharedKeys.Name(key), version)], CancellationToken.None);
        });
    }

    private Task RemoveTagAsync(SimulatedNode node, int key) =>
        ChangeAsync(node, [.. Enumerable.Range(key / SharedKeys.OfATag * SharedKeys.OfATag, SharedKeys.OfATag)], () => node.Cache.RemoveByTagAsync(SharedKeys.Tag(key)));

    private async Task ChangeAsync(SimulatedNode node, int[] keys, Func<ValueTask> invalidate)
    {
        var versions = Array.ConvertAll(keys, key => ++_origin[key]);
        if (_timeline.Trace is not null)
            _timeline.Note($"node {node.Index} changes {string.Join(", ", keys.Select((key, i) => $"{SharedKeys.Name(key)} to {versions[i]}"))}");
        _unfinished++;
        try
        {
            // The entries of batches are others, which only their tags remove.
            await node.Cache.RemoveByTagAsync([.. keys.Where(static key => key >= SharedKeys.FirstOfBatches).Select(static key => "many" + key)]);
            await invalidate();
            for (var i = 0; i < keys.Length; i++)
                _history.AddChange(node.Index, keys[i], versions[i], _timeline.Now);
            if (_timeline.Trace is not null)
                _timeline.Note($"node {node.Index} has invalidated {string.Join(", ", keys.Select(SharedKeys.Name))}");
        }
        catch (Exception exception)
        {
            _history.Fail($"node {node.Index}: an invalidation failed: {exception.GetType().Name}: {exception.Message}");
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
                node.Link.BreakStream(Math.Min(fault.For, _limits.Hasty(400).Ticks), fault.For);
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
                _server.SetByForeigner(new(SharedKeys.Name(fault.Target % SharedKeys.Count), null), null);
                break;
            case FaultKind.EvictLease:
                _server.ForgetLease(SharedKeys.Name(fault.Target % SharedKeys.Count));
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
        _timeline.At(_timeline.Now + _limits.Hasty(200).Ticks, Replicate);
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

    private void CheckRest()
    {
        if (_unfinished > 0)
            _history.Fail($"{_unfinished} operations never ended");
        foreach (var node in _nodes)
        {
            if (!node.IsWell)
                _history.Fail($"node {node.Index} has not recovered: {node.Cache.Coherence}, circuit {(node.Cache.Remote!.IsClosed ? "closed" : "open")}, {node.Cache.PendingInvalidationCount} invalidations pending");
            if (node.Cache.RunningFlights > 0 || node.Cache.Leases!.Unreleased > 0)
                _history.Fail($"node {node.Index} has {node.Cache.RunningFlights} flights and {node.Cache.Leases!.Unreleased} leases to release");
        }

        if (_server.LeaseCount > 0)
            _history.Fail($"{_server.LeaseCount} leases are still held");
    }

    /// <summary>Once quiet, all nodes read what the origin has. Each key is loaded at most once more for all of them, and one without a lifetime not again, also when the ledger of removed tags is lost.</summary>
    private async Task CheckConvergenceAsync()
    {
        _network.IsUp = true;
        await CheckRoundAsync("first", mayLoad: 1);
        await CheckRoundAsync("second", mayLoad: 0);
        if (_schedule.Seed % 4 != 0 || _history.Failure is not null)
            return;
        _server.ReplaceLedger(null);
        await _timeline.RunUntilAsync(_timeline.Now + 100 * Millisecond, static () => { });
        await CheckRoundAsync("third", mayLoad: 0);
    }

    /// <summary>All nodes read each key at the same time.</summary>
    private async Task CheckRoundAsync(string round, int mayLoad)
    {
        var before = _history.LoadCount;
        for (var key = 0; key < SharedKeys.Count; key++)
        {
            var began = _timeline.Now;
            var reading = _nodes.ConvertAll(node => node.Cache.GetOrCreateWithContextAsync(
                SharedKeys.Name(key), (Run: this, key), static (fill, state, _) => state.Run.LoadAsync(fill, state.key), null, [SharedKeys.Tag(key)], CancellationToken.None).AsTask());
            while (!reading.TrueForAll(static read => read.IsCompleted))
                await _timeline.RunUntilAsync(_timeline.Now + Millisecond / 4, static () => { });
            for (var node = 0; node < _nodes.Count; node++)
            {
                var load = await reading[node];
                _history.CheckAge(new(node, key, began, _timeline.Now, load, Due: 0));
                if (_history.VersionOf(load) != _origin[key])
                    _history.Fail($"once quiet, node {node} reads version {_history.VersionOf(load)} of {SharedKeys.Name(key)}, the origin has {_origin[key]}");
            }
        }

        // Refreshes in the background end.
        await _timeline.RunUntilAsync(_timeline.Now + 20 * Millisecond, static () => { });
        foreach (var loads in _history.LoadsByKey(before))
        {
            var most = SharedKeys.HasLifetime(loads.Key) ? 1 : mayLoad;
            if (loads.Count() > most)
                _history.Fail($"once quiet, the {round} round of reads loaded {SharedKeys.Name(loads.Key)} {loads.Count()} times, at most {most} were due");
        }
    }

    private sealed record Loaded(int Key, int Number);
}
