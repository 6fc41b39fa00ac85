using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.ServiceDiscovery;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds service discovery: names in URLs, resolved from <c>Services:{name}:{endpoint or scheme}:{n}</c>.</summary>
public static class ServiceDiscoveryServiceCollectionExtensions
{
    /// <summary>Adds the resolver over configuration; a name that is not configured passes through to DNS.</summary>
    public static IServiceCollection AddServiceDiscovery(this IServiceCollection services) => services.AddServiceDiscovery(static _ => { });

    /// <summary>Adds the resolver and configures it.</summary>
    public static IServiceCollection AddServiceDiscovery(this IServiceCollection services, Action<ServiceDiscoveryOptions> configureOptions)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<ServiceDiscoveryOptions>().Configure(configureOptions);
        services.TryAddSingleton<ServiceAddresses>();
        return services;
    }
}
