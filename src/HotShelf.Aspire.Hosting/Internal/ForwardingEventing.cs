using System.Collections.Concurrent;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;

namespace Aspire.Hosting.Executables;

/// <summary>
/// Publishes each event of a <see cref="ServerExecutableResource"/> a second time for the container that it stands for: health checks, the creation of
/// databases and users' code have subscribed to that resource through <see cref="IDistributedApplicationBuilder.Eventing"/>. Aspire's own services subscribe
/// through this class and do not see the second event: they track resources by name and accept one instance for each.
/// </summary>
internal sealed class ForwardingEventing(IDistributedApplicationEventing eventing) : IDistributedApplicationEventing
{
    private readonly ConcurrentDictionary<IResource, bool> _replaced = new();

    public void Forward(ServerExecutableResource server) => _replaced[server.Container] = true;

    public DistributedApplicationEventSubscription Subscribe<T>(Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationEvent =>
        eventing.Subscribe<T>((@event, cancellationToken) =>
            @event is IDistributedApplicationResourceEvent { Resource: var resource } && _replaced.ContainsKey(resource) ? Task.CompletedTask : callback(@event, cancellationToken));

    public DistributedApplicationEventSubscription Subscribe<T>(IResource resource, Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationResourceEvent => eventing.Subscribe(resource, callback);

    public void Unsubscribe(DistributedApplicationEventSubscription subscription) => eventing.Unsubscribe(subscription);

    public Task PublishAsync<T>(T @event, CancellationToken cancellationToken = default)
        where T : IDistributedApplicationEvent => PublishAsync(@event, EventDispatchBehavior.BlockingSequential, cancellationToken);

    public async Task PublishAsync<T>(T @event, EventDispatchBehavior dispatchBehavior, CancellationToken cancellationToken = default)
        where T : IDistributedApplicationEvent
    {
        await eventing.PublishAsync(@event, dispatchBehavior, cancellationToken).ConfigureAwait(false);
        if (@event is IDistributedApplicationResourceEvent { Resource: ServerExecutableResource { Container: var container }, Services: var services })
        {
            await (@event switch
            {
                InitializeResourceEvent e => eventing.PublishAsync(new InitializeResourceEvent(container, this,
                    (ResourceLoggerService)services.GetService(typeof(ResourceLoggerService))!, e.Notifications, services), dispatchBehavior, cancellationToken),
                ResourceEndpointsAllocatedEvent => eventing.PublishAsync(new ResourceEndpointsAllocatedEvent(container, services), dispatchBehavior, cancellationToken),
                ConnectionStringAvailableEvent => eventing.PublishAsync(new ConnectionStringAvailableEvent(container, services), dispatchBehavior, cancellationToken),
                BeforeResourceStartedEvent => eventing.PublishAsync(new BeforeResourceStartedEvent(container, services), dispatchBehavior, cancellationToken),
                ResourceReadyEvent => eventing.PublishAsync(new ResourceReadyEvent(container, services), dispatchBehavior, cancellationToken),
                ResourceStoppedEvent e => eventing.PublishAsync(new ResourceStoppedEvent(container, services, e.ResourceEvent), dispatchBehavior, cancellationToken),
                _ => Task.CompletedTask,
            }).ConfigureAwait(false);
        }
    }
}
