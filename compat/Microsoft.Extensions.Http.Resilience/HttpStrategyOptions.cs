using System.Threading.RateLimiting;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace Microsoft.Extensions.Http.Resilience;

/// <summary>A limit in time.</summary>
public class HttpTimeoutStrategyOptions : TimeoutStrategyOptions;

/// <summary>A limit on requests under way at once.</summary>
public class HttpRateLimiterStrategyOptions : ResilienceStrategyOptions
{
    /// <summary>How many may run and how many may wait. Default: 1,000 and none.</summary>
    public ConcurrencyLimiterOptions DefaultRateLimiterOptions { get; set; } = new() { PermitLimit = 1000, QueueLimit = 0 };
}

/// <summary>When attempts are refused because too many failed.</summary>
public class HttpCircuitBreakerStrategyOptions : CircuitBreakerStrategyOptions<HttpResponseMessage>
{
    /// <summary>Counts transient outcomes as failures.</summary>
    public HttpCircuitBreakerStrategyOptions() =>
        ShouldHandle = static arguments => new ValueTask<bool>(HttpClientResiliencePredicates.IsTransient(arguments.Outcome, arguments.Context.CancellationToken));
}

/// <summary>Which outcomes are tried again.</summary>
public class HttpRetryStrategyOptions : RetryStrategyOptions<HttpResponseMessage>
{
    private bool _shouldRetryAfterHeader;

    /// <summary>Retries transient outcomes, exponentially with jitter, later when the answer says so.</summary>
    public HttpRetryStrategyOptions()
    {
        ShouldHandle = static arguments => new ValueTask<bool>(HttpClientResiliencePredicates.IsTransient(arguments.Outcome, arguments.Context.CancellationToken));
        BackoffType = DelayBackoffType.Exponential;
        UseJitter = true;
        ShouldRetryAfterHeader = true;
    }

    /// <summary>Whether a <c>Retry-After</c> header (RFC 9110, 10.2.3) sets the pause before the next attempt. Default: true.</summary>
    public bool ShouldRetryAfterHeader
    {
        get => _shouldRetryAfterHeader;
        set
        {
            _shouldRetryAfterHeader = value;
            DelayGenerator = value ? static arguments => new ValueTask<TimeSpan?>(RetryAfter(arguments.Outcome.Result)) : null;
        }
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage? response) => response?.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => Max(date - TimeProvider.System.GetUtcNow(), TimeSpan.Zero),
        _ => null,
    };

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
