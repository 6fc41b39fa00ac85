using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Data;

/// <summary>A component that draws itself anew when what it follows has changed.</summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    /// <summary>How long the first drawing waits for data: a page that says "loading" for an instant only flickers.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(400);

    private readonly List<IDisposable> _watched = [];
    private bool _isDisposed;

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Follows these from now on, and waits a moment for their first data.</summary>
    private protected Task FollowAsync(params ILive[] sources)
    {
        foreach (var source in sources)
            _watched.Add(source.Watch(Redraw));
        return Task.WhenAll(sources.Select(static source => source.FirstAsync(s_patience)));
    }

    /// <summary>Follows nothing any more: before following something else.</summary>
    private protected void Unfollow()
    {
        foreach (var watched in _watched)
            watched.Dispose();
        _watched.Clear();
    }

    private protected void Redraw() => _ = InvokeAsync(() =>
    {
        if (_isDisposed)
            return;
        Changed();
        StateHasChanged();
    });

    /// <summary>Called before each drawing that a followed source brought about: the place to compute what is drawn.</summary>
    protected virtual void Changed()
    {
    }

    protected virtual void Dispose(bool disposing)
    {
        _isDisposed = true;
        Unfollow();
    }
}
