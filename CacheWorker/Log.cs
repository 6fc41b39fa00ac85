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

    [LoggerMessage(RankingUnreadableId, LogLevel.Warning, "The popularity ranking cannot be read ({Reason}); the catalogue's own order is used", EventName = "RankingUnreadable")]
    public static partial void RankingUnreadable(ILogger logger, string reason);

    [LoggerMessage(RefreshFailedId, LogLevel.Debug, "Hot keys could not be refreshed: {Reason}", EventName = "RefreshFailed")]
    public static partial void RefreshFailed(ILogger logger, string reason);
}
