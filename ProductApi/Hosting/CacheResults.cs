using HotShelf.Caching;

namespace HotShelf.ProductApi.Hosting;

/// <summary>What the cache did for an answer, in one word for the request log and traces.</summary>
internal static class CacheResults
{
    /// <summary>Null when the answer has no cache headers.</summary>
    public static string? Of(HttpContext http) => http.Features.Get<CacheObservation>()?.Result switch
    {
        CacheResult.Hit => "hit",
        CacheResult.Stale => "stale",
        CacheResult.Miss => "miss",
        CacheResult.Bypass => "bypass",
        _ => null,
    };
}
