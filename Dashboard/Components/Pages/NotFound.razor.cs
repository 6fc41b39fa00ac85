using Microsoft.AspNetCore.Components;

namespace HotShelf.Dashboard.Components.Pages;

/// <summary>Every address that no other page has.</summary>
public sealed partial class NotFound
{
    // Filled only while the server draws the first answer, which is when there is a status to set.
    [CascadingParameter]
    private HttpContext? Http { get; set; }

    /// <summary>The address; of the route alone.</summary>
    [Parameter]
    public string? Path { get; set; }

    protected override void OnInitialized()
    {
        if (Http is not null)
            Http.Response.StatusCode = StatusCodes.Status404NotFound;
    }
}
