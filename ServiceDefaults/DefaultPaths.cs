using Microsoft.AspNetCore.Http;

namespace HotShelf.ServiceDefaults;

/// <summary>The paths that machines ask every few seconds; they stay out of traces, request metrics and the request log.</summary>
public static class DefaultPaths
{
    /// <summary>Every check, with details for those who may see them.</summary>
    public const string Health = "/health";

    /// <summary>Whether the process should be restarted.</summary>
    public const string Alive = "/alive";

    /// <summary>Whether requests should be sent here.</summary>
    public const string Ready = "/ready";

    /// <summary>The scrape endpoint.</summary>
    public const string Metrics = "/metrics";

    /// <summary>True for a probe or a scrape.</summary>
    public static bool IsProbe(PathString path) => path.Value is { Length: <= 8 } value
        && (Same(value, Health) || Same(value, Alive) || Same(value, Ready) || Same(value, Metrics));

    private static bool Same(string left, string right) => left.Equals(right, StringComparison.OrdinalIgnoreCase);
}
