using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HotShelf.ServiceDefaults.Requests;

/// <summary>Logs each finished request once. Probes and scrapes are left out.</summary>
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
        }
        catch (Exception exception)
        {
            Finish(context, startedAt, StatusCodes.Status500InternalServerError, exception);
            throw;
        }

        Finish(context, startedAt, context.Response.StatusCode, exception: null);
    }

    private void Finish(HttpContext context, long startedAt, int status, Exception? exception)
    {
        var elapsed = timeProvider.GetElapsedTime(startedAt);
        var duration = Math.Round(elapsed.TotalMilliseconds, 2);
        var route = Route(context);
        if (exception is not null || status >= StatusCodes.Status500InternalServerError)
        {
            Log.RequestFailed(_logger, context.Request.Method, route, status, duration, exception);
            return;
        }

        var cache = RequestCacheResult.Of(context.Response.Headers["Cache-Status"]);
        Log.RequestFinished(_logger, IsQuiet(status, cache, elapsed) ? LogLevel.Debug : LogLevel.Information, context.Request.Method, route, status, duration, cache);
    }

    private bool IsQuiet(int status, string cache, TimeSpan elapsed) => status < StatusCodes.Status400BadRequest && cache == "hit" && elapsed < options.Value.RequestLogQuietHits;

    // The pattern, never the path: a path holds keys and user ids. After an error the exception handler has cleared the endpoint and kept it in its feature.
    private static string Route(HttpContext context) =>
        ((context.GetEndpoint() ?? context.Features.Get<IExceptionHandlerFeature>()?.Endpoint) as RouteEndpoint)?.RoutePattern.RawText ?? "unmatched";
}
