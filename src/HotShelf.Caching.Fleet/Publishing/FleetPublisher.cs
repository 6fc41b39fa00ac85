using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HotShelf.Caching.Fleet;

/// <summary>
/// Publishes the status of this node: its counts every <see cref="FleetOptions.Interval"/>, and events within a quarter of a second. Each batch is one
/// script. Nothing is sent while Redis is not connected: counts and events are then kept, within bounds.
/// </summary>
internal sealed class FleetPublisher(
    ICacheInspector cache, FleetStore store, FleetIdentity identity, FleetJournal journal, IOptions<HotShelfCachingOptions> caching, IOptions<FleetOptions> options,
    TimeProvider time, ILogger<FleetPublisher> logger, IMeterFactory? meters = null) : BackgroundService, ICacheNodeReporter
{
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(250);

    private readonly FleetSampler _sampler = new(caching.Value.IsFeed, meters, time);
    private readonly DateTimeOffset _startedAt = time.GetUtcNow();
    private Uri? _address = FleetAddress.Reached(identity.Address, local: null);
    private FleetBatch? _unconfirmed;
    private long _sequence;
    private long _published;
    private bool _isRefused;
    private bool _answers;
    private bool _isAddressKnown;

    /// <summary>The state is that of now; the counts are those of the latest sample.</summary>
    public CacheNodeReport GetReport()
    {
        IReadOnlyList<FleetCounts> unconfirmed = Volatile.Read(ref _unconfirmed)?.Counts ?? [];
        return new CacheNodeReport(Describe().Node, FleetCounts.Sum([.. unconfirmed, .. _sampler.Counts]));
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        journal.Left();
        Sample();
        if (CanSend && (_unconfirmed is null || await SendAsync(_unconfirmed).ConfigureAwait(false)))
            await SendAsync(NextBatch(withCounts: true) with { Leaves = true }).ConfigureAwait(false);
        if (_answers)
            await FleetCalls.TryAsync(store.StopAnsweringAsync(), caching.Value.RemoteTimeout, time, logger).ConfigureAwait(false);
    }

    public override void Dispose()
    {
        _sampler.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        journal.Joined();
        var interval = options.Value.Interval;
        using var timer = new PeriodicTimer(interval < s_pace ? interval : s_pace, time);
        try
        {
            do
            {
                var isDue = _published == 0 || time.GetElapsedTime(_published) >= interval;
                if (isDue)
                {
                    _published = time.GetTimestamp();
                    Sample();
                }

                if (isDue || _unconfirmed is null && journal.HasEvents)
                    await DeliverAsync(isDue).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host is stopping.
        }
    }

    /// <summary>False without Redis: the journal and the sampler then apply their own bounds.</summary>
    private bool CanSend => store.IsConnected && cache.GetStatistics().RemoteState == "closed";

    private void Sample() => _sampler.Look(cache.GetStatistics().ServerTime.ToUnixTimeSeconds() / 60);

    /// <summary>Sends an unconfirmed batch again, unchanged, and then a batch of newer data.</summary>
    private async ValueTask DeliverAsync(bool withCounts)
    {
        if (!CanSend)
            return;
        _answers = _answers || await FleetCalls.TryAsync(store.AnswerAsync(identity.Id, cache.FindLocal), caching.Value.RemoteTimeout, time, logger).ConfigureAwait(false);
        _isAddressKnown = _isAddressKnown || await FindAddressAsync().ConfigureAwait(false);
        if (_unconfirmed is not null && !await SendAsync(_unconfirmed).ConfigureAwait(false))
            return;
        await SendAsync(NextBatch(withCounts)).ConfigureAwait(false);
    }

    // Of several networks, consoles are on that of Redis too.
    private async ValueTask<bool> FindAddressAsync()
    {
        var finding = store.FindLocalAddressAsync();
        if (!await FleetCalls.TryAsync(finding, caching.Value.RemoteTimeout, time, logger).ConfigureAwait(false))
            return false;
        _address = FleetAddress.Reached(identity.Address, await finding.ConfigureAwait(false));
        return true;
    }

    private FleetBatch NextBatch(bool withCounts)
    {
        var (changes, traffic) = journal.Take();
        return new FleetBatch { Sequence = ++_sequence, Node = Describe(), Counts = withCounts ? _sampler.Take() : [], Changes = changes, Traffic = traffic };
    }

    private async ValueTask<bool> SendAsync(FleetBatch batch)
    {
        _unconfirmed = batch;
        var delivering = store.DeliverAsync(batch with { Node = Describe() });
        if (!await FleetCalls.TryAsync(delivering, caching.Value.RemoteTimeout, time, logger).ConfigureAwait(false))
            return false;
        // A refusal is an answer, so the server is reachable. Retry at the next interval; log the refusal once.
        var refusal = await delivering.ConfigureAwait(false);
        if (refusal is not null && !_isRefused)
            Log.FleetRefused(logger, refusal);
        _isRefused = refusal is not null;
        if (!_isRefused)
            _unconfirmed = null;
        return !_isRefused;
    }

    private FleetNodeDocument Describe()
    {
        var statistics = cache.GetStatistics();
        var total = statistics.Total;
        return new FleetNodeDocument(new CacheNode
        {
            Id = identity.Id,
            Application = identity.Application,
            Machine = identity.Machine,
            ProcessId = identity.ProcessId,
            Instance = identity.Instance,
            Address = _address,
            AssemblyVersion = identity.AssemblyVersion,
            CacheVersion = caching.Value.Version,
            IsFeed = caching.Value.IsFeed,
            StartedAt = _startedAt,
            SeenAt = statistics.ServerTime,
            LocalEntries = statistics.LocalEntries,
            LocalBytes = statistics.LocalBytes,
            LocalLimit = caching.Value.LocalSizeLimit,
            RemoteState = statistics.RemoteState,
            Coherence = statistics.Coherence,
            CoherenceLag = _sampler.CoherenceLag,
            StreamRoundTrip = statistics.StreamRoundTrip,
            PendingInvalidations = statistics.PendingInvalidations,
            HitRatio = total.HitRatio,
            Reads = total.LocalHits + total.RemoteHits + total.Stale + total.Misses + total.Errors,
        }, cache.GetValueTypes());
    }
}
