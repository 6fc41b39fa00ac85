using HotShelf.Caching.Internal.Remote;

namespace HotShelf.Caching.Tests.Fakes;

/// <summary>The ledger of removed tags, as the scripts keep it in Redis; a test may lose it.</summary>
internal sealed partial class FakeRemoteServer
{
    private readonly HashSet<(string Change, string Name)> _told = [];
    private FakeLedger? _ledger;

    /// <summary>The ledger as it is now; null when there is none.</summary>
    public FakeLedger? CopyLedger()
    {
        lock (_lock)
            return _ledger?.Copy();
    }

    /// <summary>Evicted, deleted, or set back to an earlier copy. Redis reports it like any other change.</summary>
    public void ReplaceLedger(FakeLedger? ledger, bool reports = true)
    {
        lock (_lock)
        {
            _ledger = ledger?.Copy();
            if (reports)
                TellTag("");
        }
    }

    public TagChanges ReadTags(long generation, long position)
    {
        lock (_lock)
            return Changes(generation, position);
    }

    public TagChanges RemoveTags(IReadOnlyList<string> names, IReadOnlyCollection<string> changes, long generation, long position)
    {
        lock (_lock)
        {
            _ledger ??= new FakeLedger(Math.Max(Microseconds, position + 1));
            if (changes.Count > 0)
                names = [.. names.Where(name => !changes.All(change => _told.Contains((change, name))))];
            _told.UnionWith(changes.SelectMany(change => names.Select(name => (change, name))));
            foreach (var name in mutation == Mutation.TagRemovalIsNotRecorded ? [] : names)
                _ledger.Removals[name] = mutation == Mutation.TagRemovalsFollowTheClock ? Microseconds : Math.Max(Microseconds, Math.Max(_ledger.Last, position) + 1);
            TellTag("");
            foreach (var name in names)
                TellTag(name);
            return Changes(generation, position);
        }
    }

    public long RestoreTags(TagRestore lost)
    {
        lock (_lock)
        {
            _ledger ??= new FakeLedger(Math.Max(Microseconds, lost.Position + 1));
            _ledger.Generation = Math.Max(Microseconds, Math.Max(_ledger.Last, lost.Position) + 1);
            foreach (var (name, stamp) in lost.Removals)
                _ledger.Removals[name] = Math.Max(_ledger.Removals.GetValueOrDefault(name), stamp == 0 ? _ledger.Last + 1 : stamp);
            _ledger.TagFloor = Math.Min(_ledger.TagFloor, lost.TagFloor ?? long.MaxValue);
            _ledger.FamilyFloor = Math.Min(_ledger.FamilyFloor, lost.FamilyFloor ?? long.MaxValue);
            TellTag("");
            return _ledger.Generation;
        }
    }

    private TagChanges Changes(long generation, long position)
    {
        if (_ledger is null)
            return new(0, 0, 0, 0, [], false, Microseconds);
        var after = generation == _ledger.Generation ? position : 0;
        return new(_ledger.Generation, _ledger.Last, _ledger.TagFloor, _ledger.FamilyFloor,
            [.. _ledger.Removals.Where(removal => removal.Value > after).OrderBy(removal => removal.Value).Select(removal => new TagRemoval(removal.Key, removal.Value))], false, Microseconds);
    }

    private void TellTag(string name)
    {
        foreach (var store in _stores)
            store.Push(observer => observer.OnTagChanged(name));
    }
}

/// <summary>Removed tags by when they were removed.</summary>
internal sealed class FakeLedger(long now)
{
    public Dictionary<string, long> Removals { get; private init; } = new(StringComparer.Ordinal);

    public long Generation { get; set; } = now;

    public long TagFloor { get; set; } = now;

    public long FamilyFloor { get; set; } = now;

    public long Last => Removals.Values.Append(Generation).Append(TagFloor).Append(FamilyFloor).Max();

    public FakeLedger Copy() => new(0) { Generation = Generation, TagFloor = TagFloor, FamilyFloor = FamilyFloor, Removals = new(Removals, StringComparer.Ordinal) };
}
