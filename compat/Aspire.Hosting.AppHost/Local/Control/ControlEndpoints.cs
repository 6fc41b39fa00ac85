using System.Runtime.CompilerServices;
using Aspire.Hosting.ApplicationModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Local;

/// <summary>The calls of the control server: JSON and server-sent events for programs, text for persons.</summary>
internal sealed class ControlEndpoints
{
    private static readonly TimeSpan s_healthyLimit = TimeSpan.FromSeconds(30);

    private readonly LocalEngine _engine;

    private ControlEndpoints(LocalEngine engine) => _engine = engine;

    public static void Map(IEndpointRouteBuilder routes, LocalEngine engine)
    {
        var endpoints = new ControlEndpoints(engine);
        routes.MapGet("/status", () => StatusTable.Of(engine) + Environment.NewLine);
        routes.MapGet("/resources", endpoints.List);
        routes.MapGet("/resources/watch", endpoints.Watch);
        routes.MapGet("/resources/{name}/logs", endpoints.LogsAsync);
        routes.MapGet("/resources/{name}/commands", endpoints.Commands);
        routes.MapPost("/resources/{name}/commands/{command}", endpoints.ExecuteAsync);
    }

    private ResourceView[] List() =>
        [.. _engine.Notifications.Current.OrderBy(e => e.ResourceId, StringComparer.Ordinal).Select(e => ResourceView.Of(e, _engine.Secrets))];

    /// <summary>Events named <c>resource</c>: every instance as it is, then each time that one changes.</summary>
    private ServerSentEventsResult<ResourceView> Watch(HttpContext http)
    {
        var aborted = http.RequestAborted;
        return TypedResults.ServerSentEvents(ChangesAsync(aborted), "resource");
    }

    private async IAsyncEnumerable<ResourceView> ChangesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _engine.Stopping);
        await using var changes = _engine.Notifications.WatchAsync(life.Token).GetAsyncEnumerator(life.Token);
        while (await MovesAsync(changes).ConfigureAwait(false))
            yield return ResourceView.Of(changes.Current, _engine.Secrets);
    }

    /// <summary>
    /// The last lines of one instance, or of all instances of a resource: events named <c>line</c> for who accepts them, else text. With
    /// <c>follow=true</c> also every further line; <c>tail</c> is the number of lines that are there already, all that are kept by default.
    /// </summary>
    private async Task<IResult> LogsAsync(string name, HttpContext http, bool follow = false, int tail = ResourceLoggerService.MaximumLines)
    {
        if (!IsKnown(name))
            return Unknown(name);
        if (tail < 0)
            return TypedResults.Text($"tail is {tail}; it must be 0 or more.\n", statusCode: StatusCodes.Status400BadRequest);
        var lines = LinesAsync(name, follow, tail, http.RequestAborted);
        if (http.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase))
            return TypedResults.ServerSentEvents(lines, "line");
        http.Response.ContentType = "text/plain; charset=utf-8";
        await foreach (var line in lines.ConfigureAwait(false))
            await http.Response.WriteAsync(line.Text + Environment.NewLine, http.RequestAborted).ConfigureAwait(false);
        return TypedResults.Empty;
    }

    private async IAsyncEnumerable<LineView> LinesAsync(string name, bool follow, int tail, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _engine.Stopping);
        if (!follow)
        {
            foreach (var line in _engine.Loggers.InstancesOf(name).SelectMany(id => _engine.Loggers.Last(id, tail)))
                yield return ViewOf(line);
            yield break;
        }

        await using var batches = _engine.Loggers.WatchAsync(name, tail, life.Token).GetAsyncEnumerator(life.Token);
        while (await MovesAsync(batches).ConfigureAwait(false))
        {
            foreach (var line in batches.Current)
                yield return ViewOf(line);
        }
    }

    /// <summary>The commands of a resource that are offered now, a line each.</summary>
    private IResult Commands(string name)
    {
        if (ResourceOf(name) is not { } resource)
            return Unknown(name);
        var commands = _engine.Notifications.Current.Where(e => ReferenceEquals(e.Resource, resource)).SelectMany(e => e.Snapshot.Commands)
            .Where(c => c.State == ResourceCommandState.Enabled).DistinctBy(c => c.Name).ToArray();
        var width = commands.Select(c => c.Name.Length).DefaultIfEmpty().Max();
        return TypedResults.Text(string.Concat(commands.Select(c => $"{c.Name.PadRight(width)}  {c.DisplayDescription ?? c.DisplayName}{Environment.NewLine}")));
    }

    /// <summary>Runs a command on an instance or a whole resource. With <c>wait=true</c> answers only when what was started is healthy, at most 30 s later.</summary>
    private async Task<IResult> ExecuteAsync(string name, string command, HttpContext http, bool wait = false)
    {
        if (!IsKnown(name))
            return Unknown(name);
        var result = await _engine.Services.GetRequiredService<ResourceCommandService>().ExecuteCommandAsync(name, command, http.RequestAborted).ConfigureAwait(false);
        var isStart = command == KnownResourceCommands.StartCommand || command == KnownResourceCommands.RestartCommand;
        if (result.Success && wait && isStart)
            await WaitUntilHealthyAsync(name, http.RequestAborted).ConfigureAwait(false);
        var status = result.Success ? StatusCodes.Status200OK : StatusCodes.Status409Conflict;
        if (!http.Request.Headers.Accept.ToString().Contains("text/plain", StringComparison.OrdinalIgnoreCase))
            return TypedResults.Json(new CommandView(result.Success, result.Canceled, result.Message), statusCode: status);
        var text = result.Success ? $"{name}: {StatusTable.StateOf(_engine, ResourceOf(name)!)}{(result.Message is { } said ? $", {said}" : "")}" : result.Message ?? $"{command} failed.";
        return TypedResults.Text(text + Environment.NewLine, statusCode: status);
    }

    private async Task WaitUntilHealthyAsync(string name, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _engine.Stopping);
        limit.CancelAfter(s_healthyLimit);
        try
        {
            await _engine.Notifications.WaitForResourceHealthyAsync(ResourceOf(name)!.Name, WaitBehavior.StopOnResourceUnavailable, limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or DistributedApplicationException)
        {
            // Its state, which the answer tells, says the same.
        }
    }

    private bool IsKnown(string name) => ResourceOf(name) is not null;

    private IResource? ResourceOf(string name) =>
        _engine.Notifications.TryGetCurrentState(name, out var current) ? current!.Resource : _engine.Notifications.FindByName(name);

    private ContentHttpResult Unknown(string name) => TypedResults.Text(
        $"There is no resource '{name}'. There are: {string.Join(", ", _engine.Runners.Where(r => r.Resource is not ParameterResource).Select(r => r.Resource.Name))}.{Environment.NewLine}",
        statusCode: StatusCodes.Status404NotFound);

    private static LineView ViewOf(LogLine line) => new(line.LineNumber, line.Content, line.IsErrorMessage, line.Time, line.Instance);

    // The end of the application or of the caller is the end of the stream, not an error of it.
    private static async ValueTask<bool> MovesAsync<T>(IAsyncEnumerator<T> items)
    {
        try
        {
            return await items.MoveNextAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
