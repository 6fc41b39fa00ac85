using Microsoft.Extensions.Logging;
using Npgsql;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>Removes all mapped families, because changes may have been missed.</summary>
internal sealed class FeedReset(FeedDatabase database, CacheSender sender, LiveVersions versions, IReadOnlyList<string> families, FeedState state, FeedMetrics metrics, ILogger logger)
{
    private const string OwnSql = "select pg_current_xact_id()";
    private const string OldestSql = "select pg_snapshot_xmin(pg_current_snapshot())";

    /// <summary>Removes them between two sessions.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="cancellationToken">Ends the wait for a Redis that is away.</param>
    /// <param name="repeatAfter">The session then removes them once more when all transactions with lower ids have ended; null when it need not.</param>
    public async Task RemoveAllAsync(string reason, CancellationToken cancellationToken, ulong? repeatAfter = null)
    {
        await SendAsync(cancellationToken).ConfigureAwait(false);
        await sender.RetryAsync(() => versions.ResetAsync(repeatAfter), cancellationToken).ConfigureAwait(false);
        state.LastSent = null;
        Report(reason);
    }

    /// <summary>An id lower than those that transactions get from now on, when some run whose ids are lower still; null when none do.</summary>
    public static async Task<ulong?> FindRunningAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // The id of a transaction of our own, which then has ended. A snapshot alone does not tell: it ends with the last id that has ended, and one that runs may be later.
        var own = await ReadIdAsync(connection, OwnSql, cancellationToken).ConfigureAwait(false);
        return await ReadIdAsync(connection, OldestSql, cancellationToken).ConfigureAwait(false) < own ? own : null;
    }

    /// <summary>Removes them once more, in a session, when that is due.</summary>
    /// <param name="connection">For the query whether it is.</param>
    /// <param name="cancellationToken">Ends the wait for a Redis that is away.</param>
    public async Task RepeatAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (versions.RepeatAfter is not { } running)
            return;
        if (await ReadIdAsync(connection, OldestSql, cancellationToken).ConfigureAwait(false) < running)
        {
            await versions.WriteRepeatAsync().ConfigureAwait(false);
            return;
        }

        await SendAsync(cancellationToken).ConfigureAwait(false);
        await sender.RetryAsync(versions.RepeatedAsync, cancellationToken).ConfigureAwait(false);
        Report("publication");
    }

    private static async Task<ulong> ReadIdAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = FeedDatabase.TimeoutSeconds };
        return (ulong)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private Task SendAsync(CancellationToken cancellationToken)
    {
        var all = new Invalidations();
        foreach (var family in families)
            all.RemoveFamily(family);
        return sender.SendAsync(all, [], cancellationToken);
    }

    private void Report(string reason)
    {
        metrics.Reset(reason);
        Log.Reset(logger, database.Slot, reason, string.Join(", ", families));
    }
}
