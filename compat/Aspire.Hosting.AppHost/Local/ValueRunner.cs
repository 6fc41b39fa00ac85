using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Local;

/// <summary>A resource without a process of its own: a parameter has a value or not; a child lives as long as its parent runs.</summary>
internal sealed class ValueRunner(LocalEngine engine, IResource resource) : ResourceRunner(engine, resource)
{
    private Task _watching = Task.CompletedTask;

    public override Task InitializeAsync(CancellationToken cancellationToken) =>
        UpdateAsync(Resource.Name, s => s with { State = KnownResourceStates.NotStarted, CreationTimeStamp = Engine.Time.GetUtcNow().UtcDateTime });

    public override async Task RunAsync()
    {
        try
        {
            if (Resource is ParameterResource parameter)
                await ResolveAsync(parameter).ConfigureAwait(false);
            else if (Resource is IResourceWithParent { Parent: var parent })
                _watching = FollowAsync(parent);
            else
                _watching = LiveAsync(Engine.Stopping);
        }
        catch (OperationCanceledException)
        {
            // The application ends.
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await _watching.ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ResolveAsync(ParameterResource parameter)
    {
        try
        {
            var value = await parameter.GetValueAsync(Engine.Stopping).ConfigureAwait(false);
            var shown = new ResourcePropertySnapshot("Value", value) { IsSensitive = parameter.Secret };
            await UpdateAsync(Resource.Name, s => s with { State = KnownResourceStates.Running, Properties = [shown] }).ConfigureAwait(false);
            await CheckReadyAsync(Engine.Stopping).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.StartFailed(Engine.Loggers.GetLogger(Resource), Resource.Name, exception.Message);
            await UpdateAsync(Resource.Name, s => s with { State = new ResourceStateSnapshot(KnownResourceStates.ValueMissing, KnownResourceStateStyles.Error) }).ConfigureAwait(false);
        }
    }

    // Runs while the parent is ready; a parent that has ended takes the child with it.
    private async Task FollowAsync(IResource parent)
    {
        CancellationTokenSource? life = null;
        var living = Task.CompletedTask;
        try
        {
            await foreach (var change in Engine.Notifications.WatchAsync(Engine.Stopping).ConfigureAwait(false))
            {
                if (!ReferenceEquals(change.Resource, parent))
                    continue;
                var isReady = change.Snapshot is { ReadyEventDone: true } && change.Snapshot.State?.Text == KnownResourceStates.Running;
                if (isReady && life is null)
                {
                    life = CancellationTokenSource.CreateLinkedTokenSource(Engine.Stopping);
                    living = LiveAsync(life.Token);
                }
                else if (!isReady && change.Snapshot.State is { } state)
                {
                    if (life is not null)
                    {
                        await life.CancelAsync().ConfigureAwait(false);
                        await living.ConfigureAwait(false);
                        life.Dispose();
                        life = null;
                    }

                    await UpdateAsync(Resource.Name, s => s with { State = state.Text == KnownResourceStates.Running ? KnownResourceStates.Starting : state, ReadyEventDone = false }).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The application ends.
        }
        finally
        {
            await living.ConfigureAwait(false);
            life?.Dispose();
        }
    }

    private async Task LiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Engine.Eventing.PublishAsync(new BeforeResourceStartedEvent(Resource, Engine.Services), cancellationToken).ConfigureAwait(false);
            var reports = Snapshots.NoReports(Resource);
            await UpdateAsync(Resource.Name, s => s with { State = KnownResourceStates.Running, HealthReports = reports, ReadyEventDone = false }).ConfigureAwait(false);
            await HealthMonitor.RunAsync(Engine, Resource, new Dictionary<string, int>(),
                async latest =>
                {
                    await UpdateAsync(Resource.Name, s => s with { HealthReports = latest }).ConfigureAwait(false);
                    await CheckReadyAsync(cancellationToken).ConfigureAwait(false);
                }, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The parent ended, or the application does.
        }
        catch (Exception exception)
        {
            Log.StartFailed(Engine.Loggers.GetLogger(Resource), Resource.Name, exception.Message);
            await UpdateAsync(Resource.Name, s => s with { State = new ResourceStateSnapshot(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error) }).ConfigureAwait(false);
        }
    }
}
