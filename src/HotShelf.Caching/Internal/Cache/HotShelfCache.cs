using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Flights;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;
using HotShelf.Caching.Internal.Telemetry;
using HotShelf.Caching.Internal.Values;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Internal;

/// <summary>The cache. Each concern has its own file; <c>Internal/README.md</c> describes how they work together.</summary>
internal sealed partial class HotShelfCache : HybridCache, ICacheInspector, IAsyncDisposable, IDisposable
{
    private readonly HotShelfCachingOptions _options;
    private readonly ILogger _logger;
    private readonly CacheClock _clock;
    private readonly LocalStore _local;
    private readonly FamilyTable _families;
    private readonly TagTable _tags;
    private readonly TagSync? _tagSync;
    private readonly ValueSupportFactory _values;
    private readonly CacheMetrics _metrics;
    private readonly CacheEvents _events;
    private readonly RemoteGuard? _remote;
    private readonly LeaseKeeper? _leases;
    private readonly PendingInvalidations _pending;
    private readonly RecentInvalidations _recent;
    private readonly FlightTable _flights = new();
    private readonly FlightTable _refreshes = new();
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
        _options = options;
        _logger = logger;
        _clock = clock;
        _metrics = metrics;
        _events = new CacheEvents(observers, options.IsFeed, logger);
        _echoes = new EchoLagTimer(clock.Provider);
        _families = new FamilyTable(options);
        _local = new LocalStore(options.LocalSizeLimit, clock, IsHiddenForGood, () => _families.LocalHits);
        _values = new ValueSupportFactory(services, options.Json);
        _pending = new PendingInvalidations(options.MaximumPendingInvalidations);
        _recent = new RecentInvalidations(clock);
        _remote = store is null ? null : new RemoteGuard(store, options, clock, logger, ReplayPendingAsync);
        _leases = _remote is null ? null : new LeaseKeeper(_remote, options.LeaseDuration, clock);
        _tags = new TagTable(isAlone: store is null, clock);
        _tagSync = _remote is null ? null : new TagSync(_tags, _remote, clock, () => IsCoherent ? TimeSpan.MaxValue : options.IncoherentLocal);
        if (_events.HasObservers)
        {
            _local.Left = entry => _events.CopyLeft(this, entry);
            _remote?.CircuitChanged = _events.CircuitChanged;
        }

        if (store is null)
            Log.MemoryOnly(logger);
        else
            StartUpkeep(store);
        metrics.Attach(this);
    }

    internal CacheClock Clock => _clock;

    internal HotShelfCachingOptions Options => _options;

    internal CacheMetrics Metrics => _metrics;

    internal FamilyTable Families => _families;

    internal LocalStore Local => _local;

    internal TagTable Tags => _tags;

    internal RemoteGuard? Remote => _remote;

    internal LeaseKeeper? Leases => _leases;

    internal int RunningFlights => _flights.Count + _refreshes.Count;

    internal int PendingInvalidationCount => _pending.Count;

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        _metrics.Detach(this);
        if (_leases is not null)
            await _leases.DisposeAsync().ConfigureAwait(false);
        if (_remote is not null)
            await _remote.DisposeAsync().ConfigureAwait(false);
    }
}
