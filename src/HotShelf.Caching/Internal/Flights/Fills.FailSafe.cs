using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Tags;

namespace HotShelf.Caching.Internal.Flights;

/// <summary>What a caller gets when the loader fails: a value inside its grace, if there is one.</summary>
internal sealed partial class Fills
{
    /// <summary>Serves a value within its grace, otherwise throws.</summary>
    private async ValueTask<Outcome<T>> FailSafeAsync<T>(Fill<T> fill, Exception exception)
    {
        if (fill.IsRequested || (StaleCopy<T>(fill.Key, hasFailed: true) ?? await StaleFrameAsync(fill).ConfigureAwait(false)) is not { } kept)
            return Rethrow<T>(exception);
        _throttle.Failed(fill.Key, fill.Family, exception);
        return new Outcome<T>(kept, CacheTier.L1, CacheResult.Stale, Stored: false);
    }

    /// <summary>A copy in L1 within its grace. L1 no longer serves it on its own.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="hasFailed">
    /// True when the loader has failed, not while it is slow: then a copy may stand in that may have been removed without this process hearing of it, and one whose tag was removed, where the policy says so.
    /// </param>
    private LocalEntry<T>? StaleCopy<T>(string key, bool hasFailed = false) =>
        _local.Find(key) is LocalEntry<T> kept && MayStandIn(kept, hasFailed) ? kept : null;

    private bool MayStandIn(LocalEntry kept, bool hasFailed) =>
        _clock.Now < kept.Times.StaleUntil && (hasFailed || _coherence.WouldHaveHeardOf(kept)) && _tags.Check(kept) switch
        {
            TagVerdict.Current => true,
            TagVerdict.Hidden => hasFailed && _tags.IsKeptForFailure(kept),
            _ => hasFailed,
        };

    /// <summary>An entry in L2 within its grace that a removed tag hides. Read again after the failure, so that a loader that works never pays for it.</summary>
    private async ValueTask<LocalEntry<T>?> StaleFrameAsync<T>(Fill<T> fill)
    {
        if (!fill.Family.Policy.FailSafeAfterTagRemoval || _remote is null || !fill.Settings.ReadRemote)
            return null;
        var until = RemoteLimit();
        if (!await _invalidations.IsRemoteCurrentAsync(fill.RemoteKey, until).ConfigureAwait(false))
            return null;
        var answer = await _remote.GetAsync(fill.RemoteKey, until).ConfigureAwait(false);
        using var frame = answer.Value;
        return frame is null ? null : _codec.DecodeHiddenByTags<T>(fill.Key, fill.Family, fill.Settings, frame.Memory);
    }

    private static Outcome<T> Rethrow<T>(Exception exception)
    {
        System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(exception);
        return default;
    }
}
