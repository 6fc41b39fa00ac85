using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Redis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

/// <summary>Adding Redis.</summary>
public static class RedisBuilderExtensions
{
    public static IResourceBuilder<RedisResource> AddRedis(this IDistributedApplicationBuilder builder, string name, int? port) => builder.AddRedis(name, port, null);

    public static IResourceBuilder<RedisResource> AddRedis(this IDistributedApplicationBuilder builder, string name, int? port = null, IResourceBuilder<ParameterResource>? password = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        // StackExchange.Redis cannot read a comma in a password: letters and digits only.
        var parameter = password?.Resource ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password", special: false);
        var redis = new RedisResource(name) { PasswordParameter = parameter };
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration($"{name}_check", _ => new RedisHealthCheck(redis), HealthStatus.Unhealthy, null, TimeSpan.FromSeconds(3)));
        return builder.AddResource(redis)
            .WithEndpoint(port: port, targetPort: 6379, scheme: "redis", name: RedisResource.PrimaryEndpointName)
            .WithImage("library/redis", "8.6")
            .WithImageRegistry("docker.io")
            .WithEntrypoint("/bin/sh")
            .WithHealthCheck($"{name}_check")
            .WithEnvironment(context =>
            {
                if (redis.PasswordParameter is { } current)
                    context.EnvironmentVariables["REDIS_PASSWORD"] = current;
            })
            .WithArgs(context =>
            {
                context.Args.Add("-c");
                context.Args.Add(CommandLine(redis));
            })
            .WithAnnotation(new RedisProgram());
    }

    public static IResourceBuilder<RedisResource> WithHostPort(this IResourceBuilder<RedisResource> builder, int? port)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithEndpoint(RedisResource.PrimaryEndpointName, endpoint => endpoint.Port = port);
    }

    /// <summary>Keeps the data in a volume, and saves it every minute unless <see cref="WithPersistence"/> says otherwise.</summary>
    public static IResourceBuilder<RedisResource> WithDataVolume(this IResourceBuilder<RedisResource> builder, string? name = null, bool isReadOnly = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.WithVolume(name ?? VolumeNames.Of(builder, "data"), "/data", isReadOnly);
        return isReadOnly ? builder : builder.WithPersistence();
    }

    public static IResourceBuilder<RedisResource> WithDataBindMount(this IResourceBuilder<RedisResource> builder, string source, bool isReadOnly = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.WithBindMount(source, "/data", isReadOnly);
        return isReadOnly ? builder : builder.WithPersistence();
    }

    /// <summary>Saves a snapshot after <paramref name="interval"/> (60 seconds by default) when at least so many keys have changed.</summary>
    public static IResourceBuilder<RedisResource> WithPersistence(this IResourceBuilder<RedisResource> builder, TimeSpan? interval = null, long keysChangedThreshold = 1)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation(new PersistenceAnnotation(interval ?? TimeSpan.FromSeconds(60), keysChangedThreshold), ResourceAnnotationMutationBehavior.Replace);
    }

    public static IResourceBuilder<RedisResource> WithPassword(this IResourceBuilder<RedisResource> builder, IResourceBuilder<ParameterResource>? password)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.PasswordParameter = password?.Resource;
        return builder;
    }

    private static string CommandLine(RedisResource redis)
    {
        var command = "redis-server";
        if (redis.PasswordParameter is not null)
            command += " --requirepass $REDIS_PASSWORD";
        if (redis.TryGetLastAnnotation<PersistenceAnnotation>(out var persistence))
            command += FormattableString.Invariant($" --save {(long)persistence.Interval.TotalSeconds} {persistence.KeysChanged}");
        return command;
    }

    private sealed record PersistenceAnnotation(TimeSpan Interval, long KeysChanged) : IResourceAnnotation;
}
