using System.Buffers;
using System.Runtime.CompilerServices;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Telemetry;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Internal.Remote;

/// <param name="Succeeded">False when Redis failed, timed out, or the circuit is open.</param>
/// <param name="Value">The answer.</param>
internal readonly record struct RemoteAnswer<T>(bool Succeeded, T? Value);

/// <summary>All operations on L2 run here: with a time limit, without exceptions, and only while the circuit permits.</summary>
internal sealed class RemoteGuard : IAsyncDisposable
{
    private readonly IRemoteStore _store;
    private readonly HotShelfCachingOptions _options;
    private readonly CacheClock _clock;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<ValueTask> _onRecovered;
    private readonly Deadlines _deadlines;

    public RemoteGuard(IRemoteStore store, HotShelfCachingOptions options, CacheClock clock, ILogger logger, Func<ValueTask> onRecovered)
    {
        _store = store;
        _options = options;
        _clock = clock;
        _logger = logger;
        _onRecovered = onRecovered;
        Circuit = new Circuit(options.BreakerThreshold);
        _deadlines = new Deadlines(options.RemoteTimeout, clock);
    }

    public Circuit Circuit { get; }

    /// <summary>Called when the circuit opens (true) or closes; may be null.</summary>
    public Action<bool>? CircuitChanged { get; set; }

    public bool IsClosed => Circuit.IsClosed;

    public IRemoteStore Store => _store;

    /// <summary>Runs one operation, unless the circuit is open.</summary>
    /// <param name="argument">Passed to the operation.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="onUnanswered">
    /// Called when a started operation failed or timed out: the server may still have executed it. Called again, with true, when it completes after a time-out.
    /// </param>
    /// <param name="evenIfOpen">True to ignore the circuit.</param>
    /// <param name="until">The operation is not started from then on, and given up then at the latest; steady milliseconds.</param>
    public ValueTask<RemoteAnswer<TResult>> RunAsync<TArgument, TResult>(
        TArgument argument, Func<IRemoteStore, TArgument, Task<TResult>> operation, Action<TArgument, bool>? onUnanswered = null, bool evenIfOpen = false, long until = CacheClock.Never) =>
        (evenIfOpen || Circuit.IsClosed) && _clock.Now < until ? GuardAsync<Call<TArgument, TResult>, TResult>(new(argument, operation, onUnanswered), until) : default;

    /// <summary>Reads one key, unless the circuit is open. The caller disposes the frame.</summary>
    public ValueTask<RemoteAnswer<IMemoryOwner<byte>>> GetAsync(RemoteKey key, long until) =>
        Circuit.IsClosed && _clock.Now < until ? GuardAsync<Get, IMemoryOwner<byte>>(new(key), until) : default;

    /// <summary>Stores one frame without a lease, and returns its buffer to the pool when Redis has answered.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> SetAsync(StoreRequest request)
    {
        var answer = await RunAsync(request, static (store, request) => store.SetAsync(request)).ConfigureAwait(false);
        if (answer.Succeeded)
            BufferPool.Return(request.Frame);
        return answer.Succeeded;
    }

    /// <summary>Waits for work that may use several operations: for the time of one, and not longer than until <paramref name="until"/>. False when it goes on.</summary>
    public ValueTask<bool> EndsInTimeAsync<T>(in ValueTask<T> work, long until) => _clock.Now < until ? _deadlines.EndsInTimeAsync(work, until) : new(work.IsCompleted);

    /// <summary>Runs an operation without a result.</summary>
    public async ValueTask<bool> RunAsync<TArgument>(TArgument argument, Func<IRemoteStore, TArgument, Task> operation, bool evenIfOpen = false)
    {
        var answer = await RunAsync((argument, operation), static async (store, call) =>
        {
            await call.operation(store, call.argument).ConfigureAwait(false);
            return true;
        }, evenIfOpen: evenIfOpen).ConfigureAwait(false);
        return answer.Succeeded;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<RemoteAnswer<TResult>> GuardAsync<TCall, TResult>(TCall call, long until)
        where TCall : struct, IGuardedCall<TResult>
    {
        try
        {
#pragma warning disable CA2012 // The result is consumed once; the deadline only waits for its completion.
            var running = call.Begin(_store);
#pragma warning restore CA2012
            if (!running.IsCompleted && !await _deadlines.EndsInTimeAsync(running, until).ConfigureAwait(false))
            {
                call.Abandon();
                throw new TimeoutException($"Redis did not answer within {_options.RemoteTimeout}.");
            }

            var result = await running.ConfigureAwait(false);
            Circuit.Succeeded();
            return new(true, result);
        }
        catch (Exception exception)
        {
            // Policy: failures of Redis never fail the caller, which continues without Redis.
            Report(exception);
            call.Unanswered();
            return default;
        }
    }

    private void Report(Exception exception)
    {
        if (_stopping.IsCancellationRequested)
            return;
        Log.RemoteOperationFailed(_logger, exception.GetType().Name);
        // Other commands are answered: the circuit stays closed.
        if (_store.IsRefusal(exception) || !Circuit.Failed())
            return;
        Log.CircuitOpened(_logger, _options.BreakerThreshold, _store.ReasonOf(exception));
        CircuitChanged?.Invoke(true);
        _ = ProbeUntilBackAsync();
    }

    private async Task ProbeUntilBackAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(_options.BreakerDuration, _clock.Provider, _stopping.Token).ConfigureAwait(false);
                Circuit.BeginProbe();
                var isBack = await AnswersAsync().ConfigureAwait(false);
                Circuit.EndProbe(isBack);
                if (isBack)
                    break;
            }

            Log.CircuitClosed(_logger);
            CircuitChanged?.Invoke(false);
            await _onRecovered().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The cache is being disposed.
        }
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await _store.PingAsync().WaitAsync(_options.RemoteTimeout, _clock.Provider, _stopping.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !_stopping.IsCancellationRequested)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _store.DisposeAsync().ConfigureAwait(false);
        _deadlines.Dispose();
        _stopping.Dispose();
    }

    /// <summary>One operation, from its start to its completion or time-out.</summary>
    private interface IGuardedCall<TResult>
    {
        ValueTask<TResult?> Begin(IRemoteStore store);

        /// <summary>The operation timed out and may still complete.</summary>
        void Abandon();

        /// <summary>The operation failed or timed out.</summary>
        void Unanswered();
    }

    private struct Call<TArgument, TResult>(TArgument argument, Func<IRemoteStore, TArgument, Task<TResult>> operation, Action<TArgument, bool>? onUnanswered) : IGuardedCall<TResult>
    {
        private Task<TResult>? _running;

        public ValueTask<TResult?> Begin(IRemoteStore store) => new((_running = operation(store, argument))!);

        public readonly void Unanswered() => onUnanswered?.Invoke(argument, false);

        public readonly void Abandon()
        {
            var (about, late) = (argument, onUnanswered);
            _running!.ContinueWith(ended =>
            {
                // Timed out; observe the exception so it is not reported as unobserved.
                _ = ended.Exception;
                late?.Invoke(about, true);
            }, CancellationToken.None, late is null ? TaskContinuationOptions.OnlyOnFaulted : TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <summary>The read of a single key, which every L2 hit runs. It creates no task, so none can fail unobserved. A frame that arrives after the time-out is left to the garbage collector.</summary>
    private readonly struct Get(RemoteKey key) : IGuardedCall<IMemoryOwner<byte>>
    {
        public ValueTask<IMemoryOwner<byte>?> Begin(IRemoteStore store) => store.GetAsync(key);

        public void Abandon()
        {
        }

        public void Unanswered()
        {
        }
    }
}
