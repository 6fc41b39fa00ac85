using System.Diagnostics;
using System.Runtime.CompilerServices;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Flights;
using HotShelf.Caching.Internal.Local;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Internal;

/// <summary>
/// Spans and samples. <c>cache.get</c> is one caller's read, <c>cache.get_many</c> the part of a batch beyond L1, <c>cache.fill</c> one run of a loader.
/// Without a listener tracing costs one field read; an L1 hit has a span only inside a recorded trace.
/// </summary>
internal sealed partial class HotShelfCache
{
    private const string ReadSpan = "cache.get";
    private const int TimedMask = 1023;

    private static bool IsTracing => CacheDiagnostics.Source.HasListeners();

    /// <summary>One in 64 hits of an entry is sampled.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Sample<T>(LocalEntry<T> entry)
    {
        NoteHot(entry);
        if ((entry.Reads & TimedMask) < LocalEntry.SampleSize)
            SampleRead(entry);
    }

    /// <summary>One in 1,024 hits of an entry is repeated and timed: timing every hit would cost more than the hit.</summary>
    private void SampleRead<T>(LocalEntry<T> entry)
    {
        if (!_metrics.TimesReads)
            return;
        var started = _clock.Provider.GetTimestamp();
        _ = _local.Find(entry.Key);
        _ = entry.Read();
        _metrics.ReadTook(CacheTier.L1, _clock.Provider.GetElapsedTime(started));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void TraceHit(LocalEntry entry)
    {
        if (Activity.Current is not { Recorded: true })
            return;
        using var activity = CacheDiagnostics.Source.StartActivity(ReadSpan);
        Tag(activity, entry.Family, CacheTier.L1, CacheResult.Hit, joined: false);
    }

    private async ValueTask<T> GetSlowTracedAsync<T>(string key, Loader<T> loader, HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken)
    {
        using var activity = CacheDiagnostics.Source.StartActivity(ReadSpan);
        try
        {
            return await GetSlowUntracedAsync(key, loader, options, tags, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Fail(activity, exception);
            throw;
        }
    }

    /// <summary>Runs the loader in its own span; the loader's spans, such as its SQL, are children.</summary>
    private async ValueTask<T> RunLoaderAsync<T>(Fill<T> fill, CacheFillContext context)
    {
        using var activity = StartFill(fill.Family, keys: 1);
        try
        {
            return await LoaderRun.RunAsync((this, [fill.Key]), fill.Family, _clock.Provider, (fill.Loader, context),
                static (run, token) => run.Loader.LoadAsync(run.context, token), fill.CancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Fail(activity, exception);
            throw;
        }
    }

    private static Activity? StartFill(FamilyState family, int keys)
    {
        var activity = CacheDiagnostics.Source.StartActivity("cache.fill");
        activity?.SetTag("hotshelf.cache.family", family.Name);
        activity?.SetTag("hotshelf.cache.keys", keys);
        return activity;
    }

    private static Activity? StartBatch(int asked, int missing)
    {
        var activity = CacheDiagnostics.Source.StartActivity("cache.get_many");
        activity?.SetTag("hotshelf.cache.keys", asked);
        activity?.SetTag("hotshelf.cache.beyond_l1", missing);
        return activity;
    }

    /// <summary>Adds the result of the read to the current span. A batch has counts instead, because its keys have different results.</summary>
    private static void TagRead(FamilyState family, CacheTier tier, CacheResult result, bool joined)
    {
        if (Activity.Current is { OperationName: ReadSpan } activity && activity.Source == CacheDiagnostics.Source)
            Tag(activity, family, tier, result, joined);
    }

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

    // The exception type only: messages of drivers and loaders may contain keys.
    private static void Fail(Activity? activity, Exception exception) => activity?.SetStatus(ActivityStatusCode.Error, exception.GetType().Name).SetTag("error.type", exception.GetType().FullName);
}
