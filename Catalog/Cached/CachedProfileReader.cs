using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Catalog.Cached;

internal sealed class CachedProfileReader(HybridCache cache, IProfileReader inner) : IProfileReader
{
    public ValueTask<UserProfile?> FindAsync(string userId, CancellationToken cancellationToken = default) =>
        cache.GetOrCreateAsync(
            CatalogCacheKeys.UserProfile(userId), (inner, userId), static (state, token) => state.inner.FindAsync(state.userId, token),
            cancellationToken: cancellationToken);
}
