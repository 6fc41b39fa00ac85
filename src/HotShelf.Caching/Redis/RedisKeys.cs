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
/// {hs:v1:#t:category:audio}    the stamp of a tag; "#f:product" of a family, "#*" of everything
/// </code>
/// A key that itself begins with '#' gets one more.
/// </summary>
internal sealed class RedisKeys(string prefix, string version)
{
    /// <summary>What tracked keys begin with.</summary>
    public string TrackedPrefix { get; } = $"{{{prefix}:{version}:";

    public RedisKey Frame(RemoteKey key) => key.Sliding is null ? Tagged(key.Name) : "sliding:" + Tagged(key.Name);

    public RedisKey Lease(RemoteKey key) => "lease:" + Tagged(key.Name);

    public RedisKey Stamp(string name) => $"{TrackedPrefix}#{name}}}";

    private string Tagged(string key) => key.StartsWith('#') ? $"{TrackedPrefix}#{key}}}" : $"{TrackedPrefix}{key}}}";

    /// <summary>Tells a physical key under the tracked prefix apart: the name of a tag, or the application's key.</summary>
    /// <param name="physical">As Redis knows it.</param>
    /// <param name="name">The tag's name or the key.</param>
    /// <returns>True for a tag.</returns>
    public bool IsStamp(ReadOnlySpan<char> physical, out ReadOnlySpan<char> name)
    {
        name = physical[TrackedPrefix.Length..];
        if (name.EndsWith('}'))
            name = name[..^1];
        if (!name.StartsWith('#'))
            return false;
        name = name[1..];
        return !name.StartsWith('#');
    }
}
