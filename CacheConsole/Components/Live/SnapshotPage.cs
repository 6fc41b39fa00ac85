using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Live;

/// <summary>
/// A page that shows what it is computed from as it changes. It looks a few times a second whether that has another version, instead of being told of
/// each change: however much arrives, a page draws no more often, and while nothing arrives it does nothing.
/// </summary>
public abstract class SnapshotPage : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _life = new();
    private long _seen = -1;

    [Inject]
    protected TimeProvider Time { get; set; } = null!;

    /// <summary>What is shown stays as it is.</summary>
    protected bool IsPaused { get; private set; }

    /// <summary>Something has arrived that a paused page does not show.</summary>
    protected bool HasNewer => IsPaused && Version != _seen;

    /// <summary>Between two looks.</summary>
    protected virtual TimeSpan Interval => TimeSpan.FromMilliseconds(300);

    /// <summary>Changes when there may be something else to show.</summary>
    protected abstract long Version { get; }

    /// <summary>Computes what is shown, from the stores and the parameters.</summary>
    protected abstract void Compute();

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        _life.Cancel();
        _life.Dispose();
    }

    protected override void OnParametersSet() => Look();

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender)
            _ = FollowAsync(_life.Token);
    }

    protected void Pause(bool isPaused)
    {
        IsPaused = isPaused;
        if (!isPaused)
            Look();
    }

    /// <summary>Computes again, because something else is to be shown.</summary>
    protected void Look()
    {
        // The version first: what arrives while computing is then looked at again.
        _seen = Version;
        Compute();
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, Time);
        try
        {
            var hadNewer = false;
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                if (!IsPaused && Version != _seen)
                    await InvokeAsync(Redraw);
                else if (HasNewer != hadNewer)
                    await InvokeAsync(StateHasChanged);
                hadNewer = HasNewer;
            }
        }
        catch (OperationCanceledException)
        {
            // The viewer has left.
        }
        catch (Exception exception)
        {
            await DispatchExceptionAsync(exception);
        }
    }

    private void Redraw()
    {
        Look();
        StateHasChanged();
    }
}
