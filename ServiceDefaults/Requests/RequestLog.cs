using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HotShelf.ServiceDefaults.Requests;

/// <summary>
/// Logs each finished request once, with the exception if there was one: the framework's own lines about exceptions are off (see <c>LoggingRegistration</c>).
/// Probes and scrapes are left out.
/// </summary>
internal sealed class RequestLog(RequestDelegate next, IOptions<ServiceDefaultsOptions> options, TimeProvider timeProvider, ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger("HotShelf.Requests");

    public Task InvokeAsync(HttpContext context) => DefaultPaths.IsProbe(context.Request.Path) ? next(context) : LogAsync(context);

    private async Task LogAsync(HttpContext context)
    {
        var startedAt = timeProvider.GetTimestamp();
        try
        {
            await next(context).ConfigureAwait(false);
            Finish(context, startedAt, context.Response.StatusCode, HandledBy(context)?.Error);
        }
        catch (Exception exception)
        {
            var status = exception switch
            {
                BadHttpRequestException bad => bad.StatusCode,
                OperationCanceledException when context.RequestAborted.IsCancellationRequested => StatusCodes.Status499ClientClosedRequest,
                _ => StatusCodes.Status500InternalServerError,
            };
            Finish(context, startedAt, status, exception);
            // As the server would, which would log the exception again.
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }

            context.Response.Clear();
            context.Response.StatusCode = status;
        }
    }

    private void Finish(HttpContext context, long startedAt, int status, Exception? exception)
    {
        var elapsed = timeProvider.GetElapsedTime(startedAt);
        var duration = Math.Round(elapsed.TotalMilliseconds, 2);
        var endpoint = context.GetEndpoint() ?? HandledBy(context)?.Endpoint;
        // The pattern, never the path: a path holds keys and user ids.
        var route = (endpoint as RouteEndpoint)?.RoutePattern.RawText ?? "unmatched";
        if (status == StatusCodes.Status503ServiceUnavailable && exception is not null)
        {
            Log.RequestUnavailable(_logger, context.Request.Method, route, status, duration, $"{exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")}");
            return;
        }

        if (status >= StatusCodes.Status500InternalServerError)
        {
            Log.RequestFailed(_logger, context.Request.Method, route, status, duration, exception);
            return;
        }

        var cache = options.Value.CacheResult(context) ?? "none";
        var level = status < StatusCodes.Status400BadRequest && (IsQuickHit(cache, elapsed) || endpoint?.Metadata.GetMetadata<PolledMetadata>() is not null) ? LogLevel.Debug : LogLevel.Information;
        Log.RequestFinished(_logger, level, context.Request.Method, route, status, duration, cache);
    }

    private bool IsQuickHit(string cache, TimeSpan elapsed) => cache == "hit" && elapsed < options.Value.RequestLogQuietHits;

    // After an exception the handler has cleared the endpoint and kept it in its feature.
    private static IExceptionHandlerFeature? HandledBy(HttpContext context) => context.Features.Get<IExceptionHandlerFeature>();
}

/// <summary>Marks endpoints that programs ask again and again.</summary>
internal sealed class PolledMetadata;

/// <summary>What an endpoint says of its place in the request log.</summary>
public static class RequestLogExtensions
{
    /// <summary>For endpoints that a console polls: requests that succeed are logged at Debug.</summary>
    public static TBuilder LogSuccessAtDebug<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new PolledMetadata());
}
