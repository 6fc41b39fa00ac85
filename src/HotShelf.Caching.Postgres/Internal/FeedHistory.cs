namespace HotShelf.Caching.Postgres.Internal;

/// <summary>What a feed has done since its process began, in bounded memory.</summary>
internal sealed class FeedHistory(IReadOnlyList<TableMapping> tables, TimeProvider time)
{
    private const int MaximumEvents = 50;
    private const int MaximumDelays = 1_000;

    // Of an exception's message, which may hold a whole statement.
    private const int MaximumReason = 500;

    private readonly Lock _lock = new();
    private readonly Queue<ChangeFeedEvent> _events = new();
    private readonly double[] _delays = new double[MaximumDelays];
    private long _delayCount;

    public IReadOnlyList<TableMapping> Tables => tables;

    public long Transactions { get; private set; }

    public long Resets { get; private set; }

    /// <param name="count">Transactions.</param>
    /// <param name="delays">Their delays in seconds, as far as they are known.</param>
    public void Sent(long count, IEnumerable<double> delays)
    {
        lock (_lock)
        {
            Transactions += count;
            foreach (var delay in delays)
                _delays[_delayCount++ % MaximumDelays] = delay;
        }
    }

    public void Reset(string reason)
    {
        Resets++;
        Add("reset", null, reason, null);
    }

    public void Add(string kind, TableMapping? table, string reason, string? position)
    {
        lock (_lock)
        {
            if (_events.Count == MaximumEvents)
                _events.Dequeue();
            _events.Enqueue(new ChangeFeedEvent(time.GetUtcNow(), kind, table?.Table, reason.Length > MaximumReason ? $"{reason.AsSpan(0, MaximumReason)}…" : reason, position));
        }
    }

    public ChangeFeedStatus Describe(string name, string slot, FeedState state)
    {
        lock (_lock)
        {
            return new ChangeFeedStatus
            {
                Name = name,
                Slot = slot,
                State = FeedState.Describe(state.Phase),
                Problem = state.Phase == FeedPhase.Consuming ? state.TableProblem : state.Problem,
                RedisConfirms = !state.IsRedisAway,
                LagSeconds = state.Phase == FeedPhase.StandingBy ? 0 : Math.Round(state.Lag.TotalSeconds, 3),
                SlotState = state.Slot is { } figures ? new(figures.IsActive, figures.WalStatus, figures.UnconfirmedBytes, figures.RetainedBytes, figures.SafeBytes) : null,
                Delay = DescribeDelay(),
                Transactions = Transactions,
                Resets = Resets,
                Tables = [.. tables.Select(table => table.Counts.Describe(table))],
                Events = [.. _events.Reverse()],
            };
        }
    }

    private ChangeFeedDelay? DescribeDelay()
    {
        var sorted = _delays[..(int)Math.Min(_delayCount, MaximumDelays)];
        Array.Sort(sorted);
        return sorted.Length == 0 ? null : new(sorted.Length, At(0.5), At(0.99), At(1));

        double At(double share) => Math.Round(sorted[(int)Math.Ceiling(share * sorted.Length) - 1] * 1_000, 2);
    }
}

/// <summary>Counts of one table. One thread writes them, any thread reads them.</summary>
internal sealed class TableCounts
{
    public const int Kinds = 4;

    private static readonly string[] s_kinds = ["insert", "update", "delete", "truncate"];
    private readonly long[] _changes = new long[Kinds];
    private long _escalations;
    private long _poison;

    public IEnumerable<(string Kind, long Count)> Changes => s_kinds.Select((kind, i) => (kind, Volatile.Read(ref _changes[i])));

    /// <summary>Adds the counts of a transaction.</summary>
    public void Add(long[] changes)
    {
        for (var i = 0; i < changes.Length; i++)
            Volatile.Write(ref _changes[i], _changes[i] + changes[i]);
    }

    // From the loop that reads and from the one that sends.
    public void Escalated() => Interlocked.Increment(ref _escalations);

    public void Poisoned() => Interlocked.Increment(ref _poison);

    public ChangeFeedTableStatus Describe(TableMapping table) => new(
        table.Table, table.Families, Volatile.Read(ref _changes[0]), Volatile.Read(ref _changes[1]), Volatile.Read(ref _changes[2]), Volatile.Read(ref _changes[3]),
        Interlocked.Read(ref _escalations), Interlocked.Read(ref _poison));
}
