using System.Diagnostics;
using System.Runtime.CompilerServices;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Local;

namespace HotShelf.Caching.Internal.Telemetry;

/// <summary>
/// Spans. <c>cache.get</c> is one caller's read, <c>cache.get_many</c> the part of a batch beyond L1, <c>cache.fill</c> one run of a loader.
/// Without a listener tracing costs one field read; an L1 hit has a span only inside a recorded trace.
/// </summary>
internal static class CacheSpans
{
    private const string ReadSpan = "cache.get";

    public static bool IsTracing => CacheDiagnostics.Source.HasListeners();

    public static Activity? StartRead() => CacheDiagnostics.Source.StartActivity(ReadSpan);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void TraceHit(LocalEntry entry)
    {
        if (Activity.Current is not { Recorded: true })
            return;
        using var activity = StartRead();
        Tag(activity, entry.Family, CacheTier.L1, CacheResult.Hit, joined: false);
    }

    /// <summary>The span of one run of a loader; the loader's spans, such as its SQL, are children.</summary>
    public static Activity? StartFill(FamilyState family, int keys)
    {
        var activity = CacheDiagnostics.Source.StartActivity("cache.fill");
        activity?.SetTag("hotshelf.cache.family", family.Name);
        activity?.SetTag("hotshelf.cache.keys", keys);
        return activity;
    }

    public static Activity? StartBatch(int asked, int missing)
    {
        var activity = CacheDiagnostics.Source.StartActivity("cache.get_many");
        activity?.SetTag("hotshelf.cache.keys", asked);
        activity?.SetTag("hotshelf.cache.beyond_l1", missing);
        return activity;
    }

    /// <summary>Adds the result of the read to the current span. A batch has counts instead, because its keys have different results.</summary>
    public static void TagRead(FamilyState family, CacheTier tier, CacheResult result, bool joined)
    {
        if (Activity.Current is { OperationName: ReadSpan } activity && activity.Source == CacheDiagnostics.Source)
            Tag(activity, family, tier, result, joined);
    }

    // The exception type only: messages of drivers and loaders may contain keys.
    public static void Fail(Activity? activity, Exception exception) => activity?.SetStatus(ActivityStatusCode.Error, exception.GetType().Name).SetTag("error.type", exception.GetType().FullName);

    private static void Tag(Activity? activity, FamilyState family, CacheTier tier, CacheResult result, bool joined)
    {
        if (activity is not { IsAllDataRequested: true })
            return;
        activity.SetTag("hotshelf.cache.family", family.Name);
        activity.SetTag("hotshelf.cache.tier", tier switch { CacheTier.L1 => "l1", CacheTier.L2 => "l2", CacheTier.Origin => "origin", _ => "none" });
        activity.SetTag("hotshelf.cache.result", result switch { CacheResult.Hit => "hit", CacheResult.Stale => "stale", _ => "miss" });
        if (joined)
            activity.SetTag("hotshelf.cache.joined", true);
    }
}
