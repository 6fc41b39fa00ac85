using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;

namespace OpenTelemetry.Exporter.Prometheus;

/// <summary>Collects when a scrape asks for it. Scrapes of one format that overlap, or come within the cache duration, share one collection.</summary>
internal sealed class ScrapeReader : BaseExportingMetricReader
{
    private readonly ScrapeExporter _exporter;
    private readonly Lock _collecting = new();
    private readonly Shared _text;
    private readonly Shared _openMetrics;

    public ScrapeReader(IOptions<PrometheusAspNetCoreOptions> options, IServiceProvider services)
        : this(new ScrapeExporter(options.Value.DisableTotalNameSuffixForCounters), options.Value, services.GetService(typeof(TimeProvider)) as TimeProvider ?? TimeProvider.System)
    {
    }

    private ScrapeReader(ScrapeExporter exporter, PrometheusAspNetCoreOptions options, TimeProvider timeProvider)
        : base(exporter)
    {
        _exporter = exporter;
        var cacheDuration = TimeSpan.FromMilliseconds(options.ScrapeResponseCacheDurationMilliseconds);
        _text = new Shared(() => CollectNow(openMetrics: false), cacheDuration, timeProvider);
        _openMetrics = new Shared(() => CollectNow(openMetrics: true), cacheDuration, timeProvider);
        TemporalityPreference = MetricReaderTemporalityPreference.Cumulative;
    }

    /// <summary>The answer in one of the two formats; never blocks the caller, the work is done on a pool thread.</summary>
    public Task<ReadOnlyMemory<byte>> ScrapeAsync(bool openMetrics) => (openMetrics ? _openMetrics : _text).GetAsync();

    // The two formats may be asked for at once; the exporter writes one at a time.
    private ReadOnlyMemory<byte> CollectNow(bool openMetrics)
    {
        lock (_collecting)
        {
            _exporter.Begin(openMetrics);
            return Collect()
                ? _exporter.Latest
                : throw new InvalidOperationException("Metrics could not be collected; the event source OpenTelemetry-Sdk says why.");
        }
    }

    /// <summary>One collection for everybody who asks while it runs, and for a while after.</summary>
    private sealed class Shared(Func<ReadOnlyMemory<byte>> collect, TimeSpan cacheDuration, TimeProvider timeProvider)
    {
        private readonly Lock _lock = new();
        private Task<ReadOnlyMemory<byte>>? _current;
        private long _collectedAt;

        public Task<ReadOnlyMemory<byte>> GetAsync()
        {
            lock (_lock)
            {
                if (_current is { IsCompleted: false })
                    return _current;
                if (_current is { IsCompletedSuccessfully: true } && timeProvider.GetElapsedTime(_collectedAt) < cacheDuration)
                    return _current;
                return _current = Task.Run(Collect);
            }
        }

        private ReadOnlyMemory<byte> Collect()
        {
            var result = collect();
            lock (_lock)
                _collectedAt = timeProvider.GetTimestamp();
            return result;
        }
    }
}
