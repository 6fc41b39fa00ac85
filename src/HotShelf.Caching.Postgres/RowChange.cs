namespace HotShelf.Caching.Postgres;

/// <summary>One committed change of a row.</summary>
/// <typeparam name="TRow">The type of the row, or <see cref="ChangedRow"/> for access by column.</typeparam>
public sealed class RowChange<TRow>
    where TRow : class
{
    internal RowChange(ChangeKind kind, TRow? old, TRow? @new) => (Kind, Old, New) = (kind, old, @new);

    /// <summary>What happened.</summary>
    public ChangeKind Kind { get; }

    /// <summary>The row after the change; null for a delete.</summary>
    public TRow? New { get; }

    /// <summary>
    /// The row before the change, for a delete and for an update that changed a column of the table's replica identity; null otherwise. It holds the columns of the
    /// replica identity only (by default the primary key), the others have their type's default value: see <see cref="ChangeFeedTable.NeedsOld"/>.
    /// </summary>
    public TRow? Old { get; }

    /// <summary><see cref="Old"/> and <see cref="New"/>, those that there are: what has to be invalidated for the row wherever it was and is.</summary>
    public IEnumerable<TRow> Rows
    {
        get
        {
            if (Old is not null)
                yield return Old;
            if (New is not null)
                yield return New;
        }
    }
}
