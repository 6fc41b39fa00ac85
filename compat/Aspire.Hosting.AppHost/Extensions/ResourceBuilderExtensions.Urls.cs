using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

// What is shown for a resource.
public static partial class ResourceBuilderExtensions
{
    public static IResourceBuilder<T> WithUrl<T>(this IResourceBuilder<T> builder, string url, string? displayText = null)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation(new ResourceUrlAnnotation { Url = url, DisplayText = displayText });
    }

    public static IResourceBuilder<T> WithUrl<T>(this IResourceBuilder<T> builder, in ReferenceExpression.ExpressionInterpolatedStringHandler url, string? displayText = null)
        where T : IResource => builder.WithUrl(ReferenceExpression.Create(url), displayText);

    public static IResourceBuilder<T> WithUrl<T>(this IResourceBuilder<T> builder, ReferenceExpression url, string? displayText = null)
        where T : IResource => builder.WithUrls(async context =>
        {
            if (await url.GetValueAsync(context.CancellationToken).ConfigureAwait(false) is { } value)
                context.Urls.Add(new ResourceUrlAnnotation { Url = value, DisplayText = displayText });
        });

    public static IResourceBuilder<T> WithUrls<T>(this IResourceBuilder<T> builder, Action<ResourceUrlsCallbackContext> callback)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation(new ResourceUrlsCallbackAnnotation(callback));
    }

    public static IResourceBuilder<T> WithUrls<T>(this IResourceBuilder<T> builder, Func<ResourceUrlsCallbackContext, Task> callback)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation(new ResourceUrlsCallbackAnnotation(callback));
    }

    /// <summary>Changes how the URL of an endpoint is shown.</summary>
    public static IResourceBuilder<T> WithUrlForEndpoint<T>(this IResourceBuilder<T> builder, string endpointName, Action<ResourceUrlAnnotation> callback)
        where T : IResource => builder.WithUrls(context =>
        {
            foreach (var url in context.Urls.Where(u => string.Equals(u.Endpoint?.EndpointName, endpointName, StringComparison.OrdinalIgnoreCase)))
            {
                callback(url);
                if (url.Url.StartsWith('/'))
                    url.Url = url.Endpoint!.Url + url.Url;
            }
        });

    /// <summary>Adds a URL that belongs to an endpoint.</summary>
    public static IResourceBuilder<T> WithUrlForEndpoint<T>(this IResourceBuilder<T> builder, string endpointName, Func<EndpointReference, ResourceUrlAnnotation> callback)
        where T : IResourceWithEndpoints => builder.WithUrls(context =>
        {
            if (context.GetEndpoint(endpointName) is not { } endpoint)
                return;
            var url = callback(endpoint);
            context.Urls.Add(new ResourceUrlAnnotation
            {
                Url = url.Url.StartsWith('/') ? endpoint.Url + url.Url : url.Url,
                DisplayText = url.DisplayText,
                DisplayOrder = url.DisplayOrder,
                DisplayLocation = url.DisplayLocation,
                Endpoint = endpoint,
            });
        });

    public static IResourceBuilder<T> WithIconName<T>(this IResourceBuilder<T> builder, string iconName, IconVariant iconVariant = IconVariant.Filled)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation(new ResourceIconAnnotation(iconName, iconVariant), ResourceAnnotationMutationBehavior.Replace);
    }

    public static IResourceBuilder<T> WithParentRelationship<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> parent)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(parent);
        return builder.WithParentRelationship(parent.Resource);
    }

    public static IResourceBuilder<T> WithParentRelationship<T>(this IResourceBuilder<T> builder, IResource parent)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation(new ResourceRelationshipAnnotation(parent, "Parent"));
    }

    public static IResourceBuilder<T> ExcludeFromManifest<T>(this IResourceBuilder<T> builder)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation(ManifestPublishingCallbackAnnotation.Ignore);
    }
}
