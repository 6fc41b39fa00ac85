using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Eventing;

/// <summary>Something that happens in the life of the application.</summary>
public interface IDistributedApplicationEvent;

/// <summary>Something that happens in the life of one resource.</summary>
public interface IDistributedApplicationResourceEvent : IDistributedApplicationEvent
{
    IResource Resource { get; }
}

/// <summary>How the subscribers of an event are called.</summary>
public enum EventDispatchBehavior
{
    BlockingSequential = 0,
    BlockingConcurrent = 1,
    NonBlockingSequential = 2,
    NonBlockingConcurrent = 3,
}

/// <summary>A subscription; hand it back to end it.</summary>
public class DistributedApplicationEventSubscription(Func<IDistributedApplicationEvent, CancellationToken, Task> callback)
{
    public Func<IDistributedApplicationEvent, CancellationToken, Task> Callback { get; } = callback;
}

/// <summary>Subscribing to events and publishing them.</summary>
public interface IDistributedApplicationEventing
{
    DistributedApplicationEventSubscription Subscribe<T>(Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationEvent;

    DistributedApplicationEventSubscription Subscribe<T>(IResource resource, Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationResourceEvent;

    void Unsubscribe(DistributedApplicationEventSubscription subscription);

    Task PublishAsync<T>(T @event, CancellationToken cancellationToken = default)
        where T : IDistributedApplicationEvent;

    Task PublishAsync<T>(T @event, EventDispatchBehavior dispatchBehavior, CancellationToken cancellationToken = default)
        where T : IDistributedApplicationEvent;
}

internal sealed class DistributedApplicationEventing : IDistributedApplicationEventing
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Type, List<DistributedApplicationEventSubscription>> _subscriptions = [];

    public DistributedApplicationEventSubscription Subscribe<T>(Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationEvent
    {
        ArgumentNullException.ThrowIfNull(callback);
        var subscription = new DistributedApplicationEventSubscription((e, token) => callback((T)e, token));
        lock (_lock)
        {
            if (!_subscriptions.TryGetValue(typeof(T), out var list))
                _subscriptions[typeof(T)] = list = [];
            list.Add(subscription);
        }

        return subscription;
    }

    public DistributedApplicationEventSubscription Subscribe<T>(IResource resource, Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationResourceEvent =>
        Subscribe<T>((e, token) => ReferenceEquals(e.Resource, resource) ? callback(e, token) : Task.CompletedTask);

    public void Unsubscribe(DistributedApplicationEventSubscription subscription)
    {
        lock (_lock)
        {
            foreach (var list in _subscriptions.Values)
                list.Remove(subscription);
        }
    }

    public Task PublishAsync<T>(T @event, CancellationToken cancellationToken)
        where T : IDistributedApplicationEvent => PublishAsync(@event, EventDispatchBehavior.BlockingSequential, cancellationToken);

    public Task PublishAsync<T>(T @event, EventDispatchBehavior dispatchBehavior, CancellationToken cancellationToken)
        where T : IDistributedApplicationEvent
    {
        DistributedApplicationEventSubscription[] subscribers;
        lock (_lock)
            subscribers = _subscriptions.TryGetValue(typeof(T), out var list) ? [.. list] : [];
        switch (dispatchBehavior)
        {
            case EventDispatchBehavior.BlockingConcurrent:
                return Task.WhenAll(subscribers.Select(s => s.Callback(@event, cancellationToken)));
            case EventDispatchBehavior.NonBlockingConcurrent:
                _ = Task.Run(() => Task.WhenAll(subscribers.Select(s => s.Callback(@event, cancellationToken))), cancellationToken);
                return Task.CompletedTask;
            case EventDispatchBehavior.NonBlockingSequential:
                _ = Task.Run(() => OneByOneAsync(subscribers), cancellationToken);
                return Task.CompletedTask;
            default:
                return OneByOneAsync(subscribers);
        }

        async Task OneByOneAsync(DistributedApplicationEventSubscription[] all)
        {
            foreach (var subscriber in all)
                await subscriber.Callback(@event, cancellationToken).ConfigureAwait(false);
        }
    }
}
