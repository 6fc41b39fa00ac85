namespace HotShelf.Catalog.Seeding;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood 2014): integer arithmetic alone, so every machine and every version of .NET draws the same numbers,
/// which <see cref="Random"/> does not promise.
/// </summary>
internal sealed class SeedRandom(ulong seed)
{
    private ulong _state = seed;

    public ulong NextUInt64()
    {
        unchecked
        {
            var z = _state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    /// <summary>From 0 to <paramref name="limit"/> - 1.</summary>
    public int Next(int limit) => (int)(NextUInt64() % (uint)limit);

    /// <summary>From <paramref name="minimum"/> to <paramref name="maximum"/>, both included; low ones more often.</summary>
    public int NextLow(int minimum, int maximum) => minimum + Math.Min(Next(maximum - minimum + 1), Next(maximum - minimum + 1));

    public string Pick(string[] words) => words[Next(words.Length)];

    /// <summary>Several different words, in drawn order.</summary>
    public string[] PickSome(string[] words, int count)
    {
        var pool = words.ToArray();
        count = Math.Min(count, pool.Length);
        for (var i = 0; i < count; i++)
        {
            var j = i + Next(pool.Length - i);
            (pool[i], pool[j]) = (pool[j], pool[i]);
        }

        return pool[..count];
    }
}
