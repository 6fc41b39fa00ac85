using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HotShelf.ServiceDefaults.Requests;

/// <summary>Logs each finished request once, names its trace by the route, and keeps probes and scrapes out of traces, metrics and the log.</summary>
internal sealed class RequestObserver(RequestDelegate next, IOptions<ServiceDefaultsOptions> options, TimeProvider timeProvider, ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger("HotShelf.Requests");

    public Task InvokeAsync(HttpContext context) => DefaultPaths.IsProbe(context.Request.Path) ? ProbeAsync(context) : ObserveAsync(context);

    private Task ProbeAsync(HttpContext context)
    {
        if (Activity.Current is { } activity)
        {
            // The server has begun this trace before it knew the path. Exporters drop what is not recorded, and so are the children, which ask their parent.
            activity.IsAllDataRequested = false;
            activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }

        if (context.Features.Get<IHttpMetricsTagsFeature>() is { } metrics)
            metrics.MetricsDisabled = true;
        return next(context);
    }

    private async Task ObserveAsync(HttpContext context)
    {
        var startedAt = timeProvider.GetTimestamp();
        // Kept now: after an error the exception handler has cleared the endpoint, and the activity may have ended.
        var activity = context.Features.Get<IHttpActivityFeature>()?.Activity;
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Finish(context, activity, startedAt, StatusCodes.Status500InternalServerError, exception);
            throw;
        }

        Finish(context, activity, startedAt, context.Response.StatusCode, exception: null);
    }

    private void Finish(HttpContext context, Activity? activity, long startedAt, int status, Exception? exception)
    {
        var isTraced = activity is { IsAllDataRequested: true };
        if (!isTraced && !options.Value.RequestLog)
            return;
        var route = Route(context);
        var cache = RequestCacheResult.Of(context.Response.Headers["Cache-Status"]);
        if (isTraced)
            RequestTrace.Complete(activity!, context.Request.Method, route, status, cache);
        if (!options.Value.RequestLog)
            return;
        var elapsed = timeProvider.GetElapsedTime(startedAt);
        var duration = Math.Round(elapsed.TotalMilliseconds, 2);
        if (exception is not null || status >= 500)
            Log.RequestFailed(_logger, context.Request.Method, route ?? "unmatched", status, duration, exception);
        else
            Log.RequestFinished(_logger, IsQuiet(status, cache, elapsed) ? LogLevel.Debug : LogLevel.Information, context.Request.Method, route ?? "unmatched", status, duration, cache);
    }

    private bool IsQuiet(int status, string cache, TimeSpan elapsed) => status < StatusCodes.Status400BadRequest && cache == "hit" && elapsed < options.Value.RequestLogQuietHits;

    // The pattern, never the path: a path holds keys and user ids.
    private static string? Route(HttpContext context) =>
        (context.GetEndpoint() as RouteEndpoint ?? context.Features.Get<Microsoft.AspNetCore.Diagnostics.IExceptionHandlerFeature>()?.Endpoint as RouteEndpoint)?.RoutePattern.RawText;
}
