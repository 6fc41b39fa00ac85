using HotShelf.Caching.Internal;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Local;

namespace HotShelf.Caching.Tests.Local;

public sealed class EvictionPolicyTests
{
    private const int Room = 200;

    private static readonly FamilyState s_family = new("default", new CachePolicy(), isShared: false);
    private static readonly int s_size = New(0).Size;

    private readonly HashSet<LocalEntry> _useless = [];
    private readonly List<LocalEntry> _evicted = [];
    private readonly EvictionPolicy _policy;

    public EvictionPolicyTests()
    {
        _policy = new EvictionPolicy(Room * s_size, _useless.Contains, (entry, useless) =>
        {
            Assert.Equal(_useless.Contains(entry), useless);
            entry.IsStored = false;
            _evicted.Add(entry);
        });
    }

    [Fact]
    public void Apply_FewerEntriesThanRoom_EvictsNothing()
    {
        AddMany(0, Room);
        Assert.Empty(_evicted);
        Assert.Equal((Room, Room * s_size), (_policy.Count, _policy.Bytes));
    }

    [Fact]
    public void Apply_AScanOfNewKeys_EvictsThemAndNotWhatWasRead()
    {
        var read = AddMany(0, Room);
        for (var round = 1; round <= 10; round++)
        {
            foreach (var entry in read)
                entry.CountRead(0);
            AddMany(round * Room, Room);
        }

        Assert.Equal(10 * Room, _evicted.Count);
        Assert.InRange(_evicted.Count(read.Contains), 0, Room / 20);
    }

    [Fact]
    public void Apply_AKeyAskedForOften_IsAdmittedInPlaceOfOneAskedForOnce()
    {
        AddMany(0, Room);
        LocalEntry last = New(-1);
        // It is evicted while it is not better than the others, and the sketch remembers that it was asked for.
        for (var i = 0; i < 5; i++)
        {
            last = Add(New(-1));
            AddMany(1_000 + i * 10, 10);
        }

        Assert.True(last.IsStored);
        AddMany(2_000, Room);
        Assert.True(last.IsStored);
    }

    [Fact]
    public void Apply_UselessEntries_LeaveBeforeAllOthers()
    {
        var entries = AddMany(0, Room);
        foreach (var entry in entries)
            entry.CountRead(0);
        _useless.UnionWith(entries.Where((_, i) => i % 4 == 0));
        AddMany(Room, Room / 4);
        Assert.Equal(_useless, _evicted.Where(_useless.Contains).ToHashSet());
        Assert.Equal(0, _evicted.Count(entry => !_useless.Contains(entry)));
    }

    [Fact]
    public void Apply_ALargeEntryReadAsOftenAsSmallOnes_Leaves()
    {
        var large = Add(New(-1, payload: 30 * s_size));
        var small = AddMany(0, 169);
        for (var round = 0; round < 5; round++)
        {
            large.CountRead(0);
            foreach (var entry in small)
                entry.CountRead(0);
            AddMany(1_000 * (round + 1), Room);
        }

        Assert.False(large.IsStored);
        Assert.InRange(small.Count(entry => entry.IsStored), 160, 169);
    }

    [Fact]
    public void Apply_ALargeEntryAskedForAllTheTime_IsAdmittedInPlaceOfSmallOnes()
    {
        AddMany(0, Room);
        var large = Add(New(-1, payload: 30 * s_size));
        for (var read = 0; read < 20; read++)
            large.CountRead(0);
        AddMany(Room, Room / 4);
        Assert.True(large.IsStored);
    }

    [Fact]
    public void Apply_AnEntryIsReplaced_TheNewOneTakesItsPlaceAndItsSizeCounts()
    {
        var entries = AddMany(0, 10);
        var other = New(5, payload: 100);
        Replace(entries[5], other);
        Assert.Equal((10, 10 * s_size + 100), (_policy.Count, _policy.Bytes));
        Assert.Equal(QueueName.None, entries[5].Queue);
        Assert.NotEqual(QueueName.None, other.Queue);
    }

