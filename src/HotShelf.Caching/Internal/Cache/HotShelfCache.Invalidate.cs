using HotShelf.Caching.Fleet;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;
using HotShelf.Caching.Internal.Telemetry;

namespace HotShelf.Caching.Internal;

/// <summary>
/// Promises 8, 11 and 12. An invalidation deletes value and lease together, so that a fill which began before it finds its lease gone and stores
/// nothing; here it detaches the running fill, so that later callers begin a new one. What cannot reach Redis is remembered.
/// </summary>
internal sealed partial class HotShelfCache
{
    private const int InvalidationsPerTurn = 500;

    private static readonly TimeSpan s_replayPause = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _replaying = new(1);
    private int _replaysSoon;

    public override ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default) => RemoveAsync([key], cancellationToken);

    public override async ValueTask RemoveAsync(IEnumerable<string> keys, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        cancellationToken.ThrowIfCancellationRequested();
        var usable = keys.Where(key => !string.IsNullOrWhiteSpace(key) && IsUsable(key)).Distinct(StringComparer.Ordinal).ToArray();
        if (usable.Length == 0)
            return;
        DropHere(usable);
        _metrics.Invalidated(usable.Length, _options.IsFeed ? InvalidationSource.Feed : InvalidationSource.Local);
        _journal?.Removed(usable);
        if (_remote is null)
            return;
        var remoteKeys = Array.ConvertAll(usable, key => new RemoteKey(key, _families.Of(key).Policy.Sliding));
        foreach (var key in remoteKeys)
            ExpectEcho(key);
        var done = await InvalidateInTurnsAsync(remoteKeys).ConfigureAwait(false);
        if (done < remoteKeys.Length)
            Remember(remoteKeys[done..]);
        // Again, once Redis has confirmed: a read between the first drop and the deletion may have brought the old value back.
        DropHere(usable);
    }

    public override ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default) => RemoveByTagAsync([tag], cancellationToken);

    public override async ValueTask RemoveByTagAsync(IEnumerable<string> tags, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tags);
        cancellationToken.ThrowIfCancellationRequested();
        var names = tags.Where(tag => !string.IsNullOrWhiteSpace(tag) && WhyUnusable(tag) is null).Distinct(StringComparer.Ordinal).Select(TagTable.NameOf).ToArray();
        _journal?.TagsRemoved(names);
        await RemoveTagsAsync(names).ConfigureAwait(false);
    }

    internal async ValueTask RemoveFamilyAsync(string family, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(family);
        cancellationToken.ThrowIfCancellationRequested();
        string[] names = [TagTable.FamilyName(family)];
        _journal?.TagsRemoved(names);
        await RemoveTagsAsync(names).ConfigureAwait(false);
    }

    /// <summary>Removes everything, which is all there is to a new version: the stamp of <c>*</c> is what every entry is measured by, and every node hears of it.</summary>
    internal async ValueTask BumpVersionAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _journal?.VersionBumped();
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
                _tags.RemoveHere(name);
            ForgetOldRemovals();
        }
        else
        {
            foreach (var name in names)
                ExpectEcho(name);
            if (!await _tagSync.RemoveAsync(names).ConfigureAwait(false))
            {
                // The removal has no time yet by which later entries could be told from earlier ones. Here all go; elsewhere it is done when Redis is back.
                foreach (var name in names)
                    _echoes.Forget(name);
                _pending.AddTags(names);
                ReplaySoon();
                _tags.HideUnstamped();
                _local.Clear();
            }
        }

        // A running flight does not know its tags yet: none may be joined by callers who come after the removal.
        _flights.DetachAll();
        _refreshes.DetachAll();
    }

    /// <summary>Without Redis nothing but this process' memory carries tags: once L1 was checked, old removals are of no use.</summary>
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

    private void DropHere(string[] keys)
    {
        foreach (var key in keys)
        {
            _flights.Detach(key);
            _refreshes.Detach(key);
            _local.Invalidate(key);
        }
    }

    /// <summary>For the distributed cache, whose entries are in no L1.</summary>
    internal void RememberInvalidation(RemoteKey key) => Remember([key]);

    private void Remember(IReadOnlyCollection<RemoteKey> keys)
    {
        foreach (var key in keys)
            _echoes.Forget(key.Name);
        _pending.AddKeys(keys);
        ReplaySoon();
    }

    private void RememberAndDrop(RemoteKey[] keys)
    {
        Remember(keys);
        DropHere(Array.ConvertAll(keys, key => key.Name));
    }

    /// <summary>Some at a time, so that a great many do not take longer than one operation may; returns how many are done, in their order.</summary>
    private async ValueTask<int> InvalidateInTurnsAsync(IReadOnlyList<RemoteKey> keys)
    {
        for (var done = 0; done < keys.Count; done += InvalidationsPerTurn)
        {
            var some = keys.Skip(done).Take(InvalidationsPerTurn).ToArray();
            if (!await _remote!.RunAsync(some, static (store, keys) => store.InvalidateAsync(keys)).ConfigureAwait(false))
                return done;
        }

        return keys.Count;
    }

    /// <summary>
    /// Tries until nothing waits. Not only at the circuit's recovery: too few failures never open it, and a process that only invalidates makes no
    /// read that would replay.
    /// </summary>
    private void ReplaySoon()
    {
        if (Interlocked.Exchange(ref _replaysSoon, 1) != 0)
            return;
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
                Volatile.Write(ref _replaysSoon, 0);
            }
            while (!await TryReplayPendingAsync().ConfigureAwait(false) && Interlocked.Exchange(ref _replaysSoon, 1) == 0);
        }
        catch (OperationCanceledException)
        {
            // The cache is being disposed; the change feed of the database is what outlives a process.
        }
    }

    internal ValueTask<bool> SendPendingInvalidationsAsync() => _pending.Count == 0 ? new(true) : TryReplayPendingAsync();

    private async ValueTask ReplayPendingAsync() => await TryReplayPendingAsync().ConfigureAwait(false);

    /// <summary>
    /// What a read or a fill does before it believes what Redis holds: that may be what a pending invalidation is to remove. A few it sends itself; while
    /// another sends them, or there are many, it goes on without Redis instead of waiting for them.
    /// </summary>
    private ValueTask<bool> IsRemoteCurrentAsync() => _pending.Count == 0 ? new(true) : TryReplayPendingAsync(mayWait: false);

    /// <summary>Sends what Redis has not heard of yet; true when nothing waits any more.</summary>
    private async ValueTask<bool> TryReplayPendingAsync(bool mayWait = true)
    {
        if (!_remote!.IsClosed)
            return false;
        if (mayWait)
            await _replaying.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        else if (_pending.Count > InvalidationsPerTurn || !_replaying.Wait(0, CancellationToken.None))
            return false;
        try
        {
            if (_pending.Count == 0)
                return true;
            var (keys, tags) = _pending.Take();
            var done = await InvalidateInTurnsAsync(keys).ConfigureAwait(false);
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
