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

    /// <summary>A stamp must be read from Redis first.</summary>
    Unknown,
}

/// <summary>
/// The stamps of tags as this process knows them. Removing a tag gives it a new stamp; an entry carries the stamps under which its fill began
/// and counts only while they are all current. Nothing is deleted: one small write hides any number of entries, on every node.
/// </summary>
internal sealed class TagTable(RemoteGuard? remote, CacheClock clock, Func<long> knownFor)
{
    /// <summary>More tags than this are forgotten together; the next reads learn the ones in use again.</summary>
    private const int MaximumTags = 100_000;

    private readonly Tag _everything = Everything(remote is null);
    private readonly ConcurrentDictionary<string, Tag> _families = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Tag> _tags = new(StringComparer.Ordinal);
    private int _epoch = 1;
    private long _given = FirstStamp;

    public const string EverythingName = "*";

    private const long FirstStamp = 1;

    public static string NameOf(string tag) => tag == EverythingName ? EverythingName : "t:" + tag;

    public static string FamilyName(string family) => "f:" + family;

    /// <summary>Changes with each tag change heard of; an entry checked in this epoch needs no further check.</summary>
    public int Epoch => Volatile.Read(ref _epoch);

    /// <summary>By its name as in <see cref="NameOf"/> and <see cref="FamilyName"/>.</summary>
    private Tag Get(string name) =>
        name == EverythingName ? _everything
        : name.StartsWith("f:", StringComparison.Ordinal) ? Family(name[2..])
        : OfTag(name[2..]);

    private Tag Family(string family) => _families.TryGetValue(family, out var known) ? known : _families.GetOrAdd(family, Known(new Tag(FamilyName(family))));

    private Tag OfTag(string tag)
    {
        if (_tags.TryGetValue(tag, out var known))
            return known;
        if (_tags.Count >= MaximumTags)
            ForgetAll();
        return _tags.GetOrAdd(tag, Known(new Tag(NameOf(tag))));
    }

    private static Tag Everything(bool isAlone)
    {
        var tag = new Tag(EverythingName);
        if (isAlone)
            tag.Give(FirstStamp);
        return tag;
    }

    /// <summary>Without Redis this process is all there is: every tag starts with the stamp given last.</summary>
    private Tag Known(Tag tag)
    {
        if (remote is null)
            tag.Give(Volatile.Read(ref _given));
        return tag;
    }

    public TagVerdict Check(in Stamps stamps, string family)
    {
        // Filled while Redis was away: no stamps to compare, a short life, and any removal empties L1.
        if (stamps.Tags is null)
            return TagVerdict.Current;
        var now = clock.Now;
        var verdict = Check(_everything, stamps.Everything, now);
        if (verdict == TagVerdict.Current)
            verdict = Check(Family(family), stamps.Family, now);
        foreach (var (tag, stamp) in stamps.Tags)
        {
            if (verdict == TagVerdict.Hidden)
                return verdict;
            var next = Check(OfTag(tag), stamp, now);
            if (next != TagVerdict.Current)
                verdict = next;
        }

        return verdict;
    }

    /// <summary>Checks an entry of L1 and remembers the verdict until the next tag change.</summary>
    public TagVerdict Check(LocalEntry entry)
    {
        // The epoch is read first: a change that arrives during the check leaves the entry to be checked again.
        var epoch = Epoch;
        var verdict = entry.Stamps.Tags is not null ? Check(entry.Stamps, entry.Family.TagFamily(entry.Key))
            : entry.FilledAtTagEpoch == epoch ? TagVerdict.Current : TagVerdict.Hidden;
        if (verdict == TagVerdict.Current)
            entry.TagEpoch = epoch;
        return verdict;
    }

    /// <summary>Reads the stamps that are not known; false when Redis cannot be asked.</summary>
    public async ValueTask<bool> LearnAsync(Stamps stamps, string family) =>
        await StampsAsync(NamesOf(stamps, family), candidate: 0).ConfigureAwait(false) is not null;

    /// <summary>
    /// As <see cref="Check(in Stamps, string)"/> after Redis was asked for the stamps that are not known; null when it cannot be asked. The answer counts for this one look
    /// even when a push has overtaken it and it is not remembered: what changes during a look may be seen by it or not.
    /// </summary>
    public async ValueTask<TagVerdict?> AskAsync(Stamps stamps, string family)
    {
        if (await StampsAsync(NamesOf(stamps, family), candidate: 0).ConfigureAwait(false) is not { } current)
            return null;
        var verdict = TagVerdict.Current;
        for (var i = 0; i < current.Length; i++)
        {
            var filled = i switch { 0 => stamps.Everything, 1 => stamps.Family, _ => stamps.Tags[i - 2].Stamp };
            if (current[i] > filled)
                return TagVerdict.Hidden;
            if (current[i] < filled)
                verdict = TagVerdict.Unknown;
        }

        return verdict;
    }

