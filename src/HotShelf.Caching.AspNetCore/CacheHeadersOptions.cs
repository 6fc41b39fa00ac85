using Microsoft.AspNetCore.Http;

namespace HotShelf.Caching.AspNetCore;

/// <summary>How one endpoint tells HTTP caches about its answers.</summary>
public sealed class CacheHeadersOptions
{
    /// <summary>True when the answers belong to one user: <c>Cache-Control</c> says <c>private</c>, so that no shared cache keeps them. Default false.</summary>
    public bool Private { get; set; }

    /// <summary>Request headers that the answer depends on, for <c>Vary</c>. Default none.</summary>
    public IList<string> Vary { get; } = [];

    /// <summary>
    /// The cache keys of a request, for callers that may force a revalidation (<see cref="HttpCachingOptions.MayRevalidate"/>): they are removed and
    /// read anew. Default none: <c>Cache-Control: no-cache</c> is ignored.
    /// </summary>
    public Func<HttpContext, IEnumerable<string>>? Keys { get; set; }
}
