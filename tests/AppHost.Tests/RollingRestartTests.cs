using System.Collections.Concurrent;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using HotShelf.TestServers;

namespace HotShelf.AppHostTests;

/// <summary>The whole system, not the sample: a deploy replaces the API's replicas one after the other while customers are served.</summary>
public sealed class RollingRestartTests
{
    [ServersFact]
    public async Task RollingRestart_OfAllReplicasUnderLoad_LosesNoRequest()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>([], limit.Token);
        await using var application = await builder.BuildAsync(limit.Token);
        await application.StartAsync(limit.Token);
        await application.ResourceNotifications.WaitForResourceHealthyAsync("productapi", limit.Token);
        var replicas = await ReplicasAsync(application, 2, limit.Token);

        using var client = application.CreateHttpClient("productapi");
        using var stop = new CancellationTokenSource();
        var failures = new ConcurrentQueue<string>();
        var answered = 0;
        var load = Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            for (var i = caller; !stop.IsCancellationRequested; i++)
            {
                try
                {
                    using var response = await client.GetAsync(new Uri($"/products/{(i % 100) + 1}", UriKind.Relative), limit.Token);
                    Interlocked.Increment(ref answered);
                    if (!response.IsSuccessStatusCode)
                        failures.Enqueue($"{(int)response.StatusCode}");
                }
                catch (HttpRequestException exception)
                {
                    failures.Enqueue(exception.ToString());
                }
            }
        })).ToArray();

        foreach (var replica in replicas)
        {
            var before = Volatile.Read(ref answered);
            var restarted = await application.ResourceCommands.ExecuteCommandAsync(replica, KnownResourceCommands.RestartCommand, limit.Token);
            Assert.True(restarted.Success, restarted.Message);
            await application.ResourceNotifications.WaitForResourceAsync("productapi",
                e => e.ResourceId == replica && e.Snapshot is { HealthStatus: Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy } s && s.State?.Text == KnownResourceStates.Running, limit.Token);
            Assert.True(Volatile.Read(ref answered) > before, "Nothing was asked meanwhile");
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.True(failures.IsEmpty, $"{failures.Count} of {answered} requests were lost, the first one: {failures.FirstOrDefault()}");
    }

    private static async Task<List<string>> ReplicasAsync(DistributedApplication application, int count, CancellationToken cancellationToken)
    {
        var replicas = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var e in application.ResourceNotifications.WatchAsync(cancellationToken))
        {
            if (e.Resource.Name == "productapi" && replicas.Add(e.ResourceId) && replicas.Count == count)
                break;
        }

        return [.. replicas];
    }
}
