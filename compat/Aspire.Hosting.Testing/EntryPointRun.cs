using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>
/// One run of an AppHost's entry point on a thread of its own. The entry point stops in <c>Build()</c> until the test builds the application, and is
/// ended there: starting and stopping is the test's.
/// </summary>
internal sealed class EntryPointRun(Assembly assembly, string[] arguments, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configure) : TestingHook
{
    private readonly TaskCompletionSource<IDistributedApplicationBuilder> _builder = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _application = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _stopsInBuild = true;

    public override Assembly EntryAssembly => assembly;

    public override string TestName => "test";

    public static TestingBuilder WithoutEntryPoint(Assembly assembly, string[] arguments, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configure)
    {
        var run = new EntryPointRun(assembly, arguments, configure) { _stopsInBuild = false };
        Current.Value = run;
        try
        {
            return new TestingBuilder(run, DistributedApplication.CreateBuilder(arguments));
        }
        finally
        {
            Current.Value = null;
        }
    }

    public void Start()
    {
        var entryPoint = assembly.EntryPoint ?? throw new InvalidOperationException($"The assembly of the AppHost, {assembly.GetName().Name}, has no entry point.");
        Current.Value = this;
        var thread = new Thread(() => Run(entryPoint)) { IsBackground = true, Name = $"entry point of {assembly.GetName().Name}" };
        thread.Start();
        Current.Value = null;
    }

    public async Task<TestingBuilder> BuilderAsync(CancellationToken cancellationToken) =>
        new(this, await _builder.Task.WaitAsync(cancellationToken).ConfigureAwait(false));

    public Task<DistributedApplication> ApplicationAsync(IDistributedApplicationBuilder builder, CancellationToken cancellationToken)
    {
        if (!_stopsInBuild)
            return Task.FromResult(builder.Build());
        _goOn.TrySetResult();
        return _application.Task.WaitAsync(cancellationToken);
    }

    /// <summary>The test does not build: the entry point ends where it is.</summary>
    public void Abandon()
    {
        _application.TrySetException(new ObjectDisposedException(nameof(IDistributedApplicationTestingBuilder)));
        _goOn.TrySetCanceled();
    }

    public override string[] Arguments(string[]? ofEntryPoint) => [.. ofEntryPoint ?? [], .. _stopsInBuild ? arguments : []];

    public override void Configure(DistributedApplicationOptions options, HostApplicationBuilderSettings settings, string appHostDirectory)
    {
        options.DisableDashboard = true;
        options.EnableResourceLogging = true;
        // A test has no launch profile of its own: it runs the AppHost as its first one would.
        var profile = LaunchSettings.Read(appHostDirectory)?.Profiles.FirstOrDefault(p => p.Value.CommandName == "Project").Value;
        var environment = profile?.EnvironmentVariables ?? [];
        settings.Configuration ??= new ConfigurationManager();
        settings.Configuration.AddInMemoryCollection(environment.Select(v => new KeyValuePair<string, string?>(v.Key.Replace("__", ":", StringComparison.Ordinal), v.Value)));
        settings.EnvironmentName ??= environment.GetValueOrDefault("DOTNET_ENVIRONMENT") ?? environment.GetValueOrDefault("ASPNETCORE_ENVIRONMENT") ?? Environments.Development;
        configure(options, settings);
    }

    public override void Building(IDistributedApplicationBuilder builder)
    {
        if (!_stopsInBuild)
            return;
        _builder.TrySetResult(builder);
        _goOn.Task.GetAwaiter().GetResult();
    }

    public override void Built(DistributedApplication application)
    {
        if (!_stopsInBuild)
            return;
        _application.TrySetResult(application);
        throw new HostAbortedException("The test has the application now.");
    }

    private void Run(MethodInfo entryPoint)
    {
        try
        {
            var result = entryPoint.Invoke(null, entryPoint.GetParameters().Length == 0 ? null : [arguments]);
            if (result is Task task)
                task.GetAwaiter().GetResult();
            Fail(new InvalidOperationException($"The entry point of {assembly.GetName().Name} ended without building an application."));
        }
        catch (TargetInvocationException exception) when (exception.InnerException is HostAbortedException or OperationCanceledException)
        {
            // As intended: the application is the test's, or the test gave up.
        }
        catch (TargetInvocationException exception)
        {
            Fail(exception.InnerException ?? exception);
        }
    }

    private void Fail(Exception exception)
    {
        _builder.TrySetException(exception);
        _application.TrySetException(exception);
    }
}
