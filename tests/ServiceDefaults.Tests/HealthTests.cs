using System.Text.Json;
using HotShelf.ServiceDefaults.Health;
using HotShelf.TestServers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HotShelf.ServiceDefaults.Tests;

public sealed class HealthTests
{
    [RedisFact]
    public async Task Health_RedisAway_IsDegradedAndStillReadyAndRecovers()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var app = await TestApp.StartAsync(build: builder => builder.AddCheckedRedisClient("cache"), settings: ("ConnectionStrings:cache", redis.ConnectionString));
        Assert.Equal("Healthy", await StatusAsync(app, "/health"));

        await redis.KillAsync();
        await Until.TrueAsync(async () => await StatusAsync(app, "/health") == "Degraded", "degraded after Redis was killed");
        var (ready, body) = await app.GetAsync("/ready");
        Assert.Equal(200, ready);
        Assert.Equal("Degraded", Check(body, "StackExchange.Redis").GetProperty("status").GetString());
        Assert.Equal("Healthy", Check(body, "self").GetProperty("status").GetString());

        await redis.RestartAsync();
        await Until.TrueAsync(async () => await StatusAsync(app, "/health") == "Healthy", "healthy after Redis came back");
        Assert.Single(app.Logs.Named("CheckDegraded"));
        Assert.Single(app.Logs.Named("CheckRecovered"));
    }

    [Fact]
    public async Task Health_RedisAwayWithAbortConnect_IsDegraded()
    {
        await using var app = await TestApp.StartAsync(
            build: builder => builder.AddCheckedRedisClient("cache"),
            settings: ("ConnectionStrings:cache", $"127.0.0.1:{ServerProcess.FreePort()},abortConnect=true"));

        var (status, body) = await app.GetAsync("/health");

        Assert.Equal(200, status);
        Assert.Equal("Degraded", Check(body, "StackExchange.Redis").GetProperty("status").GetString());
    }

    [RedisFact]
    public async Task Ready_RedisFrozenBeforeTheClientConnects_IsDegradedWithinItsLimitAndRecovers()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var app = await TestApp.StartAsync(
            build: builder => builder.AddCheckedRedisClient("cache"),
            settings: ("ConnectionStrings:cache", $"{redis.ConnectionString},connectTimeout=600000,asyncTimeout=600000"));

        await redis.PauseAsync();
        var (status, body) = await app.GetAsync("/ready").WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(200, status);
        Assert.Equal("Degraded", Check(body, "StackExchange.Redis").GetProperty("status").GetString());

        await redis.ResumeAsync();
        await Until.TrueAsync(async () => await StatusAsync(app, "/health") == "Healthy", "healthy after Redis went on");
    }

    [RedisFact]
    public async Task Health_RedisCluster_IsHealthy()
    {
        await using var cluster = await RedisCluster.StartAsync();
        await using var app = await TestApp.StartAsync(build: builder => builder.AddCheckedRedisClient("cache"), settings: ("ConnectionStrings:cache", cluster.ConnectionString));

        var (_, body) = await app.GetAsync("/health");

        Assert.Equal("Healthy", Check(body, "StackExchange.Redis").GetProperty("status").GetString());
    }

    [RedisFact]
    public async Task Health_ServerOfAClusterAway_IsDegraded()
    {
        await using var cluster = await RedisCluster.StartAsync();
        await using var app = await TestApp.StartAsync(build: builder => builder.AddCheckedRedisClient("cache"), settings: ("ConnectionStrings:cache", cluster.ConnectionString));

        await cluster.Nodes[2].KillAsync();

        await Until.TrueAsync(async () => await StatusAsync(app, "/health") == "Degraded", "degraded after a server was killed");
    }

    [PostgresFact]
    public async Task Health_PostgresAway_IsUnhealthyAndAliveStays()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var app = await TestApp.StartAsync(
            build: builder => builder.AddCheckedNpgsqlDataSource("productdb"),
            settings: ("ConnectionStrings:productdb", postgres.ConnectionString + ";Timeout=2"));
        Assert.Equal("Healthy", await StatusAsync(app, "/health"));

        await postgres.KillAsync();
        await Until.TrueAsync(async () => (await app.GetAsync("/health")).Status == 503, "503 after Postgres was killed");
        var (status, body) = await app.GetAsync("/ready");
        Assert.Equal(503, status);
        Assert.Equal("Unhealthy", Check(body, "PostgreSql").GetProperty("status").GetString());
        Assert.Equal(200, (await app.GetAsync("/alive")).Status);
    }

    [Fact]
    public async Task Health_ManyProbesAtOnce_RunTheChecksOnce()
    {
        var runs = 0;
        var gate = new TaskCompletionSource();
        await using var app = await TestApp.StartAsync(
            build: builder => builder.Services.AddHealthChecks().AddAsyncCheck("counted", async () =>
            {
                Interlocked.Increment(ref runs);
                await gate.Task;
                return HealthCheckResult.Healthy();
            }),
            defaults: options => options.HealthCacheDuration = TimeSpan.FromMinutes(1));

        var probes = Enumerable.Range(0, 20).Select(_ => app.GetAsync("/health")).ToArray();
        await Until.TrueAsync(() => Volatile.Read(ref runs) > 0, "the check began");
        gate.SetResult();
        await Task.WhenAll(probes);
        _ = await app.GetAsync("/ready");

        Assert.All(probes, probe => Assert.Equal(200, probe.Result.Status));
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task Health_CacheDurationOver_RunsTheChecksAgain()
    {
        var clock = new ManualClock();
        var runs = 0;
        await using var app = await TestApp.StartAsync(build: builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(clock);
            builder.Services.AddHealthChecks().AddCheck("counted", () => HealthCheckResult.Healthy($"run {Interlocked.Increment(ref runs)}"));
        });

        _ = await app.GetAsync("/health");
        _ = await app.GetAsync("/health");
        Assert.Equal(1, runs);
        clock.Advance(TimeSpan.FromSeconds(1));
        _ = await app.GetAsync("/health");
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task Health_CheckHangs_FailsWithinItsLimit()
    {
        await using var app = await TestApp.StartAsync(
            build: builder => builder.Services.AddHealthChecks().AddAsyncCheck("stuck", async cancellation =>
            {
                await Task.Delay(Timeout.Infinite, cancellation);
                return HealthCheckResult.Healthy();
            }),
            defaults: options => options.HealthCheckTimeout = TimeSpan.FromMilliseconds(100));

        var (status, body) = await app.GetAsync("/health");

        Assert.Equal(503, status);
        Assert.Equal("Unhealthy", Check(body, "stuck").GetProperty("status").GetString());
        Assert.Equal(200, (await app.GetAsync("/alive")).Status);
    }

    [Fact]
    public async Task Ready_CheckOfRedisNeverEnds_IsDegradedWithinItsLimit()
    {
        // As the client's own ping does, it takes no token.
        var never = new TaskCompletionSource<HealthCheckResult>();
        await using var app = await TestApp.StartAsync(
            build: builder => builder.Services.AddHealthChecks().AddAsyncCheck("StackExchange.Redis", () => never.Task),
            defaults: options => options.HealthCheckTimeout = TimeSpan.FromMilliseconds(100));

        var (status, body) = await app.GetAsync("/ready").WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(200, status);
        Assert.Equal("Degraded", Check(body, "StackExchange.Redis").GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("Production", false, false)]
    [InlineData("Production", true, true)]
    [InlineData("Development", false, true)]
    public async Task Health_DetailsAreShown_OnlyInDevelopmentOrToTheAuthorised(string environment, bool authorised, bool expected)
    {
        await using var app = await TestApp.StartAsync(
            build: builder => builder.Services.AddHealthChecks().AddCheck("disk", () =>
                HealthCheckResult.Degraded("almost full", data: new Dictionary<string, object> { ["freeBytes"] = 12L })),
            defaults: options => options.AuthorizeHealthDetails = context => context.Request.Headers["X-Ops"] == "yes",
            environment: environment);
        if (authorised)
            app.Client.DefaultRequestHeaders.Add("X-Ops", "yes");

        var (status, body) = await app.GetAsync("/health");

        Assert.Equal(200, status);
        using var json = JsonDocument.Parse(body);
        Assert.Equal("Degraded", json.RootElement.GetProperty("status").GetString());
        Assert.Equal(expected, json.RootElement.TryGetProperty("entries", out _));
        if (!expected)
            return;
        var disk = Check(body, "disk");
        Assert.Equal("almost full", disk.GetProperty("description").GetString());
        Assert.Equal(12, disk.GetProperty("data").GetProperty("freeBytes").GetInt64());
        Assert.True(TimeSpan.Parse(disk.GetProperty("duration").GetString()!, System.Globalization.CultureInfo.InvariantCulture) >= TimeSpan.Zero);
    }

    [Fact]
    public async Task Ready_Stopping_Is503WhileRequestsAreStillAnswered()
    {
        await using var app = await TestApp.StartAsync(
            map: web => web.MapGet("/work", () => "done"),
            defaults: options => options.DrainDelay = TimeSpan.FromSeconds(10));
        Assert.Equal(200, (await app.GetAsync("/ready")).Status);

        app.App.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        using var enough = new CancellationTokenSource();
        var stopping = app.App.StopAsync(enough.Token);

        var (status, body) = await app.GetAsync("/ready");
        Assert.Equal(503, status);
        Assert.Equal("stopping", Check(body, "readiness").GetProperty("description").GetString());
        Assert.Equal((200, "done"), await app.GetAsync("/work"));
        Assert.Equal(200, (await app.GetAsync("/alive")).Status);
        await enough.CancelAsync();
        await stopping;
    }

    [Fact]
    public async Task Stopping_LongDrain_RequestsInHandHaveTheHostsLimitAfterIt()
    {
        await using var app = await TestApp.StartAsync(defaults: options => options.DrainDelay = TimeSpan.FromSeconds(20));
        Assert.Equal(new HostOptions().ShutdownTimeout + TimeSpan.FromSeconds(20), app.App.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout);
        using var enough = new CancellationTokenSource();
        var stopping = app.App.StopAsync(enough.Token);
        await enough.CancelAsync();
        await stopping;
    }

    [Fact]
    public async Task Ready_TurnedOffByARoom_SaysWhyUntilTurnedOn()
    {
        await using var app = await TestApp.StartAsync();
        var readiness = app.App.Services.GetRequiredService<ReadinessState>();

        readiness.SetNotReady("warming");
        var (status, body) = await app.GetAsync("/ready");
        Assert.Equal(503, status);
        Assert.Equal("warming", Check(body, "readiness").GetProperty("description").GetString());
        Assert.Equal(200, (await app.GetAsync("/health")).Status);

        readiness.SetReady();
        Assert.Equal(200, (await app.GetAsync("/ready")).Status);
    }

    private static async Task<string?> StatusAsync(TestApp app, string path)
    {
        using var json = JsonDocument.Parse((await app.GetAsync(path)).Body);
        return json.RootElement.GetProperty("status").GetString();
    }

    private static JsonElement Check(string body, string name) => JsonDocument.Parse(body).RootElement.GetProperty("entries").GetProperty(name);
}
