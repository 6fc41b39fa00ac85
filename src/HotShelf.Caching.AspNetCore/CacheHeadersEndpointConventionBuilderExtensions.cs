using HotShelf.Caching;
using HotShelf.Caching.AspNetCore;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Tells HTTP caches about an endpoint's answers.</summary>
public static class CacheHeadersEndpointConventionBuilderExtensions
{
    /// <summary>
    /// Sends <c>Cache-Status</c> (RFC 9211), <c>Age</c>, <c>Cache-Control</c> derived from the policy of <paramref name="family"/>, <c>ETag</c> and
    /// <c>Vary</c> with what the endpoint reads from the cache, and answers <c>If-None-Match</c> with 304.
    /// </summary>
    /// <remarks>
    /// For <c>GET</c> and <c>HEAD</c> with status 200 or 404; everything else gets <c>no-store</c>. <c>ETag</c> is that of a <see cref="PreparedContent"/>. For values,
    /// strings and results with one body it is a weak validator from the bytes, which are written into memory first: at most 1 MiB, a larger body has no tag.
    /// Results that stream, and the action results of controllers, are not buffered and have none. What the headers say is also among the request's features, as a
    /// <see cref="CacheObservation"/>, for request logs and traces.
    /// </remarks>
    /// <param name="builder">The endpoint, or a group of them.</param>
    /// <param name="family">The family that the endpoint reads.</param>
    /// <param name="configure">What differs from an answer without <c>Vary</c> that is public unless its endpoint or request has authorization.</param>
    public static TBuilder WithCacheHeaders<TBuilder>(this TBuilder builder, string family, Action<CacheHeadersOptions>? configure = null)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(family);
        var options = new CacheHeadersOptions();
        configure?.Invoke(options);
        return builder.AddEndpointFilterFactory((factory, next) =>
        {
            var services = factory.ApplicationServices;
            var caching = services.GetRequiredService<IOptions<HotShelfCachingOptions>>().Value;
            var shared = options switch
            {
                { AlwaysRevalidate: false } => (TimeSpan?)null,
                { SharedFamily: { } shortest } => PolicyOf(caching, shortest).Fresh,
                _ => TimeSpan.Zero,
            };
            var policy = PolicyOf(caching, family);
            var filter = new CacheHeadersFilter(
                services.GetRequiredService<HybridCache>(),
                new CacheControlHeader(policy, isPrivate: false, shared),
                new CacheControlHeader(policy, isPrivate: true, shared),
                options,
                services.GetRequiredService<IOptions<HttpCachingOptions>>().Value,
                services.GetService<IOptions<AuthorizationOptions>>()?.Value.FallbackPolicy is not null);
            return context => filter.InvokeAsync(context, next);
        });
    }

    private static CachePolicy PolicyOf(HotShelfCachingOptions caching, string family) =>
        caching.Families.TryGetValue(family, out var policy) ? policy : caching.Default;
}
