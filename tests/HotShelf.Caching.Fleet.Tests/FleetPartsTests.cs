using System.Diagnostics.Metrics;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using HotShelf.Caching.Tests.Fakes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.Caching.Fleet.Tests;

/// <summary>The parts that need no server.</summary>
public sealed class FleetPartsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(12_345)]
    [InlineData(10_000_000)]
    [InlineData(599_999_999)]
    public void Buckets_AnyDuration_IsInItsBucket(long ticks)
    {
        var bucket = DurationBuckets.Of(new TimeSpan(ticks));
        Assert.InRange(bucket, 0, DurationBuckets.Count - 1);
        if (ticks > 0)
            Assert.InRange(ticks * TimeSpan.NanosecondsPerTick, DurationBuckets.Start(bucket), DurationBuckets.End(bucket) - 1);
    }

    [Fact]
    public void Buckets_Neighbours_MeetAndGrowByAQuarterAtMost()
    {
        for (var bucket = 1; bucket < DurationBuckets.Count; bucket++)
        {
            Assert.Equal(DurationBuckets.End(bucket - 1), DurationBuckets.Start(bucket));
            Assert.InRange((double)DurationBuckets.End(bucket) / DurationBuckets.Start(bucket), 1.1, 1.2501);
        }

        Assert.Equal(DurationBuckets.Count - 1, DurationBuckets.Of(TimeSpan.FromDays(1)));
        Assert.Equal(0, DurationBuckets.Of(TimeSpan.FromSeconds(-1)));
    }

    [Fact]
    public void Percentile_KnownDurations_IsNearlyRight()
    {
        var counter = new DurationCounter();
        for (var milliseconds = 1; milliseconds <= 1000; milliseconds++)
            counter.Record(TimeSpan.FromMilliseconds(milliseconds));
        var histogram = DurationHistogram.Sum([Snapshot(counter), DurationHistogram.Empty]);
        Assert.Equal(1000, histogram.Count);
        Assert.InRange(histogram.Percentile(0.5)!.Value.TotalMilliseconds, 450, 550);
        Assert.InRange(histogram.Percentile(0.99)!.Value.TotalMilliseconds, 900, 1100);
        Assert.InRange(histogram.Mean!.Value.TotalMilliseconds, 450, 550);
        Assert.Null(DurationHistogram.Empty.Percentile(0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => histogram.Percentile(1.1));
    }

    [Fact]
    public async Task Lag_NotMeasuredForLong_IsNotThatOfNow()
    {
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        var time = new ManualTimeProvider();
        using var sampler = new FleetSampler(isFeed: false, meters, time);
        var lag = meters.Create(CacheDiagnostics.MeterName).CreateHistogram<double>("hotshelf.cache.coherence.lag");
        Assert.Null(sampler.CoherenceLag);
        lag.Record(0.2);
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(0.2, sampler.CoherenceLag?.TotalSeconds);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(sampler.CoherenceLag);
        lag.Record(0.1);
        Assert.Equal(0.1, sampler.CoherenceLag?.TotalSeconds);
    }

    [Theory]
    [InlineData("http://0.0.0.0:8080", "10.0.0.7", "http://10.0.0.7:8080/")]
    [InlineData("http://*:8080", "10.0.0.7", "http://10.0.0.7:8080/")]
    [InlineData("http://*:8080", "fd00::7", "http://[fd00::7]:8080/")]
    [InlineData("http://+:8080", "fd00::7", "http://[fd00::7]:8080/")]
    [InlineData("http://[::]:8080", "fd00::7", "http://[fd00::7]:8080/")]
    [InlineData("http://localhost:5081", "10.0.0.7", "http://localhost:5081/")]
    [InlineData(null, "10.0.0.7", null)]
    public void Address_ListensOnAll_IsThatOnTheWayToRedis(string? listened, string local, string? reached) =>
        Assert.Equal(reached, Reached(listened, IPAddress.Parse(local))?.ToString());

    [Fact]
    public void Address_ListensOnAllOfIPv4_IsNoneOfIPv6()
    {
        Assert.Equal(Reached("http://0.0.0.0:8080", null), Reached("http://0.0.0.0:8080", IPAddress.Parse("fd00::7")));
        Assert.NotEqual(UriHostNameType.IPv6, Reached("http://0.0.0.0:8080", null)!.HostNameType);
    }

    [Fact]
    public async Task Address_OnTheWayToAServer_IsOneOfTheMachineUnlessTheServerIsOnIt()
    {
        Assert.Null(await FleetAddress.TowardsAsync(new DnsEndPoint("localhost", 6379)));
        Assert.Null(await FleetAddress.TowardsAsync(new IPEndPoint(IPAddress.Loopback, 6379)));
        Assert.Null(await FleetAddress.TowardsAsync(new DnsEndPoint("nowhere.invalid", 6379)));
        Assert.Null(await FleetAddress.TowardsAsync(new UnixDomainSocketEndPoint("/tmp/redis.sock")));
        // The way to an address of the machine itself begins there.
        var own = NetworkInterface.GetAllNetworkInterfaces().Where(static device => device.OperationalStatus == OperationalStatus.Up)
            .SelectMany(static device => device.GetIPProperties().UnicastAddresses).Select(static address => address.Address)
            .Where(static address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));
        foreach (var address in own)
            Assert.Equal(address, await FleetAddress.TowardsAsync(new IPEndPoint(address, 6379)));
    }

    [Fact]
    public void CountsText_WrittenAndRead_IsTheSameAndWhatIsForeignIsLeftOut()
    {
        var counts = new FleetCounts(496_123 * 60 + 7, "product", new Dictionary<int, long> { [0] = 5, [204] = 12_345_678_901 });
        var read = FleetCountsText.Read(496_123, FleetCountsText.Field(counts), FleetCountsText.Write(counts) + ",x:1,5:,:3,9")!;
        Assert.Equal((counts.Minute, counts.Family), (read.Minute, read.Family));
        Assert.Equal(counts.Values.OrderBy(item => item.Key), read.Values.OrderBy(item => item.Key));
        Assert.Equal("a:b", FleetCountsText.Read(1, "59:a:b", "")!.Family);
        Assert.Null(FleetCountsText.Read(1, "60:product", "1:1"));
        Assert.Null(FleetCountsText.Read(1, "product", "1:1"));
    }

    [Fact]
    public void Events_WrittenAndRead_AreTheSameAndWhatIsForeignIsNone()
    {
        var told = new CacheEvent
        {
            At = DateTimeOffset.UnixEpoch,
            Kind = CacheEventKind.Fill,
            Family = "product",
            Names = ["product:1"],
            Count = 1,
            Duration = TimeSpan.FromMilliseconds(3),
            Outcome = FillOutcome.Stored,
        };
        Assert.True(FleetJson.TryReadEvent(FleetJson.Write(told), out var read));
        Assert.Equal(told with { Names = [] }, read with { Names = [] });
        Assert.Equal(told.Names, read.Names);
        foreach (var foreign in (string?[])[null, "", "{}", "[]", "nonsense", """{"at":"1970-01-01T00:00:00+00:00","kind":"SomethingNewer"}"""])
            Assert.False(FleetJson.TryReadEvent(foreign, out _), foreign);
    }

    [Fact]
    public void Budget_MoreThanInASecond_CountsTheRestAndStartsAnew()
    {
        var time = new ManualTimeProvider();
        var budget = new EventBudget("fills", 2, time);
        Assert.Equal([true, true, false, false], Enumerable.Range(0, 4).Select(_ => budget.TrySpend()));
        Assert.Equal(2, budget.TakeOmitted());
        Assert.Equal(0, budget.TakeOmitted());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(budget.TrySpend());
    }

    [Theory]
    [InlineData("1-0", true)]
    [InlineData("1790000000000-17", true)]
    [InlineData("1790000000000", false)]
    [InlineData("-1", false)]
    [InlineData("a-b", false)]
    [InlineData(null, false)]
    public void StreamId_AnyText_IsReadOrRefused(string? text, bool isId)
    {
        Assert.Equal(isId, StreamId.TryParse(text, out var id));
        if (isId)
            Assert.Equal((text, 1), (id.ToString(), id.Next.CompareTo(id)));
    }

    private static DurationHistogram Snapshot(DurationCounter counter) => new([.. Enumerable.Range(0, DurationBuckets.Count).Select(bucket => counter[bucket])]);

    private static Uri? Reached(string? listened, IPAddress? local) =>
        FleetAddress.Reached(FleetAddress.Of(new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("urls", listened)]).Build()), local);
}
