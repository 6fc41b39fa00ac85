using System.Collections.Concurrent;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Tags;
using HotShelf.Caching.Internal.Telemetry;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Internal.Remote;

/// <summary>
/// Once a second uses the keys that the cache needs in Redis, so that Redis evicts other keys first, restores what was lost, and announces the node's version. Warns once when Redis
/// may evict what cannot be loaded again.
/// </summary>
internal sealed class Upkeep(RemoteGuard remote, TagSync tags, CacheClock clock, ILogger logger, CancellationToken stopping)
{
    /// <summary>Maximum number of entries that a node touches per second.</summary>
    private const int MaximumHot = 512;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly LocalEntry?[] _hot = new LocalEntry?[MaximumHot];
    private readonly ConcurrentQueue<string> _kept = new();
    private int _hotCount;

    /// <summary>Other data than a cache's is kept in this Redis.</summary>
    /// <param name="what">For the log.</param>
    public void NoteKept(string what) => _kept.Enqueue(what);

    public async Task RunAsync()
    {
        using var timer = new PeriodicTimer(s_interval, clock.Provider);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false))
            {
                await tags.JoinOrStartAsync(out _).ConfigureAwait(false);
                await KeepHotAsync().ConfigureAwait(false);
                await remote.RunAsync(0, static (store, _) => store.AnnounceAsync()).ConfigureAwait(false);
                await WarnOfEvictionAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The cache is being disposed.
        }
    }

    /// <summary>
    /// Records an entry that L1 serves often. Redis does not see these reads and would evict the entry first, and the eviction would remove the copy from
    /// every L1. Called for a sample of the hits; does not allocate.
    /// </summary>
    public void NoteHot(LocalEntry entry)
    {
        if (entry.IsNoted || Volatile.Read(ref _hotCount) >= MaximumHot)
            return;
        entry.IsNoted = true;
        var at = Interlocked.Increment(ref _hotCount) - 1;
        if (at < MaximumHot)
            Volatile.Write(ref _hot[at], entry);
    }

    private async ValueTask WarnOfEvictionAsync()
    {
        if (_kept.IsEmpty)
            return;
        var answer = await remote.RunAsync(0, static (store, _) => store.EvictionPolicyAsync()).ConfigureAwait(false);
        if (!answer.Succeeded)
            return;
        while (_kept.TryDequeue(out var what))
        {
            if (answer.Value is { } policy)
                Log.KeptDataMayBeEvicted(logger, policy, what);
        }
    }

    private async ValueTask KeepHotAsync()
    {
        var keys = new List<RemoteKey>();
        for (var i = 0; i < MaximumHot && i < Volatile.Read(ref _hotCount); i++)
        {
            // Null when a concurrent reader has reserved the slot and not written it yet. Its entry is recorded at a later hit.
            if (Interlocked.Exchange(ref _hot[i], null) is not { } entry)
                continue;
            entry.IsNoted = false;
            keys.Add(new RemoteKey(entry.Key, null));
        }

        Volatile.Write(ref _hotCount, 0);
        if (keys.Count > 0)
            await remote.RunAsync(keys, static (store, keys) => store.TouchAsync(keys)).ConfigureAwait(false);
    }
}
