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

/// <summary>One value in this process' memory.</summary>
internal abstract class LocalEntry(string key, FamilyState family, in Lifetimes times, Stamps stamps, int payloadBytes)
{
    /// <summary>What an entry costs beside its key and value: this object, and its node and slot in the dictionary.</summary>
    private const int Overhead = 256;

    /// <summary>Reads counted one by one, before a sample is enough.</summary>
    private const int ExactReads = 1024;

    /// <summary>A power of two: log2 is in <see cref="CountSample"/>.</summary>
    public const int SampleSize = 64;

    public string Key => key;

    public FamilyState Family => family;

    public Lifetimes Times { get; } = times;

    public Stamps Stamps => stamps;

    public int PayloadBytes => payloadBytes;

    public int Size => Overhead + key.Length * 2 + payloadBytes;

    /// <summary>Up to this moment a read needs no second look: the entry is fresh, L1 may answer, and no refresh is due.</summary>
    public long CheckAt { get; } = Math.Min(Math.Min(times.FreshUntil, times.LocalUntil), times.RefreshAt);

    public CacheResult ResultAt(long now) => now < Times.FreshUntil ? CacheResult.Hit : CacheResult.Stale;

    /// <summary>The tag table's epoch at which the stamps were last found current.</summary>
    public int TagEpoch { get; set; }

    /// <summary>Without Redis: no removal of its tags up to this one concerns the entry, whenever it was filled.</summary>
    public long CurrentAt { get; set; }

    /// <summary>For an entry without stamps, filled while Redis was away: the tag table's epoch when its fill began. Any removal since then hides it.</summary>
    public int FilledAtTagEpoch { get; set; }

    /// <summary>Reads of this copy. Not exact: two threads may lose a count to each other, and many reads are counted by a sample; see <see cref="CountRead"/>.</summary>
    public int Reads;

    /// <summary>True once the entry is among those to be kept in Redis at the next upkeep.</summary>
    public bool IsNoted { get; set; }

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

    /// <summary>The key's hash, random for each process: an attacker cannot choose keys that collide in the sketch.</summary>
    public int KeyHash { get; } = key.GetHashCode();

    /// <summary>True while the store holds the entry. Written by the thread that changes the store, before the eviction policy is told of the change.</summary>
    public bool IsStored
    {
        get => Volatile.Read(ref _isStored);
        set => Volatile.Write(ref _isStored, value);
    }

    private bool _isStored;

    /// <summary>The eviction queue that holds the entry, null before and after. This and the two below belong to <see cref="EntryQueue"/>.</summary>
    public EntryQueue? Queue { get; set; }

    public LocalEntry? Previous { get; set; }

    public LocalEntry? Next { get; set; }

    /// <summary>The same value with other lifetimes.</summary>
    public abstract LocalEntry WithTimes(in Lifetimes other);

    /// <summary>True after our own store until the stream has told of it: that one push is our echo.</summary>
    public bool EchoPending { get; set; }
}

/// <summary>One value of type <typeparamref name="T"/>: shared when immutable, else copied for each reader.</summary>
internal sealed class LocalEntry<T> : LocalEntry
{
    private readonly T _value;

    /// <summary>How a reader gets a value of its own: a <see cref="Func{T, TResult}"/> that copies, or a <see cref="SerializedValue"/>; null when all share one.</summary>
    private readonly object? _source;

    private LocalEntry(string key, FamilyState family, in Lifetimes times, Stamps stamps, int payloadBytes, T value, object? source)
        : base(key, family, times, stamps, payloadBytes)
    {
        _value = value;
        _source = source;
    }

    /// <summary>True when the value is null: a negative entry.</summary>
    public bool IsNull => _value is null && _source is not SerializedValue;

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
            return new(key, family, times, stamps, payload.Length, value, null);
        if (support.Copy is { } copy && value.GetType() == typeof(T))
        {
            try
            {
                var master = isOwn ? value : copy(value);
                if (isOwn)
                    _ = copy(value);
                return new(key, family, times, stamps, payload.Length, master, copy);
            }
            catch (Values.ValueNotCopyableException)
            {
                // A member holds a subclass of its declared type: copies are read from the serialized form.
            }
        }

        return new(key, family, times, stamps, payload.Length, default!, new SerializedValue(support, payload.ToArray()));
    }

    /// <summary>One instance for all who read it: of a value that can be neither copied nor written.</summary>
    public static LocalEntry<T> Shared(string key, FamilyState family, in Lifetimes times, T value, int payloadBytes = 0, Stamps stamps = default) =>
        new(key, family, times, stamps, payloadBytes, value, null);

    public override LocalEntry WithTimes(in Lifetimes other) =>
        new LocalEntry<T>(Key, Family, other, Stamps, PayloadBytes, _value, _source) { CurrentAt = CurrentAt, FilledAtTagEpoch = FilledAtTagEpoch };

    /// <summary>The value for one reader.</summary>
    public T Read() => _source is null ? _value : ReadOwn();

    private T ReadOwn() => _source is Func<T, T> copy ? copy(_value) : ((SerializedValue)_source!).Read();

    private sealed record SerializedValue(Values.ValueSupport<T> Support, byte[] Payload)
    {
        public T Read() => Support.Deserialize(Payload);
    }
}
