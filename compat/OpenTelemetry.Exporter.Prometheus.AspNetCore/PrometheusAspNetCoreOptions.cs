namespace OpenTelemetry.Exporter;

/// <summary>Where and how the scrape endpoint answers.</summary>
public class PrometheusAspNetCoreOptions
{
    internal const string DefaultScrapeEndpointPath = "/metrics";

    /// <summary>The path of the endpoint. Default: <c>/metrics</c>.</summary>
    public string? ScrapeEndpointPath { get; set; } = DefaultScrapeEndpointPath;

    /// <summary>Whether counters keep their name without <c>_total</c>. Default: false.</summary>
    public bool DisableTotalNameSuffixForCounters { get; set; }

    /// <summary>For how many milliseconds one collection answers further scrapes; 0: each scrape collects. Default: 300.</summary>
    public int ScrapeResponseCacheDurationMilliseconds { get; set; } = 300;
}
