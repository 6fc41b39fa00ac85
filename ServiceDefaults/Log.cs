using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace HotShelf.ServiceDefaults;

/// <summary>Every message of this project. Event ids 9000 to 9099.</summary>
internal static partial class Log
{
    private const int RequestFinishedId = 9000;
    private const int RequestFailedId = 9001;
    private const int RequestUnavailableId = 9002;
    private const int DrainingId = 9010;
    private const int CheckRecoveredId = 9020;
    private const int CheckDegradedId = 9021;
    private const int CheckFailedId = 9022;

    [LoggerMessage(EventId = RequestFinishedId, Message = "{Method} {Route} {Status} in {DurationMs} ms, cache {Cache}", EventName = "RequestFinished")]
    public static partial void RequestFinished(ILogger logger, LogLevel level, string method, string route, int status, double durationMs, string cache);

    [LoggerMessage(RequestFailedId, LogLevel.Error, "{Method} {Route} {Status} in {DurationMs} ms", EventName = "RequestFailed")]
    public static partial void RequestFailed(ILogger logger, string method, string route, int status, double durationMs, Exception? exception);

    [LoggerMessage(RequestUnavailableId, LogLevel.Warning, "{Method} {Route} {Status} in {DurationMs} ms: {Cause}", EventName = "RequestUnavailable")]
    public static partial void RequestUnavailable(ILogger logger, string method, string route, int status, double durationMs, string cause);

    [LoggerMessage(DrainingId, LogLevel.Information, "Shutting down: reporting not ready, still serving requests for {Delay}", EventName = "Draining")]
    public static partial void Draining(ILogger logger, TimeSpan delay);

    [LoggerMessage(CheckRecoveredId, LogLevel.Information, "Health check {Check} recovered: healthy, was {Before}", EventName = "CheckRecovered")]
    public static partial void CheckRecovered(ILogger logger, string check, string before);

    [LoggerMessage(CheckDegradedId, LogLevel.Warning, "Health check {Check} is {Status}, was {Before}: {Reason}", EventName = "CheckDegraded")]
    public static partial void CheckDegraded(ILogger logger, string check, HealthStatus status, string before, string reason, Exception? exception);

    [LoggerMessage(CheckFailedId, LogLevel.Error, "Health check {Check} is unhealthy, was {Before}: {Reason}", EventName = "CheckFailed")]
    public static partial void CheckFailed(ILogger logger, string check, string before, string reason, Exception? exception);
}
