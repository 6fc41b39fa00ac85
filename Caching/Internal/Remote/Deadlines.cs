using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;

namespace HotShelf.Caching.Internal.Remote;

/// <summary>
/// Gives up waiting for tasks after one fixed time. All deadlines are equally far away, so they fall due in the order in which they were set: one
/// queue and one timer serve any number of operations, where a timer for each would cost more than the operation's own bookkeeping.
/// </summary>
internal sealed class Deadlines : IDisposable
{
    private readonly ConcurrentQueue<(Wait Wait, short Version, long Due)> _queue = new();
    private readonly ConcurrentBag<Wait> _pool = [];
    private readonly CacheClock _clock;
    private readonly long _after;
    private readonly ITimer _timer;

    public Deadlines(TimeSpan after, CacheClock clock)
    {
        _clock = clock;
        _after = Math.Max(1, (long)after.TotalMilliseconds);
        var period = TimeSpan.FromMilliseconds(Math.Max(1, _after / 8));
        _timer = clock.Provider.CreateTimer(static state => ((Deadlines)state!).Expire(), this, period, period);
    }

    /// <summary>True when <paramref name="task"/> has ended, however it ended; false when the time was over first.</summary>
    public ValueTask<bool> EndsInTimeAsync(Task task)
    {
        if (task.IsCompleted)
            return new(true);
        if (!_pool.TryTake(out var wait))
            wait = new Wait(this);
        var result = new ValueTask<bool>(wait, wait.Version);
        _queue.Enqueue((wait, wait.Version, _clock.Now + _after));
        wait.Begin(task);
        return result;
    }

    public void Dispose() => _timer.Dispose();

    private void Expire()
    {
        var now = _clock.Now;
        while (_queue.TryPeek(out var first) && first.Due <= now && _queue.TryDequeue(out var due))
            due.Wait.TimeOut(due.Version);
    }

    /// <summary>One waiting caller; used again after its task has ended, never after it timed out, since its task may still come.</summary>
    private sealed class Wait : IValueTaskSource<bool>
    {
        private readonly Deadlines _owner;
        private readonly Action _ended;
        private ManualResetValueTaskSourceCore<bool> _core;
        private int _open;

        public Wait(Deadlines owner)
        {
            _owner = owner;
            _ended = () => Settle(Version, inTime: true);
        }

        public short Version => _core.Version;

        public void Begin(Task task)
        {
            Volatile.Write(ref _open, OpenFor(Version));
            task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_ended);
        }

        public void TimeOut(short version) => Settle(version, inTime: false);

        public bool GetResult(short token)
        {
            var inTime = _core.GetResult(token);
            if (inTime)
            {
                _core.Reset();
                _owner._pool.Add(this);
            }

            return inTime;
        }

        public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) => _core.OnCompleted(continuation, state, token, flags);

        // Which use is open, and 0 for none: a deadline of an earlier use finds another number and does nothing.
        private static int OpenFor(short version) => 1 << 16 | (ushort)version;

        private void Settle(short version, bool inTime)
        {
            if (Interlocked.CompareExchange(ref _open, 0, OpenFor(version)) == OpenFor(version))
                _core.SetResult(inTime);
        }
    }
}
