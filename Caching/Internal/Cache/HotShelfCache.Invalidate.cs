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
    private readonly SemaphoreSlim _replaying = new(1);

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
        if (_remote is null)
            return;
        var remoteKeys = Array.ConvertAll(usable, key => new RemoteKey(key, _families.Of(key).Policy.Sliding));
        foreach (var key in remoteKeys)
            ExpectEcho(key);
        if (!await _remote.RunAsync(remoteKeys, static (store, keys) => store.InvalidateAsync(keys)).ConfigureAwait(false))
            Remember(remoteKeys);
        // Again, once Redis has confirmed: a read between the first drop and the deletion may have brought the old value back.
        DropHere(usable);
    }

    public override ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default) => RemoveByTagAsync([tag], cancellationToken);

    public override async ValueTask RemoveByTagAsync(IEnumerable<string> tags, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tags);
        cancellationToken.ThrowIfCancellationRequested();
        var names = tags.Where(tag => !string.IsNullOrWhiteSpace(tag)).Distinct(StringComparer.Ordinal).Select(TagTable.NameOf).ToArray();
        await RemoveTagsAsync(names).ConfigureAwait(false);
    }

    internal async ValueTask RemoveFamilyAsync(string family, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(family);
        cancellationToken.ThrowIfCancellationRequested();
        await RemoveTagsAsync([TagTable.FamilyName(family)]).ConfigureAwait(false);
    }

    private async ValueTask RemoveTagsAsync(string[] names)
    {
        if (names.Length == 0)
            return;
        _metrics.Invalidated(names.Length, _options.IsFeed ? InvalidationSource.Feed : InvalidationSource.Tag);
        if (_remote is null)
        {
            foreach (var name in names)
                _tags.RemoveHere(name);
        }
        else
        {
            foreach (var name in names)
                ExpectEcho(name);
            var answer = await _remote.RunAsync(names, static (store, names) => store.RemoveTagsAsync(names)).ConfigureAwait(false);
            if (answer.Succeeded)
            {
                for (var i = 0; i < names.Length; i++)
                    _tags.Removed(names[i], answer.Value![i]);
            }
            else
            {
                // Nobody can say now which entries a tag hides. Here all go; elsewhere it is done when Redis is back.
                foreach (var name in names)
                    _echoes.Forget(name);
                _pending.AddTags(names);
                Log.InvalidationRemembered(_logger, _pending.Count);
                _tags.ForgetAll();
                _local.Clear();
            }
        }

        // A running flight does not know its tags yet: none may be joined by callers who come after the removal.
        _flights.DetachAll();
        _refreshes.DetachAll();
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
        Log.InvalidationRemembered(_logger, _pending.Count);
    }

    private async ValueTask ReplayPendingAsync() => await TryReplayPendingAsync().ConfigureAwait(false);

    /// <summary>Sends what Redis has not heard of yet; true when nothing waits any more.</summary>
    private async ValueTask<bool> TryReplayPendingAsync()
    {
        if (!_remote!.IsClosed)
            return false;
        await _replaying.WaitAsync(_stopping.Token).ConfigureAwait(false);
        try
        {
            if (_pending.Count == 0)
                return true;
            var (keys, tags) = _pending.Take();
            var keysDone = keys.Count == 0 || await _remote.RunAsync(keys, static (store, keys) => store.InvalidateAsync(keys)).ConfigureAwait(false);
            if (!keysDone)
                _pending.AddKeys(keys);
            var tagsDone = tags.Count == 0 || (await _remote.RunAsync(tags, static (store, tags) => store.RemoveTagsAsync(tags)).ConfigureAwait(false)).Succeeded;
            if (!tagsDone)
                _pending.AddTags(tags);
            _pending.EndReplay();
            if (!keysDone || !tagsDone)
                return false;
            _tags.ForgetAll();
            Log.InvalidationsReplayed(_logger, keys.Count + tags.Count);
            return true;
        }
        finally
        {
            _replaying.Release();
        }
    }
}
