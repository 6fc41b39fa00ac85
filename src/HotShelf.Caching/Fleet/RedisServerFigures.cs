namespace HotShelf.Caching.Fleet;

/// <summary>What one Redis server says of itself. A figure that it does not tell, or not to this user, is null.</summary>
public sealed record RedisServerFigures
{
    /// <summary>Host and port.</summary>
    public required string EndPoint { get; init; }

    /// <summary>How long it took to answer a PING just now.</summary>
    public required TimeSpan RoundTrip { get; init; }

    /// <summary>Its version.</summary>
    public string? Version { get; init; }

    /// <summary>How long it runs.</summary>
    public TimeSpan? Uptime { get; init; }

    /// <summary>Memory it uses, in bytes.</summary>
    public long? UsedMemory { get; init; }

    /// <summary>Memory it may use, in bytes (<c>maxmemory</c>); 0 for no limit.</summary>
    public long? MaximumMemory { get; init; }

    /// <summary>What it does when that is used up (<c>maxmemory-policy</c>).</summary>
    public string? EvictionPolicy { get; init; }

    /// <summary>Memory the system gave it, divided by what it uses.</summary>
    public double? Fragmentation { get; init; }

    /// <summary>Connections.</summary>
    public long? Clients { get; init; }

    /// <summary>Connections that wait in a blocking command.</summary>
    public long? BlockedClients { get; init; }

    /// <summary>Connections that are told of changes.</summary>
    public long? TrackingClients { get; init; }

    /// <summary>Commands a second, lately.</summary>
    public long? CommandsPerSecond { get; init; }

    /// <summary>Bytes a second it receives, lately.</summary>
    public double? InputPerSecond { get; init; }

    /// <summary>Bytes a second it sends, lately.</summary>
    public double? OutputPerSecond { get; init; }

    /// <summary>Look-ups of keys that were there, since its start.</summary>
    public long? KeyHits { get; init; }

    /// <summary>Look-ups of keys that were not, since its start.</summary>
    public long? KeyMisses { get; init; }

    /// <summary>Keys it threw out for want of memory, since its start.</summary>
    public long? Evicted { get; init; }

    /// <summary>Keys that ended by their time, since its start.</summary>
    public long? Expired { get; init; }

    /// <summary>Keys in the database of the cache, of all applications.</summary>
    public long? Keys { get; init; }

    /// <summary>Replicas that follow it.</summary>
    public long? Replicas { get; init; }

    /// <summary>Its slowest commands lately, the newest first, at most 20; null when it does not tell.</summary>
    public IReadOnlyList<SlowCommand>? SlowLog { get; init; }
}

/// <summary>A command that took long.</summary>
/// <param name="At">When.</param>
/// <param name="Duration">How long.</param>
/// <param name="Command">Its name and its first argument, cut to 100 characters; the rest may be values.</param>
public sealed record SlowCommand(DateTimeOffset At, TimeSpan Duration, string Command);
