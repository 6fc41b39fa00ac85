using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Local;

/// <summary>The URLs that are shown for a resource: its endpoints, what the application adds, and what its callbacks make of them.</summary>
internal static class ResourceUrls
{
    public static async Task<ImmutableArray<UrlSnapshot>> OfAsync(LocalEngine engine, IResource resource, CancellationToken cancellationToken)
    {
        var urls = new List<ResourceUrlAnnotation>();
        if (resource is IResourceWithEndpoints owner)
        {
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.AllocatedEndpoint is not null))
                urls.Add(new ResourceUrlAnnotation { Url = endpoint.AllocatedEndpoint!.UriString, Endpoint = new EndpointReference(owner, endpoint) });
        }

        urls.AddRange(resource.Annotations.OfType<ResourceUrlAnnotation>());
        var context = new ResourceUrlsCallbackContext(engine.Execution, resource, urls, cancellationToken) { Logger = engine.Loggers.GetLogger(resource) };
        foreach (var callback in resource.Annotations.OfType<ResourceUrlsCallbackAnnotation>().ToArray())
            await callback.Callback(context).ConfigureAwait(false);
        return [.. urls.OrderByDescending(u => u.DisplayOrder ?? 0).Select(u => new UrlSnapshot(u.Endpoint?.EndpointName, u.Url, u.DisplayLocation == UrlDisplayLocation.DetailsOnly)
        {
            DisplayProperties = new UrlDisplayPropertiesSnapshot(u.DisplayText ?? "", u.DisplayOrder ?? 0),
        })];
    }
}
