using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Internal.Telemetry;

/// <summary>
/// Every message of the cache. Keys, tags and values are left out on purpose: they may hold personal data. Ids 1000–1099; the coherence stream
/// has 2000–2099.
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
}
