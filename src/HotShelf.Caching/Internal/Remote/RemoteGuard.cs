using System.Runtime.CompilerServices;
using HotShelf.Caching.Internal.Telemetry;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Internal.Remote;

/// <param name="Succeeded">False when Redis failed, was too slow, or is being left alone.</param>
/// <param name="Value">The answer.</param>
internal readonly record struct RemoteAnswer<T>(bool Succeeded, T? Value);

/// <summary>Every use of L2 goes through here: it is given up after a time, it never throws, and the circuit decides whether to ask at all.</summary>
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

    /// <summary>Told when the circuit opened (true) or closed again; null when nobody wants to know.</summary>
    public Action<bool>? CircuitChanged { get; set; }

    public bool IsClosed => Circuit.IsClosed;

    public IRemoteStore Store => _store;

    /// <summary>Runs one operation, unless the circuit is open.</summary>
    /// <param name="argument">What the operation is about.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="onUnanswered">
    /// Called when the operation was begun and no answer came: it may have been done all the same. Called once more, with true, when it ends after it timed out.
    /// </param>
    /// <param name="evenIfOpen">True to ask whatever the circuit says.</param>
    public ValueTask<RemoteAnswer<TResult>> RunAsync<TArgument, TResult>(
        TArgument argument, Func<IRemoteStore, TArgument, Task<TResult>> operation, Action<TArgument, bool>? onUnanswered = null, bool evenIfOpen = false) =>
        evenIfOpen || Circuit.IsClosed ? GuardAsync<Call<TArgument, TResult>, TResult>(new(argument, operation, onUnanswered)) : default;

    /// <summary>Reads one key, unless the circuit is open.</summary>
    public ValueTask<RemoteAnswer<byte[]>> GetAsync(RemoteKey key) => Circuit.IsClosed ? GuardAsync<Get, byte[]>(new(key)) : default;

    /// <summary>As above, for an operation without an answer.</summary>
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
    private async ValueTask<RemoteAnswer<TResult>> GuardAsync<TCall, TResult>(TCall call)
        where TCall : struct, IGuardedCall<TResult>
    {
        try
        {
#pragma warning disable CA2012 // Its result is taken once; the deadline only waits for its end.
            var running = call.Begin(_store);
#pragma warning restore CA2012
            if (!running.IsCompleted && !await _deadlines.EndsInTimeAsync(running).ConfigureAwait(false))
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
            // The policy of the whole cache: whatever Redis does, the caller goes on without it.
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
        if (!Circuit.Failed())
            return;
        Log.CircuitOpened(_logger, _options.BreakerThreshold, exception);
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

    /// <summary>One operation, from its beginning to its being given up.</summary>
    private interface IGuardedCall<TResult>
    {
        ValueTask<TResult?> Begin(IRemoteStore store);

        /// <summary>It timed out and may still end.</summary>
        void Abandon();

        /// <summary>It failed or timed out.</summary>
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
                // Observed, so that it is not reported as unobserved.
                _ = ended.Exception;
                late?.Invoke(about, true);
            }, CancellationToken.None, late is null ? TaskContinuationOptions.OnlyOnFaulted : TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <summary>The one operation on the way of every L2 hit: no task is made for it, so none can fail unobserved.</summary>
    private readonly struct Get(RemoteKey key) : IGuardedCall<byte[]>
    {
        public ValueTask<byte[]?> Begin(IRemoteStore store) => store.GetAsync(key);

        public void Abandon()
        {
        }

        public void Unanswered()
        {
        }
    }
}
