using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;
using HotShelf.Caching.Internal.Telemetry;

namespace HotShelf.Caching.Internal;

/// <summary>
/// Invalidations. One deletes value and lease together, so that a fill that began before it finds its lease gone and stores nothing. In this process
/// it detaches the running flight, so that later callers start a new one. Invalidations that cannot reach Redis are queued.
/// </summary>
internal sealed partial class HotShelfCache
{
    private const int InvalidationBatchSize = 500;

    private static readonly TimeSpan s_replayPause = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _replaying = new(1);
    private int _replayScheduled;

    public override ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default) => RemoveAsync([key], cancellationToken);

    public override async ValueTask RemoveAsync(IEnumerable<string> keys, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        cancellationToken.ThrowIfCancellationRequested();
        var usable = keys.Where(key => !string.IsNullOrWhiteSpace(key) && IsUsable(key)).Distinct(StringComparer.Ordinal).ToArray();
        if (usable.Length == 0)
            return;
        DropLocal(usable);
        Removed(usable);
        if (_remote is null)
            return;
        var remoteKeys = Array.ConvertAll(usable, key => new VersionedKey(new RemoteKey(key, _families.Of(key).Policy.Sliding), 0));
        foreach (var (key, _) in remoteKeys)
            StartEchoTimer(key);
        var done = await InvalidateInBatchesAsync(remoteKeys).ConfigureAwait(false);
        if (done < remoteKeys.Length)
            QueueInvalidations(remoteKeys[done..]);
        // Drop again after Redis has confirmed: a read in between may have inserted the old value.
        DropLocal(usable);
    }

    /// <summary>
    /// Removes what is older than a version: a change that is told twice removes once. What is newer stays here too, and a running fill may store a result that is not older;
    /// but callers from now on do not join a flight from before.
    /// </summary>
    internal async ValueTask RemoveOlderAsync(IEnumerable<KeyValuePair<string, long>> versions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(versions);
        cancellationToken.ThrowIfCancellationRequested();
        var usable = versions.Where(item => !string.IsNullOrWhiteSpace(item.Key) && IsUsable(item.Key))
            .GroupBy(item => item.Key, item => item.Value, StringComparer.Ordinal)
            .Select(group => new VersionedKey(new RemoteKey(group.Key, _families.Of(group.Key).Policy.Sliding), group.Min() == 0 ? 0 : group.Max())).ToArray();
        if (usable.Length == 0)
            return;
        ArgumentOutOfRangeException.ThrowIfNegative(usable.Min(item => item.Version), nameof(versions));
        // A change of unknown version may be later than any other.
        await RemoveAsync(usable.Where(item => item.Version == 0).Select(item => item.Key.Name), cancellationToken).ConfigureAwait(false);
        usable = Array.FindAll(usable, item => item.Version > 0);
        DropOlder(usable);
        if (_remote is null)
            Removed(Array.ConvertAll(usable, item => item.Key.Name));
        for (var done = 0; done < usable.Length && _remote is not null; done += InvalidationBatchSize)
        {
            var some = usable[done..Math.Min(done + InvalidationBatchSize, usable.Length)];
            var answer = await _remote.RunAsync(some, static (store, keys) => store.RemoveOlderAsync(keys)).ConfigureAwait(false);
            if (!answer.Succeeded)
            {
                QueueInvalidations(usable[done..]);
                break;
            }

            _recent.Add(some);
            Removed([.. some.Where((_, i) => answer.Value![i]).Select(item => item.Key.Name)]);
        }

        // Drop again after Redis has confirmed: a read in between may have inserted the old value.
        DropOlder(usable);
    }

    private void Removed(string[] keys)
    {
        if (keys.Length == 0)
            return;
        _metrics.Invalidated(keys.Length, _options.IsFeed ? InvalidationSource.Feed : InvalidationSource.Local);
        _events.Removed(keys);
    }

    private void DropOlder(VersionedKey[] keys)
    {
        foreach (var (key, version) in keys)
        {
            _flights.Detach(key.Name);
            _refreshes.Detach(key.Name);
            if (_local.Find(key.Name) is { } entry && entry.Times.Version >= version)
                _local.Outdate(key.Name);
            else
                _local.Invalidate(key.Name);
        }
    }

    public override ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default) => RemoveByTagAsync([tag], cancellationToken);

    public override async ValueTask RemoveByTagAsync(IEnumerable<string> tags, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tags);
        cancellationToken.ThrowIfCancellationRequested();
        var names = tags.Where(tag => !string.IsNullOrWhiteSpace(tag) && WhyUnusable(tag) is null).Distinct(StringComparer.Ordinal).Select(TagTable.NameOf).ToArray();
        _events.TagsRemoved(names);
        await RemoveTagsAsync(names).ConfigureAwait(false);
    }

    internal async ValueTask RemoveFamilyAsync(string family, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(family);
        cancellationToken.ThrowIfCancellationRequested();
        string[] names = [TagTable.FamilyName(family)];
        _events.TagsRemoved(names);
        await RemoveTagsAsync(names).ConfigureAwait(false);
    }

    /// <summary>Removes everything: sets the stamp of <c>*</c>, which applies to every entry.</summary>
    internal async ValueTask BumpVersionAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _events.VersionBumped();
        await RemoveTagsAsync([TagTable.EverythingName]).ConfigureAwait(false);
    }

    private async ValueTask RemoveTagsAsync(string[] names)
    {
        if (names.Length == 0)
            return;
        _metrics.Invalidated(names.Length, _options.IsFeed ? InvalidationSource.Feed : InvalidationSource.Tag);
        if (_tagSync is null)
        {
            foreach (var name in names)
                _tags.RemoveLocal(name);
            ForgetOldRemovals();
        }
        else
        {
            foreach (var name in names)
                StartEchoTimer(name);
            if (!await _tagSync.RemoveAsync(names).ConfigureAwait(false))
            {
                // Without a stamp, earlier and later entries cannot be distinguished. Drop all entries here; the removal is sent when Redis answers.
                foreach (var name in names)
                    _echoes.Cancel(name);
                _pending.AddTags(names);
                ScheduleReplay();
                _tags.HideUnstamped();
                _local.Clear();
            }
        }

        // The tags of a running flight are not known yet: callers after the removal must not join any.
        _flights.DetachAll();
        _refreshes.DetachAll();
    }

    /// <summary>Without Redis only L1 holds entries. After all of them are checked, old removals are not needed.</summary>
    private void ForgetOldRemovals()
    {
        if (!_tags.IsFull)
            return;
        var position = _tags.Position;
        foreach (var entry in _local.Each())
        {
            if (_tags.Check(entry) == TagVerdict.Current)
                entry.CurrentAt = position;
            else
                _local.Remove(entry);
        }

        _tags.ForgetUntil(position);
    }

    private void DropLocal(string[] keys)
    {
        foreach (var key in keys)
        {
            _flights.Detach(key);
            _refreshes.Detach(key);
            _local.Invalidate(key);
        }
    }

    /// <summary>For the distributed cache, whose entries are not in L1.</summary>
    internal async ValueTask InvalidateRemoteAsync(RemoteKey key)
    {
        if (await InvalidateInBatchesAsync([new(key, 0)]).ConfigureAwait(false) == 0)
            QueueInvalidation(key);
    }

    /// <inheritdoc cref="InvalidateRemoteAsync"/>
    internal void QueueInvalidation(RemoteKey key) => QueueInvalidations([new(key, 0)]);

    /// <summary>A connection is lost, or the stream is lost or back: another server may have taken over, and may not have received the latest invalidations.</summary>
    private void RepeatRecentInvalidations()
    {
        if (_recent.All() is { Length: > 0 } keys)
            QueueInvalidations(keys, areRepeated: true);
    }

    private void QueueInvalidations(IReadOnlyCollection<VersionedKey> keys, bool areRepeated = false)
    {
        foreach (var (key, _) in keys)
            _echoes.Cancel(key.Name);
        _pending.AddKeys(keys);
        ScheduleReplay(areRepeated);
    }

    /// <summary>Invalidates in batches, so that many keys do not exceed the time limit of one operation; returns the number of completed keys, in order.</summary>
    private async ValueTask<int> InvalidateInBatchesAsync(IReadOnlyList<VersionedKey> keys)
    {
        for (var done = 0; done < keys.Count; done += InvalidationBatchSize)
        {
            var some = keys.Skip(done).Take(InvalidationBatchSize).ToArray();
            RemoteKey[] whole = [.. some.Where(static item => item.Version == 0).Select(static item => item.Key)];
            var older = Array.FindAll(some, static item => item.Version > 0);
            if (whole.Length > 0 && !await _remote!.RunAsync(whole, static (store, keys) => store.InvalidateAsync(keys)).ConfigureAwait(false))
                return done;
            if (older.Length > 0 && !(await _remote!.RunAsync(older, static (store, keys) => store.RemoveOlderAsync(keys)).ConfigureAwait(false)).Succeeded)
                return done;
            _recent.Add(some);
        }

        return keys.Count;
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
            Log.InvalidationRemembered(_logger, _pending.Count);
        _ = ReplayUntilDoneAsync();
    }

    private async Task ReplayUntilDoneAsync()
    {
        try
        {
            do
            {
                await Task.Delay(s_replayPause, _clock.Provider, _stopping.Token).ConfigureAwait(false);
                Volatile.Write(ref _replayScheduled, 0);
            }
            while (!await TryReplayPendingAsync().ConfigureAwait(false) && Interlocked.Exchange(ref _replayScheduled, 1) == 0);
        }
        catch (OperationCanceledException)
        {
            // The cache is being disposed. Pending invalidations are lost; the database's change feed covers them.
        }
    }

    internal ValueTask<bool> SendPendingInvalidationsAsync() => _pending.Count == 0 ? new(true) : TryReplayPendingAsync();

    private async ValueTask ReplayPendingAsync() => await TryReplayPendingAsync().ConfigureAwait(false);

    /// <summary>
    /// True when nothing is pending. Called before a read or fill uses Redis, which may still hold what a pending invalidation removes. Sends a few
    /// invalidations itself; while others are being sent, or when many are pending, the caller continues without Redis instead of waiting.
    /// </summary>
    private ValueTask<bool> IsRemoteCurrentAsync() => _pending.Count == 0 ? new(true) : TryReplayPendingAsync(mayWait: false);

    /// <summary>Sends the pending invalidations; true when nothing is pending any more.</summary>
    private async ValueTask<bool> TryReplayPendingAsync(bool mayWait = true)
    {
        if (!_remote!.IsClosed)
            return false;
        if (mayWait)
            await _replaying.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        else if (_pending.Count > InvalidationBatchSize || !_replaying.Wait(0, CancellationToken.None))
            return false;
        try
        {
            if (_pending.Count == 0)
                return true;
            var (keys, tags) = _pending.Take();
            var done = await InvalidateInBatchesAsync(keys).ConfigureAwait(false);
            var keysDone = done == keys.Count;
            if (!keysDone)
                _pending.AddKeys(keys.Skip(done));
            var tagsDone = tags.Count == 0 || await _tagSync!.RemoveAsync(tags).ConfigureAwait(false);
            if (!tagsDone)
                _pending.AddTags(tags);
            _pending.EndReplay();
            if (!keysDone || !tagsDone)
                return false;
            Log.InvalidationsReplayed(_logger, keys.Count + tags.Count);
            return true;
        }
        finally
        {
            _replaying.Release();
        }
    }
}
