using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Local;

/// <summary>A resource with processes: one instance per replica, behind a proxy for each endpoint that has one.</summary>
internal sealed class ProcessRunner : ResourceRunner
{
    private readonly Dictionary<string, TcpProxy> _proxies = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Instance> _instances = [];

    public ProcessRunner(LocalEngine engine, IResource resource)
        : base(engine, resource)
    {
        for (var i = 0; i < resource.GetReplicaCount(); i++)
            _instances.Add(new Instance(engine, this, resource, $"{resource.Name}-{ResourceNames.NewSuffix()}"));
        AddCommands();
    }

    public IReadOnlyList<Instance> Instances => _instances;

    public EndpointAnnotation[] Endpoints => [.. Resource.Annotations.OfType<EndpointAnnotation>()];

    public override void AllocateEndpoints()
    {
        foreach (var endpoint in Endpoints)
        {
            var isFixed = endpoint.Port is not null && !Engine.Settings.RandomizePorts;
            var port = isFixed ? endpoint.Port!.Value : Ports.Free();
            try
            {
                if (IsProxied(endpoint))
                    _proxies[endpoint.Name] = TcpProxy.Listen(port);
                else if (isFixed && !Ports.IsFree(port))
                    throw new SocketException((int)SocketError.AddressAlreadyInUse);
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AccessDenied)
            {
                throw new DistributedApplicationException($"Port {port} of the endpoint '{endpoint.Name}' of '{Resource.Name}' may not be used by this user: choose a port above 1023.", exception);
            }
            catch (SocketException exception)
            {
                throw new DistributedApplicationException(PortOwner.Describe(port, Resource.Name, endpoint.Name), exception);
            }

            endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "localhost", port);
        }
    }

    public override async Task InitializeAsync(CancellationToken cancellationToken)
    {
        await Engine.Eventing.PublishAsync(new ResourceEndpointsAllocatedEvent(Resource, Engine.Services), cancellationToken).ConfigureAwait(false);
        if (Resource is IResourceWithConnectionString)
            await Engine.Eventing.PublishAsync(new ConnectionStringAvailableEvent(Resource, Engine.Services), cancellationToken).ConfigureAwait(false);
        var urls = await ResourceUrls.OfAsync(Engine, Resource, cancellationToken).ConfigureAwait(false);
        foreach (var instance in _instances)
        {
            Engine.Loggers.Own(instance.Id, Resource);
            await UpdateAsync(instance.Id, s => s with { Urls = urls, CreationTimeStamp = Engine.Time.GetUtcNow().UtcDateTime }).ConfigureAwait(false);
        }
    }

    public override Task RunAsync() => Resource.HasAnnotationOfType<ExplicitStartupAnnotation>()
        ? Task.CompletedTask
        : Task.WhenAll(_instances.Select(i => i.StartAsync(Engine.Stopping)));

    public override Task StopAllAsync(TimeSpan grace) => Task.WhenAll(_instances.Select(i => i.StopAsync(grace)));

    public override async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies.Values)
            await proxy.DisposeAsync().ConfigureAwait(false);
        foreach (var instance in _instances)
            instance.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    public Task PublishAsync(Instance instance, Func<CustomResourceSnapshot, CustomResourceSnapshot> change) => UpdateAsync(instance.Id, change);

    /// <summary>Something about an instance changed: where connections go, and whether the resource is ready.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var open = _instances.Where(i => i.TakesConnections).ToArray();
        var healthy = open.Where(i => i.Health == HealthStatus.Healthy).ToArray();
        foreach (var (endpoint, proxy) in _proxies)
            proxy.SetTargets([.. (healthy.Length > 0 ? healthy : open).Select(i => i.Ports[endpoint])]);
        if (!cancellationToken.IsCancellationRequested)
            await CheckReadyAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The port that an instance listens on: its own behind a proxy, else the endpoint's.</summary>
    public int PortFor(EndpointAnnotation endpoint) =>
        !IsProxied(endpoint) ? endpoint.AllocatedEndpoint!.Port
        : endpoint.TargetPort is { } wanted && _instances.Count == 1 && !Engine.Settings.RandomizePorts && wanted != endpoint.AllocatedEndpoint!.Port ? wanted
        : Ports.Free();

    // A server listens on its address itself: there is one of it, and a hop less is a hop less.
    public bool IsProxied(EndpointAnnotation endpoint) => Resource is not ContainerResource && endpoint is { IsProxied: true, Protocol: ProtocolType.Tcp };

    private void AddCommands()
    {
        Add(KnownResourceCommands.StartCommand, "Start", "Play", (i, token) => i.StartAsync(token), state => !IsUp(state));
        Add(KnownResourceCommands.StopCommand, "Stop", "Stop", (i, _) => i.StopAsync(EngineSettings.AppGrace), IsUp);
        Add(KnownResourceCommands.RestartCommand, "Restart", "ArrowCounterclockwise", async (i, token) =>
        {
            await i.StopAsync(EngineSettings.AppGrace).ConfigureAwait(false);
            await i.StartAsync(token).ConfigureAwait(false);
        }, IsUp);

        void Add(string name, string displayName, string icon, Func<Instance, CancellationToken, Task> act, Func<string?, bool> isOffered)
        {
            if (Resource.Annotations.OfType<ResourceCommandAnnotation>().Any(c => c.Name == name))
                return;
            Resource.Annotations.Add(new ResourceCommandAnnotation(name, displayName,
                context => isOffered(context.ResourceSnapshot.State?.Text) ? ResourceCommandState.Enabled : ResourceCommandState.Hidden,
                context => ExecuteAsync(context, act), null, null, null, icon, IconVariant.Filled, isHighlighted: true));
        }

        static bool IsUp(string? state) => state is not null && state != KnownResourceStates.NotStarted && !KnownResourceStates.TerminalStates.Contains(state);
    }

    private async Task<ExecuteCommandResult> ExecuteAsync(ExecuteCommandContext context, Func<Instance, CancellationToken, Task> act)
    {
        if (_instances.Find(i => i.Id == context.ResourceName) is not { } instance)
            return CommandResults.Failure($"'{context.ResourceName}' is not an instance of '{Resource.Name}'.");
        // What a command starts lives as long as the application, not as long as the caller.
        await act(instance, Engine.Stopping).WaitAsync(context.CancellationToken).ConfigureAwait(false);
        return Engine.Notifications.TryGetCurrentState(instance.Id, out var now) && now!.Snapshot.State?.Text == KnownResourceStates.FailedToStart
            ? CommandResults.Failure($"'{instance.Id}' failed to start: its log says why.")
            : CommandResults.Success();
    }
}
