using System.Collections.Concurrent;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;

namespace HotShelf.Caching.Internal.Tags;

internal enum TagVerdict
{
    /// <summary>No tag of the entry was removed since its fill began.</summary>
    Current,

    /// <summary>A tag was removed: the entry is hidden.</summary>
    Hidden,

    /// <summary>Redis must be asked first.</summary>
    Unknown,
}

/// <summary>
/// The removed tags as this process knows them: a copy of the ledger in Redis (<c>Internal/README.md</c>). A tag that was never removed costs nothing
/// here. A fill notes the position in the ledger at which it begins, and its entry counts while none of its tags has a removal after that position.
/// Readers take no lock. <see cref="TagSync"/> keeps the copy current.
/// </summary>
/// <param name="isAlone">True without Redis: then this table is the ledger itself.</param>
/// <param name="clock">The clock.</param>
/// <param name="maximum">Removals remembered without Redis; with Redis the ledger there is bounded.</param>
internal sealed class TagTable(bool isAlone, CacheClock clock, int maximum = TagTable.MaximumRemovals)
{
    /// <summary>Removed tags that the ledger remembers one by one. Of older removals it keeps the latest time only, the floor.</summary>
    public const int MaximumRemovals = 100_000;

    public const string EverythingName = "*";

    // Taken by writers only, and never across an await.
    private readonly Lock _changing = new();
    private readonly ConcurrentDictionary<string, Removal> _everything = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Removal> _families = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Removal> _tags = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _marked = new(StringComparer.Ordinal);
    private long _generation;
    private long _position;
    private long _tagFloor;
    private long _familyFloor;
    private long _knownUntil = isAlone ? CacheClock.Never : 0;
    private bool _isWhole;
    private long _forgotten;
    private long _lastMark;
    private int _marks;
    private int _removals;
    private int _epoch = 1;

    public static string NameOf(string tag) => tag == EverythingName ? EverythingName : "t:" + tag;

    public static string FamilyName(string family) => "f:" + family;

    /// <summary>Changes with each removal this process learns of; an entry checked in this epoch needs no further check.</summary>
    public int Epoch => Volatile.Read(ref _epoch);

    /// <summary>All removals up to this one are known here, so a fill that begins now begins after them.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>Removals remembered one by one.</summary>
    public int Count => Volatile.Read(ref _removals);

    /// <summary>True when the oldest removals should be forgotten; without Redis nobody else does it.</summary>
    public bool IsFull => isAlone && Count > maximum;

    private bool IsKnown => clock.Now < Volatile.Read(ref _knownUntil);

    /// <summary>Whether a tag hides an entry with these stamps.</summary>
    /// <param name="stamps">The positions at which its fill began.</param>
    /// <param name="family">The family by which the entry is hidden.</param>
    /// <param name="ignoresMarks">True right after Redis was asked: what changed since the question may be seen by this look or not.</param>
    public TagVerdict Check(in Stamps stamps, ReadOnlySpan<char> family, bool ignoresMarks = false) => Check(stamps, family, ignoresMarks, atLeast: 0);

    /// <summary>Checks an entry of L1 and remembers a good verdict until the next removal.</summary>
    public TagVerdict Check(LocalEntry entry)
    {
        // The epoch is read first: a change that arrives during the check leaves the entry to be checked again.
        var epoch = Epoch;
        var verdict = entry.Stamps.Tags is not null ? Check(entry.Stamps, entry.Family.TagFamily(entry.Key), ignoresMarks: false, entry.CurrentAt)
            : entry.FilledAtTagEpoch == epoch ? TagVerdict.Current : TagVerdict.Hidden;
        if (verdict == TagVerdict.Current)
            entry.TagEpoch = epoch;
        return verdict;
    }

    /// <summary>Whether this process knows enough of these tags for a fill to begin at <see cref="Position"/>.</summary>
    public bool Knows(ReadOnlySpan<char> family, string[] tags) =>
        IsKnown && (Volatile.Read(ref _marks) == 0 || !IsMarked(_everything, EverythingName) && !IsMarked(_families, family) && !Array.Exists(tags, tag => IsMarked(_tags, tag)));

    /// <summary>A tag was removed by some process. When is not known yet.</summary>
    public void Mark(string name)
    {
        lock (_changing)
        {
            // Always a new mark: an answer to a question from before it must not end it.
            _marked[name] = ++_lastMark;
            Put(name, StampOf(name), _lastMark);
            Volatile.Write(ref _marks, _marked.Count);
        }

        Interlocked.Increment(ref _epoch);
    }

