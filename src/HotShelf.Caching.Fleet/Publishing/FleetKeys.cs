using StackExchange.Redis;

namespace HotShelf.Caching.Fleet;

/// <summary>
/// The keys of the fleet's data. They share one hash tag, so that they are in one slot of a Cluster and one script can write them. They are outside of
/// the tracked prefix, so that writing them sends no pushes. Nodes of all versions of a prefix share them.
/// <code>
/// fleet:{hs}:alive          sorted set: node id by the time at which it counts as dead (ms)
/// fleet:{hs}:nodes          hash: node id to "sequence of its last batch, space, its document (JSON)"; older versions read the sequence here
/// fleet:{hs}:sequence:a1b2  string: the sequence of this node's last batch
/// fleet:{hs}:hour:496123    hash: "minute:family", or "minute:", to "slot:count,slot:count,…" (FleetSlots)
/// fleet:{hs}:changes        stream: events that affect all nodes; field e contains an event, field lost the document of a dead node
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

    /// <summary>The sequence of a node's last batch.</summary>
    public RedisKey Sequence(string node) => $"{_start}sequence:{node}";

    /// <summary>Channel: an event was added to a stream.</summary>
    public RedisChannel Notifications => Channel("told");

    /// <summary>Channel: requests for the nodes of this version that hold a key.</summary>
    public RedisChannel Questions => Channel($"questions:{version}");

    /// <param name="hour">Hours since 1970.</param>
    public RedisKey Hour(long hour) => $"{_start}hour:{hour}";

    /// <summary>Channel: the answers to one requester.</summary>
    public RedisChannel Answers(string asker) => Channel($"answers:{asker}");

    private RedisChannel Channel(string name) => new(_start + name, RedisChannel.PatternMode.Literal);
}
