namespace Aspire.Hosting.ApplicationModel;

/// <summary>A resource that clients reach by a connection string.</summary>
public interface IResourceWithConnectionString : IResource, IExpressionValue, IValueWithReferences
{
    ReferenceExpression ConnectionStringExpression { get; }

    /// <summary>The environment variable for the connection string when it is not <c>ConnectionStrings__name</c>.</summary>
    string? ConnectionStringEnvironmentVariable => null;

    string IManifestExpressionProvider.ValueExpression => $"{{{Name}.connectionString}}";

    IEnumerable<object> IValueWithReferences.References => [ConnectionStringExpression];

    ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) => GetConnectionStringAsync(cancellationToken);

    ValueTask<string?> IValueProvider.GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken) => GetConnectionStringAsync(cancellationToken);

    ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) => ConnectionStringExpression.GetValueAsync(cancellationToken);

    /// <summary>The parts of the connection string by name: <c>Host</c>, <c>Port</c>...</summary>
    IEnumerable<KeyValuePair<string, ReferenceExpression>> GetConnectionProperties() => [];
}

/// <summary>Another resource's connection string is given out instead of this one's.</summary>
public class ConnectionStringRedirectAnnotation(IResourceWithConnectionString resource) : IResourceAnnotation
{
    public IResourceWithConnectionString Resource { get; } = resource;
}
