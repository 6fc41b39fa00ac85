using HotShelf.Caching.Internal.Remote;
using StackExchange.Redis;

namespace HotShelf.Caching.Redis;

/// <summary>
/// The names of keys in Redis. All keys of one entry share the hash tag <c>{prefix:version:key}</c>, so that they are in one slot of a Cluster and one
/// script can use all of them:
/// <code>
/// {hs:v1:product:42}           the frame; only these begin with the tracked prefix "{hs:v1:"
/// lease:{hs:v1:product:42}     the lease, outside of the tracked prefix: acquiring it changes no entry
/// lease:{hs:v1:product:42}!v   for a few seconds, the version up to which older values were removed
/// sliding:{hs:v1:session:ab}   a sliding frame, outside of the tracked prefix: each GETEX would be reported as a change
/// {hs:v1:#}                    the ledger of removed tags, a sorted set of names by time of removal
/// {hs:v1:#}!copy               a copy of the ledger; internal names that are not tags begin with '!'
/// live-versions:{hs}           the versions that running nodes have, a sorted set by when one of them said so last
/// lease:{hs:v1:#}!change:…      for a few seconds, the tags that were removed for one change
/// {hs:v1:#}t:category:audio    written and deleted when the tag is removed, so that tracking reports it; "f:product" is a family, "*" everything
/// </code>
/// A key that begins with '#' gets a second '#'.
/// </summary>
internal sealed class RedisKeys(string prefix, string version)
{
    /// <summary>The first character of internal names under the ledger's hash tag that are not tags.</summary>
    public const char OwnMark = '!';

    // No entry has this name: keys that begin with '#' get a second '#'.
    private const string LedgerMark = "#}";

    /// <summary>The prefix of tracked keys.</summary>
    public string TrackedPrefix { get; } = $"{{{prefix}:{version}:";

    public RedisKey Frame(RemoteKey key) => Tagged(key.Name, key.Sliding is null ? "" : "sliding:");

    public RedisKey Lease(RemoteKey key) => Tagged(key.Name, "lease:");

    public RedisKey Removed(RemoteKey key) => Tagged(key.Name, "lease:", OwnMark + "v");

    public RedisKey Ledger { get; } = $"{{{prefix}:{version}:{LedgerMark}";

    public RedisKey LedgerCopy { get; } = $"{{{prefix}:{version}:{LedgerMark}{OwnMark}copy";

    /// <summary>The versions of this prefix that running nodes have.</summary>
    public RedisKey LiveVersions { get; } = $"live-versions:{{{prefix}}}";

    /// <summary>The tags that were removed for one change. Outside of the tracked prefix, so that it is not reported to the nodes.</summary>
    public RedisKey Change(string change) => $"lease:{TrackedPrefix}{LedgerMark}{OwnMark}change:{change}";

    public string Version => version;

    /// <summary>The key whose change reports the removal of a tag.</summary>
    public RedisKey Removal(string name) => $"{TrackedPrefix}{LedgerMark}{name}";

    private string Tagged(string key, string before, string after = "") => $"{before}{TrackedPrefix}{(key.StartsWith('#') ? "#" : "")}{key}}}{after}";

    /// <summary>Splits a physical key under the tracked prefix.</summary>
    /// <param name="physical">The name in Redis.</param>
    /// <param name="name">The application's key, or the name of the removed tag; empty for the ledger itself.</param>
    /// <returns>True for a key of the ledger.</returns>
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
