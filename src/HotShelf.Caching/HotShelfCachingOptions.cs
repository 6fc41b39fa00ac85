using System.Text.Json;

namespace HotShelf.Caching;

/// <summary>The options of one cache; read from configuration section <c>Caching</c> and validated at start.</summary>
public sealed class HotShelfCachingOptions
{
    /// <summary>The configuration section, which overrides options set in code.</summary>
    public const string SectionName = "Caching";

    internal const string DefaultPrefix = "hs";

    /// <summary>First part of every key in Redis. 1 to 64 characters of a-z, A-Z, 0-9, <c>-</c>, <c>_</c> and <c>.</c>; default <c>hs</c>.</summary>
    public string Prefix { get; set; } = DefaultPrefix;

    /// <summary>Second part of every key in Redis: entries of other versions are not read. Same characters as <see cref="Prefix"/>; default <c>v1</c>.</summary>
    public string Version { get; set; } = "v1";

    /// <summary>
    /// The connection string of StackExchange.Redis (<c>host:port,password=…</c>). When not set, a registered <c>IConnectionMultiplexer</c> is used; when set, one that is connected
    /// to the same server, database and user is shared. A cache with a connection name or a key does not start without either, unless <see cref="MemoryOnly"/> is set; a cache with neither name nor key then uses memory only.
    /// </summary>
    public string? Redis { get; set; }

    /// <summary>
    /// The same in code, for what a connection string cannot express: client certificates, callbacks, token providers (<c>Defaults</c>). Used as it is (<see cref="RedisConfigurationExtensions.ForCaching"/> has what suits a cache), for the data connection and
    /// the tracking connection. Set either this or <see cref="Redis"/>. Default: none; a registered <c>IConnectionMultiplexer</c> has its own configuration.
    /// </summary>
    public StackExchange.Redis.ConfigurationOptions? RedisConfiguration { get; set; }

    /// <summary>True for a cache in the memory of this process only: Redis is not used, and neither entries nor invalidations are shared with other processes. Default false.</summary>
    public bool MemoryOnly { get; set; }

    /// <summary>The policy of families without their own.</summary>
    public CachePolicy Default { get; set; } = new();

    /// <summary>Policies by family, whose name has 1 to 64 characters without <c>':'</c>. Families without a policy have <see cref="Default"/>; beyond the 32nd of them they are one, <c>(other)</c>, in metrics and limits.</summary>
    public IDictionary<string, CachePolicy> Families { get; } = new Dictionary<string, CachePolicy>(StringComparer.Ordinal);

    /// <summary>Maximum length of a key in characters. A longer key is served uncached, counted, and logged at most once a minute by family. Default 1024.</summary>
    public int MaximumKeyLength { get; set; } = 1024;

    /// <summary>Maximum size of a serialized value in bytes. A larger value is served uncached, counted, and logged at most once a minute by family. Default 1 MiB.</summary>
    public int MaximumPayloadBytes { get; set; } = 1024 * 1024;

    /// <summary>Maximum memory of L1 in bytes, estimated from keys and serialized sizes. Beyond it the least used entries are evicted. Default 64 MiB; zero disables L1.</summary>
    public long LocalSizeLimit { get; set; } = 64L * 1024 * 1024;

    /// <summary>Payloads of more bytes than this are compressed when that saves at least a fifth. Default 1024.</summary>
    public int CompressionThreshold { get; set; } = 1024;

    /// <summary>Time limit of a Redis command. After it the caller continues without Redis. Default 500 ms.</summary>
    public TimeSpan RemoteTimeout { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Consecutive failed or timed-out Redis commands that open the circuit: Redis is then not used for a while. Default 5.</summary>
    public int BreakerThreshold { get; set; } = 5;

    /// <summary>Time until an open circuit retries Redis. Default 500 ms.</summary>
    public TimeSpan BreakerDuration { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a process that died prevents others from filling a key. The lease of a running loader is renewed. Default 10 seconds.</summary>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a caller waits for another process' fill before it loads the value itself, without storing it. Default 5 seconds.</summary>
    public TimeSpan LeaseWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Maximum lifetime of an L1 copy while client tracking is disconnected. Default 1 second.</summary>
    public TimeSpan IncoherentLocal { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long Redis keeps the record of removed tags after the last node of the cache has stopped; running nodes renew it. Without it, older entries are not used. Default 7 days.</summary>
    public TimeSpan TagRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Maximum invalidations kept for replay while Redis is not reachable; beyond it everything is invalidated when it answers. Those of <c>IDistributedCache</c> do not count: all are kept. Default 100,000.</summary>
    public int MaximumPendingInvalidations { get; set; } = 100_000;

    /// <summary>
    /// True in the process that forwards the database's changes: its invalidations are counted with the source <c>feed</c> (attribute <c>hotshelf.cache.invalidation.source</c>) instead of
    /// <c>local</c> and <c>tag</c>. Set in code; default false.
    /// </summary>
    public bool IsFeed { get; set; }

    /// <summary>JSON options for values without their own serializer. For trimming and native AOT set <see cref="JsonSerializerOptions.TypeInfoResolver"/> to a source-generated context.</summary>
    public JsonSerializerOptions? Json { get; set; }
}
