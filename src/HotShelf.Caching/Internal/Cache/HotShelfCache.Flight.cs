using System.Runtime.CompilerServices;
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
    /// <summary>
    /// The first caller's own look into L2, for all who join meanwhile. Returned to its caller directly, without a task in between; what is not there
    /// goes on as a fill that belongs to all callers. Never throws. It does not end with its caller's token: the caller leaves, and the look goes on for the others.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Outcome<T>> LookInRemoteAsync<T>(Flight<T> flight, FamilyState family, Loader<T> loader, EntrySettings settings, string[] tags)
    {
        var started = _clock.Provider.GetTimestamp();
        try
        {
            var found = _remote is not null && settings.ReadRemote ? await ReadRemoteAsync<T>(flight.Key, family, settings).ConfigureAwait(false) : default;
            if (found.Entry is { } entry)
            {
                var now = _clock.Now;
                InsertLocal(entry, settings, found.Epoch);
                if (settings.MayLoad && now >= Math.Min(entry.Times.RefreshAt, entry.Times.FreshUntil))
                    RefreshInBackground(entry, loader, settings, tags);
                var outcome = new Outcome<T>(entry, CacheTier.L2, ResultOf(entry, now), Stored: false);
                _flights.Remove(flight);
                flight.Land(outcome);
                return outcome;
            }

            _ = FillForAllAsync(flight, family, loader, settings, tags, found.KnownFillId, started);
        }
        catch (Exception exception)
        {
            _flights.Remove(flight);
            flight.Fail(exception);
        }

        return default;
    }

    /// <summary>Fills for all callers of a flight. The outcome, whatever it is, goes into the flight; this never throws.</summary>
    private async Task FillForAllAsync<T>(Flight<T> flight, FamilyState family, Loader<T> loader, EntrySettings settings, string[] tags, long knownFillId, long started)
    {
        var isServedStale = false;
        try
        {
            // All may have left during the look.
            if (flight.Callers == 0)
                flight.Abandoned.ThrowIfCancellationRequested();
            Outcome<T> outcome;
            if (!settings.MayLoad)
            {
                outcome = new Outcome<T>(Unstored(flight.Key, family, default(T)!), CacheTier.None, CacheResult.Miss, Stored: false);
            }
            else if (family.Policy.LoaderSoftTimeout is { } soft)
            {
                var filling = FillAsync(flight, family, loader, settings, tags, knownFillId).AsTask();
                isServedStale = !await EndsWithinAsync(filling, soft).ConfigureAwait(false) && ServeStaleMeanwhile(flight, KeptCopy<T>(flight.Key));
                outcome = await filling.ConfigureAwait(false);
            }
            else
            {
                outcome = await FillAsync(flight, family, loader, settings, tags, knownFillId).ConfigureAwait(false);
            }

            if (outcome.Tier == CacheTier.Origin)
                _metrics.ReadTook(CacheTier.Origin, _clock.Provider.GetElapsedTime(started));
            // Off the table before it lands: a caller who is woken and asks again starts anew.
            _flights.Remove(flight);
            flight.Land(outcome);
        }
        catch (Exception exception)
        {
            _flights.Remove(flight);
            flight.Fail(exception);
        }
        finally
        {
            if (isServedStale)
                flight.Leave();
        }
    }

    private async ValueTask<bool> EndsWithinAsync(Task running, TimeSpan soft)
    {
        try
        {
            await running.WaitAsync(soft, _clock.Provider).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!running.IsCompleted)
        {
            return false;
        }
        catch (Exception) when (running.IsCompleted)
        {
            // Its own failure, for whoever awaits it.
        }

        return true;
    }

    /// <summary>
    /// The loader takes longer than its callers are to wait: they get the stale value, as do those who join until the load ends. True when they did: the
    /// load then goes on for the cache, which has joined the flight and has to leave it.
    /// </summary>
    private static bool ServeStaleMeanwhile<T>(Flight<T> flight, LocalEntry<T>? stale)
    {
        if (stale is null || !flight.TryJoin())
            return false;
        flight.Land(new Outcome<T>(stale, CacheTier.L1, CacheResult.Stale, Stored: false));
        return true;
    }

    /// <summary>Asks L2. A frame that is foreign, damaged, hidden by a tag or expired is no entry, but its fill id is noted, so that the lease can tell it from a newer one.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<RemoteEntry<T>> ReadRemoteAsync<T>(string key, FamilyState family, EntrySettings settings)
    {
        // Invalidations that Redis has not heard of yet come first: what it holds may be what they are to remove.
        if (!await IsRemoteCurrentAsync().ConfigureAwait(false))
            return new RemoteEntry<T> { IsUnavailable = true };
        var epoch = _local.EpochOf(key);
        var started = _metrics.TimesReads ? _clock.Provider.GetTimestamp() : 0;
        var answer = await _remote!.GetAsync(new RemoteKey(key, settings.Sliding)).ConfigureAwait(false);
        if (!answer.Succeeded)
            return new RemoteEntry<T> { IsUnavailable = true };
        if (started != 0)
            _metrics.ReadTook(CacheTier.L2, _clock.Provider.GetElapsedTime(started));
        return answer.Value is null ? default : await DecodeAsync<T>(key, family, settings, answer.Value, epoch).ConfigureAwait(false);
    }

    /// <summary>Makes an entry of a frame that counts now.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
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

        if (frame.StaleUntil != CacheClock.Never && frame.StaleUntil <= _clock.ServerNow)
            return known;
        var verdict = await JudgeAsync(key, family, frame.Stamps).ConfigureAwait(false);
        if (verdict != TagVerdict.Current)
            return known with { IsUnavailable = verdict == TagVerdict.Unknown };
        var times = Times(family, settings, frame);
        return known with { Entry = LocalEntry<T>.Create(key, family, times, frame.Stamps, value, isOwn: true, payload, support) };
    }

    /// <summary>Whether a tag hides an entry with these stamps; unknown when Redis cannot say, and then it does not count either.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TagVerdict> JudgeAsync(string key, FamilyState family, Stamps stamps)
    {
        var verdict = _tags.Check(stamps, family.TagFamily(key));
        if (verdict == TagVerdict.Unknown && _tagSync is not null)
            verdict = await _tagSync.AskAsync(stamps, key, family).ConfigureAwait(false) ?? TagVerdict.Unknown;
        return verdict;
    }

    /// <summary>Lifetimes in this process' time, with its limits on L1.</summary>
    private Lifetimes Times(FamilyState family, in EntrySettings settings, in Frame frame)
    {
        var now = _clock.Now;
        var offset = _clock.SteadyOffset;
        var created = CacheClock.Move(frame.Created, offset);
        var freshUntil = CacheClock.Move(frame.FreshUntil, offset);
        var staleUntil = CacheClock.Move(frame.StaleUntil, offset);
        // Memory alone has nothing to fall back on: its copies live as long as the entries themselves.
        var local = _remote is null && settings.Sliding is null && !settings.LocalIsGiven ? TimeSpan.MaxValue : settings.Local ?? TimeSpan.Zero;
        if (_remote is not null && !IsCoherent && local > _options.IncoherentLocal)
            local = _options.IncoherentLocal;
        var localUntil = Math.Min(CacheClock.Add(now, family.Jittered(local)), staleUntil);
        var refreshAt = family.Policy.EagerRefresh is { } share && freshUntil != CacheClock.Never ? created + (long)((freshUntil - created) * share) : CacheClock.Never;
        return new Lifetimes(frame.FillId, created, freshUntil, staleUntil, localUntil, refreshAt);
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
    private readonly record struct RemoteEntry<T>(LocalEntry<T>? Entry, long Epoch, long KnownFillId)
    {
        /// <summary>True when Redis could not be asked: nobody knows whether there is an entry.</summary>
        public bool IsUnavailable { get; init; }
    }
}
