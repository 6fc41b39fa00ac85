using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using HotShelf.TestServers;

namespace HotShelf.AppHostTests;

public sealed class ReplicasTests : IAsyncLifetime
{
    private DistributedApplication? _application;

    private DistributedApplication Application => _application!;

    public async Task InitializeAsync()
    {
        if (RedisServer.Missing is not null || PostgresServer.Missing is not null)
            return;
        _application = await SampleApplication.StartAsync();
        // Started as soon as one of them is healthy.
        await ServeAsync(3);
    }

    public async Task DisposeAsync()
    {
        if (_application is not null)
            await _application.DisposeAsync();
    }

    [ServersFact]
    public async Task Proxy_ManyConnections_SpreadOverAllReplicas()
    {
        Assert.Equal(3, (await IdsAsync(30)).Distinct().Count());
    }

    [ServersFact]
    public async Task Proxy_ReplicaCrashes_OthersServeAndTheCrashIsShown()
    {
        using var limit = new CancellationTokenSource(SampleApplication.Limit);
        using (var client = NewClient())
            (await client.PostAsync(new Uri("/crash", UriKind.Relative), null, limit.Token)).EnsureSuccessStatusCode();
        var crashed = await Application.ResourceNotifications.WaitForResourceAsync("productapi", e => e.Snapshot.State?.Text == KnownResourceStates.Exited, limit.Token);
        Assert.Equal(42, crashed.Snapshot.ExitCode);
        Assert.Equal(KnownResourceStateStyles.Error, crashed.Snapshot.State!.Style);
        await ServeAsync(2);

        var started = await Application.ResourceCommands.ExecuteCommandAsync(crashed.ResourceId, KnownResourceCommands.StartCommand, limit.Token);
        Assert.True(started.Success, started.Message);
        await ServeAsync(3);
    }

    [ServersFact]
    public async Task Proxy_ReplicaUnhealthy_GetsNoNewConnections()
    {
        using var limit = new CancellationTokenSource(SampleApplication.Limit);
        string ill;
        using (var client = NewClient())
        {
            ill = await client.GetStringAsync(new Uri("/id", UriKind.Relative), limit.Token);
            await client.PostAsync(new Uri("/unhealthy", UriKind.Relative), null, limit.Token);
        }

        await Application.ResourceNotifications.WaitForResourceAsync("productapi",
            e => e.Snapshot is { HealthStatus: Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Unhealthy } s && s.State?.Text == KnownResourceStates.Running, limit.Token);
        Assert.DoesNotContain(ill, await IdsAsync(20));
    }

    [ServersFact]
    public async Task Restart_OfOneReplica_IsANewProcessAndNoRequestFails()
    {
        using var limit = new CancellationTokenSource(SampleApplication.Limit);
        var before = (await IdsAsync(30)).Distinct().ToArray();
        var one = Application.ResourceNotifications.WatchAsync(limit.Token);
        string? id = null;
        await foreach (var e in one)
        {
            if (e.Resource.Name == "productapi")
            {
                id = e.ResourceId;
                break;
            }
        }

        var restart = Application.ResourceCommands.ExecuteCommandAsync(id!, KnownResourceCommands.RestartCommand, limit.Token);
        while (!restart.IsCompleted)
            await IdsAsync(3);
        Assert.True((await restart).Success);
        await ServeAsync(3);
        Assert.Equal(2, (await IdsAsync(30)).Distinct().Intersect(before).Count());
    }

    [ServersFact]
    public async Task HttpCommand_WithPreparedRequest_IsSent()
    {
        var result = await Application.ResourceCommands.ExecuteCommandAsync("productapi", "command");
        Assert.True(result.Success, result.Message);
        Assert.False((await Application.ResourceCommands.ExecuteCommandAsync("productapi", "nonsense")).Success);
    }

    private HttpClient NewClient() => new(new SocketsHttpHandler()) { BaseAddress = Application.GetEndpoint("productapi") };

    /// <summary>Returns when connections are spread over this many replicas.</summary>
    private Task ServeAsync(int replicas) => Until.TrueAsync(async () => (await IdsAsync(30)).Distinct().Count() == replicas, $"{replicas} replicas serve");

    private async Task<List<string>> IdsAsync(int count)
    {
        var ids = new List<string>();
        for (var i = 0; i < count; i++)
        {
            // A connection of its own each time: the proxy chooses per connection.
            using var client = NewClient();
            ids.Add(await client.GetStringAsync(new Uri("/id", UriKind.Relative)));
        }

        return ids;
    }
}
