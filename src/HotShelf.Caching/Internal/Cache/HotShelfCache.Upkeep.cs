using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;

namespace HotShelf.Caching.Internal;

/// <summary>Promise 20: what the cache needs in Redis is used every second, so that a full server evicts other keys first; and what was lost all the same is written back.</summary>
internal sealed partial class HotShelfCache
{
    /// <summary>Entries kept in Redis at a time; a node touches no more than these in a second.</summary>
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
            }
        }
        catch (OperationCanceledException)
        {
            // The cache is being disposed.
        }
    }

    /// <summary>
    /// L1 answers this entry often, so that Redis never sees it used and would evict it first; and the eviction would take the copy out of every L1.
    /// Called for a sample of the hits: allocates nothing.
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
            // Null where a reader has taken the place and not filled it yet: that entry is noted again another time.
            if (Interlocked.Exchange(ref _hot[i], null) is not { } entry)
                continue;
            entry.IsNoted = false;
            keys.Add(new RemoteKey(entry.Key, null));
        }

        Volatile.Write(ref _hotCount, 0);
        if (keys.Count > 0)
            await _remote!.RunAsync(keys, static (store, keys) => store.KeepAsync(keys)).ConfigureAwait(false);
    }
}
