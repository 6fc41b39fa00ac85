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

    /// <summary>The ledger must be read first.</summary>
    Unknown,
}

/// <summary>
/// The removed tags: this process' copy of the ledger in Redis (<c>Internal/README.md</c>). Tags that were never removed use no memory.
/// A fill records the position in the ledger at which it begins, and its entry is valid while none of its tags has a removal after that position.
/// Readers take no lock. <see cref="TagSync"/> keeps the copy current.
/// </summary>
/// <param name="isAlone">True without Redis: this table is then the ledger itself.</param>
/// <param name="clock">The clock.</param>
/// <param name="maximum">Maximum removals kept without Redis; with Redis the ledger there is bounded.</param>
internal sealed class TagTable(bool isAlone, CacheClock clock, int maximum = TagTable.MaximumRemovals)
{
    /// <summary>Maximum names in the ledger. Of older removals only the latest time is kept: the floor.</summary>
    public const int MaximumRemovals = 100_000;

    public const string EverythingName = "*";

    // Taken only by writers, and never held across an await.
    private readonly Lock _changing = new();
    private readonly ConcurrentDictionary<string, Removal> _everything = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Removal> _families = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Removal> _tags = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TagMark> _marked = new(StringComparer.Ordinal);
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

    /// <summary>False for what no cache writes, such as a key that was set by hand.</summary>
    public static bool IsName(ReadOnlySpan<char> name) => name is EverythingName || name is ['t' or 'f', ':', ..];

    /// <summary>Changes with each removal that this process learns of; an entry checked in this epoch needs no further check.</summary>
    public int Epoch => Volatile.Read(ref _epoch);

    /// <summary>All removals up to this one are known, so a fill that begins now begins after them.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>The number of names in the table.</summary>
    public int Count => Volatile.Read(ref _removals);

    /// <summary>True when the oldest removals should be dropped, which is only needed without Redis.</summary>
    public bool IsFull => isAlone && Count > maximum;

    private bool IsKnown => clock.Now < Volatile.Read(ref _knownUntil);

    /// <summary>Checks the stamps of an entry against the removed tags.</summary>
    /// <param name="stamps">The positions at which its fill began.</param>
    /// <param name="family">The entry's family.</param>
    /// <param name="ignoresMarks">True right after the ledger was read: this check runs concurrently with later changes and may ignore them.</param>
    public TagVerdict Check(in Stamps stamps, ReadOnlySpan<char> family, bool ignoresMarks = false) => Check(stamps, family, ignoresMarks, atLeast: 0);

    /// <summary>Checks an L1 entry; a positive result is kept in the entry until the next removal.</summary>
    public TagVerdict Check(LocalEntry entry)
    {
        // Read the epoch first: after a change during the check the entry is checked again.
        var epoch = Epoch;
        var verdict = entry.Tags is not null ? Check(entry.Stamps, entry.Family.TagFamily(entry.Key), ignoresMarks: false, entry.Position)
            : entry.FilledAtTagEpoch == epoch ? TagVerdict.Current : TagVerdict.Hidden;
        if (verdict == TagVerdict.Current)
            entry.TagEpoch = epoch;
        return verdict;
    }

    /// <summary>True unless the entry's family or everything was removed since its fill: at most tags of it were.</summary>
    /// <param name="stamps">The positions at which its fill began.</param>
    /// <param name="family">The entry's family.</param>
    /// <param name="atLeast">No removal up to this one concerns it.</param>
    public bool IsHiddenByTagsOnly(in Stamps stamps, ReadOnlySpan<char> family, long atLeast = 0) =>
        stamps.Tags is not null && !IsFamilyHidden(stamps, family, atLeast) && !IsFamilyMarked(family);

    /// <summary>True when the entry's family or everything is known to have been removed since its fill.</summary>
    /// <param name="stamps">The positions at which its fill began.</param>
    /// <param name="family">The entry's family.</param>
    /// <param name="atLeast">No removal up to this one concerns it.</param>
    public bool IsFamilyHidden(in Stamps stamps, ReadOnlySpan<char> family, long atLeast = 0) =>
        Hides(_everything, EverythingName, 0, Math.Max(stamps.Everything, atLeast)) || Hides(_families, family, Volatile.Read(ref _familyFloor), Math.Max(stamps.Family, atLeast));

