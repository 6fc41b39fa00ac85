using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Remote;
using StackExchange.Redis;

namespace HotShelf.Caching.Redis;

/// <summary>
/// L2 in Redis: plain GET or MGET for reads, scripts for each step that must be atomic. All of it on the primary: a replica may lack a removal, and would answer while the primary is away.
/// </summary>
internal sealed partial class RedisStore(RedisConnection connection, RedisKeys keys, RedisCoherence? coherence, HotShelfCachingOptions options) : IRemoteStore
{
    /// <summary>How long a removed version is remembered: longer than the same change needs to be told again, and than a replica of the origin is usually behind.</summary>
    private static readonly TimeSpan s_removedFor = TimeSpan.FromSeconds(10);

    /// <summary>So that no script blocks the server for long.</summary>
    private const int EntriesPerScript = 50;

    /// <summary>A node announces its version once a second.</summary>
    private static readonly TimeSpan s_liveFor = TimeSpan.FromSeconds(30);

    private readonly GatheredReads _reads = new();
    private readonly GatheredSets _sets = new();

    public TimeSpan? StreamRoundTrip => coherence?.LastRoundTrip;

    public void Start(IRemoteObserver observer)
    {
        connection.Lost = () =>
        {
            _sets.OnConnectionLost();
            observer.OnConnectionLost();
            coherence?.Verify();
        };
        coherence?.Start(observer);
        // Connect now: the time limit of the first read is shorter than a first connection may take.
        _ = connection.DatabaseAsync().AsTask().ContinueWith(static failed => failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    public async Task AnnounceAsync()
    {
        var database = await DatabaseAsync().ConfigureAwait(false);
        try
        {
            await RedisScripts.Announce.RunAsync(database, [keys.LiveVersions], [keys.Version, (long)s_liveFor.TotalMicroseconds]).ConfigureAwait(false);
        }
        catch (RedisServerException)
        {
            // An answer, so the server is there: the user may not use the key, or the server is read-only for now.
        }
    }

    /// <summary>The versions of which a node runs.</summary>
    public async Task<string[]> FindLiveVersionsAsync()
    {
        var database = await DatabaseAsync().ConfigureAwait(false);
        return (string[])(await RedisScripts.LiveVersions.RunAsync(database, [keys.LiveVersions], [(long)s_liveFor.TotalMicroseconds]).ConfigureAwait(false))!;
    }

    public async Task PingAsync() => await (await DatabaseAsync().ConfigureAwait(false)).PingAsync(CommandFlags.DemandMaster).ConfigureAwait(false);

    public ValueTask<IMemoryOwner<byte>?> GetAsync(RemoteKey key) =>
        key.Sliding is null && connection is { IsCluster: false, Database: { } database } ? _reads.GetAsync(database, keys.Frame(key)) : GetAloneAsync(key);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IMemoryOwner<byte>?> GetAloneAsync(RemoteKey key)
    {
        var database = connection.Database ?? await DatabaseAsync().ConfigureAwait(false);
        return key.Sliding is null
            ? await database.StringGetLeaseAsync(keys.Frame(key), CommandFlags.DemandMaster).ConfigureAwait(false)
            : await GetSlidingAsync(database, key).ConfigureAwait(false) is { } bytes ? new Unpooled(bytes) : null;
    }

    private async Task<byte[]?> GetSlidingAsync(IDatabase database, RemoteKey key) =>
        (byte[]?)await database.ExecuteAsync("GETEX", [keys.Frame(key), "PX", (long)key.Sliding!.Value.TotalMilliseconds], CommandFlags.DemandMaster).ConfigureAwait(false);

    public async Task<byte[]?> PeekAsync(RemoteKey key) =>
        (byte[]?)await (await DatabaseAsync().ConfigureAwait(false)).StringGetAsync(keys.Frame(key), CommandFlags.DemandMaster).ConfigureAwait(false);

    public async Task<byte[]?[]> GetManyAsync(IReadOnlyList<RemoteKey> wanted)
    {
        var database = await DatabaseAsync().ConfigureAwait(false);
        if (!connection.IsCluster && wanted.All(key => key.Sliding is null))
        {
            var values = await database.StringGetAsync([.. wanted.Select(keys.Frame)], CommandFlags.DemandMaster).ConfigureAwait(false);
            return Array.ConvertAll(values, value => (byte[]?)value);
        }

        // In a Cluster each key has its own slot: single reads, pipelined.
        return await Task.WhenAll(wanted.Select(key => key.Sliding is null ? PeekAsync(key) : GetSlidingAsync(database, key))).ConfigureAwait(false);
    }

    public async Task<LeaseAnswer> AcquireAsync(LeaseRequest request)
    {
        var database = await DatabaseAsync().ConfigureAwait(false);
        var result = (RedisResult[]?)await RedisScripts.Acquire.RunAsync(database, Pair(request.Key),
            [request.Token, (long)request.Duration.TotalMilliseconds, Known(request.Known)]).ConfigureAwait(false);
        var status = (int)result![0] switch { 1 => LeaseStatus.Acquired, 2 => LeaseStatus.Present, _ => LeaseStatus.Held };
        return new LeaseAnswer(status, Number(result[1]), status == LeaseStatus.Present ? (byte[]?)result[2] : null);
    }

    public Task<LeaseAnswer[]> AcquireManyAsync(IReadOnlyList<LeaseRequest> requests) => Task.WhenAll(requests.Select(AcquireAsync));

    public async Task<bool> StoreAsync(StoreRequest request)
    {
        var database = await DatabaseAsync().ConfigureAwait(false);
        return (int)await RedisScripts.Store.RunAsync(database, [.. Pair(request.Key), keys.Removed(request.Key)], [request.Token, request.Frame, Milliseconds(request.TimeToLive)]).ConfigureAwait(false) == 1;
    }

    public async Task<bool> SetAsync(StoreRequest request)
    {
        if (connection is { IsCluster: false, Database: { } connected })
            return await _sets.SetAsync(connected, keys.Frame(request.Key), keys.Lease(request.Key), request.Frame, Milliseconds(request.TimeToLive)).ConfigureAwait(false);
        var database = await DatabaseAsync().ConfigureAwait(false);
        // By its text: a removal that is sent next must not come before it.
        await RedisScripts.Set.RunTextAsync(database, Pair(request.Key), [request.Frame, Milliseconds(request.TimeToLive)]).ConfigureAwait(false);
        return true;
    }

    public Task SetManyAsync(IReadOnlyList<StoreRequest> requests) => Task.WhenAll(requests.Select(SetAsync));

    public async Task<bool> ReplaceAsync(StoreRequest request, long fillId)
    {
        var database = await DatabaseAsync().ConfigureAwait(false);
        return (int)await RedisScripts.Replace.RunAsync(database, Pair(request.Key), [request.Frame, Milliseconds(request.TimeToLive), Known(fillId)]).ConfigureAwait(false) == 1;
    }

    public async Task<bool> RenewAsync(RemoteKey key, long token, TimeSpan duration)
    {
        var database = await DatabaseAsync().ConfigureAwait(false);
        return (int)await RedisScripts.Renew.RunAsync(database, Pair(key), [token, Milliseconds(duration)]).ConfigureAwait(false) == 1;
    }

    public async Task ReleaseAsync(RemoteKey key, long token)
    {
        var database = await DatabaseAsync().ConfigureAwait(false);
        await RedisScripts.Release.RunAsync(database, Pair(key), [token]).ConfigureAwait(false);
    }

    public async Task InvalidateAsync(IReadOnlyList<RemoteKey> removed)
    {
        var database = await DatabaseAsync().ConfigureAwait(false);
        await Task.WhenAll(removed.Select(key => RedisScripts.Invalidate.RunAsync(database, WithTracked(key, Pair(key)), []))).ConfigureAwait(false);
    }

    public async Task<bool[]> RemoveOlderAsync(IReadOnlyList<VersionedKey> removed)
    {
        var database = await DatabaseAsync().ConfigureAwait(false);
        var answers = new bool[removed.Count];
        var entries = Enumerable.Range(0, removed.Count).GroupBy(i => removed[i].Key.Sliding is not null);
        // In a Cluster each key has its own slot: one script an entry.
        await Task.WhenAll(entries.SelectMany(entry => entry.Chunk(connection.IsCluster ? 1 : EntriesPerScript).Select(some => RemoveAsync(some, isSliding: entry.Key)))).ConfigureAwait(false);
        return answers;

        async Task RemoveAsync(int[] some, bool isSliding)
        {
            RedisKey[] names = [.. some.SelectMany(i => WithTracked(removed[i].Key, [.. Pair(removed[i].Key), keys.Removed(removed[i].Key)]))];
            RedisValue[] values = [Milliseconds(s_removedFor), isSliding ? 4 : 3, .. some.Select(i => Bytes(removed[i].Version))];
            var done = (int[])(await RedisScripts.RemoveOlder.RunAsync(database, names, values).ConfigureAwait(false))!;
            foreach (var (at, i) in some.Index())
                answers[i] = done[at] == 1;
        }
    }

    public async Task<long> FillIdAsync(RemoteKey key)
    {
        var database = await DatabaseAsync().ConfigureAwait(false);
        var start = (byte[]?)await database.StringGetRangeAsync(keys.Frame(key), 0, Frame.IdentityLength - 1, CommandFlags.DemandMaster).ConfigureAwait(false);
        return start is null ? 0 : Frame.FillIdOf(start);
    }

    public async Task SetTimeToLiveAsync(RemoteKey key, TimeSpan timeToLive)
    {
        var database = await DatabaseAsync().ConfigureAwait(false);
        await database.KeyExpireAsync(keys.Frame(key), timeToLive).ConfigureAwait(false);
    }

    public async Task TouchAsync(IReadOnlyList<RemoteKey> used)
    {
        var database = await DatabaseAsync().ConfigureAwait(false);
        // In a Cluster each key has its own slot: single commands, pipelined.
        if (connection.IsCluster)
            await Task.WhenAll(used.Select(key => database.KeyTouchAsync(keys.Frame(key), CommandFlags.DemandMaster))).ConfigureAwait(false);
        else
            await database.KeyTouchAsync([.. used.Select(keys.Frame)], CommandFlags.DemandMaster).ConfigureAwait(false);
    }

    public async Task<string?> EvictionPolicyAsync()
    {
        var database = await DatabaseAsync().ConfigureAwait(false);
        var memory = (string)(await RedisScripts.Memory.RunAsync(database, [], []).ConfigureAwait(false))!;
        var lines = memory.Split("\r\n").Select(static line => line.Split(':')).Where(static pair => pair.Length == 2).ToDictionary(static pair => pair[0], static pair => pair[1], StringComparer.Ordinal);
        var policy = lines.GetValueOrDefault("maxmemory_policy");
        return policy is null or "noeviction" || lines.GetValueOrDefault("maxmemory") == "0" ? null : policy;
    }

    public bool IsRefusal(Exception failure) => IsRefused(failure);

    public string ReasonOf(Exception failure) => Describe(failure);

    public static string Describe(Exception failure) => failure is RedisConnectionException lost ? $"{failure.GetType().Name}, {lost.FailureType}" : failure.GetType().Name;

    /// <summary>True for the server's error, unless it says that it cannot be used for now. Redis 6.2 wraps the error of a command in a script.</summary>
    public static bool IsRefused(Exception failure) => failure is RedisServerException
    {
        Kind: not (RedisErrorKind.Loading or RedisErrorKind.MasterDown or RedisErrorKind.ClusterDown or RedisErrorKind.ReadOnly or RedisErrorKind.TryAgain or RedisErrorKind.Busy),
    } && !failure.Message.Contains("-READONLY ", StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        if (coherence is not null)
            await coherence.DisposeAsync().ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The database, for a command that comes after all values that were set before.</summary>
    private ValueTask<IDatabase> DatabaseAsync()
    {
        _sets.Flush();
        return connection.DatabaseAsync();
    }

    /// <summary>A sliding frame is outside of the tracked prefix. The script also gets the key under it, which it reports to every node.</summary>
    private RedisKey[] WithTracked(RemoteKey key, RedisKey[] names) => key.Sliding is null ? names : [.. names, keys.Frame(key with { Sliding = null })];

    private RedisKey[] Pair(RemoteKey key) => [keys.Frame(key), keys.Lease(key)];

    /// <summary>Bytes that the client does not pool.</summary>
    private static RedisValue Known(long? fillId)
    {
        switch (fillId)
        {
            case null:
                return "*";
            case 0:
                return RedisValue.EmptyString;
        }

        return Bytes(fillId.Value);
    }

    private static RedisValue Bytes(long number)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return bytes;
    }

    private static RedisValue Milliseconds(TimeSpan? time) => time is { } span ? Math.Max(1, (long)span.TotalMilliseconds) : 0;

    private static long Number(RedisResult result) => long.Parse((string)result!, CultureInfo.InvariantCulture);
}
