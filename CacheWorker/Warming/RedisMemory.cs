using System.Globalization;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Warming;

/// <summary>How full Redis is. Looked at once a second at most.</summary>
internal sealed class RedisMemory(IConnectionMultiplexer redis, TimeProvider time)
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);
    private double _share;
    private long? _looked;

    /// <summary>True when a server uses more than <paramref name="share"/> of its <c>maxmemory</c>; false without such a limit, or without an answer.</summary>
    public async Task<bool> IsNearlyFullAsync(double share, CancellationToken cancellationToken)
    {
        if (_looked is null || time.GetElapsedTime(_looked.Value) >= s_lookEvery)
        {
            _share = await ReadShareAsync(cancellationToken).ConfigureAwait(false);
            _looked = time.GetTimestamp();
        }

        return _share > share;
    }

    // In a cluster one server answers for all: hash slots spread the entries evenly enough.
    private async Task<double> ReadShareAsync(CancellationToken cancellationToken)
    {
        try
        {
            var info = (string?)await redis.GetDatabase().ExecuteAsync("INFO", "memory").WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
            return Figure(info, "maxmemory") is > 0 and var limit ? Figure(info, "used_memory") / limit : 0;
        }
        catch (Exception failure) when (failure.IsRedisFailure())
        {
            // A server that does not tell (INFO is forbidden by some hosts) is taken to have room.
            return 0;
        }
    }

    // Lines such as "used_memory:1048576".
    private static double Figure(string? info, string name)
    {
        foreach (var line in (info ?? "").AsSpan().EnumerateLines())
        {
            if (line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] == ':')
                return double.TryParse(line[(name.Length + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : 0;
        }

        return 0;
    }
}
