using System.Runtime.CompilerServices;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Frames;

namespace HotShelf.Caching.Internal.Local;

/// <summary>What is known of an entry, from any reader or fill. Times are steady milliseconds of this process (<see cref="CacheClock.Now"/>).</summary>
/// <param name="FillId">The frame's fill id; 0 when it is not stored in L2.</param>
/// <param name="Created">When it was filled.</param>
/// <param name="FreshUntil">When it becomes stale.</param>
/// <param name="StaleUntil">When it is expired.</param>
/// <param name="LocalUntil">Until when L1 may answer without asking L2.</param>
/// <param name="RefreshAt">From when on a read refreshes it in the background (eager refresh).</param>
internal readonly record struct Lifetimes(long FillId, long Created, long FreshUntil, long StaleUntil, long LocalUntil, long RefreshAt)
{
    /// <summary>The origin's version of the value; 0 when it is not known.</summary>
    public long Version { get; init; }
}

/// <summary>
/// One value in this process' memory. There are millions of them: one time is kept exactly and the others as four-byte distances from it
/// (<see cref="PackedSpan"/>), the key's hash is calculated when it is needed, and the links of the table and of the eviction queues are here.
/// </summary>
internal abstract class LocalEntry
{
    /// <summary>
    /// What an entry costs beside the letters of its key and its value: this object (144), the key's object (24), and its share of the table's buckets and of the
    /// sketch (4 to 8 and 8 to 16, 18 on average). <c>EntrySizeTests</c> measures it.
    /// </summary>
    private const int Overhead = 144 + 24 + 18;

    /// <summary>Reads counted one by one, before a sample is enough.</summary>
    private const int ExactReads = 1024;

    /// <summary>A power of two: log2 is in <see cref="CountSample"/>.</summary>
    public const int SampleSize = 64;

    private readonly uint _age;
    private readonly uint _freshFor;
    private readonly uint _staleFor;
    private readonly uint _localFor;
    private readonly long _fillId;
    private readonly long _version;
    private long _position;

    protected LocalEntry(string key, FamilyState family, in Lifetimes times, Stamps stamps, int payloadBytes)
    {
        Key = key;
        Family = family;
        PayloadBytes = payloadBytes;
        // One array for all entries without tags.
        Tags = stamps.Tags is { Length: 0 } ? [] : stamps.Tags;
        _position = PositionOf(stamps);
        _fillId = times.FillId;
        _version = times.Version;
        CheckAt = Math.Min(Math.Min(times.FreshUntil, times.LocalUntil), Math.Min(times.RefreshAt, times.Created + PackedSpan.Longest));
        _age = PackedSpan.Pack(CheckAt - times.Created);
        _freshFor = PackedSpan.Between(CheckAt, times.FreshUntil);
        _staleFor = PackedSpan.Between(CheckAt, times.StaleUntil);
        _localFor = PackedSpan.Between(CheckAt, times.LocalUntil);
    }

    public string Key { get; }

    public FamilyState Family { get; }

    public int PayloadBytes { get; }

    public int Size => Overhead + Key.Length * 2 + PayloadBytes;

    /// <summary>
    /// Up to this moment a read needs no second look: the entry is fresh, L1 may answer, and no refresh is due. Exact; the other times are distances from it.
    /// Of an entry that never expires it is 69 years after its fill.
    /// </summary>
    public long CheckAt { get; }

    /// <summary>
    /// The entry's lifetimes. Those up to 24 days from <see cref="CheckAt"/> are exact, later ones up to a second too early. <see cref="Lifetimes.RefreshAt"/> is kept if it
    /// precedes the ends of freshness and of L1: a later one never starts a refresh from this copy.
    /// </summary>
    public Lifetimes Times
    {
        get
        {
            var freshUntil = PackedSpan.After(CheckAt, _freshFor);
            var localUntil = PackedSpan.After(CheckAt, _localFor);
            return new(_fillId, CheckAt - PackedSpan.Unpack(_age), freshUntil, PackedSpan.After(CheckAt, _staleFor), localUntil,
                CheckAt < Math.Min(freshUntil, localUntil) ? CheckAt : CacheClock.Never)
            {
                Version = _version,
            };
        }
    }

    public CacheResult ResultAt(long now) => now < PackedSpan.After(CheckAt, _freshFor) ? CacheResult.Hit : CacheResult.Stale;

    /// <summary>Its tags with their stamps; null when it was filled while Redis was away.</summary>
    public TagStamp[]? Tags { get; }

    public Stamps Stamps => Tags is null ? default : new(_position, _position, Tags);

