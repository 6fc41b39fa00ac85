namespace HotShelf.CacheWorker;

/// <summary>Every log message of the worker. Event ids 5000 to 5099. Messages contain no keys.</summary>
internal static partial class Log
{
    public const int WarmingStartedId = 5020;
    public const int WarmingDoneId = 5022;
    public const int WarmingBatchFailedId = 5023;
    public const int WarmingFailedId = 5025;
    public const int WarmingLimitId = 5026;
    public const int RankingUnreadableId = 5027;
    public const int AuditFailedId = 5060;
    public const int AuditViolationId = 5061;

    [LoggerMessage(WarmingStartedId, LogLevel.Information, "Warming {Keys} keys ({Reason})", EventName = "WarmingStarted")]
    public static partial void WarmingStarted(ILogger logger, int keys, string reason);

    [LoggerMessage(WarmingDoneId, LogLevel.Information, "Warmed {Done} keys in {Seconds:0.0} s, {Failed} failed", EventName = "WarmingDone")]
    public static partial void WarmingDone(ILogger logger, int done, double seconds, int failed);

    [LoggerMessage(WarmingBatchFailedId, LogLevel.Warning, "Warming a batch of {Keys} keys failed: {Reason}", EventName = "WarmingBatchFailed")]
    public static partial void WarmingBatchFailed(ILogger logger, int keys, string reason);

    [LoggerMessage(WarmingFailedId, LogLevel.Warning, "Warming failed ({Reason}); retrying", EventName = "WarmingFailed")]
    public static partial void WarmingFailed(ILogger logger, string reason);

    [LoggerMessage(WarmingLimitId, LogLevel.Warning, "First warming not finished after {Seconds:0} s. Reporting ready; warming continues", EventName = "WarmingLimit")]
    public static partial void WarmingLimit(ILogger logger, double seconds);

    [LoggerMessage(RankingUnreadableId, LogLevel.Warning, "Reading the popularity ranking failed: {Reason}", EventName = "RankingUnreadable")]
    public static partial void RankingUnreadable(ILogger logger, string reason);

    [LoggerMessage(AuditFailedId, LogLevel.Warning, "Comparing the cache with the database failed ({Reason}); retrying", EventName = "AuditFailed")]
    public static partial void AuditFailed(ILogger logger, string reason);

    [LoggerMessage(AuditViolationId, LogLevel.Error, "An entry of family {Family} has version {Cached}, the database {Stored}, for more than {Seconds:0.0} s. GET /cache/audit names it", EventName = "AuditViolation")]
    public static partial void AuditViolation(ILogger logger, string family, long cached, long stored, double seconds);
}
