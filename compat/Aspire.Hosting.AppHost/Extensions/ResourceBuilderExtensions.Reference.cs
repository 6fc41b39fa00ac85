using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

// One resource told of another.
public static partial class ResourceBuilderExtensions
{
    /// <summary>Gives the connection string as <c>ConnectionStrings__name</c> and its parts as <c>NAME_PART</c>.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithConnectionString> source, string? connectionName = null, bool optional = false)
        where TDestination : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(source);
        var resource = source.Resource;
        var name = connectionName ?? resource.Name;
        builder.WithAnnotation(new ResourceRelationshipAnnotation(resource, "Reference"));
        return builder.WithEnvironment(context =>
        {
            var flags = InjectionFlags(builder.Resource);
            if (flags.HasFlag(ReferenceEnvironmentInjectionFlags.ConnectionString))
            {
                var variable = resource.ConnectionStringEnvironmentVariable ?? $"ConnectionStrings__{name}";
                context.EnvironmentVariables[variable] = new ConnectionStringReference(resource, optional);
            }

            if (!flags.HasFlag(ReferenceEnvironmentInjectionFlags.ConnectionProperties))
                return;
            var prefix = ResourceNames.ForEnvironment(name).ToUpperInvariant();
            foreach (var (part, value) in resource.GetConnectionProperties())
                context.EnvironmentVariables[$"{prefix}_{ResourceNames.ForEnvironment(part).ToUpperInvariant()}"] = value;
        });
    }

    /// <summary>Gives every endpoint as <c>NAME_ENDPOINT</c> and <c>services__name__scheme__n</c>.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(source);
        return ReferToEndpoints(builder, source.Resource, null, source.Resource.Name);
    }

    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source, string name)
        where TDestination : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(source);
        return ReferToEndpoints(builder, source.Resource, null, name);
    }

    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, string name, Uri uri)
        where TDestination : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(uri);
        if (!uri.IsAbsoluteUri || uri.AbsolutePath != "/")
            throw new InvalidOperationException("The URI for service reference must be absolute and have the path '/'.");
        return builder.WithEnvironment($"services__{name}__default__0", uri.ToString());
    }

    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, EndpointReference endpointReference)
        where TDestination : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(endpointReference);
        return ReferToEndpoints(builder, endpointReference.Resource, endpointReference.EndpointName, endpointReference.Resource.Name);
    }

    public static IResourceBuilder<TDestination> WithReferenceEnvironment<TDestination>(this IResourceBuilder<TDestination> builder, ReferenceEnvironmentInjectionFlags flags)
        where TDestination : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation(new ReferenceEnvironmentInjectionAnnotation(flags), ResourceAnnotationMutationBehavior.Replace);
    }

    public static IResourceBuilder<T> WithConnectionStringRedirection<T>(this IResourceBuilder<T> builder, IResourceWithConnectionString resource)
        where T : IResourceWithConnectionString
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation(new ConnectionStringRedirectAnnotation(resource), ResourceAnnotationMutationBehavior.Replace);
    }

    private static IResourceBuilder<TDestination> ReferToEndpoints<TDestination>(IResourceBuilder<TDestination> builder, IResourceWithEndpoints source, string? only, string name)
        where TDestination : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.WithAnnotation(new ResourceRelationshipAnnotation(source, "Reference"));
        return builder.WithEnvironment(context =>
        {
            var flags = InjectionFlags(builder.Resource);
            foreach (var endpoint in source.Annotations.OfType<EndpointAnnotation>().Where(e => Matches(e, only)))
            {
                var reference = new EndpointReference(source, endpoint);
                if (flags.HasFlag(ReferenceEnvironmentInjectionFlags.Endpoints))
                    context.EnvironmentVariables[$"{ResourceNames.ForEnvironment(name)}_{ResourceNames.ForEnvironment(endpoint.Name)}".ToUpperInvariant()] = reference;
                if (flags.HasFlag(ReferenceEnvironmentInjectionFlags.ServiceDiscovery))
                    AddService(context, $"services__{name}__{(reference.IsHttpSchemeNamedEndpoint ? endpoint.UriScheme : endpoint.Name)}", reference);
            }
        });

        static bool Matches(EndpointAnnotation endpoint, string? only) =>
            only is null ? !endpoint.ExcludeReferenceEndpoint : string.Equals(endpoint.Name, only, StringComparison.OrdinalIgnoreCase);
    }

    // The same service may be referred to twice, by all endpoints and by one of them: that must not count as two addresses.
    private static void AddService(EnvironmentCallbackContext context, string key, EndpointReference reference)
    {
        var index = 0;
        while (context.EnvironmentVariables.TryGetValue($"{key}__{index}", out var other))
        {
            if (other is EndpointReference same && ReferenceEquals(same.Resource, reference.Resource) && same.EndpointName == reference.EndpointName)
                return;
            index++;
        }

        context.EnvironmentVariables[$"{key}__{index}"] = reference;
    }

    private static ReferenceEnvironmentInjectionFlags InjectionFlags(IResource resource) =>
        resource.TryGetLastAnnotation<ReferenceEnvironmentInjectionAnnotation>(out var annotation) ? annotation.Flags : ReferenceEnvironmentInjectionFlags.All;
}