    /// <summary>Changes may have been missed. What is known stays true, but it may not be all.</summary>
    public void ForgetAll()
    {
        lock (_changing)
        {
            _forgotten++;
            _isWhole = false;
            Volatile.Write(ref _knownUntil, 0);
        }

        Interlocked.Increment(ref _epoch);
    }

    /// <summary>Hides what was filled without stamps: some tag was removed, and Redis could not record it.</summary>
    public void HideUnstamped() => Interlocked.Increment(ref _epoch);

    /// <summary>Without Redis: removes a tag.</summary>
    public void RemoveHere(string name)
    {
        lock (_changing)
        {
            Volatile.Write(ref _position, _position + 1);
            Put(name, _position, mark: 0);
        }

        Interlocked.Increment(ref _epoch);
    }

    /// <summary>Without Redis: forgets the removals up to <paramref name="position"/>, once every entry of L1 was checked against them. Fills that began before are not kept.</summary>
    public void ForgetUntil(long position)
    {
        lock (_changing)
        {
            Volatile.Write(ref _tagFloor, position);
            Volatile.Write(ref _familyFloor, position);
            DropBelowFloors();
        }
    }

    /// <summary>What is known before Redis is asked.</summary>
    public TagLook BeginLook()
    {
        lock (_changing)
            return new TagLook(_generation, _position, _tagFloor, _familyFloor, _isWhole, _forgotten, [.. _marked]);
    }

    /// <summary>Whether no change was missed since <paramref name="look"/>.</summary>
    public bool IsUnbrokenSince(TagLook look)
    {
        lock (_changing)
            return look.Forgotten == _forgotten;
    }

    /// <summary>Tags whose removal was reported before <paramref name="look"/>, and that have no removal in the ledger of this generation: it was lost with an earlier one.</summary>
    public List<string> UnrecordedMarks(TagLook look, long generation)
    {
        lock (_changing)
            return [.. look.Marks.Select(mark => mark.Key).Where(name => StampOf(name) < generation)];
    }

    /// <summary>Every removal known here, for a ledger that lost it. The stamp is 0 where only the removal itself is known.</summary>
    public List<TagRemoval> All()
    {
        lock (_changing)
        {
            return
            [
                .. _everything.Select(pair => new TagRemoval(EverythingName, pair.Value.Stamp)),
                .. _families.Select(pair => new TagRemoval(FamilyName(pair.Key), pair.Value.Stamp)),
                .. _tags.Select(pair => new TagRemoval(NameOf(pair.Key), pair.Value.Stamp)),
            ];
        }
    }

    /// <summary>Takes over removals of the ledger, of which those up to <see cref="Position"/> are known.</summary>
    public void Apply(TagChanges changes)
    {
        lock (_changing)
        {
            Volatile.Write(ref _position, Math.Max(_position, changes.Position));
            foreach (var (name, stamp) in changes.Removals)
            {
                if (StampOf(name) < stamp)
                    Put(name, stamp, _marked.GetValueOrDefault(name));
            }
        }

        if (changes.Removals.Count > 0)
            Interlocked.Increment(ref _epoch);
    }

    /// <summary>The ledger was read to its end.</summary>
    /// <param name="ledger">The last answer.</param>
    /// <param name="look">What was known before the question; marks from before it are resolved.</param>
    /// <param name="knownFor">How long this counts without asking again; <see cref="TimeSpan.MaxValue"/> while the stream reports every change.</param>
    public void Complete(TagChanges ledger, TagLook look, TimeSpan knownFor)
    {
        lock (_changing)
        {
            _generation = ledger.Generation;
            foreach (var (name, mark) in look.Marks)
            {
                if (_marked.GetValueOrDefault(name) != mark)
                    continue;
                _marked.Remove(name);
                Put(name, StampOf(name), mark: 0);
            }

            Volatile.Write(ref _marks, _marked.Count);
            var isRaised = ledger.TagFloor > _tagFloor || ledger.FamilyFloor > _familyFloor;
            Volatile.Write(ref _tagFloor, ledger.TagFloor);
            Volatile.Write(ref _familyFloor, ledger.FamilyFloor);
            if (isRaised)
            {
                DropBelowFloors();
                Interlocked.Increment(ref _epoch);
            }

            // Changes may have been missed since the question.
            if (look.Forgotten != _forgotten)
                return;
            _isWhole = knownFor == TimeSpan.MaxValue;
            Volatile.Write(ref _knownUntil, CacheClock.Add(clock.Now, knownFor));
        }
    }

