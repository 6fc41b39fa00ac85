namespace HotShelf.Caching.Fleet;

/// <summary>
/// Reads the status of all nodes of a cache from Redis. For consoles and tools, which need not run a cache. Every method except
/// <see cref="WatchAsync"/> throws <see cref="FleetUnavailableException"/> when Redis cannot be reached.
/// </summary>
public interface ICacheFleet
{
    /// <summary>The processes that run a cache, of all versions, by application and machine. One that is killed disappears after three of its intervals (<see cref="FleetOptions.Interval"/>).</summary>
    ValueTask<IReadOnlyList<CacheNode>> GetNodesAsync(CancellationToken cancellationToken = default);

    /// <summary>The counts of all nodes by minute, from the oldest to the current one; minutes without counts are included and empty.</summary>
    /// <param name="span">How far back, 1 minute to <see cref="FleetOptions.Retention"/>; rounded up to whole minutes.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="span"/> is not positive.</exception>
    ValueTask<IReadOnlyList<FleetMinute>> GetHistoryAsync(TimeSpan span, CancellationToken cancellationToken = default);

    /// <summary>
    /// The last 200 events, then each new one within about a quarter of a second. Continues until cancelled, through outages of
    /// Redis too. Events come in the order in which Redis got them.
    /// </summary>
    IAsyncEnumerable<CacheEvent> WatchAsync(CancellationToken cancellationToken = default);

    /// <summary>The latest events that affect all nodes, the newest first: all except fills, removed keys and dropped copies. They are stored separately, so that traffic does not displace them.</summary>
    /// <param name="count">How many at most, 1 to 1,000.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    ValueTask<IReadOnlyList<CacheEvent>> GetChangesAsync(int count, CancellationToken cancellationToken = default);

    /// <summary>Asks every node of this version whether it holds a copy of a key in L1, and waits a second at most. One answer for each running node; a node that did not answer is <see cref="CopyState.Unknown"/>.</summary>
    ValueTask<IReadOnlyList<CacheKeyHolder>> FindHoldersAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Decodes the entry that Redis stores for a key; null without one. Does not renew the entry.</summary>
    /// <param name="key">The application's key, such as <c>product:42</c>.</param>
    /// <param name="withValue">True to get the value as well.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    ValueTask<StoredEntry?> DescribeAsync(string key, bool withValue, CancellationToken cancellationToken = default);

    /// <summary>Entries, bytes and remaining lifetimes by family, estimated from a bounded scan of the keys (SCAN); the result contains the number of scanned keys.</summary>
    ValueTask<UsageSample> SampleAsync(CancellationToken cancellationToken = default);

    /// <summary>The most read keys of all nodes, by the ranking of <see cref="CachePopularity"/>; empty when no node counts.</summary>
    /// <param name="count">How many at most, 1 to 10,000.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    ValueTask<IReadOnlyList<HotKey>> GetHotKeysAsync(int count, CancellationToken cancellationToken = default);

    /// <summary>Redis' own figures, of each primary server that is connected.</summary>
    ValueTask<IReadOnlyList<RedisServerFigures>> GetServersAsync(CancellationToken cancellationToken = default);

    /// <summary>The version whose entries are read and written, and since when.</summary>
    ValueTask<CacheVersion> GetVersionAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Bumps the version: every node stops seeing every entry stored before, at once and for good, as after removing the tag <c>*</c>. The workers then fill the
    /// cache again.
    /// </summary>
    /// <param name="actor">The operator, for auditing.</param>
    /// <param name="cancellationToken">Stops waiting; a command that was sent is still executed.</param>
    ValueTask<CacheVersion> BumpVersionAsync(string actor, CancellationToken cancellationToken = default);

    /// <summary>Records an operator action for auditing; it is also an event.</summary>
    ValueTask RecordAsync(OperatorAction action, CancellationToken cancellationToken = default);

    /// <summary>Asks the workers to warm the cache, or records that one has done so; it is an event.</summary>
    ValueTask RecordAsync(CacheWarming warming, CancellationToken cancellationToken = default);
}
