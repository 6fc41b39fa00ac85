using System.Globalization;
using System.Text.RegularExpressions;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using HotShelf.TestServers;

namespace HotShelf.AppHostTests;

/// <summary>The whole of HotShelf as its AppHost composes it, on free ports and with data of its own. One for all tests of the collection: each leaves it healthy.</summary>
public sealed partial class HotShelfApplication : IAsyncLifetime
{
    private const string ApiKey = "a-key-for-the-tests-of-the-apphost";

    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(12));
    private readonly DataFolder _data = new();
    private DistributedApplication? _application;
    private HttpClient? _client;

    public DistributedApplication Application => _application ?? throw new InvalidOperationException("PostgreSQL or Redis is not installed");

    public ResourceNotificationService Notifications => Application.ResourceNotifications;

    /// <summary>A client of the API's address, where both replicas answer.</summary>
    public HttpClient Client => _client!;

    public CancellationToken Limit => _limit.Token;

    public async Task InitializeAsync()
    {
        if (RedisServer.Missing is not null || PostgresServer.Missing is not null)
            return;
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>([.. _data.Arguments, $"--Parameters:api-key={ApiKey}"], Limit);
        _application = await builder.BuildAsync(Limit);
        await _application.StartAsync(Limit);
        foreach (var resource in (string[])["productapi", "cacheworker", "cacheconsole"])
            await Notifications.WaitForResourceHealthyAsync(resource, WaitBehavior.StopOnResourceUnavailable, Limit);
        _client = ClientOf(_application.GetEndpoint("productapi", "http").Port);
    }

    public async Task DisposeAsync()
    {
        _client?.Dispose();
        if (_application is not null)
            await _application.DisposeAsync();
        _limit.Dispose();
        _data.Dispose();
    }

    /// <summary>A client of each replica, past the proxy.</summary>
    public async Task<HttpClient[]> ReplicasAsync() => [.. (await InstancesAsync("productapi", 2))
        .Select(instance => ClientOf(new Uri(instance.Snapshot.EnvironmentVariables.Single(v => v.Name == "ASPNETCORE_URLS").Value!).Port))];

    /// <summary>The running instances of a resource.</summary>
    public async Task<ResourceEvent[]> InstancesAsync(string resource, int count)
    {
        var running = new Dictionary<string, ResourceEvent>(StringComparer.Ordinal);
        await foreach (var change in Notifications.WatchAsync(Limit))
        {
            if (change.Resource.Name != resource)
                continue;
            if (change.Snapshot.State?.Text == KnownResourceStates.Running && change.Snapshot.Properties.Any(p => p.Name == "executable.pid" && p.Value is not null))
                running[change.ResourceId] = change;
            else
                running.Remove(change.ResourceId);
            if (running.Count == count)
                break;
        }

        return [.. running.Values];
    }

    /// <summary>Ends the process of an instance as a crash would (SIGKILL) and waits until Aspire has seen it. Where a script started the server, the server is meant.</summary>
    public async Task KillAsync(ResourceEvent instance)
    {
        var process = Convert.ToString(instance.Snapshot.Properties.Single(p => p.Name == "executable.pid").Value, CultureInfo.InvariantCulture)!;
        var children = await File.ReadAllTextAsync($"/proc/{process}/task/{process}/children", Limit);
        process = children.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? process;
        using (var kill = System.Diagnostics.Process.Start("kill", ["-9", process]))
            await kill.WaitForExitAsync(Limit);
        await Notifications.WaitForResourceAsync(instance.Resource.Name, e => e.ResourceId == instance.ResourceId && KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text), Limit);
    }

    /// <summary>Starts an instance that has ended and waits until it is healthy.</summary>
    public async Task StartAsync(ResourceEvent instance)
    {
        await ExecuteAsync(instance.ResourceId, KnownResourceCommands.StartCommand);
        await Notifications.WaitForResourceAsync(instance.Resource.Name, e => e.ResourceId == instance.ResourceId && IsHealthy(e), Limit);
    }

    /// <summary>Runs a command of a resource or of one instance; it must succeed.</summary>
    public async Task ExecuteAsync(string resource, string command)
    {
        var result = await Application.ResourceCommands.ExecuteCommandAsync(resource, command, Limit);
        Assert.True(result.Success, $"{resource} {command}: {result.Message}");
    }

    public static bool IsHealthy(ResourceEvent change) =>
        change.Snapshot.State?.Text == KnownResourceStates.Running && change.Snapshot.HealthStatus is Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy;

    /// <summary>How many SQL queries of a kind all replicas have sent, as their metrics say.</summary>
    public async Task<double> QueriesAsync(string kind)
    {
        var sum = 0.0;
        foreach (var replica in await ReplicasAsync())
        {
            using (replica)
            {
                var text = await replica.GetStringAsync(new Uri("/metrics", UriKind.Relative), Limit);
                sum += QueryCount().Matches(text).Where(m => m.Groups["labels"].Value.Contains($"hotshelf_catalog_query_kind=\"{kind}\"", StringComparison.Ordinal)).Sum(m => double.Parse(m.Groups["value"].Value, CultureInfo.InvariantCulture));
            }
        }

        return sum;
    }

    private static HttpClient ClientOf(int port)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://localhost:{port}") };
        client.DefaultRequestHeaders.Add("X-Api-Key", ApiKey);
        return client;
    }

    [GeneratedRegex("^hotshelf_catalog_queries_total(?<labels>{[^}]*}) (?<value>[0-9.]+)", RegexOptions.Multiline)]
    private static partial Regex QueryCount();
}

[CollectionDefinition(nameof(HotShelfApplication))]
public sealed class HotShelfCollection : ICollectionFixture<HotShelfApplication>;
