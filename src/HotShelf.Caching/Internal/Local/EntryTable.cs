namespace HotShelf.Caching.Internal.Local;

/// <summary>
/// The entries by key: a hash table whose buckets are linked through the entries themselves, without a node for each. It has 64 segments of its own lock. A look-up
/// takes no lock and writes nothing; a change locks one segment, also when that segment grows.
/// <para>
/// A look-up may meet a change. One that stands on an entry that is replaced or removed goes on from there: the entry keeps its link to the next one. While a segment grows,
/// entries move to other buckets, and the look-up may follow one of them and miss what it looks for. Therefore <see cref="Segment.Moves"/> counts the beginning and the end of
/// each growth, and a look-up that found nothing while it changed, or while it was odd, looks again under the lock.
/// </para>
/// </summary>
internal sealed class EntryTable
{
    private const int Segments = 64;
    private const int SegmentBits = 6;
    private const int FirstBuckets = 4;

    /// <summary>A segment grows when it has more entries in each bucket.</summary>
    private const int EntriesPerBucket = 2;

    private readonly Segment[] _segments = new Segment[Segments];

    public EntryTable()
    {
        for (var i = 0; i < Segments; i++)
            _segments[i] = new Segment();
    }

    public int Count
    {
        get
        {
            var count = 0;
            foreach (var segment in _segments)
                count += Volatile.Read(ref segment.Count);
            return count;
        }
    }

    /// <summary>Set for the simulator, whose runs are repeated in other processes: the order of <see cref="Each"/> depends on hashes.</summary>
    private static readonly bool s_isRepeatable = AppContext.TryGetSwitch("HotShelf.Caching.RepeatableHashes", out var isOn) && isOn;

    /// <summary>Random for each process: an attacker cannot choose keys that collide.</summary>
    public static int HashOf(ReadOnlySpan<char> key) => s_isRepeatable ? RepeatableHashOf(key) : string.GetHashCode(key);

    private static int RepeatableHashOf(ReadOnlySpan<char> key)
    {
        var hash = 0;
        foreach (var letter in key)
            hash = hash * 31 + letter;
        return hash;
    }

    public LocalEntry? Find(ReadOnlySpan<char> key)
    {
        var hash = HashOf(key);
        var segment = SegmentOf(hash);
        var moves = Volatile.Read(ref segment.Moves);
        return Find(segment, hash, key) ?? (moves % 2 == 0 && moves == Volatile.Read(ref segment.Moves) ? null : FindLocked(segment, hash, key));
    }

    /// <summary>
    /// Every entry that is here all the time is visited once; one that comes or goes meanwhile may be. Takes a copy of one segment at a time.
    /// </summary>
    public IEnumerable<LocalEntry> Each()
    {
        foreach (var segment in _segments)
        {
            foreach (var entry in segment.ToArray())
                yield return entry;
        }
    }

    /// <summary>Inserts the entry, or puts it in the place of the one with its key, whose count of reads it continues before anybody sees it.</summary>
    /// <returns>The entry that it replaced.</returns>
    public LocalEntry? Set(LocalEntry entry)
    {
        var hash = HashOf(entry.Key);
        var segment = SegmentOf(hash);
        lock (segment.Changing)
        {
            ref var link = ref segment.LinkTo(hash, entry.Key);
            var replaced = link;
            if (replaced is not null)
            {
                // It may have reads of its own: of callers who waited for a fill whose entry is only now known to be good.
                entry.ContinueCount(replaced, entry.Reads);
                entry.NextInBucket = replaced.NextInBucket;
                Volatile.Write(ref link, entry);
                return replaced;
            }

            segment.Add(entry, hash);
            return null;
        }
    }

    /// <summary>Puts <paramref name="other"/>, which has the same key, in the place of exactly this entry.</summary>
    public bool TryReplace(LocalEntry entry, LocalEntry other)
    {
        var hash = HashOf(entry.Key);
        var segment = SegmentOf(hash);
        lock (segment.Changing)
        {
            ref var link = ref segment.LinkTo(hash, entry.Key);
            if (link != entry)
                return false;
            other.NextInBucket = entry.NextInBucket;
            Volatile.Write(ref link, other);
            return true;
        }
    }

    /// <summary>Removes exactly this entry, not a newer one under its key.</summary>
    public bool TryRemove(LocalEntry entry) => Remove(entry.Key, entry) is not null;

    public LocalEntry? Remove(ReadOnlySpan<char> key) => Remove(key, null);

    private LocalEntry? Remove(ReadOnlySpan<char> key, LocalEntry? only)
    {
        var hash = HashOf(key);
        var segment = SegmentOf(hash);
        lock (segment.Changing)
        {
            ref var link = ref segment.LinkTo(hash, key);
            if (link is not { } entry || only is not null && entry != only)
                return null;
            Volatile.Write(ref link, entry.NextInBucket);
            segment.Count--;
            return entry;
        }
    }

    private Segment SegmentOf(int hash) => _segments[hash & Segments - 1];

    private static LocalEntry? Find(Segment segment, int hash, ReadOnlySpan<char> key)
    {
        var buckets = Volatile.Read(ref segment.Buckets);
        var entry = Volatile.Read(ref buckets[BucketOf(hash, buckets)]);
        while (entry is not null && !key.SequenceEqual(entry.Key))
            entry = Volatile.Read(ref entry.NextInBucket);
        return entry;
    }

    private static LocalEntry? FindLocked(Segment segment, int hash, ReadOnlySpan<char> key)
    {
        lock (segment.Changing)
            return Find(segment, hash, key);
    }

    private static int BucketOf(int hash, LocalEntry?[] buckets) => hash >>> SegmentBits & buckets.Length - 1;

    private sealed class Segment
    {
        public readonly Lock Changing = new();

        /// <summary>A power of two, so that an entry's bucket is some bits of its hash.</summary>
        public LocalEntry?[] Buckets = new LocalEntry?[FirstBuckets];

        public int Count;

        public int Moves;

        /// <summary>The link that leads to the key's entry, or the last one of its bucket when it is not here. Under the lock.</summary>
        public ref LocalEntry? LinkTo(int hash, ReadOnlySpan<char> key)
        {
            ref var link = ref Buckets[BucketOf(hash, Buckets)];
            while (link is { } entry && !key.SequenceEqual(entry.Key))
                link = ref entry.NextInBucket;
            return ref link;
        }

        public void Add(LocalEntry entry, int hash)
        {
            if (++Count > Buckets.Length * EntriesPerBucket)
                Grow();
            AddTo(Buckets, entry, hash);
        }

        public LocalEntry[] ToArray()
        {
            lock (Changing)
            {
                var all = new LocalEntry[Count];
                var at = 0;
                foreach (var first in Buckets)
                {
                    for (var entry = first; entry is not null; entry = entry.NextInBucket)
                        all[at++] = entry;
                }

                return all;
            }
        }

        private void Grow()
        {
            var buckets = new LocalEntry?[Buckets.Length * 2];
            Interlocked.Increment(ref Moves);
            foreach (var first in Buckets)
            {
                for (var entry = first; entry is not null;)
                {
                    var next = entry.NextInBucket;
                    AddTo(buckets, entry, entry.KeyHash);
                    entry = next;
                }
            }

            Volatile.Write(ref Buckets, buckets);
            Interlocked.Increment(ref Moves);
        }

        private static void AddTo(LocalEntry?[] buckets, LocalEntry entry, int hash)
        {
            ref var bucket = ref buckets[BucketOf(hash, buckets)];
            Volatile.Write(ref entry.NextInBucket, bucket);
            Volatile.Write(ref bucket, entry);
        }
    }
}
