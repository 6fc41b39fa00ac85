namespace HotShelf.Caching.Postgres;

/// <summary>Is notified of what the feed has invalidated. Register any number as services; each is called on the feed's loop and must not block. What it throws is logged.</summary>
public interface IChangeFeedObserver
{
    /// <summary>The entries of <paramref name="keys"/> were removed.</summary>
    void OnInvalidated(IReadOnlyCollection<string> keys);
}
