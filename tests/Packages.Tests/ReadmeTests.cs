using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using HotShelf.TestServers;

namespace HotShelf.Packages.Tests;

/// <summary>A newcomer follows the readmes word for word, in projects outside the repository, and gets a miss, a hit and an invalidation: without Redis and with it.</summary>
[Collection(PackagesGroup.Name)]
[Trait("Category", "Packages")]
public sealed class ReadmeTests(PackageFeed feed)
{
    private const string Web = "First hit in a web application";
    private const string Console = "First hit in a console application or worker";

    private static readonly Readme s_caching = new("HotShelf.Caching");
    private static readonly Readme s_fleet = new("HotShelf.Caching.Fleet");
    private static readonly Readme s_telemetry = new("HotShelf.Caching.OpenTelemetry");
    private static readonly Readme s_postgres = new("HotShelf.Caching.Postgres");
    private static readonly Readme s_http = new("HotShelf.Caching.AspNetCore");

    /// <summary>What stands behind <c>dotnet run</c> in the readme.</summary>
    private static string WithoutRedis => RunArgument("MemoryOnly");

    private static string With(RedisServer redis) => RunArgument("ConnectionStrings").Replace("localhost:6379", $"127.0.0.1:{redis.Port}", StringComparison.Ordinal);

    private static string RunArgument(string setting) =>
        s_caching.Commands(Web).Single(command => command[1] == "run" && command[2].Contains(setting, StringComparison.Ordinal))[2];

    [RedisFact]
    public async Task Caching_InAConsoleProject_LoadsHitsAndInvalidates()
    {
        var project = await feed.CreateAsync("console", "Prices");
        await project.FollowAsync([.. s_caching.Commands("Install"), .. s_caching.Commands(Console)], s_caching.Program(Console));
        Assert.Equal(["Microsoft.NETCore.App"], project.Frameworks());

        await using var redis = await RedisServer.StartAsync();
        foreach (var argument in new[] { WithoutRedis, With(redis) })
        {
            var output = await project.RunAsync(argument);
            var lines = output.Split('\n').Select(static line => line.Trim()).Where(static line => line is "loading" or "10" or "12");
            Assert.Equal(["loading", "10", "10", "loading", "12"], lines);
            Assert.DoesNotContain("fail:", output, StringComparison.Ordinal);
        }

        Assert.Contains("price", await redis.CommandAsync("KEYS *"), StringComparison.Ordinal);
    }

