using HotShelf.Catalog.Warming;

namespace HotShelf.CacheWorker.Warming;

/// <summary>One warming of this worker, from when it is wanted until it has ended.</summary>
internal sealed class WarmingJob(WarmingRequest request, string reason) : IDisposable
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _calledOff = new();
    private volatile Func<WarmingProgress>? _progress;

    public WarmingRequest Request => request;

    public string Reason => reason;

    /// <summary>Its number in the database; 0 while it has none.</summary>
    public long Id { get; set; }

    /// <summary>Set when the request was cancelled.</summary>
    public CancellationToken CalledOff => _calledOff.Token;

    public Task Ended => _ended.Task;

    public WarmingProgress Progress => _progress?.Invoke() ?? new WarmingProgress { State = "waiting", Reason = reason };

    public void Begin(Func<WarmingProgress> progress) => _progress = progress;

    public void End(WarmingProgress result)
    {
        _progress = () => result;
        _ended.TrySetResult();
    }

    public void CallOff() => _calledOff.Cancel();

    public void Dispose() => _calledOff.Dispose();
}
