namespace HotShelf.Catalog.Warming;

/// <summary>The popularity ranking as last saved, so that it survives Redis.</summary>
public interface ISavedPopularity
{
    /// <summary>Replaces what is saved, unless another worker does so at this very moment, or did within <paramref name="atMostEvery"/>.</summary>
    /// <returns>Whether it was saved.</returns>
    ValueTask<bool> SaveAsync(IReadOnlyCollection<KeyValuePair<string, double>> ranking, TimeSpan atMostEvery, CancellationToken cancellationToken = default);

    /// <summary>What is saved, most popular first, and when; empty when nothing is.</summary>
    ValueTask<SavedRanking> ReadAsync(CancellationToken cancellationToken = default);
}

/// <param name="Scores">Keys and their scores, the highest first.</param>
/// <param name="Age">Time since it was saved, by the database's clock.</param>
public sealed record SavedRanking(IReadOnlyList<KeyValuePair<string, double>> Scores, TimeSpan Age);
