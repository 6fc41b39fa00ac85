using System.Text.Json.Serialization;

namespace HotShelf.Caching.Fleet;

/// <summary>Something that happened in the fleet. Keys and tags are named here and nowhere else: not in logs, not in metrics.</summary>
public sealed record CacheEvent
{
    /// <summary>Identifies the event.</summary>
    public string Id { get; init; } = "";

    /// <summary>When it happened, by the clock of its sender.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When Redis got it, by the clock of Redis.</summary>
    [JsonIgnore]
    public DateTimeOffset StoredAt { get; init; }

    /// <summary>The kind of the event, which determines the members that are set.</summary>
    public required CacheEventKind Kind { get; init; }

    /// <summary><see cref="CacheNode.Id"/> of the node it happened on, of a warming the node that recorded it; null for an operator action in a console.</summary>
    public string? NodeId { get; init; }

    /// <summary>That node's application.</summary>
    public string? Application { get; init; }

    /// <summary>That node's <see cref="CacheNode.Instance"/>, otherwise its machine and process id, such as <c>host-1/4711</c>.</summary>
    public string? Process { get; init; }

    /// <summary>The family of a fill, of removed keys when all are of one, or the family that was removed.</summary>
    public string? Family { get; init; }

    /// <summary>Keys or tags, the first ten of <see cref="Count"/>; for an operator action its target. Empty for sliding families (sessions), whose keys are private.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>The number of keys or tags; of a warming those that are now in the cache; for <see cref="CacheEventKind.Omitted"/> the number of omitted events.</summary>
    public long Count { get; init; }

    /// <summary>Who set off an invalidation.</summary>
    public InvalidationSource? Source { get; init; }

    /// <summary>The scope of an invalidation.</summary>
    public InvalidationScope? Scope { get; init; }

    /// <summary>How long a fill or a warming took.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The outcome of a fill.</summary>
    public FillOutcome? Outcome { get; init; }

    /// <summary>The new state of a circuit (<c>open</c>, <c>closed</c>), stream (<c>tracking</c>, <c>lost</c>) or warming (<see cref="CacheWarming"/>); the program's version of a node that joined; the kind of omitted events; the type of the exception that failed a fill.</summary>
    public string? State { get; init; }

    /// <summary>The version of the cache that a node reads and writes, or that was bumped.</summary>
    public string? CacheVersion { get; init; }

    /// <summary>Who acted, of an operator's action or a warming.</summary>
    public string? Actor { get; init; }

    /// <summary>The operator action and its outcome; the reason of a warming.</summary>
    public string? Action { get; init; }
}

/// <summary>The kind of an event.</summary>
public enum CacheEventKind
{
    /// <summary>A loader ran: <see cref="CacheEvent.Family"/>, <see cref="CacheEvent.Names"/>, <see cref="CacheEvent.Duration"/>, <see cref="CacheEvent.Outcome"/>.</summary>
    Fill,

    /// <summary>Keys, tags, a family or everything was removed, or a copy dropped: <see cref="CacheEvent.Source"/>, <see cref="CacheEvent.Scope"/>, <see cref="CacheEvent.Names"/>.</summary>
    Invalidation,

    /// <summary>Events that a node omitted because there were too many: <see cref="CacheEvent.Count"/>, <see cref="CacheEvent.State"/>.</summary>
    Omitted,

    /// <summary>A node's circuit to Redis opened or closed: <see cref="CacheEvent.State"/>.</summary>
    Circuit,

    /// <summary>A node's stream of changes was lost, or is back: <see cref="CacheEvent.State"/>.</summary>
    Stream,

    /// <summary>A node started: <see cref="CacheEvent.State"/> is its program's version.</summary>
    NodeJoined,

    /// <summary>A node stopped in order.</summary>
    NodeLeft,

    /// <summary>A node has not reported for three of its intervals.</summary>
    NodeLost,

    /// <summary>The version was bumped: everything stored before is hidden.</summary>
    VersionBumped,

    /// <summary>Somebody asked for a warming, or a worker has finished one: <see cref="CacheEvent.State"/>, <see cref="CacheEvent.Actor"/>, <see cref="CacheEvent.Action"/> (the reason), <see cref="CacheEvent.Count"/>, <see cref="CacheEvent.Duration"/>.</summary>
    Warming,

    /// <summary>An operator did something: <see cref="CacheEvent.Actor"/>, <see cref="CacheEvent.Action"/>, <see cref="CacheEvent.Names"/>.</summary>
    Operator,
}
