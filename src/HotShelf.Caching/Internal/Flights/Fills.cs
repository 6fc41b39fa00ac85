using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;
using HotShelf.Caching.Internal.Telemetry;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Internal.Flights;

/// <summary>
/// Single flight and fills: what L1 cannot answer. A miss joins the flight of its key or starts one, which reads L2, acquires the lease, runs the loader and stores the result.
/// <c>Internal/README.md</c> has the steps in order.
/// </summary>
internal sealed partial class Fills
{
    private readonly HotShelfCachingOptions _options;
    private readonly LocalStore _local;
    private readonly LocalCoherence _coherence;
    private readonly RunningFlights _flights;
    private readonly Invalidations _invalidations;
    private readonly TagSync _tagSync;
    private readonly TagTable _tags;
    private readonly RemoteGuard? _remote;
    private readonly LeaseKeeper? _leases;
    private readonly RefreshThrottle _throttle;
    private readonly EntryCodec _codec;
    private readonly NameRules _names;
    private readonly EchoLagTimer _echoes;
    private readonly ReadRecorder _recorder;
    private readonly CacheClock _clock;
    private readonly CacheMetrics _metrics;
    private readonly CacheEvents _events;
    private readonly ILogger _logger;
    private readonly CancellationToken _stopping;

    public Fills(
        HotShelfCachingOptions options, LocalStore local, LocalCoherence coherence, RunningFlights flights, Invalidations invalidations, TagSync tags, RemoteGuard? remote, LeaseKeeper? leases, EntryCodec codec, NameRules names,
        EchoLagTimer echoes, ReadRecorder recorder, CacheClock clock, CacheMetrics metrics, CacheEvents events, ILogger logger, CancellationToken stopping)
    {
        _options = options;
        _local = local;
        _coherence = coherence;
        _flights = flights;
        _invalidations = invalidations;
        _tagSync = tags;
        _tags = tags.Table;
        _remote = remote;
        _leases = leases;
        _throttle = new RefreshThrottle(clock, logger);
        _codec = codec;
        _names = names;
        _echoes = echoes;
        _recorder = recorder;
        _clock = clock;
        _metrics = metrics;
        _events = events;
        _logger = logger;
        _stopping = stopping;
    }
}
