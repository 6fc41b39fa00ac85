using System.Threading.RateLimiting;
using Polly;

namespace Microsoft.Extensions.Http.Resilience;

/// <summary>Limit, total timeout, retry, breaker, attempt timeout: one instance per named client.</summary>
internal sealed class StandardPipeline : IDisposable
{
    private readonly ConcurrencyLimiter _limiter;
    private readonly ResiliencePipeline<HttpResponseMessage> _pipeline;

    public StandardPipeline(HttpStandardResilienceOptions options, TimeProvider timeProvider)
    {
        _limiter = new ConcurrencyLimiter(options.RateLimiter.DefaultRateLimiterOptions);
        _pipeline = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = timeProvider }
            .AddTimeout(options.TotalRequestTimeout)
            .AddRetry(options.Retry)
            .AddCircuitBreaker(options.CircuitBreaker)
            .AddTimeout(options.AttemptTimeout)
            .Build();
    }

    public async Task<HttpResponseMessage> ExecuteAsync(
        HttpRequestMessage request,
        Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send,
        CancellationToken cancellationToken)
    {
        using var lease = await _limiter.AcquireAsync(1, cancellationToken).ConfigureAwait(false);
        if (!lease.IsAcquired)
            throw new HttpRequestException("Refused: the limit of concurrent outgoing requests is reached (RateLimiter:DefaultRateLimiterOptions:PermitLimit).");

        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.SetRequestMessage(request);
        try
        {
            var outcome = await _pipeline.ExecuteOutcomeAsync(
                static async (context, state) =>
                {
                    try
                    {
                        return Outcome.FromResult(await state.send(state.request, context.CancellationToken).ConfigureAwait(context.ContinueOnCapturedContext));
                    }
                    catch (Exception exception)
                    {
                        return Outcome.FromException<HttpResponseMessage>(exception);
                    }
                },
                context,
                (request, send)).ConfigureAwait(false);
            outcome.ThrowIfException();
            return outcome.Result!;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    public void Dispose() => _limiter.Dispose();
}
