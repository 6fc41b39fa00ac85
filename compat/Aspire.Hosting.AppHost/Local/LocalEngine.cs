using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Local;

/// <summary>
/// Runs the app model as processes of this machine. Starting binds every address first, so that nothing starts when something is in the way; then each
/// resource has a runner of its own, which waits, starts, watches and stops it.
/// </summary>
internal sealed class LocalEngine(DistributedApplicationModel model, IDistributedApplicationEventing eventing, IServiceProvider services, AppHostSpace space, EngineSettings settings,
    ResourceNotificationService notifications, ResourceLoggerService loggers, DistributedApplicationExecutionContext execution, AppHostMetadata metadata, TimeProvider time, SecretValues secrets, ControlAddress control, ILoggerFactory loggerFactory)
    : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<ResourceRunner> _runners = [];
    private readonly Lock _lock = new();
    private LogFiles? _logFiles;
    private Janitor? _janitor;
    private ConsoleReporter? _reporter;
    private ControlServer? _control;
    private Task _starting = Task.CompletedTask;
    private Task? _stopping;
    private int _disposed;

    public DistributedApplicationModel Model => model;

    public IDistributedApplicationEventing Eventing => eventing;

    public IServiceProvider Services => services;

    public AppHostSpace Space => space;

    public EngineSettings Settings => settings;

    public ResourceNotificationService Notifications => notifications;

    public SecretValues Secrets => secrets;

    public IReadOnlyList<ResourceRunner> Runners => _runners;

    public ResourceLoggerService Loggers => loggers;

    public DistributedApplicationExecutionContext Execution => execution;

    public AppHostMetadata Metadata => metadata;

    public TimeProvider Time => time;

    /// <summary>Cancelled when the application ends.</summary>
    public CancellationToken Stopping => _stop.Token;

    public ILogger Logger { get; } = loggerFactory.CreateLogger("Aspire.Hosting");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await eventing.PublishAsync(new BeforeStartEvent(services, model), cancellationToken).ConfigureAwait(false);
        _janitor = Janitor.Start(space);
        foreach (var resource in model.Resources)
            _runners.Add(ResourceRunner.For(this, resource));
        foreach (var runner in _runners)
            runner.AllocateEndpoints();
        // Only now, when nobody else runs this application: beginning the files anew would take the other's away.
        _logFiles = new LogFiles(space.Logs, loggers);
        _control = await ControlServer.StartAsync(this, control, cancellationToken).ConfigureAwait(false);
        foreach (var runner in _runners)
            await runner.InitializeAsync(cancellationToken).ConfigureAwait(false);
        if (settings.ShowsConsole)
            _reporter = new ConsoleReporter(this);
        _starting = Task.WhenAll(_runners.Select(r => r.RunAsync()));
        await eventing.PublishAsync(new AfterResourcesCreatedEvent(services, model), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends everything: first what uses the servers, then the servers; what does not end in time is killed.</summary>
    public Task StopAsync()
    {
        lock (_lock)
            return _stopping ??= StopOnceAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await StopAsync().ConfigureAwait(false);
        if (_reporter is not null)
            await _reporter.DisposeAsync().ConfigureAwait(false);
        _logFiles?.Dispose();
        space.DeleteRunFiles();
        _janitor?.Dispose();
        notifications.Dispose();
        _stop.Dispose();
    }

    private async Task StopOnceAsync()
    {
        await QuietlyAsync(_stop.CancelAsync).ConfigureAwait(false);
        var controlEnded = QuietlyAsync(() => _control?.DisposeAsync().AsTask() ?? Task.CompletedTask);
        await QuietlyAsync(() => _starting).ConfigureAwait(false);
        await AllAsync(_runners.Where(r => r.Resource is not ContainerResource), r => r.StopAllAsync(EngineSettings.AppGrace)).ConfigureAwait(false);
        await AllAsync(_runners.Where(r => r.Resource is ContainerResource), r => r.StopAllAsync(EngineSettings.ServerGrace)).ConfigureAwait(false);
        await controlEnded.ConfigureAwait(false);
        await AllAsync(_runners, r => r.DisposeAsync().AsTask()).ConfigureAwait(false);
    }

    private Task AllAsync(IEnumerable<ResourceRunner> runners, Func<ResourceRunner, Task> end) => Task.WhenAll(runners.Select(runner => QuietlyAsync(() => end(runner))));

    // Callbacks of the application run while it ends. One that throws must neither keep the rest from ending nor end this process with a stack trace.
    private async Task QuietlyAsync(Func<Task> end)
    {
        try
        {
            await end().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.EndingFailed(Logger, exception.Message);
        }
    }
}
