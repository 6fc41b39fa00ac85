using HotShelf.Caching.Benchmarks.HitRatio;

namespace HotShelf.Caching.Tests.Local;

public sealed class HitRatioTests
{
    private const int Reads = 400_000;

    public static TheoryData<string> Names => [.. Workloads.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Store_Workload_AnswersAsManyReadsAsTinyLfuAndMoreThanLru(string workload)
    {
        var reads = Workloads.All[workload](Reads);
        var ours = Ratios.HotShelf(reads);
        Assert.True(ours >= ReferenceTinyLfu.HitRatio(reads) - 0.5, $"{ours:N1} %, W-TinyLFU {ReferenceTinyLfu.HitRatio(reads):N1} %");
        Assert.True(ours > Ratios.Lru(reads) + 2, $"{ours:N1} %, LRU {Ratios.Lru(reads):N1} %");
    }

    [Theory]
    [InlineData(0.7)]
    [InlineData(0.9)]
    public void Store_SizesVaryByAThousand_AnswersMoreReadsThanTinyLfuByCount(double skew)
    {
        var reads = Workloads.Zipf(Reads, skew);
        var ours = Ratios.HotShelf(reads, Workloads.Sizes(reads.Max() + 1, least: 300));
        Assert.True(ours > ReferenceTinyLfu.HitRatio(reads) + 2, $"{ours:N1} %, W-TinyLFU {ReferenceTinyLfu.HitRatio(reads):N1} %");
    }
}
