using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using HotShelf.ServiceDefaults;

namespace HotShelf.CacheConsole.Security;

/// <summary>
/// Delays clients that present wrong tokens, to the sign-in page and to <c>/mcp</c> alike. Only a wrong token waits: the right one is accepted at once, so an operator cannot be
/// locked out. A link (GET) and a POST are counted apart, because any web page can make a browser open links, but not send a POST (<see cref="SameOrigin"/>).
/// </summary>
internal sealed class SignInAttempts(ILogger<SignInAttempts> logger) : IDisposable
{
    /// <summary>Wrong tokens of one address (of IPv6: one /64) that are answered at once; after them one a second.</summary>
    public const int Burst = 5;

    /// <summary>Answers of one address that wait at a time; more are refused with 429.</summary>
    public const int Waiting = 10;

    /// <summary>The time between two answers, and the value of <c>Retry-After</c>.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly PartitionedRateLimiter<HttpContext> _wrong = PartitionedRateLimiter.Create<HttpContext, (IPAddress, bool)>(static http =>
        RateLimitPartition.GetTokenBucketLimiter(
            (ClientNetwork.Of(http.Connection.RemoteIpAddress), HttpMethods.IsPost(http.Request.Method)),
            static _ => new TokenBucketRateLimiterOptions { TokenLimit = Burst, TokensPerPeriod = 1, ReplenishmentPeriod = Interval, QueueLimit = Waiting }));

    /// <summary>Logs a wrong token and waits for its turn.</summary>
    /// <returns>False when too many answers to this address wait already; the answer then has <c>Retry-After</c>.</returns>
    /// <exception cref="OperationCanceledException">The sender has left.</exception>
    public async ValueTask<bool> WaitAsync(HttpContext http)
    {
        Log.SignInRefused(logger, http.Connection.RemoteIpAddress?.ToString() ?? "an unknown address");
        using var lease = await _wrong.AcquireAsync(http, cancellationToken: http.RequestAborted);
        if (!lease.IsAcquired)
            http.Response.Headers.RetryAfter = Interval.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        return lease.IsAcquired;
    }

    public void Dispose() => _wrong.Dispose();
}
