using Microsoft.AspNetCore.Http;

namespace HotShelf.Caching.AspNetCore;

/// <summary>The HTTP side of the cache, for all endpoints.</summary>
public sealed class HttpCachingOptions
{
    /// <summary>
    /// Whether a request with <c>Cache-Control: no-cache</c> is answered from the origin. Default: no request is. Anybody who could do it could send
    /// every request to the database, so let only trusted callers.
    /// </summary>
    public Func<HttpContext, ValueTask<bool>> MayRevalidate { get; set; } = static _ => ValueTask.FromResult(false);
}
