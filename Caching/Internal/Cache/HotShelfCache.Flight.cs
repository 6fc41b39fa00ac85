using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Flights;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;
using HotShelf.Caching.Internal.Telemetry;

namespace HotShelf.Caching.Internal;

/// <summary>Promise 2: what L1 has not is asked of L2, in one command; and only then of the origin.</summary>
internal sealed partial class HotShelfCache
{
    /// <summary>Runs a flight for all its callers. Its outcome, whatever it is, goes into the flight; this never throws.</summary>
    private async Task FlyAsync<T>(Flight<T> flight, FamilyState family, Loader<T> loader, EntrySettings settings, string[] tags)
    {
        try
        {
            var outcome = await FindOrFillAsync(flight, family, loader, settings, tags).ConfigureAwait(false);
            // Off the table before it lands: a caller who is woken and asks again starts anew.
            _flights.Remove(flight);
            flight.Land(outcome);
        }
        catch (Exception exception)
        {
            _flights.Remove(flight);
            flight.Fail(exception);
        }
    }

    private async ValueTask<Outcome<T>> FindOrFillAsync<T>(Flight<T> flight, FamilyState family, Loader<T> loader, EntrySettings settings, string[] tags)
    {
        var found = default(RemoteEntry<T>);
        if (_remote is not null && settings.ReadRemote)
        {
            found = await ReadRemoteAsync<T>(flight.Key, family, settings).ConfigureAwait(false);
            if (found.Entry is { } entry)
            {
                var isStale = _clock.Now >= entry.Times.FreshUntil;
                InsertLocal(entry, settings, found.Epoch);
                if (settings.MayLoad && _clock.Now >= Math.Min(entry.Times.RefreshAt, entry.Times.FreshUntil))
                    RefreshInBackground(entry, loader, settings, tags);
                return new Outcome<T>(entry, CacheTier.L2, isStale ? CacheResult.Stale : CacheResult.Hit, Stored: false);
            }
        }

        if (!settings.MayLoad)
            return new Outcome<T>(Unstored(flight.Key, family, default(T)!), CacheTier.None, CacheResult.Miss, Stored: false);
        return await FillAsync(flight, family, loader, settings, tags, found.KnownFillId).ConfigureAwait(false);
    }

    /// <summary>Asks L2. A frame that is foreign, damaged, hidden by a tag or expired is no entry, but its fill id is noted, so that the lease can tell it from a newer one.</summary>
    private async ValueTask<RemoteEntry<T>> ReadRemoteAsync<T>(string key, FamilyState family, EntrySettings settings)
    {
        // Invalidations that Redis has not heard of yet come first: what it holds may be what they are to remove.
        if (_pending.Count > 0 && !await TryReplayPendingAsync().ConfigureAwait(false))
            return default;
        var epoch = _local.EpochOf(key);
        var started = _clock.Provider.GetTimestamp();
        var answer = await _remote!.RunAsync(new RemoteKey(key, settings.Sliding), static (store, key) => store.GetAsync(key)).ConfigureAwait(false);
        if (!answer.Succeeded)
            return default;
        _metrics.ReadTook(CacheTier.L2, _clock.Provider.GetElapsedTime(started));
        return answer.Value is null ? default : await DecodeAsync<T>(key, family, settings, answer.Value, epoch).ConfigureAwait(false);
    }

    /// <summary>Makes an entry of a frame that counts now.</summary>
    private async ValueTask<RemoteEntry<T>> DecodeAsync<T>(string key, FamilyState family, EntrySettings settings, byte[] bytes, long epoch)
    {
        var known = new RemoteEntry<T>(null, epoch, Frame.FillIdOf(bytes));
        var rejection = FrameReader.TryRead(key, bytes, out var frame);
        var value = default(T)!;
        ReadOnlyMemory<byte> payload = default;
        var support = _values.For<T>();
        if (rejection == FrameRejection.None)
            rejection = support.TryRead(frame, _options.MaximumPayloadBytes, out value, out payload);
        if (rejection != FrameRejection.None)
        {
            _metrics.FrameRejected(family, rejection);
            Log.FrameRejected(_logger, family.Name, rejection);
            return known;
        }

        if (frame.StaleUntil <= _clock.ServerNow || !await CountsAsync(key, family, frame.Stamps).ConfigureAwait(false))
            return known;
        var times = Times(family, settings, frame.FillId, _clock.ToSteady(frame.Created), _clock.ToSteady(frame.FreshUntil), _clock.ToSteady(frame.StaleUntil));
        return known with { Entry = LocalEntry<T>.Create(key, family, times, frame.Stamps, value, isOwn: true, payload, support) };
    }

    /// <summary>Whether no tag hides an entry with these stamps. When Redis cannot say, it does not count.</summary>
    private async ValueTask<bool> CountsAsync(string key, FamilyState family, Stamps stamps)
    {
        // More than once: the push that tells of a tag's first use takes the answers of everybody who asks at that moment, and an entry that counts
        // would be filled again by each of them.
        for (var attempt = 0; attempt < 4; attempt++)
        {
            var verdict = _tags.Check(stamps, family.TagFamily(key));
            if (verdict != TagVerdict.Unknown)
                return verdict == TagVerdict.Current;
            if (!await _tags.LearnAsync(stamps, family.TagFamily(key)).ConfigureAwait(false))
                return false;
        }

        return _tags.Check(stamps, family.TagFamily(key)) == TagVerdict.Current;
    }

    /// <summary>Lifetimes in this process' time, with its limits on L1.</summary>
    private Lifetimes Times(FamilyState family, in EntrySettings settings, long fillId, long created, long freshUntil, long staleUntil)
    {
        var now = _clock.Now;
        // Memory alone has nothing to fall back on: its copies live as long as the entries themselves.
        var local = _remote is null && settings.Sliding is null && !settings.LocalIsGiven ? TimeSpan.MaxValue : settings.Local ?? TimeSpan.Zero;
        if (_remote is not null && !IsCoherent && local > _options.IncoherentLocal)
            local = _options.IncoherentLocal;
        var localUntil = Math.Min(CacheClock.Add(now, family.Jittered(local)), staleUntil);
        var refreshAt = family.Policy.EagerRefresh is { } share && freshUntil != CacheClock.Never ? created + (long)((freshUntil - created) * share) : CacheClock.Never;
        return new Lifetimes(fillId, created, freshUntil, staleUntil, localUntil, refreshAt);
    }

    private bool InsertLocal(LocalEntry entry, in EntrySettings settings, long epoch)
    {
        entry.TagEpoch = 0;
        return settings.WriteLocal && _local.TryInsert(entry, epoch);
    }

    /// <summary>An entry for the callers of this moment only, each with a copy of its own where the type allows of any.</summary>
    private LocalEntry<T> Unstored<T>(string key, FamilyState family, T value, byte[]? payload = null)
    {
        var now = _clock.Now;
        var times = new Lifetimes(0, now, now, now, now, CacheClock.Never);
        var support = _values.For<T>();
        payload ??= value is null || support.IsImmutable ? [] : support.TrySerialize(value);
        return payload is null
            ? LocalEntry<T>.Shared(key, family, times, value)
            : LocalEntry<T>.Create(key, family, times, default, value, isOwn: false, payload, support);
    }

    /// <param name="Entry">The entry, when there is one that counts.</param>
    /// <param name="Epoch">The key's epoch before Redis was asked.</param>
    /// <param name="KnownFillId">The fill id of whatever lay there.</param>
    private readonly record struct RemoteEntry<T>(LocalEntry<T>? Entry, long Epoch, long KnownFillId);
}
