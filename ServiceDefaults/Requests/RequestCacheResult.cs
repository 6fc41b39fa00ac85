using Microsoft.Extensions.Primitives;

namespace HotShelf.ServiceDefaults.Requests;

/// <summary>Reads the cache's result from a <c>Cache-Status</c> header (RFC 9211), such as <c>hotshelf; hit; ttl=3580; detail=l1</c>.</summary>
internal static class RequestCacheResult
{
    /// <summary><c>hit</c>, <c>stale</c>, <c>miss</c>, another reason to forward such as <c>bypass</c>, or <c>none</c> when no cache answered.</summary>
    public static string Of(StringValues header)
    {
        if (header.Count == 0 || header[^1] is not { Length: > 0 } text)
            return "none";
        // Each cache on the way appends its own part; the last one is nearest to the caller.
        var last = text.AsSpan(text.LastIndexOf(',') + 1);
        var isHit = false;
        foreach (var range in last.Split(';'))
        {
            var parameter = last[range].Trim();
            if (parameter.SequenceEqual("hit"))
                isHit = true;
            else if (parameter.StartsWith("ttl=-") && isHit)
                return "stale";
            else if (parameter.StartsWith("fwd="))
                return Forwarded(parameter[4..]);
        }

        return isHit ? "hit" : "none";
    }

    // The names of RFC 9211, 2.2; anything else is not taken over into logs.
    private static string Forwarded(ReadOnlySpan<char> reason) => reason switch
    {
        "miss" or "uri-miss" or "vary-miss" => "miss",
        "stale" => "stale",
        "bypass" => "bypass",
        "method" => "method",
        "request" => "request",
        "partial" => "partial",
        _ => "forwarded",
    };
}
