using System.Net;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>Messages of the stream of changes. Each change of state is told once, however often connecting is tried in between.</summary>
internal static partial class TrackingLog
{
    public const int Back = 2000;
    public const int Lost = 2001;
    public const int Refused = 2002;
    public const int Unreachable = 2003;
    public const int Moved = 2004;
    public const int HandlerFailed = 2005;
    public const int Retry = 2006;
    public const int TopologyChanged = 2007;

    [LoggerMessage(Back, LogLevel.Information, "Changes are told by {EndPoint} again or for the first time, over RESP3 tracking", EventName = "TrackingBack")]
    public static partial void LogBack(this ILogger logger, EndPoint endPoint);

    [LoggerMessage(Lost, LogLevel.Warning, "Changes are no longer told by {EndPoint}: {Reason}. Connecting again", EventName = "TrackingLost")]
    public static partial void LogLost(this ILogger logger, EndPoint endPoint, string reason);

    [LoggerMessage(Refused, LogLevel.Warning,
        "{EndPoint} refuses RESP3 tracking: {Reason}. It needs Redis 6 or Valkey, and a user that may call HELLO and CLIENT TRACKING; asking again every {Retry}",
        EventName = "TrackingRefused")]
    public static partial void LogRefused(this ILogger logger, EndPoint endPoint, string reason, TimeSpan retry);

    [LoggerMessage(Unreachable, LogLevel.Warning, "{EndPoint} cannot be reached to tell changes: {Reason}. Trying on", EventName = "TrackingUnreachable")]
    public static partial void LogUnreachable(this ILogger logger, EndPoint endPoint, string reason);

    [LoggerMessage(Moved, LogLevel.Information, "{EndPoint} is a replica and no longer tells changes; going on to its primary", EventName = "TrackingMoved")]
    public static partial void LogMoved(this ILogger logger, EndPoint endPoint);

    [LoggerMessage(HandlerFailed, LogLevel.Error, "The owner of the stream of changes failed to take what it was told", EventName = "TrackingHandlerFailed")]
    public static partial void LogHandlerFailed(this ILogger logger, Exception exception);

    [LoggerMessage(Retry, LogLevel.Debug, "Connecting to {EndPoint} failed: {Reason}", EventName = "TrackingRetry")]
    public static partial void LogRetry(this ILogger logger, EndPoint endPoint, string reason);

    [LoggerMessage(TopologyChanged, LogLevel.Information, "The cluster has {Count} primaries now; changes are told by each", EventName = "TrackingTopologyChanged")]
    public static partial void LogTopologyChanged(this ILogger logger, int count);
}
