using HotShelf.ProductApi.Sessions;
using HotShelf.ProductApi.Tests.Harness;
using HotShelf.TestServers;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.ProductApi.Tests;

[Collection(FleetCollection.Name)]
public class SessionTests(Fleet fleet)
{
    [ServersFact]
    public async Task Session_OpenedOnOneReplica_KnownOnBothAndEndedOnBothAtOnce()
    {
        var token = await fleet.A.Client.OpenSessionAsync("u0001");
        Assert.Equal(43, token.Length);
        foreach (var replica in new[] { fleet.A, fleet.B, fleet.A })
        {
            using var shown = await replica.Client.SendAsync("GET", "/sessions/current", token: token);
            Assert.Equal(200, (int)shown.StatusCode);
            Assert.Equal("u0001", (await shown.JsonAsync())["userId"]!.GetValue<string>());
            Assert.True(shown.Headers.CacheControl!.Private && shown.Headers.CacheControl.NoStore);
        }

        using var ended = await fleet.B.Client.SendAsync("DELETE", "/sessions/current", token: token);
        Assert.Equal(204, (int)ended.StatusCode);
        Assert.True(ended.Headers.CacheControl is { NoStore: true });
        foreach (var replica in new[] { fleet.A, fleet.B })
        {
            using var refused = await replica.Client.SendAsync("GET", "/sessions/current", token: token);
            Assert.Equal(401, (int)refused.StatusCode);
            Assert.Contains("invalid_token", refused.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }
    }

    [ServersFact]
    public async Task Session_Stored_UnderAHashWithASlidingLifetime()
    {
        var token = await fleet.A.Client.OpenSessionAsync("u0002");
        var keys = await fleet.Servers.Redis.CommandAsync("KEYS *session:*");
        Assert.DoesNotContain(token, keys, StringComparison.Ordinal);
        var key = keys.Split("\r\n").First(line => line.Contains("{hs:v1:session:", StringComparison.Ordinal));
        Assert.Equal(":1", (await fleet.Servers.Redis.CommandAsync($"EXPIRE {key} 600")).Trim());
        foreach (var other in keys.Split("\r\n").Where(line => line.Contains("{hs:v1:session:", StringComparison.Ordinal)))
            await fleet.Servers.Redis.CommandAsync($"EXPIRE {other} 600");
        (await fleet.A.Client.SendAsync("GET", "/sessions/current", token: token)).Dispose();
        var lifetimes = new List<int>();
        foreach (var each in keys.Split("\r\n").Where(line => line.Contains("{hs:v1:session:", StringComparison.Ordinal)))
            lifetimes.Add(int.Parse((await fleet.Servers.Redis.CommandAsync($"TTL {each}")).Trim().TrimStart(':'), System.Globalization.CultureInfo.InvariantCulture));
        // The one that was used lives 20 minutes again, the others do not.
        Assert.InRange(lifetimes.Max(), 1190, 1200);
        Assert.Equal(1, lifetimes.Count(lifetime => lifetime > 600));
    }

    [ServersFact]
    public async Task Session_InARedisOfItsOwn_OutlivesEverythingThatIsCached()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var replica = await fleet.Servers.StartReplicaAsync(("ConnectionStrings:sessions", redis.ConnectionString), ("Caching:Prefix", "apart"), ("Caching:RemoteTimeout", "00:00:00.5"));
        var token = await replica.Client.OpenSessionAsync("u0005");
        Assert.Contains("{hs-sessions:v1:session:", await redis.CommandAsync("KEYS *"), StringComparison.Ordinal);
        Assert.DoesNotContain(":session:", await fleet.Servers.Redis.CommandAsync("KEYS *{apart:*"), StringComparison.Ordinal);

        using var removed = await replica.Client.SendAsync("POST", "/cache/tags/*/invalidate", key: Keys.Admin);
        Assert.True(removed.IsSuccessStatusCode);
        using var shown = await replica.Client.SendAsync("GET", "/sessions/current", token: token);
        Assert.Equal(200, (int)shown.StatusCode);
        await Until.TrueAsync(async () =>
        {
            using var health = await replica.Client.SendAsync("GET", "/health", key: Keys.Admin);
            return (await health.JsonAsync())["entries"]!["sessions"]!["status"]!.GetValue<string>() == "Healthy";
        }, "the health of the sessions' cache is its own");

        // Not known whether it exists is not "logged out".
        await redis.KillAsync();
        using var away = await replica.Client.SendAsync("GET", "/sessions/current", token: token);
        Assert.Equal(503, (int)away.StatusCode);
    }

