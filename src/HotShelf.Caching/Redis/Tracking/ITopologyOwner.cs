namespace HotShelf.Caching.Redis.Tracking;

/// <summary>What <see cref="TopologyWatcher"/> tells of the servers; one call at a time.</summary>
internal interface ITopologyOwner
{
    /// <summary>True while every change is told; otherwise the watcher asks more often.</summary>
    bool IsEstablished { get; }

    /// <summary>There is no cluster: one server, or a primary with replicas. Nothing more will be told.</summary>
    void UseStandalone();

    /// <summary>These are the cluster's primaries now.</summary>
    Task UseClusterAsync(IReadOnlyList<ClusterPrimary> primaries);

    /// <summary>No server says what it is, or none takes the credentials.</summary>
    void OnRefused(string reason);
}
