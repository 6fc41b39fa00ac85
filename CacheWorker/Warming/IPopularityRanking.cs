namespace HotShelf.CacheWorker.Warming;

/// <summary>Which keys are read most, as all API nodes together have counted.</summary>
internal interface IPopularityRanking
{
    /// <summary>Up to <paramref name="count"/> cache keys such as <c>product:42</c>, most popular first; empty when nothing was counted yet.</summary>
    /// <exception cref="StackExchange.Redis.RedisException">Redis does not answer.</exception>
    Task<IReadOnlyList<string>> GetTopAsync(int count, CancellationToken cancellationToken);

    /// <summary>Lets all counts decay for the time that has passed since the last decay, by whichever worker.</summary>
    Task DecayAsync(CancellationToken cancellationToken);
}
