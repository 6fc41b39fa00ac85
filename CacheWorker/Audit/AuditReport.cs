namespace HotShelf.CacheWorker.Audit;

/// <summary>What the audit of this worker has found since it started.</summary>
/// <param name="Rounds">Rounds that are done.</param>
/// <param name="Checked">Cached entries that were compared with the database.</param>
/// <param name="Consistent">Those that had the database's version, or were within the time that a change may take.</param>
/// <param name="Ratio"><paramref name="Consistent"/> of <paramref name="Checked"/>, 0 to 1: the nines. Null when nothing was checked.</param>
/// <param name="Open">Violations of the latest round.</param>
/// <param name="LastRound">When the latest round ended; null before the first.</param>
/// <param name="Violations">The latest violations, at most 100, the newest first.</param>
public sealed record AuditReport(long Rounds, long Checked, long Consistent, double? Ratio, int Open, DateTimeOffset? LastRound, IReadOnlyList<AuditViolation> Violations);

/// <summary>An entry that stayed older than the database for longer than promised, or is ahead of it.</summary>
/// <param name="Key">The entry's key.</param>
/// <param name="Cached">The version in the cache; 0 for an entry that says that there is nothing.</param>
/// <param name="Stored">The version in the database; 0 when there is nothing.</param>
/// <param name="Since">When it was first seen.</param>
/// <param name="Seen">When it was last seen.</param>
public sealed record AuditViolation(string Key, long Cached, long Stored, DateTimeOffset Since, DateTimeOffset Seen);
