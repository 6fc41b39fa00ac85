using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;

namespace HotShelf.CacheConsole.Security;

/// <summary>Ends a page with its session, at sign-out or when the session's time is over: nothing that it still asks for is done, and the browser loads it again, which leads to the sign-in page.</summary>
internal sealed class SessionCircuit(EndedSessions ended, AuthenticationStateProvider user, NavigationManager navigator, TimeProvider time) : CircuitHandler, IDisposable
{
    private Session? _session;
    private ITimer? _end;
    private volatile bool _hasEnded;

    public override async Task OnCircuitOpenedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        _session = Session.Of((await user.GetAuthenticationStateAsync()).User);
        if (_session is null)
            return;
        ended.Ended += OnEnded;
        var left = _session.Until - time.GetUtcNow();
        _end = time.CreateTimer(static circuit => ((SessionCircuit)circuit!).End(), this, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        // It may have ended while the page was opened.
        if (ended.Contains(_session.Id))
            End();
    }

    /// <summary>What was lost while the browser was away is told again.</summary>
    public override Task OnConnectionUpAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        if (_hasEnded)
            End();
        return Task.CompletedTask;
    }

    public override Func<CircuitInboundActivityContext, Task> CreateInboundActivityHandler(Func<CircuitInboundActivityContext, Task> next) =>
        activity => _hasEnded ? Task.CompletedTask : next(activity);

    public override Task OnCircuitClosedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        ended.Ended -= OnEnded;
        _end?.Dispose();
    }

    private void OnEnded(string id)
    {
        if (id == _session?.Id)
            End();
    }

    private void End()
    {
        _hasEnded = true;
        navigator.Refresh(forceReload: true);
    }
}