    [Fact]
    public void Apply_ChangesOfOneKeyInAnotherOrder_EndsWithWhatIsStored()
    {
        LocalEntry first = New(0), second = New(0), third = New(0);
        Add(first);
        first.IsStored = false;
        second.IsStored = false;
        third.IsStored = true;
        _policy.Apply(third, second);
        _policy.Apply(second, first);
        Assert.Equal(1, _policy.Count);
        Assert.NotEqual(QueueName.None, third.Queue);
        third.IsStored = false;
        _policy.Apply(third, null);
        _policy.Apply(third, second);
        Assert.Equal((0, 0L), (_policy.Count, _policy.Bytes));
    }

    [Fact]
    public void Apply_AnyChanges_NeverHoldsMoreThanTheLimitAndEvictsEachOnce()
    {
        var random = new Random(3);
        var stored = new Dictionary<int, LocalEntry>();
        for (var i = 0; i < 50_000; i++)
        {
            var key = (int)Math.Pow(random.NextDouble() * 30, 2);
            if (!stored.TryGetValue(key, out var entry) || !entry.IsStored)
                stored[key] = Add(New(key, random.Next(10 * s_size)));
            else if (random.Next(20) == 0)
                Replace(entry, stored[key] = New(key, random.Next(10 * s_size)));
            else if (random.Next(20) == 0)
                Remove(entry);
            else
                entry.CountRead(i);
            if (random.Next(200) == 0)
                _useless.Add(stored[key]);
            Assert.InRange(_policy.Bytes, 0, Room * s_size);
        }

        Assert.Equal(_evicted.Count, _evicted.Distinct().Count());
        Assert.Equal(stored.Values.Where(entry => entry.IsStored).Sum(entry => (long)entry.Size), _policy.Bytes);
    }

    [Fact]
    public void Apply_OnlyRecencyCounts_ThePolicyLearnsToKeepWhatIsNew()
    {
        // Each key is asked for ten times soon after the first time, and then never again: frequency tells nothing, and a small window answers less than half.
        const int Reads = 1_000_000;
        var hits = 0L;
        var policy = new EvictionPolicy(1_000 * s_size, _useless.Contains, (entry, _) => entry.IsStored = false, () => hits);
        var random = new Random(4);
        var stored = new Dictionary<int, LocalEntry>();
        var before = 0L;
        for (var i = 0; i < Reads; i++)
        {
            if (i == Reads - 100_000)
                before = hits;
            var key = i / 10 + (int)(-300 * Math.Log(1 - random.NextDouble()));
            if (stored.TryGetValue(key, out var entry) && entry.IsStored)
            {
                entry.CountRead(i);
                hits++;
            }
            else
            {
                stored[key] = entry = New(key);
                entry.IsStored = true;
                policy.Apply(entry, null);
            }
        }

        Assert.InRange((hits - before) / 100_000.0, 0.65, 1);
    }

    private static LocalEntry<int> New(int key, int payload = 0) =>
        LocalEntry<int>.Shared($"key:{key:D8}", s_family, new Lifetimes(0, 0, CacheClock.Never, CacheClock.Never, CacheClock.Never, CacheClock.Never), key, payload);

    private LocalEntry[] AddMany(int from, int count) => [.. Enumerable.Range(from, count).Select(key => Add(New(key)))];

    private LocalEntry Add(LocalEntry entry)
    {
        entry.IsStored = true;
        _policy.Apply(entry, null);
        return entry;
    }

    private void Replace(LocalEntry entry, LocalEntry other)
    {
        other.IsStored = true;
        entry.IsStored = false;
        _policy.Apply(other, entry);
    }

    private void Remove(LocalEntry entry)
    {
        entry.IsStored = false;
        _policy.Apply(entry, null);
    }
}
