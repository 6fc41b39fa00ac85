using System.Text.RegularExpressions;
using HotShelf.TestServers;
using Npgsql;

namespace HotShelf.Deploy.Tests.Running;

/// <summary>What docs/operations.md tells an operator to ask Postgres.</summary>
public sealed partial class RunbookTests
{
    [ServersFact]
    public async Task Queries_OfTheRunbook_AreAnswered()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var database = NpgsqlDataSource.Create(postgres.ConnectionString);
        var queries = Query().Matches(Repository.Read("docs/operations.md")).Select(static match => match.Groups[1].Value).ToArray();
        Assert.NotEmpty(queries);
        foreach (var query in queries)
        {
            await using var command = database.CreateCommand(query);
            var failure = await Record.ExceptionAsync(() => command.ExecuteNonQueryAsync());
            Assert.True(failure is null, $"{query}: {failure?.Message}");
        }
    }

    // In code marks, without those that have a name to fill in.
    [GeneratedRegex("`(select (?:(?!\\.\\.\\.)[^`])*)`")]
    private static partial Regex Query();
}
