namespace HotShelf.CacheWorker;

/// <summary>Every log message of the worker. Event ids 5000 to 5099. Messages contain no keys.</summary>
internal static partial class Log
{
    public const int WarmingStartedId = 5020;
    public const int WarmingProgressId = 5021;
    public const int WarmingDoneId = 5022;
    public const int WarmingBatchFailedId = 5023;
    public const int WarmingStoppedId = 5024;
    public const int WarmingFailedId = 5025;
    public const int WarmingLimitId = 5026;
    public const int RankingUnreadableId = 5027;
    public const int RefreshFailedId = 5028;
    public const int RankingNotSavedId = 5029;
    public const int RankingRestoredId = 5030;
    public const int JournalFailedId = 5031;
    public const int SweepStartedId = 5040;
    public const int SweepDoneId = 5041;
    public const int SweepFailedId = 5042;
    public const int VersionsUnknownId = 5043;
    public const int VersionBumpedId = 5044;
    public const int HiddenSweptId = 5045;
    public const int AuditFailedId = 5060;
    public const int AuditViolationId = 5061;

    [LoggerMessage(WarmingStartedId, LogLevel.Information, "Warming {Keys} keys ({Reason})", EventName = "WarmingStarted")]
    public static partial void WarmingStarted(ILogger logger, int keys, string reason);

    [LoggerMessage(WarmingProgressId, LogLevel.Information, "Warmed {Done} of {Total} keys, {Rate:0} per second, {Eta:0.0} s remaining, {Failed} failed", EventName = "WarmingProgress")]
    public static partial void WarmingProgress(ILogger logger, int done, int total, double rate, double eta, int failed);

    [LoggerMessage(WarmingDoneId, LogLevel.Information, "Warmed {Done} keys in {Seconds:0.0} s, {Failed} failed", EventName = "WarmingDone")]
    public static partial void WarmingDone(ILogger logger, int done, double seconds, int failed);

    [LoggerMessage(WarmingBatchFailedId, LogLevel.Warning, "Warming a batch of {Keys} keys failed: {Reason}", EventName = "WarmingBatchFailed")]
    public static partial void WarmingBatchFailed(ILogger logger, int keys, string reason);

    [LoggerMessage(WarmingStoppedId, LogLevel.Information, "Warming stopped after {Done} of {Total} keys: {Reason}", EventName = "WarmingStopped")]
    public static partial void WarmingStopped(ILogger logger, int done, int total, string reason);

    [LoggerMessage(WarmingFailedId, LogLevel.Error, "Warming failed", EventName = "WarmingFailed")]
    public static partial void WarmingFailed(ILogger logger, Exception failure);

    [LoggerMessage(WarmingLimitId, LogLevel.Warning, "First warming not finished after {Seconds:0} s. Reporting ready; warming continues", EventName = "WarmingLimit")]
    public static partial void WarmingLimit(ILogger logger, double seconds);

    [LoggerMessage(RankingUnreadableId, LogLevel.Warning, "Reading the popularity ranking failed ({Reason}). Warming the newest products instead", EventName = "RankingUnreadable")]
    public static partial void RankingUnreadable(ILogger logger, string reason);

    [LoggerMessage(RefreshFailedId, LogLevel.Debug, "Refreshing hot keys failed: {Reason}", EventName = "RefreshFailed")]
    public static partial void RefreshFailed(ILogger logger, string reason);

    [LoggerMessage(RankingNotSavedId, LogLevel.Warning, "Saving or reading the popularity ranking in the database failed ({Reason})", EventName = "RankingNotSaved")]
    public static partial void RankingNotSaved(ILogger logger, string reason);

    [LoggerMessage(RankingRestoredId, LogLevel.Information, "Popularity ranking was missing in Redis. Restored {Keys} keys saved {Minutes:0} minutes ago", EventName = "RankingRestored")]
    public static partial void RankingRestored(ILogger logger, int keys, double minutes);

    [LoggerMessage(JournalFailedId, LogLevel.Warning, "Reading warming requests or writing their progress failed ({Reason})", EventName = "WarmingJournalFailed")]
    public static partial void JournalFailed(ILogger logger, string reason);

    [LoggerMessage(SweepStartedId, LogLevel.Information, "Deleting the keys of version {Version} from Redis", EventName = "SweepStarted")]
    public static partial void SweepStarted(ILogger logger, string version);

    [LoggerMessage(SweepDoneId, LogLevel.Information, "Deleted {Keys} keys of version {Version} in {Seconds:0.0} s; slowest Redis response {Milliseconds:0.0} ms", EventName = "SweepDone")]
    public static partial void SweepDone(ILogger logger, long keys, string version, double seconds, double milliseconds);

    [LoggerMessage(SweepFailedId, LogLevel.Warning, "Deleting the keys of version {Version} failed after {Keys} keys ({Reason}). The remaining keys expire by their TTL", EventName = "SweepFailed")]
    public static partial void SweepFailed(ILogger logger, string version, long keys, string reason);

    [LoggerMessage(VersionBumpedId, LogLevel.Information, "Cache version bumped: older entries are invalidated. Warming the most read keys", EventName = "VersionBumped")]
    public static partial void VersionBumped(ILogger logger);

    [LoggerMessage(HiddenSweptId, LogLevel.Information, "Deleted {Keys} invalidated entries of version {Version} in {Seconds:0.0} s; slowest Redis response {Milliseconds:0.0} ms", EventName = "HiddenSwept")]
    public static partial void HiddenSwept(ILogger logger, long keys, string version, double seconds, double milliseconds);

    [LoggerMessage(AuditFailedId, LogLevel.Debug, "Comparing the cache with the database failed: {Reason}", EventName = "AuditFailed")]
    public static partial void AuditFailed(ILogger logger, string reason);

    [LoggerMessage(AuditViolationId, LogLevel.Error, "An entry of family {Family} has version {Cached}, the database {Stored}, for more than {Seconds:0.0} s. GET /cache/audit names it", EventName = "AuditViolation")]
    public static partial void AuditViolation(ILogger logger, string family, long cached, long stored, double seconds);

    [LoggerMessage(VersionsUnknownId, LogLevel.Debug, "Recording or cleaning up cache versions failed: {Reason}", EventName = "VersionsUnknown")]
    public static partial void VersionsUnknown(ILogger logger, string reason);
}
