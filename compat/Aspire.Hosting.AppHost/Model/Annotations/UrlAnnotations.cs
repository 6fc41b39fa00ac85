using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Where a dashboard shows a URL.</summary>
public enum UrlDisplayLocation
{
    SummaryAndDetails = 0,
    DetailsOnly = 1,
}

/// <summary>A URL that is shown for a resource.</summary>
public sealed class ResourceUrlAnnotation : IResourceAnnotation
{
#pragma warning disable CA1051 // The real type has a field here.
    public int? DisplayOrder;
#pragma warning restore CA1051

    public required string Url { get; set; }

    public string? DisplayText { get; set; }

    public EndpointReference? Endpoint { get; init; }

    public UrlDisplayLocation DisplayLocation { get; set; }
}

/// <summary>Changes the URLs of a resource once its endpoints have addresses.</summary>
public sealed class ResourceUrlsCallbackAnnotation(Func<ResourceUrlsCallbackContext, Task> callback) : IResourceAnnotation
{
    public ResourceUrlsCallbackAnnotation(Action<ResourceUrlsCallbackContext> callback)
        : this(context =>
        {
            callback(context);
            return Task.CompletedTask;
        })
    {
    }

    public Func<ResourceUrlsCallbackContext, Task> Callback { get; } = callback;
}

/// <summary>What a URL callback reads and writes.</summary>
public class ResourceUrlsCallbackContext(DistributedApplicationExecutionContext executionContext, IResource resource, List<ResourceUrlAnnotation>? urls = null, CancellationToken cancellationToken = default)
{
    public List<ResourceUrlAnnotation> Urls { get; } = urls ?? [];

    public DistributedApplicationExecutionContext ExecutionContext { get; } = executionContext;

    public IResource Resource { get; } = resource;

    public CancellationToken CancellationToken { get; } = cancellationToken;

    public ILogger Logger { get; init; } = NullLogger.Instance;

    public EndpointReference? GetEndpoint(string name) =>
        Resource is IResourceWithEndpoints owner && new EndpointReference(owner, name) is { Exists: true } found ? found : null;
}