    /// <summary>
    /// No removal of its tags, its family or everything up to this one concerns the entry: the least of its stamps. Without Redis it rises when old removals are
    /// forgotten.
    /// </summary>
    public long Position
    {
        get => Tags is null ? 0 : Volatile.Read(ref _position);
        set
        {
            if (Tags is not null)
                Volatile.Write(ref _position, Math.Max(_position, value));
        }
    }

    /// <summary>For an entry without stamps, filled while Redis was away: the tag table's epoch when its fill began. Any removal since then hides it.</summary>
    public int FilledAtTagEpoch
    {
        get => Tags is null ? (int)Volatile.Read(ref _position) : 0;
        set
        {
            if (Tags is null)
                Volatile.Write(ref _position, value);
        }
    }

    /// <summary>The tag table's epoch at which the stamps were last found current.</summary>
    public int TagEpoch { get; set; }

    /// <summary>Reads of this copy. Not exact: two threads may lose a count to each other, and many reads are counted by a sample; see <see cref="CountRead"/>.</summary>
    public int Reads;

    private int _readsTaken;
    private int _readsSeen;

    /// <summary>Reads that no harvest has taken yet.</summary>
    public int ReadsToTake => Volatile.Read(ref Reads) - Volatile.Read(ref _readsTaken);

    /// <summary>Takes them: of two concurrent callers (a harvest, and a removal of the entry) one gets them.</summary>
    public int TakeReads()
    {
        var reads = Volatile.Read(ref Reads);
        return reads - Interlocked.Exchange(ref _readsTaken, reads);
    }

    /// <summary>
    /// Counts a read, and returns true for one in <see cref="SampleSize"/>. Up to <see cref="ExactReads"/> each read is counted. Above that one read in
    /// <see cref="SampleSize"/>, chosen at random, counts for all of them: the cores that read a hot entry would otherwise pass its cache line around.
    /// </summary>
    /// <param name="turn">Another number for each read, such as the count of all reads; decides about the sample.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool CountRead(long turn)
    {
        var reads = Reads + 1;
        if ((uint)reads > ExactReads)
            return CountSample(turn);
        Reads = reads;
        return reads % SampleSize == 0;
    }

    private bool CountSample(long turn)
    {
        // The turns are mixed, so that a pattern of reads that repeats itself every 64 does not choose the same entry always.
        var mixed = (ulong)turn * 0x9E3779B97F4A7C15;
        mixed = (mixed ^ mixed >> 32) * 0xD6E8FEB86659FD93;
        if (mixed >> 58 != 0)
            return false;
        Reads += SampleSize;
        return true;
    }

    /// <summary>Goes on counting where the copy that this one replaces stands.</summary>
    /// <param name="replaced">That copy.</param>
    /// <param name="own">Reads of this one before it came into L1.</param>
    public void ContinueCount(LocalEntry replaced, int own) => (_readsTaken, _readsSeen, Reads) = (replaced._readsTaken, replaced._readsSeen, replaced.Reads + own);

    /// <summary>For <see cref="EvictionPolicy"/>, under its lock: the reads since it last asked.</summary>
    public int TakeNewReads()
    {
        var reads = Volatile.Read(ref Reads);
        var taken = reads - _readsSeen;
        _readsSeen = reads;
        return taken;
    }

    /// <summary>The key's hash; see <see cref="EntryTable.HashOf"/>.</summary>
    public int KeyHash => EntryTable.HashOf(Key);

    /// <summary>The next entry of the same bucket. Belongs to <see cref="EntryTable"/>.</summary>
    public LocalEntry? NextInBucket;

    /// <summary>True while the store holds the entry. Written by the thread that changes the store, before the eviction policy is told of the change.</summary>
    public bool IsStored
    {
        get => Volatile.Read(ref _isStored);
        set => Volatile.Write(ref _isStored, value);
    }

    private bool _isStored;

    /// <summary>True once the entry is among those to be kept in Redis at the next upkeep.</summary>
    public bool IsNoted { get; set; }

    /// <summary>True after our own store until the stream has told of it: that one push is our echo.</summary>
    public bool EchoPending
    {
        get => _heard == Heard.UntilOwnStore;
        set => Interlocked.CompareExchange(ref _heard, value ? Heard.UntilOwnStore : Heard.All, value ? Heard.All : Heard.UntilOwnStore);
    }

    /// <summary>True when changes may have been missed while L1 held it.</summary>
    public bool IsDoubtful => _heard == Heard.NotAll;

    private Heard _heard;

    /// <summary>For good; no echo is expected any more.</summary>
    public void Doubt() => _heard = Heard.NotAll;

    /// <summary>The eviction queue that holds the entry. This and the two below belong to <see cref="EntryQueue"/>.</summary>
    public QueueName Queue { get; set; }

