namespace HotShelf.Caching.Redis.Tracking;

/// <summary>Receives what <see cref="TopologyWatcher"/> finds. Calls do not overlap.</summary>
internal interface ITopologyOwner
{
    /// <summary>True while all primaries are tracked; otherwise the watcher queries more often.</summary>
    bool IsEstablished { get; }

    /// <summary>There is no cluster: one server, or a primary with replicas. Nothing more is queried until <see cref="TopologyWatcher.Poke"/>.</summary>
    Task UseStandaloneAsync();

    /// <summary>The current primaries of the cluster.</summary>
    Task UseClusterAsync(IReadOnlyList<ClusterPrimary> primaries);

    /// <summary>No server has told the topology for <see cref="TrackingOptions.TopologyLimit"/>: a new primary would not be noticed.</summary>
    void OnUnanswered();

    /// <summary>A server refused the query for the topology, or the credentials.</summary>
    void OnRefused(string reason);
}
