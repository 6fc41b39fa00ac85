using System.Globalization;
using Npgsql;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>
/// A committed transaction comes out of the WAL before queries see it: it is written there first, and with synchronous standbys the writer even waits for them in between.
/// An entry removed in that moment would be filled with the old row again, and stay stale. So it is sent to the cache only after a snapshot contains the transaction.
/// </summary>
internal sealed class Visibility(NpgsqlConnection connection, TimeProvider time)
{
    private const int LooksWithoutPause = 4;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(1);
    private readonly NpgsqlCommand _snapshot = new("select pg_current_snapshot()::text", connection) { CommandTimeout = FeedDatabase.TimeoutSeconds };

    public async Task WaitAsync(TransactionIds transactions, CancellationToken cancellationToken)
    {
        for (var looks = 1; !IsVisible((string)(await _snapshot.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!, transactions); looks++)
        {
            // Mostly it takes microseconds, a timer milliseconds.
            if (looks >= LooksWithoutPause)
                await Task.Delay(s_pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Whether a snapshot, <c>xmin:xmax:running,running</c>, contains all <paramref name="transactions"/>.</summary>
    public static bool IsVisible(string snapshot, TransactionIds transactions)
    {
        var parts = snapshot.Split(':');
        return TransactionIds.IsBefore(transactions.Latest, Id(parts[1])) && !parts[2].Split(',', StringSplitOptions.RemoveEmptyEntries).Any(running => transactions.Contains(Id(running)));
    }

    // The upper half of an id counts how often the lower half began anew.
    private static uint Id(string text) => unchecked((uint)ulong.Parse(text, CultureInfo.InvariantCulture));
}
