namespace HotShelf.CacheWorker;

/// <summary>What the worker logs. Event ids 5000 to 5099 are its own; ids of rows only, never keys.</summary>
internal static partial class Log
{
    public const int FeedStartedId = 5000;
    public const int FeedStoppedId = 5001;
    public const int FeedInTroubleId = 5002;
    public const int FeedRecoveredId = 5003;
    public const int BatchRefusedId = 5004;
    public const int RowSetAsideId = 5005;
    public const int ListenerLostId = 5006;
    public const int ListenerBackId = 5007;
    public const int BacklogUnknownId = 5008;
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

    [LoggerMessage(FeedStartedId, LogLevel.Information, "Following the database's changes", EventName = "FeedStarted")]
    public static partial void FeedStarted(ILogger logger);

    [LoggerMessage(FeedStoppedId, LogLevel.Information, "Stopped following the database's changes; nothing is left half done", EventName = "FeedStopped")]
    public static partial void FeedStopped(ILogger logger);

    [LoggerMessage(FeedInTroubleId, LogLevel.Warning, "The cache cannot be told of changes ({Reason}); they are kept, next attempts every {Milliseconds} ms", EventName = "FeedInTrouble")]
    public static partial void FeedInTrouble(ILogger logger, string reason, double milliseconds);

    [LoggerMessage(FeedRecoveredId, LogLevel.Information, "The cache is told of changes again", EventName = "FeedRecovered")]
    public static partial void FeedRecovered(ILogger logger);

    [LoggerMessage(BatchRefusedId, LogLevel.Warning, "The cache refused something in a batch of {Rows} changes; they are tried one by one", EventName = "BatchRefused")]
    public static partial void BatchRefused(ILogger logger, Exception failure, int rows);

    [LoggerMessage(RowSetAsideId, LogLevel.Error, "Change {RowId} was refused {Attempts} times and is set aside: see table cache_outbox_failed", EventName = "RowSetAside")]
    public static partial void RowSetAside(ILogger logger, Exception failure, long rowId, int attempts);

    [LoggerMessage(ListenerLostId, LogLevel.Warning, "The connection that announces changes is lost ({Reason}); polling every {Seconds} s until it is back", EventName = "ListenerLost")]
    public static partial void ListenerLost(ILogger logger, string reason, double seconds);

    [LoggerMessage(ListenerBackId, LogLevel.Information, "The connection that announces changes is back", EventName = "ListenerBack")]
    public static partial void ListenerBack(ILogger logger);

    [LoggerMessage(BacklogUnknownId, LogLevel.Debug, "The backlog could not be measured: {Reason}", EventName = "BacklogUnknown")]
    public static partial void BacklogUnknown(ILogger logger, string reason);

    [LoggerMessage(WarmingStartedId, LogLevel.Information, "Warming {Keys} keys ({Reason})", EventName = "WarmingStarted")]
    public static partial void WarmingStarted(ILogger logger, int keys, string reason);

    [LoggerMessage(WarmingProgressId, LogLevel.Information, "Warmed {Done} of {Total} keys, {Rate:0} per second, {Eta:0.0} s to go, {Failed} failed", EventName = "WarmingProgress")]
    public static partial void WarmingProgress(ILogger logger, int done, int total, double rate, double eta, int failed);

    [LoggerMessage(WarmingDoneId, LogLevel.Information, "Warmed {Done} keys in {Seconds:0.0} s, {Failed} failed", EventName = "WarmingDone")]
    public static partial void WarmingDone(ILogger logger, int done, double seconds, int failed);

    [LoggerMessage(WarmingBatchFailedId, LogLevel.Warning, "A batch of {Keys} keys could not be warmed: {Reason}", EventName = "WarmingBatchFailed")]
    public static partial void WarmingBatchFailed(ILogger logger, int keys, string reason);

    [LoggerMessage(WarmingStoppedId, LogLevel.Information, "Warming stopped after {Done} of {Total} keys: {Reason}", EventName = "WarmingStopped")]
    public static partial void WarmingStopped(ILogger logger, int done, int total, string reason);

    [LoggerMessage(WarmingFailedId, LogLevel.Error, "Warming failed", EventName = "WarmingFailed")]
    public static partial void WarmingFailed(ILogger logger, Exception failure);

    [LoggerMessage(WarmingLimitId, LogLevel.Warning, "The first warming takes longer than {Seconds:0} s; this process counts as ready, warming goes on", EventName = "WarmingLimit")]
    public static partial void WarmingLimit(ILogger logger, double seconds);

    [LoggerMessage(RankingUnreadableId, LogLevel.Warning, "The popularity ranking cannot be read ({Reason}); the newest products are used", EventName = "RankingUnreadable")]
    public static partial void RankingUnreadable(ILogger logger, string reason);

    [LoggerMessage(RefreshFailedId, LogLevel.Debug, "Hot keys could not be refreshed: {Reason}", EventName = "RefreshFailed")]
    public static partial void RefreshFailed(ILogger logger, string reason);

    [LoggerMessage(RankingNotSavedId, LogLevel.Warning, "The popularity ranking could not be saved in the database, or read from there ({Reason})", EventName = "RankingNotSaved")]
    public static partial void RankingNotSaved(ILogger logger, string reason);

    [LoggerMessage(RankingRestoredId, LogLevel.Information, "Redis had lost the popularity ranking; {Keys} keys are restored as saved {Minutes:0} minutes ago", EventName = "RankingRestored")]
    public static partial void RankingRestored(ILogger logger, int keys, double minutes);

    [LoggerMessage(JournalFailedId, LogLevel.Warning, "Requests for warming could not be read, or their progress not be written ({Reason})", EventName = "WarmingJournalFailed")]
    public static partial void JournalFailed(ILogger logger, string reason);

    [LoggerMessage(SweepStartedId, LogLevel.Information, "Sweeping the keys of version {Version} out of Redis", EventName = "SweepStarted")]
    public static partial void SweepStarted(ILogger logger, string version);

    [LoggerMessage(SweepDoneId, LogLevel.Information, "Swept {Keys} keys of version {Version} in {Seconds:0.0} s; Redis' slowest answer took {Milliseconds:0.0} ms", EventName = "SweepDone")]
    public static partial void SweepDone(ILogger logger, long keys, string version, double seconds, double milliseconds);

    [LoggerMessage(SweepFailedId, LogLevel.Warning, "Sweeping the keys of version {Version} failed after {Keys} keys ({Reason}); what is left expires by itself", EventName = "SweepFailed")]
    public static partial void SweepFailed(ILogger logger, string version, long keys, string reason);

    [LoggerMessage(VersionBumpedId, LogLevel.Information, "The version was bumped: everything cached before is hidden, and what is read most is warmed again", EventName = "VersionBumped")]
    public static partial void VersionBumped(ILogger logger);

    [LoggerMessage(HiddenSweptId, LogLevel.Information, "Swept {Keys} hidden entries of version {Version} in {Seconds:0.0} s; Redis' slowest answer took {Milliseconds:0.0} ms", EventName = "HiddenSwept")]
    public static partial void HiddenSwept(ILogger logger, long keys, string version, double seconds, double milliseconds);

    [LoggerMessage(VersionsUnknownId, LogLevel.Debug, "The versions in use could not be noted or swept: {Reason}", EventName = "VersionsUnknown")]
    public static partial void VersionsUnknown(ILogger logger, string reason);
}
