using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Postgres;

/// <summary>Every log message of the change feed. Event ids 6000 to 6099. Messages contain no keys and no values.</summary>
internal static partial class Log
{
    [LoggerMessage(6000, LogLevel.Information, "Change feed connected: consuming slot {Slot}", EventName = "FeedConnected")]
    public static partial void Connected(ILogger logger, string slot);

    [LoggerMessage(6001, LogLevel.Information, "Change feed standing by: another worker consumes slot {Slot}", EventName = "FeedStandingBy")]
    public static partial void StandingBy(ILogger logger, string slot);

    [LoggerMessage(6002, LogLevel.Warning, "Change feed disconnected ({Reason}); retrying. Changes are kept by the slot", EventName = "FeedDisconnected")]
    public static partial void Disconnected(ILogger logger, string reason, Exception? failure);

    [LoggerMessage(6003, LogLevel.Error, "Change feed cannot run; retrying. {Problem}", EventName = "FeedMisconfigured")]
    public static partial void Misconfigured(ILogger logger, string problem);

    [LoggerMessage(6004, LogLevel.Warning, "Cache invalidation not confirmed by Redis; retrying every {Milliseconds} ms. Changes are kept by the slot", EventName = "FeedRedisAway")]
    public static partial void RedisAway(ILogger logger, double milliseconds);

    [LoggerMessage(6005, LogLevel.Information, "Cache invalidation recovered: Redis confirmed all changes", EventName = "FeedRedisBack")]
    public static partial void RedisBack(ILogger logger);

    [LoggerMessage(6006, LogLevel.Warning, "Changes of slot {Slot} may have been missed ({Reason}): removed the families {Families}", EventName = "FeedReset")]
    public static partial void Reset(ILogger logger, string slot, string reason, string families);

    [LoggerMessage(6007, LogLevel.Information, "More than {Maximum} distinct keys, tags and changed rows of table {Table} at once: removing its families instead", EventName = "FeedEscalated")]
    public static partial void Escalated(ILogger logger, int maximum, string table);

    [LoggerMessage(6008, LogLevel.Error, "The mapping of table {Table} failed for a change that ends at {Lsn} ({Kind}): set aside, removing the table's families instead", EventName = "FeedPoison")]
    public static partial void Poison(ILogger logger, Exception failure, string table, string lsn, string kind);

    [LoggerMessage(6009, LogLevel.Information, "{Sql}", EventName = "FeedSetupSql")]
    public static partial void Executed(ILogger logger, string sql);

    [LoggerMessage(6010, LogLevel.Warning, "PostgreSQL keeps WAL for slot {Slot} without a limit: set max_slot_wal_keep_size, so that a feed that is away does not fill the disk", EventName = "FeedWalUnlimited")]
    public static partial void WalUnlimited(ILogger logger, string slot);

    [LoggerMessage(6011, LogLevel.Information, "Creating slot {Slot}: PostgreSQL waits for transactions that run now", EventName = "FeedCreatingSlot")]
    public static partial void CreatingSlot(ILogger logger, string slot);

    [LoggerMessage(6012, LogLevel.Debug, "Reading the slot's state, checking the set-up or sending the heartbeat failed: {Reason}", EventName = "FeedMonitorFailed")]
    public static partial void MonitorFailed(ILogger logger, string reason);

    [LoggerMessage(6014, LogLevel.Information, "Cache version {Version} has running nodes: removed the mapped families from it once, and sending changes to it from now on", EventName = "FeedVersionFound")]
    public static partial void VersionFound(ILogger logger, string version);

    [LoggerMessage(6015, LogLevel.Warning, "Redis does not allow the keys live-versions:* and feed:* ({Reason}): changes are sent to this process' version of the cache only", EventName = "FeedVersionsRefused")]
    public static partial void VersionsRefused(ILogger logger, string reason);

    [LoggerMessage(6016, LogLevel.Warning, "Slot {Slot} cannot be read: {Reason} where it stands in the WAL. The publication was made later; the slot must be replaced", EventName = "FeedSlotBeforePublication")]
    public static partial void SlotBeforePublication(ILogger logger, string slot, string reason);

    [LoggerMessage(6017, LogLevel.Error, "Change feed observer {Observer} failed", EventName = "FeedObserverFailed")]
    public static partial void ObserverFailed(ILogger logger, Exception failure, string observer);

    [LoggerMessage(
        6018, LogLevel.Warning, "The cache of this process is in its memory alone and misses what changes while another process consumes slot {Slot}: set ChangeFeed:Slot to a name that no other process uses", EventName = "FeedCacheMissesChanges")]
    public static partial void CacheMissesChanges(ILogger logger, string slot);

    [LoggerMessage(6019, LogLevel.Warning, "A table lacks the replica identity that the change feed needs; until it has it, its updates and deletes remove its families, or fail. {Problem}", EventName = "FeedIdentityMissing")]
    public static partial void IdentityMissing(ILogger logger, string problem);

    [LoggerMessage(6020, LogLevel.Error, "PostgreSQL cannot decode what slot {Slot} has to send after {Lsn}: {Reason}. The slot must be replaced", EventName = "FeedSlotUndecodable")]
    public static partial void SlotUndecodable(ILogger logger, string slot, string lsn, string reason);

    [LoggerMessage(6021, LogLevel.Warning, "A table lacks a column that its mapping needs; until one of them is changed, the table's changes remove its families. {Problem}", EventName = "FeedColumnMissing")]
    public static partial void ColumnMissing(ILogger logger, string problem);

    [LoggerMessage(6013, LogLevel.Information, "Change feed stopped; nothing is in progress", EventName = "FeedStopped")]
    public static partial void Stopped(ILogger logger);
}
