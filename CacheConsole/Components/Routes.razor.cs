using HotShelf.CacheConsole.Viewing;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components;

/// <summary>Finds the page of an address, and gives every component the viewer's clock.</summary>
public sealed partial class Routes
{
    private ViewerClock _clock = new(Viewer.Unknown);

    [Parameter, EditorRequired]
    public Viewer Viewer { get; set; } = Viewer.Unknown;

    protected override void OnInitialized() => _clock = new ViewerClock(Viewer);
}
