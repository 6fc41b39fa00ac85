namespace HotShelf.Caching.Fleet;

/// <summary>The memory of families in Redis, estimated from a sample of keys.</summary>
/// <param name="At">The time of the sample.</param>
/// <param name="KeysInRedis">Keys in Redis, of all applications.</param>
/// <param name="KeysSeen">The number of sampled keys.</param>
/// <param name="IsComplete">True when all keys were sampled: the figures are then exact.</param>
/// <param name="Families">By family, the largest first.</param>
public sealed record UsageSample(DateTimeOffset At, long KeysInRedis, long KeysSeen, bool IsComplete, IReadOnlyList<FamilyUsage> Families);

/// <summary>The memory of one family in Redis.</summary>
/// <param name="Family">The family.</param>
/// <param name="Sampled">Sampled entries.</param>
/// <param name="Entries">Entries in Redis, estimated.</param>
/// <param name="Bytes">The size of their frames, estimated; Redis' overhead per key is not included.</param>
/// <param name="Fresh">Fresh entries in the sample.</param>
/// <param name="Stale">Stale entries within their grace in the sample.</param>
/// <param name="Hidden">Entries in the sample that are hidden by the removal of their family or of everything. Tags are not checked, which would cost a look-up each.</param>
/// <param name="Lifetimes">The remaining lifetimes of the fresh entries, in consecutive bands; the last is open-ended.</param>
public sealed record FamilyUsage(string Family, long Sampled, long Entries, long Bytes, long Fresh, long Stale, long Hidden, IReadOnlyList<LifetimeBand> Lifetimes);

/// <summary>The number of entries with a remaining lifetime in one band.</summary>
/// <param name="UpTo">The end of the band; it begins at the end of the previous one. <see cref="TimeSpan.MaxValue"/> for the last.</param>
/// <param name="Entries">The number.</param>
public sealed record LifetimeBand(TimeSpan UpTo, long Entries);
