using HotShelf.CacheConsole.Data;
using HotShelf.Caching.Fleet;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Pages.Cache;

/// <summary>The processes that run the cache.</summary>
public sealed partial class Nodes
{
    private Snapshot<IReadOnlyList<CacheNode>> _nodes = Snapshot<IReadOnlyList<CacheNode>>.Nothing;
    private CacheVersion? _version;

    [Inject]
    private FleetData Data { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    protected override async Task OnInitializedAsync()
    {
        await FollowAsync(Data.Nodes, Data.Version);
        Changed();
    }

    protected override void Changed()
    {
        _nodes = Data.Nodes.Current;
        _version = Data.Version.Current.Value;
    }
}
