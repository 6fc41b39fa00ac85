using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Lifecycle;
using Aspire.Hosting.Publishing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

#pragma warning disable ASPIRECONTAINERRUNTIME001 // Experimental: whether a container engine answers.

namespace Aspire.Hosting.Executables;

/// <summary>
/// Replaces marked container resources by processes before the application starts. As an eventing subscriber it comes after everything that was subscribed
/// while the application was built, so it sees the resources complete.
/// </summary>
internal sealed class ExecutableSubstitution(ForwardingEventing forwarding, IConfiguration configuration, ILogger<ServerExecutableResource> logger)
    : IDistributedApplicationEventingSubscriber
{
    private const string Section = "Aspire:RunAsExecutable";
    private static readonly TimeSpan s_engineTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_portTimeout = TimeSpan.FromSeconds(10);

    public Task SubscribeAsync(IDistributedApplicationEventing eventing, DistributedApplicationExecutionContext executionContext, CancellationToken cancellationToken)
    {
        eventing.Subscribe<BeforeStartEvent>((@event, stop) => ReplaceAsync(@event, eventing, stop));
        return Task.CompletedTask;
    }

    private async Task ReplaceAsync(BeforeStartEvent start, IDistributedApplicationEventing eventing, CancellationToken cancellationToken)
    {
        bool? isEngineRunning = null;
        foreach (var container in start.Model.Resources.OfType<ContainerResource>().ToList())
        {
            if (!container.TryGetLastAnnotation<RunAsExecutableAnnotation>(out var settings))
                continue;
            configuration.GetSection(Section).Bind(settings.Options);
            configuration.GetSection($"{Section}:{container.Name}").Bind(settings.Options);
            var mode = settings.Options.Mode;
            if (mode == RunAsExecutableMode.Never || (mode == RunAsExecutableMode.Auto && OperatingSystem.IsWindows()))
                continue;
            if (OperatingSystem.IsWindows())
                throw new DistributedApplicationException($"'{container.Name}' cannot run as a process on Windows. Set its mode to {nameof(RunAsExecutableMode.Auto)}.");
            if (mode == RunAsExecutableMode.Auto && (isEngineRunning ??= await IsEngineRunningAsync(start.Services, cancellationToken).ConfigureAwait(false)))
                continue;
            Log.RunsAsExecutable(logger, container.Name, mode == RunAsExecutableMode.Auto ? ": no container engine answers" : "");
            await ReplaceAsync(start, container, settings, eventing, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ReplaceAsync(
        BeforeStartEvent start, ContainerResource container, RunAsExecutableAnnotation settings, IDistributedApplicationEventing eventing, CancellationToken cancellationToken)
    {
        var substitute = ServerSubstitute.Create(container, settings);
        var server = substitute.Server;
        await CheckPortsAsync(substitute, cancellationToken).ConfigureAwait(false);
        start.Model.Resources[start.Model.Resources.IndexOf(container)] = server;
        forwarding.Forward(server);
        eventing.Subscribe<BeforeResourceStartedEvent>(server, (_, stop) => substitute.PrepareAsync(start.Services, stop));
        ChildStates.Follow(server, start.Model, start.Services);
    }

    private static async Task<bool> IsEngineRunningAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_engineTimeout);
        try
        {
            var engine = await services.GetRequiredService<IContainerRuntimeResolver>().ResolveAsync(limit.Token).ConfigureAwait(false);
            return await engine.CheckIfRunningAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    // Aspire's orchestrator waits a minute for a port that is taken, and all resources wait with it.
    private async Task CheckPortsAsync(ServerSubstitute substitute, CancellationToken cancellationToken)
    {
        if (configuration.GetValue<bool>("DcpPublisher:RandomizePorts"))
            return;
        foreach (var endpoint in substitute.Server.Annotations.OfType<EndpointAnnotation>())
        {
            if (endpoint.Port is not { } port || await IsFreeAsync(port, cancellationToken).ConfigureAwait(false))
                continue;
            substitute.Failure = $"'{substitute.Server.Name}' cannot start: port {port} is in use. "
                + $"Stop the process that listens on it ('lsof -i :{port}' names it) or choose another port, then start the application again.";
            endpoint.Port = null;
        }
    }

    // An application that has just ended needs a moment to release its ports.
    private static async Task<bool> IsFreeAsync(int port, CancellationToken cancellationToken)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return true;
            }
            catch (SocketException) when (TimeProvider.System.GetElapsedTime(since) < s_portTimeout)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                return false;
            }
        }
    }
}
