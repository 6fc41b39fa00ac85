namespace HotShelf.Caching.Internal;

internal static class RandomId
{
    /// <summary>Where they come from. A simulation sets one with a seed, so that its run can be repeated.</summary>
    public static Random Source { get; set; } = Random.Shared;

    /// <summary>A random number, unique among fills and leases; never 0.</summary>
    public static long New()
    {
        while (true)
        {
            if (Source.NextInt64(long.MinValue, long.MaxValue) is not 0 and var id)
                return id;
        }
    }
}
