namespace HotShelf.Caching.Simulation;

/// <summary>The keys that all nodes read and change: half of them of a family with a lifetime, each with one of two tags.</summary>
internal static class SharedKeys
{
    public const int Count = 6;

    /// <summary>Keys of one tag.</summary>
    public const int OfATag = 3;

    /// <summary>Batches read from this key on: without Redis the removal of a tag hides more than that of a key, and would make up for it.</summary>
    public const int FirstOfBatches = 2;

    public static string Name(int key) => key % 2 == 0 ? $"plain:{key}" : $"graced:{key}";

    public static bool HasLifetime(int key) => key % 2 != 0;

    public static string Tag(int key) => $"tag{key / OfATag}";

    /// <summary>True when its loads tell the origin's version.</summary>
    public static bool HasVersion(int key) => key < 4;
}
