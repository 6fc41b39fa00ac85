namespace HotShelf.CacheWorker.Feed;

/// <summary>One row of <c>cache_outbox</c>: a key, tags, or neither, which stands for the whole family.</summary>
internal sealed record OutboxRow(long Id, string Family, string? Key, string[] Tags, DateTimeOffset ChangedAt, int Attempts)
{
    public bool IsWholeFamily => Key is null && Tags.Length == 0;
}
