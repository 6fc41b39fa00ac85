namespace HotShelf.Caching.Internal.Remote;

/// <summary>
/// L2 as the cache needs it: frames, leases and stamps, each operation one round trip and atomic on the server. Failures are exceptions here;
/// <see cref="RemoteGuard"/> turns them into answers.
/// </summary>
internal interface IRemoteStore : IAsyncDisposable
{
    /// <summary>Begins to tell <paramref name="observer"/> of changes.</summary>
    void Start(IRemoteObserver observer);

    /// <summary>Microseconds by which the clocks of two servers that share the keys may differ; 0 when there is one.</summary>
    long ClockSkew { get; }

    /// <summary>Answers when the server does.</summary>
    Task PingAsync();

    /// <summary>The frame of a key, or null. A sliding entry lives its time again.</summary>
    ValueTask<byte[]?> GetAsync(RemoteKey key);

    /// <summary>As <see cref="GetAsync"/>, without making a sliding entry live longer.</summary>
    Task<byte[]?> PeekAsync(RemoteKey key);

    /// <summary>All keys in one pipelined round trip.</summary>
    Task<byte[]?[]> GetManyAsync(IReadOnlyList<RemoteKey> keys);

    /// <summary>Takes the lease of a key unless another token holds it or a frame is there that the caller does not know.</summary>
    Task<LeaseAnswer> AcquireAsync(LeaseRequest request);

    Task<LeaseAnswer[]> AcquireManyAsync(IReadOnlyList<LeaseRequest> requests);

    /// <summary>Stores under the lease and ends it; false when the lease is no longer held, and then nothing is stored.</summary>
    Task<bool> StoreAsync(StoreRequest request);

    Task<bool[]> StoreManyAsync(IReadOnlyList<StoreRequest> requests);

    /// <summary>Stores whoever holds a lease, and ends that lease. All in one pipelined round trip.</summary>
    Task SetManyAsync(IReadOnlyList<StoreRequest> requests);

    /// <summary>Replaces the frame with <paramref name="fillId"/> by another and ends any lease; false when another frame is there.</summary>
    Task<bool> ReplaceAsync(StoreRequest request, long fillId);

    /// <summary>Makes a lease that is still held last this long from now; false when it is not held any more.</summary>
    Task<bool> RenewAsync(RemoteKey key, long token, TimeSpan duration);

    /// <summary>Ends the lease without storing, and wakes those who wait for the value.</summary>
    Task ReleaseAsync(RemoteKey key, long token);

    /// <summary>Deletes values and leases together, telling every node, also of keys that are not stored.</summary>
    Task InvalidateAsync(IReadOnlyList<RemoteKey> keys);

    /// <summary>The fill id of the stored frame, or 0.</summary>
    Task<long> FillIdAsync(RemoteKey key);

    /// <summary>Makes a stored frame live this long from now.</summary>
    Task TouchAsync(RemoteKey key, TimeSpan timeToLive);

    /// <summary>The stamps of tags in one pipelined round trip; a tag that nobody has seen gets <paramref name="candidate"/>, or with 0 the server's present time.</summary>
    Task<long[]> ReadTagsAsync(IReadOnlyList<string> names, long candidate);

    /// <summary>Gives tags a new stamp each and returns them.</summary>
    Task<long[]> RemoveTagsAsync(IReadOnlyList<string> names);
}

/// <summary>Hears what the stream of changes tells. Called one at a time; must be quick and never block.</summary>
internal interface IRemoteObserver
{
    void OnKeyChanged(ReadOnlySpan<char> key);

    void OnTagChanged(string name);

    void OnEverythingChanged();

    void OnStreamChanged(CoherenceState state);
}

/// <summary>How L1 learns of changes.</summary>
internal enum CoherenceState
{
    /// <summary>There is no L2, or it tells nothing.</summary>
    None,

    /// <summary>The stream is not there: changes may be missed.</summary>
    Lost,

    /// <summary>Redis tells of every change, whoever makes it.</summary>
    Tracking,
}

/// <param name="Name">The key as the application knows it.</param>
/// <param name="Sliding">When set, each read makes the entry live this long again; such keys are kept outside the tracked prefix.</param>
internal readonly record struct RemoteKey(string Name, TimeSpan? Sliding);

/// <param name="Key">The key to fill.</param>
/// <param name="Token">Identifies the holder.</param>
/// <param name="Duration">How long the lease is held at most.</param>
/// <param name="Known">Fill id of the frame the caller has seen and will replace; 0 when it has seen none; null to take the lease whatever is there.</param>
internal readonly record struct LeaseRequest(RemoteKey Key, long Token, TimeSpan Duration, long? Known);

internal enum LeaseStatus
{
    Held,
    Acquired,
    Present,
}

/// <param name="Status">Whether the lease was taken, is held by another, or is not needed since a frame is there.</param>
/// <param name="ServerTime">The server's time in Unix microseconds.</param>
/// <param name="Frame">The frame that is there.</param>
internal readonly record struct LeaseAnswer(LeaseStatus Status, long ServerTime, byte[]? Frame);

/// <param name="Key">The key.</param>
/// <param name="Token">The lease's holder; unused by an unconditional store.</param>
/// <param name="Frame">The bytes.</param>
/// <param name="TimeToLive">Null for ever.</param>
internal readonly record struct StoreRequest(RemoteKey Key, long Token, byte[] Frame, TimeSpan? TimeToLive);
