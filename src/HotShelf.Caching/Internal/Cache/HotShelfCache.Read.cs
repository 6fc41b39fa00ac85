using System.Runtime.CompilerServices;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Flights;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Tags;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Internal;

/// <summary>Promise 1: a fresh L1 entry is answered without allocation, lock or Redis. Everything else takes the second, slower look below.</summary>
internal sealed partial class HotShelfCache
{
    public override ValueTask<T> GetOrCreateAsync<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return key is not null && TryAnswer(_local.Find(key), options, out T value)
            ? new ValueTask<T>(value)
            : LookAsync(key!, new PlainLoader<TState, T>(state, factory), options, tags, cancellationToken);
    }

    public override ValueTask<T> GetOrCreateAsync<TState, T>(
        ReadOnlySpan<char> key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return TryAnswer(_local.Find(key), options, out T value)
            ? new ValueTask<T>(value)
            : LookAsync(key.ToString(), new PlainLoader<TState, T>(state, factory), options, tags, cancellationToken);
    }

    internal ValueTask<T> GetOrCreateWithContextAsync<TState, T>(
        string key, TState state, Func<CacheFillContext, TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return key is not null && TryAnswer(_local.Find(key), options, out T value)
            ? new ValueTask<T>(value)
            : LookAsync(key!, new ContextLoader<TState, T>(state, factory), options, tags, cancellationToken);
    }

    internal ValueTask<T> GetOrCreateWithContextAsync<TState, T>(
        ReadOnlySpan<char> key, TState state, Func<CacheFillContext, TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return TryAnswer(_local.Find(key), options, out T value)
            ? new ValueTask<T>(value)
            : LookAsync(key.ToString(), new ContextLoader<TState, T>(state, factory), options, tags, cancellationToken);
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

    /// <summary>A tag was removed since the entry was checked last, most often one that it does not carry.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool IsStillCurrent(LocalEntry entry) => _tags.Check(entry) == TagVerdict.Current;

    private ValueTask<T> LookAsync<T>(string key, Loader<T> loader, HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken)
    {
        RequireCacheable<T>();
        return IsTracing ? TracedLookAsync(key, loader, options, tags, cancellationToken) : UntracedLookAsync(key, loader, options, tags, cancellationToken);
    }

    /// <summary>Refuses, before anything is loaded, a type whose values Redis would not give back as they were.</summary>
    /// <exception cref="InvalidOperationException">Values of the type would lose state, or have no serializer; the message says what to do.</exception>
    internal void RequireCacheable<T>() => _values.For<T>();

    /// <summary>The second look: an entry that is stale, due for a refresh or to be checked against its tags; then a flight.</summary>
    private ValueTask<T> UntracedLookAsync<T>(string key, Loader<T> loader, HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<T>(cancellationToken);
        if (!IsUsable(key))
            return LoadUncachedAsync(key, loader, options, cancellationToken);
        var family = _families.Of(key);
        var settings = EntrySettings.From(family, options);
        var given = Tagged(tags);
        if (given.Length > 0 && !AreUsable(family, given))
            return LoadUncachedAsync(key, loader, options, cancellationToken);
        if (settings.ReadLocal && _local.Find(key) is LocalEntry<T> entry && _clock.Now < Math.Min(entry.Times.LocalUntil, entry.Times.StaleUntil))
        {
            switch (_tags.Check(entry))
            {
                case TagVerdict.Hidden:
                    _local.Remove(entry);
                    break;
                case TagVerdict.Current when Serve(entry, loader, settings, given, out var result):
                    RecordRead(entry, CacheTier.L1, result);
                    return new ValueTask<T>(entry.Read());
                case TagVerdict.Unknown:
                    return LearnThenLookAsync(entry, loader, options, tags, cancellationToken);
            }
        }

        return JoinAsync(key, family, loader, settings, given, cancellationToken);
    }

    /// <summary>Whether L1 may answer with this entry, and what it starts when the entry is stale or nearly so.</summary>
    private bool Serve<T>(LocalEntry<T> entry, Loader<T> loader, in EntrySettings settings, string[] tags, out CacheResult result)
    {
        var now = _clock.Now;
        result = now < entry.Times.FreshUntil ? CacheResult.Hit : CacheResult.Stale;
        if (now >= entry.Times.LocalUntil || now >= entry.Times.StaleUntil)
            return false;
        if (now >= Math.Min(entry.Times.RefreshAt, entry.Times.FreshUntil) && settings.MayLoad)
            RefreshInBackground(entry, loader, settings, tags);
        return true;
    }

    private async ValueTask<T> LearnThenLookAsync<T>(LocalEntry<T> entry, Loader<T> loader, HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken)
    {
        // A tag of this entry was removed, perhaps before the entry was filled.
        if (await _tagSync!.AskAsync(entry.Stamps, entry.Key, entry.Family).ConfigureAwait(false) is null || _tags.Check(entry) == TagVerdict.Unknown)
            _local.Retire(entry);
        return await UntracedLookAsync(entry.Key, loader, options, tags, cancellationToken).ConfigureAwait(false);
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

    private static string[] Tagged(IEnumerable<string>? tags)
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
                throw new ArgumentException($"The tag \"{tag}\" is blank or stands for every entry, and cannot be given to one.", nameof(tags));
        }

        return given;
    }
}
