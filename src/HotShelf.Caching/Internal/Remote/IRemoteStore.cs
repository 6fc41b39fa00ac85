using System.Buffers;

namespace HotShelf.Caching.Internal.Remote;

/// <summary>
/// The operations of L2: frames, leases and stamps. Each operation is one round trip and atomic on the server. Failures are exceptions here;
/// <see cref="RemoteGuard"/> converts them to results.
/// </summary>
internal interface IRemoteStore : IAsyncDisposable
{
    /// <summary>Starts to report changes to <paramref name="observer"/>.</summary>
    void Start(IRemoteObserver observer);

    /// <summary>The latest round-trip time of the stream; null before the first.</summary>
    TimeSpan? StreamRoundTrip => null;

    /// <summary>Completes when the server answers.</summary>
    Task PingAsync();

    /// <summary>Records that a node of this version runs (<see cref="CacheStorage.FindLiveVersionsAsync"/>).</summary>
    Task AnnounceAsync() => Task.CompletedTask;

    /// <summary>The frame of a key, or null. Renews the TTL of a sliding entry. The caller disposes it when its bytes are not read any more.</summary>
    ValueTask<IMemoryOwner<byte>?> GetAsync(RemoteKey key);

    /// <summary>Like <see cref="GetAsync"/>, without renewing a sliding entry.</summary>
    Task<byte[]?> PeekAsync(RemoteKey key);

    /// <summary>Reads all keys in one pipelined round trip.</summary>
    Task<byte[]?[]> GetManyAsync(IReadOnlyList<RemoteKey> keys);

    /// <summary>Acquires the lease of a key, unless another token holds it or there is a frame that the caller has not seen.</summary>
    Task<LeaseAnswer> AcquireAsync(LeaseRequest request);

    Task<LeaseAnswer[]> AcquireManyAsync(IReadOnlyList<LeaseRequest> requests);

    /// <summary>Stores under the lease and releases it; false, without storing, when the lease is no longer held or the value is older than what was removed or stored.</summary>
    Task<bool> StoreAsync(StoreRequest request);

    /// <summary>Stores without a lease and releases any lease of the key.</summary>
    async Task<bool> SetAsync(StoreRequest request)
    {
        await SetManyAsync([request]).ConfigureAwait(false);
        return true;
    }

    /// <summary>Stores without a lease and releases any lease of the keys. One pipelined round trip.</summary>
    Task SetManyAsync(IReadOnlyList<StoreRequest> requests);

    /// <summary>Replaces the frame with <paramref name="fillId"/> and releases any lease; false when there is another frame.</summary>
    Task<bool> ReplaceAsync(StoreRequest request, long fillId);

    /// <summary>Extends a lease to this duration from now; false when it is no longer held.</summary>
    Task<bool> RenewAsync(RemoteKey key, long token, TimeSpan duration);

    /// <summary>Releases the lease without storing, and wakes the processes that wait for the value.</summary>
    Task ReleaseAsync(RemoteKey key, long token);

    /// <summary>Deletes values and leases together. Reports the keys to every node, also those that are not stored.</summary>
    Task InvalidateAsync(IReadOnlyList<RemoteKey> keys);

    /// <summary>
    /// Deletes values that are older than a version (more than 0), or of unknown version, and reports them. A running fill may store a result that is not older. Returns for each key
    /// whether anything was older; if not, nothing is reported.
    /// </summary>
    Task<bool[]> RemoveOlderAsync(IReadOnlyList<VersionedKey> keys);

    /// <summary>The fill id of the stored frame, or 0.</summary>
    Task<long> FillIdAsync(RemoteKey key);

    /// <summary>Sets the TTL of a stored frame.</summary>
    Task SetTimeToLiveAsync(RemoteKey key, TimeSpan timeToLive);

    /// <summary>Reads the ledger of removed tags: after <paramref name="position"/> when its generation is <paramref name="generation"/>, otherwise from the start. Renews its expiry and counts as a use for eviction.</summary>
    Task<TagChanges> ReadTagsAsync(long generation, long position);

    /// <summary>
    /// Records removals of tags, reports them to every node, and returns the same as <see cref="ReadTagsAsync"/>. Tags that were removed for all of <paramref name="changes"/> a short while ago are not removed again;
    /// without changes all are.
    /// </summary>
    Task<TagChanges> RemoveTagsAsync(IReadOnlyList<string> names, IReadOnlyCollection<string> changes, long generation, long position);

    /// <summary>Restores lost removals to the ledger, and gives it a new generation, which is returned. Removals without a stamp get one that is not before it.</summary>
    Task<long> RestoreTagsAsync(TagRestore lost);

    /// <summary>How the server evicts keys when it is full (<c>maxmemory-policy</c>); null when it evicts none.</summary>
    Task<string?> EvictionPolicyAsync() => Task.FromResult<string?>(null);

