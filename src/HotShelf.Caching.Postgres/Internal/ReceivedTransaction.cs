using NpgsqlTypes;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>A transaction as far as it was received, in bounded memory.</summary>
/// <param name="id">Its id.</param>
/// <param name="end">Where it ends in the WAL; null when that is not known yet.</param>
internal sealed class ReceivedTransaction(uint id, NpgsqlLogSequenceNumber? end)
{
    private readonly Dictionary<TableMapping, TableChanges> _tables = [];

    public uint Id => id;

    public string? Position => end?.ToString();

    public IReadOnlyDictionary<TableMapping, TableChanges> Tables => _tables;

    /// <summary>The number of the heartbeat of this process that it is; 0 when it is none.</summary>
    public long Heartbeat { get; set; }

    /// <summary>The mark that its writer gave it, <see cref="ChangeMark"/>; null when it gave none.</summary>
    public string? Mark { get; set; }

    public TableChanges ChangesOf(TableMapping mapping, int maximumKeys)
    {
        if (!_tables.TryGetValue(mapping, out var changes))
            _tables.Add(mapping, changes = new TableChanges(mapping, maximumKeys));
        return changes;
    }
}

/// <summary>A commit in the WAL. A server whose WAL contains an equal one has the same WAL before it: after a restore from a backup or a failover, what is at that position was written at another time.</summary>
/// <param name="Id">The transaction's id.</param>
/// <param name="Position">Where the commit is in the WAL.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Time">When it was, by the server's clock, in microseconds.</param>
internal readonly record struct CommitRecord(uint Id, NpgsqlLogSequenceNumber Position, NpgsqlLogSequenceNumber End, DateTime Time);
