namespace HotShelf.Caching.Benchmarks.HitRatio;

/// <summary>Sequences of keys to read, the same in each run. Keys are numbers from 0.</summary>
internal static class Workloads
{
    /// <summary>Entries of average size that there is room for.</summary>
    public const int Room = 1_000;

    private const int Keys = 50_000;
    private const int Seed = 20_17;

    public static readonly IReadOnlyDictionary<string, Func<int, int[]>> All = new Dictionary<string, Func<int, int[]>>
    {
        ["Zipf 0.7"] = reads => Zipf(reads, 0.7),
        ["Zipf 0.9"] = reads => Zipf(reads, 0.9),
        ["Zipf 1.0"] = reads => Zipf(reads, 1.0),
        ["Zipf 0.9, a quarter of the reads one scan"] = reads => WithNewKeys(reads, 0.25),
        ["a loop over 1,500 keys"] = reads => [.. Enumerable.Range(0, reads).Select(i => i % 1_500)],
        ["Zipf 0.9 whose popular keys shift"] = Shifting,
        ["half of the reads one-hit wonders"] = reads => WithNewKeys(reads, 0.5),
    };

    public static int[] Zipf(int reads, double skew)
    {
        var random = new Random(Seed);
        var sums = Sums(skew);
        return [.. Enumerable.Range(0, reads).Select(_ => Next(random, sums))];
    }

    /// <summary>Keys come and go: each is read about ten times soon after its first read, and later never again. Recency is all that counts, the case for LRU.</summary>
    public static int[] Recent(int reads)
    {
        var random = new Random(Seed);
        return [.. Enumerable.Range(0, reads).Select(i => i / 10 + (int)(-300 * Math.Log(1 - random.NextDouble())))];
    }

    /// <summary>A size for each key, evenly spread over the orders of magnitude from <paramref name="least"/> to a thousand times that.</summary>
    public static int[] Sizes(int keys, int least)
    {
        var random = new Random(Seed);
        return [.. Enumerable.Range(0, keys).Select(_ => (int)(least * Math.Pow(1_000, random.NextDouble())))];
    }

    // Keys that are read once each, between the others.
    private static int[] WithNewKeys(int reads, double share)
    {
        var random = new Random(Seed);
        var sums = Sums(0.9);
        var next = Keys;
        return [.. Enumerable.Range(0, reads).Select(_ => random.NextDouble() < share ? next++ : Next(random, sums))];
    }

    // Ten times in a run other keys become the popular ones.
    private static int[] Shifting(int reads)
    {
        var keys = Zipf(reads, 0.9);
        for (var i = 0; i < reads; i++)
            keys[i] = (keys[i] + (int)(i * 10L / reads) * 5_000) % Keys;
        return keys;
    }

    private static double[] Sums(double skew)
    {
        var sums = new double[Keys];
        var sum = 0.0;
        for (var i = 0; i < Keys; i++)
            sums[i] = sum += Math.Pow(i + 1, -skew);
        return sums;
    }

    private static int Next(Random random, double[] sums)
    {
        var at = Array.BinarySearch(sums, random.NextDouble() * sums[^1]);
        return Math.Min(at < 0 ? ~at : at, Keys - 1);
    }
}
