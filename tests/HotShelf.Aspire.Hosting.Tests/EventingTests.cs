using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Executables;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.Aspire.Hosting.Tests;

public sealed class EventingTests
{
    private readonly DistributedApplicationEventing _builderEventing = new();
    private readonly ForwardingEventing _eventing;
    private readonly RedisResource _container = new("cache");
    private readonly ServerExecutableResource _server;
    private readonly ServiceProvider _services = new ServiceCollection().BuildServiceProvider();

    public EventingTests()
    {
        _eventing = new ForwardingEventing(_builderEventing);
        _server = new ServerExecutableResource(_container, new RunAsExecutableAnnotation(new RedisProgram(), new()));
        _eventing.Forward(_server);
    }

    [Fact]
    public async Task Publish_EventOfTheServer_ReachesWhoSubscribedToTheContainer()
    {
        var reached = new List<string>();
        _builderEventing.Subscribe<ConnectionStringAvailableEvent>(_container, (_, _) => Add(reached, "connection string"));
        _builderEventing.Subscribe<BeforeResourceStartedEvent>(_container, (_, _) => Add(reached, "before start"));
        _builderEventing.Subscribe<ResourceReadyEvent>(_container, (_, _) => Add(reached, "ready"));
        _builderEventing.Subscribe<ResourceEndpointsAllocatedEvent>(_container, (_, _) => Add(reached, "endpoints"));

        await _eventing.PublishAsync(new ResourceEndpointsAllocatedEvent(_server, _services));
        await _eventing.PublishAsync(new ConnectionStringAvailableEvent(_server, _services));
        await _eventing.PublishAsync(new BeforeResourceStartedEvent(_server, _services));
        await _eventing.PublishAsync(new ResourceReadyEvent(_server, _services));

        Assert.Equal(["endpoints", "connection string", "before start", "ready"], reached);
    }

    [Fact]
    public async Task Publish_EventOfTheServer_ReachesAspiresServicesOnceAndForTheServer()
    {
        var resources = new List<IResource>();
        _eventing.Subscribe<ResourceReadyEvent>((e, _) =>
        {
            resources.Add(e.Resource);
            return Task.CompletedTask;
        });

        await _eventing.PublishAsync(new ResourceReadyEvent(_server, _services));

        Assert.Equal([_server], resources);
    }

    [Fact]
    public void Annotations_OfTheServer_AreThoseOfTheContainer() => Assert.Same(_container.Annotations, _server.Annotations);

    private static Task Add(List<string> list, string what)
    {
        list.Add(what);
        return Task.CompletedTask;
    }
}
