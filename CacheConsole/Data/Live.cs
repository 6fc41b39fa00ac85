namespace HotShelf.CacheConsole.Data;

/// <summary>
/// A reading that pages show live: repeated while a page shows it, once for all pages. Without a page it stops, or goes on slowly when there is an idle
/// interval: then a page that opens during an outage shows the last reading from before, and since when there is none.
/// </summary>
internal sealed class Live<T> : ILive
    where T : class
{
    /// <summary>How old a reading may be for the next page to begin with it: leaving a page and coming back soon does not start from nothing.</summary>
    private static readonly TimeSpan s_linger = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    private readonly Func<CancellationToken, ValueTask<T>> _read;
    private readonly TimeSpan _interval;
    private readonly TimeSpan? _idle;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly List<Action> _watchers = [];
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isRunning;
    private volatile Snapshot<T> _current = Snapshot<T>.Nothing;

    /// <param name="interval">The pause between readings while a page follows.</param>
    /// <param name="time">The clock.</param>
    /// <param name="read">Reads once.</param>
    /// <param name="idle">The pause while no page follows, from <see cref="Start"/> on; null: no reading then.</param>
    public Live(TimeSpan interval, TimeProvider time, Func<CancellationToken, ValueTask<T>> read, TimeSpan? idle = null) =>
        (_interval, _time, _read, _idle) = (interval, time, read, idle);

    public Snapshot<T> Current => _current;

    /// <summary>Calls <paramref name="changed"/> after each reading, until the result is disposed.</summary>
    public IDisposable Watch(Action changed)
    {
        lock (_lock)
        {
            _watchers.Add(changed);
            Start();
            if (_idle is not null && _watchers.Count == 1)
                Refresh();
        }

        return new Watcher(this, changed);
    }

    /// <summary>Begins to read, whether a page follows or not.</summary>
    public void Start()
    {
        lock (_lock)
        {
            if (_isRunning)
                return;
            _isRunning = true;
            if (!(_time.GetUtcNow() - _current.At <= s_linger))
            {
                _current = Snapshot<T>.Nothing;
                _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            // Not in the trace of the page that came first: the readings go on for others.
            using (ExecutionContext.SuppressFlow())
                _ = Task.Run(RunAsync);
        }
    }

    /// <summary>Waits for the first reading, whether it succeeds or not, but no longer than <paramref name="limit"/>.</summary>
    public async Task FirstAsync(TimeSpan limit) => await _arrived.Task.WaitAsync(limit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>Reads again at once: something was just changed.</summary>
    public void Refresh() => Volatile.Read(ref _wanted).TrySetResult();

    private async Task RunAsync()
    {
        while (true)
        {
            var wanted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _wanted, wanted);
            await ReadAsync();
            Action[] watchers;
            lock (_lock)
                watchers = [.. _watchers];
            foreach (var changed in watchers)
                changed();
            await Task.WhenAny(Task.Delay(watchers.Length == 0 && _idle is { } idle ? idle : _interval, _time), wanted.Task);
            lock (_lock)
            {
                if (_watchers.Count == 0 && _idle is null)
                {
                    _isRunning = false;
                    return;
                }
            }
        }
    }

    private async Task ReadAsync()
    {
        using var limit = new CancellationTokenSource(s_limit, _time);
        try
        {
            _current = new Snapshot<T>(await _read(limit.Token).AsTask().WaitAsync(limit.Token), _time.GetUtcNow(), null, null);
        }
        catch (Exception exception)
        {
            // Whatever it is, the page says so beside what it knew before.
            var problem = exception is OperationCanceledException ? $"no answer within {s_limit.TotalSeconds:0} seconds" : exception.Message;
            _current = _current with { Problem = problem, FailingSince = _current.FailingSince ?? _time.GetUtcNow() };
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
/// <param name="FailingSince">When the first of the attempts that fail now failed; null when the latest did not.</param>
public sealed record Snapshot<T>(T? Value, DateTimeOffset? At, string? Problem, DateTimeOffset? FailingSince)
    where T : class
{
    internal static Snapshot<T> Nothing { get; } = new(null, null, null, null);
}