    [ServersFact]
    public async Task Postgres_OverAForeignDatabase_FollowsItsChanges()
    {
        var project = await feed.CreateAsync("web", "Follower");
        await project.FollowAsync(s_postgres.Commands("Install"), s_postgres.Program("First change"));
        await using var redis = await RedisServer.StartAsync();
        await using var postgres = await PostgresServer.StartAsync();
        await using var database = Npgsql.NpgsqlDataSource.Create(postgres.ConnectionString);
        await ExecuteAsync("create table customers (id integer primary key, name text); create table orders (id integer primary key, customer_id integer, total integer)");
        await ExecuteAsync("insert into customers values (1, 'Ada'), (2, null); insert into orders values (1, 1, 10)");

        await using var site = await project.StartAsync($"--ConnectionStrings:cache=127.0.0.1:{redis.Port}", $"--ConnectionStrings:shopdb={postgres.ConnectionString}");
        await Until.TrueAsync(() => site.Output.Contains("Change feed connected: consuming slot hotshelf_postgres", StringComparison.Ordinal));
        Assert.Equal("Healthy", await site.Client.GetStringAsync("/health"));
        Assert.Equal(("Ada", "10"), await ReadAsync());
        Assert.Equal("", await site.Client.GetStringAsync("/customers/2"));
        await ExecuteAsync("update customers set name = 'Grace' where id = 1; insert into orders values (2, 1, 5)");
        await Until.TrueAsync(async () => await ReadAsync() == ("Grace", "15"));
        await ExecuteAsync("update orders set customer_id = 2 where id = 2");
        await Until.TrueAsync(async () => await ReadAsync() == ("Grace", "10"));
        await ExecuteAsync("truncate orders");
        await Until.TrueAsync(async () => await ReadAsync() == ("Grace", "0"));

        async Task<(string, string)> ReadAsync() => ((await site.Client.GetStringAsync("/customers/1")).Trim('"'), await site.Client.GetStringAsync("/customers/1/total"));

        async Task ExecuteAsync(string sql)
        {
            await using var command = database.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }

    [RedisFact]
    public async Task Caching_InAWebProject_LoadsHitsAndInvalidates()
    {
        var project = await feed.CreateAsync("web", "Products");
        await project.FollowAsync(s_caching.Commands("Install"), s_caching.Program(Web));

        await using var redis = await RedisServer.StartAsync();
        foreach (var argument in new[] { WithoutRedis, With(redis) })
        {
            await using var site = await project.StartAsync(argument);
            var loaded = await LoadedAtAsync(site, "/products/1");
            Assert.Equal(loaded, await LoadedAtAsync(site, "/products/1"));
            using (var saved = await site.Client.PostAsync("/products/1", null))
                Assert.Equal(HttpStatusCode.OK, saved.StatusCode);
            Assert.NotEqual(loaded, await LoadedAtAsync(site, "/products/1"));
            await site.StopAsync();
        }
    }

    [RedisFact]
    public async Task Http_InAWebProject_AnswersWithValidatorsAndFromTheOutputCache()
    {
        var project = await feed.CreateAsync("web", "Http");
        await project.FollowAsync(s_http.Commands("Install"), s_http.Program("First answers"));

        await using var redis = await RedisServer.StartAsync();
        await using var site = await project.StartAsync(With(redis));
        using var first = await site.Client.GetAsync("/products/1");
        var tag = first.Headers.ETag!;
        Assert.Contains("fwd=miss", first.Headers.GetValues("Cache-Status").Single(), StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/products/1") { Headers = { IfNoneMatch = { tag } } };
        using var second = await site.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Contains("hit", second.Headers.GetValues("Cache-Status").Single(), StringComparison.Ordinal);
        using var missing = await site.Client.GetAsync("/products/100");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Equal(await site.Client.GetStringAsync("/products"), await site.Client.GetStringAsync("/products"));
        await site.StopAsync();
    }

    [RedisFact]
    public async Task Fleet_InAWebProject_ListsItsNodeAndItsEvents()
    {
        var project = await feed.CreateAsync("web", "Nodes");
        await project.FollowAsync(s_fleet.Commands("Install"), s_fleet.Program("First report"));

        await using var redis = await RedisServer.StartAsync();
        await using var site = await project.StartAsync(With(redis));
        Assert.Equal("product 1", await site.Client.GetStringAsync("/products/1"));
        await Until.TrueAsync(async () => (await site.Client.GetFromJsonAsync<JsonElement>("/nodes")) is { } nodes && nodes.GetArrayLength() == 1 && nodes[0].GetProperty("reads").GetInt64() >= 1, "the node is listed");
        Assert.Contains("Nodes", await site.Client.GetStringAsync("/changes"), StringComparison.Ordinal);
        await site.StopAsync();
        Assert.Equal("*0", (await redis.CommandAsync("ZRANGE fleet:{hs}:alive 0 -1")).Trim());
    }

    [Fact]
    public async Task OpenTelemetry_InAConsoleProject_ExportsMetricsAndSpans()
    {
        var project = await feed.CreateAsync("console", "Measured");
        await project.FollowAsync(s_telemetry.Commands("Install"), s_telemetry.Program("First metrics"));
        Assert.Equal(["Microsoft.NETCore.App"], project.Frameworks());
        var output = await project.RunAsync(WithoutRedis);
        Assert.Contains("hotshelf.cache.requests", output, StringComparison.Ordinal);
        Assert.Contains("cache.fill", output, StringComparison.Ordinal);
    }

    private static async Task<string> LoadedAtAsync(RunningSite site, string path) =>
        (await site.Client.GetFromJsonAsync<JsonElement>(path)).GetProperty("loadedAt").GetString()!;
}
