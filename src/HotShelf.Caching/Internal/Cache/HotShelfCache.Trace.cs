using System.Diagnostics;
using System.Runtime.CompilerServices;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Flights;
using HotShelf.Caching.Internal.Local;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Internal;

/// <summary>
/// Spans and samples. <c>cache.get</c> is one caller's read, <c>cache.get_many</c> what a batch does beyond L1, <c>cache.fill</c> one run of a loader.
/// Without a listener all of it costs one look at a field; an answer from L1 has a span only inside a trace that is recorded.
/// </summary>
internal sealed partial class HotShelfCache
{
    private const string ReadSpan = "cache.get";
    private const int TimedMask = 1023;

    private static bool IsTracing => CacheDiagnostics.Source.HasListeners();

    /// <summary>One in 64 answers of an entry comes here.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Sample<T>(LocalEntry<T> entry)
    {
        NoteHot(entry);
        if ((entry.Reads & TimedMask) < LocalEntry.SampleSize)
            SampleRead(entry);
    }

    /// <summary>One in 1,024 answers of an entry is looked up a second time with a clock beside it: a clock on each would cost more than the answer.</summary>
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

    private async ValueTask<T> TracedLookAsync<T>(string key, Loader<T> loader, HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken)
    {
        using var activity = CacheDiagnostics.Source.StartActivity(ReadSpan);
        try
        {
            return await UntracedLookAsync(key, loader, options, tags, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Fail(activity, exception);
            throw;
        }
    }

    /// <summary>Runs the loader in a span of its own, whose children are what the loader does: the SQL.</summary>
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

    /// <summary>Tells the span of the read in hand how it was answered; a batch, whose keys fare differently, has counts instead.</summary>
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

    // The type alone: messages of drivers and loaders may hold keys.
    private static void Fail(Activity? activity, Exception exception) => activity?.SetStatus(ActivityStatusCode.Error, exception.GetType().Name);
}
