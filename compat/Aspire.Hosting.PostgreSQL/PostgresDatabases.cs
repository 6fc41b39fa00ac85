using System.Diagnostics.CodeAnalysis;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Aspire.Hosting.Postgres;

/// <summary>Creates the databases of a server that has become healthy.</summary>
internal static class PostgresDatabases
{
    private const string DuplicateDatabase = "42P04";

    public static async Task CreateAsync(PostgresServerResource server, IServiceProvider services, CancellationToken cancellationToken)
    {
        foreach (var database in server.DatabaseResources)
        {
            try
            {
                if (await CreateAsync(server, database, cancellationToken).ConfigureAwait(false))
                    Log.Note(services.GetRequiredService<ResourceLoggerService>().GetLogger(database), $"Created the database {database.DatabaseName}");
            }
            catch (NpgsqlException exception)
            {
                // The database's own health check goes on failing: whoever waits for it waits, and its log says why.
                Log.StartFailed(services.GetRequiredService<ResourceLoggerService>().GetLogger(database), database.Name, exception.Message);
            }
        }
    }

    public static async Task<NpgsqlConnection> OpenAsync(IResourceWithConnectionString resource, CancellationToken cancellationToken)
    {
        var text = await resource.GetConnectionStringAsync(cancellationToken).ConfigureAwait(false);
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(text) { Pooling = false, Timeout = 4, CommandTimeout = 4, ApplicationName = "apphost" }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    [SuppressMessage("Security", "CA2100", Justification = "The name is the AppHost's own and quoted; DDL takes no parameters.")]
    private static async Task<bool> CreateAsync(PostgresServerResource server, PostgresDatabaseResource database, CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(server, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var exists = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection) { Parameters = { new() { Value = database.DatabaseName } } };
            await using (exists.ConfigureAwait(false))
            {
                if (await exists.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not null)
                    return false;
            }

            var create = new NpgsqlCommand(database.CreationScript ?? $"CREATE DATABASE \"{database.DatabaseName.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", connection) { CommandTimeout = 30 };
            await using (create.ConfigureAwait(false))
            {
                try
                {
                    await create.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                    return true;
                }
                catch (PostgresException exception) when (exception.SqlState == DuplicateDatabase)
                {
                    return false;
                }
            }
        }
    }
}
