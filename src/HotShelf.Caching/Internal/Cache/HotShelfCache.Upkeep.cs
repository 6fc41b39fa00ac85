using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;

namespace HotShelf.Caching.Internal;

/// <summary>Upkeep: once a second uses the keys that the cache needs in Redis, so that Redis evicts other keys first, restores what was lost, and announces the node's version.</summary>
internal sealed partial class HotShelfCache
{
    /// <summary>Maximum number of entries that a node touches per second.</summary>
    private const int MaximumHot = 512;

    private static readonly TimeSpan s_upkeepInterval = TimeSpan.FromSeconds(1);

    private readonly LocalEntry?[] _hot = new LocalEntry?[MaximumHot];
    private int _hotCount;

    private void StartUpkeep(IRemoteStore store)
    {
        store.Start(this);
        _ = KeepUpAsync();
    }

    private async Task KeepUpAsync()
    {
        using var timer = new PeriodicTimer(s_upkeepInterval, _clock.Provider);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
            {
                await _tagSync!.JoinOrStartAsync(out _).ConfigureAwait(false);
                await KeepHotAsync().ConfigureAwait(false);
                await _remote!.RunAsync(0, static (store, _) => store.AnnounceAsync()).ConfigureAwait(false);
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
    private void NoteHot(LocalEntry entry)
    {
        if (entry.IsNoted || _remote is null || Volatile.Read(ref _hotCount) >= MaximumHot)
            return;
        entry.IsNoted = true;
        var at = Interlocked.Increment(ref _hotCount) - 1;
        if (at < MaximumHot)
            Volatile.Write(ref _hot[at], entry);
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
            await _remote!.RunAsync(keys, static (store, keys) => store.TouchAsync(keys)).ConfigureAwait(false);
    }
}
