using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Flights;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;
using HotShelf.Caching.Internal.Telemetry;
using HotShelf.Caching.Internal.Values;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Internal;

/// <summary>
/// The cache that callers see: hits in L1, and what leads to the rest. <see cref="Fills"/> answers what L1 cannot, <see cref="Invalidations"/> removes, <see cref="LocalCoherence"/> keeps L1 current.
/// <c>Internal/README.md</c> describes how they work together.
/// </summary>
internal sealed partial class HotShelfCache : HybridCache, ICacheInspector, IAsyncDisposable, IDisposable
{
    private readonly HotShelfCachingOptions _options;
    private readonly CacheClock _clock;
    private readonly LocalStore _local;
    private readonly FamilyTable _families;
    private readonly TagTable _tags;
    private readonly TagSync _tagSync;
    private readonly ValueSupportFactory _values;
    private readonly EntryCodec _codec;
    private readonly NameRules _names;
    private readonly StreamState _stream;
    private readonly RunningFlights _flights = new();
    private readonly Invalidations _invalidations;
    private readonly LocalCoherence _coherence;
    private readonly Fills _fills;
    private readonly RemoteGuard? _remote;
    private readonly LeaseKeeper? _leases;
    private readonly Upkeep? _upkeep;
    private readonly ReadRecorder _recorder;
    private readonly CacheMetrics _metrics;
    private readonly CacheEvents _events;
    private readonly CancellationTokenSource _stopping = new();

    /// <param name="options">Validated options.</param>
    /// <param name="store">L2, or null for a cache in memory only.</param>
    /// <param name="services">Provides serializers.</param>
    /// <param name="clock">The clocks; shared with <paramref name="store"/>, which sets the server's time.</param>
    /// <param name="metrics">The instruments.</param>
    /// <param name="observers">Receive the events.</param>
    /// <param name="logger">The log.</param>
    public HotShelfCache(
        HotShelfCachingOptions options, IRemoteStore? store, IServiceProvider services, CacheClock clock, CacheMetrics metrics, IEnumerable<ICacheObserver> observers, ILogger logger)
    {
        var hasRemote = store is not null;
        _options = options;
        _clock = clock;
        _metrics = metrics;
        _events = new CacheEvents(observers, options.IsFeed, logger);
        _recorder = new ReadRecorder(clock);
        _families = new FamilyTable(options);
        var limiter = new LogLimiter(clock);
        _names = new NameRules(options.MaximumKeyLength, _families, limiter, logger);
        _values = new ValueSupportFactory(services, options.Json);
        _stream = new StreamState(hasRemote);
        _tags = new TagTable(isAlone: !hasRemote, clock);
        _local = new LocalStore(options.LocalSizeLimit, clock, _tags.IsHiddenForGood, () => _families.LocalHits);
        _remote = store is null ? null : new RemoteGuard(store, options, clock, logger, () => _invalidations!.ReplayAsync());
        _leases = _remote is null ? null : new LeaseKeeper(_remote, options.LeaseDuration, clock);
        _tagSync = new TagSync(_tags, _remote, clock, () => _stream.IsTracking ? TimeSpan.MaxValue : options.IncoherentLocal);
        _codec = new EntryCodec(options, hasRemote, _stream, _tagSync, _values, clock, metrics, limiter, logger);
        var echoes = new EchoLagTimer(clock.Provider, _stream);
        _invalidations = new Invalidations(options, _local, _tagSync, _flights, _remote, echoes, _families, _names, clock, metrics, _events, logger, _stopping.Token);
        _coherence = new LocalCoherence(_local, _tagSync, _flights, _invalidations, _remote, _leases, _stream, echoes, _families, clock, metrics, _events);
        _fills = new Fills(options, _local, _coherence, _flights, _invalidations, _tagSync, _remote, _leases, _codec, _names, echoes, _recorder, clock, metrics, _events, logger, _stopping.Token);
        if (_events.HasObservers)
        {
            _local.Left = entry => _events.CopyLeft(this, entry);
            _remote?.CircuitChanged = _events.CircuitChanged;
        }

        if (store is null)
        {
            Log.MemoryOnly(logger);
        }
        else
        {
            store.Start(_coherence);
            _upkeep = new Upkeep(_remote!, _tagSync, clock, logger, _stopping.Token);
            // What lives as long as it is used is a session of some kind, and not a copy of something.
            foreach (var (family, _) in options.Families.Where(static family => family.Value.Sliding is not null))
                _upkeep.NoteKept($"the sliding family '{family}'");
            _ = _upkeep.RunAsync();
        }

        metrics.Attach(this);
    }

    internal CacheClock Clock => _clock;

    internal HotShelfCachingOptions Options => _options;

    internal CacheMetrics Metrics => _metrics;

    internal FamilyTable Families => _families;

    internal LocalStore Local => _local;

    internal TagTable Tags => _tags;

    internal RemoteGuard? Remote => _remote;

    internal Upkeep? Upkeep => _upkeep;

    internal Invalidations Invalidations => _invalidations;

    internal LocalCoherence LocalCoherence => _coherence;

    internal LeaseKeeper? Leases => _leases;

    internal CoherenceState Coherence => _stream.Current;

    internal int RunningFlights => _flights.Count;

    internal int PendingInvalidationCount => _invalidations.PendingCount;

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        _metrics.Detach(this);
        if (_remote is not null)
        {
            // What is pending was acknowledged, and no other process knows of it. Redis may be back without a probe having noticed.
            _remote.Circuit.Close();
            await _remote.EndsInTimeAsync(new ValueTask<bool>(_invalidations.SendPendingAsync().AsTask()), CacheClock.Never).ConfigureAwait(false);
        }

        if (_leases is not null)
            await _leases.DisposeAsync().ConfigureAwait(false);
        if (_remote is not null)
            await _remote.DisposeAsync().ConfigureAwait(false);
    }
}
