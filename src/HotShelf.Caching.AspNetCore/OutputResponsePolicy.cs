using System.Buffers.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Options;

namespace HotShelf.Caching.AspNetCore;

/// <summary>
/// Notes for each response that the output cache may store where the cache is among the removals of tags before the endpoint runs, and gives it an <c>ETag</c>, so that the middleware answers <c>If-None-Match</c> with 304 while it is stored. The middleware
/// copies the headers before the body is known, so the tag is random: it names the stored response. It is weak, because a middleware outside may compress the response.
/// </summary>
internal sealed class OutputResponsePolicy(HybridCache cache) : IOutputCachePolicy, IPostConfigureOptions<OutputCacheOptions>
{
    /// <summary>After all others: it must see what they decide.</summary>
    public void PostConfigure(string? name, OutputCacheOptions options) => options.AddBasePolicy(this);

    public async ValueTask CacheRequestAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        var http = context.HttpContext;
        var metadata = http.GetEndpoint()?.Metadata;
        if (!context.EnableOutputCaching && metadata?.GetMetadata<IOutputCachePolicy>() is null && metadata?.GetMetadata<OutputCacheAttribute>() is null)
            return;
        context.Tags.Add(PositionTag.Of(await cache.GetPositionAsync(HybridOutputCacheStore.Prefix, cancellation)));
        // A response to HEAD is stored by itself, and must not have another tag than that to GET.
        if (HttpMethods.IsHead(http.Request.Method))
            return;
        var entityTag = $"W/\"{Base64Url.EncodeToString(Guid.NewGuid().ToByteArray())}\"";
        http.Response.Headers.ETag = entityTag;
        http.Response.OnStarting(() =>
        {
            // An endpoint's own tag stays, and so does that of a response served from the store.
            if (http.Response.Headers.ETag == entityTag && !(context.EnableOutputCaching && context.AllowCacheStorage && http.Response.StatusCode == StatusCodes.Status200OK))
                http.Response.Headers.Remove("ETag");
            return Task.CompletedTask;
        });
    }

    public ValueTask ServeFromCacheAsync(OutputCacheContext context, CancellationToken cancellation) => ValueTask.CompletedTask;

    public ValueTask ServeResponseAsync(OutputCacheContext context, CancellationToken cancellation) => ValueTask.CompletedTask;
}
