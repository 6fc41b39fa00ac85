namespace Microsoft.Extensions.Http.Resilience;

/// <summary>The five strategies of the standard pipeline, from the outermost to the innermost.</summary>
public class HttpStandardResilienceOptions
{
    /// <summary>How many requests may be under way at once; more are refused. Default: 1,000, none queued.</summary>
    public HttpRateLimiterStrategyOptions RateLimiter { get; set; } = new() { Name = "Standard-RateLimiter" };

    /// <summary>The limit for a request with all its attempts. Default: 30 s.</summary>
    public HttpTimeoutStrategyOptions TotalRequestTimeout { get; set; } = new() { Name = "Standard-TotalRequestTimeout" };

    /// <summary>Which outcomes are tried again, how often and when. Default: transient ones, 3 times, from 2 s on, exponential with jitter.</summary>
    public HttpRetryStrategyOptions Retry { get; set; } = new() { Name = "Standard-Retry" };

    /// <summary>When attempts are refused because most failed. Default: 10 % of at least 100 within 30 s, for 5 s.</summary>
    public HttpCircuitBreakerStrategyOptions CircuitBreaker { get; set; } = new() { Name = "Standard-CircuitBreaker" };

    /// <summary>The limit for one attempt. Default: 10 s.</summary>
    public HttpTimeoutStrategyOptions AttemptTimeout { get; set; } = new() { Name = "Standard-AttemptTimeout", Timeout = TimeSpan.FromSeconds(10) };
}
