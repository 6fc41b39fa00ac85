namespace HotShelf.Caching.Postgres;

/// <summary>What a feed does at this moment, and what it has done since its process began: for an endpoint or a console. Made of plain values, so it can be answered as JSON.</summary>
public sealed record ChangeFeedStatus
{
    /// <summary>The name of its connection.</summary>
    public required string Name { get; init; }

    /// <summary>Its replication slot.</summary>
    public required string Slot { get; init; }

    /// <summary><c>starting</c>, <c>consuming</c>, <c>standing by</c> (another process consumes the slot), <c>disconnected</c> or <c>misconfigured</c>.</summary>
    public required string State { get; init; }

    /// <summary>Why it does not consume, or, while it does, what has to be done for a table that lacks its replica identity or a column that its mapping needs; null when all is well, or it stands by.</summary>
    public string? Problem { get; init; }

    /// <summary>False while Redis does not confirm invalidations.</summary>
    public bool RedisConfirms { get; init; } = true;

    /// <summary>Age of the oldest change or heartbeat whose invalidations are not confirmed, in seconds; 0 when there is none, or another process consumes the slot.</summary>
    public double LagSeconds { get; init; }

    /// <summary>The slot as PostgreSQL describes it, read at every heartbeat; null before the first time, and when there is no slot.</summary>
    public ChangeFeedSlot? SlotState { get; init; }

    /// <summary>Time from commit to confirmation of the latest transactions, at most 1,000; null when there was none.</summary>
    public ChangeFeedDelay? Delay { get; init; }

    /// <summary>Transactions whose invalidations were confirmed.</summary>
    public long Transactions { get; init; }

    /// <summary>Times that all mapped families were removed because changes may have been missed.</summary>
    public long Resets { get; init; }

    /// <summary>The mapped tables.</summary>
    public required IReadOnlyList<ChangeFeedTableStatus> Tables { get; init; }

    /// <summary>The latest escalations, failed mappings and resets, at most 50, the newest first.</summary>
    public required IReadOnlyList<ChangeFeedEvent> Events { get; init; }
}

/// <summary>A row of <c>pg_replication_slots</c>.</summary>
/// <param name="Active">Whether a process consumes the slot.</param>
/// <param name="WalStatus"><c>reserved</c>, <c>extended</c>, <c>unreserved</c> or <c>lost</c>.</param>
/// <param name="UnconfirmedBytes">WAL written since the position that the feed has confirmed.</param>
/// <param name="RetainedBytes">WAL that PostgreSQL keeps for the slot.</param>
/// <param name="SafeBytes">WAL that may still be written before the slot is lost; null without a limit (<c>max_slot_wal_keep_size</c>).</param>
public sealed record ChangeFeedSlot(bool Active, string? WalStatus, long UnconfirmedBytes, long RetainedBytes, long? SafeBytes);

/// <summary>Times from commit to confirmation, in milliseconds.</summary>
/// <param name="Transactions">Of how many transactions.</param>
/// <param name="P50">The median.</param>
/// <param name="P99">The 99th percentile.</param>
/// <param name="Max">The longest.</param>
public sealed record ChangeFeedDelay(int Transactions, double P50, double P99, double Max);

/// <summary>What happened to a mapped table since the process began.</summary>
/// <param name="Table">The table, as it was mapped.</param>
/// <param name="Families">The families that stand for it.</param>
/// <param name="Inserts">Rows inserted.</param>
/// <param name="Updates">Rows updated.</param>
/// <param name="Deletes">Rows deleted.</param>
/// <param name="Truncates">Times that it was truncated.</param>
/// <param name="Escalations">Times that its families were removed because single changes were not known or too many.</param>
/// <param name="Poison">Changes whose mapping failed.</param>
public sealed record ChangeFeedTableStatus(
    string Table, IReadOnlyList<string> Families, long Inserts, long Updates, long Deletes, long Truncates, long Escalations, long Poison);

/// <summary>Something that removed families.</summary>
/// <param name="At">When.</param>
/// <param name="Kind"><c>escalation</c>, <c>poison</c> or <c>reset</c>.</param>
/// <param name="Table">The table; null for a reset.</param>
/// <param name="Reason">Of an escalation <c>limit</c>, <c>truncate</c>, <c>partition</c> or <c>identity</c>; of a failed mapping the exception; of a reset <c>missing</c>, <c>lost</c>, <c>publication</c>, <c>undecodable</c> or <c>restored</c>.</param>
/// <param name="Position">Where the transaction ends in the WAL; null where that is not known.</param>
public sealed record ChangeFeedEvent(DateTimeOffset At, string Kind, string? Table, string Reason, string? Position);
