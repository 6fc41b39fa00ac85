using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Flights;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Telemetry;

namespace HotShelf.Caching.Internal;

/// <summary>Promise 3: one fill for the whole fleet. A lease in Redis decides who loads; the others wait for the value, told by the stream, with a poll as fallback.</summary>
internal sealed partial class HotShelfCache
{
    private static readonly TimeSpan s_firstPoll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_longestPoll = TimeSpan.FromMilliseconds(250);

    private readonly KeyWaiters _waiters = new();

    private async ValueTask<Outcome<T>> FillAsync<T>(Flight<T> flight, FamilyState family, Loader<T> loader, EntrySettings settings, string[] tags, long knownFillId, bool servesStale = true)
    {
        var fill = new Fill<T>(flight.Key, family, loader, settings, tags, flight.Abandoned) { Flight = flight, ServesStale = servesStale };
        // What Redis holds may be what an invalidation that it has not heard of is to remove: then it is not asked at all.
        if (_remote is null || !settings.WriteRemote || !await IsRemoteCurrentAsync().ConfigureAwait(false))
            return await LoadAsync(fill, lease: null).ConfigureAwait(false);

        Task? change = null;
        try
        {
            var known = settings.ReadRemote ? knownFillId : (long?)null;
            var giveUpAt = CacheClock.Add(_clock.Now, _options.LeaseWait);
            var poll = s_firstPoll;
            var token = NewId();
            var waited = false;
            while (true)
            {
                var epoch = _local.EpochOf(flight.Key);
                var answer = await AcquireAsync(fill.RemoteKey, token, known).ConfigureAwait(false);
                if (!answer.Succeeded)
                    return await LoadAsync(fill, lease: null).ConfigureAwait(false);
                if (answer.Value.Status == LeaseStatus.Acquired)
                    return await LoadAsync(fill, new FillLease(token, answer.Value.ServerTime)).ConfigureAwait(false);
                if (answer.Value.Status == LeaseStatus.Present)
                {
                    var found = await DecodeAsync<T>(flight.Key, family, settings, answer.Value.Frame!, epoch).ConfigureAwait(false);
                    if (found.Entry is { } entry)
                    {
                        InsertLocal(entry, settings, epoch);
                        return new Outcome<T>(entry, waited ? CacheTier.Origin : CacheTier.L2, waited ? CacheResult.Miss : CacheResult.Hit, Stored: waited);
                    }

                    // Stored meanwhile, but nothing we can use: now it is known and may be replaced. What is no frame has no id to know it by.
                    known = found.KnownFillId == 0 ? null : found.KnownFillId;
                    continue;
                }

                if (!waited)
                    family.Counters.LeaseWaits.Increment();
                waited = true;
                if (_clock.Now >= giveUpAt)
                {
                    Log.LeaseWaitExceeded(_logger, family.Name);
                    return await LoadAsync(fill, lease: null).ConfigureAwait(false);
                }

                if (change is null || change.IsCompleted)
                {
                    // Listen first, then ask again: a store between the question and the wait would be missed.
                    if (change is not null)
                        _waiters.Leave(flight.Key, change);
                    change = _waiters.Enter(flight.Key);
                    continue;
                }

                await WaitForChangeAsync(change, poll, flight.Abandoned).ConfigureAwait(false);
                poll = poll * 2 < s_longestPoll ? poll * 2 : s_longestPoll;
            }
        }
        finally
        {
            if (change is not null)
                _waiters.Leave(flight.Key, change);
        }
    }

    private async ValueTask<RemoteAnswer<LeaseAnswer>> AcquireAsync(RemoteKey key, long token, long? known)
    {
        var started = _clock.Provider.GetTimestamp();
        var answer = await _leases!.AcquireAsync(key, token, known).ConfigureAwait(false);
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
            // The poll: a holder that failed without a word, or a stream that is lost.
        }
    }

    /// <summary>A number that no other fill has; never 0.</summary>
    private static long NewId()
    {
        while (true)
        {
            if (Random.Shared.NextInt64(long.MinValue, long.MaxValue) is not 0 and var id)
                return id;
        }
    }

    /// <summary>All that one run of a loader needs.</summary>
    private sealed record Fill<T>(string Key, FamilyState Family, Loader<T> Loader, EntrySettings Settings, string[] Tags, CancellationToken CancellationToken)
    {
        public RemoteKey RemoteKey => new(Key, Settings.Sliding);

        /// <summary>Who waits for it; null for nobody.</summary>
        public Flight? Flight { get; init; }

        /// <summary>Whether a stale value is a good answer when the loader fails; not to one who asked for a new one.</summary>
        public bool ServesStale { get; init; } = true;
    }
}
