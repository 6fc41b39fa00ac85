using HotShelf.CacheConsole.Hosting;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Resources;

/// <summary>The only way from a page to a command of the engine, so that read-only holds here for all of them.</summary>
internal sealed class ResourceActions(ResourceService service, IOptions<CacheConsoleOptions> options, ILogger<ResourceActions> logger)
{
    /// <summary>Why nothing can be done here; null when it can.</summary>
    public string? DisabledBecause => options.Value.ReadOnly ? "The console is read-only (CacheConsole:ReadOnly)."
        : service.IsConfigured ? null
        : "There is no engine to ask.";

    /// <summary>Runs a command on an instance, or on all of a resource, and says how it ended; it never throws for what the engine answers.</summary>
    public async Task<CommandOutcome> ExecuteAsync(string name, string command, CancellationToken cancellationToken)
    {
        if (DisabledBecause is { } reason)
            return new CommandOutcome(Success: false, Canceled: false, reason);
        CommandOutcome outcome;
        try
        {
            outcome = await service.ExecuteAsync(name, command, cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException or System.Text.Json.JsonException)
        {
            outcome = new CommandOutcome(Success: false, Canceled: false, $"The engine did not do it: {exception.Message}");
        }

        Log.ResourceCommand(logger, command, name, outcome.Success);
        return outcome;
    }
}
