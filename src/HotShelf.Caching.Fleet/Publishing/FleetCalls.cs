using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace HotShelf.Caching.Fleet;

/// <summary>Calls of Redis whose failure is retried later.</summary>
internal static class FleetCalls
{
    /// <summary>False when Redis did not answer in time, or the connection failed. A late failure is observed.</summary>
    public static async ValueTask<bool> TryAsync(Task call, TimeSpan limit, TimeProvider time, ILogger logger)
    {
        try
        {
            await call.WaitAsync(limit, time).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is RedisException or RedisCommandException or TimeoutException or ObjectDisposedException)
        {
            Log.FleetFailed(logger, exception.GetType().Name);
            _ = call.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return false;
        }
    }
}