    /// <summary>True of a hidden entry that may still stand in for a loader that fails.</summary>
    public bool IsKeptForFailure(LocalEntry hidden) =>
        hidden.Family.Policy.FailSafeAfterTagRemoval && IsHiddenByTagsOnly(hidden.Stamps, hidden.Family.TagFamily(hidden.Key), hidden.Position);

    /// <summary>True of a hidden entry that may answer nothing any more, so that L1 need not keep it.</summary>
    public bool IsHiddenForGood(LocalEntry entry) => entry.TagEpoch != Epoch && Check(entry) == TagVerdict.Hidden && !IsKeptForFailure(entry);

    /// <summary>True when the removals of these tags are known, so that a fill can begin at <see cref="Position"/>.</summary>
    public bool Knows(ReadOnlySpan<char> family, string[] tags) =>
        IsKnown && (Volatile.Read(ref _marks) == 0 || !IsMarked(_everything, EverythingName) && !IsMarked(_families, family) && !Array.Exists(tags, tag => IsMarked(_tags, tag)));

    /// <summary>A tag was removed by some process; its stamp is not known yet.</summary>
    /// <param name="name">The tag's name in the ledger.</param>
    /// <param name="after">Its stamp is later than this one.</param>
    public void Mark(string name, long after = 0)
    {
        lock (_changing)
        {
            // Always a new mark: the answer to an earlier read must not clear it.
            _marked[name] = new TagMark(name, ++_lastMark, Math.Max(after, _marked.GetValueOrDefault(name).After));
            Put(name, StampOf(name), _lastMark);
            Volatile.Write(ref _marks, _marked.Count);
        }

        Interlocked.Increment(ref _epoch);
    }

    /// <summary>Changes may have been missed: the known removals remain valid, but may be incomplete.</summary>
    public void ForgetAll()
    {
        lock (_changing)
        {
            _forgotten++;
            _isWhole = false;
            // The ledger of another server may hold an earlier removal of a marked tag: only a later one settles the mark.
            foreach (var mark in _marked.Values.ToList())
                _marked[mark.Name] = mark with { After = Math.Max(mark.After, StampOf(mark.Name)) };
            Volatile.Write(ref _knownUntil, 0);
        }

        Interlocked.Increment(ref _epoch);
    }

    /// <summary>Hides entries that were filled without stamps: a tag was removed, and Redis could not record it.</summary>
    public void HideUnstamped() => Interlocked.Increment(ref _epoch);

    /// <summary>Without Redis: removes a tag.</summary>
    public void RemoveLocal(string name)
    {
        lock (_changing)
        {
            // In this order: who reads the position knows all removals up to it.
            Put(name, _position + 1, mark: 0);
            Volatile.Write(ref _position, _position + 1);
        }

        Interlocked.Increment(ref _epoch);
    }

    /// <summary>Without Redis: drops the removals up to <paramref name="position"/>, after every L1 entry was checked against them. Fills that began earlier are not stored.</summary>
    public void ForgetUntil(long position)
    {
        lock (_changing)
        {
            Volatile.Write(ref _tagFloor, position);
            Volatile.Write(ref _familyFloor, position);
            DropBelowFloors();
        }
    }

    /// <summary>The state before a read of the ledger.</summary>
    public TagLook BeginLook()
    {
        lock (_changing)
            return new TagLook(_generation, _position, _tagFloor, _familyFloor, _isWhole, _forgotten, [.. _marked.Values]);
    }

    /// <summary>True when no change was missed since <paramref name="look"/>.</summary>
    public bool IsUnbrokenSince(TagLook look)
    {
        lock (_changing)
            return look.Forgotten == _forgotten;
    }

    /// <summary>Tags whose removal was reported before <paramref name="look"/> and has no stamp since then: it was lost with an earlier ledger.</summary>
    /// <param name="look">The state before the read.</param>
    /// <param name="since">From which stamp on a removal of this mark counts as recorded.</param>
    public List<string> UnrecordedMarks(TagLook look, Func<TagMark, long> since)
    {
        lock (_changing)
            return [.. look.Marks.Where(mark => StampOf(mark.Name) < since(mark)).Select(mark => mark.Name)];
    }

    /// <summary>All known removals, to restore the ledger. The stamp is 0 when only the name is known.</summary>
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

