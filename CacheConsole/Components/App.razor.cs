using HotShelf.CacheConsole.Viewing;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components;

/// <summary>The document around every page.</summary>
public sealed partial class App
{
    private Viewer _viewer = Viewer.Unknown;

    [CascadingParameter]
    private HttpContext? Http { get; set; }

    protected override void OnInitialized() => _viewer = Viewer.Of(Http);
}
