using System.Globalization;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Telemetry;

/// <summary>Figures of <c>INFO</c> (redis.io/commands/info); null for one that this server does not tell.</summary>
internal sealed record RedisFigures(long? UsedMemory, long? MemoryLimit, long? Clients, long? Keys, long? Commands, long? Evicted, long? Expired)
{
    /// <summary>Asks one primary; in a cluster that stands for the others, and is always the same while it is there: counters of several would make no series. A replica does not: no read or write of the cache goes to it.</summary>
    /// <exception cref="RedisConnectionException">No primary is connected.</exception>
    public static async Task<RedisFigures> ReadAsync(IConnectionMultiplexer redis)
    {
        var server = redis.GetServers().Where(static one => one.IsConnected && !one.IsReplica).MinBy(static one => $"{one.EndPoint}", StringComparer.Ordinal)
            ?? throw new RedisConnectionException(ConnectionFailureType.UnableToConnect, CommandFlags.None, "No primary of Redis is connected.");
        return Parse(await server.InfoRawAsync().ConfigureAwait(false) ?? "");
    }

    public static RedisFigures Parse(string info)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in info.Split('\n'))
        {
            if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
                values[line[..colon]] = line[(colon + 1)..].Trim();
        }

        return new RedisFigures(
            Number(values.GetValueOrDefault("used_memory")), Number(values.GetValueOrDefault("maxmemory")), Number(values.GetValueOrDefault("connected_clients")),
            KeysIn(values), Number(values.GetValueOrDefault("total_commands_processed")), Number(values.GetValueOrDefault("evicted_keys")), Number(values.GetValueOrDefault("expired_keys")));
    }

    // "db0:keys=12,expires=3,avg_ttl=59000"; an empty database is left out.
    private static long KeysIn(Dictionary<string, string> values) => values
        .Where(pair => pair.Key.StartsWith("db", StringComparison.Ordinal) && pair.Value.StartsWith("keys=", StringComparison.Ordinal))
        .Sum(pair => Number(pair.Value.Split(',')[0]["keys=".Length..]) ?? 0);

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
