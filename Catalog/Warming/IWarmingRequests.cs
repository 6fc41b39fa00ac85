namespace HotShelf.Catalog.Warming;

/// <summary>Requested warmings of the cache, kept in the database. One of the workers does each.</summary>
public interface IWarmingRequests
{
    /// <summary>Stores a request for a warming, and wakes the workers. Requests that ended a week ago are deleted.</summary>
    ValueTask<WarmingStatus> SubmitAsync(WarmingRequest request, CancellationToken cancellationToken = default);

    /// <summary>A warming by its number; null when there is none.</summary>
    ValueTask<WarmingStatus?> FindAsync(long id, CancellationToken cancellationToken = default);

    /// <summary>The latest warmings, the newest first.</summary>
    ValueTask<IReadOnlyList<WarmingStatus>> ListAsync(int count, CancellationToken cancellationToken = default);

    /// <summary>Calls a warming off. Its worker hears of it within a second or two; false when it has ended already, or there is none.</summary>
    ValueTask<bool> CancelAsync(long id, CancellationToken cancellationToken = default);

    /// <summary>Takes the oldest warming that no worker does, or whose worker has not reported for <paramref name="abandonedAfter"/>; null when there is none.</summary>
    ValueTask<TakenWarming?> TakeAsync(string worker, TimeSpan abandonedAfter, CancellationToken cancellationToken = default);

    /// <summary>Writes down a warming that a worker begins by itself; returns its number.</summary>
    ValueTask<long> BeginAsync(string worker, string reason, CancellationToken cancellationToken = default);

    /// <summary>Writes down how far it is; false when it was called off, or another worker has it now.</summary>
    ValueTask<bool> ReportAsync(string worker, WarmingStatus status, CancellationToken cancellationToken = default);
}

/// <summary>A warming for this worker to do.</summary>
public sealed record TakenWarming(long Id, WarmingRequest Request);
