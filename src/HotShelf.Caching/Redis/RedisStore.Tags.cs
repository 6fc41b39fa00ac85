using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;
using StackExchange.Redis;

namespace HotShelf.Caching.Redis;

/// <summary>The ledger of removed tags.</summary>
internal sealed partial class RedisStore
{
    /// <summary>Names per script, so that no script blocks the server for long.</summary>
    private const int NamesPerScript = 500;

    private RedisKey[] Ledger => [keys.Ledger, keys.LedgerCopy];

    private RedisValue Retention => (long)options.TagRetention.TotalMilliseconds;

    public async Task<TagChanges> ReadTagsAsync(long generation, long position)
    {
        var database = await DatabaseAsync().ConfigureAwait(false);
        return Changes(await RedisScripts.ReadTags.RunAsync(database, Ledger, [generation, position, Retention]).ConfigureAwait(false));
    }

    public async Task<TagChanges> RemoveTagsAsync(IReadOnlyList<string> names, IReadOnlyCollection<string> changes, long generation, long position)
    {
        var database = await DatabaseAsync().ConfigureAwait(false);
        TagChanges? answer = null;
        foreach (var some in names.Chunk(NamesPerScript))
            answer = await RemoveTagsAsync(database, keys, options, some, changes, generation, position).ConfigureAwait(false);
        return answer!;
    }

    public async Task<long> RestoreTagsAsync(TagRestore lost)
    {
        var database = await DatabaseAsync().ConfigureAwait(false);
        var rest = lost.Removals.ToArray();
        long? generation = null;
        do
        {
            var some = rest[..Math.Min(rest.Length, NamesPerScript)];
            rest = rest[some.Length..];
            // Restore the floors last: until all removals are restored, the higher floors hide the entries that they hide.
            var isLast = rest.Length == 0;
            RedisValue[] values =
            [
                Retention, lost.Position, Floor(isLast ? lost.TagFloor : null), Floor(isLast ? lost.FamilyFloor : null),
                .. some.SelectMany(removal => new RedisValue[] { removal.Name, removal.Stamp }),
            ];
            var restored = await RedisScripts.RestoreTags.RunAsync(database, Ledger, values).ConfigureAwait(false);
            generation ??= Number(restored);
        }
        while (rest.Length > 0);
        return generation.Value;
    }

    /// <summary>Also used to remove tags without a cache.</summary>
    public static async Task<TagChanges> RemoveTagsAsync(
        IDatabase database, RedisKeys keys, HotShelfCachingOptions options, IReadOnlyCollection<string> names, IReadOnlyCollection<string> changes, long generation, long position) =>
        Changes(await RedisScripts.RemoveTags.RunAsync(
            database, [keys.Ledger, keys.LedgerCopy, .. names.Select(keys.Removal), .. changes.Select(keys.Change)],
            [generation, position, (long)options.TagRetention.TotalMilliseconds, TagTable.MaximumRemovals, Milliseconds(s_removedFor), .. names.Select(name => (RedisValue)name)]).ConfigureAwait(false));

    // Commands do not accept null values.
    private static RedisValue Floor(long? floor) => floor is { } known ? known : RedisValue.EmptyString;

    private static TagChanges Changes(RedisResult result)
    {
        var parts = (RedisResult[])result!;
        var serverTime = Number(parts[0]);
        if (parts.Length == 1)
            return new TagChanges(0, 0, 0, 0, [], HasMore: false, serverTime);
        var page = (RedisResult[])parts[5]!;
        var removals = new List<TagRemoval>(page.Length / 2);
        for (var i = 0; i < page.Length; i += 2)
        {
            // Not the internal ones of the ledger, which begin with '!'.
            var name = (string)page[i]!;
            if (TagTable.IsName(name))
                removals.Add(new TagRemoval(name, Number(page[i + 1])));
        }

        const int PageLength = 2 * 5000;
        var hasMore = page.Length == PageLength;
        return new TagChanges(Number(parts[1]), hasMore ? Number(page[^1]) : Number(parts[4]), Number(parts[2]), Number(parts[3]), removals, hasMore, serverTime);
    }
}
