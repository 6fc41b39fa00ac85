using Microsoft.Extensions.Logging;
using Npgsql;
using Npgsql.Replication;
using Npgsql.Replication.PgOutput;
using StackExchange.Redis;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>
/// One connection to the slot. One loop reads: it merges committed transactions into <see cref="PendingChanges"/>. Another one sends: it takes all that is pending, waits until it is visible,
/// sends it to the cache, and lets the slot advance after Redis has confirmed. A session that ends leaves what it has not confirmed to the next one, which gets it again.
/// The server sends large transactions before they end ("streaming"), so that little remains to be read after the commit.
/// </summary>
internal sealed class FeedSession(
    FeedDatabase database, TransactionReader transactions, SlotRow slot, CacheSender sender, LiveVersions versions, FeedReset reset, IEnumerable<IChangeFeedObserver> observers, FeedState state,
    Escalations escalations, FeedMetrics metrics, TimeProvider time, ILogger logger)
{
    // Messages that are read before transactions that wait are sent, although more are there already.
    private const int LargestBatch = 1_000;

    // Writers are busy when this many messages come within a window; a transaction of one row has three. Reading then pauses for a window, so that many messages share what it costs to wake up, and
    // many changes what a batch costs.
    private const int BusyFrom = 30;
    private static readonly TimeSpan s_window = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan s_statusInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_receiverTimeout = TimeSpan.FromSeconds(15);

    // A mapping may fail for a moment, such as by a deadlock.
    private const int MappingAttempts = 3;

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _arrived = new(0, 1);
    private PendingChanges _pending = new();

    // The commit that has to come first.
    private CommitRecord? _expected;

    // Redis has said whether another worker has sent more.
    private bool _knowsLastSent;

    // Messages since the oldest transaction for which the sending loop was not woken; 0 when there is none.
    private int _unsignaled;

    // Messages since the window began.
    private int _received;
    private long _windowStart;

    /// <summary>The server's process of this session.</summary>
    public int ProcessId { get; private set; }

    /// <summary>Runs until it is stopped, or fails.</summary>
    /// <exception cref="OtherHistoryException">The server's WAL is not the one that the last session read.</exception>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        await using var queries = await database.Source.OpenConnectionAsync(stoppingToken).ConfigureAwait(false);
        await using var replication = new LogicalReplicationConnection(database.ReplicationConnectionString)
        {
            WalReceiverStatusInterval = s_statusInterval,
            WalReceiverTimeout = s_receiverTimeout,
        };
        await replication.Open(stoppingToken).ConfigureAwait(false);
        ProcessId = replication.ProcessID;
        state.Oldest = 0;
        // What has not come back may not have been written.
        state.HeartbeatReturned(long.MaxValue);
        // The first that comes, which shows that the slot is ours.
        await database.SendHeartbeatAsync(state.HeartbeatSent(), stoppingToken).ConfigureAwait(false);
        using var ended = new CancellationTokenSource();
        try
        {
            await LearnLastSentAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            // Reading need not wait for Redis: it is asked again before anything is sent.
        }

        _expected = await FindStartAsync(replication, stoppingToken).ConfigureAwait(false);
        // Sending first: reading does not return here as long as more has arrived.
        var sending = SendAsync(replication, queries, stoppingToken, ended.Token);
        var reading = ReadAsync(replication, ended.Token);
        if (await Task.WhenAny(reading, sending).ConfigureAwait(false) == sending && sending.IsCompletedSuccessfully && state.Phase == FeedPhase.Consuming)
        {
            await replication.SendStatusUpdate(CancellationToken.None).ConfigureAwait(false);
            if (_knowsLastSent && state.LastSent is { } last)
                await versions.WriteSentAsync(last).ConfigureAwait(false);
        }

        await ended.CancelAsync().ConfigureAwait(false);
        try
        {
            await Task.WhenAll(reading, sending).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested && !(reading.IsFaulted || sending.IsFaulted))
        {
            // Stopped.
        }
    }

    /// <summary>Another worker may have consumed the slot since.</summary>
    private async Task LearnLastSentAsync()
    {
        if (await versions.ReadSentAsync().ConfigureAwait(false) is { } sent && (state.LastSent is not { } own || sent.Position > own.Position))
            state.LastSent = sent;
        _knowsLastSent = true;
    }

    /// <summary>Before the first batch is sent: whether reading began where it should.</summary>
    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        await sender.RetryAsync(versions.BeginAsync, cancellationToken).ConfigureAwait(false);
        if (_knowsLastSent)
            return;
        var known = state.LastSent;
        await sender.RetryAsync(LearnLastSentAsync, cancellationToken).ConfigureAwait(false);
        if (state.LastSent is { } last && last != known && slot.Confirmed <= last.Position)
            throw new NpgsqlException($"Redis answers again, and knows that {last.Position} was sent: the next connection begins there");
    }

    /// <summary>
    /// The last commit that was sent to the cache, to start with it, when the slot's position is before it. That happens after a crash of the server, which writes the position to its disk only about
    /// every 15 seconds: all transactions since then would come again. Null: start with what the slot has not confirmed.
    /// </summary>
    private async Task<CommitRecord?> FindStartAsync(LogicalReplicationConnection replication, CancellationToken cancellationToken)
    {
        if (state.LastSent is not { } last || slot.Confirmed > last.Position)
            return null;
        // A server that was restored from a backup would send nothing until its WAL is as long as that of before.
        var server = await replication.IdentifySystem(cancellationToken).ConfigureAwait(false);
        return server.XLogPos >= last.End ? last : throw OtherHistory(last);
    }

    private async Task ReadAsync(LogicalReplicationConnection replication, CancellationToken cancellationToken)
    {
        var settings = new PgOutputReplicationOptions(database.Publication, PgOutputProtocolVersion.V2, streamingMode: PgOutputStreamingMode.On, messages: true);
        // Npgsql does not quote the name, which may begin with a digit.
        await using var messages = replication.StartReplication(new PgOutputReplicationSlot($"\"{database.Slot}\""), settings, cancellationToken, _expected?.Position).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            var next = messages.MoveNextAsync();
            if (_unsignaled > 0 && (!next.IsCompleted || ++_unsignaled > LargestBatch))
                Signal();
            // The server sends every message by itself. While writers are busy, waking up for each of them costs both sides more than the message.
            // A pause that is cancelled does not throw: the message that is awaited ends the loop. Npgsql's iterator must not be disposed while it runs; it would end twice, and the process with it.
            if (!next.IsCompleted && EndWindow())
                await Task.Delay(s_window, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!await next.ConfigureAwait(false))
                return;
            _received++;
            if (await transactions.ReadAsync(messages.Current, cancellationToken).ConfigureAwait(false) is { } received)
                Commit(received);
        }
    }

    /// <exception cref="OtherHistoryException">The server's WAL is not the one that the session was to continue.</exception>
    private void Commit(Received received)
    {
        var (transaction, commit, age) = received;
        if (_expected is { } expected && expected != commit)
            throw OtherHistory(expected);
        _expected = null;
        var committed = time.GetTimestamp() - (long)(Math.Max(0, age.TotalSeconds) * time.TimestampFrequency);
        foreach (var changes in transaction.Tables.Values)
        {
            changes.Mapping.Counts.Add(changes.Counts);
            if (changes.EscalatedBy is { } reason)
                escalations.Report(changes.Mapping, reason, commit.End.ToString());
        }

        lock (_lock)
        {
            _pending.Add(transaction, commit, committed, table => escalations.Report(table, "limit", commit.End.ToString()));
            if (state.Oldest == 0)
                state.Oldest = committed;
        }

        _unsignaled = Math.Max(_unsignaled, 1);
        if (state.Phase != FeedPhase.Consuming)
        {
            state.Phase = FeedPhase.Consuming;
            state.Problem = null;
            Log.Connected(logger, database.Slot);
        }
    }

    private static OtherHistoryException OtherHistory(CommitRecord last) => new($"The server does not have the transaction at {last.Position} that was sent to the cache last");

    private void Signal()
    {
        _unsignaled = 0;
        lock (_lock)
        {
            if (_arrived.CurrentCount == 0)
                _arrived.Release();
        }
    }

    /// <summary>Ends the window when its time is over or enough has come; true when writers are busy.</summary>
    private bool EndWindow()
    {
        var length = time.GetElapsedTime(_windowStart);
        if (length < s_window && _received < BusyFrom)
            return false;
        var isBusy = length < 2 * s_window && _received >= BusyFrom;
        (_received, _windowStart) = (0, time.GetTimestamp());
        return isBusy;
    }

    /// <param name="replication">The connection.</param>
    /// <param name="queries">For queries about the transactions.</param>
    /// <param name="stoppingToken">Ends it after the batch in hand.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private async Task SendAsync(LogicalReplicationConnection replication, NpgsqlConnection queries, CancellationToken stoppingToken, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, cancellationToken);
        var visibility = new Visibility(queries, time);
        var hasBegun = false;
        while (true)
        {
            try
            {
                if (versions.NextLook == TimeSpan.Zero && hasBegun)
                    await LookAsync().ConfigureAwait(false);
                if (!await _arrived.WaitAsync(hasBegun ? versions.NextLook : Timeout.InfiniteTimeSpan, stop.Token).ConfigureAwait(false))
                    continue;

                // What has arrived shows that the slot is ours.
                if (!hasBegun)
                    await BeginAsync(stop.Token).ConfigureAwait(false);
                hasBegun = true;
            }
            catch (OperationCanceledException)
            {
                return;
            }

            // What arrives after the signal and before it is taken signals once more.
            var batch = Take();
            if (batch.IsEmpty)
                continue;
            var invalidations = await MapAsync(batch, visibility, queries, stop.Token, cancellationToken).ConfigureAwait(false);
            if (invalidations.Count > 0)
                await sender.SendAsync(invalidations, batch.Marks, stop.Token).ConfigureAwait(false);
            replication.SetReplicationStatus(batch.Last.End);
            state.LastSent = batch.Last;
            Sent(batch, invalidations);
            if (batch.Heartbeat == 0)
                continue;
            await versions.WriteSentAsync(batch.Last).ConfigureAwait(false);
            await reset.RepeatAsync(queries, stop.Token).ConfigureAwait(false);
        }
    }

    private async Task LookAsync()
    {
        try
        {
            await versions.LookAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            // The next batch reports it; a version that is found later is covered later.
        }
    }

    private PendingChanges Take()
    {
        lock (_lock)
        {
            var taken = _pending;
            _pending = new PendingChanges();
            return taken;
        }
    }

    /// <param name="batch">What to map.</param>
    /// <param name="visibility">Knows when queries see it, which may be never: a stop does not wait for that.</param>
    /// <param name="queries">For the mappings' queries.</param>
    /// <param name="stoppingToken">Ends the wait.</param>
    /// <param name="cancellationToken">Ends the mapping too.</param>
    private async Task<Invalidations> MapAsync(PendingChanges batch, Visibility visibility, NpgsqlConnection queries, CancellationToken stoppingToken, CancellationToken cancellationToken)
    {
        var all = new Invalidations();
        if (batch.Transactions.IsEmpty)
            return all;
        await visibility.WaitAsync(batch.Transactions, stoppingToken).ConfigureAwait(false);
        foreach (var changes in batch.Tables)
        {
            await MapAsync(changes, queries, batch.Last.End.ToString(), cancellationToken).ConfigureAwait(false);
            all.Add(changes.Invalidations);
        }

        return all;
    }

    private async Task MapAsync(TableChanges changes, NpgsqlConnection queries, string position, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await changes.Mapping.MapWaitingAsync(changes, queries, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                // The mapping may have left a transaction or a reader open: the pool ends both. A database that is away fails here, which is not the mapping's fault.
                await queries.CloseAsync().ConfigureAwait(false);
                await queries.OpenAsync(cancellationToken).ConfigureAwait(false);
                if (failure is NpgsqlException { IsTransient: true } && attempt < MappingAttempts)
                    continue;
                escalations.Poison(changes, "batch", failure, position);
                escalations.Report(changes.Mapping, changes.EscalatedBy!, position);
                return;
            }
        }
    }

    private void Sent(PendingChanges batch, Invalidations invalidations)
    {
        lock (_lock)
            state.Oldest = _pending.Oldest;
        metrics.Sent(batch, invalidations);
        if (batch.Heartbeat > 0)
        {
            state.HeartbeatReturned(batch.Heartbeat);
            state.SetCaughtUp();
        }

        if (invalidations.Keys.Count == 0)
            return;
        foreach (var observer in observers)
        {
            try
            {
                observer.OnInvalidated(invalidations.Keys.Keys);
            }
            catch (Exception failure)
            {
                Log.ObserverFailed(logger, failure, observer.GetType().Name);
            }
        }
    }
}

/// <summary>The server came back with another history, as after a restore or a failover: what the cache was told last has never happened there, and versions may have gone back.</summary>
internal sealed class OtherHistoryException(string message) : NpgsqlException(message);
