using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Testing;

/// <summary>How a test reaches the resources of a running application.</summary>
public static class DistributedApplicationHostingTestingExtensions
{
    /// <summary>A client whose base address is the resource's endpoint: the named one, else https, else http.</summary>
    public static HttpClient CreateHttpClient(this DistributedApplication app, string resourceName, string? endpointName = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        var client = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
        client.BaseAddress = app.GetEndpoint(resourceName, endpointName);
        return client;
    }

    public static ValueTask<string?> GetConnectionStringAsync(this DistributedApplication app, string resourceName, CancellationToken cancellationToken = default) =>
        Find(app, resourceName) is IResourceWithConnectionString resource
            ? resource.GetConnectionStringAsync(cancellationToken)
            : throw new ArgumentException($"Resource '{resourceName}' does not expose a connection string.", nameof(resourceName));

    /// <summary>The address of the resource's endpoint: the named one, else https, else http, else the first.</summary>
    public static Uri GetEndpoint(this DistributedApplication app, string resourceName, string? endpointName = null)
    {
        if (Find(app, resourceName) is not IResourceWithEndpoints resource)
            throw new InvalidOperationException($"Resource '{resourceName}' has no allocated endpoints.");
        var endpoints = resource.Annotations.OfType<EndpointAnnotation>().ToArray();
        var endpoint = endpointName is not null
            ? Array.Find(endpoints, e => string.Equals(e.Name, endpointName, StringComparison.OrdinalIgnoreCase))
                ?? throw new ArgumentException($"Endpoint '{endpointName}' for resource '{resourceName}' not found. There are: {string.Join(", ", endpoints.Select(e => e.Name))}.", nameof(endpointName))
            : Array.Find(endpoints, e => e.UriScheme == "https") ?? Array.Find(endpoints, e => e.UriScheme == "http") ?? endpoints.FirstOrDefault();
        return endpoint?.AllocatedEndpoint is { } allocated
            ? new Uri(allocated.UriString)
            : throw new InvalidOperationException($"Resource '{resourceName}' has no allocated endpoints: has the application been started?");
    }

    private static IResource Find(DistributedApplication app, string resourceName)
    {
        ArgumentNullException.ThrowIfNull(app);
        var resources = app.Services.GetRequiredService<DistributedApplicationModel>().Resources;
        return resources.FirstOrDefault(r => string.Equals(r.Name, resourceName, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException($"Resource '{resourceName}' not found. There are: {string.Join(", ", resources.Select(r => r.Name))}.", nameof(resourceName));
    }
}
