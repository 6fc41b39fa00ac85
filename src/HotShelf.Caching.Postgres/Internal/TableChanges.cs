namespace HotShelf.Caching.Postgres.Internal;

/// <summary>What is known of the changes of one table. Its size is bounded: beyond <paramref name="maximum"/> only the families remain.</summary>
internal sealed class TableChanges(TableMapping mapping, int maximum)
{
    public TableMapping Mapping { get; } = mapping;

    public Invalidations Invalidations { get; } = new();

    /// <summary>Changes that a mapping with queries will map.</summary>
    public List<object> Waiting { get; } = [];

    /// <summary>True when the families stand for all changes.</summary>
    public bool IsEscalated { get; private set; }

    /// <summary>True when adding more has to stop.</summary>
    public bool IsFull => Invalidations.Count + Waiting.Count > maximum;

    public void Escalate()
    {
        IsEscalated = true;
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
        if (later.IsEscalated)
        {
            Escalate();
            return false;
        }

        Invalidations.Add(later.Invalidations);
        Waiting.AddRange(later.Waiting);
        if (!IsFull)
            return false;
        Escalate();
        return true;
    }
}
