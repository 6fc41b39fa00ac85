using HotShelf.Caching;

namespace OpenTelemetry.Trace;

/// <summary>Traces of HotShelf.Caching.</summary>
public static class HotShelfCachingTracerProviderBuilderExtensions
{
    /// <summary>Collects the spans of every cache of the process: <c>cache.get</c>, <c>cache.get_many</c> and <c>cache.fill</c>.</summary>
    /// <returns><paramref name="builder"/>.</returns>
    public static TracerProviderBuilder AddHotShelfCachingInstrumentation(this TracerProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddSource(CacheDiagnostics.ActivitySourceName);
    }
}
