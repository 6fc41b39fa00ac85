using Microsoft.Extensions.Caching.Memory;

namespace HotShelf.Caching.Benchmarks;

/// <summary>What an entry costs beside its value.</summary>
internal static class MemoryPerEntry
{
    private const int Entries = 100_000;

    public static async Task RunAsync()
    {
        var keys = Enumerable.Range(0, Entries).Select(i => $"product:{i}").ToArray();
        var value = "a value that all entries share";
        using var memory = new MemoryCache(new MemoryCacheOptions());
        var before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (var key in keys)
            memory.Set(key, value, TimeSpan.FromHours(1));
        var memoryCache = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Entries;

        await using var services = Caches.Create(null);
        var cache = services.Cache();
        before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (var key in keys)
            await cache.SetAsync(key, value);
        var hotShelf = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Entries;
        Console.WriteLine();
        Console.WriteLine("### Memory of an entry, key and value not counted");
        Console.WriteLine();
        Console.WriteLine(FormattableString.Invariant($"MemoryCache {memoryCache:N0} B, HotShelf {hotShelf:N0} B, ratio {hotShelf / memoryCache:N2}"));
        GC.KeepAlive(keys);
    }
}
