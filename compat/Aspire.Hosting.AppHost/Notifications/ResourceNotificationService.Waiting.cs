using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

// Callers that wait for a state.
public partial class ResourceNotificationService
{
    /// <summary>Returns when an instance of the resource is in one of the states; which one it is.</summary>
    public async Task<string> WaitForResourceAsync(string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
    {
        var found = await WaitForResourceAsync(resourceName, e => e.Snapshot.State?.Text is { } state && targetStates.Contains(state, StringComparer.OrdinalIgnoreCase), cancellationToken)
            .ConfigureAwait(false);
        return found.Snapshot.State!.Text;
    }

    /// <summary>Returns when an instance of the resource is in the state; <c>Running</c> when none is given.</summary>
    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, [targetState ?? KnownResourceStates.Running], cancellationToken);

    /// <summary>Returns the first event of the resource, by its name or by an instance's id, that satisfies the predicate.</summary>
    public async Task<ResourceEvent> WaitForResourceAsync(string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        if (FindByName(resourceName) is null && !_current.ContainsKey(resourceName))
            throw new ArgumentException($"There is no resource '{resourceName}'. There are: {string.Join(", ", _model.Resources.Select(r => r.Name))}.", nameof(resourceName));
        await foreach (var resourceEvent in WatchAsync(cancellationToken).ConfigureAwait(false))
        {
            var isMeant = ((string[])[resourceEvent.Resource.Name, resourceEvent.ResourceId]).Contains(resourceName, StringComparer.OrdinalIgnoreCase);
            if (isMeant && predicate(resourceEvent))
                return resourceEvent;
        }

        throw new OperationCanceledException($"The application stopped before '{resourceName}' reached the awaited state.");
    }

    /// <summary>Returns when every instance of the resource runs and is healthy.</summary>
    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceHealthyAsync(resourceName, WaitBehavior.WaitOnResourceUnavailable, cancellationToken);

    /// <summary>Returns when every instance of the resource runs and is healthy; optionally throws as soon as one has ended or failed to start.</summary>
    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, resourceEvent =>
        {
            if (waitBehavior == WaitBehavior.StopOnResourceUnavailable)
                ThrowIfUnavailable(resourceEvent);
            return IsHealthy(resourceEvent.Resource);
        }, cancellationToken);

    /// <summary>Returns when everything that the resource waits for is ready.</summary>
    public async Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(resource);
        await Task.WhenAll(resource.Annotations.OfType<WaitAnnotation>().Select(wait => WaitAsync(resource, wait, cancellationToken))).ConfigureAwait(false);
    }

    // All instances count: a service of two replicas of which one is not up yet is not ready.
    internal bool IsHealthy(IResource resource)
    {
        var instances = _current.Values.Where(e => ReferenceEquals(e.Resource, resource)).ToArray();
        return instances.Length > 0 && instances.All(e => e.Snapshot is { HealthStatus: HealthStatus.Healthy, ReadyEventDone: true });
    }

    private Task WaitAsync(IResource resource, WaitAnnotation wait, CancellationToken cancellationToken) => wait.WaitType switch
    {
        WaitType.WaitUntilStarted => WaitForResourceAsync(wait.Resource.Name, resourceEvent =>
        {
            if (wait.WaitBehavior == WaitBehavior.StopOnResourceUnavailable)
                ThrowIfUnavailable(resourceEvent);
            return resourceEvent.Snapshot.State?.Text == KnownResourceStates.Running;
        }, cancellationToken),
        WaitType.WaitForCompletion => WaitForResourceAsync(wait.Resource.Name, resourceEvent => HasCompleted(resource, wait, resourceEvent), cancellationToken),
        _ => WaitForResourceHealthyAsync(wait.Resource.Name, wait.WaitBehavior ?? WaitBehavior.WaitOnResourceUnavailable, cancellationToken),
    };

    private static bool HasCompleted(IResource resource, WaitAnnotation wait, ResourceEvent resourceEvent)
    {
        var snapshot = resourceEvent.Snapshot;
        if (snapshot.State?.Text is not { } state || !KnownResourceStates.TerminalStates.Contains(state))
            return false;
        if (state == KnownResourceStates.FailedToStart || (snapshot.ExitCode is { } code && code != wait.ExitCode))
        {
            throw new DistributedApplicationException(
                $"'{resource.Name}' waits for '{wait.Resource.Name}' to end with exit code {wait.ExitCode}, but it is {state} with exit code {snapshot.ExitCode?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "(none)"}.");
        }

        return true;
    }

    private static void ThrowIfUnavailable(ResourceEvent resourceEvent)
    {
        if (resourceEvent.Snapshot.State?.Text is { } state && KnownResourceStates.TerminalStates.Contains(state))
            throw new DistributedApplicationException($"The resource '{resourceEvent.ResourceId}' cannot become healthy: it is {state}.");
    }
}
