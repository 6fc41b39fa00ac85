using HotShelf.TestServers;

namespace HotShelf.ProductApi.Tests.Harness;

/// <summary>Two replicas over one Redis and one Postgres, shared by the tests that leave them as they are.</summary>
public sealed class Fleet : IAsyncLifetime
{
    private static int s_next = 9000;

    public ApiServers Servers { get; private set; } = null!;

    public ApiHost A { get; private set; } = null!;

    public ApiHost B { get; private set; } = null!;

    /// <summary>The number of a seeded product that no other test of this run uses.</summary>
    public static int NextProduct() => Interlocked.Increment(ref s_next);

    public async Task InitializeAsync()
    {
        if (RedisServer.Missing is not null || PostgresServer.Missing is not null)
            return;
        Servers = await ApiServers.StartAsync();
        A = await Servers.StartReplicaAsync();
        B = await Servers.StartReplicaAsync();
    }

    public async Task DisposeAsync()
    {
        if (Servers is null)
            return;
        await A.DisposeAsync();
        await B.DisposeAsync();
        await Servers.DisposeAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class FleetCollection : ICollectionFixture<Fleet>
{
    public const string Name = "fleet";
}
