using System.Globalization;

namespace HotShelf.Caching.AspNetCore;

/// <summary>
/// Carries the cache's position among the removals of tags from the beginning of a request to the store, which sees nothing of the request but the tags: an answer that was made while one of its tags
/// was removed may be from before the change.
/// </summary>
internal static class PositionTag
{
    // No tag of an application begins with it.
    private const string Prefix = "\u0001position:";

    public static string Of(long position) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{position}");

    /// <summary>Takes it out of the tags; null when there is none.</summary>
    public static long? Take(ref string[]? tags)
    {
        if (Array.Find(tags ?? [], IsPosition) is not { } found)
            return null;
        tags = Array.FindAll(tags!, static tag => !IsPosition(tag));
        return long.Parse(found.AsSpan(Prefix.Length), CultureInfo.InvariantCulture);
    }

    private static bool IsPosition(string tag) => tag.StartsWith(Prefix, StringComparison.Ordinal);
}
