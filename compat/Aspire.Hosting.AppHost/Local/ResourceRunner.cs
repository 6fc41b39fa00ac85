using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Local;

/// <summary>Brings one resource to life and keeps its state up to date.</summary>
internal abstract class ResourceRunner(LocalEngine engine, IResource resource) : IAsyncDisposable
{
    private readonly SemaphoreSlim _readiness = new(1, 1);

    public IResource Resource => resource;

    protected LocalEngine Engine => engine;

    public static ResourceRunner For(LocalEngine engine, IResource resource) =>
        resource.IsRunnable() ? new ProcessRunner(engine, resource) : new ValueRunner(engine, resource);

    /// <summary>Gives every endpoint its address. Throws when a fixed port is taken.</summary>
    public virtual void AllocateEndpoints()
    {
    }

    /// <summary>Publishes the first state of every instance.</summary>
    public abstract Task InitializeAsync(CancellationToken cancellationToken);

    /// <summary>Starts the resource as the application starts; returns when it is started, failed or the application ends. Never throws.</summary>
    public abstract Task RunAsync();

    public virtual Task StopAllAsync(TimeSpan grace) => Task.CompletedTask;

    public virtual ValueTask DisposeAsync()
    {
        _readiness.Dispose();
        return ValueTask.CompletedTask;
    }

    protected Task UpdateAsync(string instance, Func<CustomResourceSnapshot, CustomResourceSnapshot> change) =>
        engine.Notifications.PublishUpdateAsync(resource, instance, snapshot => WithCommands(change(snapshot)));

    /// <summary>Publishes <see cref="ResourceReadyEvent"/> once per start, when every instance is healthy; only then others may go on that wait for it.</summary>
    protected async Task CheckReadyAsync(CancellationToken cancellationToken)
    {
        await _readiness.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var instances = engine.Notifications.InstancesOf(resource)
                .Select(id => engine.Notifications.TryGetCurrentState(id, out var current) ? current! : null).OfType<ResourceEvent>().ToArray();
            if (instances.Length == 0 || instances.Any(i => i.Snapshot.HealthStatus != Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy) || instances.All(i => i.Snapshot.ReadyEventDone))
                return;
            if (!instances.Any(i => i.Snapshot.ReadyEventDone))
                await engine.Eventing.PublishAsync(new ResourceReadyEvent(resource, engine.Services), cancellationToken).ConfigureAwait(false);
            foreach (var instance in instances)
                await UpdateAsync(instance.ResourceId, s => s.ReadyEventDone ? s : s with { ReadyEventDone = true }).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The application's own callback failed: the resource runs but is not ready, and its log says why.
            Log.CallbackFailed(engine.Loggers.GetLogger(resource), exception);
        }
        finally
        {
            _readiness.Release();
        }
    }

    // The application's own code, called at every change of state, the last ones too: a command whose state is not known is not offered.
    private ResourceCommandState StateOf(ResourceCommandAnnotation command, UpdateCommandStateContext context)
    {
        try
        {
            return command.UpdateState(context);
        }
        catch (Exception exception)
        {
            Log.CallbackFailed(engine.Loggers.GetLogger(resource), exception);
            return ResourceCommandState.Disabled;
        }
    }

    private CustomResourceSnapshot WithCommands(CustomResourceSnapshot snapshot)
    {
        var context = new UpdateCommandStateContext { ResourceSnapshot = snapshot, ServiceProvider = engine.Services };
        return snapshot with
        {
            Commands = [.. resource.Annotations.OfType<ResourceCommandAnnotation>().Select(c => new ResourceCommandSnapshot(
                c.Name, StateOf(c, context), c.DisplayName, c.DisplayDescription, c.Parameter, c.ConfirmationMessage, c.IconName, c.IconVariant, c.IsHighlighted))],
        };
    }
}
