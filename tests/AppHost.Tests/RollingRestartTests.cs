using Aspire.Hosting.ApplicationModel;
using HotShelf.TestServers;

namespace HotShelf.AppHostTests;

/// <summary>A deploy replaces the API's replicas one after the other while customers are served.</summary>
[Collection(nameof(HotShelfApplication))]
public sealed class RollingRestartTests(HotShelfApplication shelf)
{
    [ServersFact]
    public async Task RollingRestart_OfAllReplicasUnderLoad_LosesNoRequest()
    {
        await using var load = new Load(shelf, firstProduct: 1, products: 100);
        foreach (var replica in await shelf.InstancesAsync("productapi", 2))
        {
            await load.AnswersAsync(50);
            await shelf.ExecuteAsync(replica.ResourceId, KnownResourceCommands.RestartCommand);
            await shelf.Notifications.WaitForResourceAsync("productapi", e => e.ResourceId == replica.ResourceId && HotShelfApplication.IsHealthy(e), shelf.Limit);
            await load.AnswersAsync(50);
        }

        Assert.Empty(load.Failures);
    }
}
