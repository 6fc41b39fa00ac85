using HotShelf.ProductApi.Tests.Harness;
using HotShelf.TestServers;

namespace HotShelf.ProductApi.Tests;

/// <summary>Two users over every answer that belongs to one of them, in both orders: on misses, hits, joined fills and stale values neither sees the other's.</summary>
[Collection(FleetCollection.Name)]
public class LeakTests(Fleet fleet)
{
    [ServersTheory]
    [InlineData("u0101", "u0102")]
    [InlineData("u0104", "u0103")]
    public async Task Private_MissHitAndTheOtherReplica_EachSeesOnlyTheirOwn(string first, string second)
    {
        var tokens = new Dictionary<string, string> { [first] = await fleet.A.Client.OpenSessionAsync(first), [second] = await fleet.B.Client.OpenSessionAsync(second) };
        foreach (var user in new[] { first, second, first, second, second, first })
        {
            foreach (var replica in new[] { fleet.A, fleet.B })
                await AssertOwnAsync(replica, user, tokens[user]);
        }

        // A validator of one user's answer never turns into "you have it" for the other.
        using var own = await fleet.A.Client.SendAsync("GET", "/users/me/profile", token: tokens[first]);
        using var changed = await fleet.A.Client.SendAsync(
            "PUT", "/users/me/profile", $$"""{"displayName":"{{first}}","email":"a@example.org","locale":"en","favouriteCategories":[]}""", token: tokens[first]);
        using var others = await fleet.A.Client.SendAsync("GET", "/users/me/profile", token: tokens[second]);
        Assert.Equal(200, (int)changed.StatusCode);
        Assert.Equal(second, (await others.JsonAsync())["userId"]!.GetValue<string>());
    }

    [ServersFact]
    public async Task Private_JoinedFills_EachSeesOnlyTheirOwn()
    {
        var users = Enumerable.Range(200, 8).Select(number => $"u0{number}").ToArray();
        var tokens = await Task.WhenAll(users.Select(user => fleet.A.Client.OpenSessionAsync(user)));
        await Task.WhenAll(Enumerable.Range(0, 64).Select(i => AssertOwnAsync(i % 3 == 0 ? fleet.B : fleet.A, users[i % 8], tokens[i % 8])));
    }

    [ServersFact]
    public async Task Private_StaleWhileTheDatabaseIsSlow_EachSeesOnlyTheirOwn()
    {
        await using var replica = await fleet.Servers.StartReplicaAsync(
            ("Caching:Prefix", "leak"), ("Caching:Families:user-profile:Fresh", "00:00:01"), ("Caching:Families:user-profile:Grace", "00:01:00"), ("Caching:Families:user-profile:Local", "00:01:00"), ("Caching:Families:user-profile:Jitter", "0"));
        var users = new[] { "u0301", "u0302" };
        var tokens = await Task.WhenAll(users.Select(user => replica.Client.OpenSessionAsync(user)));
        for (var i = 0; i < 2; i++)
            await AssertOwnAsync(replica, users[i], tokens[i]);
        var stale = 0;
        await Until.TrueAsync(async () =>
        {
            for (var i = 1; i >= 0; i--)
                stale += (await AssertOwnAsync(replica, users[i], tokens[i])).Contains("detail=stale", StringComparison.Ordinal) ? 1 : 0;
            return stale > 0;
        }, "a stale profile was served", seconds: 10);
    }

    [ServersFact]
    public async Task Private_WithoutASession_NothingEvenWhenItIsCached()
    {
        var token = await fleet.A.Client.OpenSessionAsync("u0401");
        await AssertOwnAsync(fleet.A, "u0401", token);
        foreach (var path in new[] { "/users/me/profile", "/sessions/current" })
        {
            using var anonymous = await fleet.A.Client.GetAsync(path);
            using var service = await fleet.A.Client.SendAsync("GET", path, key: Keys.Admin);
            Assert.Equal(401, (int)anonymous.StatusCode);
            Assert.Equal(401, (int)service.StatusCode);
        }
    }

    private static async Task<string> AssertOwnAsync(ApiHost replica, string user, string token)
    {
        using var session = await replica.Client.SendAsync("GET", "/sessions/current", token: token);
        using var profile = await replica.Client.SendAsync("GET", "/users/me/profile", token: token);
        Assert.Equal(user, (await session.JsonAsync())["userId"]!.GetValue<string>());
        Assert.Equal(user, (await profile.JsonAsync())["userId"]!.GetValue<string>());
        Assert.True(profile.Headers.CacheControl!.Private && !profile.Headers.CacheControl.Public);
        Assert.True(session.Headers.CacheControl!.Private && session.Headers.CacheControl.NoStore);
        Assert.Equal("Authorization, Accept-Encoding", profile.Header("Vary"));
        return profile.CacheStatus();
    }
}
