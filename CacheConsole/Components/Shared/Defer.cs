using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace HotShelf.CacheConsole.Components.Shared;

/// <summary>Draws its content after the components before it have started: a table after its columns have told of themselves.</summary>
public sealed class Defer : ComponentBase
{
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    protected override void BuildRenderTree(RenderTreeBuilder builder) => builder.AddContent(0, ChildContent);
}
