using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

/// <summary>Adding PostgreSQL.</summary>
public static class PostgresBuilderExtensions
{
    private const string DataTarget = "/var/lib/postgresql";

    public static IResourceBuilder<PostgresServerResource> AddPostgres(this IDistributedApplicationBuilder builder, string name, IResourceBuilder<ParameterResource>? userName = null,
        IResourceBuilder<ParameterResource>? password = null, int? port = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var parameter = password?.Resource ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password");
        var server = new PostgresServerResource(name, userName?.Resource, parameter);
        AddHealthCheck(builder, $"{name}_check", server);
        builder.Eventing.Subscribe<ResourceReadyEvent>(server, (ready, token) => PostgresDatabases.CreateAsync(server, ready.Services, token));
        return builder.AddResource(server)
            .WithEndpoint(port: port, targetPort: 5432, name: PostgresServerResource.PrimaryEndpointName)
            .WithImage("library/postgres", "18.3")
            .WithImageRegistry("docker.io")
            .WithHealthCheck($"{name}_check")
            .WithEnvironment("POSTGRES_HOST_AUTH_METHOD", "scram-sha-256")
            .WithEnvironment("POSTGRES_INITDB_ARGS", "--auth-host=scram-sha-256 --auth-local=scram-sha-256")
            .WithEnvironment(context =>
            {
                context.EnvironmentVariables["POSTGRES_USER"] = server.UserNameReference;
                context.EnvironmentVariables["POSTGRES_PASSWORD"] = server.PasswordParameter;
            })
            .WithAnnotation(new PostgresProgram());
    }

    /// <summary>A database that is created when the server is healthy, unless it is there.</summary>
    public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(this IResourceBuilder<PostgresServerResource> builder, string name, string? databaseName = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var database = new PostgresDatabaseResource(name, databaseName ?? name, builder.Resource);
        builder.Resource.AddDatabase(database);
        AddHealthCheck(builder.ApplicationBuilder, $"{name}_check", database);
        return builder.ApplicationBuilder.AddResource(database).WithHealthCheck($"{name}_check");
    }

    /// <summary>The statement that creates the database, instead of <c>CREATE DATABASE</c>.</summary>
    public static IResourceBuilder<PostgresDatabaseResource> WithCreationScript(this IResourceBuilder<PostgresDatabaseResource> builder, string script)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(script);
        builder.Resource.CreationScript = script;
        return builder;
    }

    public static IResourceBuilder<PostgresServerResource> WithDataVolume(this IResourceBuilder<PostgresServerResource> builder, string? name = null, bool isReadOnly = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithVolume(name ?? VolumeNames.Of(builder, "data"), DataTarget, isReadOnly);
    }

    public static IResourceBuilder<PostgresServerResource> WithDataBindMount(this IResourceBuilder<PostgresServerResource> builder, string source, bool isReadOnly = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithBindMount(source, DataTarget, isReadOnly);
    }

    public static IResourceBuilder<PostgresServerResource> WithPassword(this IResourceBuilder<PostgresServerResource> builder, IResourceBuilder<ParameterResource> password)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(password);
        builder.Resource.PasswordParameter = password.Resource;
        return builder;
    }

    public static IResourceBuilder<PostgresServerResource> WithUserName(this IResourceBuilder<PostgresServerResource> builder, IResourceBuilder<ParameterResource> userName)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(userName);
        builder.Resource.UserNameParameter = userName.Resource;
        return builder;
    }

    public static IResourceBuilder<PostgresServerResource> WithHostPort(this IResourceBuilder<PostgresServerResource> builder, int? port)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithEndpoint(PostgresServerResource.PrimaryEndpointName, endpoint => endpoint.Port = port);
    }

    private static void AddHealthCheck(IDistributedApplicationBuilder builder, string key, IResourceWithConnectionString resource) =>
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(key, _ => new PostgresHealthCheck(resource), HealthStatus.Unhealthy, null, TimeSpan.FromSeconds(5)));
}
