using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Executables;
using Aspire.Hosting.Lifecycle;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>Runs servers of this machine in place of containers. What is published stays the container.</summary>
public static class RunAsExecutableExtensions
{
    /// <summary>
    /// Runs Redis as <c>redis-server</c> or <c>valkey-server</c> of this machine when no container engine answers. Endpoints, connection strings, arguments,
    /// volumes and health checks stay as they are. What reaches into the container does not work: <c>WithRepl</c>, and administration tools such as
    /// <c>WithRedisInsight</c> do not show the server. Nothing changes in publish mode.
    /// </summary>
    /// <param name="builder">The Redis resource.</param>
    /// <param name="configure">Sets options. Configuration overrides them.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<RedisResource> RunAsExecutable(this IResourceBuilder<RedisResource> builder, Action<RunAsExecutableOptions>? configure = null) =>
        builder.RunAsExecutable(new RedisProgram(), configure);

    /// <summary>
    /// Runs PostgreSQL as a server of this machine when no container engine answers: the newest version that is installed, or the one that made the data.
    /// Databases, endpoints, connection strings, arguments, volumes and health checks stay as they are. What reaches into the container does not work:
    /// <c>WithRepl</c>, and administration tools such as <c>WithPgAdmin</c> do not show the server. Nothing changes in publish mode.
    /// </summary>
    /// <param name="builder">The PostgreSQL resource.</param>
    /// <param name="configure">Sets options. Configuration overrides them.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<PostgresServerResource> RunAsExecutable(this IResourceBuilder<PostgresServerResource> builder, Action<RunAsExecutableOptions>? configure = null) =>
        builder.RunAsExecutable(new PostgresProgram(), configure);

    private static IResourceBuilder<T> RunAsExecutable<T>(this IResourceBuilder<T> builder, ServerProgram program, Action<RunAsExecutableOptions>? configure)
        where T : ContainerResource, IResourceWithConnectionString
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (!builder.ApplicationBuilder.ExecutionContext.IsRunMode)
            return builder;
        var options = new RunAsExecutableOptions();
        configure?.Invoke(options);
        AddServices(builder.ApplicationBuilder);
        return builder.WithAnnotation(new RunAsExecutableAnnotation(program, options), ResourceAnnotationMutationBehavior.Replace);
    }

    private static void AddServices(IDistributedApplicationBuilder app)
    {
        if (app.Services.Any(service => service.ServiceType == typeof(ForwardingEventing)))
            return;
        app.Services.AddSingleton(new ForwardingEventing(app.Eventing));
        app.Services.Replace(ServiceDescriptor.Singleton<IDistributedApplicationEventing>(services => services.GetRequiredService<ForwardingEventing>()));
        app.Services.TryAddEventingSubscriber<ExecutableSubstitution>();
        // Looking for a container engine logs an error where there is none. That is the expected case here.
        app.Services.AddLogging(logging => logging
            .AddFilter("Aspire.Hosting.ContainerRuntime", LogLevel.Error)
            .AddFilter("Aspire.Hosting.Publishing.DockerContainerRuntime", LogLevel.Critical)
            .AddFilter("Aspire.Hosting.Publishing.PodmanContainerRuntime", LogLevel.Critical));
    }
}
