using HotShelf.ProductApi.Tests.Harness;
using HotShelf.TestServers;
using Npgsql;

namespace HotShelf.ProductApi.Tests;

[Collection(FleetCollection.Name)]
public class TimeoutTests(Fleet fleet)
{
    [ServersFact]
    public async Task Write_WaitsLongerThanTheLimit_504SaysWhetherAnythingChanged()
    {
        using var answer = await WriteToALockedProductAsync(("Api:RequestTimeout", "00:00:01"));
        Assert.Equal(504, (int)answer.StatusCode);
        var problem = await answer.JsonAsync();
        Assert.Equal("urn:hotshelf:problem:timeout", problem["type"]!.GetValue<string>());
        Assert.StartsWith("Nothing was changed unless", problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
    }

    [ServersTheory]
    [InlineData("default_transaction_read_only=on")]
    [InlineData("statement_timeout=500")]
    public async Task Write_TheDatabaseTakesNoneOrCancelsIt_IsNoDefect(string setting)
    {
        using var answer = await WriteToALockedProductAsync(("ConnectionStrings:productdb", $"{fleet.Servers.Database};Options=-c {setting}"));
        Assert.Equal(503, (int)answer.StatusCode);
        Assert.NotNull(answer.Header("Retry-After"));
    }

    private async Task<HttpResponseMessage> WriteToALockedProductAsync((string Key, string Value) setting)
    {
        await using var replica = await fleet.Servers.StartReplicaAsync(setting);
        var id = Fleet.NextProduct();
        await using var connection = new NpgsqlConnection(fleet.Servers.Database);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand($"select id from products where id = {id} for update", connection, transaction))
            await command.ExecuteNonQueryAsync();

        return await replica.Client.SendAsync("PUT", $"/products/{id}/price", """{"amount":5,"currency":"EUR"}""", Keys.Write);
    }
}
