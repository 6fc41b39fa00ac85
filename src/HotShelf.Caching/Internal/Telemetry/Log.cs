using System.Net;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Internal.Telemetry;

/// <summary>
/// Every message of the cache. Keys, tags and values are left out on purpose: they may hold personal data. Ids 1000–1099; the coherence stream
/// has 2000–2099, and each of its changes is told once, however often connecting is tried in between. One class: of several the generator writes now this one
/// first and now that, and two builds differ.
/// </summary>
internal static partial class Log
{
    public const int RemoteOperationFailedId = 1000;
    public const int CircuitOpenedId = 1001;
    public const int CircuitClosedId = 1002;
    public const int KeyRejectedId = 1003;
    public const int PayloadTooLargeId = 1004;
    public const int ServedStaleId = 1005;
    public const int InvalidationRememberedId = 1006;
    public const int InvalidationsReplayedId = 1007;
    public const int FrameRejectedId = 1008;
    public const int BackgroundRefreshFailedId = 1009;
    public const int MemoryOnlyId = 1010;
    public const int LeaseWaitExceededId = 1011;
    public const int SerializationFailedId = 1012;
    public const int TagsRejectedId = 1013;
    public const int FleetRefusedId = 1014;
    public const int TrackingBackId = 2000;
    public const int TrackingLostId = 2001;
    public const int TrackingRefusedId = 2002;
    public const int TrackingUnreachableId = 2003;
    public const int TrackingMovedId = 2004;
    public const int TrackingHandlerFailedId = 2005;
    public const int TrackingRetryId = 2006;
    public const int TrackingTopologyChangedId = 2007;

    [LoggerMessage(RemoteOperationFailedId, LogLevel.Debug, "A Redis operation failed ({Reason}); the caller goes on without Redis.", EventName = "RemoteOperationFailed")]
    public static partial void RemoteOperationFailed(ILogger logger, string reason);

    [LoggerMessage(CircuitOpenedId, LogLevel.Warning, "Redis failed {Failures} times in a row: it is left alone until it answers again. Requests are answered from memory and the origin meanwhile.", EventName = "CircuitOpened")]
    public static partial void CircuitOpened(ILogger logger, int failures, Exception exception);

    [LoggerMessage(CircuitClosedId, LogLevel.Information, "Redis answers again and is used again.", EventName = "CircuitClosed")]
    public static partial void CircuitClosed(ILogger logger);

    [LoggerMessage(KeyRejectedId, LogLevel.Warning, "A key of {Length} characters was served uncached: {Reason}.", EventName = "KeyRejected")]
    public static partial void KeyRejected(ILogger logger, int length, string reason);

    [LoggerMessage(PayloadTooLargeId, LogLevel.Warning, "A value of family {Family} was served uncached: {Bytes} bytes exceed MaximumPayloadBytes ({Limit}).", EventName = "PayloadTooLarge")]
    public static partial void PayloadTooLarge(ILogger logger, string family, int bytes, int limit);

    [LoggerMessage(ServedStaleId, LogLevel.Warning, "The origin failed for family {Family}; stale values are served until it recovers or their grace ends.", EventName = "ServedStale")]
    public static partial void ServedStale(ILogger logger, string family, Exception exception);

    [LoggerMessage(InvalidationRememberedId, LogLevel.Warning, "Invalidations could not reach Redis; {Count} wait and are replayed when it answers again.", EventName = "InvalidationRemembered")]
    public static partial void InvalidationRemembered(ILogger logger, int count);

    [LoggerMessage(InvalidationsReplayedId, LogLevel.Information, "Replayed {Count} invalidations that had waited for Redis.", EventName = "InvalidationsReplayed")]
    public static partial void InvalidationsReplayed(ILogger logger, int count);

    [LoggerMessage(FrameRejectedId, LogLevel.Debug, "A stored entry of family {Family} was not usable ({Reason}) and is loaded again.", EventName = "FrameRejected")]
    public static partial void FrameRejected(ILogger logger, string family, Frames.FrameRejection reason);

