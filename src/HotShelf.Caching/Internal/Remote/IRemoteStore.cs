namespace HotShelf.Caching.Internal.Remote;

/// <summary>
/// L2 as the cache needs it: frames, leases and stamps, each operation one round trip and atomic on the server. Failures are exceptions here;
/// <see cref="RemoteGuard"/> turns them into answers.
/// </summary>
internal interface IRemoteStore : IAsyncDisposable
{
    /// <summary>Begins to tell <paramref name="observer"/> of changes.</summary>
    void Start(IRemoteObserver observer);

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

    /// <summary>The ledger of removed tags from <paramref name="position"/> on when it is of <paramref name="generation"/>, else from its start. Keeps it from expiring and from being evicted.</summary>
    Task<TagChanges> ReadTagsAsync(long generation, long position);

    /// <summary>Records removals of tags, reports them to every node, and answers like <see cref="ReadTagsAsync"/>.</summary>
    Task<TagChanges> RemoveTagsAsync(IReadOnlyList<string> names, long generation, long position);

    /// <summary>Writes back what the ledger has lost, and gives it a new generation.</summary>
    Task RestoreTagsAsync(TagRestore lost);

    /// <summary>Marks entries as used, so that a full server does not evict what L1 answers.</summary>
    Task KeepAsync(IReadOnlyList<RemoteKey> keys);
}

/// <summary>Hears what the stream of changes tells. Called one at a time; must be quick and never block.</summary>
internal interface IRemoteObserver
{
    void OnKeyChanged(ReadOnlySpan<char> key);

    /// <summary>A tag was removed; with an empty name the ledger of removed tags changed, and may be lost.</summary>
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

/// <param name="Name">The tag, as <see cref="Tags.TagTable.NameOf"/> or <see cref="Tags.TagTable.FamilyName"/> make it.</param>
/// <param name="Stamp">When it was removed, server time in microseconds; 0 for the present.</param>
internal readonly record struct TagRemoval(string Name, long Stamp);

/// <summary>The ledger of removed tags, or a page of it.</summary>
/// <param name="Generation">When it was made or restored, server time in microseconds; 0 when there is none.</param>
/// <param name="Position">The latest time in it, or in this page when more follow.</param>
/// <param name="TagFloor">The latest removal of a tag that is no longer remembered one by one, or when it was made.</param>
/// <param name="FamilyFloor">The same of families.</param>
/// <param name="Removals">In their order.</param>
/// <param name="HasMore">True when more follow after <paramref name="Position"/>.</param>
/// <param name="ServerTime">The server's time, Unix microseconds.</param>
internal sealed record TagChanges(long Generation, long Position, long TagFloor, long FamilyFloor, IReadOnlyList<TagRemoval> Removals, bool HasMore, long ServerTime);

/// <param name="Removals">What to write back; later ones that are there stay.</param>
/// <param name="Position">No removal from now on gets a stamp up to this one.</param>
/// <param name="TagFloor">The floor of tags to go back to, or null.</param>
/// <param name="FamilyFloor">The floor of families to go back to, or null.</param>
internal sealed record TagRestore(IReadOnlyList<TagRemoval> Removals, long Position, long? TagFloor, long? FamilyFloor);
