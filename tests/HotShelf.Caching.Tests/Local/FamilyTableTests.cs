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
            Assert.Equal("(other)", families.Of("one more:1").Name);
            Assert.Equal("last", families.Of("last:2").Name);
        });
    }

    [Fact]
    public void Of_FamiliesBeyondTheBoundAndOneOfTheirName_AreOneUnderTheDefaultPolicy()
    {
        var options = new HotShelfCachingOptions();
        var families = new FamilyTable(options);
        var named = families.Of("(other):1");
        for (var i = 0; i < 32; i++)
        {
            families.Of($"family{i}:1");
        }

        var shared = families.Of("one more:1");
        Assert.Same(shared, named);
        Assert.Same(options.Default, shared.Policy);
        // A metric series each.
        Assert.Single(families.All, static family => family.Name == "(other)");
        Assert.Equal("one more", shared.TagFamily("one more:1"));
    }
}
