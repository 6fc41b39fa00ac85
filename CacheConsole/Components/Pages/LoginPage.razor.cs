using HotShelf.CacheConsole.Viewing;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Pages;

/// <summary>Asks for the token.</summary>
public sealed partial class LoginPage
{
    [Parameter, EditorRequired]
    public Viewer Viewer { get; set; } = Viewer.Unknown;

    [Parameter, EditorRequired]
    public string ReturnUrl { get; set; } = "/";

    /// <summary>Why the reader is asked again; null when nothing was wrong.</summary>
    [Parameter]
    public string? Problem { get; set; }
}
