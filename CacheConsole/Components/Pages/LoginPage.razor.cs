using HotShelf.CacheConsole.Viewing;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Pages;

/// <summary>For those who come without the link.</summary>
public sealed partial class LoginPage
{
    [Parameter, EditorRequired]
    public Viewer Viewer { get; set; } = Viewer.Unknown;

    [Parameter, EditorRequired]
    public string ReturnUrl { get; set; } = "/";

    /// <summary>The token that was sent is wrong.</summary>
    [Parameter]
    public bool Refused { get; set; }
}
