using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Data;

/// <summary>What happened in the fleet lately, the newest last: bounded to the latest <see cref="Bound"/> events.</summary>
internal sealed class EventFeed(ICacheFleet fleet, TimeProvider time, ILogger<EventFeed> logger) : BackgroundService, ILive
{
    public const int Bound = 2_000;

    /// <summary>A burst of events draws a page a few times a second, not once for each.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly Queue<CacheEvent> _events = new(Bound);
    private readonly List<Action> _watchers = [];
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? _timer;
    private bool _isDue;

    /// <summary>Events that were seen since the console started, those that have left the bound included.</summary>
    public long Seen { get; private set; }

    /// <summary>Why there are none, or no new ones; null while they come.</summary>
    public string? Problem { get; private set; }

    public IReadOnlyList<CacheEvent> Snapshot()
    {
        lock (_lock)
            return [.. _events];
    }

    /// <summary>Those that came after <see cref="Seen"/> was <paramref name="mark"/>, as far as they are kept; free of anybody's clock.</summary>
    public IReadOnlyList<CacheEvent> Since(long mark)
    {
        lock (_lock)
            return [.. _events.Skip((int)Math.Max(0, _events.Count - (Seen - mark)))];
    }

    public IDisposable Watch(Action changed)
    {
        lock (_lock)
            _watchers.Add(changed);
        return new Watcher(this, changed);
    }

    public async Task FirstAsync(TimeSpan limit) => await _arrived.Task.WaitAsync(limit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _timer = time.CreateTimer(_ => Tell(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var one in fleet.WatchAsync(stoppingToken))
                    Add(one);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // It goes on through outages by itself; whatever ended it must not end the feed.
                Problem = exception.Message;
                Log.EventsInterrupted(logger, exception);
                await Task.Delay(TimeSpan.FromSeconds(2), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Add(CacheEvent one)
    {
        lock (_lock)
        {
            Problem = null;
            if (_events.Count == Bound)
                _events.Dequeue();
            _events.Enqueue(one);
            Seen++;
            if (!_isDue)
            {
                _isDue = true;
                _timer!.Change(s_pause, Timeout.InfiniteTimeSpan);
            }
        }

        _arrived.TrySetResult();
    }

    private void Tell()
    {
        Action[] watchers;
        lock (_lock)
        {
            _isDue = false;
            watchers = [.. _watchers];
        }

        foreach (var changed in watchers)
            changed();
    }

    public override void Dispose()
    {
        _timer?.Dispose();
        base.Dispose();
    }

    private sealed class Watcher(EventFeed feed, Action changed) : IDisposable
    {
        public void Dispose()
        {
            lock (feed._lock)
                feed._watchers.Remove(changed);
        }
    }
}