    /// <summary>Touches entries, so that a full server does not evict those that L1 serves.</summary>
    Task TouchAsync(IReadOnlyList<RemoteKey> keys);

    /// <summary>Whether a failed operation was answered by a server that can be used, and refuses this one: it is full, or a permission is missing.</summary>
    bool IsRefusal(Exception failure) => false;

    /// <summary>What kind of failure it is, for logs: its message may name keys.</summary>
    string ReasonOf(Exception failure) => failure.GetType().Name;
}

/// <summary>Receives changes. Reports of changes do not overlap; a change of the stream's state may come beside one. Implementations must return quickly and never block.</summary>
internal interface IRemoteObserver
{
    void OnKeyChanged(ReadOnlySpan<char> key);

    /// <summary>A tag was removed. An empty name means that the ledger of removed tags changed and may be lost.</summary>
    void OnTagChanged(string name);

    void OnEverythingChanged();

    void OnStreamChanged(CoherenceState state);

    /// <summary>A connection for commands was lost. May overlap other calls.</summary>
    void OnConnectionLost();
}

/// <summary>Whether changes are reported to L1.</summary>
internal enum CoherenceState
{
    /// <summary>There is no L2.</summary>
    None,

    /// <summary>The stream is disconnected: changes may be missed.</summary>
    Lost,

    /// <summary>Redis reports every change by any client.</summary>
    Tracking,
}

/// <param name="Name">The application's key.</param>
/// <param name="Sliding">When set, each read renews this TTL; such keys are stored outside of the tracked prefix.</param>
internal readonly record struct RemoteKey(string Name, TimeSpan? Sliding);

/// <param name="Key">The key.</param>
/// <param name="Version">Values of this version and later ones are kept; 0 keeps none.</param>
internal readonly record struct VersionedKey(RemoteKey Key, long Version)
{
    /// <summary>The version of two removals of one key together: one of unknown version may be later than any other.</summary>
    public static long Later(long one, long other) => one == 0 || other == 0 ? 0 : Math.Max(one, other);
}

/// <param name="Key">The key to fill.</param>
/// <param name="Token">Identifies the holder.</param>
/// <param name="Duration">Maximum time that the lease is held.</param>
/// <param name="Known">Fill id of the frame that the caller has seen and will replace; 0 when it has seen none; null to acquire the lease whatever is stored.</param>
internal readonly record struct LeaseRequest(RemoteKey Key, long Token, TimeSpan Duration, long? Known);

internal enum LeaseStatus
{
    Held,
    Acquired,
    Present,
}

/// <param name="Status">Whether the lease was acquired, is held by another process, or is not needed because there is a frame.</param>
/// <param name="ServerTime">The server's time in Unix microseconds.</param>
/// <param name="Frame">The stored frame.</param>
internal readonly record struct LeaseAnswer(LeaseStatus Status, long ServerTime, byte[]? Frame);

/// <param name="Key">The key.</param>
/// <param name="Token">The holder of the lease; unused without a lease.</param>
/// <param name="Frame">The bytes, in a buffer of <see cref="Frames.BufferPool"/>. The sender returns it after a successful answer: until then, and always after a time-out, the client may still read it.</param>
/// <param name="TimeToLive">The TTL; null for no expiry.</param>
internal readonly record struct StoreRequest(RemoteKey Key, long Token, ReadOnlyMemory<byte> Frame, TimeSpan? TimeToLive);

/// <param name="Name">The tag's name as returned by <see cref="Tags.TagTable.NameOf"/> or <see cref="Tags.TagTable.FamilyName"/>.</param>
/// <param name="Stamp">The time of its removal, server time in microseconds; 0 for the present.</param>
internal readonly record struct TagRemoval(string Name, long Stamp);

/// <summary>The ledger of removed tags, or a page of it.</summary>
/// <param name="Generation">When it was created or restored, server time in microseconds; 0 without a ledger.</param>
/// <param name="Position">The latest time in the ledger, or in this page when more follow.</param>
/// <param name="TagFloor">The latest removal of a tag whose name was dropped, or the time at which the ledger was created.</param>
/// <param name="FamilyFloor">The same for families.</param>
/// <param name="Removals">The removals in order of time.</param>
/// <param name="HasMore">True when more follow after <paramref name="Position"/>.</param>
/// <param name="ServerTime">The server's time, Unix microseconds.</param>
internal sealed record TagChanges(long Generation, long Position, long TagFloor, long FamilyFloor, IReadOnlyList<TagRemoval> Removals, bool HasMore, long ServerTime);

/// <param name="Removals">The removals to restore. Later removals of the same names in the ledger are kept.</param>
/// <param name="Position">Later removals get stamps after this one.</param>
/// <param name="TagFloor">The floor of tags to restore, or null.</param>
/// <param name="FamilyFloor">The floor of families to restore, or null.</param>
internal sealed record TagRestore(IReadOnlyList<TagRemoval> Removals, long Position, long? TagFloor, long? FamilyFloor);
