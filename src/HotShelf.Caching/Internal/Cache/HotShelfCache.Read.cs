using System.Runtime.CompilerServices;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Flights;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Tags;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Internal;

/// <summary>Reads. A fresh L1 entry is returned without allocation, lock or Redis command; every other read takes the slow path below.</summary>
internal sealed partial class HotShelfCache
{
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
        if (found is LocalEntry<T> entry && _clock.Now < entry.CheckAt && (entry.TagEpoch == _tags.Epoch || IsStillCurrent(entry))
            && (options is null || (options.Flags & HybridCacheEntryFlags.DisableLocalCacheRead) is null or 0))
        {
            if (entry.CountRead(entry.Family.Counters.LocalHits.Increment()))
                Sample(entry);
            if (IsTracing)
                TraceHit(entry);
            if (CacheObservation.Current is { } observation)
                Observe(observation, entry, CacheTier.L1, CacheResult.Hit);
            value = entry.Read();
            return true;
        }

        value = default!;
        return false;
    }

    /// <summary>A tag was removed since the last check of the entry, usually one that the entry does not have.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool IsStillCurrent(LocalEntry entry) => _tags.Check(entry) == TagVerdict.Current;

    private ValueTask<T> GetSlowAsync<T>(string key, Loader<T> loader, HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken)
    {
        RequireCacheable<T>();
        return IsTracing ? GetSlowTracedAsync(key, loader, options, tags, cancellationToken) : GetSlowUntracedAsync(key, loader, options, tags, cancellationToken);
    }

    /// <summary>Rejects, before anything is loaded, a type whose values would change by serialization.</summary>
    /// <exception cref="InvalidOperationException">Values of the type would lose state, or have no serializer; the message says what to do.</exception>
    internal void RequireCacheable<T>() => _values.For<T>();

    /// <summary>The slow path: an entry that is stale, due for a refresh, or whose tags must be checked; otherwise the read joins or starts a flight.</summary>
    private ValueTask<T> GetSlowUntracedAsync<T>(string key, Loader<T> loader, HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<T>(cancellationToken);
        if (!IsUsable(key))
            return LoadUncachedAsync(key, loader, options, cancellationToken);
        var family = _families.Of(key);
        var settings = EntrySettings.From(family, options);
        var given = ValidTags(tags);
        if (given.Length > 0 && !AreUsable(family, given))
            return LoadUncachedAsync(key, loader, options, cancellationToken);
        if (settings.ReadLocal && _local.Find(key) is LocalEntry<T> entry && _clock.Now < Math.Min(entry.Times.LocalUntil, entry.Times.StaleUntil))
        {
            switch (_tags.Check(entry))
            {
                case TagVerdict.Hidden when IsKeptForFailure(entry):
                    _local.Retire(entry);
                    break;
                case TagVerdict.Hidden:
                    _local.Remove(entry);
                    break;
                case TagVerdict.Current when TryServe(entry, loader, settings, given, out var result):
                    RecordRead(entry, CacheTier.L1, result);
                    return new ValueTask<T>(entry.Read());
                case TagVerdict.Unknown:
                    return ResolveTagsThenGetAsync(entry, loader, options, tags, cancellationToken);
            }
        }

        return JoinAsync(key, family, loader, settings, given, cancellationToken);
    }

    /// <summary>True when L1 may serve the entry. Starts a background refresh when one is due.</summary>
    private bool TryServe<T>(LocalEntry<T> entry, Loader<T> loader, in EntrySettings settings, string[] tags, out CacheResult result)
    {
        var now = _clock.Now;
        result = now < entry.Times.FreshUntil ? CacheResult.Hit : CacheResult.Stale;
        if (now >= entry.Times.LocalUntil || now >= entry.Times.StaleUntil)
            return false;
        if (now >= Math.Min(entry.Times.RefreshAt, entry.Times.FreshUntil) && settings.MayLoad)
            RefreshInBackground(entry, loader, settings, tags);
        return true;
    }

    private async ValueTask<T> ResolveTagsThenGetAsync<T>(LocalEntry<T> entry, Loader<T> loader, HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken)
    {
        // A tag of this entry was removed. Its stamp decides whether before or after the entry was filled.
        if (await _tagSync!.AskAsync(entry.Stamps, entry.Key, entry.Family).ConfigureAwait(false) is null || _tags.Check(entry) == TagVerdict.Unknown)
            _local.Retire(entry);
        return await GetSlowUntracedAsync(entry.Key, loader, options, tags, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<T> LoadUncachedAsync<T>(string? key, Loader<T> loader, HybridCacheEntryOptions? options, CancellationToken cancellationToken)
    {
        _metrics.Bypassed();
        if ((options?.Flags & HybridCacheEntryFlags.DisableUnderlyingData) is not (null or 0))
        {
            ObserveBypass(key, CacheTier.None);
            return default!;
        }

        var value = await LoaderRun.RunAsync(null, _families.Of(key), _clock.Provider, (loader, context: new CacheFillContext(key ?? "")),
            static (run, token) => run.loader.LoadAsync(run.context, token), cancellationToken).ConfigureAwait(false);
        ObserveBypass(key, CacheTier.Origin);
        return value;
    }

    private static void ObserveBypass(string? key, CacheTier tier) => CacheObservation.Current?.Record(FamilyTable.NameOf(key).ToString(), tier, CacheResult.Bypass);

    private void RecordRead(LocalEntry entry, CacheTier tier, CacheResult result, bool joined = false, bool stored = false)
    {
        var counters = entry.Family.Counters;
        var counter = (result, tier) switch
        {
            (CacheResult.Hit, CacheTier.L1) => counters.LocalHits,
            (CacheResult.Hit, _) => counters.RemoteHits,
            (CacheResult.Stale, CacheTier.L1) => counters.LocalStale,
            (CacheResult.Stale, _) => counters.RemoteStale,
            _ => counters.Misses,
        };
        entry.CountRead(counter.Increment());
        if (IsTracing)
            TagRead(entry.Family, tier, result, joined);
        if (CacheObservation.Current is { } observation)
            Observe(observation, entry, tier, result, joined, stored);
    }

    private void Observe(CacheObservation observation, LocalEntry entry, CacheTier tier, CacheResult result, bool joined = false, bool stored = false)
    {
        var now = _clock.Now;
        var times = entry.Times;
        var timeToLive = times.FreshUntil == CacheClock.Never ? TimeSpan.MaxValue : TimeSpan.FromMilliseconds(times.FreshUntil - now);
        observation.Record(entry.Family.Name, tier, result, joined, stored, TimeSpan.FromMilliseconds(Math.Max(0, now - times.Created)), timeToLive, times.FillId);
    }

    private static string[] ValidTags(IEnumerable<string>? tags)
    {
        switch (tags)
        {
            case null:
                return [];
            case string[] { Length: 0 } none:
                return none;
        }

        var given = tags.Distinct(StringComparer.Ordinal).ToArray();
        foreach (var tag in given)
        {
            if (string.IsNullOrWhiteSpace(tag) || tag == TagTable.EverythingName)
                throw new ArgumentException($"The tag \"{tag}\" is not allowed. A tag must not be blank, and \"*\" is reserved for all entries.", nameof(tags));
        }

        return given;
    }
}
