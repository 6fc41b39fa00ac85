using HotShelf.ServiceDefaults.Hosting;
using HotShelf.TestServers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using StackExchange.Redis;

namespace HotShelf.ServiceDefaults.Tests;

public sealed class ClientTests
{
    [Fact]
    public async Task Redis_ServerAway_DoesNotStopTheStart()
    {
        using var host = Build(
            builder => builder.AddCheckedRedisClient("cache", redis => redis.ClientName = "from-code"),
            ("ConnectionStrings:cache", $"127.0.0.1:{ServerProcess.FreePort()},password=topsecret"));
        await host.StartAsync().WaitAsync(TimeSpan.FromSeconds(20));
        var multiplexer = host.Services.GetRequiredService<IConnectionMultiplexer>();
        Assert.False(multiplexer.IsConnected);
        Assert.Equal("from-code", multiplexer.ClientName);
        await host.StopAsync();
    }

    [Theory]
    [InlineData(null, "is missing")]
    [InlineData("", "is missing")]
    [InlineData("password=hush-hush", "names no host")]
    [InlineData("localhost:6379,password=hush,hu=sh", "part 3 of 3")]
    [InlineData("localhost:6379,ssl=hush-hush,abortConnect=false", "part 2 of 3")]
    [InlineData("localhost:6379,connectTimeout=hush-hush", "part 2 of 2")]
    [InlineData("localhost:6379,protocol=hush-hush", "part 2 of 2")]
    public void Redis_WrongConnectionString_StopsTheStartNamingTheResourceWithoutTheSecret(string? connectionString, string reason) =>
        AssertRefused(builder => builder.AddCheckedRedisClient("cache"), "ConnectionStrings:cache", connectionString, reason);

    [Theory]
    [InlineData(null, "is missing")]
    [InlineData("", "is missing")]
    [InlineData("hush-hush", "part 1 of 1")]
    [InlineData("Host=localhost;Password=hush;hu=sh", "part 3 of 3")]
    [InlineData("Host=localhost;Password='hu;sh';Port=hush-hush;Database=a", "part 4 of 5")]
    [InlineData("Host=localhost;Port=99999999999", "part 2 of 2")]
    [InlineData("Host=localhost;SSL Mode=hush-hush", "part 2 of 2")]
    [InlineData("Host=localhost;Password='hush", "part 2 of 2")]
    [InlineData("Password=hush-hush", "names no host")]
    public void Npgsql_WrongConnectionString_StopsTheStartNamingTheResourceWithoutTheSecret(string? connectionString, string reason) =>
        AssertRefused(builder => builder.AddCheckedNpgsqlDataSource("productdb"), "ConnectionStrings:productdb", connectionString, reason);

    [PostgresFact]
    public async Task Npgsql_DataSource_QueriesAndIsNamedAfterTheResource()
    {
        await using var postgres = await PostgresServer.StartAsync();
        using var host = Build(builder => builder.AddCheckedNpgsqlDataSource("productdb"), ("ConnectionStrings:productdb", postgres.ConnectionString));
        await using var command = host.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand("SELECT 1");
        Assert.Equal(1, await command.ExecuteScalarAsync());
    }

    private static void AssertRefused(Action<HostApplicationBuilder> register, string key, string? connectionString, string reason)
    {
        var exception = Assert.Throws<OptionsValidationException>(() => Build(register, (key, connectionString)));
        Assert.Contains($"'{key}'", exception.Message, StringComparison.Ordinal);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hu", exception.ToString(), StringComparison.Ordinal);
        Assert.NotNull(StartFailure.From(exception));
    }

    private static IHost Build(Action<HostApplicationBuilder> register, params (string Key, string? Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)));
        register(builder);
        return builder.Build();
    }
}
