using HotShelf.TestServers;

namespace HotShelf.AppHostTests;

/// <summary>What dies under load, one thing at a time: killed, missed, started again.</summary>
[Collection(nameof(HotShelfApplication))]
public sealed class FaultTests(HotShelfApplication shelf)
{
    [ServersFact]
    public async Task Redis_KilledUnderLoadAndStartedAgain_NoRequestFailsAndReplicasShareAgain()
    {
        await using var load = new Load(shelf, firstProduct: 1_000, products: 200);
        await load.AnswersAsync(100);
        var redis = (await shelf.InstancesAsync("cache", 1))[0];
        await shelf.KillAsync(redis);
        await load.AnswersAsync(300);
        await shelf.StartAsync(redis);
        await HitAcrossReplicasAsync();
        Assert.Empty(load.Failures);
    }

    [ServersFact]
    public async Task Postgres_KilledUnderLoadAndStartedAgain_CachedReadsGoOnAndNewOnesReturn()
    {
        await ReadAllAsync(1_500, 50);
        await using var load = new Load(shelf, firstProduct: 1_500, products: 50);
        var postgres = (await shelf.InstancesAsync("postgres", 1))[0];
        await shelf.KillAsync(postgres);
        await load.AnswersAsync(300);
        Assert.Empty(load.Failures);
        await shelf.StartAsync(postgres);
        await Until.TrueAsync(async () =>
        {
            using var cold = await shelf.Client.GetAsync(new Uri("/products/3999", UriKind.Relative), shelf.Limit);
            return cold.IsSuccessStatusCode;
        }, "what was never read is found again", seconds: 60);
        Assert.Empty(load.Failures);
    }

    [ServersFact]
    public async Task Replica_KilledUnderLoad_TheOtherAnswersAndItComesBack()
    {
        await using var load = new Load(shelf, firstProduct: 1, products: 100);
        await load.AnswersAsync(100);
        var replica = (await shelf.InstancesAsync("productapi", 2))[0];
        await shelf.KillAsync(replica);
        await load.AnswersAsync(50);
        // Only what the killed process had in hand may be lost.
        var lost = load.Failures.Count;
        await load.AnswersAsync(300);
        Assert.True(lost <= 16, $"{lost} requests were lost: {load.Failures.FirstOrDefault()}");
        Assert.Equal(lost, load.Failures.Count);
        await shelf.StartAsync(replica);
        await load.AnswersAsync(100);
        Assert.Equal(lost, load.Failures.Count);
    }

    [ServersFact]
    public async Task Worker_KilledUnderLoadAndStartedAgain_NoRequestFailsAndItIsHealthy()
    {
        await using var load = new Load(shelf, firstProduct: 1, products: 100);
        var worker = (await shelf.InstancesAsync("cacheworker", 1))[0];
        await shelf.KillAsync(worker);
        await load.AnswersAsync(200);
        await shelf.StartAsync(worker);
        Assert.Empty(load.Failures);
    }

    // Filled by one replica, so a hit at the other one came through Redis.
    private async Task HitAcrossReplicasAsync()
    {
        var replicas = await shelf.ReplicasAsync();
        var id = 2_000;
        await Until.TrueAsync(async () =>
        {
            var path = new Uri($"/products/{id++}", UriKind.Relative);
            (await replicas[0].GetAsync(path, shelf.Limit)).Dispose();
            using var other = await replicas[1].GetAsync(path, shelf.Limit);
            return other.Headers.TryGetValues("Cache-Status", out var status) && string.Concat(status).Contains("detail=l2", StringComparison.Ordinal);
        }, "a replica finds in Redis what the other stored", seconds: 60);
        foreach (var replica in replicas)
            replica.Dispose();
    }

    private async Task ReadAllAsync(int first, int count)
    {
        // Each replica once, so that both have it in memory or find it in Redis.
        foreach (var replica in await shelf.ReplicasAsync())
        {
            using (replica)
            {
                for (var id = first; id < first + count; id++)
                    (await replica.GetAsync(new Uri($"/products/{id}", UriKind.Relative), shelf.Limit)).Dispose();
            }
        }
    }
}
