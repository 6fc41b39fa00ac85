namespace HotShelf.Caching.Internal;

internal static class RandomId
{
    /// <summary>A random number, unique among fills and leases; never 0.</summary>
    public static long New()
    {
        while (true)
        {
            if (Random.Shared.NextInt64(long.MinValue, long.MaxValue) is not 0 and var id)
                return id;
        }
    }
}
