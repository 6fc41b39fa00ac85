using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HotShelf.Aspire.Hosting.Tests;

/// <summary>An application under Aspire's orchestrator in this process, with volumes of its own, random ports and no dashboard.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    /// <summary>A password with what shells, configuration files and SQL give a meaning to.</summary>
    public const string Password = $"p$a'{PasswordEnd}";

    /// <summary>The part of it that a shell's quoting leaves as it is.</summary>
    public const string PasswordEnd = "ss\"w\\ord";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(90);

    private readonly CancellationTokenSource _limit = new(s_limit);

    private TestApp(DistributedApplication app) => App = app;

    public DistributedApplication App { get; }

    public CancellationToken Limit => _limit.Token;

    public ResourceNotificationService Notifications => App.Services.GetRequiredService<ResourceNotificationService>();

    /// <summary>Starts an application. Its servers run as processes, whether or not a container engine answers.</summary>
    public static Task<TestApp> StartAsync(Action<IDistributedApplicationBuilder> configure, params string[] arguments) =>
        StartOnlyAsync(configure, ["--Aspire:RunAsExecutable:Mode=Always", .. arguments]);

    /// <summary>Starts an application with no more configuration than <paramref name="arguments"/>.</summary>
    public static async Task<TestApp> StartOnlyAsync(Action<IDistributedApplicationBuilder> configure, params string[] arguments)
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            AssemblyName = "Playground.AppHost",
            DisableDashboard = true,
            Args =
            [
                "--DcpPublisher:RandomizePorts=true", "--DcpPublisher:WaitForResourceCleanup=true",
                $"--Parameters:cache-password={Password}", $"--Parameters:postgres-password={Password}", .. arguments,
            ],
        });
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        configure(builder);
        var app = new TestApp(builder.Build());
        await app.App.StartAsync(app.Limit);
        return app;
    }

    public Task HealthyAsync(string resource) => Notifications.WaitForResourceHealthyAsync(resource, WaitBehavior.StopOnResourceUnavailable, Limit);

    public Task StateAsync(string resource, string state) => Notifications.WaitForResourceAsync(resource, state, Limit);

    public async Task CommandAsync(string resource, string command)
    {
        var result = await App.ResourceCommands.ExecuteCommandAsync(resource, command, Limit);
        Assert.True(result.Success, result.Message);
    }

    /// <summary>What the resource's log says once it contains <paramref name="text"/>.</summary>
    public async Task<string> LogAsync(string resource, string text)
    {
        var log = "";
        await foreach (var lines in App.Services.GetRequiredService<ResourceLoggerService>().WatchAsync(Server(resource)).WithCancellation(Limit))
        {
            log += string.Join('\n', lines.Select(line => line.Content)) + "\n";
            if (log.Contains(text, StringComparison.Ordinal))
                return log;
        }

        throw new InvalidOperationException($"The log ended without '{text}': {log}");
    }

    public IResource Server(string resource) => App.Services.GetRequiredService<DistributedApplicationModel>().Resources.Single(r => r.Name == resource);

    public async Task<string> ConnectionStringAsync(string resource) => (await ((IResourceWithConnectionString)Server(resource)).GetConnectionStringAsync(Limit))!;

    public async ValueTask DisposeAsync()
    {
        await App.StopAsync(CancellationToken.None);
        await App.DisposeAsync();
        _limit.Dispose();
    }
}
