using System.Runtime.CompilerServices;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Internal;

/// <summary>Writes without a loader. What is pending is sent first, as before a read: it would remove the written value.</summary>
internal sealed partial class HotShelfCache
{
    public override ValueTask SetAsync<T>(string key, T value, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) =>
        SetAsync(key, value, since: null, options, tags, cancellationToken);

    /// <summary>The position among the removals of tags from which on what is loaded now is valid. While Redis does not answer, the last one known: it may hide more.</summary>
    internal async ValueTask<long> GetPositionAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return await _tagSync.PositionAsync(key, _families.Of(key), [], CacheClock.Add(_clock.Now, _options.RemoteTimeout)).ConfigureAwait(false) ?? _tags.Position;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    internal async ValueTask SetAsync<T>(string key, T value, long? since, HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken)
    {
        RequireCacheable<T>();
        cancellationToken.ThrowIfCancellationRequested();
        var given = NameRules.ValidTags(tags);
        if (!_names.IsUsable(key) || since is { } start && await IsHiddenAsync(key, start, given).ConfigureAwait(false))
            return;
        if (await PrepareAsync(key, value, options, given, since).ConfigureAwait(false) is { } write)
            Complete(write, write.Request is not { } request || await _invalidations.BecomesRemoteCurrentAsync(request.Key).ConfigureAwait(false) && await _remote!.SetAsync(request).ConfigureAwait(false));
        else
            await RemoveAsync(key, cancellationToken).ConfigureAwait(false);
    }

    internal async ValueTask SetManyAsync<T>(IEnumerable<KeyValuePair<string, T>> values, HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(values);
        RequireCacheable<T>();
        cancellationToken.ThrowIfCancellationRequested();
        var given = NameRules.ValidTags(tags);
        var writes = new List<Write>();
        List<string>? removals = null;
        foreach (var (key, value) in values)
        {
            if (!_names.IsUsable(key))
                continue;
            if (await PrepareAsync(key, value, options, given).ConfigureAwait(false) is not { } write)
                (removals ??= []).Add(key);
            else if (write.Request is not null)
                writes.Add(write);
            else
                // Before the next one is prepared, which may advance the epoch of this one's group: L1 has the only copy.
                Complete(write, isStored: true);
        }

        if (removals is not null)
            await RemoveAsync(removals, cancellationToken).ConfigureAwait(false);
        await WriteAsync(writes).ConfigureAwait(false);
    }

    /// <summary>Whether a tag was removed since: the value would never be served, and would replace one that was loaded later. Removals from now on are seen by who reads it.</summary>
    private async ValueTask<bool> IsHiddenAsync(string key, long since, string[] tags)
    {
        var family = _families.Of(key);
        return await _tagSync.CheckAsync(Stamps.At(since, tags), key, family, CacheClock.Never).ConfigureAwait(false) == TagVerdict.Hidden;
    }

    /// <summary>Null when the value cannot be stored: the existing entry is then removed, because it is outdated.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Write?> PrepareAsync<T>(string key, T value, HybridCacheEntryOptions? options, string[] tags, long? since = null)
    {
        var family = _families.Of(key);
        var settings = EntrySettings.From(family, options);
        // Callers from now on must not join a load that began before this write, and its result must not be stored.
        _invalidations.Drop(key);
        using var payload = settings.MayStore && _names.AreUsable(family, tags) ? _codec.TrySerialize(family, value) : null;
        if (payload is null)
            return null;
        var known = await _tagSync.PositionAsync(key, family, tags, CacheClock.Never).ConfigureAwait(false);
        var stamps = known is { } position ? Stamps.At(since ?? position, tags) : default;
        // Read the epoch before the L1 lifetime is computed: if the stream breaks in between, the entry must not be inserted with the long lifetime.
        var epoch = _local.EpochOf(key);
        var frame = _codec.FrameFor<T>(family, settings, stamps, value is null, payload.Written);
        var entry = _codec.EntryFor(key, family, settings, frame, value, isTracked: known is not null);
        var isShared = _remote is not null && settings.WriteRemote && known is not null;
        return new Write(isShared ? _codec.Encode(new RemoteKey(key, settings.Sliding), 0, family, settings, frame) : null, settings, entry, epoch);
    }

    private async ValueTask WriteAsync(List<Write> writes)
    {
        if (writes.Count == 0)
            return;
        var requests = writes.ConvertAll(static write => write.Request!.Value);
        var isStored = await _invalidations.BecomesRemoteCurrentAsync(requests.ConvertAll(static request => request.Key)).ConfigureAwait(false) && await _remote!.RunAsync(requests, static (store, requests) => store.SetManyAsync(requests)).ConfigureAwait(false);
        if (isStored)
            requests.ForEach(static request => BufferPool.Return(request.Frame));
        writes.ForEach(write => Complete(write, isStored));
    }

    /// <summary>Inserts a written value into L1. When it should be in Redis but is not, its key is invalidated instead.</summary>
    private void Complete(in Write write, bool isStored)
    {
        var key = write.Entry.Key;
        // Detach again: a flight that began during the write may have read the previous value.
        _flights.Detach(key);
        if (_remote is null || !write.Settings.WriteRemote)
        {
            _coherence.Replace(write.Entry, write.Settings, write.Epoch);
        }
        else if (isStored && write.Request is not null)
        {
            _invalidations.OnSet(key, write.Entry.Times.Created);
            _fills.InsertStored(write.Entry, write.Settings, write.Epoch);
        }
        else
        {
            _invalidations.Queue(new RemoteKey(key, write.Settings.Sliding));
            _invalidations.Drop(key);
        }
    }

    /// <param name="Request">The command that stores it in L2; null when it is not stored there.</param>
    /// <param name="Settings">The settings of the entry.</param>
    /// <param name="Entry">The entry for L1.</param>
    /// <param name="Epoch">The key's epoch before the entry was created.</param>
    private readonly record struct Write(StoreRequest? Request, EntrySettings Settings, LocalEntry Entry, long Epoch);
}
