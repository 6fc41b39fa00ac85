using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Flights;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;
using HotShelf.Caching.Internal.Telemetry;

namespace HotShelf.Caching.Internal.Local;

/// <summary>
/// Coherence of L1: every reported change removes the copy from L1 and detaches the flight of its key. Without the stream L1 is emptied and its entries get a short
/// lifetime. What goes into L1 goes through here.
/// </summary>
internal sealed class LocalCoherence(
    LocalStore local, TagSync tags, RunningFlights flights, Invalidations invalidations, RemoteGuard? remote, LeaseKeeper? leases, StreamState stream, EchoLagTimer echoes, FamilyTable families, CacheClock clock,
    CacheMetrics metrics, CacheEvents events) : IRemoteObserver
{
    void IRemoteObserver.OnKeyChanged(ReadOnlySpan<char> key)
    {
        // Callers from now on must not get a value that a flight read or loaded before the change.
        flights.Detach(key);
        if (local.InvalidateUnlessEcho(key, out var removed) is { } own)
            _ = VerifyEchoAsync(own);
        if (removed)
        {
            metrics.Invalidated(1, InvalidationSource.Fleet);
            events.CopyDropped(families.Of(key), key);
        }

        RecordEchoLag(key);
        flights.Waiters.Wake(key);
    }

    void IRemoteObserver.OnTagChanged(string name)
    {
        // An empty name means that the ledger itself changed and may be lost. Removals are reported by name.
        if (name.Length > 0)
            tags.Table.Mark(name);
        tags.Request();
        if (name.Length == 0)
            return;
        RecordEchoLag(name);
    }

    void IRemoteObserver.OnEverythingChanged()
    {
        tags.Table.ForgetAll();
        local.Clear();
        flights.DetachAll();
        flights.Waiters.WakeAll();
        tags.Request();
    }

    void IRemoteObserver.OnStreamChanged(CoherenceState state)
    {
        // When the stream ends, L1 is clamped and then emptied; when it begins, L1 is emptied and then unclamped. So no copy from the time in between
        // gets a long lifetime.
        if (state is CoherenceState.Lost or CoherenceState.None)
            stream.Current = state;
        echoes.Clear();
        // Before L1 is emptied: a read from then on must not get from Redis what they remove.
        RepeatRecent();
        tags.Table.ForgetAll();
        local.Retire();
        // A running flight may have read a value before a change that was not reported: later callers must not join it.
        flights.DetachAll();
        flights.Waiters.WakeAll();
        stream.Current = state;
        tags.Request();
        events.TrackingChanged(state);
    }

    void IRemoteObserver.OnConnectionLost() => RepeatRecent();

    /// <summary>Inserts an entry that was read, unless its key has changed since <paramref name="epoch"/>.</summary>
    public bool Insert(LocalEntry entry, in EntrySettings settings, long epoch)
    {
        entry.TagEpoch = 0;
        return settings.WriteLocal && local.TryInsert(entry, epoch);
    }

    /// <summary>
    /// Inserts an entry that is newer than any value a concurrent reader may hold: a reader that read L2 before our store and inserts after it
    /// would otherwise replace the new value by the old one.
    /// </summary>
    public bool Replace(LocalEntry entry, in EntrySettings settings, long epoch)
    {
        entry.TagEpoch = 0;
        if (settings.WriteLocal && local.TryReplace(entry, epoch))
            return true;
        local.Invalidate(entry.Key);
        return false;
    }

    /// <summary>
    /// Inserts an entry that this node has just stored into L1. Tracking reports our own store like any other change; this push, the echo, must not remove
    /// the entry. If the key's epoch moved since before the store, the echo (or another change, or both in one push) has already arrived, and only Redis
    /// can tell whether our frame is still stored.
    /// </summary>
    public void InsertStored(LocalEntry entry, in EntrySettings settings, long epoch)
    {
        var awaitsEcho = entry.EchoPending = stream.IsTracking;
        // Not entry.EchoPending: an echo that comes while the entry is being inserted has cleared it.
        if (!Replace(entry, settings, epoch) && settings.WriteLocal && awaitsEcho && entry.Times.LocalUntil > clock.Now)
            _ = VerifyThenInsertAsync(entry, settings);
    }

    /// <summary>Whether a removal of the entry would have been reported to this process.</summary>
    public bool WouldHaveHeardOf(LocalEntry entry) => remote is null || stream.IsTracking && !entry.IsDoubtful;

    public async Task VerifyThenInsertAsync(LocalEntry entry, EntrySettings settings)
    {
        var epoch = local.EpochOf(entry.Key);
        // If the stream is lost from here on, the epoch advances. If it was lost earlier, the entry's lifetime is too long: do not insert it.
        if (!stream.IsTracking)
            return;
        entry.EchoPending = false;
        // Redis still holds what a pending invalidation of this process removes: that is sent first, as before every read.
        if (await invalidations.IsRemoteCurrentAsync(new RemoteKey(entry.Key, null), CacheClock.Never).ConfigureAwait(false) && await IsStoredInRedisAsync(entry).ConfigureAwait(false))
            Insert(entry, settings, epoch);
    }

    /// <summary>
    /// The push for our own store arrived. Redis reports a key once per turn of its event loop however often it changed, so the push may also stand for
    /// another change: check that our frame is still stored. Until the answer, for one round trip at most, the entry is served.
    /// </summary>
    private async Task VerifyEchoAsync(LocalEntry entry)
    {
        if (await IsStoredInRedisAsync(entry).ConfigureAwait(false))
            return;
        local.Remove(entry);
        metrics.Invalidated(1, InvalidationSource.Fleet);
        events.CopyDropped(entry.Family, entry.Key);
    }

    private void RepeatRecent()
    {
        invalidations.RepeatRecent();
        leases?.RepeatReleases();
    }

    private void RecordEchoLag(ReadOnlySpan<char> name)
    {
        if (echoes.Stop(name) is { } lag)
            metrics.RecordInvalidationLag(lag);
    }

    private async ValueTask<bool> IsStoredInRedisAsync(LocalEntry entry)
    {
        var answer = await remote!.RunAsync(new RemoteKey(entry.Key, null), static (store, key) => store.FillIdAsync(key)).ConfigureAwait(false);
        return answer.Succeeded && answer.Value == entry.Times.FillId;
    }
}
