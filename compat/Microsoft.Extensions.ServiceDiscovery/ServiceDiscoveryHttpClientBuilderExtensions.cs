using Microsoft.Extensions.ServiceDiscovery;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds service discovery to HTTP clients.</summary>
public static class ServiceDiscoveryHttpClientBuilderExtensions
{
    /// <summary>Resolves the host of each request, spreading requests over all addresses of the service.</summary>
    public static IHttpClientBuilder AddServiceDiscovery(this IHttpClientBuilder httpClientBuilder)
    {
        ArgumentNullException.ThrowIfNull(httpClientBuilder);
        httpClientBuilder.Services.AddServiceDiscovery();
        return httpClientBuilder.AddHttpMessageHandler(static services => new ResolvingHandler(services.GetRequiredService<ServiceAddresses>()));
    }
}
