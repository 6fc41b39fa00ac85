using System.Net.Sockets;
using HotShelf.Catalog.Postgres;
using Npgsql;

namespace HotShelf.Catalog.Tests;

public class ReadRetryTests
{
    private static readonly NpgsqlException s_lost = new("lost", new SocketException());

    [Fact]
    public async Task Run_ServerAwayForHalfASecond_TheReadSucceeds()
    {
        var clock = new JumpingClock();
        var back = clock.GetUtcNow() + TimeSpan.FromSeconds(0.5);
        Assert.Equal(7, await new ReadRetry(clock).RunAsync(_ => clock.GetUtcNow() < back ? throw s_lost : ValueTask.FromResult(7), CancellationToken.None));
    }

    [Fact]
    public async Task Run_ServerAwayForLong_FailsAfterTwoSecondsAndThenAtOnceForFive()
    {
        var clock = new JumpingClock();
        var retry = new ReadRetry(clock);
        Assert.Equal(TimeSpan.FromSeconds(2), await FailAsync());
        Assert.Equal(TimeSpan.Zero, await FailAsync());
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.FromSeconds(2), await FailAsync());

        async Task<TimeSpan> FailAsync()
        {
            var start = clock.GetUtcNow();
            await Assert.ThrowsAsync<NpgsqlException>(async () => await retry.RunAsync<int>(_ => throw s_lost, CancellationToken.None));
            return clock.GetUtcNow() - start;
        }
    }

    [Fact]
    public async Task Run_OtherFailure_IsNotRepeated()
    {
        var calls = 0;
        await Assert.ThrowsAsync<NpgsqlException>(async () => await new ReadRetry(new JumpingClock()).RunAsync<int>(
            _ =>
            {
                calls++;
                throw new NpgsqlException("timeout", new TimeoutException());
            }, CancellationToken.None));
        Assert.Equal(1, calls);
    }

    /// <summary>A clock that jumps to the end of each wait.</summary>
    private sealed class JumpingClock : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now;

        public void Advance(TimeSpan by) => _now += by;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _now += dueTime;
            return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }
}
