using HotShelf.CacheConsole.Components.Shared;
using HotShelf.CacheConsole.Data;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Components.Pages.Cache;

/// <summary>The processes that run the cache.</summary>
public sealed partial class Nodes
{
    private Snapshot<IReadOnlyList<CacheNode>> _nodes = Snapshot<IReadOnlyList<CacheNode>>.Nothing;
    private CacheVersion? _version;

    private protected override IEnumerable<ILive> Sources => [Data.Nodes, Data.Version];

    protected override void Changed()
    {
        _nodes = Data.Nodes.Current;
        _version = Data.Version.Current.Value;
    }

    private static (Status Status, string Text, string Meaning) Coherence(CacheNode node) => node.Coherence switch
    {
        "tracking" => (Status.Good, "Tracking", "Redis reports every change to it, also those of other programs"),
        "lost" => (Status.Bad, "Lost", "Client tracking is disconnected: its memory was emptied, and copies live for a second at most"),
        var other => (Status.Neutral, other, ""),
    };

    private static (Status Status, string Text, string Meaning) Remote(CacheNode node) => node.RemoteState switch
    {
        "closed" => (Status.Good, "In use", "Redis is read and written"),
        "half-open" => (Status.Warning, "Retrying", "Redis failed and is tried again"),
        "open" => (Status.Bad, "Not used", "Redis failed; answers come from memory and origin until it is back"),
        var other => (Status.Neutral, other, ""),
    };
}
