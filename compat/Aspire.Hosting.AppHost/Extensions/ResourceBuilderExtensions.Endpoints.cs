using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

// Endpoints, URLs and health.
public static partial class ResourceBuilderExtensions
{
    public static IResourceBuilder<T> WithEndpoint<T>(this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? scheme = null, string? name = null, string? env = null, bool? isProxied = null, bool? isExternal = null, ProtocolType? protocol = null)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        var endpoint = new EndpointAnnotation(protocol ?? ProtocolType.Tcp, uriScheme: scheme, name: name, port: port, targetPort: targetPort, isExternal: isExternal, isProxied: isProxied);
        if (builder.Resource.Annotations.OfType<EndpointAnnotation>().Any(e => string.Equals(e.Name, endpoint.Name, StringComparison.OrdinalIgnoreCase)))
            throw new DistributedApplicationException($"Endpoint with name '{endpoint.Name}' already exists. Endpoint name may not have been explicitly specified and was derived automatically from scheme argument (e.g. 'http', 'https', or 'tcp'). Multiple calls to WithEndpoint (and related methods) may result in a conflict if name argument is not specified. Each endpoint must have a unique name.");
        if (env is not null && builder is IResourceBuilder<IResourceWithEnvironment> withEnvironment)
        {
            var reference = new EndpointReference(builder.Resource, endpoint);
            withEnvironment.WithEnvironment(context => context.EnvironmentVariables[env] = reference.Property(EndpointProperty.TargetPort));
        }

        return builder.WithAnnotation(endpoint);
    }

    public static IResourceBuilder<T> WithEndpoint<T>(this IResourceBuilder<T> builder, string endpointName, Action<EndpointAnnotation> callback, bool createIfNotExists = true)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(callback);
        var endpoint = builder.Resource.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(e => string.Equals(e.Name, endpointName, StringComparison.OrdinalIgnoreCase));
        if (endpoint is null && createIfNotExists)
        {
            endpoint = new EndpointAnnotation(ProtocolType.Tcp, name: endpointName);
            builder.Resource.Annotations.Add(endpoint);
        }

        if (endpoint is not null)
            callback(endpoint);
        return builder;
    }

    public static IResourceBuilder<T> WithHttpEndpoint<T>(this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null, bool? isProxied = null)
        where T : IResourceWithEndpoints => builder.WithEndpoint(port, targetPort, "http", name, env, isProxied);

    public static IResourceBuilder<T> WithHttpsEndpoint<T>(this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null, bool? isProxied = null)
        where T : IResourceWithEndpoints => builder.WithEndpoint(port, targetPort, "https", name, env, isProxied);

    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        foreach (var endpoint in builder.Resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.UriScheme is "http" or "https"))
            endpoint.IsExternal = true;
        return builder;
    }

    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        return new EndpointReference(builder.Resource, name);
    }

    public static IResourceBuilder<T> WithHttpHealthCheck<T>(this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null)
        where T : IResourceWithEndpoints =>
        builder.WithHttpHealthCheck(endpointName is null ? null : () => builder.GetEndpoint(endpointName), path, statusCode);

    /// <summary>Asks each replica by HTTP; healthy means the status code given (200 by default).</summary>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(this IResourceBuilder<T> builder, Func<EndpointReference>? endpointSelector, string? path = null, int? statusCode = null)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        var endpoint = endpointSelector?.Invoke() ?? FirstHttpEndpoint(builder.Resource, "WithHttpHealthCheck");
        var check = new Local.HttpHealthCheck($"{builder.Resource.Name}_{endpoint.EndpointName}_{path ?? "/"}_{statusCode ?? 200}_check", endpoint.EndpointName, path ?? "/", statusCode ?? 200);
        builder.WithAnnotation(new HealthCheckAnnotation(check.Key));
        return builder.WithAnnotation(check);
    }

    /// <summary>The resource is as healthy as the health check that is registered under the key.</summary>
    public static IResourceBuilder<T> WithHealthCheck<T>(this IResourceBuilder<T> builder, string key)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.Resource.Annotations.OfType<HealthCheckAnnotation>().Any(a => a.Key == key))
            throw new DistributedApplicationException($"Resource '{builder.Resource.Name}' already has a health check with key '{key}'.");
        return builder.WithAnnotation(new HealthCheckAnnotation(key));
    }

    private static EndpointReference FirstHttpEndpoint(IResourceWithEndpoints resource, string caller)
    {
        var endpoints = resource.Annotations.OfType<EndpointAnnotation>().ToArray();
        var found = endpoints.FirstOrDefault(e => e.Name == "http") ?? endpoints.FirstOrDefault(e => e.Name == "https") ?? endpoints.FirstOrDefault(e => e.UriScheme is "http" or "https");
        return found is null
            ? throw new DistributedApplicationException($"Could not create {caller} for resource '{resource.Name}': it has no HTTP endpoint. Add one with WithHttpEndpoint(), or give the project a launch profile with an applicationUrl.")
            : new EndpointReference(resource, found);
    }
}
