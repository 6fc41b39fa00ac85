using System.Net;
using Polly;
using Polly.Timeout;

namespace Microsoft.Extensions.Http.Resilience;

/// <summary>Which outcomes are worth another attempt.</summary>
public static class HttpClientResiliencePredicates
{
    /// <summary>True for 408, 429 and 5xx answers, a connection that failed and an attempt that took too long.</summary>
    public static bool IsTransient(Outcome<HttpResponseMessage> outcome) => outcome switch
    {
        { Result.StatusCode: var status } => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError,
        { Exception: HttpRequestException or TimeoutRejectedException } => true,
        _ => false,
    };

    /// <summary>The same, and true for a connect timeout, which the client reports as a cancellation that <paramref name="cancellationToken"/> did not ask for.</summary>
    public static bool IsTransient(Outcome<HttpResponseMessage> outcome, CancellationToken cancellationToken) =>
        IsTransient(outcome) || (outcome.Exception is OperationCanceledException { InnerException: TimeoutException } && !cancellationToken.IsCancellationRequested);
}
