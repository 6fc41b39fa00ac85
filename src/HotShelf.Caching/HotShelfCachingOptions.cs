using System.Text.Json;
using HotShelf.Caching.Fleet;

namespace HotShelf.Caching;

/// <summary>What one cache is made of; read from configuration section <c>Caching</c> and checked at start.</summary>
public sealed class HotShelfCachingOptions
{
    /// <summary>The configuration section that overrides what is set in code.</summary>
    public const string SectionName = "Caching";

    /// <summary>First part of every key in Redis. 1 to 64 characters of a-z, A-Z, 0-9, <c>-</c>, <c>_</c> and <c>.</c>; default <c>hs</c>.</summary>
    public string Prefix { get; set; } = "hs";

    /// <summary>Second part of every key in Redis: another version sees none of the entries of this one. Same characters as <see cref="Prefix"/>; default <c>v1</c>.</summary>
    public string Version { get; set; } = "v1";

    /// <summary>
    /// What StackExchange.Redis connects to (<c>host:port,password=…</c>). None: a registered <c>IConnectionMultiplexer</c> is used. A cache that was given a
    /// connection name or a key does not start without either, unless <see cref="MemoryOnly"/> is set; one that was given none lives in memory alone.
    /// </summary>
    public string? Redis { get; set; }

    /// <summary>
    /// The same in code, where a text cannot say it: client certificates, callbacks, token providers (<c>Defaults</c>). Used for the data connection and for
    /// the tracking connection. Set either this or <see cref="Redis"/>. Default: none; a registered <c>IConnectionMultiplexer</c> brings its own.
    /// </summary>
    public StackExchange.Redis.ConfigurationOptions? RedisConfiguration { get; set; }

    /// <summary>True for a cache in the memory of this process alone: no connection to Redis is looked for or used, and other processes neither share its entries nor hear of its invalidations. Default false.</summary>
    public bool MemoryOnly { get; set; }

    /// <summary>The policy of families that have none of their own.</summary>
    public CachePolicy Default { get; set; } = new();

    /// <summary>Policies by family.</summary>
    public IDictionary<string, CachePolicy> Families { get; } = new Dictionary<string, CachePolicy>(StringComparer.Ordinal);

    /// <summary>Longest key, in characters. A longer one is served uncached, counted and logged. Default 1024.</summary>
    public int MaximumKeyLength { get; set; } = 1024;

    /// <summary>Largest serialized value, in bytes. A larger one is served uncached, counted and logged. Default 1 MiB.</summary>
    public int MaximumPayloadBytes { get; set; } = 1024 * 1024;

    /// <summary>Memory that L1 may take, in bytes as estimated from keys and serialized sizes. The least used entries leave. Default 64 MiB; zero turns L1 off.</summary>
    public long LocalSizeLimit { get; set; } = 64L * 1024 * 1024;

    /// <summary>Payloads of more bytes than this are compressed when that saves at least a fifth. Default 1024.</summary>
    public int CompressionThreshold { get; set; } = 1024;

    /// <summary>A Redis command that takes longer is given up and the origin asked instead. Default 500 ms.</summary>
    public TimeSpan RemoteTimeout { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Consecutive failed or timed-out Redis commands after which Redis is left alone for a while (the circuit opens). Default 5.</summary>
    public int BreakerThreshold { get; set; } = 5;

    /// <summary>How long an open circuit waits before it tries Redis again. Default 500 ms.</summary>
    public TimeSpan BreakerDuration { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a process that died keeps others from filling a key: the lease of a running loader is renewed. Default 10 seconds.</summary>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a caller waits for another process' fill before it loads for itself, without storing. Default 5 seconds.</summary>
    public TimeSpan LeaseWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest life of an L1 copy while the coherence stream is lost. Default 1 second.</summary>
    public TimeSpan IncoherentLocal { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long Redis keeps the record of removed tags after the last node of the cache has gone; living nodes renew it. Entries left from before are hidden once it is gone. Default 7 days.</summary>
    public TimeSpan TagRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Invalidations kept for replay while Redis is away; beyond it everything is invalidated at its return. Default 100,000.</summary>
    public int MaximumPendingInvalidations { get; set; } = 100_000;

    /// <summary>
    /// True in the process that passes the database's changes on: the invalidations it makes are counted under <c>source="feed"</c> instead of
    /// <c>local</c> and <c>tag</c>. Set in code; default false.
    /// </summary>
    public bool IsFeed { get; set; }

    /// <summary>How often a node with <c>AddHotShelfPopularity</c> adds what it counted to the fleet's ranking, 100 ms to 1 hour. Default 10 seconds.</summary>
    public TimeSpan PopularityInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Keys that a node adds at a time, the most read first; what is read less waits for its turn. 1 to 100,000; default 1,000.</summary>
    public int PopularityKeys { get; set; } = 1000;

    /// <summary>Keys that the fleet's ranking keeps, the least read leave. 1 to 1,000,000; default 20,000.</summary>
    public int PopularityLimit { get; set; } = 20_000;

    /// <summary>What this process tells consoles of itself (<see cref="ICacheFleet"/>).</summary>
    public FleetOptions Fleet { get; } = new();

    /// <summary>How values without a serializer of their own become JSON. For trimming and native AOT set <see cref="JsonSerializerOptions.TypeInfoResolver"/> to a source-generated context.</summary>
    public JsonSerializerOptions? Json { get; set; }
}
