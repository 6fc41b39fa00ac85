using HotShelf.Caching.Fleet;
using HotShelf.Caching.Internal.Fleet;
using StackExchange.Redis;

namespace HotShelf.Caching.Redis.Fleet;

/// <summary>Reads the data that nodes have published. The partial files are named after the queries.</summary>
/// <param name="connection">For the cache's data.</param>
/// <param name="servers">For INFO and SLOWLOG, which the client sends only over a connection with AllowAdmin; may be the same.</param>
/// <param name="options">Prefix, version and the other settings that all nodes share.</param>
/// <param name="time">For time limits.</param>
internal sealed partial class RedisCacheFleet(RedisConnection connection, RedisConnection servers, HotShelfCachingOptions options, TimeProvider time) : ICacheFleet, IAsyncDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    private readonly FleetKeys _fleet = new(options.Prefix, options.Version);
    private readonly RedisKeys _keys = new(options.Prefix, options.Version);

    public async ValueTask<IReadOnlyList<CacheNode>> GetNodesAsync(CancellationToken cancellationToken = default) =>
        [.. (await ReadDocumentsAsync(cancellationToken).ConfigureAwait(false)).Select(document => document.Node)
            .OrderBy(node => node.Application, StringComparer.Ordinal).ThenBy(node => node.Machine, StringComparer.Ordinal).ThenBy(node => node.ProcessId).ThenBy(node => node.Id, StringComparer.Ordinal)];

    public async ValueTask<IReadOnlyList<HotKey>> GetHotKeysAsync(int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 10_000);
        var members = await QueryAsync(database => database.SortedSetRangeByRankWithScoresAsync(CachePopularity.RankingKey(options.Prefix), 0, count - 1, Order.Descending), cancellationToken).ConfigureAwait(false);
        return Array.ConvertAll(members, member => new HotKey((string)member.Element!, FamilyOf((string)member.Element!), member.Score));
    }

    public async ValueTask DisposeAsync()
    {
        await StopAskingAsync().ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
        await servers.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<IReadOnlyList<FleetNodeDocument>> ReadDocumentsAsync(CancellationToken cancellationToken)
    {
        var result = await QueryAsync(database => FleetScripts.Nodes.RunAsync(database, [_fleet.Alive, _fleet.Nodes], []), cancellationToken).ConfigureAwait(false);
        var documents = new List<FleetNodeDocument>();
        foreach (var text in (string?[]?)result ?? [])
        {
            if (FleetJson.TryReadNode(text, out var document))
                documents.Add(document);
        }

        return documents;
    }

    private static string FamilyOf(string key) => Internal.Families.FamilyTable.NameOf(key).ToString();

    /// <summary>The server's clock, which is used for the minutes of counts and the expiry of entries.</summary>
    private ValueTask<DateTimeOffset> NowAsync(CancellationToken cancellationToken) => QueryAsync(
        async database =>
        {
            var parts = (string[])(await database.ExecuteAsync("TIME").ConfigureAwait(false))!;
            var seconds = long.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture);
            var microseconds = long.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture);
            return DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(seconds) + TimeSpan.FromMicroseconds(microseconds);
        }, cancellationToken);

    /// <summary>Runs one query with a time limit, and converts its failures to <see cref="FleetUnavailableException"/>.</summary>
    private ValueTask<T> QueryAsync<T>(Func<IDatabase, Task<T>> ask, CancellationToken cancellationToken) => QueryAsync(connection, ask, cancellationToken);

    private async ValueTask<T> QueryAsync<T>(RedisConnection way, Func<IDatabase, Task<T>> ask, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            var database = await way.DatabaseAsync().AsTask().WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
            return await ask(database).WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (RedisServerException exception)
        {
            throw new FleetUnavailableException($"Redis refused the command: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is RedisException or RedisCommandException or TimeoutException)
        {
            throw new FleetUnavailableException("Redis does not answer.", exception);
        }
    }
}
