namespace HotShelf.CacheWorker.Warming;

/// <summary>Which keys are read most, as all API nodes together have counted.</summary>
internal interface IPopularityRanking
{
    /// <summary>Up to <paramref name="count"/> cache keys such as <c>product:42</c> with their scores, most popular first; empty when nothing was counted yet.</summary>
    /// <exception cref="StackExchange.Redis.RedisException">Redis does not answer.</exception>
    Task<IReadOnlyList<KeyValuePair<string, double>>> GetTopAsync(int count, CancellationToken cancellationToken);

    /// <summary>Lets all counts decay for the time that has passed since the last decay, by whichever worker.</summary>
    Task DecayAsync(CancellationToken cancellationToken);

    /// <summary>Whether Redis has lost the ranking, or never had one: it was neither decayed nor restored since the server started.</summary>
    Task<bool> IsLostAsync(CancellationToken cancellationToken);

    /// <summary>Adds saved scores to a ranking that is lost; of several workers one does.</summary>
    Task RestoreAsync(IReadOnlyCollection<KeyValuePair<string, double>> scores, CancellationToken cancellationToken);
}
