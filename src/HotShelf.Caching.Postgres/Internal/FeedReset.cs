using Microsoft.Extensions.Logging;
using Npgsql;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>Removes all mapped families, because changes may have been missed.</summary>
internal sealed class FeedReset(FeedDatabase database, CacheSender sender, LiveVersions versions, IReadOnlyList<string> families, FeedState state, FeedMetrics metrics, ILogger logger)
{
    private const string RunningSql = "select nullif(pg_snapshot_xmax(now), pg_snapshot_xmin(now)) from pg_current_snapshot() as now";
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

    /// <summary>The id that transactions get next, when some run whose ids are lower; null when none do.</summary>
    public static async Task<ulong?> FindRunningAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(RunningSql, connection);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as ulong?;
    }

    /// <summary>Removes them once more, in a session, when that is due.</summary>
    /// <param name="connection">For the query whether it is.</param>
    /// <param name="cancellationToken">Ends the wait for a Redis that is away.</param>
    public async Task RepeatAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (versions.RepeatAfter is not { } running)
            return;
        await using var command = new NpgsqlCommand(OldestSql, connection) { CommandTimeout = FeedDatabase.TimeoutSeconds };
        if ((ulong)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))! < running)
        {
            await versions.WriteRepeatAsync().ConfigureAwait(false);
            return;
        }

        await SendAsync(cancellationToken).ConfigureAwait(false);
        await sender.RetryAsync(versions.RepeatedAsync, cancellationToken).ConfigureAwait(false);
        Report("publication");
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
