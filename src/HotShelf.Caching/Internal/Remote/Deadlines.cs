using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;

namespace HotShelf.Caching.Internal.Remote;

/// <summary>
/// Time-outs of operations with one limit, or a shorter one. One timer checks all pending operations a few times within the limit, because a timer for each operation
/// would cost more than its other bookkeeping. Time-outs are accurate to an eighth of the limit.
/// </summary>
internal sealed class Deadlines : IDisposable
{
    // One pooled instance per processor: operations usually end where the next one begins.
    private readonly Slot[] _atHand = new Slot[Environment.ProcessorCount];
    private readonly ConcurrentQueue<Wait> _free = [];
    private readonly List<Wait> _all = [];
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

    /// <summary>True when <paramref name="operation"/> has completed in any way and can be awaited synchronously; false when it timed out.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="until">The caller waits no longer, even if the limit is longer; steady milliseconds.</param>
    public ValueTask<bool> EndsInTimeAsync<T>(in ValueTask<T> operation, long until = CacheClock.Never)
    {
        if (operation.IsCompleted)
            return new(true);
        var wait = Take();
        var result = new ValueTask<bool>(wait, wait.Version);
        wait.Begin(Math.Min(_clock.Now + _after, until));
        operation.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(wait.Ended);
        return result;
    }

    public void Dispose() => _timer.Dispose();

    private Wait Take()
    {
        if (Interlocked.Exchange(ref SlotOfThisProcessor, null) is { } wait || _free.TryDequeue(out wait))
            return wait;
        wait = new Wait(this);
        lock (_all)
            _all.Add(wait);
        return wait;
    }

    private void Return(Wait wait)
    {
        if (Interlocked.CompareExchange(ref SlotOfThisProcessor, wait, null) is not null)
            _free.Enqueue(wait);
    }

    private ref Wait? SlotOfThisProcessor => ref _atHand[Thread.GetCurrentProcessorId() % _atHand.Length].Wait;

    private void Expire()
    {
        var now = _clock.Now;
        lock (_all)
        {
            // Continue each caller on the thread pool: one that blocks must delay neither the others nor this timer. When the pool is busy the answer may have
            // been delayed as well: an operation that has completed in the meantime did not time out.
            foreach (var wait in _all)
            {
                if (wait.TryExpire(now))
                    ThreadPool.UnsafeQueueUserWorkItem(wait, preferLocal: false);
            }
        }
    }

    private void Forget(Wait wait)
    {
        lock (_all)
            _all.Remove(wait);
    }

    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Slot
    {
        public Wait? Wait;
    }

    /// <summary>One waiting caller. Reused after its operation has completed, but not after a time-out, because the operation may still complete.</summary>
    private sealed class Wait : IValueTaskSource<bool>, IThreadPoolWorkItem
    {
        private ManualResetValueTaskSourceCore<bool> _core;
        private long _due;
        private int _open;
        private int _expiring;

        public Wait(Deadlines owner)
        {
            Owner = owner;
            Ended = End;
        }

        public Deadlines Owner { get; }

        public Action Ended { get; }

        public short Version => _core.Version;

        public void Begin(long due)
        {
            _due = due;
            Volatile.Write(ref _open, OpenFor(Version));
        }

        /// <summary>True when it has timed out and must be queued to the pool.</summary>
        public bool TryExpire(long now)
        {
            // Read the use before its time: if another use begins in between, closing sees a different number and does nothing.
            var open = Volatile.Read(ref _open);
            return open != 0 && _due <= now && Interlocked.CompareExchange(ref _expiring, open, 0) == 0;
        }

        void IThreadPoolWorkItem.Execute()
        {
            if (!TryClose(Interlocked.Exchange(ref _expiring, 0)))
                return;
            Owner.Forget(this);
            _core.SetResult(false);
        }

        public bool GetResult(short token)
        {
            var inTime = _core.GetResult(token);
            if (inTime)
            {
                _core.Reset();
                Owner.Return(this);
            }

            return inTime;
        }

        public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) => _core.OnCompleted(continuation, state, token, flags);

        // The number of the open use; 0 for none.
        private static int OpenFor(short version) => 1 << 16 | (ushort)version;

        private bool TryClose(int open) => open != 0 && Interlocked.CompareExchange(ref _open, 0, open) == open;

        private void End()
        {
            if (TryClose(OpenFor(Version)))
                _core.SetResult(true);
        }
    }
}
