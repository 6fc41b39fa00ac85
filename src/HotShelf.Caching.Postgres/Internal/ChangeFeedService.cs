using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>Consumes the slot, or waits until it is free: the slot has one consumer, so workers need no leader of their own.</summary>
internal sealed class ChangeFeedService(ChangeFeedParts parts, TimeProvider time, ILogger<ChangeFeedService> logger) : BackgroundService
{
    private static readonly TimeSpan s_standbyDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_setupDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_lockDelay = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_firstDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromMilliseconds(250);

    // Errors from the same position that trying again does not end.
    private const int DecodingAttempts = 5;

    // Of WAL that a server that crashed would have to read again.
    private const long LongestRepeat = 16 << 20;

    private readonly FeedState _state = parts.State;
    private TimeSpan _delay = s_firstDelay;
    private int _lastProcess;
    private bool _hasReplacedSlot;
    private (NpgsqlLogSequenceNumber At, int Failures) _undecodable;
    private NpgsqlLogSequenceNumber _lastRecord;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            if (parts.Start is { } start)
                await start(stoppingToken).ConfigureAwait(false);
            await Task.WhenAll(FollowAsync(stoppingToken), MonitorAsync(stoppingToken)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop.
        }

        Log.Stopped(logger);
    }

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(await TryAsync(stoppingToken).ConfigureAwait(false), time, stoppingToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (stoppingToken.IsCancellationRequested && failure is not OperationCanceledException)
            {
                // A connection that was cut while stopping.
            }
        }
    }

    /// <summary>Consumes the slot until something fails; returns how long to wait before the next attempt.</summary>
    private async Task<TimeSpan> TryAsync(CancellationToken stoppingToken)
    {
        try
        {
            if (_state.Phase == FeedPhase.StandingBy && await parts.Database.ReadSlotAsync(stoppingToken).ConfigureAwait(false) is { Figures.IsActive: true, IsLost: false })
                return s_standbyDelay;
            var (tables, slot) = await parts.Setup.PrepareAsync(stoppingToken).ConfigureAwait(false);
            if (slot.Figures.IsActive && slot.ActiveProcess == _lastProcess)
            {
                // What depends on a slot that is free, such as removing families, is done when it is.
                await parts.Database.TerminateAsync(_lastProcess, stoppingToken).ConfigureAwait(false);
                return s_firstDelay;
            }

            if (slot.Figures.IsActive)
                return StandBy();
            var session = parts.CreateSession(tables, slot);
            try
            {
                await RunAsync(session, stoppingToken).ConfigureAwait(false);
            }
            catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.UndefinedObject && !_hasReplacedSlot)
            {
                // Only once until a slot can be read: replacing it removes all families.
                _hasReplacedSlot = true;
                Log.SlotBeforePublication(logger, parts.Database.Slot, failure.MessageText);
                parts.Setup.MustReplace(slot, "publication");
            }
            catch (PostgresException failure) when (IsUndecodable(failure) && CountUndecodable(slot) == DecodingAttempts)
            {
                Log.SlotUndecodable(logger, parts.Database.Slot, slot.Confirmed.ToString(), failure.MessageText);
                parts.Setup.MustReplace(slot, "undecodable");
            }
            catch (OtherHistoryException failure)
            {
                Log.Disconnected(logger, failure.Message, null);
                await parts.Reset.RemoveAllAsync("restored", stoppingToken).ConfigureAwait(false);
            }
            finally
            {
                _lastProcess = session.ProcessId;
            }

            return s_firstDelay;
        }
        catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.ObjectInUse)
        {
            return StandBy();
        }
        catch (PostgresException failure) when (failure.SqlState is PostgresErrorCodes.DuplicateObject or PostgresErrorCodes.UniqueViolation && _delay == s_firstDelay)
        {
            // Another worker has made the same at the same moment. That happens once; what happens again is reported.
            _delay *= 2;
            return s_firstDelay;
        }
        catch (ChangeFeedSetupException failure)
        {
            return Misconfigured(failure.Message, IsForLock(failure) ? s_lockDelay : s_setupDelay);
        }
        catch (PostgresException failure) when (SetupFailure.Describe(failure, parts.Catalog.User) is { } problem)
        {
            return Misconfigured(problem, s_setupDelay);
        }
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
        {
            // Whatever it is, the slot keeps the changes, and the next attempt gets them again.
            if (Fail(FeedPhase.Disconnected, failure.Message).Phase != FeedPhase.Disconnected)
                Log.Disconnected(logger, failure.Message, failure is NpgsqlException or TimeoutException or IOException or SocketException or OperationCanceledException ? null : failure);
            parts.Metrics.Failed("postgres");
            var delay = _delay;
            _delay = delay * 2 < s_longestDelay ? delay * 2 : s_longestDelay;
            return delay;
        }
    }

    /// <summary>Whether a table was in use. Waiting for it holds its other users up for a moment, so that is not tried often.</summary>
    private static bool IsForLock(ChangeFeedSetupException failure) => failure.InnerException is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable };

    /// <summary>Whether the server fails over what it reads: invalid data, a limit of its own, or an internal error.</summary>
    private static bool IsUndecodable(PostgresException failure) => failure.SqlState[..2] is "22" or "54" or "XX";

    private int CountUndecodable(SlotRow slot)
    {
        _undecodable = (slot.Confirmed, _undecodable.At == slot.Confirmed ? _undecodable.Failures + 1 : 1);
        return _undecodable.Failures;
    }

    /// <summary>Runs the session until it is stopped, fails, or lacks what <see cref="FeedSetup"/> has to repair.</summary>
    private async Task RunAsync(FeedSession session, CancellationToken stoppingToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var running = session.RunAsync(ended.Token);
        var watching = WatchAsync(ended.Token);
        await Task.WhenAny(running, watching).ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await running.ConfigureAwait(false);
        }
        finally
        {
            if (_state.Phase == FeedPhase.Consuming)
                (_delay, _hasReplacedSlot, _state.Phase) = (s_firstDelay, false, FeedPhase.Starting);
        }
    }

    /// <summary>Returns when something that the session needs has gone.</summary>
    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        _state.IdentityProblem = null;
        using var timer = new PeriodicTimer(parts.Options.Heartbeat, time);
        do
        {
            try
            {
                if (!await parts.Setup.IsInPlaceAsync(cancellationToken).ConfigureAwait(false))
                    return;
                _state.IdentityProblem = null;
            }
            catch (ChangeFeedSetupException failure)
            {
                var before = _state.IdentityProblem;
                _state.IdentityProblem = failure.Message;
                if (before != failure.Message)
                    Log.IdentityMissing(logger, failure.Message);
                if (IsForLock(failure))
                    await Task.Delay(s_lockDelay, time, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                // The session reports a database that is away.
                Log.MonitorFailed(logger, failure.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
    }

    private TimeSpan StandBy()
    {
        var before = _state.Phase;
        (_state.Phase, _state.Problem) = (FeedPhase.StandingBy, null);
        if (before != FeedPhase.StandingBy)
            Log.StandingBy(logger, parts.Database.Slot);
        if (before != FeedPhase.StandingBy && !parts.SharesCache)
            Log.CacheMissesChanges(logger, parts.Database.Slot);
        // What the consumer writes down counts then: it may have emptied the cache because the server came back from a backup.
        if (parts.SharesCache)
            _state.LastSent = null;
        _state.SetCaughtUp();
        _delay = s_firstDelay;
        return s_standbyDelay;
    }

    private TimeSpan Misconfigured(string problem, TimeSpan delay)
    {
        if (Fail(FeedPhase.Misconfigured, problem).Problem != problem)
            Log.Misconfigured(logger, problem);
        parts.Metrics.Failed("setup");
        return delay;
    }

    /// <summary>Sets why the feed does not consume, before it is said anywhere, and the text before the phase that shows it; returns what was set before.</summary>
    private (FeedPhase Phase, string? Problem) Fail(FeedPhase phase, string problem)
    {
        var before = (_state.Phase, _state.Problem);
        _state.Problem = problem;
        _state.Phase = phase;
        return before;
    }

    private async Task MonitorAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(parts.Options.Heartbeat, time);
        do
        {
            try
            {
                var slot = await parts.Database.ReadSlotAsync(stoppingToken).ConfigureAwait(false);
                _state.Slot = slot?.Figures;
                if (_state.Phase == FeedPhase.Consuming)
                {
                    await parts.Database.SendHeartbeatAsync(_state.HeartbeatSent(), stoppingToken).ConfigureAwait(false);
                    if (slot is not null)
                        await ShortenRepeatAsync(slot, stoppingToken).ConfigureAwait(false);
                }
            }
            catch (Exception failure) when (failure is NpgsqlException or TimeoutException or IOException or SocketException)
            {
                // The loop that consumes reports a database that is away.
                Log.MonitorFailed(logger, failure.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    /// <summary>Moves the position from which a server that crashes reads its WAL again; the slot gets there with the next heartbeats.</summary>
    private async Task ShortenRepeatAsync(SlotRow slot, CancellationToken cancellationToken)
    {
        if (slot.Figures.RetainedBytes < LongestRepeat || (slot.End > _lastRecord && slot.End - _lastRecord < LongestRepeat))
            return;
        _lastRecord = slot.End;
        await parts.Database.LogRunningTransactionsAsync(cancellationToken).ConfigureAwait(false);
    }
}
