using System.Collections.Concurrent;

namespace HotShelf.Caching.Internal.Local;

/// <summary>
/// L1: the entries of this process, bounded by their estimated bytes. <see cref="EvictionPolicy"/> chooses the ones to keep. A read takes no lock. Insertions and
/// removals leave a note of what they changed; one of their threads at a time takes the notes to the policy, while the others go on.
/// </summary>
/// <param name="sizeLimit">Bytes; 0 stores nothing.</param>
/// <param name="clock">Tells which entries are expired.</param>
/// <param name="isHidden">Tells which entries a removed tag hides for good; null for none.</param>
/// <param name="hits">How many reads were answered from here so far; null when they are not counted.</param>
internal sealed class LocalStore(long sizeLimit, CacheClock clock, Func<LocalEntry, bool>? isHidden = null, Func<long>? hits = null)
{
    /// <summary>Changes that one thread takes to the policy before it goes on with its own work. The pool takes the rest.</summary>
    private const int ChangesPerTurn = 1024;

    private readonly EntryTable _entries = new();
    private readonly ConcurrentQueue<(LocalEntry Entry, LocalEntry? Replaced)> _changes = new();
    private readonly KeyEpochs _epochs = new();
    private readonly Lock _evicting = new();
    private EvictionPolicy? _policy;
    private long _size;
    private long _evictions;

    /// <summary>Estimated bytes of all entries.</summary>
    public long Size => Volatile.Read(ref _size);

    public int Count => _entries.Count;

    /// <summary>Entries pushed out so far because there was no room.</summary>
    public long Evictions => Volatile.Read(ref _evictions);

    /// <summary>Called for every entry that leaves, for any reason; null when not needed. Called on readers' threads: must be quick.</summary>
    public Action<LocalEntry>? Left { get; set; }

    /// <inheritdoc cref="EntryTable.Each"/>
    public IEnumerable<LocalEntry> Each() => _entries.Each();

    public LocalEntry? Find(ReadOnlySpan<char> key) => _entries.Find(key);

    /// <summary>What <see cref="TryInsert"/> wants to know of the moment before Redis was asked.</summary>
    public long EpochOf(string key) => _epochs.Of(key);

    /// <summary>Inserts unless the key was changed since <paramref name="epoch"/>.</summary>
    public bool TryInsert(LocalEntry entry, long epoch)
    {
        if (sizeLimit <= 0 || entry.Size > sizeLimit / 4 || entry.Times.LocalUntil <= clock.Now || _epochs.Of(entry.Key) != epoch)
            return false;
        Put(entry);
        // A change may have arrived between the look above and the insertion. Its push advances the epoch before it removes, so either it
        // removed our entry or we see its epoch here.
        if (_epochs.Of(entry.Key) == epoch)
            return true;
        Remove(entry);
        return false;
    }

    /// <summary>As <see cref="TryInsert"/>, and lets no answer read before this moment be inserted after it.</summary>
    public bool TryReplace(LocalEntry entry, long epoch) => _epochs.TryAdvance(entry.Key, epoch) && TryInsert(entry, epoch + 1);

    /// <summary>A key changed somewhere: forget its copy, and let no answer read before this moment be inserted.</summary>
    public LocalEntry? Invalidate(ReadOnlySpan<char> key)
    {
        _epochs.Advance(key);
        if (_entries.Remove(key) is not { } removed)
            return null;
        OnRemoved(removed);
        OnChanged(removed, null);
        return removed;
    }

    /// <summary>As <see cref="Invalidate"/>, but a copy that awaits the echo of our own store stays, and is returned to be verified.</summary>
    public LocalEntry? InvalidateUnlessEcho(ReadOnlySpan<char> key, out bool removed)
    {
        removed = false;
        _epochs.Advance(key);
        if (_entries.Find(key) is not { } entry)
            return null;
        if (entry.EchoPending)
        {
            entry.EchoPending = false;
            return entry;
        }

        Remove(entry);
        removed = true;
        return null;
    }

    /// <summary>Removes exactly this entry, not a newer one under its key.</summary>
    public void Remove(LocalEntry entry)
    {
        if (TryTakeOut(entry))
            OnChanged(entry, null);
    }

