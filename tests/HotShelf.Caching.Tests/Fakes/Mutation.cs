namespace HotShelf.Caching.Tests.Fakes;

/// <summary>Ways to break the design on purpose: a run must find each.</summary>
internal enum Mutation
{
    None,

    /// <summary>The source is changed by a patch of HotShelf.Caching.Simulation/Mutations.</summary>
    Patched,

    /// <summary>A fill is stored whoever holds the lease.</summary>
    StoreWithoutLease,

    /// <summary>One change in forty is not reported.</summary>
    LosesPushes,

    /// <summary>The cache does not hear that its stream broke or came back.</summary>
    HidesLoss,

    /// <summary>A change of a key is not heard of while an answer about the key is on its way.</summary>
    OverlooksChangesWhileReading,

    /// <summary>A lease is never given back.</summary>
    ReleaseDoesNothing,

    /// <summary>Removals that the ledger lost are not written back.</summary>
    RestoreDoesNothing,

    /// <summary>An invalidation leaves the lease of a running fill.</summary>
    InvalidationKeepsLease,

    /// <summary>Two processes may hold one lease.</summary>
    LeaseForEveryone,

    /// <summary>The storing script does not compare versions.</summary>
    StoreIgnoresVersions,

    /// <summary>The removal of a tag is reported and not recorded.</summary>
    TagRemovalIsNotRecorded,

    /// <summary>A removal of a tag gets the server's time, also when the ledger has later ones from a server whose clock is ahead.</summary>
    TagRemovalsFollowTheClock,
}
