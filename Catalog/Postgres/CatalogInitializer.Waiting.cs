using System.Net.Sockets;
using Npgsql;

namespace HotShelf.Catalog.Postgres;

internal sealed partial class CatalogInitializer
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(2);

    /// <summary>Returns when somebody else has applied all schema scripts of this build.</summary>
    private async Task WaitForSchemaAsync(CancellationToken cancellationToken)
    {
        var pause = s_firstPause;
        while (await FindMissingScriptAsync(cancellationToken).ConfigureAwait(false) is { } missing)
        {
            Log.WaitingForSchema(logger, missing, pause.TotalSeconds);
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            pause = Longer(pause);
        }
    }

    private async Task<string?> FindMissingScriptAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenWhenReadyAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var applied = await ReadAppliedAsync(connection, cancellationToken).ConfigureAwait(false);
            Check(applied);
            return SchemaScript.All.FirstOrDefault(script => !applied.ContainsKey(script.Name))?.Name;
        }
        catch (PostgresException failure) when (failure.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InsufficientPrivilege)
        {
            // The first script is applied together with the table of scripts, and rights are granted when the tables are there.
            return SchemaScript.All[0].Name;
        }
    }

    /// <summary>A connection, however long the server takes to come up.</summary>
    private async Task<NpgsqlConnection> OpenWhenReadyAsync(CancellationToken cancellationToken)
    {
        for (var pause = s_firstPause; ; pause = Longer(pause))
        {
            try
            {
                return await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (NpgsqlException failure) when (IsNotUpYet(failure))
            {
                Log.WaitingForDatabase(logger, failure.Message, pause.TotalSeconds);
            }

            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < s_longestPause ? pause * 2 : s_longestPause;

    // A server that is not there, that is starting or stopping, or whose database is still to be created. Waiting heals no wrong password.
    private static bool IsNotUpYet(NpgsqlException failure) => failure is PostgresException { SqlState: var state }
        ? state is PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
            or PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.TooManyConnections
        : failure.IsTransient || failure.InnerException is SocketException or IOException or TimeoutException;
}
