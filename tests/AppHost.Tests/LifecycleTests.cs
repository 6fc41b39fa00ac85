using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using HotShelf.TestServers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HotShelf.AppHostTests;

/// <summary>Waiting, starting by hand, URLs and parameters, with shells as resources.</summary>
public sealed class LifecycleTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _limit = new(SampleApplication.Limit);
    private readonly List<IAsyncDisposable> _open = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await DisposeOpenAsync();
        _limit.Dispose();
    }

    private async Task DisposeOpenAsync()
    {
        foreach (var item in Enumerable.Reverse(_open))
            await item.DisposeAsync();
        _open.Clear();
    }

    [Fact]
    public async Task WaitForCompletion_OfAnEndedProgram_StartsAfterIt()
    {
        var application = await StartAsync(builder =>
        {
            var first = Shell(builder, "first", "sleep 0.3; exit 7");
            Shell(builder, "second", "sleep 60").WaitForCompletion(first, 7);
        });
        var second = await StateAsync(application, "second", KnownResourceStates.Running);
        Assert.True(application.ResourceNotifications.TryGetCurrentState(IdOf(application, "first"), out var first));
        Assert.Equal((KnownResourceStates.Exited, 7), (first!.Snapshot.State!.Text, first.Snapshot.ExitCode));
        Assert.True(second.Snapshot.StartTimeStamp >= first.Snapshot.StopTimeStamp);
    }

    [Fact]
    public async Task WaitForCompletion_OtherExitCode_FailsToStartAndSaysWhy()
    {
        var application = await StartAsync(builder => Shell(builder, "second", "sleep 60").WaitForCompletion(Shell(builder, "first", "exit 3")));
        await StateAsync(application, "second", KnownResourceStates.FailedToStart);
        Assert.Contains(Lines.Of(application, "second"), l => l.Contains("'second' waits for 'first' to end with exit code 0, but it is Exited with exit code 3", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WaitForStart_OfAnIllProgram_StartsWhileWaitForWaits()
    {
        var application = await StartAsync(builder =>
        {
            builder.Services.AddHealthChecks().AddCheck("ill", () => HealthCheckResult.Unhealthy("never well"));
            var ill = Shell(builder, "ill", "sleep 60").WithHealthCheck("ill");
            Shell(builder, "patient", "sleep 60").WaitFor(ill);
            Shell(builder, "hasty", "sleep 60").WaitForStart(ill);
        });
        await StateAsync(application, "hasty", KnownResourceStates.Running);
        Assert.Equal(KnownResourceStates.Waiting, (await StateAsync(application, "patient", KnownResourceStates.Waiting)).Snapshot.State!.Text);
    }

    [Fact]
    public async Task WithExplicitStart_RunsOnlyWhenTold()
    {
        var application = await StartAsync(builder =>
        {
            Shell(builder, "byhand", "sleep 60").WithExplicitStart();
            Shell(builder, "other", "sleep 60");
        });
        await StateAsync(application, "other", KnownResourceStates.Running);
        Assert.True(application.ResourceNotifications.TryGetCurrentState(IdOf(application, "byhand"), out var waiting));
        Assert.Equal(KnownResourceStates.NotStarted, waiting!.Snapshot.State!.Text);
        Assert.True((await application.ResourceCommands.ExecuteCommandAsync("byhand", KnownResourceCommands.StartCommand, _limit.Token)).Success);
        await StateAsync(application, "byhand", KnownResourceStates.Running);
    }

    [Fact]
    public async Task WithUrls_AreShownAsTheApplicationMakesThem()
    {
        var application = await StartAsync(builder =>
        {
            var web = Shell(builder, "web", "sleep 60").WithHttpEndpoint(env: "PORT").WithUrl("https://example.org/docs", "Docs");
            web.WithUrlForEndpoint("http", url => url.DisplayText = "Shop")
                .WithUrlForEndpoint("http", endpoint => new ResourceUrlAnnotation { Url = "/admin", DisplayText = "Admin", Endpoint = endpoint })
                .WithUrls(context => context.Urls.Single(u => u.DisplayText == "Docs").DisplayLocation = UrlDisplayLocation.DetailsOnly);
        });
        var urls = (await StateAsync(application, "web", KnownResourceStates.Running)).Snapshot.Urls.ToDictionary(u => u.DisplayProperties.DisplayName);
        var address = application.GetEndpoint("web", "http").ToString().TrimEnd('/');
        Assert.Equal(["Admin", "Docs", "Shop"], urls.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((address, false), (urls["Shop"].Url, urls["Shop"].IsInternal));
        Assert.Equal($"{address}/admin", urls["Admin"].Url);
        Assert.True(urls["Docs"].IsInternal);
    }

    [Fact]
    public async Task Parameters_ComeFromArgumentsConfigurationOrTheirDefault()
    {
        var application = await StartAsync(builder =>
        {
            builder.Configuration["Parameters:from-configuration"] = "configured";
            builder.Configuration["Elsewhere:Value"] = "found";
            builder.Configuration.AddInMemoryCollection([KeyValuePair.Create("Parameters:kept-earlier", (string?)"kept")]);
            builder.Configuration.AddInMemoryCollection([KeyValuePair.Create("Parameters:kept_earlier", (string?)"chosen")]);
            Shell(builder, "shell", "echo \"$A $B $C $D $F $E\"; sleep 60")
                .WithEnvironment("A", builder.AddParameter("from-argument"))
                .WithEnvironment("B", builder.AddParameter("from-configuration"))
                .WithEnvironment("C", builder.AddParameter("with-default", "default"))
                .WithEnvironment("D", builder.AddParameterFromConfiguration("from-elsewhere", "Elsewhere:Value"))
                .WithEnvironment("F", builder.AddParameter("kept-earlier", new GenerateParameterDefault(), secret: true, persist: true))
                .WithEnvironment("E", builder.AddParameter("made", new GenerateParameterDefault { MinLength = 30, Special = false }, secret: true, persist: true));
        }, "--Parameters:from-argument=given", "--Parameters:from_environment=x");
        await StateAsync(application, "shell", KnownResourceStates.Running);
        var line = await LineAsync(application, "shell", l => l.StartsWith("given ", StringComparison.Ordinal));
        Assert.Matches("^given configured default found chosen [A-Za-z0-9]{30,}$", line);
    }

    [Fact]
    public async Task Parameter_WithoutValue_IsMissingAndWhoNeedsItSaysHowToSetIt()
    {
        var application = await StartAsync(builder => Shell(builder, "needy", "sleep 60").WithEnvironment("A", builder.AddParameter("not-given")));
        await StateAsync(application, "not-given", KnownResourceStates.ValueMissing);
        await StateAsync(application, "needy", KnownResourceStates.FailedToStart);
        Assert.Contains(Lines.Of(application, "needy"), l => l.Contains("Parameters__not_given", StringComparison.Ordinal) && l.Contains("--Parameters:not-given=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Program_NotThere_FailsToStartAndSaysWhich()
    {
        var application = await StartAsync(builder => builder.AddExecutable("ghost", "no-such-program-here", "/"));
        await StateAsync(application, "ghost", KnownResourceStates.FailedToStart);
        Assert.Contains(Lines.Of(application, "ghost"), l => l.Contains("The program 'no-such-program-here' of 'ghost' was not found", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Replica_ThatLosesItsPort_IsStartedOnAnother()
    {
        var folder = Directory.CreateTempSubdirectory("port-tests-").FullName;
        try
        {
            // The first run ends because its port is taken meanwhile; the second one finds the file and stays.
            var script = "if [ -e taken ]; then echo \"again on $PORT\"; exec sleep 60; fi; echo $PORT >port.new; mv port.new port; while [ ! -e taken ]; do sleep 0.05; done; exit 1";
            var application = await StartAsync(builder => builder.AddExecutable("web", "/bin/sh", folder, "-c", script).WithHttpEndpoint(env: "PORT"));
            await Until.TrueAsync(() => File.Exists(Path.Combine(folder, "port")));
            var lost = (await File.ReadAllTextAsync(Path.Combine(folder, "port"), _limit.Token)).Trim();
            using var thief = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, int.Parse(lost, CultureInfo.InvariantCulture));
            thief.Start();
            await File.WriteAllTextAsync(Path.Combine(folder, "taken"), "", _limit.Token);
            Assert.NotEqual($"again on {lost}", await LineAsync(application, "web", l => l.StartsWith("again on ", StringComparison.Ordinal)));
            await application.ResourceNotifications.WaitForResourceHealthyAsync("web", _limit.Token);
        }
        finally
        {
            await DisposeOpenAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Secrets_GeneratedOnce_AreKeptForTheOwnerOnly()
    {
        var folder = Directory.CreateTempSubdirectory("secret-tests-").FullName;
        var file = Path.Combine(folder, "of-user", "secrets.json");
        try
        {
            var first = new Aspire.Hosting.Local.SecretStore(file).GetOrAdd("Parameters:a", () => "made");
            Assert.Equal(("made", "made"), (first, new Aspire.Hosting.Local.SecretStore(file).GetOrAdd("parameters:A", () => "made anew")));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            File.WriteAllText(file, "{ not json");
            var error = Assert.Throws<DistributedApplicationException>(() => new Aspire.Hosting.Local.SecretStore(file).GetOrAdd("Parameters:b", () => "x"));
            Assert.Contains(file, error.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IResourceBuilder<ExecutableResource> Shell(IDistributedApplicationBuilder builder, string name, string script) => builder.AddExecutable(name, "/bin/sh", "/", "-c", script);

    private async Task<DistributedApplication> StartAsync(Action<IDistributedApplicationBuilder> compose, params string[] arguments)
    {
        var builder = DistributedApplicationTestingBuilder.Create(arguments);
        _open.Add(builder);
        compose(builder);
        var application = await builder.BuildAsync(_limit.Token);
        _open.Add(application);
        await application.StartAsync(_limit.Token);
        return application;
    }

    private Task<ResourceEvent> StateAsync(DistributedApplication application, string resource, string state) =>
        application.ResourceNotifications.WaitForResourceAsync(resource, e => e.Snapshot.State?.Text == state, _limit.Token);

    private async Task<string> LineAsync(DistributedApplication application, string resource, Func<string, bool> isMeant)
    {
        await foreach (var batch in application.Services.GetRequiredService<ResourceLoggerService>().WatchAsync(resource).WithCancellation(_limit.Token))
        {
            if (batch.Select(l => l.Content).FirstOrDefault(isMeant) is { } found)
                return found;
        }

        throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"'{resource}' ended without the line"));
    }

    private static string IdOf(DistributedApplication application, string resource) =>
        application.Services.GetRequiredService<ResourceLoggerService>().InstancesOf(resource).Last(id => id != resource);
}
