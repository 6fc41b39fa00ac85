namespace Microsoft.Extensions.Http.Resilience;

/// <summary>Sends requests through the client's pipeline.</summary>
internal sealed class ResilienceHandler(StandardPipeline pipeline) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        pipeline.ExecuteAsync(request, base.SendAsync, cancellationToken);
}
