namespace HotShelf.CacheWorker.Feed;

/// <summary>Hears what the feed has removed from the cache. Called on the feed's loop, so it only takes notes.</summary>
internal interface IInvalidationObserver
{
    void Invalidated(Invalidation invalidation);
}
