using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Telemetry;

namespace HotShelf.Caching.Internal.Flights;

/// <summary>Single flight across the fleet: a lease in Redis decides which process loads. The others wait for the value, notified by tracking and polling as a fallback.</summary>
internal sealed partial class Fills
{
    private static readonly TimeSpan s_firstPoll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_longestPoll = TimeSpan.FromMilliseconds(250);

    private async ValueTask<Outcome<T>> FillAsync<T>(Flight<T> flight, FamilyState family, Loader<T> loader, EntrySettings settings, string[] tags, RemoteEntry<T> seen, bool isRequested = false, LocalEntry<T>? stale = null, long staleEpoch = 0)
    {
        var fill = new Fill<T>(flight.Key, family, loader, settings, tags, flight.Abandoned) { Flight = flight, IsRequested = isRequested, Stale = stale, StaleEpoch = staleEpoch, IsStored = seen.KnownFillId != 0 || settings.WritesUnread || isRequested };
        var until = flight.RemoteUntil;
        if (_remote is null || !settings.WriteRemote)
            return await LoadAsync(fill, lease: null, until).ConfigureAwait(false);
        if (seen.IsOtherShape)
            return await LoadAsync(fill with { IsLocalOnly = true }, lease: null, until).ConfigureAwait(false);

        Task? change = null;
        try
        {
            var known = settings.ReadRemote ? seen.KnownFillId : (long?)null;
            var giveUpAt = CacheClock.Add(_clock.Now, _options.LeaseWait);
            var poll = s_firstPoll;
            var token = RandomId.New();
            var waited = false;
            while (true)
            {
                // Before it is known that no removal is pending: one that comes later advances it.
                var epoch = _local.EpochOf(flight.Key);
                // With a pending invalidation Redis may hold what it removes, so it is not used.
                if (!await _invalidations.IsRemoteCurrentAsync(fill.RemoteKey, until).ConfigureAwait(false))
                    return await LoadAsync(fill, lease: null, until).ConfigureAwait(false);
                var answer = await AcquireAsync(fill.RemoteKey, token, known, until).ConfigureAwait(false);
                if (!answer.Succeeded)
                    return await LoadAsync(fill, lease: null, until).ConfigureAwait(false);
                if (answer.Value.Status == LeaseStatus.Acquired)
                    return await LoadAsync(fill, new FillLease(token, answer.Value.ServerTime), until).ConfigureAwait(false);
                if (answer.Value.Status == LeaseStatus.Present)
                {
                    var found = await _codec.DecodeAsync<T>(flight.Key, family, settings, answer.Value.Frame!, epoch, until).ConfigureAwait(false);
                    if (found.Entry is { } entry)
                    {
                        _coherence.Insert(entry, settings, epoch);
                        return new Outcome<T>(entry, waited ? CacheTier.Origin : CacheTier.L2, waited ? CacheResult.Miss : CacheResult.Hit, Stored: waited);
                    }

                    if (found.IsOtherShape)
                        return await LoadAsync(fill with { IsLocalOnly = true }, lease: null, until).ConfigureAwait(false);
                    // Another process stored an entry that is not valid here: acquire again, replacing it. Data that is not a frame has no fill id; replace whatever is there.
                    known = found.KnownFillId == 0 ? null : found.KnownFillId;
                    continue;
                }

                if (!waited)
                    family.Counters.LeaseWaits.Increment();
                waited = true;
                // From here on Redis is waited for as part of the wait for the lease.
                until = giveUpAt;
                if (_clock.Now >= giveUpAt)
                {
                    Log.LeaseWaitExceeded(_logger, family.Name);
                    return await LoadAsync(fill, lease: null, until).ConfigureAwait(false);
                }

                if (change is null || change.IsCompleted)
                {
                    // Register before the next attempt: a store between the attempt and the wait would be missed.
                    if (change is not null)
                        _flights.Waiters.Leave(flight.Key, change);
                    change = _flights.Waiters.Enter(flight.Key);
                    continue;
                }

                await WaitForChangeAsync(change, poll, flight.Abandoned).ConfigureAwait(false);
                poll = poll * 2 < s_longestPoll ? poll * 2 : s_longestPoll;
            }
        }
        finally
        {
            if (change is not null)
                _flights.Waiters.Leave(flight.Key, change);
        }
    }

    private async ValueTask<RemoteAnswer<LeaseAnswer>> AcquireAsync(RemoteKey key, long token, long? known, long until)
    {
        var started = _clock.Provider.GetTimestamp();
        var answer = await _leases!.AcquireAsync(key, token, known, until).ConfigureAwait(false);
        if (answer.Succeeded)
            _clock.Observe(answer.Value.ServerTime, _clock.Provider.GetElapsedTime(started));
        return answer;
    }

    private async ValueTask WaitForChangeAsync(Task change, TimeSpan atMost, CancellationToken cancellationToken)
    {
        try
        {
            await change.WaitAsync(atMost, _clock.Provider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Poll: the holder may have failed, or the stream may be lost.
        }
    }

    /// <summary>The parameters of one run of a loader.</summary>
    private sealed record Fill<T>(string Key, FamilyState Family, Loader<T> Loader, EntrySettings Settings, string[] Tags, CancellationToken CancellationToken)
    {
        public RemoteKey RemoteKey => new(Key, Settings.Sliding);

        /// <summary>The flight that waits for the fill; null without one.</summary>
        public Flight? Flight { get; init; }

        /// <summary>True when the result is not stored in Redis because there is an entry of another shape. Its changes are reported all the same, so it may live in L1 as long as any other.</summary>
        public bool IsLocalOnly { get; init; }

        /// <summary>True for a requested refresh: nothing stale is served when its loader fails, and its result replaces what is there.</summary>
        public bool IsRequested { get; init; }

        /// <summary>True when an entry is known to be stored, or may be: a requested refresh and a call that does not read Redis do not look.</summary>
        public bool IsStored { get; init; }

        /// <summary>The entry that is refreshed; null when none is known.</summary>
        public LocalEntry<T>? Stale { get; init; }

        /// <summary>The key's epoch before <see cref="Stale"/> was read.</summary>
        public long StaleEpoch { get; init; }
    }
}
