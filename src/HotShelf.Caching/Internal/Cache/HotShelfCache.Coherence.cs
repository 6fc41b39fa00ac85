using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Telemetry;

namespace HotShelf.Caching.Internal;

/// <summary>Coherence of L1: every reported change removes the copy from L1. Without the stream L1 is emptied and its entries get a short lifetime.</summary>
internal sealed partial class HotShelfCache : IRemoteObserver
{
    private readonly EchoLagTimer _echoes;
    private int _coherence = (int)CoherenceState.Lost;

    internal CoherenceState Coherence => _remote is null ? CoherenceState.None : (CoherenceState)Volatile.Read(ref _coherence);

    private bool IsCoherent => Coherence == CoherenceState.Tracking;

    void IRemoteObserver.OnKeyChanged(ReadOnlySpan<char> key)
    {
        // Callers from now on must not get a value that a flight read or loaded before the change.
        _flights.Detach(key);
        _refreshes.Detach(key);
        if (_local.InvalidateUnlessEcho(key, out var removed) is { } own)
            _ = VerifyEchoAsync(own);
        if (removed)
        {
            _metrics.Invalidated(1, InvalidationSource.Fleet);
            _events.CopyDropped(_families.Of(key), key);
        }

        RecordEchoLag(key);
        _waiters.Wake(key);
    }

    void IRemoteObserver.OnTagChanged(string name)
    {
        // An empty name means that the ledger itself changed and may be lost. Removals are reported by name.
        if (name.Length > 0)
            _tags.Mark(name);
        _tagSync!.Request();
        if (name.Length == 0)
            return;
        RecordEchoLag(name);
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
        // When the stream ends, L1 is clamped and then emptied; when it begins, L1 is emptied and then unclamped. So no copy from the time in between
        // gets a long lifetime.
        if (state is CoherenceState.Lost or CoherenceState.None)
            Volatile.Write(ref _coherence, (int)state);
        _echoes.Clear();
        // Before L1 is emptied: a read from then on must not get from Redis what they remove.
        RepeatRecentInvalidations();
        _tags.ForgetAll();
        _local.Retire();
        // A running flight may have read a value before a change that was not reported: later callers must not join it.
        _flights.DetachAll();
        _refreshes.DetachAll();
        _waiters.WakeAll();
        Volatile.Write(ref _coherence, (int)state);
        _tagSync!.Request();
        _events.TrackingChanged(state);
    }

    void IRemoteObserver.OnConnectionLost() => RepeatRecentInvalidations();

    /// <summary>
    /// Inserts an entry that this node has just stored into L1. Tracking reports our own store like any other change; this push, the echo, must not remove
    /// the entry. If the key's epoch moved since before the store, the echo (or another change, or both in one push) has already arrived, and only Redis
    /// can tell whether our frame is still stored.
    /// </summary>
    private void InsertStored(LocalEntry entry, in EntrySettings settings, long epoch)
    {
        entry.EchoPending = Coherence == CoherenceState.Tracking;
        if (!ReplaceLocal(entry, settings, epoch) && settings.WriteLocal && entry.EchoPending && entry.Times.LocalUntil > _clock.Now)
            _ = VerifyThenInsertAsync(entry, settings);
        RefreshSucceeded(entry.Key, entry.Family);
    }

    /// <summary>
    /// Inserts an entry that is newer than any value a concurrent reader may hold: a reader that read L2 before our store and inserts after it
    /// would otherwise replace the new value by the old one.
    /// </summary>
    private bool ReplaceLocal(LocalEntry entry, in EntrySettings settings, long epoch)
    {
        entry.TagEpoch = 0;
        if (settings.WriteLocal && _local.TryReplace(entry, epoch))
            return true;
        _local.Invalidate(entry.Key);
        return false;
    }

    internal async Task VerifyThenInsertAsync(LocalEntry entry, EntrySettings settings)
    {
        var epoch = _local.EpochOf(entry.Key);
        // If the stream is lost from here on, the epoch advances. If it was lost earlier, the entry's lifetime is too long: do not insert it.
        if (Coherence != CoherenceState.Tracking)
            return;
        entry.EchoPending = false;
        if (await IsStoredInRedisAsync(entry).ConfigureAwait(false))
            InsertLocal(entry, settings, epoch);
    }

    /// <summary>
    /// The push for our own store arrived. Redis reports a key once per turn of its event loop however often it changed, so the push may also stand for
    /// another change: check that our frame is still stored. Until the answer, for one round trip at most, the entry is served.
    /// </summary>
    private async Task VerifyEchoAsync(LocalEntry entry)
    {
        if (await IsStoredInRedisAsync(entry).ConfigureAwait(false))
            return;
        _local.Remove(entry);
        _metrics.Invalidated(1, InvalidationSource.Fleet);
        _events.CopyDropped(entry.Family, entry.Key);
    }

    /// <summary>Starts to measure the time until tracking reports our own change.</summary>
    private void StartEchoTimer(string name)
    {
        if (Coherence == CoherenceState.Tracking)
            _echoes.Start(name);
    }

    /// <summary>Sliding keys are not tracked.</summary>
    private void StartEchoTimer(RemoteKey key)
    {
        if (key.Sliding is null)
            StartEchoTimer(key.Name);
    }

    private void RecordEchoLag(ReadOnlySpan<char> name)
    {
        if (_echoes.Stop(name) is { } lag)
            _metrics.RecordInvalidationLag(lag);
    }

    private async ValueTask<bool> IsStoredInRedisAsync(LocalEntry entry)
    {
        var answer = await _remote!.RunAsync(new RemoteKey(entry.Key, null), static (store, key) => store.FillIdAsync(key)).ConfigureAwait(false);
        return answer.Succeeded && answer.Value == entry.Times.FillId;
    }
}