    /// <summary>Adds removals of the ledger, which are complete up to <see cref="Position"/>.</summary>
    public void Apply(TagChanges changes)
    {
        lock (_changing)
        {
            Volatile.Write(ref _position, Math.Max(_position, changes.Position));
            foreach (var (name, stamp) in changes.Removals)
            {
                if (StampOf(name) < stamp)
                    Put(name, stamp, _marked.GetValueOrDefault(name).Number);
            }
        }

        if (changes.Removals.Count > 0)
            Interlocked.Increment(ref _epoch);
    }

    /// <summary>Call after the ledger was read to its end.</summary>
    /// <param name="ledger">The last answer.</param>
    /// <param name="look">The state before the read; marks from before it are resolved.</param>
    /// <param name="knownFor">How long the result is valid; <see cref="TimeSpan.MaxValue"/> while the stream reports every change.</param>
    public void Complete(TagChanges ledger, TagLook look, TimeSpan knownFor)
    {
        lock (_changing)
        {
            _generation = ledger.Generation;
            foreach (var mark in look.Marks)
            {
                if (_marked.GetValueOrDefault(mark.Name) != mark)
                    continue;
                _marked.Remove(mark.Name);
                Put(mark.Name, StampOf(mark.Name), mark: 0);
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

            // Changes may have been missed since the read began.
            if (look.Forgotten != _forgotten)
                return;
            _isWhole = knownFor == TimeSpan.MaxValue;
            Volatile.Write(ref _knownUntil, CacheClock.Add(clock.Now, knownFor));
        }
    }

    private TagVerdict Check(in Stamps stamps, ReadOnlySpan<char> family, bool ignoresMarks, long atLeast)
    {
        // Filled without Redis: no stamps, a short lifetime, and any removal clears L1.
        if (stamps.Tags is null)
            return TagVerdict.Current;
        var isHidden = IsFamilyHidden(stamps, family, atLeast);
        var isMarked = !ignoresMarks && IsFamilyMarked(family);
        foreach (var (tag, stamp) in stamps.Tags)
        {
            isHidden = isHidden || Hides(_tags, tag, Volatile.Read(ref _tagFloor), Math.Max(stamp, atLeast));
            isMarked = isMarked || !ignoresMarks && Volatile.Read(ref _marks) > 0 && IsMarked(_tags, tag);
        }

        return isHidden ? TagVerdict.Hidden : isMarked || !ignoresMarks && !IsKnown ? TagVerdict.Unknown : TagVerdict.Current;
    }

    private bool IsFamilyMarked(ReadOnlySpan<char> family) => Volatile.Read(ref _marks) > 0 && (IsMarked(_everything, EverythingName) || IsMarked(_families, family));

    private static bool Hides(ConcurrentDictionary<string, Removal> removals, ReadOnlySpan<char> key, long floor, long filledAt) =>
        (removals.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out var removal) && removal.Stamp > 0 ? removal.Stamp : floor) > filledAt;

    private static bool IsMarked(ConcurrentDictionary<string, Removal> removals, ReadOnlySpan<char> key) =>
        removals.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out var removal) && removal.Mark != 0;

    /// <summary>Finds a tag by its name as returned by <see cref="NameOf"/> and <see cref="FamilyName"/>.</summary>
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
        // Every entry has a family, so the floor of families hides all of these entries.
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

    /// <summary>Immutable, so that readers see a consistent pair of stamp and mark.</summary>
    /// <param name="Stamp">The latest known removal of the tag; 0 when only the name is known.</param>
    /// <param name="Mark">Not 0 while a removal was reported and its stamp is not read yet.</param>
    private sealed record Removal(long Stamp, long Mark);
}

/// <summary>A node's state when it started to read the ledger.</summary>
/// <param name="Generation">The known generation; 0 for none.</param>
/// <param name="Position">The latest known removal.</param>
/// <param name="TagFloor">The known floor of tags.</param>
/// <param name="FamilyFloor">The known floor of families.</param>
/// <param name="IsWhole">True when no change was missed since the ledger was last read.</param>
/// <param name="Forgotten">The number of times that changes may have been missed.</param>
/// <param name="Marks">Tags whose removal was reported and whose stamp is not known yet.</param>
internal sealed record TagLook(long Generation, long Position, long TagFloor, long FamilyFloor, bool IsWhole, long Forgotten, IReadOnlyList<TagMark> Marks);

/// <summary>A tag whose removal was reported and whose stamp is not known yet.</summary>
/// <param name="Name">The tag's name in the ledger.</param>
/// <param name="Number">Differs for each report.</param>
/// <param name="After">The stamp is later than this one.</param>
internal readonly record struct TagMark(string Name, long Number, long After);
