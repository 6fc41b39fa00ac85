using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Whether a command is offered.</summary>
public enum ResourceCommandState
{
    Enabled = 0,
    Disabled = 1,
    Hidden = 2,
}

/// <summary>What decides whether a command is offered.</summary>
public sealed class UpdateCommandStateContext
{
    public required CustomResourceSnapshot ResourceSnapshot { get; init; }

    public required IServiceProvider ServiceProvider { get; init; }
}

/// <summary>What a command runs with.</summary>
public sealed class ExecuteCommandContext
{
    public required IServiceProvider ServiceProvider { get; init; }

    public required string ResourceName { get; init; }

    public required CancellationToken CancellationToken { get; init; }

    public required ILogger Logger { get; init; }
}

/// <summary>How a command ended.</summary>
public sealed class ExecuteCommandResult
{
    public required bool Success { get; init; }

    public bool Canceled { get; init; }

    public string? Message { get; init; }
}

/// <summary>Makes command results.</summary>
public static class CommandResults
{
    public static ExecuteCommandResult Success() => new() { Success = true };

    public static ExecuteCommandResult Success(string message) => new() { Success = true, Message = message };

    public static ExecuteCommandResult Failure(string? errorMessage = null) => new() { Success = false, Message = errorMessage };

    public static ExecuteCommandResult Failure(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return Failure(exception.Message);
    }

    public static ExecuteCommandResult Canceled() => new() { Success = false, Canceled = true };
}

/// <summary>How a command looks and when it is offered.</summary>
public class CommandOptions
{
    public string? Description { get; set; }

    public string? ConfirmationMessage { get; set; }

    public string? IconName { get; set; }

    public IconVariant? IconVariant { get; set; }

    public bool IsHighlighted { get; set; }

    public Func<UpdateCommandStateContext, ResourceCommandState>? UpdateState { get; set; }
}

/// <summary>How an HTTP command is sent and its answer read.</summary>
public class HttpCommandOptions : CommandOptions
{
    public HttpMethod? Method { get; set; }

    public string? HttpClientName { get; set; }

    public Func<EndpointReference>? EndpointSelector { get; set; }

    public Func<HttpCommandRequestContext, Task>? PrepareRequest { get; set; }

    public Func<HttpCommandResultContext, Task<ExecuteCommandResult>>? GetCommandResult { get; set; }
}

/// <summary>What prepares the request of an HTTP command.</summary>
public sealed class HttpCommandRequestContext
{
    public required IServiceProvider ServiceProvider { get; init; }

    public required string ResourceName { get; init; }

    public required EndpointReference Endpoint { get; init; }

    public required CancellationToken CancellationToken { get; init; }

    public required HttpClient HttpClient { get; init; }

    public required HttpRequestMessage Request { get; init; }
}

/// <summary>What reads the answer to an HTTP command.</summary>
public sealed class HttpCommandResultContext
{
    public required IServiceProvider ServiceProvider { get; init; }

    public required string ResourceName { get; init; }

    public required EndpointReference Endpoint { get; init; }

    public required CancellationToken CancellationToken { get; init; }

    public required HttpClient HttpClient { get; init; }

    public required HttpResponseMessage Response { get; init; }
}

/// <summary>A command of a resource.</summary>
public sealed class ResourceCommandAnnotation(string name, string displayName, Func<UpdateCommandStateContext, ResourceCommandState> updateState,
    Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand, string? displayDescription, object? parameter, string? confirmationMessage, string? iconName, IconVariant? iconVariant, bool isHighlighted) : IResourceAnnotation
{
    public string Name { get; } = name;

    public string DisplayName { get; } = displayName;

    public Func<UpdateCommandStateContext, ResourceCommandState> UpdateState { get; } = updateState;

    public Func<ExecuteCommandContext, Task<ExecuteCommandResult>> ExecuteCommand { get; } = executeCommand;

    public string? DisplayDescription { get; } = displayDescription;

    public object? Parameter { get; } = parameter;

    public string? ConfirmationMessage { get; } = confirmationMessage;

    public string? IconName { get; } = iconName;

    public IconVariant? IconVariant { get; } = iconVariant;

    public bool IsHighlighted { get; } = isHighlighted;
}

/// <summary>The commands that every resource with a process has.</summary>
public static class KnownResourceCommands
{
    public static readonly string StartCommand = "resource-start";
    public static readonly string StopCommand = "resource-stop";
    public static readonly string RestartCommand = "resource-restart";
}
