using HotShelf.Caching.Internal;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Local;

namespace HotShelf.Caching.Tests.Local;

/// <summary>What an entry keeps of its lifetimes and stamps in few bytes.</summary>
public sealed class LocalEntryTests
{
    private const long Day = 24 * 3600 * 1000L;
    private const long Year = 365 * Day;

    private static readonly FamilyState s_family = new("default", new CachePolicy(), isShared: false);

    /// <summary>A process that has run for long is as one that has just begun: milliseconds in 32 bits end after 49.7 days.</summary>
    public static TheoryData<long> Uptimes => [0, 49 * Day, 50 * Day, 60 * Day, 3 * Year];

    [Theory]
    [MemberData(nameof(Uptimes))]
    public void Times_WithinDays_AreExact(long now)
    {
        var times = new Lifetimes(7, now - Day, now + 10_001, now + 20_003, now + 5_007, now + 4_009) { Version = 9 };
        Assert.Equal(times, Entry(times).Times);
        Assert.Equal(now + 4_009, Entry(times).CheckAt);
    }

    [Theory]
    [MemberData(nameof(Uptimes))]
    public void Times_LaterThan24Days_AreAtMostASecondTooEarly(long now)
    {
        var times = new Lifetimes(7, now, now + Year, now + (60 * Year), now + 60_000, CacheClock.Never);
        var kept = Entry(times).Times;
        Assert.Equal((times.Created, times.LocalUntil, times.RefreshAt), (kept.Created, kept.LocalUntil, kept.RefreshAt));
        Assert.InRange(kept.FreshUntil, times.FreshUntil - 1_024, times.FreshUntil);
        Assert.InRange(kept.StaleUntil, times.StaleUntil - 1_024, times.StaleUntil);
        Assert.Equal((CacheResult.Hit, CacheResult.Stale), (Entry(times).ResultAt(now + Year - 2_000), Entry(times).ResultAt(now + Year)));
    }

    [Theory]
    [MemberData(nameof(Uptimes))]
    public void Times_Never_StayNever(long now)
    {
        var entry = Entry(new Lifetimes(0, now, CacheClock.Never, CacheClock.Never, CacheClock.Never, CacheClock.Never));
        var kept = entry.Times;
        Assert.Equal((now, CacheClock.Never, CacheClock.Never, CacheClock.Never), (kept.Created, kept.FreshUntil, kept.StaleUntil, kept.LocalUntil));
        Assert.True(entry.CheckAt > now + (69 * Year));
        Assert.Equal(CacheResult.Hit, entry.ResultAt(now + (100 * Year)));
    }

    [Fact]
    public void Times_FilledByANodeWhoseClockIsAhead_BeginNoLaterThanTheyEnd()
    {
        var kept = Entry(new Lifetimes(0, 1_000, 990, 990, 980, CacheClock.Never)).Times;
        Assert.Equal((980, 990, 990, 980), (kept.Created, kept.FreshUntil, kept.StaleUntil, kept.LocalUntil));
    }

    [Fact]
    public void RefreshAt_AfterTheEndOfL1_IsNotKept() =>
        Assert.Equal(CacheClock.Never, Entry(new Lifetimes(0, 0, 1_000, 1_000, 500, 800)).Times.RefreshAt);

    [Fact]
    public void Stamps_OfATaggedEntry_AreKeptAndRiseTogether()
    {
        var entry = LocalEntry<int>.Shared("a", s_family, new Lifetimes(0, 0, 1, 1, 1, 1), 1, stamps: Stamps.At(5, ["x", "y"]));
        Assert.Equal((5, 5, 5), (entry.Stamps.Everything, entry.Stamps.Family, entry.Position));
        Assert.Equal([new TagStamp("x", 5), new TagStamp("y", 5)], entry.Stamps.Tags);
        entry.Position = 9;
        entry.Position = 8;
        Assert.Equal(9, entry.WithTimes(entry.Times).Position);
    }

    [Fact]
    public void FilledAtTagEpoch_OfAnEntryWithoutStamps_IsNotAPosition()
    {
        var entry = LocalEntry<int>.Shared("a", s_family, new Lifetimes(0, 0, 1, 1, 1, 1), 1);
        entry.FilledAtTagEpoch = 3;
        entry.Position = 9;
        Assert.Equal((3, 0), (entry.WithTimes(entry.Times).FilledAtTagEpoch, entry.Position));
        Assert.Null(entry.Stamps.Tags);
    }

    private static LocalEntry<int> Entry(in Lifetimes times) => LocalEntry<int>.Shared("a", s_family, times, 1);
}
