using System.Net.Sockets;
using Npgsql;

namespace HotShelf.Catalog.Postgres;

/// <summary>
/// Repeats a read whose connection broke or could not be opened, for up to two seconds: a restart of the server fails no read. Writes are not repeated, because
/// a connection that breaks during a commit does not say whether it was done.
/// </summary>
internal sealed class ReadRetry(TimeProvider time)
{
    private static readonly TimeSpan[] s_pauses = [.. new[] { 50, 100, 150, 200, 300, 400, 800 }.Select(static pause => TimeSpan.FromMilliseconds(pause))];

    // In a longer outage only some reads wait for the server; the others fail at once, as the cache's grace expects.
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(5);

    private long _restsUntil = long.MinValue;

    public async ValueTask<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var result = await read(cancellationToken).ConfigureAwait(false);
                Volatile.Write(ref _restsUntil, long.MinValue);
                return result;
            }
            catch (NpgsqlException exception) when (IsConnectionLost(exception) && MayRepeat(attempt))
            {
                await Task.Delay(s_pauses[attempt], time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private bool MayRepeat(int attempt)
    {
        var now = time.GetUtcNow().UtcTicks;
        if (now < Volatile.Read(ref _restsUntil))
            return false;
        if (attempt < s_pauses.Length)
            return true;
        Volatile.Write(ref _restsUntil, now + s_rest.Ticks);
        return false;
    }

    // 57P01 to 57P03: the server stops, crashed, or starts. Without a state the connection itself failed.
    private static bool IsConnectionLost(NpgsqlException exception) => exception is PostgresException
        ? exception.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
        : exception.InnerException is SocketException or IOException;
}