    [LoggerMessage(BackgroundRefreshFailedId, LogLevel.Debug, "A background refresh of family {Family} failed.", EventName = "BackgroundRefreshFailed")]
    public static partial void BackgroundRefreshFailed(ILogger logger, string family, Exception exception);

    [LoggerMessage(MemoryOnlyId, LogLevel.Information, "No Redis is configured: the cache lives in this process' memory alone.", EventName = "MemoryOnly")]
    public static partial void MemoryOnly(ILogger logger);

    [LoggerMessage(LeaseWaitExceededId, LogLevel.Warning, "Another process fills an entry of family {Family} for longer than LeaseWait; this one loads for itself.", EventName = "LeaseWaitExceeded")]
    public static partial void LeaseWaitExceeded(ILogger logger, string family);

    [LoggerMessage(TagsRejectedId, LogLevel.Warning, "A value of family {Family} was served uncached: of its tags, {Reason}.", EventName = "TagsRejected")]
    public static partial void TagsRejected(ILogger logger, string family, string reason);

    [LoggerMessage(SerializationFailedId, LogLevel.Error, "A value of family {Family} could not be serialized and is served uncached.", EventName = "SerializationFailed")]
    public static partial void SerializationFailed(ILogger logger, string family, Exception exception);

    [LoggerMessage(FleetRefusedId, LogLevel.Warning, "Redis refuses what this node tells consoles of itself ({Reason}): they will not show it. The cache is not affected.", EventName = "FleetRefused")]
    public static partial void FleetRefused(ILogger logger, string reason);

    [LoggerMessage(TrackingBackId, LogLevel.Information, "Changes are told by {EndPoint} again or for the first time, over RESP3 tracking", EventName = "TrackingBack")]
    public static partial void TrackingBack(ILogger logger, EndPoint endPoint);

    [LoggerMessage(TrackingLostId, LogLevel.Warning, "Changes are no longer told by {EndPoint}: {Reason}. Connecting again", EventName = "TrackingLost")]
    public static partial void TrackingLost(ILogger logger, EndPoint endPoint, string reason);

    [LoggerMessage(TrackingRefusedId, LogLevel.Warning,
        "{EndPoint} refuses RESP3 tracking: {Reason}. It needs Redis 6 or Valkey, and a user that may call HELLO and CLIENT TRACKING; asking again every {Retry}",
        EventName = "TrackingRefused")]
    public static partial void TrackingRefused(ILogger logger, EndPoint endPoint, string reason, TimeSpan retry);

    [LoggerMessage(TrackingUnreachableId, LogLevel.Warning, "{EndPoint} cannot be reached to tell changes: {Reason}. Trying on", EventName = "TrackingUnreachable")]
    public static partial void TrackingUnreachable(ILogger logger, EndPoint endPoint, string reason);

    [LoggerMessage(TrackingMovedId, LogLevel.Information, "{EndPoint} is a replica and no longer tells changes; going on to its primary", EventName = "TrackingMoved")]
    public static partial void TrackingMoved(ILogger logger, EndPoint endPoint);

    [LoggerMessage(TrackingHandlerFailedId, LogLevel.Error, "The owner of the stream of changes failed to take what it was told", EventName = "TrackingHandlerFailed")]
    public static partial void TrackingHandlerFailed(ILogger logger, Exception exception);

    [LoggerMessage(TrackingRetryId, LogLevel.Debug, "Connecting to {EndPoint} failed: {Reason}", EventName = "TrackingRetry")]
    public static partial void TrackingRetry(ILogger logger, EndPoint endPoint, string reason);

    [LoggerMessage(TrackingTopologyChangedId, LogLevel.Information, "The cluster has {Count} primaries now; changes are told by each", EventName = "TrackingTopologyChanged")]
    public static partial void TrackingTopologyChanged(ILogger logger, int count);
}
