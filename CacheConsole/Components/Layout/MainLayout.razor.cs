using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;

namespace HotShelf.CacheConsole.Components.Layout;

/// <summary>The navigation beside the page, and what is shown when a page fails.</summary>
public sealed partial class MainLayout : IDisposable
{
    private ErrorBoundary? _boundary;
    private string _path = "";

    public void Dispose() => Navigator.LocationChanged -= OnLocationChanged;

    protected override void OnInitialized()
    {
        _path = Navigator.ToBaseRelativePath(Navigator.Uri);
        Navigator.LocationChanged += OnLocationChanged;
    }

    // A page that failed must not take the next one with it.
    private void OnLocationChanged(object? sender, LocationChangedEventArgs change)
    {
        _path = Navigator.ToBaseRelativePath(change.Location).Split('#')[0];
        _boundary?.Recover();
        _ = InvokeAsync(StateHasChanged);
    }

    private void Recover() => _boundary?.Recover();
}
