using HotShelf.Caching.Fleet;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Telemetry;

namespace HotShelf.Caching.Internal;

/// <summary>Promises 9 and 10: every change, by whomever, takes the copy out of L1; without the stream L1 is emptied and lives from second to second.</summary>
internal sealed partial class HotShelfCache : IRemoteObserver
{
    private readonly EchoWatch _echoes;
    private int _coherence = (int)CoherenceState.Lost;

    internal CoherenceState Coherence => _remote is null ? CoherenceState.None : (CoherenceState)Volatile.Read(ref _coherence);

    private bool IsCoherent => Coherence == CoherenceState.Tracking;

    void IRemoteObserver.OnKeyChanged(ReadOnlySpan<char> key)
    {
        // Callers who come from now on must not get what a flight has read or loaded before the change.
        _flights.Detach(key);
        _refreshes.Detach(key);
        if (_local.InvalidateUnlessEcho(key, out var removed) is { } own)
            _ = VerifyAsync(own);
        if (removed)
        {
            _metrics.Invalidated(1, InvalidationSource.Fleet);
            _journal?.CopyDropped(key);
        }

        HeardOf(key);
        _waiters.Wake(key);
    }

    void IRemoteObserver.OnTagChanged(string name)
    {
        // With an empty name it is the ledger itself that changed: what was removed is reported by name, but the ledger may be lost.
        if (name.Length > 0)
            _tags.Mark(name);
        _tagSync!.Request();
        if (name.Length == 0)
            return;
        HeardOf(name);
        _flights.DetachAll();
        _refreshes.DetachAll();
    }

    void IRemoteObserver.OnEverythingChanged()
    {
        _tags.ForgetAll();
        _local.Clear();
        _flights.DetachAll();
        _refreshes.DetachAll();
        _waiters.WakeAll();
        _tagSync!.Request();
    }

    void IRemoteObserver.OnStreamChanged(CoherenceState state)
    {
        // Clamped before it is emptied when the stream ends, and emptied before it is unclamped when it begins: no copy from the time between
        // ever gets a long life.
        if (state is CoherenceState.Lost or CoherenceState.None)
            Volatile.Write(ref _coherence, (int)state);
        _echoes.ForgetAll();
        _tags.ForgetAll();
        _local.Retire();
        // What a flight has read or loaded may be from before a change that nobody told us of: nobody joins it from now on.
        _flights.DetachAll();
        _refreshes.DetachAll();
        _waiters.WakeAll();
        Volatile.Write(ref _coherence, (int)state);
        _tagSync!.Request();
        _journal?.StreamChanged(state);
    }

    /// <summary>
    /// Puts what this node has just stored into L1. The stream will tell of that store like of any other change; that one push is our echo and
    /// must not throw the entry out. If the key's epoch moved since before the store, the echo (or a foreign change, or both in one push) came
    /// already, and only Redis can say whether our frame still lies there.
    /// </summary>
    private void InsertOwn(LocalEntry entry, in EntrySettings settings, long epoch)
    {
        entry.EchoPending = Coherence == CoherenceState.Tracking;
        if (!ReplaceLocal(entry, settings, epoch) && settings.WriteLocal && entry.EchoPending && entry.Times.LocalUntil > _clock.Now)
            _ = InsertVerifiedAsync(entry, settings);
        RefreshSucceeded(entry.Key, entry.Family);
    }

    /// <summary>
    /// Inserts what is newer than any answer that a reader of this process may still hold: one that read L2 before our store and inserts after it
    /// would otherwise put the old value over the new one.
    /// </summary>
    private bool ReplaceLocal(LocalEntry entry, in EntrySettings settings, long epoch)
    {
        entry.TagEpoch = 0;
        if (settings.WriteLocal && _local.TryReplace(entry, epoch))
            return true;
        _local.Invalidate(entry.Key);
        return false;
    }

    internal async Task InsertVerifiedAsync(LocalEntry entry, EntrySettings settings)
    {
        var epoch = _local.EpochOf(entry.Key);
        // A loss of the stream from now on advances the epoch; after an earlier one the entry's lifetime is too long.
        if (Coherence != CoherenceState.Tracking)
            return;
        entry.EchoPending = false;
        if (await LiesInRedisAsync(entry).ConfigureAwait(false))
            InsertLocal(entry, settings, epoch);
    }

    /// <summary>
    /// The push for our own store came. Redis tells of a key once however often it changed in one turn of its loop, so a foreign change right
    /// after ours may hide in the same push: look whether it is still our frame. Until the answer the entry is served, one round trip at most.
    /// </summary>
    private async Task VerifyAsync(LocalEntry entry)
    {
        if (await LiesInRedisAsync(entry).ConfigureAwait(false))
            return;
        _local.Remove(entry);
        _metrics.Invalidated(1, InvalidationSource.Fleet);
        _journal?.CopyDropped(entry.Key);
    }

    /// <summary>A change of our own is about to be sent; tracking will report it back.</summary>
    private void ExpectEcho(string name)
    {
        if (Coherence == CoherenceState.Tracking)
            _echoes.Expect(name);
    }

    /// <summary>As above; sliding keys lie outside of what is tracked.</summary>
    private void ExpectEcho(RemoteKey key)
    {
        if (key.Sliding is null)
            ExpectEcho(key.Name);
    }

    private void HeardOf(ReadOnlySpan<char> name)
    {
        if (_echoes.Heard(name) is { } lag)
            _metrics.ToldAfter(lag);
    }

    private async ValueTask<bool> LiesInRedisAsync(LocalEntry entry)
    {
        var answer = await _remote!.RunAsync(new RemoteKey(entry.Key, null), static (store, key) => store.FillIdAsync(key)).ConfigureAwait(false);
        return answer.Succeeded && answer.Value == entry.Times.FillId;
    }
}
