using System.Net;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Internal.Telemetry;

/// <summary>
/// Every log message of the cache. Messages contain no keys, tags or values, which may hold personal data. Event ids 1000–1099; client tracking
/// uses 2000–2099 and logs each change of its state once, not each attempt to connect; <see cref="LogLimiter"/> limits what each read would repeat. All messages are in one class: with several classes the order of the
/// generated code varies, and builds are not reproducible.
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
    public const int ObserverFailedId = 1015;
    public const int KeptDataMayBeEvictedId = 1016;
    public const int DatabaseSharesKeysId = 1017;
    public const int TrackingBackId = 2000;
    public const int TrackingLostId = 2001;
    public const int TrackingRefusedId = 2002;
    public const int TrackingUnreachableId = 2003;
    public const int TrackingMovedId = 2004;
    public const int TrackingHandlerFailedId = 2005;
    public const int TrackingRetryId = 2006;
    public const int TrackingTopologyChangedId = 2007;

    [LoggerMessage(RemoteOperationFailedId, LogLevel.Debug, "Redis operation failed ({Reason}). The caller continues without Redis.", EventName = "RemoteOperationFailed")]
    public static partial void RemoteOperationFailed(ILogger logger, string reason);

    [LoggerMessage(CircuitOpenedId, LogLevel.Warning, "Circuit opened after {Failures} consecutive Redis failures ({Reason}). Requests are served from memory and the origin until Redis answers.", EventName = "CircuitOpened")]
    public static partial void CircuitOpened(ILogger logger, int failures, string reason);

    [LoggerMessage(CircuitClosedId, LogLevel.Information, "Circuit closed: Redis answers again.", EventName = "CircuitClosed")]
    public static partial void CircuitClosed(ILogger logger);

    [LoggerMessage(KeyRejectedId, LogLevel.Warning, "Key of {Length} characters not cached: {Reason}.", EventName = "KeyRejected")]
    public static partial void KeyRejected(ILogger logger, int length, string reason);

    [LoggerMessage(PayloadTooLargeId, LogLevel.Warning, "Value of family {Family} not cached: {Bytes} bytes exceed MaximumPayloadBytes ({Limit}).", EventName = "PayloadTooLarge")]
    public static partial void PayloadTooLarge(ILogger logger, string family, int bytes, int limit);

    [LoggerMessage(ServedStaleId, LogLevel.Warning, "Loader failed for family {Family}. Serving stale values until it succeeds or their grace ends.", EventName = "ServedStale")]
    public static partial void ServedStale(ILogger logger, string family, Exception exception);

    [LoggerMessage(InvalidationRememberedId, LogLevel.Warning, "Invalidations could not be sent to Redis. {Count} are pending and will be replayed when Redis answers.", EventName = "InvalidationRemembered")]
    public static partial void InvalidationRemembered(ILogger logger, int count);

    [LoggerMessage(InvalidationsReplayedId, LogLevel.Information, "Replayed {Count} pending invalidations.", EventName = "InvalidationsReplayed")]
    public static partial void InvalidationsReplayed(ILogger logger, int count);

    [LoggerMessage(FrameRejectedId, LogLevel.Debug, "Stored entry of family {Family} rejected ({Reason}). Loading it again.", EventName = "FrameRejected")]
    public static partial void FrameRejected(ILogger logger, string family, Frames.FrameRejection reason);

    [LoggerMessage(BackgroundRefreshFailedId, LogLevel.Debug, "Background refresh of family {Family} failed.", EventName = "BackgroundRefreshFailed")]
    public static partial void BackgroundRefreshFailed(ILogger logger, string family, Exception exception);

    [LoggerMessage(MemoryOnlyId, LogLevel.Information, "Redis is not configured. Caching in process memory only.", EventName = "MemoryOnly")]
    public static partial void MemoryOnly(ILogger logger);

    [LoggerMessage(LeaseWaitExceededId, LogLevel.Warning, "Timed out after LeaseWait waiting for another process to fill an entry of family {Family}. Loading it here, without storing it.", EventName = "LeaseWaitExceeded")]
    public static partial void LeaseWaitExceeded(ILogger logger, string family);

    [LoggerMessage(TagsRejectedId, LogLevel.Warning, "Value of family {Family} not cached: invalid tags, {Reason}.", EventName = "TagsRejected")]
    public static partial void TagsRejected(ILogger logger, string family, string reason);

    [LoggerMessage(SerializationFailedId, LogLevel.Error, "Value of family {Family} not cached: serialization failed.", EventName = "SerializationFailed")]
    public static partial void SerializationFailed(ILogger logger, string family, Exception exception);

    [LoggerMessage(ObserverFailedId, LogLevel.Error, "An ICacheObserver failed. Caching is not affected.", EventName = "ObserverFailed")]
    public static partial void ObserverFailed(ILogger logger, Exception exception);

    [LoggerMessage(DatabaseSharesKeysId, LogLevel.Warning,
        "The cache uses database {Database} with the default prefix. Redis reports changes without their database: a cache with the same prefix in another database of this server removes entries and tags here. Set Caching:Prefix to a name of its own.",
        EventName = "DatabaseSharesKeys")]
    public static partial void DatabaseSharesKeys(ILogger logger, int database);

    [LoggerMessage(KeptDataMayBeEvictedId, LogLevel.Warning,
        "Redis evicts keys when it is full (maxmemory-policy {Policy}), also those of {What}, which cannot be loaded again. Keep them in a cache of their own (AddKeyedHotShelfCaching) on a server with maxmemory-policy noeviction.",
        EventName = "KeptDataMayBeEvicted")]
    public static partial void KeptDataMayBeEvicted(ILogger logger, string policy, string what);

    [LoggerMessage(TrackingBackId, LogLevel.Information, "Client tracking connected to {EndPoint}", EventName = "TrackingBack")]
    public static partial void TrackingBack(ILogger logger, EndPoint endPoint);

    [LoggerMessage(TrackingLostId, LogLevel.Warning, "Client tracking disconnected from {EndPoint}: {Reason}. Reconnecting", EventName = "TrackingLost")]
    public static partial void TrackingLost(ILogger logger, EndPoint endPoint, string reason);

    [LoggerMessage(TrackingRefusedId, LogLevel.Warning,
        "Client tracking refused by {EndPoint}: {Reason}. It requires Redis 6 or Valkey and a user with permission for HELLO and CLIENT TRACKING. Retrying every {Retry}",
        EventName = "TrackingRefused")]
    public static partial void TrackingRefused(ILogger logger, EndPoint endPoint, string reason, TimeSpan retry);

    [LoggerMessage(TrackingUnreachableId, LogLevel.Warning, "Client tracking cannot connect to {EndPoint}: {Reason}. Retrying", EventName = "TrackingUnreachable")]
    public static partial void TrackingUnreachable(ILogger logger, EndPoint endPoint, string reason);

    [LoggerMessage(TrackingMovedId, LogLevel.Information, "{EndPoint} is now a replica. Moving client tracking to its primary", EventName = "TrackingMoved")]
    public static partial void TrackingMoved(ILogger logger, EndPoint endPoint);

    [LoggerMessage(TrackingHandlerFailedId, LogLevel.Error, "Client tracking handler failed to process an invalidation. Reconnecting", EventName = "TrackingHandlerFailed")]
    public static partial void TrackingHandlerFailed(ILogger logger, Exception exception);

    [LoggerMessage(TrackingRetryId, LogLevel.Debug, "Client tracking connection to {EndPoint} failed: {Reason}", EventName = "TrackingRetry")]
    public static partial void TrackingRetry(ILogger logger, EndPoint endPoint, string reason);

    [LoggerMessage(TrackingTopologyChangedId, LogLevel.Information, "Cluster topology changed: tracking {Count} primaries", EventName = "TrackingTopologyChanged")]
    public static partial void TrackingTopologyChanged(ILogger logger, int count);
}
