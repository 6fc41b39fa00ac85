using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Knows the state of every instance of every resource, tells watchers of changes and lets callers wait for them.</summary>
public partial class ResourceNotificationService : IDisposable
{
    private readonly ConcurrentDictionary<string, ResourceEvent> _current = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Channel<ResourceEvent>> _watchers = [];
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _disposed = new();
    private readonly CancellationTokenRegistration _stopping;
    private readonly DistributedApplicationModel _model;

    internal ResourceNotificationService(IHostApplicationLifetime lifetime, DistributedApplicationModel model)
    {
        _model = model;
        _stopping = lifetime.ApplicationStopped.Register(_disposed.Cancel);
    }

    /// <summary>Changes the state of a resource that has one instance.</summary>
    public Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return PublishUpdateAsync(resource, InstancesOf(resource).FirstOrDefault() ?? resource.Name, stateFactory);
    }

    /// <summary>Changes the state of one instance.</summary>
    public Task PublishUpdateAsync(IResource resource, string resourceId, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentNullException.ThrowIfNull(stateFactory);
        // One lock over state and delivery: a watcher sees every change of an instance in the order in which it happened.
        lock (_lock)
        {
            var before = _current.TryGetValue(resourceId, out var known) ? known.Snapshot : Local.Snapshots.Initial(resource);
            var after = stateFactory(before);
            if (ReferenceEquals(before, after) && known is not null)
                return Task.CompletedTask;
            var changed = new ResourceEvent(resource, resourceId, after);
            _current[resourceId] = changed;
            foreach (var watcher in _watchers)
                watcher.Writer.TryWrite(changed);
        }

        return Task.CompletedTask;
    }

    public bool TryGetCurrentState(string resourceId, out ResourceEvent? resourceEvent) => _current.TryGetValue(resourceId, out resourceEvent);

    /// <summary>The present state of every instance, then every change, until cancelled or until the application has stopped.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposed.Token);
        var channel = Channel.CreateUnbounded<ResourceEvent>();
        ResourceEvent[] present;
        lock (_lock)
        {
            present = [.. _current.Values];
            _watchers.Add(channel);
        }

        try
        {
            foreach (var resourceEvent in present)
                yield return resourceEvent;
            await foreach (var resourceEvent in channel.Reader.ReadAllAsync(limit.Token).ConfigureAwait(false))
                yield return resourceEvent;
        }
        finally
        {
            lock (_lock)
                _watchers.Remove(channel);
        }
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _disposed.Cancel();
        GC.SuppressFinalize(this);
    }

    internal IResource? FindByName(string name) => _model.Resources.FirstOrDefault(r => string.Equals(r.Name, name, StringComparison.OrdinalIgnoreCase));

    internal string[] InstancesOf(IResource resource) =>
        [.. _current.Values.Where(e => ReferenceEquals(e.Resource, resource)).Select(e => e.ResourceId).Order(StringComparer.Ordinal)];

    internal ResourceEvent[] Current => [.. _current.Values];
}
