namespace HotShelf.Caching.Postgres.Internal;

/// <summary>Committed transactions that were not sent to the cache: their changes merged, in bounded memory, however long it takes.</summary>
internal sealed class PendingChanges
{
    // Beyond that the delays of single transactions are not recorded, which only a feed that is minutes behind meets.
    private const int MaximumCommits = 10_000;

    // Of more transactions it is hardly ever so that all were marked, and invalidated by their writers.
    private const int MaximumMarks = 16;

    private readonly Dictionary<TableMapping, TableChanges> _tables = [];
    private readonly List<long> _commits = [];
    private readonly HashSet<string> _marks = new(StringComparer.Ordinal);
    private bool _hasUnmarked;

    public Dictionary<TableMapping, TableChanges>.ValueCollection Tables => _tables.Values;

    /// <summary>The last commit: the slot may advance to its end when all of it was sent to the cache. Blank when there is nothing.</summary>
    public CommitRecord Last { get; private set; }

    /// <summary>The transactions' ids, to wait until queries see them.</summary>
    public TransactionIds Transactions { get; } = new();

    /// <summary>The times of commit as local timestamps, oldest first.</summary>
    public IReadOnlyList<long> Commits => _commits;

    /// <summary>The marks of all transactions that changed anything; empty when one of them has none, or there are many.</summary>
    public IReadOnlyCollection<string> Marks => _hasUnmarked || _marks.Count > MaximumMarks ? [] : _marks;

    public long TransactionCount { get; private set; }

    /// <summary>The commit of the oldest transaction, as a local timestamp; 0 when there is none.</summary>
    public long Oldest { get; private set; }

    /// <summary>The number of the last heartbeat of this process among them; 0 when there is none.</summary>
    public long Heartbeat { get; private set; }

    public bool IsEmpty => TransactionCount == 0;

    /// <summary>Adds a transaction that has been received whole.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="commit">Its commit.</param>
    /// <param name="committed">When it committed, as a local timestamp.</param>
    /// <param name="escalated">Called for each table that exceeds its limit by that.</param>
    public void Add(ReceivedTransaction transaction, CommitRecord commit, long committed, Action<TableMapping> escalated)
    {
        foreach (var (mapping, changes) in transaction.Tables)
        {
            if (!_tables.TryGetValue(mapping, out var pending))
                _tables.Add(mapping, changes);
            else if (pending.Add(changes))
                escalated(mapping);
        }

        if (IsEmpty)
            Oldest = committed;
        Heartbeat = Math.Max(Heartbeat, transaction.Heartbeat);
        Last = commit;
        TransactionCount++;
        if (transaction.Tables.Count == 0)
            return;
        Transactions.Add(transaction.Id);
        if (transaction.Mark is null)
            _hasUnmarked = true;
        else if (_marks.Count <= MaximumMarks)
            _marks.Add(transaction.Mark);
        if (_commits.Count < MaximumCommits)
            _commits.Add(committed);
    }
}
