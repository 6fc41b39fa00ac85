using System.Collections.Concurrent;
using HotShelf.CacheWorker.Feed;

namespace HotShelf.CacheWorker.Tests;

/// <summary>Stands for the cache: writes down what it is told, and can be away, slow or picky.</summary>
internal sealed class RecordingInvalidator : ICacheInvalidator
{
    public ConcurrentQueue<Invalidation> Told { get; } = new();

    public IEnumerable<string> Keys => Told.SelectMany(invalidation => invalidation.Keys);

    /// <summary>True while Redis is away.</summary>
    public volatile bool IsAway;

    /// <summary>Calls made while it was away.</summary>
    public int CallsWhileAway;

    /// <summary>A key that the cache refuses.</summary>
    public string? Poison { get; set; }

    /// <summary>When set, an invalidation waits for it.</summary>
    public TaskCompletionSource? Gate { get; set; }

    /// <summary>Completes when an invalidation waits at the <see cref="Gate"/>.</summary>
    public TaskCompletionSource AtGate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task InvalidateAsync(Invalidation invalidation, CancellationToken cancellationToken)
    {
        if (IsAway)
        {
            Interlocked.Increment(ref CallsWhileAway);
            throw new CacheUnreachableException("away");
        }

        if (Gate is { } gate)
        {
            AtGate.TrySetResult();
            await gate.Task.WaitAsync(cancellationToken);
        }

        if (Poison is { } poison && invalidation.Keys.Contains(poison))
            throw new ArgumentException("that key is malformed");
        Told.Enqueue(invalidation);
    }

    public Task<bool> IsReachableAsync(CancellationToken cancellationToken) => Task.FromResult(!IsAway);
}
