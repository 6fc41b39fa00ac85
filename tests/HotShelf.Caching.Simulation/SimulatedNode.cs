using HotShelf.Caching.Internal;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Telemetry;
using HotShelf.Caching.Tests.Fakes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace HotShelf.Caching.Simulation;

/// <summary>One process: the real cache over a simulated connection and stream.</summary>
internal sealed class SimulatedNode
{
    private static readonly IServiceProvider s_services = new ServiceCollection().BuildServiceProvider();

    private readonly Timeline _timeline;
    // What reached the process while it was stopped.
    private readonly Queue<Action> _waiting = new();

    public SimulatedNode(int index, Timeline timeline, FakeRemoteServer server, SimulatedNetwork network, HotShelfCachingOptions options)
    {
        Index = index;
        _timeline = timeline;
        Time = new SimulatedTime(timeline, () => PausedUntil);
        Link = new SimulatedLink(this, timeline, network, new FakeRemoteStore(server));
        Cache = new HotShelfCache(options, Link, s_services, new CacheClock(Time), new CacheMetrics(null, Time, null), [], NullLogger.Instance);
    }

    public int Index { get; }

    public SimulatedTime Time { get; }

    public SimulatedLink Link { get; }

    public HotShelfCache Cache { get; }

    /// <summary>Until then the process is stopped: nothing reaches it and its timers do not fire.</summary>
    public long PausedUntil { get; set; }

    /// <summary>Uses Redis and owes it nothing. Its stream may be lost: its copies live for IncoherentLocal then.</summary>
    public bool IsConnected => PausedUntil <= _timeline.Now && Cache.Remote!.IsClosed && Cache.PendingInvalidationCount == 0;

    public bool IsWell => IsConnected && Cache.Coherence == CoherenceState.Tracking;

    public bool IsIdle => IsWell && Cache.RunningFlights == 0 && Cache.Leases!.Unreleased == 0;

    /// <summary>Runs it at a time, or when the process goes on, after what came before it.</summary>
    public void At(long time, Action action) => _timeline.At(time, () =>
    {
        if (PausedUntil <= _timeline.Now && _waiting.Count == 0)
        {
            action();
            return;
        }

        _waiting.Enqueue(action);
        if (_waiting.Count == 1)
            GoOn();
    });

    private void GoOn() => _timeline.At(PausedUntil, () =>
    {
        if (PausedUntil <= _timeline.Now)
            _waiting.Dequeue()();
        if (_waiting.Count > 0)
            GoOn();
    });
}
