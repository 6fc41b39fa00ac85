using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Flights;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Tags;
using HotShelf.Caching.Internal.Telemetry;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Internal.Remote;

/// <summary>
/// Invalidations. One deletes value and lease together, so that a fill that began before it finds its lease gone and stores nothing. In this process
/// it detaches the running flight, so that later callers start a new one. Invalidations that cannot reach Redis are queued.
/// </summary>
internal sealed class Invalidations(
    HotShelfCachingOptions options, LocalStore local, TagSync tags, RunningFlights flights, RemoteGuard? remote, EchoLagTimer echoes, FamilyTable families, NameRules names, CacheClock clock,
    CacheMetrics metrics, CacheEvents events, ILogger logger, CancellationToken stopping)
{
    private const int BatchSize = 500;

    private static readonly TimeSpan s_replayPause = TimeSpan.FromMilliseconds(250);

    private readonly PendingInvalidations _pending = new(options.MaximumPendingInvalidations);
    private readonly RecentlySent<string, VersionedKey> _recent = new(clock, static (one, other) => other with { Version = VersionedKey.Later(one.Version, other.Version) });
    private readonly SemaphoreSlim _replaying = new(1);
    private int _replayScheduled;

    // What Redis refuses is not sent again by every read.
    private long _retryAt;

    /// <summary>The number of invalidations that wait for Redis.</summary>
    public int PendingCount => _pending.Count;

    public ValueTask RemoveAsync(IEnumerable<string> keys) =>
        RemoveAsync([.. keys.Where(key => !string.IsNullOrWhiteSpace(key) && names.IsUsable(key)).Distinct(StringComparer.Ordinal).Select(key => VersionedKeyOf(key, 0))]);

    /// <summary>
    /// Removes what is older than a version: a change that is told twice removes once. What is newer stays here too, and a running fill may store a result that is not older;
    /// but callers from now on do not join a flight from before.
    /// </summary>
    public ValueTask RemoveOlderAsync(IEnumerable<KeyValuePair<string, long>> versions)
    {
        var usable = versions.Where(item => !string.IsNullOrWhiteSpace(item.Key) && names.IsUsable(item.Key)).GroupBy(item => item.Key, item => item.Value, StringComparer.Ordinal)
            .Select(group => VersionedKeyOf(group.Key, group.Aggregate(VersionedKey.Later))).ToArray();
        foreach (var (_, version) in usable)
            ArgumentOutOfRangeException.ThrowIfNegative(version, nameof(versions));
        return RemoveAsync(usable);
    }

    /// <summary>Removes tags. The same changes told twice remove once, while Redis answers.</summary>
    public async ValueTask RemoveTagsAsync(string[] removed, IReadOnlyCollection<string> changes)
    {
        if (removed.Length == 0)
            return;
        metrics.Invalidated(removed.Length, options.IsFeed ? InvalidationSource.Feed : InvalidationSource.Tag);
        if (remote is null)
        {
            foreach (var name in removed)
                tags.Table.RemoveLocal(name);
            ForgetOldRemovals();
        }
        else
        {
            // What was removed for these changes before is not reported again.
            foreach (var name in changes.Count == 0 ? removed : [])
                echoes.Start(name);
            if (!await tags.RemoveAsync(removed, changes).ConfigureAwait(false))
            {
                // Without a stamp, earlier and later entries cannot be distinguished. Drop all entries here; the removal is sent when Redis answers.
                foreach (var name in removed)
                    echoes.Cancel(name);
                _pending.AddTags(removed);
                ScheduleReplay();
                tags.Table.HideUnstamped();
                local.Clear();
                flights.DetachAll();
            }
        }
    }

    /// <summary>Without waiting for Redis: later callers do not join a flight of this key, and L1 has no copy.</summary>
    public void Drop(string key, long version = 0)
    {
        flights.Detach(key);
        if (version > 0 && local.Find(key) is { } entry && entry.Times.Version >= version)
            local.Outdate(key);
        else
            local.Invalidate(key);
    }

    /// <summary>For the distributed cache, whose entries are not in L1.</summary>
    public async ValueTask RemoveRemoteAsync(RemoteKey key)
    {
        if (await SendAsync([new(key, 0)]).ConfigureAwait(false) == 0)
            Queue(key);
    }

    /// <summary>An invalidation that is sent with the pending ones.</summary>
    public void Queue(RemoteKey key) => Queue([new VersionedKey(key, 0)]);

    /// <summary>A connection is lost, or the stream is lost or back: another server may have taken over, and may not have received the latest invalidations.</summary>
    public void RepeatRecent()
    {
        if (_recent.All() is { Length: > 0 } keys)
            Queue(keys, areRepeated: true);
    }

    /// <summary>
    /// A value was set, which no load could bring back. A removal that is repeated would take it away, so one from before is not. After a failover that lost both, the value from before the
    /// removal is there again: as after one that lost the latest write alone.
    /// </summary>
    /// <param name="key">Its key.</param>
    /// <param name="since">When it was made.</param>
    public void OnSet(string key, long since) => _recent.Forget(key, since);

    public ValueTask<bool> SendPendingAsync() => _pending.Count == 0 ? new(true) : TryReplayAsync();

    /// <summary>Redis answers again.</summary>
    public async ValueTask ReplayAsync() => await TryReplayAsync().ConfigureAwait(false);

    /// <summary>
    /// True when nothing that is pending concerns the key. Called before a read or fill uses Redis, which may still hold what a pending invalidation removes. Sends a few
    /// invalidations itself; while others are being sent, when many are pending, shortly after an attempt that failed, or from <paramref name="until"/> on, the caller continues without Redis instead of waiting.
    /// </summary>
    public ValueTask<bool> IsRemoteCurrentAsync(RemoteKey key, long until) => _pending.Count == 0 ? new(true) : MayUseRemoteAsync([key], until, mayWait: false);

    /// <inheritdoc cref="IsRemoteCurrentAsync(RemoteKey, long)"/>
    public ValueTask<bool> IsRemoteCurrentAsync(IReadOnlyCollection<RemoteKey> keys, long until) => MayUseRemoteAsync(keys, until, mayWait: false);

    /// <summary>Like <see cref="IsRemoteCurrentAsync(RemoteKey, long)"/>, for what nothing could stand in for, such as a written value: waits while others are being sent, for the time of one operation.</summary>
    public ValueTask<bool> BecomesRemoteCurrentAsync(RemoteKey key) => _pending.Count == 0 ? new(true) : MayUseRemoteAsync([key], CacheClock.Never, mayWait: true);

    /// <inheritdoc cref="BecomesRemoteCurrentAsync(RemoteKey)"/>
    public ValueTask<bool> BecomesRemoteCurrentAsync(IReadOnlyCollection<RemoteKey> keys) => MayUseRemoteAsync(keys, CacheClock.Never, mayWait: true);

    private ValueTask<bool> MayUseRemoteAsync(IReadOnlyCollection<RemoteKey> keys, long until, bool mayWait) =>
        _pending.Count == 0 || !keys.Any(_pending.Concerns) ? new(true) : ReplayUntilAsync(keys, until, mayWait);

    private async ValueTask<bool> ReplayUntilAsync(IReadOnlyCollection<RemoteKey> keys, long until, bool mayWait)
    {
        if (clock.Now < Volatile.Read(ref _retryAt))
            return false;
        await remote!.EndsInTimeAsync(new ValueTask<bool>(TryReplayAsync(mayWait).AsTask()), until).ConfigureAwait(false);
        return !keys.Any(_pending.Concerns);
    }

    private VersionedKey VersionedKeyOf(string key, long version) => new(new RemoteKey(key, families.Of(key).Policy.Sliding), version);

    private async ValueTask RemoveAsync(VersionedKey[] keys)
    {
        if (keys.Length == 0)
            return;
        Drop(keys);
        // Without Redis it is not known what was older.
        Report([.. keys.Where(item => item.Version == 0 || remote is null).Select(item => item.Key.Name)]);
        if (remote is null)
            return;
        foreach (var (key, version) in keys)
        {
            if (version == 0)
                echoes.Start(key);
        }

        var sent = await SendAsync(keys, Report).ConfigureAwait(false);
        if (sent < keys.Length)
            Queue(keys[sent..]);
        // Drop again after Redis has confirmed: a read in between may have inserted the old value.
        Drop(keys);
    }

    private void Drop(VersionedKey[] keys)
    {
        foreach (var (key, version) in keys)
            Drop(key.Name, version);
    }

    private void Report(string[] keys)
    {
        if (keys.Length == 0)
            return;
        metrics.Invalidated(keys.Length, options.IsFeed ? InvalidationSource.Feed : InvalidationSource.Local);
        events.Removed(keys);
    }

    private void Queue(IReadOnlyCollection<VersionedKey> keys, bool areRepeated = false)
    {
        foreach (var (key, _) in keys)
            echoes.Cancel(key.Name);
        _pending.AddKeys(keys);
        ScheduleReplay(areRepeated);
    }

    /// <summary>Invalidates in batches, so that many keys do not exceed the time limit of one operation.</summary>
    /// <param name="keys">Keys with versions.</param>
    /// <param name="onOlder">Called with the keys of which something was older than their version; null when not needed.</param>
    /// <returns>The number of keys that were sent, in order.</returns>
    private async ValueTask<int> SendAsync(IReadOnlyList<VersionedKey> keys, Action<string[]>? onOlder = null)
    {
        for (var sent = 0; sent < keys.Count; sent += BatchSize)
        {
            var some = keys.Skip(sent).Take(BatchSize).ToArray();
            RemoteKey[] whole = [.. some.Where(static item => item.Version == 0).Select(static item => item.Key)];
            var older = Array.FindAll(some, static item => item.Version > 0);
            if (whole.Length > 0 && !await remote!.RunAsync(whole, static (store, keys) => store.InvalidateAsync(keys)).ConfigureAwait(false))
                return sent;
            if (older.Length > 0)
            {
                var answer = await remote!.RunAsync(older, static (store, keys) => store.RemoveOlderAsync(keys)).ConfigureAwait(false);
                if (!answer.Succeeded)
                    return sent;
                onOlder?.Invoke([.. older.Where((_, i) => answer.Value![i]).Select(static item => item.Key.Name)]);
            }

            foreach (var item in some)
                _recent.Add(item.Key.Name, item);
        }

        return keys.Count;
    }

    /// <summary>Without Redis only L1 holds entries. After all of them are checked, old removals are not needed.</summary>
    private void ForgetOldRemovals()
    {
        if (!tags.Table.IsFull)
            return;
        var position = tags.Table.Position;
        foreach (var entry in local.Each())
        {
            if (tags.Table.Check(entry) == TagVerdict.Current)
                entry.Position = position;
            else
                local.Remove(entry);
        }

        tags.Table.ForgetUntil(position);
    }

    /// <summary>
    /// Retries until nothing is pending. Recovery of the circuit is not sufficient as a trigger: a few failures do not open it, and a process that only
    /// invalidates makes no reads that would replay.
    /// </summary>
    private void ScheduleReplay(bool isRepetition = false)
    {
        if (Interlocked.Exchange(ref _replayScheduled, 1) != 0)
            return;
        if (!isRepetition)
            Log.InvalidationRemembered(logger, _pending.Count);
        _ = ReplayUntilDoneAsync();
    }

    private async Task ReplayUntilDoneAsync()
    {
        try
        {
            do
            {
                await Task.Delay(s_replayPause, clock.Provider, stopping).ConfigureAwait(false);
                Volatile.Write(ref _replayScheduled, 0);
            }
            while (!await TryReplayAsync().ConfigureAwait(false) && Interlocked.Exchange(ref _replayScheduled, 1) == 0);
        }
        catch (OperationCanceledException)
        {
            // The cache is being disposed. Pending invalidations are lost; the database's change feed covers them.
        }
    }

    /// <summary>Sends the pending invalidations; true when nothing is pending any more.</summary>
    private async ValueTask<bool> TryReplayAsync(bool mayWait = true)
    {
        if (!remote!.IsClosed)
            return false;
        if (mayWait)
            await _replaying.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        else if (_pending.Count > BatchSize || !_replaying.Wait(0, CancellationToken.None))
            return false;
        try
        {
            if (_pending.Count == 0)
                return true;
            var (keys, removedTags) = _pending.Take();
            var sent = await SendAsync(keys).ConfigureAwait(false);
            if (sent < keys.Count)
                _pending.AddKeys(keys.Skip(sent));
            var areTagsSent = removedTags.Count == 0 || await tags.RemoveAsync(removedTags, []).ConfigureAwait(false);
            if (!areTagsSent)
                _pending.AddTags(removedTags);
            _pending.EndReplay();
            var isSent = sent == keys.Count && areTagsSent;
            Volatile.Write(ref _retryAt, isSent ? 0 : clock.Now + (long)s_replayPause.TotalMilliseconds);
            if (!isSent)
                return false;
            Log.InvalidationsReplayed(logger, keys.Count + removedTags.Count);
            return true;
        }
        finally
        {
            _replaying.Release();
        }
    }
}
