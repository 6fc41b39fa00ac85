namespace HotShelf.CacheConsole.Data;

/// <summary>
/// Something that pages show live: asked for while somebody looks at it, once for all who look, and kept for whoever looks next, so that a page is
/// drawn with data at once. Nobody looking costs nothing.
/// </summary>
internal sealed class Live<T> : ILive
    where T : class
{
    /// <summary>Leaving a page and coming back soon must not start from nothing.</summary>
    private static readonly TimeSpan s_linger = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    private readonly Func<CancellationToken, ValueTask<T>> _read;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly List<Action> _watchers = [];
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isRunning;
    private volatile Snapshot<T> _current = Snapshot<T>.Nothing;

    public Live(TimeSpan interval, TimeProvider time, Func<CancellationToken, ValueTask<T>> read) => (_interval, _time, _read) = (interval, time, read);

    public Snapshot<T> Current => _current;

    /// <summary>Calls <paramref name="changed"/> after each reading, until the result is disposed.</summary>
    public IDisposable Watch(Action changed)
    {
        lock (_lock)
        {
            _watchers.Add(changed);
            if (!_isRunning)
            {
                _isRunning = true;
                _ = Task.Run(RunAsync);
            }
        }

        return new Watcher(this, changed);
    }

    /// <summary>Waits for the first reading, whether it succeeds or not, but no longer than <paramref name="limit"/>.</summary>
    public async Task FirstAsync(TimeSpan limit) => await _arrived.Task.WaitAsync(limit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>Reads again at once: something was just changed.</summary>
    public void Refresh() => Volatile.Read(ref _wanted).TrySetResult();

    private async Task RunAsync()
    {
        var unwatchedSince = _time.GetTimestamp();
        while (true)
        {
            var wanted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _wanted, wanted);
            await ReadAsync();
            Action[] watchers;
            lock (_lock)
            {
                watchers = [.. _watchers];
                if (watchers.Length > 0)
                {
                    unwatchedSince = _time.GetTimestamp();
                }
                else if (_time.GetElapsedTime(unwatchedSince) > s_linger)
                {
                    // What is shown to the next one must not be this old.
                    _isRunning = false;
                    _current = Snapshot<T>.Nothing;
                    _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    return;
                }
            }

            foreach (var changed in watchers)
                changed();
            await Task.WhenAny(Task.Delay(_interval, _time), wanted.Task);
        }
    }

    private async Task ReadAsync()
    {
        using var limit = new CancellationTokenSource(s_limit, _time);
        try
        {
            _current = new Snapshot<T>(await _read(limit.Token).AsTask().WaitAsync(limit.Token), _time.GetUtcNow(), null);
        }
        catch (Exception exception)
        {
            // Whatever it is, the page says so beside what it knew before.
            var problem = exception is OperationCanceledException ? $"no answer within {s_limit.TotalSeconds:0} seconds" : exception.Message;
            _current = _current with { Problem = problem };
        }

        _arrived.TrySetResult();
    }

    private sealed class Watcher(Live<T> live, Action changed) : IDisposable
    {
        public void Dispose()
        {
            lock (live._lock)
                live._watchers.Remove(changed);
        }
    }
}

/// <summary>What a page needs of a <see cref="Live{T}"/> to follow it.</summary>
internal interface ILive
{
    IDisposable Watch(Action changed);

    Task FirstAsync(TimeSpan limit);
}

/// <summary>The latest reading.</summary>
/// <param name="Value">What was read last; null before the first.</param>
/// <param name="At">When.</param>
/// <param name="Problem">Why the latest attempt failed; null when it did not. Then <paramref name="Value"/> is from before.</param>
public sealed record Snapshot<T>(T? Value, DateTimeOffset? At, string? Problem)
    where T : class
{
    internal static Snapshot<T> Nothing { get; } = new(null, null, null);
}
