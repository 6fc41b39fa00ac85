using System.Globalization;
using HotShelf.Caching.Internal;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Local;

namespace HotShelf.Caching.Tests.Local;

public sealed class EntryTableTests
{
    private static readonly FamilyState s_family = new("default", new CachePolicy(), isShared: false);

    private readonly EntryTable _table = new();

    [Fact]
    public void AllOperations_AtRandom_DoAsADictionaryDoes()
    {
        var expected = new Dictionary<string, LocalEntry>(StringComparer.Ordinal);
        var random = new Random(1);
        for (var i = 0; i < 50_000; i++)
        {
            var key = Key(random.Next(3_000));
            var known = expected.GetValueOrDefault(key);
            var entry = New(key);
            switch (random.Next(5))
            {
                case 0:
                    Assert.Same(known, _table.Remove(key));
                    expected.Remove(key);
                    break;
                case 1:
                    Assert.False(_table.TryRemove(entry));
                    Assert.Equal(known is not null, known is not null && _table.TryRemove(known));
                    expected.Remove(key);
                    break;
                case 2:
                    Assert.False(_table.TryReplace(entry, New(key)));
                    if (known is not null && _table.TryReplace(known, entry))
                        expected[key] = entry;
                    break;
                default:
                    Assert.Same(known, _table.Set(entry));
                    expected[key] = entry;
                    break;
            }

            Assert.Same(expected.GetValueOrDefault(key), _table.Find(key));
        }

        Assert.Equal(expected.Count, _table.Count);
        Assert.Equal(expected.Values.ToHashSet(), _table.Each().ToHashSet());
    }

    [Fact]
    public void Set_AnEntryThatWasRead_ContinuesTheCountOfTheOneItReplaces()
    {
        LocalEntry first = New("a"), second = New("a");
        first.Reads = 5;
        second.Reads = 2;
        _table.Set(first);
        _table.Set(second);
        Assert.Equal(7, second.Reads);
    }

    /// <summary>Entries that are here all the time are found while others come, leave and are replaced, and while the table grows.</summary>
    [Fact]
    public async Task Find_WhileTheTableGrows_MissesNothing()
    {
        const int Kept = 500;
        for (var i = 0; i < Kept; i++)
            _table.Set(New(Key(i)));
        var isOver = false;
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Factory.StartNew(
            () =>
            {
                var missed = 0;
                while (!Volatile.Read(ref isOver))
                {
                    for (var i = 0; i < Kept; i++)
                        missed += _table.Find(Key(i)) is null ? 1 : 0;
                    missed += Kept - _table.Each().Count(entry => int.Parse(entry.Key.AsSpan(8), CultureInfo.InvariantCulture) < Kept);
                }

                return missed;
            },
            TaskCreationOptions.LongRunning)).ToArray();
        for (var i = 0; i < 300_000; i++)
        {
            if (i % 3 == 0)
                _table.Set(New(Key(i % Kept)));
            _table.Set(New(Key(Kept + i)));
            if (i % 4 == 0)
                _table.Remove(Key(Kept + (i / 2)));
        }

        Volatile.Write(ref isOver, true);
        var missed = await Task.WhenAll(readers);
        Assert.Equal(0, missed.Sum());
    }

    private static string Key(int number) => string.Create(CultureInfo.InvariantCulture, $"product:{number:D9}");

    private static LocalEntry<int> New(string key) =>
        LocalEntry<int>.Shared(key, s_family, new Lifetimes(0, 0, CacheClock.Never, CacheClock.Never, CacheClock.Never, CacheClock.Never), 0);
}