    public LocalEntry? Previous { get; set; }

    public LocalEntry? Next { get; set; }

    /// <summary>Which changes of the key the entry has heard of: one byte, so that entries stay small.</summary>
    private enum Heard : byte
    {
        All,
        UntilOwnStore,
        NotAll,
    }

    /// <summary>The same value with other lifetimes.</summary>
    public abstract LocalEntry WithTimes(in Lifetimes other);

    /// <summary>For <see cref="WithTimes"/>: the copy's stamps, as they are now.</summary>
    protected LocalEntry WithPositionOf(LocalEntry other)
    {
        _position = Volatile.Read(ref other._position);
        return this;
    }

    private static long PositionOf(Stamps stamps)
    {
        var position = Math.Min(stamps.Everything, stamps.Family);
        foreach (var tag in stamps.Tags ?? [])
            position = Math.Min(position, tag.Stamp);
        return position;
    }
}

/// <summary>One value of type <typeparamref name="T"/>. This class is for values that all readers may share, <see cref="CopiedEntry{T}"/> for the others.</summary>
internal class LocalEntry<T> : LocalEntry
{
    private readonly T _value;

    protected LocalEntry(string key, FamilyState family, in Lifetimes times, Stamps stamps, int payloadBytes, T value)
        : base(key, family, times, stamps, payloadBytes) => _value = value;

    /// <summary>True when the value is null: a negative entry.</summary>
    public virtual bool IsNull => _value is null;

    /// <param name="key">The entry's key.</param>
    /// <param name="family">Its family.</param>
    /// <param name="times">Its lifetimes.</param>
    /// <param name="stamps">Its stamps.</param>
    /// <param name="value">The value; not shared when <paramref name="isOwn"/>.</param>
    /// <param name="isOwn">True when there is no other reference to <paramref name="value"/>, as after deserializing it.</param>
    /// <param name="payload">The serialized form.</param>
    /// <param name="support">How the type is treated.</param>
    public static LocalEntry<T> Create(string key, FamilyState family, in Lifetimes times, Stamps stamps, T value, bool isOwn, ReadOnlyMemory<byte> payload, Values.ValueSupport<T> support)
    {
        if (value is null || support.IsImmutable)
            return new(key, family, times, stamps, payload.Length, value);
        if (support.Copy is { } copy && value.GetType() == typeof(T))
        {
            try
            {
                var master = isOwn ? value : copy(value);
                if (isOwn)
                    _ = copy(value);
                return new CopiedEntry<T>(key, family, times, stamps, payload.Length, master, support, null);
            }
            catch (Values.ValueNotCopyableException)
            {
                // A member holds a subclass of its declared type: copies are read from the serialized form.
            }
        }

        return new CopiedEntry<T>(key, family, times, stamps, payload.Length, default!, support, payload.ToArray());
    }

    /// <summary>One instance for all who read it: of a value that can be neither copied nor written.</summary>
    public static LocalEntry<T> Shared(string key, FamilyState family, in Lifetimes times, T value, int payloadBytes = 0, Stamps stamps = default) =>
        new(key, family, times, stamps, payloadBytes, value);

    public override LocalEntry WithTimes(in Lifetimes other) =>
        new LocalEntry<T>(Key, Family, other, Stamps, PayloadBytes, _value).WithPositionOf(this);

    /// <summary>The value for one reader.</summary>
    public virtual T Read() => _value;

    /// <summary>The value itself.</summary>
    protected T Value => _value;
}

/// <summary>A value that each reader gets a copy of.</summary>
/// <param name="key">The entry's key.</param>
/// <param name="family">Its family.</param>
/// <param name="times">Its lifetimes.</param>
/// <param name="stamps">Its stamps.</param>
/// <param name="payloadBytes">Bytes of the serialized form.</param>
/// <param name="master">The value that is copied.</param>
/// <param name="support">Copies and deserializes.</param>
/// <param name="payload">The serialized form, from which copies are read; null when <paramref name="master"/> is copied.</param>
internal sealed class CopiedEntry<T>(string key, FamilyState family, in Lifetimes times, Stamps stamps, int payloadBytes, T master, Values.ValueSupport<T> support, byte[]? payload)
    : LocalEntry<T>(key, family, times, stamps, payloadBytes, master)
{
    public override bool IsNull => false;

    public override LocalEntry WithTimes(in Lifetimes other) =>
        new CopiedEntry<T>(Key, Family, other, Stamps, PayloadBytes, Value, support, payload).WithPositionOf(this);

    public override T Read() => payload is null ? support.Copy!(Value) : support.Deserialize(payload);
}
