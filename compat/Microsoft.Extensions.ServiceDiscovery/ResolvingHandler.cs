namespace Microsoft.Extensions.ServiceDiscovery;

/// <summary>Replaces the service name in a request's URL by an address, for the time of the call.</summary>
internal sealed class ResolvingHandler(ServiceAddresses addresses) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var original = request.RequestUri;
        if (original is { IsAbsoluteUri: true })
            request.RequestUri = addresses.Resolve(original);
        try
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // A retry outside this handler resolves anew and may reach another replica.
            request.RequestUri = original;
        }
    }
}
