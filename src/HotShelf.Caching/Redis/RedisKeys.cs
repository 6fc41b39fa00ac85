using HotShelf.Caching.Internal.Remote;
using StackExchange.Redis;

namespace HotShelf.Caching.Redis;

/// <summary>
/// How keys are named in Redis. All that belongs to one entry shares the hash tag <c>{prefix:version:key}</c>, so that a Cluster keeps it in one
/// slot and a script can touch all of it:
/// <code>
/// {hs:v1:product:42}           the frame; only these begin with the tracked prefix "{hs:v1:"
/// lease:{hs:v1:product:42}     the lease, outside of the prefix: taking one is no change that L1 need hear of
/// sliding:{hs:v1:session:ab}   a sliding frame, outside of the prefix: each GETEX would be told as a change
/// {hs:v1:#}                    the ledger of removed tags, a sorted set: when each was removed
/// {hs:v1:#}!copy               the same again; names of ours that are no tags begin with '!'
/// {hs:v1:#}t:category:audio    written and deleted at once when the tag is removed, so that tracking reports which; "f:product" a family, "*" everything
/// </code>
/// A key that itself begins with '#' gets one more.
/// </summary>
internal sealed class RedisKeys(string prefix, string version)
{
    /// <summary>Begins the names under the ledger's own hash tag that are no tags.</summary>
    public const char OwnMark = '!';

    // No entry's key is written so: one that begins with '#' gets another.
    private const string LedgerMark = "#}";

    /// <summary>What tracked keys begin with.</summary>
    public string TrackedPrefix { get; } = $"{{{prefix}:{version}:";

    public RedisKey Frame(RemoteKey key) => key.Sliding is null ? Tagged(key.Name) : "sliding:" + Tagged(key.Name);

    public RedisKey Lease(RemoteKey key) => "lease:" + Tagged(key.Name);

    public RedisKey Ledger { get; } = $"{{{prefix}:{version}:{LedgerMark}";

    public RedisKey LedgerCopy { get; } = $"{{{prefix}:{version}:{LedgerMark}{OwnMark}copy";

    /// <summary>The key whose change reports the removal of a tag.</summary>
    public RedisKey Removal(string name) => $"{TrackedPrefix}{LedgerMark}{name}";

    private string Tagged(string key) => key.StartsWith('#') ? $"{TrackedPrefix}#{key}}}" : $"{TrackedPrefix}{key}}}";

    /// <summary>Tells a physical key under the tracked prefix apart.</summary>
    /// <param name="physical">As Redis knows it.</param>
    /// <param name="name">The application's key; else the tag that was removed, empty for the ledger itself.</param>
    /// <returns>True for what concerns tags.</returns>
    public bool IsOfTags(ReadOnlySpan<char> physical, out ReadOnlySpan<char> name)
    {
        name = physical[TrackedPrefix.Length..];
        if (name.StartsWith(LedgerMark))
        {
            name = name[LedgerMark.Length..];
            return true;
        }

        if (name.EndsWith('}'))
            name = name[..^1];
        if (name.StartsWith("##"))
            name = name[1..];
        return false;
    }
}
