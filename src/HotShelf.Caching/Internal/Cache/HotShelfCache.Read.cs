using System.Runtime.CompilerServices;
using HotShelf.Caching.Internal.Flights;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Tags;
using HotShelf.Caching.Internal.Telemetry;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Internal;

/// <summary>Reads. A fresh L1 entry is returned without allocation, lock or Redis command; every other read takes the slow path below.</summary>
internal sealed partial class HotShelfCache
{
    private const int TimedMask = 1023;

    public override ValueTask<T> GetOrCreateAsync<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return key is not null && TryAnswer(_local.Find(key), options, out T value)
            ? new ValueTask<T>(value)
            : GetSlowAsync(key!, new PlainLoader<TState, T>(state, factory), options, tags, cancellationToken);
    }

    public override ValueTask<T> GetOrCreateAsync<TState, T>(
        ReadOnlySpan<char> key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return TryAnswer(_local.Find(key), options, out T value)
            ? new ValueTask<T>(value)
            : GetSlowAsync(key.ToString(), new PlainLoader<TState, T>(state, factory), options, tags, cancellationToken);
    }

    internal ValueTask<T> GetOrCreateWithContextAsync<TState, T>(
        string key, TState state, Func<CacheFillContext, TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return key is not null && TryAnswer(_local.Find(key), options, out T value)
            ? new ValueTask<T>(value)
            : GetSlowAsync(key!, new ContextLoader<TState, T>(state, factory), options, tags, cancellationToken);
    }

    internal ValueTask<T> GetOrCreateWithContextAsync<TState, T>(
        ReadOnlySpan<char> key, TState state, Func<CacheFillContext, TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return TryAnswer(_local.Find(key), options, out T value)
            ? new ValueTask<T>(value)
            : GetSlowAsync(key.ToString(), new ContextLoader<TState, T>(state, factory), options, tags, cancellationToken);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryAnswer<T>(LocalEntry? found, HybridCacheEntryOptions? options, out T value)
    {
        if (found is LocalEntry<T> entry && MayAnswer(entry, options, _clock.Now))
        {
            CountHit(entry);
            if (CacheObservation.Current is { } observation)
                _recorder.Observe(observation, entry, CacheTier.L1, CacheResult.Hit);
            value = entry.Read();
            return true;
        }

        value = default!;
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool MayAnswer(LocalEntry entry, HybridCacheEntryOptions? options, long now) =>
        now < entry.CheckAt && (entry.TagEpoch == _tags.Epoch || IsStillCurrent(entry))
        && (options is null || (options.Flags & HybridCacheEntryFlags.DisableLocalCacheRead) is null or 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CountHit<T>(LocalEntry<T> entry)
    {
        if (entry.CountRead(entry.Family.Counters.LocalHits.Increment()))
            Sample(entry);
        if (CacheSpans.IsTracing)
            CacheSpans.TraceHit(entry);
    }

    /// <summary>A tag was removed since the last check of the entry, usually one that the entry does not have.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool IsStillCurrent(LocalEntry entry) => _tags.Check(entry) == TagVerdict.Current;

    private ValueTask<T> GetSlowAsync<T>(string key, Loader<T> loader, HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken)
    {
        RequireCacheable<T>();
        return CacheSpans.IsTracing ? GetSlowTracedAsync(key, loader, options, tags, cancellationToken) : GetSlowUntracedAsync(key, loader, options, tags, cancellationToken);
    }

    /// <summary>Rejects, before anything is loaded, a type whose values would change by serialization.</summary>
    /// <exception cref="InvalidOperationException">Values of the type would lose state, or have no serializer; the message says what to do.</exception>
    internal void RequireCacheable<T>() => _values.For<T>();

    /// <summary>The slow path: an entry that is stale, due for a refresh, or whose tags must be checked; otherwise the read joins or starts a flight.</summary>
    private ValueTask<T> GetSlowUntracedAsync<T>(string key, Loader<T> loader, HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken, long until = 0)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<T>(cancellationToken);
        if (!_names.IsUsable(key))
            return LoadUncachedAsync(key, loader, options, cancellationToken);
        var family = _families.Of(key);
        var settings = EntrySettings.From(family, options);
        var given = NameRules.ValidTags(tags);
        if (given.Length > 0 && !_names.AreUsable(family, given))
            return LoadUncachedAsync(key, loader, options, cancellationToken);
        // Before the entry is read: a refresh must not offer its loader an entry that was removed since.
        var epoch = _local.EpochOf(key);
        if (settings.ReadLocal && _local.Find(key) is LocalEntry<T> entry && _clock.Now < Math.Min(entry.Times.LocalUntil, entry.Times.StaleUntil))
        {
            switch (_tags.Check(entry))
            {
                case TagVerdict.Hidden when _tags.IsKeptForFailure(entry):
                    _local.Retire(entry);
                    break;
                case TagVerdict.Hidden:
                    _local.Remove(entry);
                    break;
                case TagVerdict.Current when TryServe(entry, epoch, loader, settings, given, out var result):
                    _recorder.Record(entry, CacheTier.L1, result);
                    return new ValueTask<T>(entry.Read());
                case TagVerdict.Unknown:
                    return ResolveTagsThenGetAsync(entry, loader, options, tags, until == 0 ? CacheClock.Add(_clock.Now, _options.RemoteTimeout) : until, cancellationToken);
            }
        }

        return _fills.JoinAsync(key, family, loader, settings, given, cancellationToken, until);
    }

    /// <summary>True when L1 may serve the entry. Starts a background refresh when one is due.</summary>
    private bool TryServe<T>(LocalEntry<T> entry, long epoch, Loader<T> loader, in EntrySettings settings, string[] tags, out CacheResult result)
    {
        var now = _clock.Now;
        result = entry.ResultAt(now);
        if (now >= entry.Times.LocalUntil || now >= entry.Times.StaleUntil)
            return false;
        if (now >= Math.Min(entry.Times.RefreshAt, entry.Times.FreshUntil) && settings.MayLoad)
            _fills.RefreshInBackground(entry, epoch, loader, settings, tags);
        return true;
    }

    private async ValueTask<T> ResolveTagsThenGetAsync<T>(LocalEntry<T> entry, Loader<T> loader, HybridCacheEntryOptions? options, IEnumerable<string>? tags, long until, CancellationToken cancellationToken)
    {
        // A tag of this entry was removed. Its stamp decides whether before or after the entry was filled.
        if (await _tagSync.AskAsync(entry.Stamps, entry.Key, entry.Family, until).ConfigureAwait(false) is null || _tags.Check(entry) == TagVerdict.Unknown)
            _local.Retire(entry);
        return await GetSlowUntracedAsync(entry.Key, loader, options, tags, cancellationToken, until).ConfigureAwait(false);
    }

    private async ValueTask<T> LoadUncachedAsync<T>(string? key, Loader<T> loader, HybridCacheEntryOptions? options, CancellationToken cancellationToken)
    {
        _metrics.Bypassed();
        if ((options?.Flags & HybridCacheEntryFlags.DisableUnderlyingData) is not (null or 0))
        {
            ReadRecorder.ObserveBypass(key, CacheTier.None);
            return default!;
        }

        var value = await LoaderRun.RunAsync(null, _families.Of(key), _clock.Provider, (loader, context: new CacheFillContext(key ?? "")),
            static (run, token) => run.loader.LoadAsync(run.context, token), cancellationToken).ConfigureAwait(false);
        ReadRecorder.ObserveBypass(key, CacheTier.Origin);
        return value;
    }

    private async ValueTask<T> GetSlowTracedAsync<T>(string key, Loader<T> loader, HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken)
    {
        using var activity = CacheSpans.StartRead();
        try
        {
            return await GetSlowUntracedAsync(key, loader, options, tags, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            CacheSpans.Fail(activity, exception);
            throw;
        }
    }

    internal ValueTask<T> RefreshAsync<TState, T>(
        string key, TState state, Func<CacheFillContext, TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(factory);
        RequireCacheable<T>();
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<T>(cancellationToken);
        var loader = new ContextLoader<TState, T>(state, factory);
        if (!_names.IsUsable(key))
            return LoadUncachedAsync(key, loader, options, cancellationToken);
        var family = _families.Of(key);
        var given = NameRules.ValidTags(tags);
        if (given.Length > 0 && !_names.AreUsable(family, given))
            return LoadUncachedAsync(key, loader, options, cancellationToken);
        // Skip reading L2: the lease is acquired whatever is stored.
        var settings = EntrySettings.From(family, options);
        settings = settings with { Flags = settings.Flags | HybridCacheEntryFlags.DisableDistributedCacheRead };
        return _fills.JoinRefreshAsync(key, family, loader, settings, given, cancellationToken);
    }

    /// <summary>One in 64 hits of an entry is sampled.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Sample<T>(LocalEntry<T> entry)
    {
        _upkeep?.NoteHot(entry);
        if ((entry.Reads - LocalEntry.SampleSize & TimedMask) < LocalEntry.SampleSize)
            TimeRead(entry);
    }

    /// <summary>One in 1,024 hits of an entry, the 64th first, is repeated and timed: timing every hit would cost more than the hit.</summary>
    private void TimeRead<T>(LocalEntry<T> entry)
    {
        if (!_metrics.TimesReads)
            return;
        var started = _clock.Provider.GetTimestamp();
        _ = _local.Find(entry.Key);
        _ = entry.Read();
        // Not as a TimeSpan, which counts in 100 ns.
        _metrics.ReadTook(CacheTier.L1, (_clock.Provider.GetTimestamp() - started) / (double)_clock.Provider.TimestampFrequency);
    }
}
