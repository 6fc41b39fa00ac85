using System.Diagnostics;

namespace HotShelf.Caching;

/// <summary>Names of the meter and the activity source.</summary>
public static class CacheDiagnostics
{
    /// <summary>The meter of every cache of this process.</summary>
    public const string MeterName = "HotShelf.Caching";

    /// <summary>The source of <c>cache.get</c> and <c>cache.fill</c> spans.</summary>
    public const string ActivitySourceName = "HotShelf.Caching";

    internal static ActivitySource Source { get; } = new(ActivitySourceName);
}
