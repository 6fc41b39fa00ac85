using System.Collections.Immutable;

namespace HotShelf.CacheConsole.Resources;

/// <summary>Whether what is shown of the resources is how they are.</summary>
internal enum FeedState
{
    /// <summary>Nobody told us of an engine: under real Aspire, in Kubernetes, alone.</summary>
    NotConfigured,

    /// <summary>Not reached yet.</summary>
    Connecting,

    /// <summary>What is shown is how it is.</summary>
    Live,

    /// <summary>Was reached before; what is shown is how it was.</summary>
    Lost,
}

/// <summary>All instances as they were told last, and how good that knowledge is. Bounded by what the engine runs.</summary>
internal sealed class ResourceBoard(ResourceService service, TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private ImmutableSortedDictionary<string, ResourceInstance> _instances = ImmutableSortedDictionary.Create<string, ResourceInstance>(StringComparer.Ordinal);
    private long _version;

    /// <summary>Changes with everything: a page that saw this version has nothing to do.</summary>
    public long Version => Interlocked.Read(ref _version);

    public FeedState State { get; private set; } = service.IsConfigured ? FeedState.Connecting : FeedState.NotConfigured;

    /// <summary>Since when the feed is in its state.</summary>
    public DateTimeOffset Since { get; private set; } = timeProvider.GetUtcNow();

    /// <summary>What the connection failed with; null while it is live.</summary>
    public string? Failure { get; private set; }

    public IReadOnlyList<ResourceInstance> Instances => [.. _instances.Values];

    public ResourceInstance? Find(string id) => _instances.GetValueOrDefault(id);

    public void Replace(IEnumerable<ResourceInstance> instances)
    {
        lock (_lock)
        {
            _instances = _instances.Clear().AddRange(instances.Select(static i => KeyValuePair.Create(i.Id, i)));
            Enter(FeedState.Live, failure: null);
        }
    }

    public void Set(ResourceInstance instance)
    {
        lock (_lock)
        {
            _instances = _instances.SetItem(instance.Id, instance);
            _version++;
        }
    }

    public void Lose(string failure)
    {
        lock (_lock)
            Enter(State is FeedState.Connecting ? FeedState.Connecting : FeedState.Lost, failure);
    }

    private void Enter(FeedState state, string? failure)
    {
        if (state != State)
            Since = timeProvider.GetUtcNow();
        State = state;
        Failure = failure;
        _version++;
    }
}
