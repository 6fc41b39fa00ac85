using System.Buffers;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Tests.Fakes;

namespace HotShelf.Caching.Simulation;

/// <summary>What all connections share: delays, and whether the server is stopped or gone.</summary>
internal sealed class SimulatedNetwork(Timeline timeline, Random random, int haste, Mutation mutation)
{
    public Mutation Mutation => mutation;

    /// <summary>Until then the server executes nothing.</summary>
    public long StoppedUntil { get; set; }

    /// <summary>Until then each answer is late.</summary>
    public long SlowUntil { get; set; }

    /// <summary>False while the server is gone: connections are refused.</summary>
    public bool IsUp { get; set; } = true;

    /// <summary>True when no delay is long.</summary>
    public bool IsQuick { get; set; }

    /// <summary>Mostly some hundred microseconds, at times a thousand times as long.</summary>
    public long Delay() => !IsQuick && random.Next(haste > 1 ? 25 : 50) == 0 ? random.Next(1, 400) * TimeSpan.TicksPerMillisecond / haste : random.Next(500, 5_000);

    /// <summary>Of a slow server.</summary>
    public long Lateness => SlowUntil > timeline.Now ? 300 * TimeSpan.TicksPerMillisecond / haste : 0;

    public bool Chance(int oneIn) => random.Next(oneIn) == 0;
}

/// <summary>
/// A process' connection and its stream of changes. On each, order is kept; between them it is not. A connection that breaks fails what is under way, executed or not; a stream
/// that breaks loses what is under way, and the process notices later.
/// </summary>
internal sealed class SimulatedLink(SimulatedNode node, Timeline timeline, SimulatedNetwork network, FakeRemoteStore store) : InterceptingStore(store)
{
    /// <summary>Redis reports a key once a turn of its event loop.</summary>
    private const long Turn = 2_000;

    private readonly Dictionary<string, (long Executed, long Delivered)> _reported = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _reading = new(StringComparer.Ordinal);
    private Observer? _observer;
    private long _sent;
    private long _answered;
    private long _pushed;
    private int _connection;
    private int _stream;
    private bool _isStreaming = true;

    /// <summary>Requests under way fail, whether the server executes them or not.</summary>
    public void BreakConnection()
    {
        _connection++;
        node.At(timeline.Now + 1, () => _observer!.OnConnectionLost());
    }

    public void BreakStream(long noticedAfter, long backAfter)
    {
        if (!_isStreaming)
            return;
        _isStreaming = false;
        var stream = ++_stream;
        _reported.Clear();
        node.At(timeline.Now + noticedAfter, () => _observer!.Tell(CoherenceState.Lost));
        Restore(timeline.Now + Math.Max(noticedAfter, backAfter) + 1, stream);
    }

    protected override IRemoteObserver Wrap(IRemoteObserver observer) => _observer = new Observer(this, observer);

    protected override Task<bool> StoreInnerAsync(StoreRequest request)
    {
        if (network.Mutation != Mutation.StoreWithoutLease)
            return Inner.StoreAsync(request);
        Inner.SetManyAsync([request]);
        return Task.FromResult(true);
    }

    protected override Task<T> RunAsync<T>(RemoteOperation operation, string key, Func<Task<T>> call)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var connection = _connection;
        _sent = Math.Max(_sent, timeline.Now + network.Delay());
        Execute(_sent);
        if (operation == RemoteOperation.Get)
        {
            _reading[key] = _reading.GetValueOrDefault(key) + 1;
            _ = answer.Task.ContinueWith(_ => _reading[key]--, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        return answer.Task;

        void Execute(long at) => timeline.At(at, () =>
        {
            if (network.StoppedUntil > timeline.Now)
            {
                Execute(network.StoppedUntil);
                return;
            }

            // What was sent before the connection broke may still be executed.
            if (!network.IsUp || connection != _connection && network.Chance(2))
            {
                node.At(timeline.Now + 1, () => answer.TrySetException(new IOException("The connection is broken.")));
                return;
            }

            timeline.Note($"node {node.Index} {operation} {key} is executed");
            var executed = IsLost(operation) ? Task.FromResult(default(T)!) : call();
            _answered = Math.Max(_answered, timeline.Now + network.Delay() + network.Lateness);
            node.At(_answered, () =>
            {
                timeline.Note($"node {node.Index} {operation} {key} is answered{(connection != _connection ? " by an error" : $": {executed.Status} {(executed.IsCompletedSuccessfully ? Text(executed.Result) : "")}")}");
                if (connection != _connection)
                    answer.TrySetException(new IOException("The connection is broken."));
                else if (executed.IsCompletedSuccessfully)
                    answer.TrySetResult(executed.Result);
                else
                    answer.TrySetException(executed.Exception!.InnerException!);
            });
        });
    }

    private static string Text<T>(T answer) => answer is IMemoryOwner<byte> frame ? $"frame of {frame.Memory.Length}" : answer is LeaseAnswer lease ? lease.Status.ToString() : answer?.ToString() ?? "nothing";

    private bool IsLost(RemoteOperation operation) => network.Mutation switch
    {
        Mutation.ReleaseDoesNothing => operation == RemoteOperation.Release,
        Mutation.RestoreDoesNothing => operation == RemoteOperation.RestoreTags,
        _ => false,
    };

    private void Restore(long at, int stream) => node.At(at, () =>
    {
        if (stream != _stream)
            return;
        if (!network.IsUp || network.StoppedUntil > timeline.Now)
        {
            Restore(timeline.Now + 50 * TimeSpan.TicksPerMillisecond, stream);
            return;
        }

        _isStreaming = true;
        _observer!.Tell(CoherenceState.Tracking);
    });

    private void Push(string about, Action push)
    {
        if (!_isStreaming || network.Mutation == Mutation.LosesPushes && network.Chance(40))
            return;
        if (_reported.TryGetValue(about, out var last) && timeline.Now - last.Executed < Turn && last.Delivered > timeline.Now)
            return;
        var stream = _stream;
        _pushed = Math.Max(_pushed, timeline.Now + network.Delay());
        _reported[about] = (timeline.Now, _pushed);
        node.At(_pushed, () =>
        {
            if (stream != _stream)
                return;
            if (network.Mutation == Mutation.OverlooksChangesWhileReading && _reading.GetValueOrDefault(about) > 0)
                return;
            timeline.Note($"node {node.Index} hears of {about}");
            push();
        });
    }

    private sealed class Observer(SimulatedLink link, IRemoteObserver cache) : IRemoteObserver
    {
        public void Tell(CoherenceState state)
        {
            link.Note(state);
            if (link.Mutated != Mutation.HidesLoss)
                cache.OnStreamChanged(state);
        }

        public void OnKeyChanged(ReadOnlySpan<char> key)
        {
            var name = key.ToString();
            link.Push(name, () => cache.OnKeyChanged(name));
        }

        public void OnTagChanged(string name) => link.Push("tag:" + name, () => cache.OnTagChanged(name));

        public void OnEverythingChanged() => link.Push("*", cache.OnEverythingChanged);

        public void OnStreamChanged(CoherenceState state) => cache.OnStreamChanged(state);

        public void OnConnectionLost() => cache.OnConnectionLost();
    }

    private void Note(CoherenceState state) => timeline.Note($"node {node.Index} stream {state}");

    private Mutation Mutated => network.Mutation;
}
