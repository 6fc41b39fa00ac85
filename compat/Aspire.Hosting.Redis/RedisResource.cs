namespace Aspire.Hosting.ApplicationModel;

/// <summary>A Redis server.</summary>
public class RedisResource(string name) : ContainerResource(name), IResourceWithConnectionString
{
    internal const string PrimaryEndpointName = "tcp";

    private EndpointReference? _primaryEndpoint;

    public EndpointReference PrimaryEndpoint => _primaryEndpoint ??= new EndpointReference(this, PrimaryEndpointName);

    public EndpointReferenceExpression Host => PrimaryEndpoint.Property(EndpointProperty.Host);

    public EndpointReferenceExpression Port => PrimaryEndpoint.Property(EndpointProperty.Port);

    public ParameterResource? PasswordParameter { get; internal set; }

    /// <summary>The form that StackExchange.Redis reads.</summary>
    public ReferenceExpression ConnectionStringExpression =>
        this.TryGetLastAnnotation<ConnectionStringRedirectAnnotation>(out var redirect) ? redirect.Resource.ConnectionStringExpression : BuildConnectionString();

    public ReferenceExpression UriExpression
    {
        get
        {
            var uri = new ReferenceExpressionBuilder();
            uri.Append($"{PrimaryEndpoint.Property(EndpointProperty.Scheme)}://");
            if (PasswordParameter is not null)
                uri.Append($":{PasswordParameter:uri}@");
            uri.Append($"{Host}:{Port}");
            return uri.Build();
        }
    }

    IEnumerable<KeyValuePair<string, ReferenceExpression>> IResourceWithConnectionString.GetConnectionProperties()
    {
        yield return new("Host", ReferenceExpression.Create($"{Host}"));
        yield return new("Port", ReferenceExpression.Create($"{Port}"));
        if (PasswordParameter is not null)
            yield return new("Password", ReferenceExpression.Create($"{PasswordParameter}"));
        yield return new("Uri", UriExpression);
    }

    private ReferenceExpression BuildConnectionString()
    {
        var connectionString = new ReferenceExpressionBuilder();
        connectionString.Append($"{Host}:{Port}");
        if (PasswordParameter is not null)
            connectionString.Append($",password={PasswordParameter}");
        connectionString.Append($"{PrimaryEndpoint.GetTlsValue(ReferenceExpression.Create($",ssl=true"), ReferenceExpression.Empty)}");
        return connectionString.Build();
    }
}
