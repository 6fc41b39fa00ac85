using System.Runtime.CompilerServices;

namespace HotShelf.Caching.Simulation;

/// <summary>
/// Virtual time: events run one after another, each at its time, and the next one begins when everything that the last one caused has run. The process has one
/// worker thread, so nothing runs beside an event.
/// </summary>
internal sealed class Timeline
{
    private readonly PriorityQueue<Action, (long At, long Order)> _events = new();
    private long _order;

    /// <summary>Ticks since the run began.</summary>
    public long Now { get; private set; }

    public long Events => _order;

    /// <summary>What happened, when it is asked for.</summary>
    public TextWriter? Trace { get; init; }

    public void Note(string what) => Trace?.WriteLine($"{TimeSpan.FromTicks(Now).TotalSeconds:F4} {what}");

    public void At(long time, Action action) => _events.Enqueue(action, (Math.Max(time, Now), _order++));

    public async Task RunUntilAsync(long until, Action afterEach)
    {
        while (_events.TryPeek(out _, out var next) && next.At <= until)
        {
            var action = _events.Dequeue();
            Now = next.At;
            action();
            while (ThreadPool.PendingWorkItemCount > 0)
                await default(BehindAllOthers);
            afterEach();
        }

        Now = until;
    }

    /// <summary>Continues after all work that is queued to the pool now.</summary>
    private readonly struct BehindAllOthers : ICriticalNotifyCompletion
    {
        public bool IsCompleted => false;

        public BehindAllOthers GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

        public void UnsafeOnCompleted(Action continuation) => ThreadPool.UnsafeQueueUserWorkItem(static next => next(), continuation, preferLocal: false);
    }
}

/// <summary>The clocks of one process: its steady clock is the timeline's, its wall clock may be apart and step.</summary>
internal sealed class SimulatedTime(Timeline timeline, Func<long> pausedUntil) : TimeProvider
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public TimeSpan Offset { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    // Not zero: the cache's times are positive.
    public override long GetTimestamp() => timeline.Now + TimeSpan.TicksPerDay;

    public override DateTimeOffset GetUtcNow() => s_start.AddTicks(timeline.Now) + Offset;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(timeline, pausedUntil, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(Timeline timeline, Func<long> pausedUntil, TimerCallback callback, object? state) : ITimer
    {
        private long _use;
        private TimeSpan _period;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _use++;
            _period = period;
            if (dueTime != Timeout.InfiniteTimeSpan)
                Arm(timeline.Now + dueTime.Ticks, _use);
            return true;
        }

        public void Dispose() => _use++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Arm(long at, long use) => timeline.At(at, () => Fire(use));

        private void Fire(long use)
        {
            if (use != _use)
                return;
            // A stopped process' timers fire when it goes on.
            if (pausedUntil() > timeline.Now)
            {
                Arm(pausedUntil(), use);
                return;
            }

            if (_period > TimeSpan.Zero)
                Arm(timeline.Now + _period.Ticks, use);
            callback(state);
        }
    }
}
