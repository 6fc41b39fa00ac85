using HotShelf.Caching.Fleet;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Telemetry;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Internal.Fleet;

/// <summary>
/// Publishes the status of this node: its counts every <see cref="FleetOptions.Interval"/>, and events within a quarter of a second. Each batch is one
/// script, run by the guard. Nothing is sent while Redis is not connected: counts and events are then kept, within bounds.
/// </summary>
internal sealed class FleetPublisher(HotShelfCache cache, RemoteGuard remote, IFleetStore store, FleetIdentity identity, FleetJournal journal, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(250);

    private readonly FleetOptions _options = cache.Options.Fleet;
    private readonly FleetSampler _sampler = new(cache);
    private readonly CancellationTokenSource _stopping = new();
    private readonly DateTimeOffset _startedAt = cache.Clock.Provider.GetUtcNow();
    private Task _running = Task.CompletedTask;
    private FleetBatch? _unconfirmed;
    private long _sequence;
    private long _due;
    private bool _isRefused;
    private bool _answers;

    public void Start()
    {
        journal.Joined();
        _running = RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        journal.Left();
        _sampler.Look(Minute);
        if (!store.IsConnected || !remote.IsClosed)
            return;
        if (_unconfirmed is null || await SendAsync(_unconfirmed).ConfigureAwait(false))
            await SendAsync(NextBatch(withCounts: true) with { Leaves = true }).ConfigureAwait(false);
    }

    private long Minute => cache.Clock.ServerNow / 60_000;

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(_options.Interval < s_pace ? _options.Interval : s_pace, cache.Clock.Provider);
        try
        {
            do
            {
                var isDue = cache.Clock.Now >= _due;
                if (isDue)
                {
                    _due = cache.Clock.Now + (long)_options.Interval.TotalMilliseconds;
                    _sampler.Look(Minute);
                }

                if (isDue || _unconfirmed is null && journal.HasEvents)
                    await DeliverAsync(isDue).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The cache is being disposed.
        }
    }

    /// <summary>Sends an unconfirmed batch again, unchanged, and then a batch of newer data.</summary>
    private async ValueTask DeliverAsync(bool withCounts)
    {
        // Check the connection before taking data: without Redis the journal and the sampler apply their own bounds.
        if (!store.IsConnected || !remote.IsClosed)
            return;
        _answers = _answers || await remote.RunAsync((Store: store, identity.Id, Find: (Func<string, LocalCopy>)cache.CopyOf), static (_, own) => own.Store.AnswerAsync(own.Id, own.Find)).ConfigureAwait(false);
        if (_unconfirmed is not null && !await SendAsync(_unconfirmed).ConfigureAwait(false))
            return;
        await SendAsync(NextBatch(withCounts)).ConfigureAwait(false);
    }

    private FleetBatch NextBatch(bool withCounts)
    {
        var (changes, traffic) = journal.Take();
        return new FleetBatch { Sequence = ++_sequence, Node = Describe(), Counts = withCounts ? _sampler.Take() : [], Changes = changes, Traffic = traffic };
    }

    private async ValueTask<bool> SendAsync(FleetBatch batch)
    {
        _unconfirmed = batch;
        var answer = await remote.RunAsync((Store: store, Batch: batch with { Node = Describe() }), static (_, call) => call.Store.DeliverAsync(call.Batch)).ConfigureAwait(false);
        if (!answer.Succeeded)
            return false;
        // A refusal is an answer, so the server is reachable. Retry at the next interval; log the refusal once.
        if (answer.Value is { } reason && !_isRefused)
            Log.FleetRefused(logger, reason);
        _isRefused = answer.Value is not null;
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
            AssemblyVersion = identity.AssemblyVersion,
            CacheVersion = cache.Options.Version,
            IsFeed = cache.Options.IsFeed,
            StartedAt = _startedAt,
            SeenAt = DateTimeOffset.FromUnixTimeMilliseconds(cache.Clock.ServerNow),
            LocalEntries = statistics.LocalEntries,
            LocalBytes = statistics.LocalBytes,
            LocalLimit = cache.Options.LocalSizeLimit,
            RemoteState = statistics.RemoteState,
            Coherence = statistics.Coherence,
            CoherenceLag = cache.Metrics.CoherenceLag,
            StreamRoundTrip = store.StreamRoundTrip,
            PendingInvalidations = statistics.PendingInvalidations,
            HitRatio = total.HitRatio,
            Reads = total.LocalHits + total.RemoteHits + total.Stale + total.Misses + total.Errors,
        }, cache.KnownTypes());
    }
}
