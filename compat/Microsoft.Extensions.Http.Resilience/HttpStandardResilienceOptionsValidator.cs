using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.Http.Resilience;

/// <summary>Checks what the strategies demand of each other.</summary>
internal sealed class HttpStandardResilienceOptionsValidator(string pipelineName) : IValidateOptions<HttpStandardResilienceOptions>
{
    public ValidateOptionsResult Validate(string? name, HttpStandardResilienceOptions options)
    {
        if (name != pipelineName)
            return ValidateOptionsResult.Skip;
        var failures = new List<string>();
        if (options.AttemptTimeout.Timeout > options.TotalRequestTimeout.Timeout)
            failures.Add($"{name}: AttemptTimeout:Timeout ({options.AttemptTimeout.Timeout}) must not be longer than TotalRequestTimeout:Timeout ({options.TotalRequestTimeout.Timeout}).");
        if (options.CircuitBreaker.SamplingDuration < 2 * options.AttemptTimeout.Timeout)
            failures.Add($"{name}: CircuitBreaker:SamplingDuration ({options.CircuitBreaker.SamplingDuration}) must be at least twice AttemptTimeout:Timeout ({options.AttemptTimeout.Timeout}).");
        if (options.RateLimiter.DefaultRateLimiterOptions.PermitLimit < 1)
            failures.Add($"{name}: RateLimiter:DefaultRateLimiterOptions:PermitLimit ({options.RateLimiter.DefaultRateLimiterOptions.PermitLimit}) must be at least 1.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
