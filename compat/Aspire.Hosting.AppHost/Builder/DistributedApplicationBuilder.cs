using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Local;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly HostApplicationBuilder _host;
    private readonly AppHostSpace _space;

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        var hook = TestingHook.Current.Value;
        options.Args = hook?.Arguments(options.Args) ?? options.Args;
        AppHostAssembly = options.AssemblyName is { } name ? Assembly.Load(name) : hook?.EntryAssembly ?? Assembly.GetEntryAssembly();
        var metadata = AppHostMetadata.Of(AppHostAssembly);
        AppHostDirectory = options.ProjectDirectory ?? metadata.Directory ?? Directory.GetCurrentDirectory();

        var settings = new HostApplicationBuilderSettings { Args = CommandLine.ForConfiguration(options.Args), ContentRootPath = AppHostDirectory };
        hook?.Configure(options, settings, AppHostDirectory);
        _host = new HostApplicationBuilder(settings);
        ExecutionContext = new DistributedApplicationExecutionContext(CommandLine.OperationOf(_host.Configuration));
        var projectName = metadata.ProjectName ?? AppHostAssembly?.GetName().Name ?? "AppHost";
        _space = hook?.TestName is { } test ? AppHostSpace.Temporary(projectName, AppHostDirectory, test) : AppHostSpace.OfUser(projectName, AppHostDirectory, metadata.UserSecretsId);
        _space.Secrets.AddTo(_host.Configuration);

        AddServices(options, metadata, hook is not null);
    }

    public ConfigurationManager Configuration => _host.Configuration;

    public string AppHostDirectory { get; }

    public Assembly? AppHostAssembly { get; }

    public IHostEnvironment Environment => _host.Environment;

    public IServiceCollection Services => _host.Services;

    public DistributedApplicationExecutionContext ExecutionContext { get; }

    public IResourceCollection Resources { get; } = new ResourceCollection();

    public IDistributedApplicationEventing Eventing { get; } = new DistributedApplicationEventing();

    internal AppHostSpace Space => _space;

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(resource);
        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build()
    {
        var hook = TestingHook.Current.Value;
        hook?.Building(this);
        var application = new DistributedApplication(_host.Build());
        ExecutionContext.Services = application.Services;
        // Under test the entry point has done its part here: the test starts and stops the application.
        hook?.Built(application);
        return application;
    }

    private void AddServices(DistributedApplicationOptions options, AppHostMetadata metadata, bool isTest)
    {
        var services = _host.Services;
        services.AddSingleton(options);
        services.AddSingleton(metadata);
        services.AddSingleton(_space);
        services.AddSingleton(ExecutionContext);
        services.AddSingleton(Eventing);
        services.AddSingleton(new DistributedApplicationModel(Resources));
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(s => new ResourceLoggerService { Time = s.GetRequiredService<TimeProvider>() });
        services.AddSingleton(s => new ResourceNotificationService(s.GetRequiredService<IHostApplicationLifetime>(), s.GetRequiredService<DistributedApplicationModel>()));
        services.AddSingleton(s => new ResourceCommandService(s.GetRequiredService<ResourceNotificationService>(), s.GetRequiredService<ResourceLoggerService>(), s));
        services.AddSingleton(s => new EngineSettings(isTest, s.GetRequiredService<IConfiguration>()));
        services.AddSingleton<LocalEngine>();
        services.AddSingleton<StartFailure>();
        services.AddSingleton<SecretValues>();
        services.AddSingleton<ControlAddress>();
        services.AddHttpClient();
        services.AddHealthChecks();
        services.Configure<HostOptions>(o => o.ShutdownTimeout = EngineSettings.ShutdownTimeout);
        services.Configure<ConsoleLifetimeOptions>(o => o.SuppressStatusMessages = true);
        if (ExecutionContext.IsPublishMode)
            services.AddHostedService<Publishing.ManifestPublisher>();
        else
            services.AddHostedService<EngineHost>();
        _host.Logging.AddFilter("Microsoft", LogLevel.Warning);
        _host.Logging.AddFilter("System.Net.Http", LogLevel.Warning);
        _host.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        _host.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical);
    }
}
