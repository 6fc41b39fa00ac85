namespace HotShelf.Caching.Fleet;

/// <summary>
/// What all nodes of a cache tell of themselves, read from Redis. For consoles and tools: whoever uses it need not run a cache. Every method but
/// <see cref="WatchAsync"/> throws <see cref="FleetUnavailableException"/> when Redis cannot be asked.
/// </summary>
public interface ICacheFleet
{
    /// <summary>The processes that run a cache now, whatever their version, by application and machine. One that is killed disappears after three of its intervals (<see cref="FleetOptions.Interval"/>).</summary>
    ValueTask<IReadOnlyList<CacheNode>> GetNodesAsync(CancellationToken cancellationToken = default);

    /// <summary>What all nodes counted, minute by minute, the oldest first and the present minute last; a minute in which nobody counted is there, and empty.</summary>
    /// <param name="span">How far back, 1 minute to <see cref="FleetOptions.Retention"/>; rounded up to whole minutes.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="span"/> is not positive.</exception>
    ValueTask<IReadOnlyList<FleetMinute>> GetHistoryAsync(TimeSpan span, CancellationToken cancellationToken = default);

    /// <summary>
    /// What happens: the last 200 events, then each as it comes, within about a quarter of a second. Goes on until it is cancelled, through outages of
    /// Redis too. Events come in the order in which Redis got them.
    /// </summary>
    IAsyncEnumerable<CacheEvent> WatchAsync(CancellationToken cancellationToken = default);

    /// <summary>The latest events that changed something for everybody, the newest first: all but fills, removed keys and dropped copies. They are kept apart from those, so that traffic never pushes them out.</summary>
    /// <param name="count">How many at most, 1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    ValueTask<IReadOnlyList<CacheEvent>> GetChangesAsync(int count, CancellationToken cancellationToken = default);

    /// <summary>Asks every node of this version whether it holds a copy of a key in L1, and waits a second at most. One answer for each node that lives; one that did not answer is <see cref="CopyState.Unknown"/>.</summary>
    ValueTask<IReadOnlyList<CacheKeyHolder>> FindHoldersAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Decodes what Redis holds for a key; null when it holds nothing. A look makes no entry live longer.</summary>
    /// <param name="key">The key as the application knows it, such as <c>product:42</c>.</param>
    /// <param name="withValue">True to get the value as well.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    ValueTask<StoredEntry?> DescribeAsync(string key, bool withValue, CancellationToken cancellationToken = default);

    /// <summary>Entries, bytes and remaining lifetimes by family, estimated from a bounded look through the keys (SCAN); says how much it looked at.</summary>
    ValueTask<UsageSample> SampleAsync(CancellationToken cancellationToken = default);

    /// <summary>The keys that all nodes together have read most, by the ranking of <see cref="CachePopularity"/>; empty where nobody counts.</summary>
    /// <param name="count">How many at most, 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    ValueTask<IReadOnlyList<HotKey>> GetHotKeysAsync(int count, CancellationToken cancellationToken = default);

    /// <summary>Redis' own figures, of each primary server that is connected.</summary>
    ValueTask<IReadOnlyList<RedisServerFigures>> GetServersAsync(CancellationToken cancellationToken = default);

    /// <summary>The version whose entries are read and written, and since when.</summary>
    ValueTask<CacheVersion> GetVersionAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Bumps the version: every node stops seeing every entry stored before, at once and for good, as after removing the tag <c>*</c>. The workers then fill the
    /// cache again and sweep what is hidden.
    /// </summary>
    /// <param name="actor">Who wants it, for the audit line.</param>
    /// <param name="cancellationToken">Gives up waiting; what was sent is done all the same.</param>
    ValueTask<CacheVersion> BumpVersionAsync(string actor, CancellationToken cancellationToken = default);

    /// <summary>
    /// Removes those keys whose entries were stored before the version in force. They are hidden already, so nobody sees a difference but Redis, which
    /// has their memory back.
    /// </summary>
    /// <param name="physicalKeys">As Redis names them, such as <c>{hs:v1:product:42}</c>; what is no entry stays.</param>
    /// <param name="cancellationToken">Gives up waiting; what was sent is done all the same.</param>
    /// <returns>How many were removed.</returns>
    ValueTask<long> RemoveHiddenAsync(IReadOnlyCollection<string> physicalKeys, CancellationToken cancellationToken = default);

    /// <summary>Writes the audit line of what an operator did; it appears among the events.</summary>
    ValueTask RecordAsync(OperatorAction action, CancellationToken cancellationToken = default);
}
