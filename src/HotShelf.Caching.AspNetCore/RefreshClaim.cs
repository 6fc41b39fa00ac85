using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.AspNetCore;

/// <summary>
/// Decides which node of the fleet refreshes a stale response. The claim is an entry of the cache: the caller whose loader runs holds it, and the cache
/// runs one loader in the fleet. The claim expires with its lifetime: an endpoint that fails stores nothing, and another caller retries.
/// </summary>
internal static class RefreshClaim
{
    /// <summary>The family of claims; its lifetime is how long a refresh may take before another caller tries.</summary>
    public const string Family = "output-refresh";

    private const string Taken = "taken";

    /// <summary>True for the one caller who is to refresh. Without Redis, one of each process.</summary>
    public static async ValueTask<bool> TryTakeAsync(HybridCache cache, string entry, CancellationToken cancellationToken)
    {
        var claim = new Claim();
        await cache.GetOrCreateAsync(Key(entry), claim, static (own, _) =>
        {
            own.IsOurs = true;
            return ValueTask.FromResult(Taken);
        }, cancellationToken: cancellationToken).ConfigureAwait(false);
        return claim.IsOurs;
    }

    /// <summary>The response is fresh again.</summary>
    public static ValueTask ReleaseAsync(HybridCache cache, string entry, CancellationToken cancellationToken) => cache.RemoveAsync(Key(entry), cancellationToken);

    private static string Key(string entry) => $"{Family}:{entry}";

    private sealed class Claim
    {
        public bool IsOurs { get; set; }
    }
}
