using HotShelf.Caching;

namespace OpenTelemetry.Metrics;

/// <summary>Metrics of HotShelf.Caching.</summary>
public static class HotShelfCachingMeterProviderBuilderExtensions
{
    /// <summary>Collects the metrics of every cache of the process: hits by tier, misses, loads, invalidations and failures by family.</summary>
    /// <returns><paramref name="builder"/>.</returns>
    public static MeterProviderBuilder AddHotShelfCachingInstrumentation(this MeterProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddMeter(CacheDiagnostics.MeterName);
    }
}
