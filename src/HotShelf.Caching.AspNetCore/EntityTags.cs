using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace HotShelf.Caching.AspNetCore;

/// <summary>Comparing validators as RFC 9110 section 8.8.3.2 says.</summary>
public static class EntityTags
{
    /// <summary>True when an <c>If-None-Match</c> header names <paramref name="entityTag"/>: by weak comparison, in a list, or by <c>*</c>. Malformed headers name nothing.</summary>
    public static bool Matches(StringValues ifNoneMatch, string entityTag) => Matches(ifNoneMatch, entityTag, strongly: false);

    /// <summary>True when an <c>If-Match</c> header names <paramref name="entityTag"/>: by strong comparison, in a list, or by <c>*</c>. Malformed headers name nothing.</summary>
    public static bool MatchesStrongly(StringValues ifMatch, string entityTag) => Matches(ifMatch, entityTag, strongly: true);

    private static bool Matches(StringValues header, string entityTag, bool strongly)
    {
        if (header.Count == 0)
            return false;
        // What a client normally sends: the one tag we gave it, as we gave it.
        if (header.Count == 1 && string.Equals(header[0], entityTag, StringComparison.Ordinal))
            return !(strongly && entityTag.StartsWith('W'));
        if (!EntityTagHeaderValue.TryParseList(header, out var candidates) || !EntityTagHeaderValue.TryParse(entityTag, out var current))
            return false;
        foreach (var candidate in candidates)
        {
            if (candidate.Equals(EntityTagHeaderValue.Any) || candidate.Compare(current, strongly))
                return true;
        }

        return false;
    }

    /// <summary>True for text in double quotes made of the characters that RFC 9110 allows between them.</summary>
    internal static bool IsStrong(string entityTag)
    {
        if (entityTag.Length < 2 || entityTag[0] != '"' || entityTag[^1] != '"')
            return false;
        foreach (var character in entityTag.AsSpan(1, entityTag.Length - 2))
        {
            if (character is '"' or <= ' ' or >= '\x7f')
                return false;
        }

        return true;
    }
}
