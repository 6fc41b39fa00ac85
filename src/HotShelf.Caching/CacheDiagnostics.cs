using System.Diagnostics;
using System.Reflection;

namespace HotShelf.Caching;

/// <summary>Names of the meter and the activity source.</summary>
public static class CacheDiagnostics
{
    /// <summary>The meter of every cache of this process.</summary>
    public const string MeterName = "HotShelf.Caching";

    /// <summary>The source of <c>cache.get</c> and <c>cache.fill</c> spans.</summary>
    public const string ActivitySourceName = "HotShelf.Caching";

    /// <summary>The version of the package, without the commit.</summary>
    internal static string Version { get; } = typeof(CacheDiagnostics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    internal static ActivitySource Source { get; } = new(ActivitySourceName, Version);
}
