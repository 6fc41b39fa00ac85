namespace Aspire.Hosting.ApplicationModel;

/// <summary>Runs the commands of resources.</summary>
public class ResourceCommandService
{
    private readonly ResourceNotificationService _notifications;
    private readonly ResourceLoggerService _loggers;
    private readonly IServiceProvider _services;

    internal ResourceCommandService(ResourceNotificationService notifications, ResourceLoggerService loggers, IServiceProvider services)
    {
        _notifications = notifications;
        _loggers = loggers;
        _services = services;
    }

    /// <summary>Runs a command on one instance, or on all instances when given the resource's name.</summary>
    public async Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, CancellationToken cancellationToken = default)
    {
        if (_notifications.TryGetCurrentState(resourceId, out var current))
            return await ExecuteAsync(current!.Resource, resourceId, commandName, cancellationToken).ConfigureAwait(false);
        var resource = _notifications.FindByName(resourceId);
        return resource is null
            ? CommandResults.Failure($"There is no resource '{resourceId}'.")
            : await ExecuteCommandAsync(resource, commandName, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs a command on every instance of the resource; fails when one of them fails.</summary>
    public async Task<ExecuteCommandResult> ExecuteCommandAsync(IResource resource, string commandName, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(resource);
        string[] ids = commandName is "resource-start" or "resource-stop" or "resource-restart" ? _notifications.InstancesOf(resource) : [resource.Name];
        var results = await Task.WhenAll(ids.DefaultIfEmpty(resource.Name).Select(id => ExecuteAsync(resource, id, commandName, cancellationToken))).ConfigureAwait(false);
        return results.FirstOrDefault(result => !result.Success) ?? results[0];
    }

    private async Task<ExecuteCommandResult> ExecuteAsync(IResource resource, string resourceId, string commandName, CancellationToken cancellationToken)
    {
        var logger = _loggers.GetLogger(resourceId);
        if (resource.Annotations.OfType<ResourceCommandAnnotation>().LastOrDefault(c => c.Name == commandName) is not { } command)
            return CommandResults.Failure($"The resource '{resource.Name}' has no command '{commandName}'.");
        try
        {
            var result = await command.ExecuteCommand(new ExecuteCommandContext
            {
                ServiceProvider = _services,
                ResourceName = resourceId,
                CancellationToken = cancellationToken,
                Logger = logger,
            }).ConfigureAwait(false);
            if (!result.Success)
                Local.Log.CommandFailed(logger, commandName, result.Message ?? (result.Canceled ? "cancelled" : "no reason given"));
            return result;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return CommandResults.Canceled();
        }
        catch (Exception exception)
        {
            // A command is the application's own code: its failure is an answer, never the end of the engine.
            Local.Log.CommandFailed(logger, commandName, exception.Message);
            return CommandResults.Failure(exception);
        }
    }
}
