namespace HotShelf.Catalog.Warming;

/// <summary>Warmings of the cache, kept in the database: whoever wants one writes it down, and one of the workers does it.</summary>
public interface IWarmingRequests
{
    /// <summary>Writes down that somebody wants a warming, and wakes the workers. What has ended a week ago is forgotten.</summary>
    ValueTask<WarmingStatus> SubmitAsync(WarmingRequest request, CancellationToken cancellationToken = default);

    /// <summary>A warming by its number; null when there is none.</summary>
    ValueTask<WarmingStatus?> FindAsync(long id, CancellationToken cancellationToken = default);

    /// <summary>The latest warmings, the newest first.</summary>
    ValueTask<IReadOnlyList<WarmingStatus>> ListAsync(int count, CancellationToken cancellationToken = default);

    /// <summary>Calls a warming off. Its worker hears of it within a second or two; false when it has ended already, or there is none.</summary>
    ValueTask<bool> CancelAsync(long id, CancellationToken cancellationToken = default);

    /// <summary>Takes the oldest warming that nobody does, or whose worker has not written for <paramref name="abandonedAfter"/>; null when there is none.</summary>
    ValueTask<TakenWarming?> TakeAsync(string worker, TimeSpan abandonedAfter, CancellationToken cancellationToken = default);

    /// <summary>Writes down a warming that a worker begins by itself; returns its number.</summary>
    ValueTask<long> BeginAsync(string worker, string reason, CancellationToken cancellationToken = default);

    /// <summary>Writes down how far it is; false when it was called off, or another worker has it now.</summary>
    ValueTask<bool> ReportAsync(string worker, WarmingStatus status, CancellationToken cancellationToken = default);
}

/// <summary>A warming for this worker to do.</summary>
public sealed record TakenWarming(long Id, WarmingRequest Request);
