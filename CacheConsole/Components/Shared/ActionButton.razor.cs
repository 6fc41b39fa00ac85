using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Shared;

/// <summary>The button of an action of the cache.</summary>
public sealed partial class ActionButton
{
    private bool _isBusy;

    [Parameter, EditorRequired]
    public string Text { get; set; } = "";

    [Parameter, EditorRequired]
    public IconName Icon { get; set; }

    [Parameter]
    public bool IsDangerous { get; set; }

    [Parameter]
    public string? Class { get; set; }

    [Parameter, EditorRequired]
    public EventCallback OnClick { get; set; }

    private async Task ClickAsync()
    {
        _isBusy = true;
        try
        {
            await OnClick.InvokeAsync();
        }
        finally
        {
            _isBusy = false;
        }
    }
}
