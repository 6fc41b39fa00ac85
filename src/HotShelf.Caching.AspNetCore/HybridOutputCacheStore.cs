using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.AspNetCore;

/// <summary>
/// Keeps output-cached responses in the cache: in memory and Redis, seen by the whole fleet, removed everywhere by tag. A response past its time
/// and inside the grace of the family <c>output</c> is still given to everybody but one caller of the whole fleet, whose request makes the new one, and those who ask on its node while it claims that.
/// </summary>
internal sealed class HybridOutputCacheStore(HybridCache cache) : IOutputCacheStore
{
    /// <summary>The family of output-cached responses.</summary>
    public const string Family = "output";

    /// <summary>What their keys begin with.</summary>
    public const string Prefix = Family + ":";

    public async ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken)
    {
        var entry = Key(key);
        var read = await cache.TryGetAsync<byte[]>(entry, cancellationToken: cancellationToken).ConfigureAwait(false);
        // Null sends this caller to the endpoint, whose answer then replaces the stale one.
        return !read.Found || (read.IsStale && await RefreshClaim.TryTakeAsync(cache, entry, cancellationToken).ConfigureAwait(false)) ? null : read.Value;
    }

    public async ValueTask SetAsync(string key, byte[] value, string[]? tags, TimeSpan validFor, CancellationToken cancellationToken)
    {
        var entry = Key(key);
        var options = new HybridCacheEntryOptions { Expiration = validFor };
        if (PositionTag.Take(ref tags) is { } since)
            await cache.SetAsync(entry, value, since, options, tags, cancellationToken).ConfigureAwait(false);
        else
            await cache.SetAsync(entry, value, options, tags, cancellationToken).ConfigureAwait(false);
        await RefreshClaim.ReleaseAsync(cache, entry, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask EvictByTagAsync(string tag, CancellationToken cancellationToken) => cache.RemoveByTagAsync(tag, cancellationToken);

    // The middleware's keys hold paths and queries with control characters between them, of any length.
    private static string Key(string key) => $"{Prefix}{Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(key)))}";
}
