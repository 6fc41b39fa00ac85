using Microsoft.AspNetCore.Http;

namespace HotShelf.Caching.AspNetCore;

/// <summary>How one endpoint tells HTTP caches about its answers.</summary>
public sealed class CacheHeadersOptions
{
    /// <summary>
    /// True when the answers belong to one user: <c>Cache-Control</c> says <c>private</c>, so that no shared cache keeps them. False when everybody who may ask gets the same one and
    /// shared caches may keep it. Default null: private for requests with <c>Authorization</c> or of a user who is signed in, for answers that set a cookie, and for all where the endpoint requires
    /// authorization, because <c>public</c> would let a shared cache answer others with it (RFC 9111 sections 3.5 and 7.3).
    /// </summary>
    public bool? Private { get; set; }

    /// <summary>
    /// True when a browser must ask with each use whether its copy is current. Public answers then say <c>max-age=0, must-revalidate</c>, with
    /// <see cref="SharedFamily"/> deciding about shared caches; private ones say <c>no-cache</c>. Default false: browsers keep answers as long as the policy does.
    /// </summary>
    public bool AlwaysRevalidate { get; set; }

    /// <summary>
    /// With <see cref="AlwaysRevalidate"/>: the family of the shortest-lived value that the answers show. Shared caches keep an answer for at most that family's
    /// <see cref="CachePolicy.Fresh"/>, counted from the fill (<c>s-maxage</c> beside <c>Age</c>). Default null: shared caches revalidate with each use, too.
    /// </summary>
    public string? SharedFamily { get; set; }

    /// <summary>Request headers that the answer depends on, for <c>Vary</c>. Default none.</summary>
    public IList<string> Vary { get; } = [];

    /// <summary>
    /// The cache keys of a request, for callers that may force a revalidation (<see cref="HttpCachingOptions.MayRevalidate"/>): they are removed and
    /// read anew. Default none: <c>Cache-Control: no-cache</c> is ignored.
    /// </summary>
    public Func<HttpContext, IEnumerable<string>>? Keys { get; set; }
}
