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

    private async Task<double> ReadShareAsync(CancellationToken cancellationToken)
    {
        var fullest = 0d;
        foreach (var endpoint in redis.GetEndPoints())
        {
            var server = redis.GetServer(endpoint);
            if (!server.IsConnected)
                continue;
            try
            {
                var info = await server.InfoAsync("memory").WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
                var figures = info.SelectMany(section => section).ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
                if (Figure(figures, "maxmemory") is > 0 and var limit)
                    fullest = Math.Max(fullest, Figure(figures, "used_memory") / limit);
            }
            catch (Exception failure) when (failure is RedisException or TimeoutException)
            {
                // A server that does not tell (INFO is forbidden by some hosts) is taken to have room.
            }
        }

        return fullest;
    }

    private static double Figure(Dictionary<string, string> figures, string name) =>
        figures.TryGetValue(name, out var text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : 0;
}
