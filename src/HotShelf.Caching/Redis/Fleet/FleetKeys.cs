using StackExchange.Redis;

namespace HotShelf.Caching.Redis.Fleet;

/// <summary>
/// Where the fleet's figures lie. One hash tag for all of them, so that a Cluster keeps them in one slot and one script can write them; outside of
/// the tracked prefix, so that writing them wakes nobody. Nodes of all versions of a prefix share them.
/// <code>
/// fleet:{hs}:alive          sorted set: node id by when it is taken for dead (ms)
/// fleet:{hs}:nodes          hash: node id to "sequence of its last batch, space, its document (JSON)"
/// fleet:{hs}:hour:496123    hash: "minute:family", or "minute:", to "slot:count,slot:count,…" (FleetSlots)
/// fleet:{hs}:changes        stream: what changed something for everybody; field e holds an event, field lost the document of a dead node
/// fleet:{hs}:traffic        stream: fills, removed keys, dropped copies
/// </code>
/// </summary>
internal sealed class FleetKeys(string prefix, string version)
{
    private readonly string _start = $"fleet:{{{prefix}}}:";

    public RedisKey Alive => _start + "alive";

    public RedisKey Nodes => _start + "nodes";

    public RedisKey Changes => _start + "changes";

    public RedisKey Traffic => _start + "traffic";

    /// <summary>Channel: something was added to a stream.</summary>
    public RedisChannel Told => Channel("told");

    /// <summary>Channel: somebody asks which nodes of this version hold a key.</summary>
    public RedisChannel Questions => Channel($"questions:{version}");

    /// <param name="hour">Hours since 1970.</param>
    public RedisKey Hour(long hour) => $"{_start}hour:{hour}";

    /// <summary>Channel: the answers to one who asks.</summary>
    public RedisChannel Answers(string asker) => Channel($"answers:{asker}");

    private RedisChannel Channel(string name) => new(_start + name, RedisChannel.PatternMode.Literal);
}
