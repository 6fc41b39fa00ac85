namespace HotShelf.Catalog;

/// <summary>Reads user profiles.</summary>
public interface IProfileReader
{
    /// <summary>A user's profile; null when there is none.</summary>
    ValueTask<UserProfile?> FindAsync(string userId, CancellationToken cancellationToken = default);
}
