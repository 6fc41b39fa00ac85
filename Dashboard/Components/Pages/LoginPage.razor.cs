using HotShelf.Dashboard.Viewing;
using Microsoft.AspNetCore.Components;

namespace HotShelf.Dashboard.Components.Pages;

/// <summary>For those who come without the link.</summary>
public sealed partial class LoginPage
{
    private Viewer _viewer = Viewer.Unknown;

    [Parameter]
    public string ReturnUrl { get; set; } = "/";

    /// <summary>The token that was sent is wrong.</summary>
    [Parameter]
    public bool Refused { get; set; }

    [Inject]
    private IHttpContextAccessor Http { get; set; } = null!;

    protected override void OnInitialized() => _viewer = Viewer.Of(Http.HttpContext);
}