    private static List<string> NamesOf(Stamps stamps, string family)
    {
        var names = new List<string>(2 + stamps.Tags.Length) { EverythingName, FamilyName(family) };
        foreach (var (tag, _) in stamps.Tags)
            names.Add(NameOf(tag));
        return names;
    }

    /// <summary>The current stamps of tags by name, from memory where known, else in one pipelined round trip; null when Redis cannot be asked.</summary>
    /// <param name="names">Names as in <see cref="NameOf"/> and <see cref="FamilyName"/>.</param>
    /// <param name="candidate">The stamp for a tag that nobody has seen yet; 0 for the server's present time.</param>
    public async ValueTask<long[]?> StampsAsync(IReadOnlyList<string> names, long candidate)
    {
        var stamps = new long[names.Count];
        List<int>? unknown = null;
        var now = clock.Now;
        for (var i = 0; i < names.Count; i++)
        {
            if ((stamps[i] = Get(names[i]).Stamp(now)) == Tag.Unknown)
                (unknown ??= []).Add(i);
        }

        if (unknown is null)
            return stamps;
        if (remote is null)
            return null;
        var tags = unknown.ConvertAll(i => Get(names[i]));
        var heard = tags.ConvertAll(tag => tag.Heard);
        var answer = await remote.RunAsync((Names: tags.ConvertAll(tag => tag.Name), candidate),
            static (store, ask) => store.ReadTagsAsync(ask.Names, ask.candidate)).ConfigureAwait(false);
        if (!answer.Succeeded)
            return null;
        var until = CacheClock.Add(clock.Now, TimeSpan.FromMilliseconds(knownFor()));
        for (var i = 0; i < tags.Count; i++)
        {
            stamps[unknown[i]] = answer.Value![i];
            tags[i].Learn(answer.Value[i], heard[i], until);
        }

        return stamps;
    }

    /// <summary>A tag changed on the server, by whomever.</summary>
    public void Heard(string name)
    {
        Get(name).Forget();
        Interlocked.Increment(ref _epoch);
    }

    /// <summary>What <see cref="Removed"/> wants to know of the moment before Redis was asked.</summary>
    public (Tag Tag, long Heard)[] BeforeRemoval(string[] names) => Array.ConvertAll(names, name => Get(name) is var tag ? (tag, tag.Heard) : default);

    /// <summary>
    /// We removed the tag, and got <paramref name="stamp"/> for it. Another node may have removed it after us and its push may have overtaken our
    /// answer: the stamp is believed only if nothing was heard since before the question. The old one is forgotten in any case.
    /// </summary>
    public void Removed((Tag Tag, long Heard) before, long stamp)
    {
        before.Tag.Forget();
        before.Tag.Learn(stamp, before.Heard + 1, CacheClock.Add(clock.Now, TimeSpan.FromMilliseconds(knownFor())));
        if (Get(before.Tag.Name) is var present && present != before.Tag)
            present.Forget();
        Interlocked.Increment(ref _epoch);
    }

    /// <summary>Without Redis: the next stamp of a tag.</summary>
    public void RemoveHere(string name)
    {
        Tag tag;
        do
        {
            tag = Get(name);
            tag.Give(Interlocked.Increment(ref _given));
        }
        while (Get(name) != tag);
        Interlocked.Increment(ref _epoch);
    }

    /// <summary>Changes may have been missed: nothing is known any more.</summary>
    public void ForgetAll()
    {
        // Without Redis there is nobody to ask again: every tag gets a new stamp, which hides what was filled under the old ones.
        if (remote is null)
            Interlocked.Increment(ref _given);
        foreach (var tag in _tags.Values.Concat(_families.Values).Append(_everything))
        {
            tag.Forget();
            Known(tag);
        }

        _tags.Clear();
        Interlocked.Increment(ref _epoch);
    }

    private TagVerdict Check(Tag tag, long stamp, long now)
    {
        var current = tag.Stamp(now);
        if (current == stamp)
            return TagVerdict.Current;
        if (current > stamp)
            return TagVerdict.Hidden;
        // Stamps only grow: the entry was filled under a newer one than we know, and the push that tells us is on its way.
        if (remote is not null)
            tag.Forget();
        return TagVerdict.Unknown;
    }
}
