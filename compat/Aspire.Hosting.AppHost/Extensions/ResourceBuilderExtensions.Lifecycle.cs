using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

// Waiting, starting, commands.
public static partial class ResourceBuilderExtensions
{
    /// <summary>Starts after the other resource runs and is healthy; for a child, its parent too.</summary>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport => Wait(builder, dependency, WaitType.WaitUntilHealthy, null);

    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, WaitBehavior waitBehavior)
        where T : IResourceWithWaitSupport => Wait(builder, dependency, WaitType.WaitUntilHealthy, waitBehavior);

    /// <summary>Starts after the other resource runs.</summary>
    public static IResourceBuilder<T> WaitForStart<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport => Wait(builder, dependency, WaitType.WaitUntilStarted, null);

    public static IResourceBuilder<T> WaitForStart<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, WaitBehavior waitBehavior)
        where T : IResourceWithWaitSupport => Wait(builder, dependency, WaitType.WaitUntilStarted, waitBehavior);

    /// <summary>Starts after the other resource has ended with the exit code.</summary>
    public static IResourceBuilder<T> WaitForCompletion<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, int exitCode = 0)
        where T : IResourceWithWaitSupport => Wait(builder, dependency, WaitType.WaitForCompletion, null, exitCode);

    /// <summary>Does not start with the application but by its start command.</summary>
    public static IResourceBuilder<T> WithExplicitStart<T>(this IResourceBuilder<T> builder)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation(new ExplicitStartupAnnotation());
    }

    public static IResourceBuilder<T> WithCommand<T>(this IResourceBuilder<T> builder, string name, string displayName, Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand, CommandOptions? commandOptions = null)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        commandOptions ??= new CommandOptions();
        foreach (var old in builder.Resource.Annotations.OfType<ResourceCommandAnnotation>().Where(c => c.Name == name).ToArray())
            builder.Resource.Annotations.Remove(old);
        return builder.WithAnnotation(new ResourceCommandAnnotation(name, displayName, commandOptions.UpdateState ?? (_ => ResourceCommandState.Enabled), executeCommand,
            commandOptions.Description, null, commandOptions.ConfirmationMessage, commandOptions.IconName, commandOptions.IconVariant, commandOptions.IsHighlighted));
    }

    /// <summary>A command that sends an HTTP request (POST by default) to the resource; a 2xx answer is success.</summary>
    public static IResourceBuilder<TResource> WithHttpCommand<TResource>(this IResourceBuilder<TResource> builder, string path, string displayName, string? endpointName = null, string? commandName = null, HttpCommandOptions? commandOptions = null)
        where TResource : IResourceWithEndpoints =>
        builder.WithHttpCommand(path, displayName, endpointName is null ? null : () => builder.GetEndpoint(endpointName), commandName, commandOptions);

    public static IResourceBuilder<TResource> WithHttpCommand<TResource>(this IResourceBuilder<TResource> builder, string path, string displayName, Func<EndpointReference>? endpointSelector, string? commandName = null, HttpCommandOptions? commandOptions = null)
        where TResource : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        commandOptions ??= new HttpCommandOptions();
        endpointSelector ??= commandOptions.EndpointSelector;
        var method = commandOptions.Method ?? HttpMethod.Post;
        var endpoint = endpointSelector?.Invoke() ?? FirstHttpEndpoint(builder.Resource, "WithHttpCommand");
        var shown = commandOptions.UpdateState;
        var options = new CommandOptions
        {
            Description = commandOptions.Description,
            ConfirmationMessage = commandOptions.ConfirmationMessage,
            IconName = commandOptions.IconName,
            IconVariant = commandOptions.IconVariant,
            IsHighlighted = commandOptions.IsHighlighted,
            UpdateState = shown ?? (context => context.ResourceSnapshot.HealthStatus == Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy
                ? ResourceCommandState.Enabled : ResourceCommandState.Disabled),
        };
        return builder.WithCommand(commandName ?? $"{endpoint.Resource.Name}-{endpoint.EndpointName}-http-{method.Method.ToLowerInvariant()}-{path}", displayName,
            context => Local.HttpCommand.ExecuteAsync(context, endpoint, path, method, commandOptions), options);
    }

    private static IResourceBuilder<T> Wait<T>(IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, WaitType type, WaitBehavior? behavior, int exitCode = 0)
        where T : IResourceWithWaitSupport
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(dependency);
        if (ReferenceEquals(builder.Resource, dependency.Resource))
            throw new DistributedApplicationException($"The '{builder.Resource.Name}' resource cannot wait for itself.");
        if (dependency.Resource is IResourceWithParent child)
        {
            if (ReferenceEquals(child.Parent, builder.Resource))
                throw new DistributedApplicationException($"The '{builder.Resource.Name}' resource cannot wait for its child '{dependency.Resource.Name}'.");
            if (type != WaitType.WaitForCompletion)
                builder.WithAnnotation(new WaitAnnotation(child.Parent, type, exitCode) { WaitBehavior = behavior });
        }

        builder.WithAnnotation(new ResourceRelationshipAnnotation(dependency.Resource, type == WaitType.WaitForCompletion ? "WaitForCompletion" : "WaitFor"));
        return builder.WithAnnotation(new WaitAnnotation(dependency.Resource, type, exitCode) { WaitBehavior = behavior });
    }
}
