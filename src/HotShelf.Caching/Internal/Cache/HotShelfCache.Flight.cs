using System.Runtime.CompilerServices;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Flights;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;
using HotShelf.Caching.Internal.Telemetry;

namespace HotShelf.Caching.Internal;

/// <summary>The first steps of a miss: read L2 with one command, and start a fill when L2 has no valid entry.</summary>
internal sealed partial class HotShelfCache
{
    /// <summary>
    /// How long an entry of another shape is not replaced. In a rolling update that changes a type, the two versions of the application would otherwise replace each other's entries with each read.
    /// The version that finds the other's entry keeps its own value in L1 only; tracking reports its changes, because the key is the same.
    /// </summary>
    private static readonly TimeSpan s_otherShapeKept = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Reads L2 on behalf of all callers of the flight. An entry is returned directly to the first caller, without a task; otherwise a fill starts, which
    /// belongs to all callers. Never throws. The first caller's token does not end it: that caller leaves, and the read continues for the others.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Outcome<T>> ReadRemoteOrFillAsync<T>(Flight<T> flight, FamilyState family, Loader<T> loader, EntrySettings settings, string[] tags)
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
                flight.Complete(outcome);
                return outcome;
            }

            _ = FillAndCompleteAsync(flight, family, loader, settings, tags, found, started);
        }
        catch (Exception exception)
        {
            _flights.Remove(flight);
            flight.Fail(exception);
        }

        return default;
    }

    /// <summary>Fills the entry for all callers of a flight and completes the flight. Never throws.</summary>
    private async Task FillAndCompleteAsync<T>(Flight<T> flight, FamilyState family, Loader<T> loader, EntrySettings settings, string[] tags, RemoteEntry<T> found, long started)
    {
        var isServedStale = false;
        try
        {
            // All callers may have left during the read.
            if (flight.Callers == 0)
                flight.Abandoned.ThrowIfCancellationRequested();
            Outcome<T> outcome;
            if (!settings.MayLoad)
            {
                outcome = new Outcome<T>(TransientEntry(flight.Key, family, default(T)!), CacheTier.None, CacheResult.Miss, Stored: false);
            }
            else if (family.Policy.LoaderSoftTimeout is { } soft)
            {
                var filling = FillAsync(flight, family, loader, settings, tags, found).AsTask();
                isServedStale = !await CompletesWithinAsync(filling, soft).ConfigureAwait(false) && TryServeStaleMeanwhile(flight, StaleCopy<T>(flight.Key));
                outcome = await filling.ConfigureAwait(false);
            }
            else
            {
                outcome = await FillAsync(flight, family, loader, settings, tags, found).ConfigureAwait(false);
            }

            if (outcome.Tier == CacheTier.Origin)
                _metrics.ReadTook(CacheTier.Origin, _clock.Provider.GetElapsedTime(started));
            // Remove the flight before completing it, so that a caller that continues and reads again starts a new one.
            _flights.Remove(flight);
            flight.Complete(outcome);
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

    private async ValueTask<bool> CompletesWithinAsync(Task running, TimeSpan soft)
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
            // The failure is observed where the task is awaited.
        }

        return true;
    }

    /// <summary>
    /// The soft time limit has passed: the current callers, and those who join until the load ends, get the stale value. When it returns true the load
    /// continues on behalf of the cache, which has joined the flight and must leave it.
    /// </summary>
    private static bool TryServeStaleMeanwhile<T>(Flight<T> flight, LocalEntry<T>? stale)
    {
        if (stale is null || !flight.TryJoin())
            return false;
        flight.Complete(new Outcome<T>(stale, CacheTier.L1, CacheResult.Stale, Stored: false));
        return true;
    }

    /// <summary>Reads L2. A frame that is unreadable, expired or hidden by a tag is not an entry, but its fill id is kept, so that the lease script can distinguish it from a newer frame.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<RemoteEntry<T>> ReadRemoteAsync<T>(string key, FamilyState family, EntrySettings settings)
    {
        // Send pending invalidations first: Redis may still hold what they remove.
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

    /// <summary>Decodes a frame to an entry if it is valid now.</summary>
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
            if (rejection != FrameRejection.OtherShape)
                return known;
        }

        if (frame.StaleUntil != CacheClock.Never && frame.StaleUntil <= _clock.ServerNow)
            return known;
        var verdict = await CheckTagsAsync(key, family, frame.Stamps).ConfigureAwait(false);
        if (verdict != TagVerdict.Current)
            return known with { IsUnavailable = verdict == TagVerdict.Unknown };
        if (rejection == FrameRejection.OtherShape)
            return known with { IsOtherShape = frame.Created > _clock.ServerNow - (long)s_otherShapeKept.TotalMilliseconds };
        var times = Times(family, settings, frame);
        return known with { Entry = LocalEntry<T>.Create(key, family, times, frame.Stamps, value, isOwn: true, payload, support) };
    }

    /// <summary>Checks the stamps against the removed tags. Unknown when Redis cannot be reached; the entry is then not used.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TagVerdict> CheckTagsAsync(string key, FamilyState family, Stamps stamps)
    {
        var verdict = _tags.Check(stamps, family.TagFamily(key));
        if (verdict == TagVerdict.Unknown && _tagSync is not null)
            verdict = await _tagSync.AskAsync(stamps, key, family).ConfigureAwait(false) ?? TagVerdict.Unknown;
        return verdict;
    }

    /// <summary>Converts lifetimes to this process' clock and applies the limits of L1.</summary>
    private Lifetimes Times(FamilyState family, in EntrySettings settings, in Frame frame)
    {
        var now = _clock.Now;
        var offset = _clock.SteadyOffset;
        var created = CacheClock.Move(frame.Created, offset);
        var freshUntil = CacheClock.Move(frame.FreshUntil, offset);
        var staleUntil = CacheClock.Move(frame.StaleUntil, offset);
        // Without Redis there is no second level, so copies live as long as the entries themselves.
        var local = _remote is null && settings.Sliding is null && !settings.LocalIsGiven ? TimeSpan.MaxValue : settings.Local ?? TimeSpan.Zero;
        if (_remote is not null && !IsCoherent && local > _options.IncoherentLocal)
            local = _options.IncoherentLocal;
        var localUntil = Math.Min(CacheClock.Add(now, family.Jittered(local)), staleUntil);
        var refreshAt = family.Policy.EagerRefresh is { } share && freshUntil != CacheClock.Never ? created + (long)((freshUntil - created) * share) : CacheClock.Never;
        return new Lifetimes(frame.FillId, created, freshUntil, staleUntil, localUntil, refreshAt) { Version = frame.Version };
    }

    private bool InsertLocal(LocalEntry entry, in EntrySettings settings, long epoch)
    {
        entry.TagEpoch = 0;
        return settings.WriteLocal && _local.TryInsert(entry, epoch);
    }

    /// <summary>An entry that is returned to the current callers and not cached. Each caller gets its own copy if the type can be copied.</summary>
    private LocalEntry<T> TransientEntry<T>(string key, FamilyState family, T value, byte[]? payload = null)
    {
        var now = _clock.Now;
        var times = new Lifetimes(0, now, now, now, now, CacheClock.Never);
        var support = _values.For<T>();
        payload ??= value is null || support.IsImmutable ? [] : support.TrySerialize(value);
        return payload is null
            ? LocalEntry<T>.Shared(key, family, times, value)
            : LocalEntry<T>.Create(key, family, times, default, value, isOwn: false, payload, support);
    }

    /// <param name="Entry">The valid entry, or null.</param>
    /// <param name="Epoch">The key's epoch before Redis was read.</param>
    /// <param name="KnownFillId">The fill id of the frame in Redis, valid or not.</param>
    private readonly record struct RemoteEntry<T>(LocalEntry<T>? Entry, long Epoch, long KnownFillId)
    {
        /// <summary>True when there is a recent entry of another shape, which is not replaced.</summary>
        public bool IsOtherShape { get; init; }

        /// <summary>True when Redis could not be read, so it is unknown whether there is an entry.</summary>
        public bool IsUnavailable { get; init; }
    }
}