    private TagVerdict Check(in Stamps stamps, ReadOnlySpan<char> family, bool ignoresMarks, long atLeast)
    {
        // Filled while Redis was away: no stamps to compare, a short life, and any removal empties L1.
        if (stamps.Tags is null)
            return TagVerdict.Current;
        var isHidden = Hides(_everything, EverythingName, 0, Math.Max(stamps.Everything, atLeast))
            || Hides(_families, family, Volatile.Read(ref _familyFloor), Math.Max(stamps.Family, atLeast));
        var isMarked = !ignoresMarks && Volatile.Read(ref _marks) > 0 && (IsMarked(_everything, EverythingName) || IsMarked(_families, family));
        foreach (var (tag, stamp) in stamps.Tags)
        {
            isHidden = isHidden || Hides(_tags, tag, Volatile.Read(ref _tagFloor), Math.Max(stamp, atLeast));
            isMarked = isMarked || !ignoresMarks && Volatile.Read(ref _marks) > 0 && IsMarked(_tags, tag);
        }

        return isHidden ? TagVerdict.Hidden : isMarked || !ignoresMarks && !IsKnown ? TagVerdict.Unknown : TagVerdict.Current;
    }

    private static bool Hides(ConcurrentDictionary<string, Removal> removals, ReadOnlySpan<char> key, long floor, long filledAt) =>
        (removals.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out var removal) && removal.Stamp > 0 ? removal.Stamp : floor) > filledAt;

    private static bool IsMarked(ConcurrentDictionary<string, Removal> removals, ReadOnlySpan<char> key) =>
        removals.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out var removal) && removal.Mark != 0;

    /// <summary>By a name as in <see cref="NameOf"/> and <see cref="FamilyName"/>.</summary>
    private (ConcurrentDictionary<string, Removal> Removals, string Key) Of(string name) =>
        name == EverythingName ? (_everything, EverythingName)
        : name.StartsWith("f:", StringComparison.Ordinal) ? (_families, name[2..])
        : (_tags, name[2..]);

    private long StampOf(string name) => Of(name) is var (removals, key) && removals.TryGetValue(key, out var removal) ? removal.Stamp : 0;

    private void Put(string name, long stamp, long mark)
    {
        var (removals, key) = Of(name);
        if (stamp == 0 && mark == 0)
            _removals -= removals.TryRemove(key, out _) ? 1 : 0;
        else if (removals.TryAdd(key, new Removal(stamp, mark)))
            _removals++;
        else
            removals[key] = new Removal(stamp, mark);
    }

    private void DropBelowFloors()
    {
        Drop(_tags, _tagFloor);
        Drop(_families, _familyFloor);
        // Every entry has a family, so that floor hides what these would.
        Drop(_everything, _familyFloor);

        void Drop(ConcurrentDictionary<string, Removal> removals, long floor)
        {
            foreach (var old in removals)
            {
                if (old.Value.Stamp > 0 && old.Value.Stamp <= floor && old.Value.Mark == 0 && removals.TryRemove(old))
                    _removals--;
            }
        }
    }

    /// <summary>Immutable, so that a reader sees a stamp together with the mark that belongs to it.</summary>
    /// <param name="Stamp">When the tag was removed last, as far as is known; 0 when only the removal itself is known.</param>
    /// <param name="Mark">Not 0 while a removal was reported and its stamp is still to be read.</param>
    private sealed record Removal(long Stamp, long Mark);
}

/// <summary>What a node knew when it asked.</summary>
/// <param name="Generation">The ledger it knows; 0 for none.</param>
/// <param name="Position">The latest removal it knows.</param>
/// <param name="TagFloor">Its floor of tags.</param>
/// <param name="FamilyFloor">Its floor of families.</param>
/// <param name="IsWhole">True when it has missed no change since it last read the ledger.</param>
/// <param name="Forgotten">Counts the times at which changes may have been missed.</param>
/// <param name="Marks">Tags whose removal was reported and whose stamp it does not know yet.</param>
internal sealed record TagLook(long Generation, long Position, long TagFloor, long FamilyFloor, bool IsWhole, long Forgotten, IReadOnlyList<KeyValuePair<string, long>> Marks);
