using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace HotShelf.Caching.Fleet;

/// <summary>Reads the data that nodes have published. The partial files are named after the queries.</summary>
/// <param name="storage">The cache's data, and its connection.</param>
/// <param name="caching">Prefix and version.</param>
/// <param name="fleet">How much is kept.</param>
/// <param name="time">For time limits.</param>
/// <param name="identity">The node that this process is; null in a process that only reads.</param>
internal sealed partial class CacheFleet(CacheStorage storage, IOptions<HotShelfCachingOptions> caching, IOptions<FleetOptions> fleet, TimeProvider time, FleetIdentity? identity = null) : ICacheFleet, IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    private readonly FleetKeys _fleet = new(caching.Value.Prefix, caching.Value.Version);

    public async ValueTask<IReadOnlyList<CacheNode>> GetNodesAsync(CancellationToken cancellationToken = default) =>
        [.. (await ReadDocumentsAsync(cancellationToken).ConfigureAwait(false)).Select(document => document.Node)
            .OrderBy(node => node.Application, StringComparer.Ordinal).ThenBy(node => node.Machine, StringComparer.Ordinal).ThenBy(node => node.ProcessId).ThenBy(node => node.Id, StringComparer.Ordinal)];

    public async ValueTask<IReadOnlyList<HotKey>> GetHotKeysAsync(int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 10_000);
        var members = await QueryAsync(database => database.SortedSetRangeByRankWithScoresAsync(CachePopularity.RankingKey(caching.Value.Prefix), 0, count - 1, Order.Descending), cancellationToken).ConfigureAwait(false);
        return Array.ConvertAll(members, member => new HotKey((string)member.Element!, CacheStorage.FamilyOf((string)member.Element!), member.Score));
    }

    public ValueTask<StoredEntry?> DescribeAsync(string key, bool withValue, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        return FindAsync();

        async ValueTask<StoredEntry?> FindAsync()
        {
            var entry = await QueryAsync(_ => storage.FindAsync(key, withValue), cancellationToken).ConfigureAwait(false);
            if (entry?.Shape is not { } shape)
                return entry;
            var documents = await ReadDocumentsAsync(cancellationToken).ConfigureAwait(false);
            return entry with { Type = documents.Select(document => document.Types.GetValueOrDefault(shape)).FirstOrDefault(static type => type is not null) };
        }
    }

    public ValueTask DisposeAsync() => StopAskingAsync();

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private async ValueTask<IReadOnlyList<FleetNodeDocument>> ReadDocumentsAsync(CancellationToken cancellationToken)
    {
        var result = await QueryAsync(database => database.ScriptEvaluateAsync(FleetScripts.Nodes, [_fleet.Alive, _fleet.Nodes], []), cancellationToken).ConfigureAwait(false);
        var documents = new List<FleetNodeDocument>();
        foreach (var text in (string?[]?)result ?? [])
        {
            if (FleetJson.TryReadNode(text, out var document))
                documents.Add(document);
        }

        return documents;
    }

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
    private ValueTask<T> QueryAsync<T>(Func<IDatabase, Task<T>> ask, CancellationToken cancellationToken) => QueryAsync(storage.ConnectAsync, ask, cancellationToken);

    /// <summary>Like <see cref="QueryAsync{T}(Func{IDatabase, Task{T}}, CancellationToken)"/>, over a connection that may send INFO and SLOWLOG.</summary>
    private ValueTask<T> AdministerAsync<T>(Func<IDatabase, Task<T>> ask, CancellationToken cancellationToken) => QueryAsync(storage.ConnectAsAdministratorAsync, ask, cancellationToken);

    private async ValueTask<T> QueryAsync<T>(Func<ValueTask<IDatabase>> connect, Func<IDatabase, Task<T>> ask, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            var database = await connect().AsTask().WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
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
