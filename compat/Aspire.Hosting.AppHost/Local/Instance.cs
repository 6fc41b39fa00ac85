using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Local;

/// <summary>One process of a resource, from start to end, as often as it is started.</summary>
internal sealed class Instance(LocalEngine engine, ProcessRunner runner, IResource resource, string id) : IDisposable
{
    private const int MaximumLostPorts = 3;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ILogger _logger = engine.Loggers.GetLogger(id);
    private CancellationTokenSource? _life;
    private Leash? _leash;
    private ProgramStart? _program;
    private Task _watching = Task.CompletedTask;
    private volatile bool _isStopping;
    private int _lostPorts;

    public string Id => id;

    public string Suffix => id[(resource.Name.Length + 1)..];

    /// <summary>The port of each endpoint that this process listens on.</summary>
    public IReadOnlyDictionary<string, int> Ports { get; private set; } = new Dictionary<string, int>();

    public HealthStatus? Health => engine.Notifications.TryGetCurrentState(id, out var now) ? now!.Snapshot.HealthStatus : null;

    public bool TakesConnections => _leash is { Exited.IsCompleted: false } && !_isStopping;

    public int? ProcessId => _leash is { Exited.IsCompleted: false } leash ? leash.ProcessId : null;

    /// <summary>Waits for what the resource waits for, then starts the process. A failure becomes the state FailedToStart and is in the log.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        try
        {
            if (_leash is { Exited.IsCompleted: false })
                return;
            await StartProcessAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (engine.Stopping.IsCancellationRequested)
        {
            // The application ends before this resource began.
        }
        catch (Exception exception)
        {
            Log.StartFailed(_logger, id, exception.Message);
            await runner.PublishAsync(this, s => s with
            {
                State = new ResourceStateSnapshot(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error),
                StopTimeStamp = engine.Time.GetUtcNow().UtcDateTime,
            }).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Takes the process out of the proxy, asks it to end, kills it when it does not, and returns when it is gone.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_leash is not { Exited.IsCompleted: false } leash)
                return;
            _isStopping = true;
            await runner.RefreshAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
            await runner.PublishAsync(this, s => s with { State = KnownResourceStates.Stopping }).ConfigureAwait(false);
            await leash.StopAsync(_program!.StopSignal, grace).ConfigureAwait(false);
            await _watching.ConfigureAwait(false);
        }
        finally
        {
            _isStopping = false;
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private async Task StartProcessAsync(CancellationToken cancellationToken)
    {
        var waits = resource.Annotations.OfType<WaitAnnotation>().Select(w => w.Resource.Name).Distinct().ToArray();
        if (waits.Length > 0)
        {
            await runner.PublishAsync(this, s => s with { State = KnownResourceStates.Waiting, ExitCode = null }).ConfigureAwait(false);
            Log.WaitingFor(_logger, string.Join(", ", waits));
            await engine.Notifications.WaitForDependenciesAsync(resource, cancellationToken).ConfigureAwait(false);
        }

        await runner.PublishAsync(this, s => s with { State = KnownResourceStates.Starting, ExitCode = null, ReadyEventDone = false, HealthReports = Snapshots.NoReports(resource) }).ConfigureAwait(false);
        await engine.Eventing.PublishAsync(new BeforeResourceStartedEvent(resource, engine.Services), cancellationToken).ConfigureAwait(false);
        ReturnPorts();
        Ports = runner.Endpoints.ToDictionary(e => e.Name, runner.PortFor, StringComparer.OrdinalIgnoreCase);
        var launch = await Launch.ResolveAsync(engine, resource, this, _logger, cancellationToken).ConfigureAwait(false);
        _program = await Programs.PrepareAsync(engine, resource, this, launch, _logger, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        _leash = Leash.Start(_program, (line, isError) => engine.Loggers.Append(id, line, isError));
        Log.Started(_logger, _leash.ProcessId, _program.FileName);

        _life = CancellationTokenSource.CreateLinkedTokenSource(engine.Stopping);
        var (processId, started) = (_leash.ProcessId, engine.Time.GetUtcNow().UtcDateTime);
        await runner.PublishAsync(this, s => s with
        {
            State = new ResourceStateSnapshot(KnownResourceStates.Running, KnownResourceStateStyles.Success),
            StartTimeStamp = started,
            StopTimeStamp = null,
            EnvironmentVariables = [.. launch.Environment.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => new EnvironmentVariableSnapshot(v.Key, v.Value, IsFromSpec: true))],
            Properties = [new("executable.path", _program.FileName), new("executable.workDir", _program.WorkingDirectory), new("executable.pid", processId)],
        }).ConfigureAwait(false);
        _watching = WatchAsync(_leash, _life);
    }

    private async Task WatchAsync(Leash leash, CancellationTokenSource life)
    {
        var health = MonitorAsync(life.Token);
        var code = await leash.Exited.ConfigureAwait(false);
        if (_program?.Ended is { } ended)
            await ended().ConfigureAwait(false);
        await life.CancelAsync().ConfigureAwait(false);
        await health.ConfigureAwait(false);
        life.Dispose();
        Log.Ended(_logger, code);
        var wasAsked = _isStopping;
        if (!wasAsked && code != 0 && HasLostItsPort())
        {
            Log.Note(_logger, "Another program took its port before it could: starting it on another one");
            // Not waited for: a stop that runs now waits for this watch, and the start for the stop.
            _ = StartAsync(engine.Stopping);
            return;
        }

        var state = wasAsked || code != 0 ? KnownResourceStates.Exited : KnownResourceStates.Finished;
        await runner.PublishAsync(this, s => s with
        {
            State = new ResourceStateSnapshot(state, wasAsked || code == 0 ? null : KnownResourceStateStyles.Error),
            ExitCode = code,
            StopTimeStamp = engine.Time.GetUtcNow().UtcDateTime,
            HealthReports = Snapshots.NoReports(resource),
            ReadyEventDone = false,
        }).ConfigureAwait(false);
        await runner.RefreshAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        if (engine.Notifications.TryGetCurrentState(id, out var last))
            await engine.Eventing.PublishAsync(new ResourceStoppedEvent(resource, engine.Services, last!), Eventing.EventDispatchBehavior.NonBlockingSequential, CancellationToken.None).ConfigureAwait(false);
    }

    private async Task MonitorAsync(CancellationToken cancellationToken)
    {
        try
        {
            await runner.RefreshAsync(cancellationToken).ConfigureAwait(false);
            await HealthMonitor.RunAsync(engine, resource, Ports, async (ImmutableArray<HealthReportSnapshot> latest) =>
            {
                await runner.PublishAsync(this, s => s with { HealthReports = latest }).ConfigureAwait(false);
                await runner.RefreshAsync(cancellationToken).ConfigureAwait(false);
            }, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The process ended, or the application does.
        }
        catch (Exception exception)
        {
            // Whoever waits for the process must not fail because of its health check.
            Log.CallbackFailed(_logger, exception);
        }
    }

    // A port was free when it was chosen; whoever takes it before our process does makes that process end. The proxy's address stays the same.
    private bool HasLostItsPort()
    {
        var isLost = runner.Endpoints.Any(e => runner.IsProxied(e) && Ports.TryGetValue(e.Name, out var port) && !Local.Ports.IsFree(port));
        return isLost && ++_lostPorts <= MaximumLostPorts && !engine.Stopping.IsCancellationRequested;
    }

    private void ReturnPorts()
    {
        foreach (var port in Ports.Values)
            Local.Ports.Return(port);
    }
}
