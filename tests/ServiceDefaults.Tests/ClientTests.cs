using HotShelf.TestServers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using StackExchange.Redis;

namespace HotShelf.ServiceDefaults.Tests;

public sealed class ClientTests
{
    [RedisFact]
    public async Task Redis_Settings_LaterSourcesWin()
    {
        await using var redis = await RedisServer.StartAsync();
        using var host = Build(
            builder => builder.AddRedisClient("cache", settings => settings.DisableHealthChecks = true, options => options.ClientName = options.ClientName + "-code"),
            ("Aspire:StackExchange:Redis:ConnectionString", "nowhere:1"),
            ("Aspire:StackExchange:Redis:cache:ConnectionString", "nowhere:2"),
            ("ConnectionStrings:cache", redis.ConnectionString),
            ("Aspire:StackExchange:Redis:ConfigurationOptions:ConnectTimeout", "1111"),
            ("Aspire:StackExchange:Redis:ConfigurationOptions:ClientName", "all"),
            ("Aspire:StackExchange:Redis:cache:ConfigurationOptions:ClientName", "named"));
        await host.StartAsync();

        var multiplexer = host.Services.GetRequiredService<IConnectionMultiplexer>();

        Assert.Equal("PONG", (await multiplexer.GetDatabase().ExecuteAsync("PING")).ToString());
        var options = ConfigurationOptions.Parse(multiplexer.Configuration);
        Assert.Equal(1111, options.ConnectTimeout);
        Assert.Equal("named-code", options.ClientName);
        Assert.Empty(Checks(host));
        await host.StopAsync();
    }

    [RedisFact]
    public async Task Redis_BlockingContinuation_DoesNotStopOtherReplies()
    {
        await using var redis = await RedisServer.StartAsync();
        using var host = Build(builder => builder.AddRedisClient("cache"), ("ConnectionStrings:cache", redis.ConnectionString));
        await host.StartAsync();
        var database = host.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase();

        await database.PingAsync().ConfigureAwait(false);
        // If this continuation ran on the socket's reader, the reply below could never be read.
        Assert.True(Task.Run(() => database.PingAsync()).Wait(TimeSpan.FromSeconds(10)));
        await host.StopAsync();
    }

    [Fact]
    public async Task Redis_ServerAway_DoesNotStopTheStart()
    {
        using var host = Build(builder => builder.AddRedisClient("cache"), ("ConnectionStrings:cache", $"127.0.0.1:{ServerProcess.FreePort()},password=topsecret"));
        await host.StartAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.False(host.Services.GetRequiredService<IConnectionMultiplexer>().IsConnected);
        await host.StopAsync();
    }

    [RedisFact]
    public async Task Redis_Keyed_HasItsOwnClientAndHealthCheck()
    {
        await using var one = await RedisServer.StartAsync();
        await using var two = await RedisServer.StartAsync();
        using var host = Build(
            builder =>
            {
                builder.AddRedisClient("one");
                builder.AddKeyedRedisClient("two");
            },
            ("ConnectionStrings:one", one.ConnectionString),
            ("ConnectionStrings:two", two.ConnectionString));
        await host.StartAsync();

        await host.Services.GetRequiredKeyedService<IConnectionMultiplexer>("two").GetDatabase().StringSetAsync("where", "two");

        Assert.True((await host.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase().StringGetAsync("where")).IsNull);
        Assert.Equal(["StackExchange.Redis", "StackExchange.Redis_two"], Checks(host));
        await host.StopAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("password=hush-hush")]
    [InlineData("localhost:6379,password=hush,hu=sh")]
    [InlineData("localhost:6379,ssl=hush-hush")]
    [InlineData("localhost:6379,connectTimeout=hush-hush")]
    public async Task Redis_WrongConnectionString_StopsTheStartNamingTheResourceWithoutTheSecret(string connectionString)
    {
        using var host = Build(builder => builder.AddRedisClient("cache"), ("ConnectionStrings:cache", connectionString));
        var exception = await Assert.ThrowsAnyAsync<InvalidOperationException>(() => host.StartAsync());
        Assert.Contains("'ConnectionStrings:cache'", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hu", exception.ToString().Replace("HotShelf", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Npgsql_DataSource_QueriesAndIsChecked()
    {
        await using var postgres = await PostgresServer.StartAsync();
        using var host = Build(
            builder =>
            {
                builder.AddNpgsqlDataSource("productdb", configureDataSourceBuilder: source => source.ConnectionStringBuilder.ApplicationName = "from-code");
                builder.AddKeyedNpgsqlDataSource("other");
            },
            ("Aspire:Npgsql:ConnectionString", "Host=nowhere"),
            ("ConnectionStrings:productdb", postgres.ConnectionString),
            ("Aspire:Npgsql:other:ConnectionString", postgres.ConnectionString));
        await host.StartAsync();

        await using var command = host.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand("SELECT current_setting('application_name')");
        Assert.Equal("from-code", await command.ExecuteScalarAsync());
        await using var keyed = host.Services.GetRequiredKeyedService<NpgsqlDataSource>("other").CreateCommand("SELECT 1");
        Assert.Equal(1, await keyed.ExecuteScalarAsync());
        Assert.Equal(["PostgreSql", "PostgreSql_other"], Checks(host));
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Healthy, report.Status);
        await host.StopAsync();
    }

    [Theory]
    [InlineData("", "ConnectionString is missing")]
    [InlineData("hush-hush", "part 1 of 1")]
    [InlineData("Host=localhost;Password=hush;hu=sh", "part 3 of 3")]
    [InlineData("Host=localhost;Port=hush-hush", "part 2 of 2")]
    [InlineData("Password=hush-hush", "names no host")]
    public async Task Npgsql_WrongConnectionString_StopsTheStartNamingTheResourceWithoutTheSecret(string connectionString, string reason)
    {
        using var host = Build(builder => builder.AddNpgsqlDataSource("productdb"), ("ConnectionStrings:productdb", connectionString));
        var exception = await Assert.ThrowsAnyAsync<InvalidOperationException>(() => host.StartAsync());
        Assert.Contains("'ConnectionStrings:productdb'", exception.Message, StringComparison.Ordinal);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hu", exception.ToString().Replace("HotShelf", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private static IHost Build(Action<HostApplicationBuilder> configure, params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        configure(builder);
        return builder.Build();
    }

    private static string[] Checks(IHost host) =>
        [.. (host.Services.GetService<IOptions<HealthCheckServiceOptions>>()?.Value.Registrations ?? []).Select(check => check.Name).Order(StringComparer.Ordinal)];
}
