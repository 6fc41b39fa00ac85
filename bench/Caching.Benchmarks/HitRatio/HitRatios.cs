using BitFaster.Caching.Lfu;
using BitFaster.Caching.Lru;
using BitFaster.Caching.Scheduler;
using Microsoft.Extensions.Caching.Memory;

namespace HotShelf.Caching.Benchmarks.HitRatio;

/// <summary>The share of reads that memory answers when it has room for a part of the keys, against other caches and the optimum.</summary>
internal static class HitRatios
{
    private const int Reads = 1_000_000;

    public static Task RunAsync()
    {
        Console.WriteLine();
        Console.WriteLine("### L1 hit ratio, % (room for 1,000 entries, 50,000 keys, 1 M reads)");
        Console.WriteLine();
        Console.WriteLine("| | HotShelf | BitFaster ConcurrentLfu | BitFaster ConcurrentLru | MemoryCache with SizeLimit | exact LRU | optimum |");
        Console.WriteLine("|-|-:|-:|-:|-:|-:|-:|");
        foreach (var (name, create) in Workloads.All)
            Print(name, create(Reads), null);
        Print("each key about ten times soon after its first read, then never again", Workloads.Recent(Reads), null);
        var reads = Workloads.Zipf(Reads, 0.9);
        Print("Zipf 0.9, sizes 1 : 1,000 (the others: room for 1,000 of average size)", reads, Workloads.Sizes(reads.Max() + 1, 300));
        return Task.CompletedTask;
    }

    private static void Print(string name, int[] reads, int[]? sizes) =>
        Console.WriteLine(FormattableString.Invariant(
            $"| {name} | {Ratios.HotShelf(reads, sizes):N1} | {Lfu(reads):N1} | {Lru(reads):N1} | {Memory(reads):N1} | {Ratios.Lru(reads):N1} | {(sizes is null ? Ratios.Optimal(reads).ToString("N1", null) : "")} |"));

    private static double Lfu(int[] reads)
    {
        var cache = new ConcurrentLfu<int, int>(1, Workloads.Room, new ForegroundScheduler(), EqualityComparer<int>.Default);
        return Count(reads, key => cache.TryGet(key, out _), key => cache.AddOrUpdate(key, key));
    }

    private static double Lru(int[] reads)
    {
        var cache = new ConcurrentLru<int, int>(1, Workloads.Room, EqualityComparer<int>.Default);
        return Count(reads, key => cache.TryGet(key, out _), key => cache.AddOrUpdate(key, key));
    }

    private static double Memory(int[] reads)
    {
        using var cache = new MemoryCache(new MemoryCacheOptions { SizeLimit = Workloads.Room });
        var one = new MemoryCacheEntryOptions { Size = 1 };
        return Count(reads, key => cache.TryGetValue(key, out _), key => cache.Set(key, key, one));
    }

    private static double Count(int[] reads, Func<int, bool> isCached, Action<int> add)
    {
        var hits = 0;
        foreach (var key in reads)
        {
            if (isCached(key))
                hits++;
            else
                add(key);
        }

        return 100.0 * hits / reads.Length;
    }
}
