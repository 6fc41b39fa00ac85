using System.Globalization;
using System.Text.RegularExpressions;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.AppHostTests;

/// <summary>The whole of HotShelf as its AppHost composes it, on free ports.</summary>
public sealed partial class HotShelfApplication : IAsyncLifetime
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(4));
    private DistributedApplication? _application;
    private HttpClient? _client;

    public DistributedApplication Application => _application ?? throw new InvalidOperationException("PostgreSQL or Redis is not installed");

    public HttpClient Client => _client!;

    public CancellationToken Limit => _limit.Token;

    public async Task InitializeAsync()
    {
        if (TestServers.RedisServer.Missing is not null || TestServers.PostgresServer.Missing is not null)
            return;
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(Limit);
        _application = await builder.BuildAsync(Limit);
        await _application.StartAsync(Limit);
        foreach (var resource in (string[])["productapi", "cacheworker", "cacheconsole"])
            await _application.ResourceNotifications.WaitForResourceHealthyAsync(resource, Limit);
        _client = ClientOf(_application.GetEndpoint("productapi").Port);
        var key = await Application.Services.GetRequiredService<DistributedApplicationModel>().Resources.OfType<ParameterResource>().Single(p => p.Name == "api-key").GetValueAsync(Limit);
        _client.DefaultRequestHeaders.Add("X-Api-Key", key);
    }

    public async Task DisposeAsync()
    {
        _client?.Dispose();
        if (_application is not null)
            await _application.DisposeAsync();
        _limit.Dispose();
    }

    /// <summary>A client of each replica, past the proxy.</summary>
    public async Task<HttpClient[]> ReplicasAsync()
    {
        var ports = new HashSet<int>();
        await foreach (var change in Application.ResourceNotifications.WatchAsync(Limit))
        {
            if (change.Resource.Name == "productapi" && change.Snapshot.EnvironmentVariables.FirstOrDefault(v => v.Name == "ASPNETCORE_URLS")?.Value is { } url)
                ports.Add(new Uri(url).Port);
            if (ports.Count == 2)
                break;
        }

        return [.. ports.Select(ClientOf)];
    }

    /// <summary>How many SQL queries of a kind all replicas have sent, as their metrics tell.</summary>
    public async Task<double> QueriesAsync(string kind)
    {
        var sum = 0.0;
        foreach (var replica in await ReplicasAsync())
        {
            using (replica)
            {
                var text = await replica.GetStringAsync(new Uri("/metrics", UriKind.Relative), Limit);
                sum += QueryCount().Matches(text).Where(m => m.Groups["labels"].Value.Contains($"kind=\"{kind}\"", StringComparison.Ordinal)).Sum(m => double.Parse(m.Groups["value"].Value, CultureInfo.InvariantCulture));
            }
        }

        return sum;
    }

    /// <summary>The process of a resource with one instance.</summary>
    public async Task<int> ProcessOfAsync(string resource)
    {
        var running = await Application.ResourceNotifications.WaitForResourceAsync(resource, e => e.Snapshot.State?.Text == KnownResourceStates.Running, Limit);
        return Convert.ToInt32(running.Snapshot.Properties.Single(p => p.Name == "executable.pid").Value, CultureInfo.InvariantCulture);
    }

    private static HttpClient ClientOf(int port) => new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://localhost:{port}") };

    [GeneratedRegex("^hotshelf_catalog_queries_total(?<labels>{[^}]*}) (?<value>[0-9.]+)", RegexOptions.Multiline)]
    private static partial Regex QueryCount();
}
