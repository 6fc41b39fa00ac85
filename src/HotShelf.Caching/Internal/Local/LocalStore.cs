using System.Collections.Concurrent;

namespace HotShelf.Caching.Internal.Local;

/// <summary>
/// L1: the entries of this process, bounded by their estimated bytes. Eviction goes through the entries in the order of their arrival and gives
/// each that was read since its last visit another round (CLOCK), so that one scan over cold keys does not push the hot ones out.
/// </summary>
internal sealed class LocalStore(long sizeLimit, CacheClock clock)
{
    private readonly ConcurrentDictionary<string, LocalEntry> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<LocalEntry> _queue = new();
    private readonly KeyEpochs _epochs = new();
    private readonly Lock _evicting = new();
    private long _size;
    private long _queued;
    private long _evictions;

    /// <summary>Estimated bytes of all entries.</summary>
    public long Size => Volatile.Read(ref _size);

    public int Count => _entries.Count;

    /// <summary>Entries pushed out so far because there was no room.</summary>
    public long Evictions => Volatile.Read(ref _evictions);

    public ICollection<LocalEntry> Entries => _entries.Values;

    /// <summary>Told of every entry that leaves, by whatever way; null when nobody wants to know. Called on readers' threads: must be quick.</summary>
    public Action<LocalEntry>? Left { get; set; }

    /// <summary>The entries one by one, without the copy and the locks of <see cref="Entries"/>.</summary>
    public IEnumerable<LocalEntry> Each() => _entries.Select(static pair => pair.Value);

    public LocalEntry? Find(string key) => _entries.TryGetValue(key, out var entry) ? entry : null;

    public LocalEntry? Find(ReadOnlySpan<char> key) =>
        _entries.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out var entry) ? entry : null;

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
        if (!_entries.GetAlternateLookup<ReadOnlySpan<char>>().TryRemove(key, out _, out var removed))
            return null;
        Interlocked.Add(ref _size, -removed.Size);
        Left?.Invoke(removed);
        return removed;
    }

    /// <summary>As <see cref="Invalidate"/>, but a copy that awaits the echo of our own store stays, and is returned to be verified.</summary>
    public LocalEntry? InvalidateUnlessEcho(ReadOnlySpan<char> key, out bool removed)
    {
        removed = false;
        _epochs.Advance(key);
        var lookup = _entries.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!lookup.TryGetValue(key, out var entry))
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
        if (!_entries.TryRemove(KeyValuePair.Create(entry.Key, entry)))
            return;
        Interlocked.Add(ref _size, -entry.Size);
        Left?.Invoke(entry);
    }

    /// <summary>A key changed, but what is kept of it may stay: lets no answer read before this moment be inserted.</summary>
    public void Outdate(ReadOnlySpan<char> key) => _epochs.Advance(key);

    /// <summary>Gives exactly this entry other lifetimes; false when it is gone or was replaced.</summary>
    public bool TryExchange(LocalEntry entry, in Lifetimes times)
    {
        var other = entry.WithTimes(times);
        other.ContinueCount(entry, own: 0);
        if (!_entries.TryUpdate(entry.Key, other, entry))
            return false;
        Enqueue(other);
        return true;
    }

    /// <summary>
    /// Changes may have been missed: no copy answers any more, and no answer read before this moment is inserted. A copy inside its grace stays for
    /// the case that the origin fails.
    /// </summary>
    public void Retire()
    {
        _epochs.AdvanceAll();
        foreach (var entry in _entries.Values)
            Retire(entry);
    }

    /// <inheritdoc cref="Retire()"/>
    public void Retire(LocalEntry entry)
    {
        var now = clock.Now;
        if (entry.Times.StaleUntil <= entry.Times.FreshUntil || entry.Times.StaleUntil <= now)
            Remove(entry);
        else if (entry.Times.LocalUntil > now)
            TryExchange(entry, entry.Times with { LocalUntil = now });
    }

    /// <summary>Everything may have changed.</summary>
    public void Clear()
    {
        _epochs.AdvanceAll();
        foreach (var entry in _entries.Values)
            Remove(entry);
    }

    private void Put(LocalEntry entry)
    {
        // Callers may have read it already: those who waited for a fill whose entry is only now known to be good.
        var own = entry.Reads;
        LocalEntry? replaced;
        while (true)
        {
            if (_entries.TryGetValue(entry.Key, out replaced))
            {
                // Before anybody sees it: a harvest must not find one of the two numbers without the other.
                entry.ContinueCount(replaced, own);
                if (_entries.TryUpdate(entry.Key, entry, replaced))
                    break;
            }
            else if (_entries.TryAdd(entry.Key, entry))
            {
                break;
            }
        }

        Interlocked.Add(ref _size, entry.Size - (replaced?.Size ?? 0));
        Enqueue(entry);
    }

    private void Enqueue(LocalEntry entry)
    {
        _queue.Enqueue(entry);
        var queued = Interlocked.Increment(ref _queued);
        if (Size > sizeLimit || queued > 2L * _entries.Count + 1024)
            Evict();
    }

    private void Evict()
    {
        // One thread evicts; the others go on, and whoever inserts next looks again.
        if (!_evicting.TryEnter())
            return;
        try
        {
            var now = clock.Now;
            var rounds = Volatile.Read(ref _queued) * 2;
            while ((Volatile.Read(ref _size) > sizeLimit || Volatile.Read(ref _queued) > 2L * _entries.Count + 1024) && rounds-- > 0 && _queue.TryDequeue(out var entry))
            {
                Interlocked.Decrement(ref _queued);
                if (!_entries.TryGetValue(entry.Key, out var current) || !ReferenceEquals(current, entry))
                    continue;
                var reads = entry.Reads;
                if (reads == entry.ReadsAtLastVisit && Volatile.Read(ref _size) > sizeLimit || entry.Times.StaleUntil <= now)
                {
                    Remove(entry);
                    if (entry.Times.StaleUntil > now)
                        _evictions++;
                    continue;
                }

                entry.ReadsAtLastVisit = reads;
                _queue.Enqueue(entry);
                Interlocked.Increment(ref _queued);
            }
        }
        finally
        {
            _evicting.Exit();
        }
    }
}
