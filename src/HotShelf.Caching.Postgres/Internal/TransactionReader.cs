using Npgsql.Replication.PgOutput;
using Npgsql.Replication.PgOutput.Messages;
using NpgsqlTypes;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>Reads the messages of one connection into transactions. Those that the server sends before they end are kept until they do.</summary>
/// <param name="tables">The mapped tables.</param>
/// <param name="find">Finds a relation that is none of them by its OID: it may be a partition of one.</param>
/// <param name="heartbeatPrefix">The prefix of the feed's own messages.</param>
/// <param name="heartbeatOf">The number of a heartbeat of this process by what it says; 0 when it is of another one.</param>
/// <param name="maximumKeys">More changes of a table remove its families.</param>
/// <param name="escalations">Reports them.</param>
internal sealed class TransactionReader(
    Dictionary<(string Schema, string Name), TableMapping> tables, Func<uint, CancellationToken, Task<Relation>> find, string heartbeatPrefix, Func<string, long> heartbeatOf, int maximumKeys, Escalations escalations)
{
    private readonly Dictionary<uint, (TableMapping Mapping, TableReader? Reader, bool SendsOld, Exception? Failure)> _relations = [];

    // Those that queries did not see, such as partitions that a transaction has made that still ran, and the transaction that was read then.
    private readonly Dictionary<uint, uint> _unknown = [];

    // Transactions that were sent in part, by their ids, and the one that is being received.
    private readonly Dictionary<uint, ReceivedTransaction> _streamed = [];
    private ReceivedTransaction _transaction = new(0, null);

    /// <summary>Reads a message; returns the transaction that is whole by it.</summary>
    public async ValueTask<Received?> ReadAsync(PgOutputReplicationMessage message, CancellationToken cancellationToken)
    {
        if (_unknown.Count > 0 && RelationOf(message) is { } changed && _unknown.TryGetValue(changed.RelationId, out var looked) && looked != _transaction.Id)
            await DescribeAsync(changed, cancellationToken).ConfigureAwait(false);
        switch (message)
        {
            case BeginMessage begin:
                _transaction = new ReceivedTransaction(begin.TransactionXid, begin.TransactionFinalLsn);
                break;
            case StreamStartMessage { TransactionXid: var id }:
                if (!_streamed.TryGetValue(id, out var streamed))
                    _streamed.Add(id, streamed = new ReceivedTransaction(id, null));
                _transaction = streamed;
                break;
            case StreamAbortMessage aborted:
                // What a part that was rolled back has changed is removed with the rest: needlessly, which is harmless.
                if (aborted.SubtransactionXid == aborted.TransactionXid)
                    _streamed.Remove(aborted.TransactionXid);
                break;
            case RelationMessage relation:
                await DescribeAsync(relation, cancellationToken).ConfigureAwait(false);
                break;
            case InsertMessage insert when Changes(insert.Relation, ChangeKind.Insert) is { } to:
                Add(to, ChangeKind.Insert, null, await ReadAsync(insert.NewRow, to.Reader!.Needed, cancellationToken).ConfigureAwait(false));
                break;
            case UpdateMessage update when Changes(update.Relation, ChangeKind.Update) is { } to:
                var before = update switch
                {
                    FullUpdateMessage full => await ReadAsync(full.OldRow, to.Reader!.Needed, cancellationToken).ConfigureAwait(false),
                    IndexUpdateMessage index => await ReadAsync(index.Key, to.Reader!.Needed, cancellationToken).ConfigureAwait(false),
                    _ => null,
                };
                var after = await ReadAsync(update.NewRow, to.Reader!.Needed, cancellationToken).ConfigureAwait(false);
                for (var i = 0; update is FullUpdateMessage && i < after.Length; i++)
                    after[i] = ReferenceEquals(after[i], Columns.NotSent) ? before![i] : after[i];
                Add(to, ChangeKind.Update, before, after);
                break;
            case DeleteMessage delete when Changes(delete.Relation, ChangeKind.Delete) is { } to:
                var old = delete is FullDeleteMessage whole ? whole.OldRow : ((KeyDeleteMessage)delete).Key;
                Add(to, ChangeKind.Delete, await ReadAsync(old, to.Reader!.Needed, cancellationToken).ConfigureAwait(false), null);
                break;
            case TruncateMessage truncate:
                foreach (var relation in truncate.Relations)
                {
                    if (Changes(relation, null) is { } to)
                        to.Changes.Escalate("truncate");
                }

                break;
            case LogicalDecodingMessage emitted:
                if (emitted.Prefix == heartbeatPrefix && emitted.Data.Length <= ChangeMark.MaximumLength)
                    _transaction.Heartbeat = heartbeatOf(await ReadTextAsync(emitted.Data, cancellationToken).ConfigureAwait(false));
                if (emitted.Prefix == ChangeMark.Prefix && emitted.Data.Length <= ChangeMark.MaximumLength)
                    _transaction.Mark = await ReadTextAsync(emitted.Data, cancellationToken).ConfigureAwait(false);
                break;
            case CommitMessage commit:
                return Whole(_transaction, commit.CommitLsn, commit.TransactionEndLsn, commit.TransactionCommitTimestamp, commit.ServerClock);
            case StreamCommitMessage commit when _streamed.Remove(commit.TransactionXid, out var ended):
                return Whole(ended, commit.CommitLsn, commit.TransactionEndLsn, commit.TransactionCommitTimestamp, commit.ServerClock);
        }

        return null;
    }

    private static Received Whole(ReceivedTransaction transaction, NpgsqlLogSequenceNumber position, NpgsqlLogSequenceNumber end, DateTime committed, DateTime now) =>
        new(transaction, new(transaction.Id, position, end, committed), now - committed);

    private static RelationMessage? RelationOf(PgOutputReplicationMessage message) => message switch
    {
        InsertMessage insert => insert.Relation,
        UpdateMessage update => update.Relation,
        DeleteMessage delete => delete.Relation,
        _ => null,
    };

    private async ValueTask DescribeAsync(RelationMessage relation, CancellationToken cancellationToken)
    {
        _relations.Remove(relation.RelationId);
        _unknown.Remove(relation.RelationId);
        if (!tables.TryGetValue((relation.Namespace, relation.RelationName), out var mapping))
        {
            var found = await find(relation.RelationId, cancellationToken).ConfigureAwait(false);
            mapping = found.Names.Select(name => tables.GetValueOrDefault(name)).FirstOrDefault(table => table is not null);
            if (mapping is null && !found.IsPublished)
                _unknown.Add(relation.RelationId, _transaction.Id);
            if (mapping is null)
                return;
        }

        var columns = new Columns(relation.Columns.Select(column => column.ColumnName));
        var sendsOld = mapping.OldColumns.TrueForAll(column => columns.TryFind(column) is { } ordinal && relation.Columns[ordinal].Flags == RelationMessage.Column.ColumnFlags.PartOfKey);
        try
        {
            _relations[relation.RelationId] = (mapping, mapping.CreateReader(columns), sendsOld, null);
        }
        catch (ChangeFeedSetupException failure)
        {
            // A column that the row type needs has gone while the feed runs.
            _relations[relation.RelationId] = (mapping, null, sendsOld, failure);
        }
    }

    /// <summary>Where to add a change of a relation; null when it is not mapped, or its families stand for it already.</summary>
    /// <param name="relation">The relation.</param>
    /// <param name="kind">What happened to a row; null for TRUNCATE.</param>
    private (TableChanges Changes, TableReader? Reader)? Changes(RelationMessage relation, ChangeKind? kind)
    {
        if (!_relations.TryGetValue(relation.RelationId, out var known))
        {
            if (_unknown.ContainsKey(relation.RelationId))
                EscalatePartitioned();
            return null;
        }

        var changes = _transaction.ChangesOf(known.Mapping, maximumKeys);
        changes.Count(kind);
        // From before the identity was set that the mapping needs, as in a partition that is new.
        if (!known.SendsOld && kind is (ChangeKind.Update or ChangeKind.Delete))
            changes.Escalate("identity");
        if (changes.IsEscalated)
            return null;
        if (known.Reader is not null || kind is null)
            return (changes, known.Reader);
        escalations.Poison(changes, kind.Value.ToString(), known.Failure!, _transaction.Position);
        return null;
    }

    /// <summary>A relation that is not known may be a partition of any of them.</summary>
    private void EscalatePartitioned()
    {
        foreach (var mapping in tables.Values.Where(table => table.IsPartitioned))
            _transaction.ChangesOf(mapping, maximumKeys).Escalate("partition");
    }

    private void Add((TableChanges Changes, TableReader? Reader) to, ChangeKind kind, string?[]? old, string?[]? @new)
    {
        try
        {
            to.Reader!.Add(to.Changes, kind, old, @new);
        }
        catch (Exception failure)
        {
            escalations.Poison(to.Changes, kind.ToString(), failure, _transaction.Position);
            return;
        }

        if (to.Changes.IsFull)
            to.Changes.Escalate("limit");
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

    private static async ValueTask<string> ReadTextAsync(Stream data, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(data);
        return await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>A transaction that was received whole.</summary>
/// <param name="Transaction">What it changed.</param>
/// <param name="Commit">Its commit.</param>
/// <param name="Age">How long ago it committed. Both times that this is the difference of are the server's, so its clock may differ from ours.</param>
internal readonly record struct Received(ReceivedTransaction Transaction, CommitRecord Commit, TimeSpan Age);
