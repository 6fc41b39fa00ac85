using HotShelf.Caching.Internal.Tags;

namespace HotShelf.Caching.Internal;

/// <summary>Removals. <see cref="Remote.Invalidations"/> does them.</summary>
internal sealed partial class HotShelfCache
{
    public override ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default) => RemoveAsync([key], cancellationToken);

    public override async ValueTask RemoveAsync(IEnumerable<string> keys, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        cancellationToken.ThrowIfCancellationRequested();
        await _invalidations.RemoveAsync(keys).ConfigureAwait(false);
    }

    internal async ValueTask RemoveOlderAsync(IEnumerable<KeyValuePair<string, long>> versions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(versions);
        cancellationToken.ThrowIfCancellationRequested();
        await _invalidations.RemoveOlderAsync(versions).ConfigureAwait(false);
    }

    public override ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default) => RemoveByTagAsync([tag], cancellationToken);

    public override ValueTask RemoveByTagAsync(IEnumerable<string> tags, CancellationToken cancellationToken = default) => RemoveByTagAsync(tags, [], cancellationToken);

    internal async ValueTask RemoveByTagAsync(IEnumerable<string> tags, IReadOnlyCollection<string> changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tags);
        cancellationToken.ThrowIfCancellationRequested();
        var names = tags.Where(tag => !string.IsNullOrWhiteSpace(tag) && _names.WhyUnusable(tag) is null).Distinct(StringComparer.Ordinal).Select(TagTable.NameOf).ToArray();
        _events.TagsRemoved(names);
        await _invalidations.RemoveTagsAsync(names, changes).ConfigureAwait(false);
    }

    internal async ValueTask RemoveFamilyAsync(string family, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(family);
        cancellationToken.ThrowIfCancellationRequested();
        string[] names = [TagTable.FamilyName(family)];
        _events.TagsRemoved(names);
        await _invalidations.RemoveTagsAsync(names, []).ConfigureAwait(false);
    }

    /// <summary>Removes everything: sets the stamp of <c>*</c>, which applies to every entry.</summary>
    internal async ValueTask BumpVersionAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _events.VersionBumped();
        await _invalidations.RemoveTagsAsync([TagTable.EverythingName], []).ConfigureAwait(false);
    }

    internal ValueTask<bool> SendPendingInvalidationsAsync() => _invalidations.SendPendingAsync();
}
