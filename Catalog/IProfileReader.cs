using HotShelf.Caching;

namespace HotShelf.Catalog;

/// <summary>Reads user profiles.</summary>
[CachedService]
public interface IProfileReader
{
    /// <summary>A user's profile; null when there is none.</summary>
    [Cached("user-profile:{userId}", Version = "result.Version")]
    ValueTask<UserProfile?> FindAsync([PerUser] string userId, CancellationToken cancellationToken = default);
}
