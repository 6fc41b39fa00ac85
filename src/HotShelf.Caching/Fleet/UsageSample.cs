namespace HotShelf.Caching.Fleet;

/// <summary>What families take in Redis, estimated from some of its keys.</summary>
/// <param name="At">When it was taken.</param>
/// <param name="KeysInRedis">Keys that Redis holds, of all applications.</param>
/// <param name="KeysSeen">How many of them were looked at.</param>
/// <param name="IsComplete">True when all were: then the figures are counts and not estimates.</param>
/// <param name="Families">By family, the largest first.</param>
public sealed record UsageSample(DateTimeOffset At, long KeysInRedis, long KeysSeen, bool IsComplete, IReadOnlyList<FamilyUsage> Families);

/// <summary>What one family takes in Redis.</summary>
/// <param name="Family">The family.</param>
/// <param name="Sampled">Entries that were looked at.</param>
/// <param name="Entries">Entries in Redis, estimated.</param>
/// <param name="Bytes">The size of their frames, estimated; what Redis itself needs for a key comes on top.</param>
/// <param name="Fresh">Of those looked at: fresh ones.</param>
/// <param name="Stale">Of those looked at: stale ones, inside their grace.</param>
/// <param name="Hidden">Of those looked at: those that a removed family or everything hides. Not their tags, which would cost a look each.</param>
/// <param name="Lifetimes">Of the fresh ones: how long they still are, in bands that follow one another; the last has no end.</param>
public sealed record FamilyUsage(string Family, long Sampled, long Entries, long Bytes, long Fresh, long Stale, long Hidden, IReadOnlyList<LifetimeBand> Lifetimes);

/// <summary>Entries whose remaining lifetime lies in one band.</summary>
/// <param name="UpTo">Its end; it begins where the band before ends. <see cref="TimeSpan.MaxValue"/> for the last.</param>
/// <param name="Entries">How many.</param>
public sealed record LifetimeBand(TimeSpan UpTo, long Entries);
