using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Internal;

/// <summary>Writes without a loader.</summary>
internal sealed partial class HotShelfCache
{
    public override ValueTask SetAsync<T>(string key, T value, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) =>
        SetManyAsync([KeyValuePair.Create(key, value)], options, tags, cancellationToken);

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
            var family = _families.Of(key);
            var settings = EntrySettings.From(family, options);
            // Callers from now on must not join a load that began before this write, and its result must not be stored.
            _invalidations.Drop(key);
            var write = settings.MayStore && _names.AreUsable(family, given) ? await PrepareAsync(key, family, settings, value, given).ConfigureAwait(false) : null;
            if (write is null)
                (removals ??= []).Add(key);
            else
                writes.Add(write);
        }

        if (removals is not null)
            await RemoveAsync(removals, cancellationToken).ConfigureAwait(false);
        await WriteAsync(writes).ConfigureAwait(false);
    }

    /// <summary>Null when the value cannot be stored: the existing entry is then removed, because it is outdated.</summary>
    private async ValueTask<Write?> PrepareAsync<T>(string key, FamilyState family, EntrySettings settings, T value, string[] tags)
    {
        if (!_codec.TrySerialize(family, value, out var payload))
            return null;
        var known = await _tagSync.PositionAsync(key, family, tags, CacheClock.Never).ConfigureAwait(false);
        var stamps = known is { } position ? Stamps.At(position, tags) : default;
        // Read the epoch before the L1 lifetime is computed: if the stream breaks in between, the entry must not be inserted with the long lifetime.
        var epoch = _local.EpochOf(key);
        var frame = _codec.FrameFor<T>(family, settings, stamps, value is null, payload!);
        return new Write(new RemoteKey(key, settings.Sliding), settings, frame, _codec.EntryFor(key, family, settings, frame, value, isTracked: known is not null), epoch);
    }

    private async ValueTask WriteAsync(List<Write> writes)
    {
        if (writes.Count == 0)
            return;
        var shared = _remote is null ? [] : writes.FindAll(write => write.Settings.WriteRemote && write.Frame.Stamps.Tags is not null);
        var isStored = true;
        if (shared.Count > 0)
        {
            var requests = shared.ConvertAll(write => _codec.Encode(write.Key, 0, write.Entry.Family, write.Settings, write.Frame));
            isStored = await _remote!.RunAsync(requests, static (store, requests) => store.SetManyAsync(requests)).ConfigureAwait(false);
        }

        foreach (var write in writes)
        {
            // Detach again: a flight that began during the write may have read the previous value.
            _flights.Detach(write.Key.Name);
            if (_remote is null || !write.Settings.WriteRemote)
            {
                _coherence.Replace(write.Entry, write.Settings, write.Epoch);
            }
            else if (isStored && write.Frame.Stamps.Tags is not null)
            {
                _fills.InsertStored(write.Entry, write.Settings, write.Epoch);
            }
            else
            {
                _invalidations.Queue(write.Key);
                _invalidations.Drop(write.Key.Name);
            }
        }
    }

    /// <param name="Key">The key.</param>
    /// <param name="Settings">The settings of the entry.</param>
    /// <param name="Frame">The frame for L2.</param>
    /// <param name="Entry">The entry for L1.</param>
    /// <param name="Epoch">The key's epoch before the entry was created.</param>
    private sealed record Write(RemoteKey Key, EntrySettings Settings, Frame Frame, LocalEntry Entry, long Epoch);
}
