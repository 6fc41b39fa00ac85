using System.Globalization;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The parts of an endpoint's address.</summary>
public enum EndpointProperty
{
    Url = 0,
    Host = 1,
    IPV4Host = 2,
    Port = 3,
    Scheme = 4,
    TargetPort = 5,
    HostAndPort = 6,
    TlsEnabled = 7,
}

/// <summary>An endpoint of a resource by its name; its address is known once the engine has allocated it.</summary>
public sealed class EndpointReference(IResourceWithEndpoints owner, string endpointName) : IExpressionValue, IValueWithReferences
{
    public EndpointReference(IResourceWithEndpoints owner, EndpointAnnotation endpoint)
        : this(owner, endpoint?.Name ?? throw new ArgumentNullException(nameof(endpoint)))
    {
    }

    public IResourceWithEndpoints Resource { get; } = owner;

    public string EndpointName { get; } = endpointName;

    public string? ErrorMessage { get; init; }

    public EndpointAnnotation EndpointAnnotation => Find()
        ?? throw new InvalidOperationException(ErrorMessage ?? $"The endpoint '{EndpointName}' is not defined for the resource '{Resource.Name}'.");

    public bool Exists => Find() is not null;

    public bool IsAllocated => Find()?.AllocatedEndpoint is not null;

    public bool ExcludeReferenceEndpoint => Find()?.ExcludeReferenceEndpoint ?? false;

    public bool IsHttp => string.Equals(Scheme, "http", StringComparison.OrdinalIgnoreCase);

    public bool IsHttps => string.Equals(Scheme, "https", StringComparison.OrdinalIgnoreCase);

    public bool IsHttpSchemeNamedEndpoint =>
        string.Equals(EndpointName, "http", StringComparison.OrdinalIgnoreCase) || string.Equals(EndpointName, "https", StringComparison.OrdinalIgnoreCase);

    public bool TlsEnabled => Find()?.TlsEnabled ?? false;

    public string Scheme => EndpointAnnotation.UriScheme;

    public string Host => Allocated.Address;

    public int Port => Allocated.Port;

    public int? TargetPort => EndpointAnnotation.TargetPort;

    public string Url => Allocated.UriString;

    string IManifestExpressionProvider.ValueExpression => ExpressionOf(EndpointProperty.Url);

    IEnumerable<object> IValueWithReferences.References => [Resource];

    private AllocatedEndpoint Allocated => EndpointAnnotation.AllocatedEndpoint
        ?? throw new InvalidOperationException($"The endpoint '{EndpointName}' of '{Resource.Name}' has no address yet: the application has not been started.");

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => new(Url);

    public ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default) => new(Url);

    public EndpointReferenceExpression Property(EndpointProperty property) => new(this, property);

    public ReferenceExpression GetTlsValue(ReferenceExpression enabledValue, ReferenceExpression disabledValue) =>
        ReferenceExpression.CreateConditional(Property(EndpointProperty.TlsEnabled), bool.TrueString, enabledValue, disabledValue);

    internal string ExpressionOf(EndpointProperty property) => property switch
    {
        EndpointProperty.HostAndPort => ExpressionOf(EndpointProperty.Host) + ":" + ExpressionOf(EndpointProperty.Port),
        EndpointProperty.IPV4Host => ExpressionOf(EndpointProperty.Host),
        _ => $"{{{Resource.Name}.bindings.{EndpointName}.{NameOf(property)}}}",
    };

    internal string ValueOf(EndpointProperty property) => property switch
    {
        EndpointProperty.Url => Url,
        EndpointProperty.Host => Host,
        EndpointProperty.IPV4Host => "127.0.0.1",
        EndpointProperty.Port => Port.ToString(CultureInfo.InvariantCulture),
        EndpointProperty.Scheme => Scheme,
        // Each replica has a port of its own: the engine fills it in when it starts one.
        EndpointProperty.TargetPort => Local.ReplicaTemplate.PortOf(Resource.Name, EndpointName),
        EndpointProperty.HostAndPort => $"{Host}:{ValueOf(EndpointProperty.Port)}",
        EndpointProperty.TlsEnabled => TlsEnabled.ToString(),
        _ => throw new InvalidOperationException($"The property '{property}' of an endpoint is not known."),
    };

    private static string NameOf(EndpointProperty property) => property switch
    {
        EndpointProperty.Url => "url",
        EndpointProperty.Host => "host",
        EndpointProperty.Port => "port",
        EndpointProperty.Scheme => "scheme",
        EndpointProperty.TargetPort => "targetPort",
        EndpointProperty.TlsEnabled => "tlsEnabled",
        _ => throw new InvalidOperationException($"The property '{property}' of an endpoint has no name in the manifest."),
    };

    private EndpointAnnotation? Find() =>
        Resource.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(e => string.Equals(e.Name, EndpointName, StringComparison.OrdinalIgnoreCase));
}

/// <summary>One part of an endpoint's address.</summary>
public class EndpointReferenceExpression(EndpointReference endpointReference, EndpointProperty property) : IExpressionValue, IValueWithReferences
{
    public EndpointReference Endpoint { get; } = endpointReference;

    public EndpointProperty Property { get; } = property;

    public string ValueExpression => Endpoint.ExpressionOf(Property);

    IEnumerable<object> IValueWithReferences.References => [Endpoint];

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => new(Endpoint.ValueOf(Property));

    public ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default) => GetValueAsync(cancellationToken);
}
