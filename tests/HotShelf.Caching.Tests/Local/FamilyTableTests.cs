using HotShelf.Caching.Internal.Families;

namespace HotShelf.Caching.Tests.Local;

public sealed class FamilyTableTests
{
    [Fact]
    public void Of_FirstReadsOfOneFamilyTogether_UseOneOfThePlaces()
    {
        const int Readers = 4;
        const int Places = 32;
        var tables = Enumerable.Range(0, 300).Select(_ => new FamilyTable(new HotShelfCachingOptions())).ToList();
        using var round = new Barrier(Readers);
        var threads = Enumerable.Range(0, Readers).Select(_ => new Thread(() =>
        {
            foreach (var families in tables)
            {
                for (var i = 0; i < Places - 1; i++)
                {
                    round.SignalAndWait();
                    families.Of($"family{i}:1");
                }
            }
        })).ToList();
        threads.ForEach(static thread => thread.Start());
        threads.ForEach(static thread => thread.Join());
        Assert.All(tables, families =>
        {
            Assert.Equal("last", families.Of("last:1").Name);
            Assert.Equal("other", families.Of("one more:1").Name);
            Assert.Equal("last", families.Of("last:2").Name);
        });
    }
}
