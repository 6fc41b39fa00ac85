namespace HotShelf.Caching.Fleet;

/// <summary>The figures of one Redis server. A figure that the server or the user's permissions do not provide is null.</summary>
public sealed record RedisServerFigures
{
    /// <summary>Host and port.</summary>
    public required string EndPoint { get; init; }

    /// <summary>The response time of a PING.</summary>
    public required TimeSpan RoundTrip { get; init; }

    /// <summary>Its version.</summary>
    public string? Version { get; init; }

    /// <summary>The uptime.</summary>
    public TimeSpan? Uptime { get; init; }

    /// <summary>Used memory in bytes.</summary>
    public long? UsedMemory { get; init; }

    /// <summary>The memory limit in bytes (<c>maxmemory</c>); 0 for no limit.</summary>
    public long? MaximumMemory { get; init; }

    /// <summary>The eviction policy (<c>maxmemory-policy</c>).</summary>
    public string? EvictionPolicy { get; init; }

    /// <summary>Allocated memory divided by used memory.</summary>
    public double? Fragmentation { get; init; }

    /// <summary>Connections.</summary>
    public long? Clients { get; init; }

    /// <summary>Connections blocked in a command.</summary>
    public long? BlockedClients { get; init; }

    /// <summary>Connections with client tracking.</summary>
    public long? TrackingClients { get; init; }

    /// <summary>Commands per second, recently.</summary>
    public long? CommandsPerSecond { get; init; }

    /// <summary>Received bytes per second, recently.</summary>
    public double? InputPerSecond { get; init; }

    /// <summary>Sent bytes per second, recently.</summary>
    public double? OutputPerSecond { get; init; }

    /// <summary>Look-ups of existing keys since the start.</summary>
    public long? KeyHits { get; init; }

    /// <summary>Look-ups of missing keys since the start.</summary>
    public long? KeyMisses { get; init; }

    /// <summary>Keys evicted since the start.</summary>
    public long? Evicted { get; init; }

    /// <summary>Keys expired since the start.</summary>
    public long? Expired { get; init; }

    /// <summary>Keys in the database of the cache, of all applications.</summary>
    public long? Keys { get; init; }

    /// <summary>Connected replicas.</summary>
    public long? Replicas { get; init; }

    /// <summary>The slow log, the newest first, at most 20; null when not permitted.</summary>
    public IReadOnlyList<SlowCommand>? SlowLog { get; init; }
}

/// <summary>A slow command.</summary>
/// <param name="At">When.</param>
/// <param name="Duration">How long.</param>
/// <param name="Command">Its name and its first argument, cut to 100 characters; the rest may be values.</param>
public sealed record SlowCommand(DateTimeOffset At, TimeSpan Duration, string Command);
