namespace HotShelf.Caching.Fleet;

/// <summary>Something that happened in the fleet. Keys and tags are named here and nowhere else: not in logs, not in metrics.</summary>
public sealed record CacheEvent
{
    /// <summary>Identifies the event.</summary>
    public string Id { get; init; } = "";

    /// <summary>When it happened, by the clock of who tells it.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>What happened; says which of the members below are set.</summary>
    public required CacheEventKind Kind { get; init; }

    /// <summary><see cref="CacheNode.Id"/> of the node it happened on; null for what an operator did from a console.</summary>
    public string? NodeId { get; init; }

    /// <summary>That node's application.</summary>
    public string? Application { get; init; }

    /// <summary>That node's machine and process id, such as <c>host-1/4711</c>.</summary>
    public string? Process { get; init; }

    /// <summary>The family of a fill, of removed keys when all are of one, or the family that was removed.</summary>
    public string? Family { get; init; }

    /// <summary>Keys or tags, the first ten of <see cref="Count"/>; for an operator's action what it was done to. Empty for families that slide (sessions): their keys are nobody's business.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>How many keys or tags it concerned; of <see cref="CacheEventKind.Omitted"/> how many events are not told.</summary>
    public long Count { get; init; }

    /// <summary>Who set off an invalidation.</summary>
    public InvalidationSource? Source { get; init; }

    /// <summary>What an invalidation reached.</summary>
    public InvalidationScope? Scope { get; init; }

    /// <summary>How long a fill took.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>What became of a fill.</summary>
    public FillOutcome? Outcome { get; init; }

    /// <summary>The new state of a circuit (<c>open</c>, <c>closed</c>) or stream (<c>tracking</c>, <c>lost</c>); the program's version of a node that joined; of what kind omitted events are.</summary>
    public string? State { get; init; }

    /// <summary>The version of the cache that a node reads and writes, or that was bumped.</summary>
    public string? CacheVersion { get; init; }

    /// <summary>Who acted, of an operator's action.</summary>
    public string? Actor { get; init; }

    /// <summary>What the operator did, and how it went.</summary>
    public string? Action { get; init; }
}

/// <summary>What an event tells.</summary>
public enum CacheEventKind
{
    /// <summary>A loader ran: <see cref="CacheEvent.Family"/>, <see cref="CacheEvent.Names"/>, <see cref="CacheEvent.Duration"/>, <see cref="CacheEvent.Outcome"/>.</summary>
    Fill,

    /// <summary>Keys, tags, a family or everything was removed, or a copy dropped: <see cref="CacheEvent.Source"/>, <see cref="CacheEvent.Scope"/>, <see cref="CacheEvent.Names"/>.</summary>
    Invalidation,

    /// <summary>Events that a node did not tell one by one, since they were too many: <see cref="CacheEvent.Count"/>, <see cref="CacheEvent.State"/>.</summary>
    Omitted,

    /// <summary>A node's circuit to Redis opened or closed: <see cref="CacheEvent.State"/>.</summary>
    Circuit,

    /// <summary>A node's stream of changes was lost, or is back: <see cref="CacheEvent.State"/>.</summary>
    Stream,

    /// <summary>A node started: <see cref="CacheEvent.State"/> is its program's version.</summary>
    NodeJoined,

    /// <summary>A node stopped, and said so.</summary>
    NodeLeft,

    /// <summary>A node has not been heard of for three of its intervals.</summary>
    NodeLost,

    /// <summary>The version was bumped: everything stored before is hidden.</summary>
    VersionBumped,

    /// <summary>An operator did something: <see cref="CacheEvent.Actor"/>, <see cref="CacheEvent.Action"/>, <see cref="CacheEvent.Names"/>.</summary>
    Operator,
}

/// <summary>What an invalidation reached.</summary>
public enum InvalidationScope
{
    /// <summary>Keys.</summary>
    Key,

    /// <summary>All entries with a tag.</summary>
    Tag,

    /// <summary>All entries of a family.</summary>
    Family,

    /// <summary>Everything.</summary>
    Everything,
}

/// <summary>What became of a fill.</summary>
public enum FillOutcome
{
    /// <summary>Its result is in the cache.</summary>
    Stored,

    /// <summary>Its result went to those who waited only: it was not to be kept, or something was invalidated meanwhile.</summary>
    NotStored,

    /// <summary>The loader failed.</summary>
    Failed,
}
