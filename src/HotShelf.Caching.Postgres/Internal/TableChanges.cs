namespace HotShelf.Caching.Postgres.Internal;

/// <summary>What is known of the changes of one table. Its size is bounded: beyond <paramref name="maximum"/> only the families remain.</summary>
internal sealed class TableChanges(TableMapping mapping, int maximum)
{
    public TableMapping Mapping { get; } = mapping;

    public Invalidations Invalidations { get; } = new();

    /// <summary>Changes that a mapping with queries will map.</summary>
    public List<object> Waiting { get; } = [];

    /// <summary>Changed rows by <see cref="ChangeKind"/>, and TRUNCATEs. Those of a transaction only: merging does not add them.</summary>
    public long[] Counts { get; } = new long[TableCounts.Kinds];

    /// <summary>Why the families stand for all changes: <c>limit</c>, <c>truncate</c>, <c>poison</c>, <c>partition</c> or <c>identity</c>; null when they do not.</summary>
    public string? EscalatedBy { get; private set; }

    public bool IsEscalated => EscalatedBy is not null;

    /// <summary>True when adding more has to stop.</summary>
    public bool IsFull => Invalidations.Count + Waiting.Count > maximum;

    /// <param name="kind">What happened to a row; null for TRUNCATE.</param>
    public void Count(ChangeKind? kind) => Counts[kind is { } row ? (int)row : TableCounts.Kinds - 1]++;

    public void Escalate(string reason)
    {
        EscalatedBy ??= reason;
        Waiting.Clear();
        Waiting.TrimExcess();
        Invalidations.Clear();
        foreach (var family in Mapping.Families)
            Invalidations.RemoveFamily(family);
    }

    /// <summary>True when it escalates by that.</summary>
    public bool Add(TableChanges later)
    {
        if (IsEscalated)
            return false;
        if (later.EscalatedBy is { } reason)
        {
            Escalate(reason);
            return false;
        }

        Invalidations.Add(later.Invalidations);
        Waiting.AddRange(later.Waiting);
        if (!IsFull)
            return false;
        Escalate("limit");
        return true;
    }
}