    [RedisFact]
    public async Task Session_UsedAllTheTime_EndsAfterTwelveHoursAllTheSame()
    {
        await using var redis = await RedisServer.StartAsync();
        var clock = new ManualClock();
        var collection = new ServiceCollection().AddLogging().AddMetrics().AddSingleton<TimeProvider>(clock).AddHotShelfCaching(options => (options.Redis, options.RemoteTimeout) = (redis.ConnectionString, TimeSpan.FromSeconds(10)));
        collection.AddSessions();
        await using var services = collection.BuildServiceProvider();
        var sessions = services.GetRequiredService<SessionStore>();
        var (token, opened) = await sessions.OpenAsync("u0001", default);
        Assert.Equal(TimeSpan.FromHours(12), opened.ExpiresAt - opened.CreatedAt);
        for (var quarter = 0; quarter < 47; quarter++)
        {
            clock.Advance(TimeSpan.FromMinutes(15));
            Assert.NotNull(await sessions.FindAsync(token, default));
        }

        clock.Advance(TimeSpan.FromMinutes(14));
        Assert.NotNull(await sessions.FindAsync(token, default));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await sessions.FindAsync(token, default));
    }

    [RedisFact]
    public async Task Session_EndedWhileRedisHangs_IsRefusedAndEndedByTheNextTry()
    {
        await using var redis = await RedisServer.StartAsync();
        var collection = new ServiceCollection().AddLogging().AddMetrics().AddSingleton(TimeProvider.System).AddHotShelfCaching(options => options.Redis = redis.ConnectionString);
        collection.AddSessions();
        await using var services = collection.BuildServiceProvider();
        var sessions = services.GetRequiredService<SessionStore>();
        var (token, _) = await sessions.OpenAsync("u0001", default);
        await redis.PauseAsync();
        await Assert.ThrowsAsync<SessionStoreUnavailableException>(async () => await sessions.EndAsync(token));
        await redis.ResumeAsync();
        await Until.TrueAsync(async () =>
        {
            try
            {
                await sessions.EndAsync(token);
                return true;
            }
            catch (SessionStoreUnavailableException)
            {
                return false;
            }
        }, "the session is ended");
        Assert.DoesNotContain(":session:", await redis.CommandAsync("KEYS *"), StringComparison.Ordinal);
    }

    [ServersFact]
    public async Task Session_InRedis_HoldsNoTokenAnywhere()
    {
        var token = await fleet.A.Client.OpenSessionAsync("u0003");
        var keys = (await fleet.Servers.Redis.CommandAsync("KEYS *")).Split("\r\n").Where(line => line.Length > 0 && line[0] is not ('*' or '$')).ToList();
        Assert.Contains(keys, key => key.Contains("session:", StringComparison.Ordinal));
        foreach (var key in keys)
        {
            Assert.DoesNotContain(token, key, StringComparison.Ordinal);
            Assert.DoesNotContain(token, await fleet.Servers.Redis.CommandAsync($"GET {key}"), StringComparison.Ordinal);
        }
    }

    [ServersFact]
    public async Task Session_Ended_TheNextRequestOnEitherReplicaIs401()
    {
        for (var round = 0; round < 20; round++)
        {
            var token = await fleet.A.Client.OpenSessionAsync("u0004");
            foreach (var replica in new[] { fleet.A, fleet.B })
                (await replica.Client.SendAsync("GET", "/users/me/profile", token: token)).Dispose();
            using var ended = await (round % 2 == 0 ? fleet.A : fleet.B).Client.SendAsync("DELETE", "/sessions/current", token: token);
            Assert.Equal(204, (int)ended.StatusCode);
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? fleet.A : fleet.B).Client.SendAsync("GET", "/users/me/profile", token: token)));
            Assert.All(answers, answer => Assert.Equal(401, (int)answer.StatusCode));
        }
    }

    [ServersTheory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA*")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Session_MadeUpToken_401(string token)
    {
        using var response = await fleet.A.Client.SendAsync("GET", "/sessions/current", token: token);
        Assert.Equal(401, (int)response.StatusCode);
    }

    [ServersTheory]
    [InlineData("{}")]
    [InlineData("""{"userId":""}""")]
    [InlineData("""{"userId":"a b"}""")]
    [InlineData("""{"userId":"../../etc"}""")]
    public async Task Open_BadUserId_400(string body)
    {
        using var response = await fleet.A.Client.SendAsync("POST", "/sessions", body, Keys.Sessions);
        Assert.Equal(400, (int)response.StatusCode);
    }
}