    /// <summary>A key changed, but what is kept of it may stay: lets no answer read before this moment be inserted.</summary>
    public void Outdate(ReadOnlySpan<char> key) => _epochs.Advance(key);

    /// <summary>Gives exactly this entry other lifetimes; false when it is gone or was replaced.</summary>
    public bool TryExchange(LocalEntry entry, in Lifetimes times)
    {
        var other = entry.WithTimes(times);
        other.ContinueCount(entry, own: 0);
        if (entry.IsDoubtful)
            other.Doubt();
        other.IsStored = true;
        if (!_entries.TryReplace(entry, other))
            return false;
        entry.IsStored = false;
        OnChanged(other, entry);
        return true;
    }

    /// <summary>
    /// Changes may have been missed: no copy answers any more, and no answer read before this moment is inserted. A copy inside its grace stays for
    /// the case that the origin fails.
    /// </summary>
    public void Retire()
    {
        _epochs.AdvanceAll();
        foreach (var entry in _entries.Each())
        {
            entry.Doubt();
            Retire(entry);
            // Exchanged for another one meanwhile.
            if (_entries.Find(entry.Key) is { } other && other != entry)
                other.Doubt();
        }
    }

    /// <summary>One entry answers no more; inside its grace it stays for the case that the origin fails.</summary>
    public void Retire(LocalEntry entry)
    {
        var now = clock.Now;
        if (entry.Times.StaleUntil <= entry.Times.FreshUntil || entry.Times.StaleUntil <= now)
            Remove(entry);
        else if (entry.Times.LocalUntil > now)
            TryExchange(entry, entry.Times with { FreshUntil = Math.Min(entry.Times.FreshUntil, now), LocalUntil = now });
    }

    /// <summary>Everything may have changed.</summary>
    public void Clear()
    {
        _epochs.AdvanceAll();
        foreach (var entry in _entries.Each())
            Remove(entry);
    }

    private void Put(LocalEntry entry)
    {
        entry.IsStored = true;
        var replaced = _entries.Set(entry);
        Interlocked.Add(ref _size, entry.Size - (replaced?.Size ?? 0));
        if (replaced is not null)
            replaced.IsStored = false;
        OnChanged(entry, replaced);
    }

    private bool TryTakeOut(LocalEntry entry)
    {
        if (!_entries.TryRemove(entry))
            return false;
        OnRemoved(entry);
        return true;
    }

    private void OnRemoved(LocalEntry entry)
    {
        entry.IsStored = false;
        Interlocked.Add(ref _size, -entry.Size);
        Left?.Invoke(entry);
    }

    /// <summary>Takes the change to the policy, or leaves it to the thread that is at it.</summary>
    private void OnChanged(LocalEntry entry, LocalEntry? replaced)
    {
        _changes.Enqueue((entry, replaced));
        ApplyChanges();
    }

    private void ApplyChanges()
    {
        var left = ChangesPerTurn;
        // Looked at again after the lock is free: a change that came in between found the lock taken.
        while (left > 0 && !_changes.IsEmpty && _evicting.TryEnter())
        {
            try
            {
                _policy ??= new EvictionPolicy(sizeLimit, IsUseless, Evict, hits);
                while (left-- > 0 && _changes.TryDequeue(out var change))
                    _policy.Apply(change.Entry, change.Replaced);
            }
            finally
            {
                _evicting.Exit();
            }
        }

        // Not left to the next change: there may be none for a long time, and memory is above its limit.
        if (left <= 0 && !_changes.IsEmpty)
            ThreadPool.UnsafeQueueUserWorkItem(static store => store.ApplyChanges(), this, preferLocal: false);
    }

    private bool IsUseless(LocalEntry entry) => entry.Times.StaleUntil <= clock.Now || isHidden is not null && isHidden(entry);

    /// <summary>Called under the lock. An entry that was removed or replaced meanwhile is no longer here; its change is on its way to the policy.</summary>
    private void Evict(LocalEntry entry, bool useless)
    {
        if (TryTakeOut(entry) && !useless)
            Volatile.Write(ref _evictions, _evictions + 1);
    }
}
