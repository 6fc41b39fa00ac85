using Microsoft.Extensions.Logging;

namespace HotShelf.ServiceDefaults;

/// <summary>Every message of this project. Event ids 9000 to 9099.</summary>
internal static partial class Log
{
    private const int RequestFinishedId = 9000;
    private const int RequestFailedId = 9001;
    private const int DrainingId = 9010;

    [LoggerMessage(RequestFinishedId, LogLevel.Information, "{Method} {Route} {Status} in {DurationMs} ms, cache {Cache}", EventName = "RequestFinished")]
    public static partial void RequestFinished(ILogger logger, string method, string route, int status, double durationMs, string cache);

    [LoggerMessage(RequestFailedId, LogLevel.Error, "{Method} {Route} {Status} in {DurationMs} ms", EventName = "RequestFailed")]
    public static partial void RequestFailed(ILogger logger, string method, string route, int status, double durationMs, Exception? exception);

    [LoggerMessage(DrainingId, LogLevel.Information, "Stopping: not ready any more, still answering for {Delay}", EventName = "Draining")]
    public static partial void Draining(ILogger logger, TimeSpan delay);
}
