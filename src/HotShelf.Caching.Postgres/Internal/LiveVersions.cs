using System.Globalization;
using Microsoft.Extensions.Logging;
using NpgsqlTypes;
using StackExchange.Redis;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>
/// The versions of the cache that changes are sent to: all of which a process runs. A version that was not sent every change since its first entry may hold stale ones: when it is found, the mapped families
/// are removed from it once, and every change from then on is sent to it. So it does not matter how late a node announces itself, nor whether Redis lost the announcements.
/// Redis keeps which versions are covered, so that the next consumer of the slot, which continues where this one ended, need not remove anything. Only the consumer of the slot may write that: one that was
/// frozen and lost the slot must not add a version that its successor does not know of.
/// </summary>
internal sealed class LiveVersions(CacheStorage? storage, string prefix, string own, FeedDatabase feed, string[] families, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(1);

    // Longer than a feed is usually away. Afterwards it removes the families once.
    private static readonly TimeSpan s_keep = TimeSpan.FromDays(7);

    /* KEYS record: a hash of the covered versions and, under the blank name, of the consumer that wrote it. ARGV consumer, '1' to take it over, milliseconds to keep, versions.
     * Returns 0 when another consumer has taken it over. */
    private const string WriteScript = """
        local owner = redis.call('HGET', KEYS[1], '')
        if owner and owner ~= ARGV[1] and ARGV[2] ~= '1' then return 0 end
        redis.call('DEL', KEYS[1])
        redis.call('HSET', KEYS[1], '', ARGV[1])
        for i = 4, #ARGV do redis.call('HSET', KEYS[1], ARGV[i], '1') end
        redis.call('PEXPIRE', KEYS[1], ARGV[3])
        return 1
        """;

    /* KEYS record, sent. ARGV consumer, commit, milliseconds to keep. Only the consumer writes it. */
    private const string SentScript = """
        if redis.call('HGET', KEYS[1], '') == ARGV[1] then redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) end
        """;

    private string _consumer = "";
    private HashSet<string> _covered = [own];
    private long _looked;
    private bool _isRefused;

    // Other servers may have a database, and so a slot, of the same name.
    private RedisKey Record => $"feed:{{{prefix}}}:{feed.Server}:{feed.Slot}";

    private RedisKey LastSent => $"{Record}:sent";

    private RedisKey Repeat => $"{Record}:repeat";

    /// <summary>The other versions beside that of this process.</summary>
    public IReadOnlyCollection<string> Others { get; private set; } = [];

    /// <summary>The families have to be removed once more when all transactions with lower ids have ended; null when they need not.</summary>
    public ulong? RepeatAfter { get; private set; }

    /// <summary>How long until the next look.</summary>
    public TimeSpan NextLook => storage is null || _isRefused ? Timeout.InfiniteTimeSpan : time.GetElapsedTime(_looked) is var passed && passed < s_lookEvery ? s_lookEvery - passed : TimeSpan.Zero;

    /// <summary>This process begins to consume the slot: covers what its predecessor covered, and removes once more what that one had to.</summary>
    /// <exception cref="RedisException">Redis does not answer; call it again.</exception>
    public Task BeginAsync() => TakeOverAsync(async database =>
    {
        // Redis may have lost it, or another worker has removed the families that that one maps: what is due stays due until this process has removed its own.
        if ((ulong?)await database.StringGetAsync(Repeat).ConfigureAwait(false) is { } written && !(RepeatAfter >= written))
            RepeatAfter = written;
        return (await database.HashKeysAsync(Record).ConfigureAwait(false)).Select(name => (string)name!).Where(name => name.Length > 0).ToHashSet(StringComparer.Ordinal);
    });

    /// <summary>Looks for versions that began or ended. Failing is harmless: a version that is found later is covered later.</summary>
    /// <exception cref="InvalidOperationException">Another process has begun to consume the slot.</exception>
    /// <exception cref="RedisException">Redis does not answer.</exception>
    public Task LookAsync() => storage is null || _isRefused ? Task.CompletedTask : CoverAsync(_covered, isTakeover: false);

    /// <summary>Removes the families from all versions, because changes may have been missed. Afterwards all are covered.</summary>
    /// <param name="repeatAfter">What <see cref="RepeatAfter"/> is then.</param>
    /// <exception cref="RedisException">Redis does not answer; call it again.</exception>
    public async Task ResetAsync(ulong? repeatAfter)
    {
        RepeatAfter = repeatAfter;
        await TakeOverAsync(static _ => Task.FromResult<HashSet<string>>([])).ConfigureAwait(false);
        if (storage is null || _isRefused)
            return;
        var database = await storage.ConnectAsync().ConfigureAwait(false);
        if (repeatAfter is { } transaction)
            await database.StringSetAsync(Repeat, transaction, s_keep).ConfigureAwait(false);
        else
            await database.KeyDeleteAsync(Repeat).ConfigureAwait(false);
        await database.KeyDeleteAsync(LastSent).ConfigureAwait(false);
    }

    /// <summary>The families were removed once more.</summary>
    /// <exception cref="RedisException">Redis does not answer; call it again.</exception>
    public async Task RepeatedAsync()
    {
        RepeatAfter = null;
        if (storage is not null && !_isRefused)
            await (await storage.ConnectAsync().ConfigureAwait(false)).KeyDeleteAsync(Repeat).ConfigureAwait(false);
    }

    /// <summary>The last commit that a consumer of the slot said it has sent; null when Redis does not know one.</summary>
    /// <exception cref="RedisException">Redis does not answer; call it again.</exception>
    public async Task<CommitRecord?> ReadSentAsync()
    {
        if (storage is null || _isRefused)
            return null;
        var parts = ((string?)await (await storage.ConnectAsync().ConfigureAwait(false)).StringGetAsync(LastSent).ConfigureAwait(false))?.Split(' ');
        return parts is [var id, var position, var end, var ticks]
            ? new(uint.Parse(id, CultureInfo.InvariantCulture), NpgsqlLogSequenceNumber.Parse(position), NpgsqlLogSequenceNumber.Parse(end), new DateTime(long.Parse(ticks, CultureInfo.InvariantCulture), DateTimeKind.Utc))
            : null;
    }

    /// <summary>Writes down the last commit that was sent, for the next consumer of the slot. Failing is harmless: what it knows then is older.</summary>
    public Task WriteSentAsync(CommitRecord commit) => TryWriteAsync(database =>
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{commit.Id} {commit.Position} {commit.End} {commit.Time.Ticks}");
        return database.ScriptEvaluateAsync(SentScript, [Record, LastSent], [_consumer, text, (long)s_keep.TotalMilliseconds]);
    });

    /// <summary>Writes <see cref="RepeatAfter"/> down once more, as Redis may lose any key. Failing is harmless while this process lives.</summary>
    public Task WriteRepeatAsync() => TryWriteAsync(database => database.StringSetAsync(Repeat, RepeatAfter!.Value, s_keep));

    private async Task TryWriteAsync(Func<IDatabase, Task> write)
    {
        if (storage is null || _isRefused)
            return;
        try
        {
            await write(await storage.ConnectAsync().ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            // The next heartbeat writes it.
        }
    }

    private async Task TakeOverAsync(Func<IDatabase, Task<HashSet<string>>> covered)
    {
        if (storage is null || _isRefused)
            return;
        try
        {
            _consumer = Guid.NewGuid().ToString("N");
            await CoverAsync(await covered(await storage.ConnectAsync().ConfigureAwait(false)).ConfigureAwait(false), isTakeover: true).ConfigureAwait(false);
        }
        catch (RedisServerException failure) when (failure.Message.StartsWith("NOPERM", StringComparison.Ordinal))
        {
            _isRefused = true;
            Log.VersionsRefused(logger, failure.Message);
        }
    }

    private async Task CoverAsync(HashSet<string> covered, bool isTakeover)
    {
        _looked = time.GetTimestamp();
        HashSet<string> live = [own, .. await storage!.FindLiveVersionsAsync().ConfigureAwait(false)];
        foreach (var version in live.Except(covered).ToList())
        {
            await storage.RemoveAsync(version, [], [], families).ConfigureAwait(false);
            if (!isTakeover)
                Log.VersionFound(logger, version);
        }

        // What was added is sent every change from here on, whether it is written or not; what has ended, until that is written.
        _covered = [.. _covered, .. live];
        Others = [.. _covered.Where(version => version != own)];
        var database = await storage.ConnectAsync().ConfigureAwait(false);
        RedisValue[] arguments = [_consumer, isTakeover ? 1 : 0, (long)s_keep.TotalMilliseconds, .. live.Select(version => (RedisValue)version)];
        if ((int)await database.ScriptEvaluateAsync(WriteScript, [Record], arguments).ConfigureAwait(false) == 0)
            throw new InvalidOperationException($"Another process consumes slot {feed.Slot}.");
        _covered = live;
        Others = [.. live.Where(version => version != own)];
    }
}
