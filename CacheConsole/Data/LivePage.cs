using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Data;

/// <summary>A component that draws itself anew when what it follows has changed.</summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    /// <summary>How long the first drawing waits for data: a page that says "loading" for an instant only flickers.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(400);

    private readonly List<IDisposable> _watched = [];
    private IReadOnlyList<ILive> _followed = [];
    private bool _isDisposed;

    [Inject]
    private protected FleetData Data { get; set; } = null!;

    [Inject]
    private protected TimeProvider Time { get; set; } = null!;

    /// <summary>What the page follows; asked again when its parameters have changed.</summary>
    private protected abstract IEnumerable<ILive> Sources { get; }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected override async Task OnParametersSetAsync()
    {
        var sources = Sources.ToArray();
        if (!sources.SequenceEqual(_followed))
        {
            Unfollow();
            _followed = sources;
            _watched.AddRange(sources.Select(source => source.Watch(Redraw)));
            Changed();
            await Task.WhenAll(sources.Select(static source => source.FirstAsync(s_patience)));
        }

        Changed();
    }

    private protected void Redraw() => _ = InvokeAsync(() =>
    {
        if (_isDisposed)
            return;
        Changed();
        StateHasChanged();
    });

    /// <summary>Called before each drawing that a parameter or a followed source brought about: the place to compute what is drawn.</summary>
    protected virtual void Changed()
    {
    }

    protected virtual void Dispose(bool disposing)
    {
        _isDisposed = true;
        Unfollow();
    }

    private void Unfollow()
    {
        foreach (var watched in _watched)
            watched.Dispose();
        _watched.Clear();
    }
}
