using System.Globalization;
using System.Net;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>A primary of a cluster.</summary>
/// <param name="EndPoint">Where to connect.</param>
/// <param name="OwnsSlots">False for a primary that has joined and has no slots yet.</param>
internal sealed record ClusterPrimary(EndPoint EndPoint, bool OwnsSlots);

/// <summary>
/// The primaries of a cluster as one of its nodes reports them. Read from CLUSTER NODES (https://redis.io/docs/latest/commands/cluster-nodes/), because
/// CLUSTER SLOTS omits primaries without slots: a listener must be connected before such a primary receives its first slot, otherwise changes are missed.
/// </summary>
internal sealed class ClusterTopology
{
    // <id> <ip:port@cport[,hostname]> <flags> <master> <ping-sent> <pong-recv> <config-epoch> <link-state> <slot> <slot> ...
    private const int AddressField = 1;
    private const int FlagsField = 2;
    private const int LinkField = 7;
    private const int FirstSlotField = 8;

    private ClusterTopology(IReadOnlyList<ClusterPrimary> primaries, bool isCutOff) => (Primaries, IsCutOff) = (primaries, isCutOff);

    /// <summary>All primaries, with and without slots.</summary>
    public IReadOnlyList<ClusterPrimary> Primaries { get; }

    /// <summary>True when the queried node has no link to most of the others: its answer may be outdated.</summary>
    public bool IsCutOff { get; }

    /// <summary>Parses the answer to CLUSTER NODES.</summary>
    /// <param name="text">One line per node.</param>
    /// <param name="asked">The queried node, which may not know its own address.</param>
    /// <param name="preferNames">Prefer announced host names over addresses, because certificates usually contain names.</param>
    /// <exception cref="RespException">The text has another format.</exception>
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
            // "[slot->-node]" is a slot in migration: the node that lists it without brackets still owns it.
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
        // 10.0.0.1:6379@16379,name.example[,shard-id=...]. An IPv6 address contains colons: the port follows the last one.
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
