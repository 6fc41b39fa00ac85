using System.Threading.RateLimiting;

namespace HotShelf.CacheConsole.Security;

/// <summary>
/// Wrong tokens by address, at most 20 a minute; then the address waits, with the right token too, or guessing would go on unhindered. Tokens of our
/// own cannot be guessed; a chosen one might.
/// </summary>
internal sealed class SignInAttempts : IDisposable
{
    public const int Allowed = 20;

    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly PartitionedRateLimiter<HttpContext> _wrong = PartitionedRateLimiter.Create<HttpContext, string>(static http =>
        RateLimitPartition.GetFixedWindowLimiter(http.Connection.RemoteIpAddress?.ToString() ?? "", static _ => new FixedWindowRateLimiterOptions { PermitLimit = Allowed, Window = Window }));

    /// <summary>True when the address has to wait.</summary>
    public bool AreExhausted(HttpContext http)
    {
        using var lease = _wrong.AttemptAcquire(http, permitCount: 0);
        return !lease.IsAcquired;
    }

    /// <summary>Counts a wrong token.</summary>
    public void Failed(HttpContext http) => _wrong.AttemptAcquire(http).Dispose();

    public void Dispose() => _wrong.Dispose();
}
