namespace Aspire.Hosting.ApplicationModel;

/// <summary>A PostgreSQL server.</summary>
public class PostgresServerResource : ContainerResource, IResourceWithConnectionString
{
    internal const string PrimaryEndpointName = "tcp";
    private const string DefaultUserName = "postgres";

    private readonly Dictionary<string, string> _databases = new(StringComparer.OrdinalIgnoreCase);

    public PostgresServerResource(string name, ParameterResource? userName, ParameterResource password)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(password);
        PrimaryEndpoint = new EndpointReference(this, PrimaryEndpointName);
        UserNameParameter = userName;
        PasswordParameter = password;
    }

    public EndpointReference PrimaryEndpoint { get; }

    public EndpointReferenceExpression Host => PrimaryEndpoint.Property(EndpointProperty.Host);

    public EndpointReferenceExpression Port => PrimaryEndpoint.Property(EndpointProperty.Port);

    public ParameterResource? UserNameParameter { get; set; }

    public ReferenceExpression UserNameReference =>
        UserNameParameter is not null ? ReferenceExpression.Create($"{UserNameParameter}") : ReferenceExpression.Create($"{DefaultUserName}");

    public ParameterResource PasswordParameter { get; set; }

    /// <summary>The form that Npgsql reads.</summary>
    public ReferenceExpression ConnectionStringExpression =>
        this.TryGetLastAnnotation<ConnectionStringRedirectAnnotation>(out var redirect) ? redirect.Resource.ConnectionStringExpression
        : ReferenceExpression.Create($"Host={Host};Port={Port};Username={UserNameReference};Password={PasswordParameter}");

    public ReferenceExpression UriExpression => BuildUri(null);

    public ReferenceExpression JdbcConnectionString => BuildJdbc(null);

    /// <summary>Resource name to database name.</summary>
    public IReadOnlyDictionary<string, string> Databases => _databases;

    internal List<PostgresDatabaseResource> DatabaseResources { get; } = [];

    IEnumerable<KeyValuePair<string, ReferenceExpression>> IResourceWithConnectionString.GetConnectionProperties() => ConnectionProperties(null);

    internal void AddDatabase(PostgresDatabaseResource database)
    {
        _databases.Add(database.Name, database.DatabaseName);
        DatabaseResources.Add(database);
    }

    internal IEnumerable<KeyValuePair<string, ReferenceExpression>> ConnectionProperties(string? database)
    {
        yield return new("Host", ReferenceExpression.Create($"{Host}"));
        yield return new("Port", ReferenceExpression.Create($"{Port}"));
        yield return new("Username", UserNameReference);
        yield return new("Password", ReferenceExpression.Create($"{PasswordParameter}"));
        yield return new("Uri", BuildUri(database));
        yield return new("JdbcConnectionString", BuildJdbc(database));
    }

    internal ReferenceExpression BuildUri(string? database)
    {
        var uri = new ReferenceExpressionBuilder();
        uri.Append($"postgresql://");
        if (UserNameParameter is not null)
            uri.Append($"{UserNameParameter:uri}");
        else
            uri.AppendLiteral(DefaultUserName);
        uri.Append($":{PasswordParameter:uri}@{Host}:{Port}");
        if (database is not null)
            uri.AppendLiteral("/" + Uri.EscapeDataString(database));
        return uri.Build();
    }

    internal ReferenceExpression BuildJdbc(string? database)
    {
        var jdbc = new ReferenceExpressionBuilder();
        jdbc.Append($"jdbc:postgresql://{Host}:{Port}");
        if (database is not null)
            jdbc.AppendLiteral("/" + Uri.EscapeDataString(database));
        return jdbc.Build();
    }
}

/// <summary>A database of a PostgreSQL server.</summary>
public class PostgresDatabaseResource(string name, string databaseName, PostgresServerResource postgresParentResource)
    : Resource(name), IResourceWithParent<PostgresServerResource>, IResourceWithConnectionString
{
    public PostgresServerResource Parent { get; } = postgresParentResource;

    public string DatabaseName { get; } = databaseName;

    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{new ParentConnectionString(Parent)};Database={DatabaseName}");

    public ReferenceExpression UriExpression => Parent.BuildUri(DatabaseName);

    public ReferenceExpression JdbcConnectionString => Parent.BuildJdbc(DatabaseName);

    internal string? CreationScript { get; set; }

    IEnumerable<KeyValuePair<string, ReferenceExpression>> IResourceWithConnectionString.GetConnectionProperties() =>
        [.. Parent.ConnectionProperties(DatabaseName), new("DatabaseName", ReferenceExpression.Create($"{DatabaseName}"))];

    // In the manifest the database names its server's connection string instead of repeating it.
    private sealed class ParentConnectionString(IResourceWithConnectionString parent) : IExpressionValue, IValueWithReferences
    {
        public string ValueExpression => parent.ValueExpression;

        public IEnumerable<object> References => [parent];

        public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => parent.GetConnectionStringAsync(cancellationToken);
    }
}
