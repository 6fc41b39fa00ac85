using System.Globalization;
using HotShelf.Caching.Internal;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Local;

namespace HotShelf.Caching.Tests.Local;

/// <summary>Counts the bytes of the whole process, so nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(EntrySizeTests), DisableParallelization = true)]
[Collection(nameof(EntrySizeTests))]
public sealed class EntrySizeTests
{
    private static readonly FamilyState s_family = new("default", new CachePolicy(), isShared: false);

    [Theory]
    [InlineData(70_000, 0)]
    [InlineData(100_000, 0)]
    [InlineData(130_000, 0)]
    [InlineData(50_000, 1_000)]
    public void Size_ManyEntries_IsWithin15PercentOfWhatTheyTake(int count, int payload)
    {
        var clock = new CacheClock(TimeProvider.System);
        var times = new Lifetimes(1, clock.Now, CacheClock.Never, CacheClock.Never, CacheClock.Never, CacheClock.Never);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var store = new LocalStore(1L << 30, clock);
        for (var i = 0; i < count; i++)
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"product:{i:D9}");
            Assert.True(store.TryInsert(LocalEntry<byte[]?>.Shared(key, s_family, times, payload == 0 ? null : new byte[payload], payload), store.EpochOf(key)));
        }

        var measured = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.InRange((double)store.Size / measured, 0.85, 1.15);

        // Beside the letters and the object of the key and the value with its array's head.
        var keyAndValue = 24 + (17 * 2) + (payload == 0 ? 0 : payload + 24);
        Assert.InRange((measured / (double)count) - keyAndValue, 100, 170);
        GC.KeepAlive(store);
    }
}
