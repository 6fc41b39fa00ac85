namespace HotShelf.Caching.Fleet;

/// <summary>One process that runs a cache, as it last described itself.</summary>
public sealed record CacheNode
{
    /// <summary>Identifies the process among all; new with each start.</summary>
    public required string Id { get; init; }

    /// <summary>Its application's name: that of its telemetry (<c>OTEL_SERVICE_NAME</c>), such as <c>productapi</c>, else that of its host.</summary>
    public required string Application { get; init; }

    /// <summary>The machine or container it runs on.</summary>
    public required string Machine { get; init; }

    /// <summary>Its process id there.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Tells it from others of its application, by <c>service.instance.id</c> of its telemetry (<c>OTEL_RESOURCE_ATTRIBUTES</c>), as in Aspire's dashboard; null without.</summary>
    public string? Instance { get; init; }

    /// <summary>Where it answers HTTP, as it knows itself (<see cref="FleetOptions.Address"/>); null when it does not know. Consoles ask it there while Redis is away.</summary>
    public Uri? Address { get; init; }

    /// <summary>The version of its program.</summary>
    public required string AssemblyVersion { get; init; }

    /// <summary>The version of the cache that it reads and writes (<see cref="HotShelfCachingOptions.Version"/>).</summary>
    public required string CacheVersion { get; init; }

    /// <summary>True for one that passes the database's changes on (<see cref="HotShelfCachingOptions.IsFeed"/>).</summary>
    public bool IsFeed { get; init; }

    /// <summary>When its cache started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it described itself.</summary>
    public required DateTimeOffset SeenAt { get; init; }

    /// <summary>Entries in its L1.</summary>
    public long LocalEntries { get; init; }

    /// <summary>Their estimated size in bytes.</summary>
    public long LocalBytes { get; init; }

    /// <summary>The size limit of L1 in bytes (<see cref="HotShelfCachingOptions.LocalSizeLimit"/>).</summary>
    public long LocalLimit { get; init; }

    /// <summary>The circuit to Redis: <c>closed</c>, <c>open</c> or <c>half-open</c>.</summary>
    public required string RemoteState { get; init; }

    /// <summary>How its L1 learns of changes: <c>tracking</c> or <c>lost</c>.</summary>
    public required string Coherence { get; init; }

    /// <summary>The latest measured time between a change by this node and its report by client tracking; null when none was measured in the last 5 minutes.</summary>
    public TimeSpan? CoherenceLag { get; init; }

    /// <summary>The stream's latest round trip without a change; null before the first.</summary>
    public TimeSpan? StreamRoundTrip { get; init; }

    /// <summary>Invalidations that wait for Redis.</summary>
    public int PendingInvalidations { get; init; }

    /// <summary>Share of its reads of the last minute that the cache answered, fresh or stale; null without reads.</summary>
    public double? HitRatio { get; init; }

    /// <summary>Its reads since it started.</summary>
    public long Reads { get; init; }
}
