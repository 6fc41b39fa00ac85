using System.Globalization;
using System.Net;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>A primary of a cluster.</summary>
/// <param name="EndPoint">Where to connect.</param>
/// <param name="OwnsSlots">False for one that has joined and holds no keys yet.</param>
internal sealed record ClusterPrimary(EndPoint EndPoint, bool OwnsSlots);

/// <summary>
/// The primaries, as one node of the cluster sees them. CLUSTER NODES (https://redis.io/docs/latest/commands/cluster-nodes/) rather than CLUSTER SLOTS, which
/// leaves out a primary without slots: listening to it before it gets its first slot means that no change is missed when it does.
/// </summary>
internal sealed class ClusterTopology
{
    // <id> <ip:port@cport[,hostname]> <flags> <master> <ping-sent> <pong-recv> <config-epoch> <link-state> <slot> <slot> ...
    private const int AddressField = 1;
    private const int FlagsField = 2;
    private const int LinkField = 7;
    private const int FirstSlotField = 8;

    private ClusterTopology(IReadOnlyList<ClusterPrimary> primaries, bool isCutOff) => (Primaries, IsCutOff) = (primaries, isCutOff);

    /// <summary>Those that own slots, and those that may come to.</summary>
    public IReadOnlyList<ClusterPrimary> Primaries { get; }

    /// <summary>True when the node that was asked has no link to most of the others: what it says may be long out of date.</summary>
    public bool IsCutOff { get; }

    /// <summary>Reads what CLUSTER NODES gave.</summary>
    /// <param name="text">One line for each node.</param>
    /// <param name="asked">The node that was asked; it may not know its own address.</param>
    /// <param name="preferNames">Take host names where nodes announce them: certificates bear names, seldom addresses.</param>
    /// <exception cref="RespException">The text is something else.</exception>
    public static ClusterTopology Parse(string text, EndPoint asked, bool preferNames)
    {
        var primaries = new List<ClusterPrimary>();
        var (linked, others) = (0, 0);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var fields = line.Split(' ');
            if (fields.Length <= LinkField)
                throw new RespException("CLUSTER NODES returned a line with too few fields");
            var flags = fields[FlagsField].Split(',');
            if (!flags.Contains("master") || flags.Contains("noaddr") || flags.Contains("handshake"))
                continue;
            // "[slot->-node]" is a slot on its way: its owner is still the one that lists it without brackets.
            var ownsSlots = fields.Skip(FirstSlotField).Any(slot => slot is [not '[', ..]);
            if (flags.Contains("fail") && !ownsSlots)
                continue;
            if (!flags.Contains("myself"))
            {
                others++;
                linked += fields[LinkField] == "connected" ? 1 : 0;
            }

            primaries.Add(new ClusterPrimary(ParseAddress(fields[AddressField], asked, preferNames), ownsSlots));
        }

        return new ClusterTopology(primaries, isCutOff: linked * 2 < others);
    }

    private static EndPoint ParseAddress(string field, EndPoint asked, bool preferNames)
    {
        // 10.0.0.1:6379@16379,name.example[,shard-id=...]; an IPv6 address has colons of its own, so the port is after the last one.
        var parts = field.Split(',');
        var address = parts[0].Split('@')[0];
        var colon = address.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is 0 or > ushort.MaxValue)
            throw new RespException("CLUSTER NODES returned a node without a port");
        var host = address[..colon];
        if (parts.Length > 1 && parts[1].Length > 0 && !parts[1].Contains('=') && (preferNames || host.Length == 0))
            host = parts[1];
        if (host.Length > 0)
            return TrackingConnection.ToEndPoint(host, port);
        return asked switch
        {
            IPEndPoint ip => new IPEndPoint(ip.Address, port),
            DnsEndPoint dns => new DnsEndPoint(dns.Host, port),
            _ => throw new RespException("CLUSTER NODES returned a node without an address"),
        };
    }
}
