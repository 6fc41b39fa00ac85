using Microsoft.Extensions.Logging;
using Npgsql;
using Npgsql.Replication;
using Npgsql.Replication.PgOutput;
using Npgsql.Replication.PgOutput.Messages;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>
/// One connection to the slot. One loop reads: it merges committed transactions into <see cref="PendingChanges"/>. Another one sends: it takes all that is pending, waits until it is visible,
/// tells the cache, and lets the slot advance after Redis has confirmed. A session that ends leaves what it has not confirmed to the next one, which gets it again.
/// </summary>
internal sealed class FeedSession(
    FeedDatabase database, Dictionary<(string Schema, string Name), TableMapping> tables, PostgresChangeFeedOptions options, CacheSender sender, IEnumerable<IChangeFeedObserver> observers,
    FeedState state, FeedMetrics metrics, TimeProvider time, ILogger logger)
{
    // Transactions of a batch, and milliseconds.
    private const int BusyAbove = 4;
    private const int LongestPause = 20;

    private static readonly TimeSpan s_statusInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_receiverTimeout = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _arrived = new(0, 1);
    private readonly Dictionary<uint, (TableMapping Mapping, TableReader? Reader, Exception? Failure)> _relations = [];
    private PendingChanges _pending = new();

    // The transaction that is being received.
    private Dictionary<TableMapping, TableChanges> _transaction = [];
    private BeginMessage? _begin;
    private uint _id;
    private DateTime _committedAt;
    private bool _isHeartbeat;

    /// <summary>The server's process of this session.</summary>
    public int ProcessId { get; private set; }

    /// <summary>Runs until it is stopped, or fails.</summary>
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
        state.HeartbeatReturned();
        state.HeartbeatSent();
        // The first that comes, which shows that the slot is ours.
        await database.SendHeartbeatAsync(stoppingToken).ConfigureAwait(false);
        using var ended = new CancellationTokenSource();
        var reading = ReadAsync(replication, ended.Token);
        var sending = SendAsync(replication, new Visibility(queries, time), stoppingToken, ended.Token);
        if (await Task.WhenAny(reading, sending).ConfigureAwait(false) == sending && sending.IsCompletedSuccessfully && state.Phase == FeedPhase.Consuming)
            await replication.SendStatusUpdate(CancellationToken.None).ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        try
        {
            await Task.WhenAll(reading, sending).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested && !(reading.IsFaulted || sending.IsFaulted))
        {
            // Stopped.
        }
    }

    private async Task ReadAsync(LogicalReplicationConnection replication, CancellationToken cancellationToken)
    {
        var settings = new PgOutputReplicationOptions(database.Publication, PgOutputProtocolVersion.V1, messages: true);
        await foreach (var message in replication.StartReplication(new PgOutputReplicationSlot(database.Slot), settings, cancellationToken).ConfigureAwait(false))
        {
            switch (message)
            {
                case BeginMessage begin:
                    (_begin, _id, _committedAt, _isHeartbeat) = (begin, begin.TransactionXid, begin.TransactionCommitTimestamp, false);
                    break;
                case RelationMessage relation:
                    Describe(relation);
                    break;
                case InsertMessage insert when Changes(insert.Relation, ChangeKind.Insert) is { } to:
                    Add(to, ChangeKind.Insert, null, await ReadAsync(insert.NewRow, to.Reader!.Needed, cancellationToken).ConfigureAwait(false));
                    break;
                case FullUpdateMessage update when Changes(update.Relation, ChangeKind.Update) is { } to:
                    var before = await ReadAsync(update.OldRow, to.Reader!.Needed, cancellationToken).ConfigureAwait(false);
                    var after = await ReadAsync(update.NewRow, to.Reader.Needed, cancellationToken).ConfigureAwait(false);
                    for (var i = 0; i < after.Length; i++)
                        after[i] = ReferenceEquals(after[i], Columns.NotSent) ? before[i] : after[i];
                    Add(to, ChangeKind.Update, before, after);
                    break;
                case IndexUpdateMessage update when Changes(update.Relation, ChangeKind.Update) is { } to:
                    var key = await ReadAsync(update.Key, to.Reader!.Needed, cancellationToken).ConfigureAwait(false);
                    Add(to, ChangeKind.Update, key, await ReadAsync(update.NewRow, to.Reader.Needed, cancellationToken).ConfigureAwait(false));
                    break;
                case UpdateMessage update when Changes(update.Relation, ChangeKind.Update) is { } to:
                    Add(to, ChangeKind.Update, null, await ReadAsync(update.NewRow, to.Reader!.Needed, cancellationToken).ConfigureAwait(false));
                    break;
                case FullDeleteMessage delete when Changes(delete.Relation, ChangeKind.Delete) is { } to:
                    Add(to, ChangeKind.Delete, await ReadAsync(delete.OldRow, to.Reader!.Needed, cancellationToken).ConfigureAwait(false), null);
                    break;
                case KeyDeleteMessage delete when Changes(delete.Relation, ChangeKind.Delete) is { } to:
                    Add(to, ChangeKind.Delete, await ReadAsync(delete.Key, to.Reader!.Needed, cancellationToken).ConfigureAwait(false), null);
                    break;
                case TruncateMessage truncate:
                    foreach (var relation in truncate.Relations)
                    {
                        if (Changes(relation, null) is { } to)
                            Escalate(to.Changes, "truncate", Position);
                    }

                    break;
                case LogicalDecodingMessage told:
                    _isHeartbeat |= told.Prefix == database.HeartbeatPrefix;
                    break;
                case CommitMessage commit:
                    Commit(commit);
                    break;
            }
        }
    }

    private void Describe(RelationMessage relation)
    {
        if (!tables.TryGetValue((relation.Namespace, relation.RelationName), out var mapping))
        {
            _relations.Remove(relation.RelationId);
            return;
        }

        try
        {
            _relations[relation.RelationId] = (mapping, mapping.CreateReader(new Columns(relation.Columns.Select(column => column.ColumnName))), null);
        }
        catch (ChangeFeedSetupException failure)
        {
            // A column that the row type needs has gone while the feed runs.
            _relations[relation.RelationId] = (mapping, null, failure);
        }
    }

    /// <summary>Where to add a change of a relation; null when it is not mapped, or its families stand for it already.</summary>
    /// <param name="relation">The relation.</param>
    /// <param name="kind">What happened to a row; null for TRUNCATE.</param>
    private (TableChanges Changes, TableReader? Reader)? Changes(RelationMessage relation, ChangeKind? kind)
    {
        if (!_relations.TryGetValue(relation.RelationId, out var known))
            return null;
        if (kind is { } row)
            known.Mapping.Counts.Changed(row);
        else
            known.Mapping.Counts.Truncated();
        if (!_transaction.TryGetValue(known.Mapping, out var changes))
            _transaction.Add(known.Mapping, changes = new TableChanges(known.Mapping, options.MaximumKeys));
        if (changes.IsEscalated)
            return null;
        if (known.Reader is not null || kind is null)
            return (changes, known.Reader);
        Poison(changes, kind.Value.ToString(), known.Failure!, Position);
        return null;
    }

    private void Add((TableChanges Changes, TableReader? Reader) to, ChangeKind kind, string?[]? old, string?[]? @new)
    {
        try
        {
            to.Reader!.Add(to.Changes, kind, old, @new);
        }
        catch (Exception failure)
        {
            Poison(to.Changes, kind.ToString(), failure, Position);
            return;
        }

        if (to.Changes.IsFull)
            Escalate(to.Changes, "limit", Position);
    }

    private string? Position => _begin?.TransactionFinalLsn.ToString();

    private void Escalate(TableChanges changes, string reason, string? position)
    {
        changes.Escalate();
        Escalated(changes.Mapping, reason, position);
    }

    private void Escalated(TableMapping table, string reason, string? position)
    {
        metrics.Escalated(table, reason, position);
        if (reason == "limit")
            Log.Escalated(logger, options.MaximumKeys, table.Table);
    }

    private void Poison(TableChanges changes, string kind, Exception failure, string? position)
    {
        Log.Poison(logger, failure, changes.Mapping.Table, position ?? "", kind);
        metrics.Poisoned(changes.Mapping, failure, position);
        Escalate(changes, "poison", position);
    }

    private void Commit(CommitMessage commit)
    {
        // Both times are the server's, so its clock may differ from ours.
        var age = commit.ServerClock - _committedAt;
        var committed = time.GetTimestamp() - (long)(Math.Max(0, age.TotalSeconds) * time.TimestampFrequency);
        lock (_lock)
        {
            _pending.Add(_transaction, _id, commit.TransactionEndLsn, committed, _isHeartbeat, table => Escalated(table, "limit", Position));
            if (state.Oldest == 0)
                state.Oldest = committed;
            if (_arrived.CurrentCount == 0)
                _arrived.Release();
        }

        _transaction = [];
        if (state.Phase != FeedPhase.Consuming)
        {
            state.Phase = FeedPhase.Consuming;
            state.Problem = null;
            Log.Connected(logger, database.Slot);
        }
    }

    /// <param name="replication">The connection.</param>
    /// <param name="visibility">Waits until transactions are visible.</param>
    /// <param name="stoppingToken">Ends it after the batch in hand.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private async Task SendAsync(LogicalReplicationConnection replication, Visibility visibility, CancellationToken stoppingToken, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, cancellationToken);
        var pause = TimeSpan.Zero;
        while (true)
        {
            try
            {
                // While writers are busy a batch costs less for each change the larger it is, and what the feed does not use of the processors is theirs.
                if (pause > TimeSpan.Zero)
                    await Task.Delay(pause, time, stop.Token).ConfigureAwait(false);
                await _arrived.WaitAsync(stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            var batch = Take();
            var invalidations = await MapAsync(batch, visibility, cancellationToken).ConfigureAwait(false);
            if (invalidations.Count > 0)
                await sender.SendAsync(invalidations, stop.Token).ConfigureAwait(false);
            replication.SetReplicationStatus(batch.End);
            Sent(batch, invalidations);
            pause = batch.Transactions.Count < BusyAbove ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Min(LongestPause, batch.Transactions.Count / 4));
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

    private async Task<Invalidations> MapAsync(PendingChanges batch, Visibility visibility, CancellationToken cancellationToken)
    {
        var all = new Invalidations();
        if (batch.Transactions.Count == 0)
            return all;
        await visibility.WaitAsync(batch.Transactions, cancellationToken).ConfigureAwait(false);
        foreach (var changes in batch.Tables)
        {
            try
            {
                await changes.Mapping.MapWaitingAsync(changes, database.Source, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is not OperationCanceledException and not NpgsqlException { IsTransient: true })
            {
                Poison(changes, "batch", failure, batch.End.ToString());
            }

            all.Add(changes.Invalidations);
        }

        return all;
    }

    private void Sent(PendingChanges batch, Invalidations invalidations)
    {
        lock (_lock)
            state.Oldest = _pending.Oldest;
        metrics.Sent(batch, invalidations);
        if (batch.HasHeartbeat)
        {
            state.HeartbeatReturned();
            state.SetCaughtUp();
        }

        if (invalidations.Keys.Count == 0)
            return;
        foreach (var observer in observers)
            observer.OnInvalidated(invalidations.Keys.Keys);
    }

    private static async ValueTask<string?[]> ReadAsync(ReplicationTuple tuple, bool[] needed, CancellationToken cancellationToken)
    {
        var values = new string?[needed.Length];
        var i = 0;
        await foreach (var value in tuple.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (i < needed.Length && needed[i] && !value.IsDBNull)
                values[i] = value.IsUnchangedToastedValue ? Columns.NotSent : await value.Get<string>(cancellationToken).ConfigureAwait(false);
            i++;
        }

        return values;
    }
}
