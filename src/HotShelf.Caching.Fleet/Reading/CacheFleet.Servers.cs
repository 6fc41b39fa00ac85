using System.Globalization;
using StackExchange.Redis;

namespace HotShelf.Caching.Fleet;

/// <summary>Reads the figures of the Redis servers.</summary>
internal sealed partial class CacheFleet
{
    private const int SlowCommands = 20;
    private const int LongestCommand = 100;

    public async ValueTask<IReadOnlyList<RedisServerFigures>> GetServersAsync(CancellationToken cancellationToken = default)
    {
        var primaries = await PrimariesAsync(cancellationToken).ConfigureAwait(false);
        var figures = await AdministerAsync(database => Task.WhenAll(primaries.Select(primary => DescribeAsync(primary.Server, primary.Info, database.Database))), cancellationToken).ConfigureAwait(false);
        return [.. figures.OrderBy(server => server.EndPoint, StringComparer.Ordinal)];
    }

    /// <summary>The primaries with the sections of INFO; at least one.</summary>
    private async ValueTask<(IServer Server, IReadOnlyDictionary<string, string> Info)[]> PrimariesAsync(CancellationToken cancellationToken)
    {
        var all = await AdministerAsync(
            database =>
            {
                var connected = database.Multiplexer.GetEndPoints().Select(endPoint => database.Multiplexer.GetServer(endPoint)).Where(server => server.IsConnected);
                return Task.WhenAll(connected.Select(async server => (Server: server, Info: await InfoAsync(server).ConfigureAwait(false))));
            }, cancellationToken).ConfigureAwait(false);
        var primaries = Array.FindAll(all, item => item.Info.GetValueOrDefault("role") != "slave");
        return primaries.Length > 0 ? primaries : throw new FleetUnavailableException("No Redis server is connected.");
    }

    private static async Task<IReadOnlyDictionary<string, string>> InfoAsync(IServer server) =>
        (await server.InfoAsync().ConfigureAwait(false)).SelectMany(section => section).DistinctBy(item => item.Key, StringComparer.Ordinal).ToDictionary(item => item.Key, item => item.Value, StringComparer.Ordinal);

    private static async Task<RedisServerFigures> DescribeAsync(IServer server, IReadOnlyDictionary<string, string> info, int database)
    {
        var slow = SlowAsync(server);
        var roundTrip = await server.PingAsync().ConfigureAwait(false);
        return new RedisServerFigures
        {
            EndPoint = server.EndPoint.ToString()!.Split('/')[^1],
            RoundTrip = roundTrip,
            Version = info.GetValueOrDefault("redis_version"),
            Uptime = Whole("uptime_in_seconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            UsedMemory = Whole("used_memory"),
            MaximumMemory = Whole("maxmemory"),
            EvictionPolicy = info.GetValueOrDefault("maxmemory_policy"),
            Fragmentation = Number("mem_fragmentation_ratio"),
            Clients = Whole("connected_clients"),
            BlockedClients = Whole("blocked_clients"),
            TrackingClients = Whole("tracking_clients"),
            CommandsPerSecond = Whole("instantaneous_ops_per_sec"),
            InputPerSecond = Number("instantaneous_input_kbps") * 1024,
            OutputPerSecond = Number("instantaneous_output_kbps") * 1024,
            KeyHits = Whole("keyspace_hits"),
            KeyMisses = Whole("keyspace_misses"),
            Evicted = Whole("evicted_keys"),
            Expired = Whole("expired_keys"),
            Keys = KeysOf(info.GetValueOrDefault($"db{database}")),
            Replicas = Whole("connected_slaves"),
            SlowLog = await slow.ConfigureAwait(false),
        };

        long? Whole(string name) => long.TryParse(info.GetValueOrDefault(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
        double? Number(string name) => double.TryParse(info.GetValueOrDefault(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    // "keys=123,expires=45,avg_ttl=678"; a database without keys has no line.
    private static long KeysOf(string? line) =>
        line is not null && long.TryParse(line.Split(',')[0].Split('=')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var keys) ? keys : 0;

    private static async Task<IReadOnlyList<SlowCommand>?> SlowAsync(IServer server)
    {
        try
        {
            return Array.ConvertAll(await server.SlowlogGetAsync(SlowCommands).ConfigureAwait(false), command =>
                new SlowCommand(new DateTimeOffset(DateTime.SpecifyKind(command.Time, DateTimeKind.Utc)), command.Duration, Shown(command.Arguments)));
        }
        catch (RedisServerException)
        {
            // Managed servers often do not permit the command.
            return null;
        }
    }

    private static string Shown(RedisValue[] arguments)
    {
        var shown = string.Join(' ', arguments.Take(2).Select(argument => (string?)argument));
        return shown.Length <= LongestCommand ? shown : shown[..LongestCommand];
    }
}
