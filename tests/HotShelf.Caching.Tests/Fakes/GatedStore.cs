using System.Collections.Concurrent;
using HotShelf.Caching.Internal.Remote;

namespace HotShelf.Caching.Tests.Fakes;

/// <summary>
/// Holds an operation before it reaches the store or before its answer goes back, and holds, drops or merges what the stream tells, until the test
/// lets it go on: interleavings are forced, not hoped for. Works over the fake and over real Redis alike.
/// </summary>
internal sealed class GatedStore(IRemoteStore inner) : InterceptingStore(inner)
{
    private readonly ConcurrentDictionary<(RemoteOperation Operation, bool After), Gate> _gates = new();
    private readonly ConcurrentDictionary<RemoteOperation, int> _counts = new();
    private GatedObserver? _observer;

    public GatedObserver Stream => _observer!;

    /// <summary>What the stream tells just before the answer to each question for stamps.</summary>
    public Action<IRemoteObserver>? AfterTags { get; set; }

    /// <summary>How often an operation was asked for.</summary>
    public int Count(RemoteOperation operation) => _counts.GetValueOrDefault(operation);

    /// <summary>Holds the next call of the operation before the server sees it.</summary>
    public Gate HoldBefore(RemoteOperation operation) => _gates[(operation, false)] = new Gate();

    /// <summary>Holds the answer of the next call of the operation.</summary>
    public Gate HoldAfter(RemoteOperation operation) => _gates[(operation, true)] = new Gate();

    protected override IRemoteObserver Wrap(IRemoteObserver observer) => _observer = new GatedObserver(observer);

    protected override async Task<T> RunAsync<T>(RemoteOperation operation, string key, Func<Task<T>> call)
    {
        _counts.AddOrUpdate(operation, 1, static (_, count) => count + 1);
        if (_gates.TryRemove((operation, false), out var before))
            await before.PassAsync();
        var result = await call();
        if (operation == RemoteOperation.ReadTags)
            AfterTags?.Invoke(_observer!);
        if (_gates.TryRemove((operation, true), out var after))
            await after.PassAsync();
        return result;
    }
}

/// <summary>One held operation.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the operation stands at the gate.</summary>
    public Task Reached => _reached.Task.WaitAsync(TimeSpan.FromSeconds(60));

    public void Open() => _open.TrySetResult();

    public Task PassAsync()
    {
        _reached.TrySetResult();
        return _open.Task;
    }
}
