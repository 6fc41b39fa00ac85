using System.Runtime.ExceptionServices;
using HotShelf.TestServers;

namespace HotShelf.Caching.Postgres.Tests;

/// <summary>While writers are busy, reading pauses after 30 messages.</summary>
[Collection(nameof(FeedServer))]
public class PauseTests(FeedServer server)
{
    // With those for its beginning and its commit, 30 messages. So the pause begins when no message is left.
    private const int Rows = 28;

    [PostgresFact]
    public async Task Pause_Cancelled_IteratorIsNotDisposedWhileItRuns()
    {
        var disposed = 0;
        var time = new HeldPauses();
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database, options: options => options.Heartbeat = TimeSpan.FromMinutes(1), time: time);
        for (var bursts = 1; !time.IsPaused && bursts <= 100; bursts++)
        {
            // A message by itself, after which the feed waits and begins a window. How many messages of a burst come at once is not known.
            time.Advance();
            await database.ExecuteAsync("select pg_logical_emit_message(false, 'pause', '')");
            await Until.TrueAsync(() => time.IsWindowBegun);
            await database.ExecuteAsync($"update items set version = version + 1 where id <= {Rows}");
            await Until.TrueAsync(() => time.IsPaused || host.Removed.Count == bursts * Rows);
        }

        Assert.True(time.IsPaused);
        AppDomain.CurrentDomain.FirstChanceException += OnThrown;
        await host.StopAsync();
        AppDomain.CurrentDomain.FirstChanceException -= OnThrown;
        Assert.Equal(0, disposed);

        // The exception itself is harmless. The iterator then completes twice, which may end the process.
        void OnThrown(object? sender, FirstChanceExceptionEventArgs thrown)
        {
            if (thrown.Exception is NotSupportedException { StackTrace: { } trace } && trace.Contains("Npgsql.Replication", StringComparison.Ordinal))
                Interlocked.Increment(ref disposed);
        }
    }

    /// <summary>A clock that stands still, and pauses of the feed that do not end by themselves.</summary>
    private sealed class HeldPauses : TimeProvider
    {
        private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);
        private long _now = System.GetTimestamp();
        private int _reads;
        private volatile bool _isPaused;

        public bool IsPaused => _isPaused;

        // How long the last window was, and when this one begins.
        public bool IsWindowBegun => Volatile.Read(ref _reads) >= 2;

        public void Advance()
        {
            Interlocked.Exchange(ref _reads, 0);
            Interlocked.Add(ref _now, TimestampFrequency);
        }

        public override long GetTimestamp()
        {
            Interlocked.Increment(ref _reads);
            return Interlocked.Read(ref _now);
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _isPaused |= dueTime == s_pause;
            return base.CreateTimer(callback, state, dueTime == s_pause ? Timeout.InfiniteTimeSpan : dueTime, period);
        }
    }
}
