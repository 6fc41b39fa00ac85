using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;

namespace OpenTelemetry.Exporter.Prometheus;

/// <summary>Collects when a scrape asks for it. Scrapes that overlap, or come within the cache duration, share one collection.</summary>
internal sealed class ScrapeReader : BaseExportingMetricReader
{
    private readonly Lock _lock = new();
    private readonly ScrapeExporter _exporter;
    private readonly TimeSpan _cacheDuration;
    private readonly TimeProvider _timeProvider;
    private Task<Scrape>? _current;
    private long _collectedAt;

    public ScrapeReader(IOptions<PrometheusAspNetCoreOptions> options, IServiceProvider services)
        : this(new ScrapeExporter(options.Value.DisableTotalNameSuffixForCounters), options.Value, services.GetService(typeof(TimeProvider)) as TimeProvider ?? TimeProvider.System)
    {
    }

    private ScrapeReader(ScrapeExporter exporter, PrometheusAspNetCoreOptions options, TimeProvider timeProvider)
        : base(exporter)
    {
        _exporter = exporter;
        _exporter.ReadResource = () => exporter.ParentProvider.GetResource();
        _cacheDuration = TimeSpan.FromMilliseconds(options.ScrapeResponseCacheDurationMilliseconds);
        _timeProvider = timeProvider;
        TemporalityPreference = MetricReaderTemporalityPreference.Cumulative;
    }

    /// <summary>The answer in one of the two formats; never blocks the caller, the work is done on a pool thread.</summary>
    public async Task<ReadOnlyMemory<byte>> ScrapeAsync(bool openMetrics)
    {
        var scrape = await CurrentAsync().ConfigureAwait(false);
        return openMetrics ? scrape.OpenMetrics : scrape.Text;
    }

    private Task<Scrape> CurrentAsync()
    {
        lock (_lock)
        {
            if (_current is { IsCompleted: false })
                return _current;
            if (_current is { IsCompletedSuccessfully: true } && _timeProvider.GetElapsedTime(_collectedAt) < _cacheDuration)
                return _current;
            return _current = Task.Run(CollectOnce);
        }
    }

    private Scrape CollectOnce()
    {
        // Runs alone: a new one starts only when the one before has completed (see CurrentAsync), so the exporter's state needs no lock.
        if (!Collect())
            throw new InvalidOperationException("Metrics could not be collected; the event source OpenTelemetry-Sdk says why.");
        lock (_lock)
            _collectedAt = _timeProvider.GetTimestamp();
        return _exporter.Latest;
    }
}
